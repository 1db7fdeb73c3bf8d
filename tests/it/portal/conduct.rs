//! Numbers about tellers, pay points and devices: equal to what is counted by hand, of the region alone.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use salur_tests::{in_lab, programme::counters};
use serde_json::{Value, json};

use super::{
    browser::signed_in,
    complaints::serial,
    contract::{assert_as_documented, document},
    gallery::paid,
    people::{administrator, person},
    proofs::{decide, doubtful},
    support::{House, code},
};

const PATH: &str = "/api/proofs/conduct";

/// The same numbers, counted from all rows one after the other.
async fn by_hand(house: &House, by: &str) -> BTreeMap<String, (i64, i64, i64, i64, i64)> {
    let mut counted: BTreeMap<String, (i64, i64, i64, i64, i64)> = BTreeMap::new();
    let rows = format!("SELECT {by} || ' ' || capture || ' ' || judgement FROM proofs WHERE left(village, 4) = '1902'");
    for row in house.world.column(&rows).await {
        let [key, capture, judgement] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let line = counted.entry(key.to_owned()).or_default();
        line.0 += 1;
        line.1 += i64::from(judgement == "questioned");
        let of = |table: &str, more: &str| format!("{table} WHERE capture = '{capture}' {more}");
        line.2 += house.world.count(&of("proof_reviews", "AND verdict = 'not_proven' AND effect = 'carried_out'")).await;
        line.3 += house.world.count(&of("complaints k JOIN hand_overs h USING (tranche, payment)", "")).await;
        line.4 += house.world.count(&of("findings", "")).await;
    }
    counted
}

fn told(answer: &Value) -> BTreeMap<String, (i64, i64, i64, i64, i64)> {
    let number = |line: &Value, field: &str| line[field].as_i64().expect("a number");
    let of = |line: &Value| {
        let findings = line["findings"].as_object().expect("findings").values().filter_map(Value::as_i64).sum();
        let [proofs, questioned, not_proven, complaints] =
            ["proofs", "questioned", "not_proven", "complaints"].map(|field| number(line, field));
        (line["code"].as_str().expect("a code").to_owned(), (proofs, questioned, not_proven, complaints, findings))
    };
    answer["lines"].as_array().expect("lines").iter().map(of).collect()
}

#[tokio::test]
async fn numbers_are_those_counted_by_hand_and_of_the_region_alone() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let [one, two, _] = counters();
        paid(&house, 0, &one).await;
        let denied = doubtful(&house, 1, &one).await;
        doubtful(&house, 2, &two).await;
        let body = json!({ "ground": "family_denied", "document": "BA-1" });
        house.call(Method::POST, &format!("/api/proofs/{}/review", denied.capture), Some(&rina), Some(&body)).await;
        decide(&house).await;
        for _ in 0..2 {
            let complaint = json!({ "serial": serial(&house, 0).await, "kind": "not_me" });
            house.call(Method::POST, "/api/complaints", None, Some(&complaint)).await;
        }
        let ask = async |query: &str| {
            let answer = house.call(Method::GET, &format!("{PATH}?{query}"), Some(&rina), None).await;
            assert_as_documented(&document, "get", PATH, &answer);
            answer
        };
        for by in ["teller", "pay_point", "device"] {
            let answer = ask(&format!("by={by}&place=1902")).await;
            assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
            let expected = by_hand(&house, by).await;
            assert!(expected.values().any(|line| line.2 == 1) && expected.values().any(|line| line.3 == 2), "{expected:?}");
            assert_eq!(told(&answer.1), expected, "{by}");
        }
        let answer = ask("by=teller&place=19&sort=complaints").await.1;
        assert_eq!(answer["lines"][0]["code"], json!(one.teller), "those with most complaints first");
        let line = &answer["lines"][0];
        assert!(line["seconds"].as_f64().is_some_and(|seconds| seconds.abs() < 600.0), "{line}");
        assert!(line["metres"].as_f64().is_some_and(|metres| metres < 1_000.0), "{line}");
        assert_eq!(ask("place=1102").await.1["lines"], json!([]), "nobody was paid there");
        assert_eq!(ask("place=1902&from=2020-01-01&to=2020-01-31").await.1["lines"], json!([]));
        for (field, query) in [("place", ""), ("by", "place=19&by=x"), ("sort", "place=19&sort=x"), ("from", "place=19&from=2020-01-01")] {
            assert_eq!(code(&ask(query).await), (422, field));
        }
        let mut elsewhere = signed_in(&house, &admin, "from.aceh", "supervisor", "11").await;
        assert_eq!(elsewhere.get("/proofs/conduct?place=1902").await.status, StatusCode::FORBIDDEN);
        assert!(elsewhere.get("/proofs/conduct").await.text().contains("Tidak ada bukti"));
        let mut agus = signed_in(&house, &admin, "agus.salim", "supervisor", "19").await;
        let page = agus.get("/proofs/conduct?by=device&sort=proofs").await;
        assert!(page.text().contains(one.device) && page.text().contains("class=\"bar-all\""), "{}", page.text());
        house.close().await;
    })
    .await;
}
