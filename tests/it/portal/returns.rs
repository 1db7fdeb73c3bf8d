//! The doors of returns: who may sign and see, what is refused in words, and a statement as papers.

use reqwest::{Method, StatusCode};
use salur_pipeline::fund_return;
use salur_runtime::testkit::Delivery;
use salur_tests::{Chain, World, in_lab, programme::AMOUNT};
use serde_json::{Value, json};

use super::{
    people::{administrator, person, system},
    support::House,
};

/// Families of the house with cheques of tranche 4.
async fn unpaid(world: &World) -> i64 {
    world.count("payments WHERE tranche = 4 AND handed_over_at IS NULL").await
}

/// What waits for fund-return is decided, as its worker would.
pub async fn decide(house: &House) {
    let waiting: Vec<Delivery> = house.take("salur.fund-return").await;
    let mut chain = Chain::new(&house.world);
    chain.publish(waiting);
    chain.run().await;
    assert!(chain.dead.is_empty());
}

pub async fn swept(house: &House) {
    house.world.end_leases().await;
    house.world.end_window(4).await;
    let due = fund_return::due(&house.world.tools).await.expect("the database is there");
    let mut chain = Chain::new(&house.world);
    for due in due {
        let fund_return::Out::ReturnAdvanced(step) = due else { panic!("the clock begins sweeps alone") };
        chain.tell("due", &[fund_return::In::from(step)]);
    }
    chain.run().await;
}

async fn paper(house: &House, token: &str, format: &str) -> (Option<String>, Vec<u8>) {
    let path = format!("{}/api/tranches/BST-4/statements/1?format={format}", house.address);
    let answer = house.http.get(path).bearer_auth(token).send().await.expect("the portal answers");
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).map(ToOwned::to_owned);
    (kind, answer.bytes().await.expect("a body").to_vec())
}

#[tokio::test]
async fn two_treasurers_state_what_goes_back_and_anyone_who_may_see_it_has_the_paper() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let siti = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let budi = person(&house, &admin, "budi.santoso", "treasurer", None).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let upstream = system(&house, &admin, "sender", salur_tests::programme::SOURCE).await;
        let sum = unpaid(&house.world).await * AMOUNT;
        let sign = async |token: &str, rupiah: i64, document: &str| {
            let body = json!({ "act": "return_statement", "rupiah": rupiah, "document": document });
            house.call(Method::POST, "/api/tranches/BST-4/signatures", Some(token), Some(&body)).await
        };
        let effect = async |answer: &Value| {
            decide(&house).await;
            let path = format!("/api/signatures/{}", answer["decision"].as_str().expect("an id"));
            house.call(Method::GET, &path, Some(&auditor), None).await.1["effect"].clone()
        };
        for refused in [sign(&auditor, sum, "BA-1").await, sign(&upstream, sum, "BA-1").await] {
            assert_eq!(refused.0, StatusCode::FORBIDDEN);
        }
        assert_eq!(sign(&siti, sum, " ").await.1["error"], "document");
        assert_eq!(sign(&siti, -1, "BA-1").await.1["error"], "rupiah");
        let early = sign(&siti, sum, "BA-1").await;
        assert_eq!(early.0, StatusCode::ACCEPTED);
        assert_eq!(effect(&early.1).await["reason"], "early");
        swept(&house).await;
        let (first, second) = (sign(&siti, sum, "BA-1").await, sign(&budi, sum, "BA-2").await);
        assert_eq!((effect(&first.1).await["effect"].clone(), effect(&second.1).await["statement"].clone()), (json!("signed"), json!(1)));

        let shown = house.call(Method::GET, "/api/tranches/BST-4/returns", Some(&auditor), None).await.1;
        assert_eq!((&shown["statements"][0]["rupiah"], &shown["next"]["rupiah"]), (&json!(sum), &json!(0)), "{shown}");
        let (kind, pdf) = paper(&house, &auditor, "pdf").await;
        assert!(kind.as_deref() == Some("application/pdf") && pdf.starts_with(b"%PDF-1.4") && pdf.ends_with(b"%%EOF\n"));
        assert!(paper(&house, &auditor, "xlsx").await.1.starts_with(b"PK"));
        let json: Value = serde_json::from_slice(&paper(&house, &auditor, "json").await.1).expect("JSON");
        assert_eq!(json["lines"][0]["rupiah"], sum);
        let missing = house.call(Method::GET, "/api/tranches/BST-4/statements/2", Some(&auditor), None).await;
        assert_eq!((missing.0, &missing.1["error"]), (StatusCode::NOT_FOUND, &json!("statement")));

        let remit = json!({ "document": "NTPN-7" });
        let paid = house.call(Method::POST, "/api/tranches/BST-4/statements/1/remittance", Some(&siti), Some(&remit)).await.1;
        decide(&house).await;
        let path = format!("/api/remittances/{}", paid["decision"].as_str().expect("an id"));
        assert_eq!(house.call(Method::GET, &path, Some(&auditor), None).await.1["effect"]["effect"], "remitted");
        house.world.turn_back(4).await;
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_upstream_system_gives_reasons_for_its_own_rows_and_the_return_bears_them() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let mine = system(&house, &admin, "sender", salur_tests::programme::SOURCE).await;
        let theirs = system(&house, &admin, "other", "dinsos-timur").await;
        let give = async |token: &str, row: &str, reason: &str| {
            let body = json!({ "batch": "tahap-4", "row": row, "reason": reason, "document": "BA-5" });
            house.call(Method::POST, "/api/return-reasons", Some(token), Some(&body)).await
        };
        assert_eq!(give(&mine, "1", "lost").await.1["error"], "reason");
        assert_eq!(give(&mine, "1", "unfunded").await.1["error"], "reason", "that one is the system's");
        assert_eq!(give(&theirs, "1", "moved").await.0, StatusCode::NOT_FOUND, "another source's row");
        assert_eq!(give(&mine, "nowhere", "moved").await.0, StatusCode::NOT_FOUND);
        let given = give(&mine, "1", "moved").await;
        assert_eq!(given.0, StatusCode::ACCEPTED, "{}", given.1);
        decide(&house).await;
        swept(&house).await;
        let rows = house.call(Method::GET, "/api/batches/tahap-4/rows", Some(&mine), None).await.1;
        let row = rows["rows"].as_array().into_iter().flatten().find(|row| row["row"] == "1").cloned().unwrap_or_default();
        assert_eq!((&row["status"], &row["reasons"][0]["code"]), (&json!("returned"), &json!("RET03")), "{rows}");
        house.close().await;
    })
    .await;
}
