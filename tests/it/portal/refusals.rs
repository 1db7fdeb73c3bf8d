//! What is refused before any handler runs, and tokens that are no cheques of ours.

use chrono::{TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use reqwest::StatusCode;
use salur_portal::signed::MAX_BODY;
use salur_tests::{Person, counter::id, in_lab, programme::counters};
use serde_json::json;

use super::support::{House, Request, answer, code};

const CLAIMS: &str = "/api/claims";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_taken_from_a_device_that_signed_all_of_it_now() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, other, _] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        let body = json!({"claim": id(1), "token": paper.token, "teller": counter.teller});
        let good = || Request::new(&counter, CLAIMS, &body);
        let at = |minutes| Request::at(&counter, CLAIMS, body.to_string(), (Utc::now() + TimeDelta::minutes(minutes)).to_rfc3339());
        let cases = [
            (
                "another body",
                Request { body: json!({"claim": id(2), "token": paper.token, "teller": counter.teller}).to_string(), ..good() },
                "signature",
            ),
            ("another path", Request { path: "/api/captures", ..good() }, "signature"),
            ("another time", Request { time: (Utc::now() + TimeDelta::seconds(1)).to_rfc3339(), ..good() }, "signature"),
            ("another device's name", Request { device: other.device.into(), ..good() }, "signature"),
            ("no base64", Request { signature: "?".into(), ..good() }, "signature"),
            ("no signature", Request { signature: String::new(), ..good() }, "signature"),
            ("an unknown device", Request { device: "DEV-X".into(), ..good() }, "device"),
            ("a clock behind", at(-16), "clock"),
            ("a clock ahead", at(16), "clock"),
            ("no time", Request { time: "yesterday".into(), ..good() }, "clock"),
        ];
        for (what, request, expected) in cases {
            let answer = house.send(&request).await;
            assert_eq!(code(&answer), (401, expected), "{what}");
            assert!(answer.1["server_time"].is_string() && answer.1["detail"].is_string(), "{what}: {}", answer.1);
        }
        assert_eq!(house.world.count("claims").await, 0, "nothing got in");
        assert_eq!(house.send(&good()).await.0, StatusCode::OK);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_turned_away_from_the_next_request_on() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        assert_eq!(house.claim(&counter, id(1), &paper.token).await.0, StatusCode::OK);
        sqlx::query("UPDATE devices SET revoked_at = now() WHERE code = $1")
            .bind(counter.device)
            .execute(&house.world.sql)
            .await
            .expect("revoked");
        assert_eq!(code(&house.claim(&counter, id(1), &paper.token).await), (401, "device"));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_cheque_of_ours_is_not_claimed() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        let tampered = paper.token.replacen('0', "1", 1);
        let tokens = [
            ("another QR", "https://example.org".to_owned()),
            ("tampered", if tampered == paper.token { format!("{}0", paper.token) } else { tampered }),
            ("signed by a stranger", house.token(&SigningKey::from_bytes(&[9; 32]), &paper)),
            ("signed by us, never issued", house.token(&house.world.tools.cheque_key, &paper)),
        ];
        for (what, token) in tokens {
            assert_eq!(code(&house.claim(&counter, id(1), &token).await), (422, "token"), "{what}");
        }
        let stranger = json!({"claim": id(1), "token": paper.token, "teller": "TELLER-X"});
        assert_eq!(code(&house.post(&counter, CLAIMS, &stranger).await), (422, "teller"));
        assert_eq!((house.world.count("claims").await, house.world.count("claim_leases").await), (0, 0));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_taken_as_it_must_be_or_not_at_all() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let unknown = json!({"claim": id(1), "token": "x", "teller": counter.teller, "amount": 1});
        assert_eq!(code(&house.post(&counter, CLAIMS, &unknown).await), (400, "json"));
        assert_eq!(code(&house.post(&counter, CLAIMS, &json!({"claim": "1"})).await), (400, "json"));
        assert_eq!(code(&house.post(&counter, CLAIMS, &json!("x".repeat(MAX_BODY))).await), (413, "size"));
        let nested = Request::at(&counter, CLAIMS, "[".repeat(10_000), Utc::now().to_rfc3339());
        assert_eq!(code(&house.send(&nested).await), (400, "json"));
        let got = house.http.get(format!("{}{CLAIMS}", house.address)).send().await.expect("it answers");
        assert_eq!(code(&answer(got).await), (405, "method"));
        let got = house.http.get(format!("{}/wp-login.php", house.address)).send().await.expect("it answers");
        assert_eq!(code(&answer(got).await), (404, "path"));
        house.close().await;
    })
    .await;
}
