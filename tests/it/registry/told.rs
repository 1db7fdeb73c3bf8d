//! What the doors tell of a payment that an answer stopped: rows over HTTP, totals of webhooks, the queue of holds from the command line and over HTTP.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, StatusCode};
use salur_domain::hold::Ruling;
use salur_runtime::{health::Health, pauses::Pauses};
use salur_tests::{
    Chain, FakeRegistry, Lab, Person,
    facts::rows,
    in_lab,
    programme::{AMOUNT, SOURCE, TAHAP_4},
    registry::Act,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    decisions::{about, left_in_allocation},
    sent, status,
};
use crate::{
    journey::site::until,
    portal::{
        command_line::Desk,
        people::{administrator, person, system},
        support::{House, code},
    },
    webhooks::{
        receiver::Receiver,
        sender::{Sender, add},
    },
};

/// Stages that carry a released payment to its cheque.
const AT_WORK: [&str; 4] = ["release", "account-creation", "transfer-posting", "cheque-rendering"];
/// Longest a stage may take to end once told.
const DRAIN: Duration = Duration::from_secs(10);

/// A portal on a world whose registry does not know the second family and finds another name for the third.
async fn house(lab: &Arc<Lab>) -> (House, FakeRegistry) {
    let registry = FakeRegistry::start().await;
    let world = registry.at_the_door_of(lab.world().await);
    registry.does(&Person::new(2), [Act::Say("unknown", &[])]);
    registry.does(&Person::new(3), [Act::Say("differs", &["name"])]);
    (House::around(lab, world).await, registry)
}

/// Sends the three families.
async fn families(house: &House) {
    sent(&house.world, "a", &rows("a", TAHAP_4, (1..=3).map(Person::new))).await;
}

/// Row, status and codes, as the source reads them.
async fn told(house: &House, token: &str) -> Vec<String> {
    let (status, told) = house.call(Method::GET, "/api/batches/a/rows", Some(token), None).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let word = |value: &Value| value.as_str().expect("text").to_owned();
    let codes = |row: &Value| row["reasons"].as_array().expect("reasons").iter().map(|reason| word(&reason["code"])).collect::<Vec<_>>();
    let rows = told["rows"].as_array().expect("rows").iter();
    rows.map(|row| [vec![word(&row["row"]), word(&row["status"])], codes(row)].concat().join(" ")).collect()
}

#[tokio::test]
async fn a_stopped_payment_is_held_with_its_code_in_its_row_and_held_in_what_a_webhook_says_until_it_ends() {
    in_lab(async |lab| {
        let (house, _registry) = house(&lab).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let receiver = Receiver::new("", []).await;
        add(&house, &token, &receiver.url("salur")).await;
        families(&house).await;
        let sender = Sender::start(&house.world, true);
        let delivered = async |count: i64| house.world.count("webhook_deliveries WHERE delivered_at IS NOT NULL").await == count;
        until("completed and released", async || delivered(2).await).await;
        assert_eq!(told(&house, &token).await, ["1 cheque_issued", "2 held CIV01", "3 held CIV02"]);
        let sum = |families: i64| json!({ "families": families, "rupiah": families * AMOUNT });
        for heard in receiver.heard() {
            assert_eq!(heard.said()["data"]["totals"], json!({ "cheque_issued": sum(1), "held": sum(2) }), "{}", heard.body);
        }
        let mut chain = Chain::new(&house.world);
        let decided = [about(1, "2", "CIV01", Ruling::Reject), about(2, "3", "CIV02", Ruling::Release)];
        chain.tell("decided", &decided.map(salur_pipeline::release::In::from));
        chain.run().await;
        until("nobody waits for money any more", async || delivered(3).await).await;
        assert_eq!(sender.stop().await, Some(0));
        assert_eq!(told(&house, &token).await, ["1 cheque_issued", "2 cancelled CIV01", "3 cheque_issued"]);
        let last = receiver.heard().last().expect("three phases").said();
        assert_eq!(
            (&last["type"], &last["data"]["totals"]),
            (&"batch.funded".into(), &json!({ "cancelled": sum(1), "cheque_issued": sum(2) }))
        );
        house.close().await;
    })
    .await;
}

/// A supervisor at a desk, signed in.
async fn supervisor(house: &House, admin: &str) -> Desk {
    let wanted = json!({ "name": "siti", "kind": "person", "role": "supervisor" });
    let (_, made) = house.call(Method::POST, "/api/actors", Some(admin), Some(&wanted)).await;
    let desk = Desk::new(house, "siti");
    let code = made["code"].as_str().expect("a code");
    let (done, said) = desk.run(&["login", "--server", &house.address, "--as", "siti", "--code", code]).await;
    assert!(done, "{said}");
    desk
}

/// Stages over the broker of the house, until told.
fn at_work(house: &House, stop: &CancellationToken) -> JoinSet<()> {
    let mut stages = JoinSet::new();
    for stage in AT_WORK {
        let (tools, broker, ended) = (Arc::clone(&house.world.tools), house.broker.clone(), stop.clone());
        stages.spawn(async move {
            let outcome = salur_pipeline::run(stage, &tools, &broker, &Health::default(), &Pauses::never(), ended).await;
            outcome.expect("there is such a stage").expect("it ended well");
        });
    }
    stages
}

#[tokio::test]
async fn a_supervisor_lists_what_the_registry_stopped_releases_one_to_its_cheque_and_rejects_another() {
    in_lab(async |lab| {
        let (house, registry) = house(&lab).await;
        let admin = administrator(&house).await;
        families(&house).await;
        let desk = supervisor(&house, &admin).await;
        let stop = CancellationToken::new();
        let stages = at_work(&house, &stop);
        let (done, said) = desk.run(&["holds", "list", "--batch", "a"]).await;
        let lines: Vec<&str> = said.lines().collect();
        assert!(done && lines.len() == 4 && lines[3] == "2 wait", "{said}");
        assert!(lines[1].contains("CIV01") && lines[1].ends_with("registry: unknown"), "{said}");
        assert!(lines[2].contains("CIV02") && lines[2].ends_with("registry: differs: name"), "{said}");
        let decide = ["--batch", "a", "--reason", "seen the card"];
        let (done, said) = desk.run(&[&["holds", "distinct", "--row", "3"], &decide[..]].concat()).await;
        assert!(done && said.starts_with("a row 3: refused"), "two families are no question here: {said}");
        let (done, said) = desk.run(&[&["holds", "release", "--row", "3"], &decide[..]].concat()).await;
        assert_eq!((done, said.as_str()), (true, "a row 3: released\n"));
        until("her cheque", async || status(&house.world, &Person::new(3)).await == "cheque_issued").await;
        let before = left_in_allocation(&house.world).await;
        let (done, said) = desk.run(&[&["holds", "reject", "--code", "CIV01"], &decide[..]].concat()).await;
        assert_eq!((done, said.as_str()), (true, "a row 2: rejected\n"));
        assert_eq!(status(&house.world, &Person::new(2)).await, "cancelled");
        assert_eq!(left_in_allocation(&house.world).await - before, AMOUNT, "her money is the regency's again");
        let (done, said) = desk.run(&["holds", "list"]).await;
        assert!(done && said.ends_with("\n0 wait\n"), "{said}");
        assert_eq!(registry.asked().len(), 3, "a person's word is not asked about");
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        stop.cancel();
        let ended = tokio::time::timeout(DRAIN, stages.join_all()).await;
        ended.expect("stages end when told");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn over_http_a_stopped_payment_is_listed_masked_and_decided_once_with_a_reason_under_the_code_that_was_seen() {
    in_lab(async |lab| {
        let (house, _registry) = house(&lab).await;
        let admin = administrator(&house).await;
        families(&house).await;
        let supervisor = person(&house, &admin, "a.supervisor", "supervisor", None).await;
        let (status, all) = house.call(Method::GET, "/api/holds?batch=a", Some(&supervisor), None).await;
        let holds = all["holds"].as_array().expect("holds");
        let shown = |hold: &Value| ["row", "code", "registry"].map(|field| hold[field].as_str().unwrap_or_default().to_owned());
        let expected = [["2", "CIV01", "unknown"], ["3", "CIV02", "differs: name"]].map(|hold| hold.map(str::to_owned));
        assert_eq!((status, holds.iter().map(shown).collect::<Vec<_>>()), (StatusCode::OK, expected.to_vec()), "{all}");
        for Person { nik, name, .. } in [2, 3].map(Person::new) {
            assert!(!all.to_string().contains(&nik) && !all.to_string().contains(&name), "masked: {all}");
        }
        let decide = async |code: &str, reason: &str| {
            let named = json!({ "batch_id": holds[0]["batch_id"], "row": "2", "code": code });
            let body = json!({ "holds": [named], "ruling": "release", "reason": reason });
            house.call(Method::POST, "/api/holds/decisions", Some(&supervisor), Some(&body)).await
        };
        assert_eq!(code(&decide("CIV01", " ").await), (422, "reason"));
        assert_eq!(code(&decide("CIV02", "seen the card").await), (409, "code"));
        assert_eq!(decide("CIV01", "seen the card").await.0, StatusCode::ACCEPTED);
        let mut chain = Chain::new(&house.world);
        chain.publish(house.take("salur.release").await);
        chain.run().await;
        assert_eq!(code(&decide("CIV01", "seen the card").await), (409, "hold"), "it waits no more");
        assert_eq!(house.world.statuses().await, [("accepted".to_owned(), 1), ("cheque_issued".to_owned(), 2)].into());
        house.close().await;
    })
    .await;
}
