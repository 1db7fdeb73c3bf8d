//! The doors of proofs in question and of hand-overs that are undone: who sees and decides, and what is refused in words.

use reqwest::{Method, StatusCode};
use salur_pipeline::photo_ingest;
use salur_runtime::testkit::Delivery;
use salur_schemas::ProofCaptured;
use salur_tests::{
    Chain, Person,
    counter::{Shot, id},
    in_lab,
    photos::photo,
    programme::{Counter, counters},
};
use serde_json::{Value, json};

use super::{
    people::{administrator, person},
    support::House,
};

/// What waits for status-finalizer is decided, as its worker would.
pub async fn decide(house: &House) {
    let waiting: Vec<Delivery> = house.take("salur.status-finalizer").await;
    let mut chain = Chain::new(&house.world);
    chain.publish(waiting);
    chain.run().await;
    assert!(chain.dead.is_empty(), "{:?}", chain.dead[0].headers.cause);
}

/// A family paid with a photo that nobody can believe.
pub async fn doubtful(house: &House, number: u32, counter: &Counter) -> ProofCaptured {
    let paper = house.world.paper(4, &Person::new(number)).await;
    let claim = house.world.granted(id(number), &paper, counter).await;
    let shot = Shot::new(number, &claim, &paper, counter).with_photo(photo(u64::from(number), None));
    house.world.upload(shot.statement.capture, &shot.photo).await;
    let captured = shot.signed(counter);
    let mut chain = Chain::new(&house.world);
    chain.tell("doubtful", &[photo_ingest::In::from(captured.clone())]);
    chain.run().await;
    captured
}

async fn effect(house: &House, token: &str, door: &str, told: &Value) -> Value {
    let path = format!("{door}/{}", told["decision"].as_str().expect("an id"));
    house.call(Method::GET, &path, Some(token), None).await.1["effect"].clone()
}

#[tokio::test]
async fn a_supervisor_lists_what_is_in_question_decides_and_is_told_what_came_of_it() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let admin = administrator(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let proof = doubtful(&house, 0, &counters()[0]).await;
        let list = async |token: &str| house.call(Method::GET, "/api/proofs/in-question", Some(token), None).await;
        let listed = list(&auditor).await.1;
        assert_eq!(
            (listed[0]["capture"].as_str(), listed[0]["findings"][0].as_str()),
            (Some(proof.capture.to_string().as_str()), Some("EXF01"))
        );
        assert_eq!(list(&treasurer).await.0, StatusCode::FORBIDDEN);
        let door = format!("/api/proofs/{}/review", proof.capture);
        let review = async |token: &str, ground: &str, document: &str| {
            let body = json!({ "ground": ground, "document": document });
            house.call(Method::POST, &door, Some(token), Some(&body)).await
        };
        assert_eq!(review(&auditor, "witnesses", "BA-1").await.0, StatusCode::FORBIDDEN, "an auditor changes nothing");
        assert_eq!(review(&treasurer, "witnesses", "BA-1").await.0, StatusCode::FORBIDDEN, "who brings cash does not judge proofs");
        assert_eq!(review(&rina, "because", "BA-1").await.1["error"], "ground");
        assert_eq!(review(&rina, "witnesses", " ").await.1["error"], "document");
        let nowhere = format!("/api/proofs/{}/review", id(555));
        let body = json!({ "ground": "witnesses", "document": "BA-1" });
        assert_eq!(house.call(Method::POST, &nowhere, Some(&rina), Some(&body)).await.1["error"], "visit");
        let told = review(&rina, "witnesses", "BA-1").await;
        assert_eq!(told.0, StatusCode::ACCEPTED, "{}", told.1);
        assert_eq!(effect(&house, &auditor, "/api/reviews", &told.1).await, Value::Null, "not decided yet");
        decide(&house).await;
        assert_eq!(effect(&house, &auditor, "/api/reviews", &told.1).await["effect"], "carried_out");
        assert_eq!(list(&auditor).await.1, json!([]));
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_teller_undoes_at_the_device_that_claimed_and_two_people_undo_later() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [one, two, _] = counters();
        let admin = administrator(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let agus = person(&house, &admin, "agus.salim", "supervisor", None).await;
        let first = doubtful(&house, 0, &one).await;
        let body = json!({ "claim": first.claim, "ground": "wrong_family" });
        assert_eq!(house.post(&two, "/api/claims/undo", &body).await.1["error"], "claim", "another device's claim");
        let senseless = json!({ "claim": first.claim, "ground": "sorry" });
        assert_eq!(house.post(&one, "/api/claims/undo", &senseless).await.1["error"], "ground");
        let told = house.post(&one, "/api/claims/undo", &body).await;
        assert_eq!(told.0, StatusCode::ACCEPTED, "{}", told.1);
        assert_eq!(house.post(&one, "/api/claims/undo", &body).await.1, told.1, "asking again is the same request");
        decide(&house).await;
        assert_eq!(effect(&house, &rina, "/api/undos", &told.1).await["effect"], "carried_out");

        let second = doubtful(&house, 1, &one).await;
        sqlx::query("ALTER TABLE claims DISABLE TRIGGER insert_only").execute(&house.world.sql).await.expect("the owner may");
        sqlx::query("UPDATE claims SET expires_at = now() - interval '1 second'")
            .execute(&house.world.sql)
            .await
            .expect("ten minutes pass");
        sqlx::query("ALTER TABLE claims ENABLE TRIGGER insert_only").execute(&house.world.sql).await.expect("the owner may");
        let late = json!({ "claim": second.claim, "ground": "given_back" });
        assert_eq!(house.post(&one, "/api/claims/undo", &late).await.1["error"], "late");
        let paper = house.world.paper(4, &Person::new(1)).await;
        let undo = async |token: &str, name: &str, value: &str| {
            let body = json!({ name: value, "ground": "given_back", "document": "BA-2" });
            house.call(Method::POST, "/api/hand-overs/undo", Some(token), Some(&body)).await.1
        };
        assert_eq!(undo(&rina, "serial", "nothing").await["error"], "visit");
        let signed = undo(&rina, "serial", &paper.serial).await;
        decide(&house).await;
        assert_eq!(effect(&house, &rina, "/api/undos", &signed).await["effect"], "signed");
        let done = undo(&agus, "capture", &second.capture.to_string()).await;
        decide(&house).await;
        assert_eq!(effect(&house, &rina, "/api/undos", &done).await["effect"], "carried_out");
        assert_eq!(house.world.count("transfers WHERE kind = 'hand_over_undone'").await, 3, "a visit of two payments and one of one");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cheque_that_was_replaced_is_refused_at_the_counter() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [one, ..] = counters();
        let admin = administrator(&house).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let old = house.world.paper(4, &Person::new(0)).await;
        let proof = doubtful(&house, 0, &one).await;
        let body = json!({ "ground": "photo_false", "document": "BA-1" });
        house.call(Method::POST, &format!("/api/proofs/{}/review", proof.capture), Some(&rina), Some(&body)).await;
        decide(&house).await;
        house.world.end_leases().await;
        let refused = house.claim(&one, id(70), &old.token).await.1;
        assert!(refused["error"] == "token" && refused["detail"].as_str().is_some_and(|words| words.contains("replaced")), "{refused}");
        let new = house.world.paper(4, &Person::new(0)).await;
        assert_eq!(house.claim(&one, id(71), &new.token).await.0, StatusCode::OK);
        house.close().await;
    })
    .await;
}
