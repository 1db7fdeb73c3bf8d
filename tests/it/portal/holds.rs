//! The queue of holds, over HTTP and from the command line, with the stage that carries decisions out at work behind it.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, StatusCode};
use salur_runtime::{health::Health, pauses::Pauses};
use salur_tests::{
    Chain, Person, World,
    facts::{batch, rows},
    in_lab,
    programme::{SOURCE, TAHAP_4},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    command_line::{Desk, code as login_code},
    people::{administrator, person, system},
    support::House,
};

/// A batch with three holds of Belitung: two rows with one NIK, one household twice.
pub async fn holding(world: &World) {
    let twin = Person { name: "Nama Lain".into(), ..Person::new(22) };
    let household = Person { kk: Person::new(21).kk, ..Person::new(23) };
    let mut chain = Chain::new(world);
    chain.tell("holding", &batch(&rows("juli", TAHAP_4, [Person::new(21), Person::new(22), twin, household])));
    chain.run().await;
}

async fn region(house: &House, actor: &str, region: &str) {
    let set = sqlx::query("UPDATE actors SET region = $2 WHERE name = $1").bind(actor).bind(region);
    set.execute(&house.world.sql).await.expect("the owner may");
}

fn ask(hold: &Value, ruling: &str) -> Value {
    let named = json!({ "batch_id": hold["batch_id"], "row": hold["row"], "code": hold["code"] });
    json!({ "holds": [named], "ruling": ruling, "reason": "seen the cards" })
}

#[tokio::test]
async fn holds_are_shown_with_their_evidence_masked_and_decided_by_supervisors_of_the_place_alone() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        holding(&house.world).await;
        let admin = administrator(&house).await;
        let supervisor = person(&house, &admin, "siti.aminah", "supervisor", None).await;
        let office = person(&house, &admin, "the.office", "office", Some("dinsos-timur")).await;
        let upstream = system(&house, &admin, "sender", SOURCE).await;
        let list = async |token: &str| house.call(Method::GET, "/api/holds?batch=juli", Some(token), None).await;
        let (status, all) = list(&supervisor).await;
        let holds = all["holds"].as_array().expect("holds");
        let codes: Vec<&str> = holds.iter().filter_map(|hold| hold["code"].as_str()).collect();
        assert_eq!((status, codes), (StatusCode::OK, vec!["NIK09", "NIK09", "NIK10"]), "{all}");
        assert_eq!((&holds[2]["other"]["row"], &holds[2]["other"]["status"]), (&json!("1"), &json!("cheque_issued")));
        let text = all.to_string();
        for number in [21, 22, 23] {
            let Person { nik, kk, name, .. } = Person::new(number);
            assert!(!text.contains(&nik) && !text.contains(&kk) && !text.contains(&name), "masked: {text}");
        }
        assert_eq!(list(&upstream).await.0, StatusCode::FORBIDDEN);
        assert_eq!(list(&office).await.1["holds"], json!([]), "another source's");
        let decide = async |token: &str, body: &Value| house.call(Method::POST, "/api/holds/decisions", Some(token), Some(body)).await;
        let release = ask(&holds[2], "release");
        assert_eq!(decide(&office, &release).await.0, StatusCode::FORBIDDEN);
        region(&house, "siti.aminah", "1906").await;
        assert_eq!(decide(&supervisor, &release).await.1["error"], "region");
        region(&house, "siti.aminah", "1902").await;
        let mut stale = release.clone();
        stale["holds"][0]["code"] = "NIK09".into();
        assert_eq!(decide(&supervisor, &stale).await.1["error"], "code");
        let mut silent = release.clone();
        silent["reason"] = " ".into();
        assert_eq!(decide(&supervisor, &silent).await.1["error"], "reason");
        let sent = "INSERT INTO uploads VALUES ($1, 'juli', decode(repeat('00', 32), 'hex'), 'BST-4', 'csv', 1, 4, 1, 'siti.aminah')";
        sqlx::query(sent).bind(SOURCE).execute(&house.world.sql).await.expect("the owner may");
        assert_eq!(decide(&supervisor, &release).await.1["error"], "own", "nobody decides about a list they sent");
        assert_eq!((house.waiting("salur.release").await, house.world.count("hold_decisions").await), (0, 0));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_decision_from_the_command_line_is_carried_out_and_told() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        holding(&house.world).await;
        let admin = administrator(&house).await;
        let wanted = json!({ "name": "siti", "kind": "person", "role": "supervisor" });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let desk = Desk::new(&house, "siti");
        let said = format!("--code {}", made["code"].as_str().expect("a code"));
        desk.run(&["login", "--server", &house.address, "--as", "siti", "--code", login_code(&said)]).await;
        let stop = CancellationToken::new();
        let (tools, broker, ended) = (Arc::clone(&house.world.tools), house.broker.clone(), stop.clone());
        let mut stage = JoinSet::new();
        stage.spawn(async move { salur_pipeline::run("release", &tools, &broker, &Health::default(), &Pauses::never(), ended).await });
        let (done, said) = desk.run(&["holds", "list"]).await;
        assert!(done && said.contains("NIK10") && said.ends_with("3 wait\n"), "{said}");
        let distinct = ["holds", "distinct", "--batch", "juli", "--row", "4", "--reason", "two families, one card"];
        let (done, said) = desk.run(&[&distinct[..], &["--dry-run"]].concat()).await;
        assert!(done && said.contains("decides nothing") && house.world.count("hold_decisions").await == 0, "{said}");
        let (done, said) = desk.run(&distinct).await;
        assert_eq!((done, said.as_str()), (true, "juli row 4: released\n"));
        let sender = system(&house, &admin, "sender", SOURCE).await;
        let rows = house.call(Method::GET, "/api/batches/juli/rows?after=3", Some(&sender), None).await.1;
        assert_eq!((&rows["rows"][0]["status"], &rows["rows"][0]["reasons"]), (&json!("accepted"), &json!([])), "held no more: {rows}");
        let (_, said) = desk.run(&["holds", "reject", "--batch", "juli", "--code", "NIK09", "--reason", "ask the office", "--json"]).await;
        let effects: Vec<Value> = serde_json::from_str(&said).expect("JSON");
        assert!(effects.len() == 2 && effects.iter().all(|effect| effect["effect"] == "rejected"), "{said}");
        let (done, said) = desk.run(&["holds", "reject", "--batch", "juli", "--row", "4", "--reason", "no"]).await;
        assert!(!done && said.contains("nothing of that waits"), "{said}");
        let acts =
            house.world.column("SELECT detail->>'ruling' FROM audit WHERE actor = 'siti' AND act = 'holds_decided' ORDER BY id").await;
        assert_eq!(acts, ["distinct", "reject"]);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(10), stage.join_next()).await.expect("the stage ends when told");
        ended.expect("it was spawned").expect("it did not panic");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_source_takes_its_own_rows_back_over_http_and_with_the_command() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let (mine, theirs) = (system(&house, &admin, "sender", SOURCE).await, system(&house, &admin, "other", "dinsos-timur").await);
        let path = "/api/batches/tahap-4/rows/1/withdrawal";
        let body = |dry_run: bool| json!({ "reason": "moved away", "document": "BA-1", "dry_run": dry_run });
        let (status, _) = house.call(Method::POST, path, Some(&theirs), Some(&body(false))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another source's row is not there");
        let (status, told) = house.call(Method::POST, path, Some(&mine), Some(&body(true))).await;
        assert_eq!((status, &told["status"], house.waiting("salur.release").await), (StatusCode::OK, &json!("cheque_issued"), 0));
        let (status, refused) = house.call(Method::POST, path, Some(&mine), Some(&json!({ "reason": "", "document": "BA-1" }))).await;
        assert_eq!((status, &refused["error"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason")));
        let (status, told) = house.call(Method::POST, path, Some(&mine), Some(&body(false))).await;
        assert_eq!((status, house.waiting("salur.release").await), (StatusCode::ACCEPTED, 1), "{told}");
        let wanted = json!({ "name": "budi", "kind": "person", "role": "office", "source": SOURCE });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let desk = Desk::new(&house, "budi");
        desk.run(&["login", "--server", &house.address, "--as", "budi", "--code", made["code"].as_str().expect("a code")]).await;
        let list = desk.home.join("substitute.csv");
        let Person { nik, kk, name, village, .. } = Person::new(50);
        std::fs::write(&list, format!("id,nik,kk,name,village,amount\n2-b,{nik},{kk},{name},{village},300000\n")).expect("a file");
        let list = list.to_str().expect("text").to_owned();
        let substitute = ["--substitute", &list, "--tranche", TAHAP_4];
        let withdraw = ["withdraw", "--batch", "tahap-4", "--row", "2", "--reason", "died", "--document", "BA-2"];
        let (done, said) = desk.run(&[&withdraw[..], &substitute, &["--dry-run"]].concat()).await;
        assert!(done && said.contains("nothing was taken back") && house.waiting("salur.intake").await == 0, "{said}");
        let (done, said) = desk.run(&[&withdraw[..], &substitute].concat()).await;
        assert!(done && house.waiting("salur.intake").await == 1, "{said}");
        house.close().await;
    })
    .await;
}
