//! `POST /api/captures/upload-url` and `POST /api/captures`.

use base64::Engine;
use ed25519_dalek::Signer;
use reqwest::StatusCode;
use salur_domain::ClaimId;
use salur_store::proofs;
use salur_tests::{
    Person,
    counter::{Paper, Shot, id},
    in_lab,
    programme::{Counter, counters},
};
use serde_json::{Value, json};

use super::support::{House, code};

const UPLOAD: &str = "/api/captures/upload-url";
const CAPTURES: &str = "/api/captures";
const QUEUE: &str = "salur.photo-ingest";

pub async fn claimed(house: &House, counter: &Counter) -> (Paper, Shot) {
    let paper = house.world.paper(4, &Person::new(1)).await;
    let (status, body) = house.claim(counter, id(1), &paper.token).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let claims = salur_store::claims::read(&house.world.tools.database, &[ClaimId(id(1))]).await.expect("claims can be read");
    let shot = Shot::new(1, &claims[0], &paper, counter);
    (paper, shot)
}

pub fn capture(shot: &Shot, counter: &Counter) -> Value {
    let signature = counter.key.sign(&shot.statement.to_sign());
    let signature = base64::engine::general_purpose::STANDARD.encode(signature.to_bytes());
    json!({"statement": shot.statement, "signature": signature, "token": shot.token})
}

fn upload(shot: &Shot) -> Value {
    let statement = &shot.statement;
    json!({"capture": statement.capture, "claim": statement.claim, "size": statement.size, "sha256": statement.sha256})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_goes_to_the_store_and_its_capture_to_photo_ingest() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let (_, mut shot) = claimed(&house, &counter).await;
        let place = shot.statement.position.as_mut().expect("tests know where they are");
        place.longitude = 107.636_700_000_000_12; // 17 digits: read back to the bit, or the statement's signature breaks
        let (status, body) = house.post(&counter, UPLOAD, &upload(&shot)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let put = house.http.put(body["url"].as_str().expect("a URL")).body(shot.photo.clone()).send().await.expect("the store answers");
        assert!(put.status().is_success(), "{}", put.status());
        let stored = house.world.tools.blobs.get(&proofs::incoming_key(shot.statement.capture)).await.expect("the store answers");
        assert_eq!(stored.expect("the photo is there").len(), shot.photo.len());
        let before = house.world.dump().await;
        for times in 1..=2 {
            let (status, body) = house.post(&counter, CAPTURES, &capture(&shot, &counter)).await;
            assert_eq!((status, body), (StatusCode::ACCEPTED, json!({"capture": shot.statement.capture})));
            assert_eq!(house.broker.depth(QUEUE).await.expect("the queue is there").0, times, "confirmed means that it is there");
        }
        let mut after = house.world.dump().await;
        assert_eq!(
            after.insert("heard_captures".into(), before["heard_captures"].clone()).map(|heard| heard.0),
            Some(1),
            "it was heard of once"
        );
        assert_eq!(after, before, "the portal writes no truth");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_can_never_become_good_is_refused() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, other, _] = counters();
        let (paper, shot) = claimed(&house, &counter).await;
        let with = |change: &dyn Fn(&mut Shot)| {
            let mut changed = shot.clone();
            change(&mut changed);
            changed
        };
        let cases = [
            ("an unknown claim", with(&|shot| shot.statement.claim = ClaimId(id(99))), (404, "claim")),
            ("no digest", with(&|shot| shot.statement.sha256 = "abc".into()), (422, "sha256")),
            ("no photo", with(&|shot| shot.statement.size = 0), (422, "size")),
            ("a huge photo", with(&|shot| shot.statement.size = 16 * 1024 * 1024 + 1), (422, "size")),
            ("no cheque", with(&|shot| shot.token = "SLR1:NOTHING".into()), (422, "token")),
        ];
        for (what, shot, expected) in cases {
            assert_eq!(code(&house.post(&counter, CAPTURES, &capture(&shot, &counter)).await), expected, "{what}");
        }
        let mut altered = capture(&shot, &counter);
        altered["statement"]["teller"] = json!("TELLER-2");
        assert_eq!(code(&house.post(&counter, CAPTURES, &altered).await), (422, "statement"));
        assert_eq!(code(&house.post(&other, CAPTURES, &capture(&shot, &counter)).await), (403, "device"));
        let stolen = with(&|shot| shot.statement.device = other.device.into());
        assert_eq!(code(&house.post(&other, CAPTURES, &capture(&stolen, &other)).await), (403, "claim"));
        assert_eq!(code(&house.post(&other, UPLOAD, &upload(&shot)).await), (403, "claim"));
        assert_eq!(code(&house.post(&counter, UPLOAD, &upload(&with(&|shot| shot.statement.size = 0))).await), (422, "size"));
        assert_eq!(house.broker.depth(QUEUE).await.expect("the queue is there").0, 0, "nothing was published");
        assert_eq!(paper.token, shot.token);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_not_taken_while_the_broker_is_away() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let (_, shot) = claimed(&house, &counter).await;
        house.broker.close().await;
        let answer = house.post(&counter, CAPTURES, &capture(&shot, &counter)).await;
        assert_eq!(code(&answer), (503, "busy"));
        house.close().await;
    })
    .await;
}
