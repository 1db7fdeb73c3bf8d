//! Who sees packs, who takes one, and what is kept of it.

use reqwest::{Method, StatusCode};
use salur_pipeline::pack_making;
use salur_schemas::PackHandedOut;
use salur_tests::{Chain, in_lab, programme::SOURCE};
use serde_json::json;

use crate::portal::{
    command_line::Desk,
    contract::{assert_as_documented, document},
    people::{administrator, made, person},
    support::House,
};

async fn village(house: &House) -> String {
    house.world.one("SELECT min(village) FROM packs").await
}

#[tokio::test]
async fn an_office_takes_the_packs_of_its_region_and_the_audit_says_so_before() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let here = json!({ "name": "dinas.belitung", "kind": "person", "role": "office", "region": "1902", "source": SOURCE });
        let here = made(&house, &admin, "dinas.belitung", &here).await;
        let elsewhere = json!({ "name": "dinas.jakarta.pusat", "kind": "person", "role": "office", "region": "3171", "source": SOURCE });
        let elsewhere = made(&house, &admin, "dinas.jakarta.pusat", &elsewhere).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;

        let listed = house.call(Method::GET, "/api/packs?tranche=BST-4", Some(&here), None).await;
        assert_as_documented(&document, "get", "/api/packs", &listed);
        assert!(!listed.1["packs"].as_array().expect("packs").is_empty());
        let none = house.call(Method::GET, "/api/packs", Some(&elsewhere), None).await;
        assert_eq!(none.1["packs"], json!([]), "another region sees none");

        let village = village(&house).await;
        let path = format!("/api/packs/BST-4/{village}/1/file");
        let get = async |token: &str| {
            let answer = house.http.get(format!("{}{path}", house.address)).bearer_auth(token).send().await.expect("the portal answers");
            (answer.status(), answer.bytes().await.expect("a body"))
        };
        let (status, file) = get(&here).await;
        assert_eq!(status, StatusCode::OK);
        let pack = super::packs(&house.world).await.into_iter().find(|pack| pack.village == village).expect("it was listed");
        assert_eq!(file.to_vec(), pack.file, "to the byte");
        assert_eq!(get(&elsewhere).await.0, StatusCode::NOT_FOUND, "from elsewhere it is not there");
        assert_eq!(get(&auditor).await.0, StatusCode::FORBIDDEN, "an auditor takes no names along");
        let audited = house.world.column("SELECT actor || ' ' || (detail ->> 'village') FROM audit WHERE act = 'pack_opened'").await;
        assert_eq!(audited, [format!("dinas.belitung {village}")], "who took it, and nobody who did not");

        sqlx::query("UPDATE packs SET sha256 = sha256('x')").execute(&house.world.sql).await.expect_err("no pack is changed");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_pack_is_handed_out_once_and_its_first_word_stands() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let office = person(&house, &admin, "dinas.sosial", "office", Some(SOURCE)).await;
        let supervisor = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let village = village(&house).await;
        let path = format!("/api/packs/BST-4/{village}/1/hand-out");
        let today = chrono::Utc::now().date_naive();
        let body = json!({ "on": today, "kept": 0, "document": "BA-17/2020" });
        assert_eq!(house.call(Method::POST, &path, Some(&supervisor), Some(&body)).await.0, StatusCode::FORBIDDEN);
        for (wrong, field) in [
            (json!({ "on": today, "kept": 9_999, "document": "BA" }), "kept"),
            (json!({ "on": "2999-01-01", "document": "BA" }), "on"),
            (json!({ "on": today, "document": "" }), "document"),
        ] {
            let refused = house.call(Method::POST, &path, Some(&office), Some(&wrong)).await;
            assert_eq!((refused.0, refused.1["error"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)), "{wrong}");
        }
        let said = house.call(Method::POST, &path, Some(&office), Some(&body)).await;
        assert_as_documented(&document, "post", "/api/packs/{tranche}/{village}/{number}/hand-out", &said);
        assert_eq!(said.0, StatusCode::ACCEPTED);
        let mut chain = Chain::new(&house.world);
        chain.publish(house.take("salur.pack-making").await);
        chain.run().await;
        let effect = format!("/api/packs/hand-outs/{}", said.1["decision"].as_str().expect("an id"));
        let effect = house.call(Method::GET, &effect, Some(&supervisor), None).await;
        assert_as_documented(&document, "get", "/api/packs/hand-outs/{id}", &effect);
        assert_eq!(effect.1["effect"]["effect"], "handed_out");
        let again = house.call(Method::POST, &path, Some(&office), Some(&body)).await;
        assert_eq!((again.0, again.1["error"].as_str()), (StatusCode::CONFLICT, Some("again")));
        let shown = house.call(Method::GET, &format!("/api/packs?village={village}&tranche=BST-4"), Some(&office), None).await;
        assert_eq!(shown.1["packs"][0]["document"], "BA-17/2020");
        assert_eq!(shown.1["packs"][0]["handed_out_by"], "dinas.sosial");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_pack_is_made_listed_and_fetched_on_the_command_line() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let wanted = json!({ "name": "dinas.sosial", "kind": "person", "role": "office", "source": SOURCE });
        let (_, made) = house.call(Method::POST, "/api/actors", Some(&admin), Some(&wanted)).await;
        let desk = Desk::new(&house, "office");
        let login = ["login", "--server", &house.address, "--as", "dinas.sosial", "--code", made["code"].as_str().expect("a code")];
        let (done, said) = desk.run(&login).await;
        assert!(done, "{said}");
        let village = village(&house).await;
        let (done, said) = desk.run(&["pack", "make", "--tranche", "BST-4", "--village", &village, "--dry-run"]).await;
        assert!(done && said.starts_with("0 cheques would be in it; 0 families have none yet"), "{said}");
        let (done, said) = desk.run(&["pack", "make", "--tranche", "BST-4", "--village", &village]).await;
        assert!(!done && said.contains("lie in packs already"), "{said}");
        let (done, said) = desk.run(&["pack", "list", "--village", &village]).await;
        assert!(done && said.contains("BST-4") && said.contains("no"), "{said}");
        let out = desk.home.join("pack.pdf");
        std::fs::create_dir_all(&desk.home).expect("a home");
        let (done, said) =
            desk.run(&["pack", "get", "--tranche", "BST-4", "--village", &village, "--out", out.to_str().expect("text")]).await;
        assert!(done && said.contains("it holds full names"), "{said}");
        assert!(std::fs::read(&out).expect("the file").starts_with(b"%PDF-1.7"));
        let (done, said) = desk.run(&["pack", "list", "--json"]).await;
        assert!(done && serde_json::from_str::<serde_json::Value>(said.lines().next().expect("one")).is_ok(), "{said}");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_said_of_a_pack_that_is_not_there_and_a_refusal_is_remembered() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let village = village(&house).await;
        let said = |n: u128, number: u16, kept: u32| PackHandedOut {
            decision: salur_domain::DecisionId(uuid::Uuid::from_u128(n)),
            tranche: salur_domain::TrancheId(4),
            village: village.clone(),
            number,
            on: chrono::Utc::now().date_naive(),
            kept,
            document: "BA".into(),
            actor: "dinas".into(),
            at: salur_tests::facts::moment(),
        };
        let mut chain = Chain::new(&house.world);
        let early = PackHandedOut { on: chrono::NaiveDate::from_ymd_opt(2001, 1, 1).expect("a day"), ..said(3, 1, 0) };
        let facts = [said(1, 9, 0), said(2, 1, 9_999), early, said(4, 1, 0), said(5, 1, 0), said(5, 1, 0)];
        chain.tell("said", &facts.map(pack_making::In::from));
        chain.run().await;
        let effects = house.world.column("SELECT effect || ' ' || refused FROM pack_hand_outs ORDER BY id").await;
        assert_eq!(effects, ["refused unknown", "refused kept", "refused early", "handed_out ", "refused again"]);
        house.close().await;
    })
    .await;
}
