//! A supervisor asks for another photo at the case; the device of the visit is told; the case shows what came.

use reqwest::{Method, StatusCode};
use salur_tests::{
    Person,
    counter::{Shot, id},
    in_lab,
    programme::counters,
};
use serde_json::json;

use super::{
    contract::{assert_as_documented, document},
    gallery::looking,
    people::{administrator, person},
    proofs::{decide, doubtful},
    support::{House, code},
};

const WISH: &str = "kartu dan uang terlihat";

#[tokio::test]
async fn another_photo_is_asked_for_told_to_the_device_and_shown_at_the_case() {
    in_lab(async |lab| {
        let (house, document) = (House::open(&lab).await, document());
        let admin = administrator(&house).await;
        let auditor = person(&house, &admin, "the.auditor", "auditor", None).await;
        let rina = person(&house, &admin, "rina.wati", "supervisor", None).await;
        let [one, two, _] = counters();
        let proof = doubtful(&house, 1, &one).await;
        let door = format!("/api/proofs/{}/photo-requests", proof.capture);
        let ask = async |who: &str, wish: &str| {
            let answer = house.call(Method::POST, &door, Some(who), Some(&json!({ "wish": wish }))).await;
            assert_as_documented(&document, "post", "/api/proofs/{capture}/photo-requests", &answer);
            answer
        };
        assert_eq!(code(&ask(&auditor, WISH).await), (403, "role"));
        assert_eq!(code(&ask(&rina, "1902015204850007").await), (422, "wish"));
        let told = ask(&rina, WISH).await;
        assert_eq!(told.0, StatusCode::ACCEPTED, "{}", told.1);
        let effect = format!("/api/photo-requests/{}", told.1["decision"].as_str().expect("an id"));
        let come = async || house.call(Method::GET, &effect, Some(&auditor), None).await;
        assert_eq!(come().await.1["effect"], json!(null), "not decided yet");
        decide(&house).await;
        let effect = come().await;
        assert_as_documented(&document, "get", "/api/photo-requests/{id}", &effect);
        assert_eq!(effect.1["effect"]["effect"], "asked");
        let asked = house.post(&one, "/api/captures/requests", &json!({})).await;
        assert_as_documented(&document, "post", "/api/captures/requests", &asked);
        assert_eq!((&asked.1[0]["claim"], &asked.1[0]["wish"]), (&json!(proof.claim), &json!(WISH)));
        assert_eq!(house.post(&two, "/api/captures/requests", &json!({})).await.1, json!([]), "another device is told nothing");
        let list = house.call(Method::GET, "/api/proofs/in-question", Some(&auditor), None).await.1;
        assert_eq!(list[0]["new_photo"], "asked");
        // the teller takes it, and the device sends it as a capture of the same claim
        let paper = house.world.paper(4, &Person::new(1)).await;
        let claim = house.world.granted(id(1), &paper, &one).await;
        let shot = Shot::new(77, &claim, &paper, &one);
        house.world.upload(shot.statement.capture, &shot.photo).await;
        let new = shot.signed(&one);
        let mut chain = salur_tests::Chain::new(&house.world);
        chain.tell("new", &[salur_pipeline::photo_ingest::In::from(new.clone())]);
        chain.run().await;
        assert_eq!(house.world.count("cases").await, 0, "it is no second capture");
        assert_eq!(house.post(&one, "/api/captures/requests", &json!({})).await.1, json!([]));
        let list = house.call(Method::GET, "/api/proofs/in-question", Some(&auditor), None).await.1;
        assert_eq!((list.as_array().map(Vec::len), &list[0]["new_photo"]), (Some(1), &json!("answered")), "it stays in question");
        let mut agus = looking(&house, &admin, "agus.salim", "supervisor", "").await;
        let case = agus.get(&format!("/proofs/{}", proof.capture)).await;
        assert!(case.text().contains(WISH) && case.text().contains(&new.capture.to_string()), "{}", case.text());
        let answer = agus.get(&format!("/proofs/{}", new.capture)).await;
        assert!(answer.text().contains(&proof.capture.to_string()), "{}", answer.text());
        let again = agus.post(&format!("/proofs/{}/ask", proof.capture), &[("wish", "wajah terlihat")]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
        decide(&house).await;
        assert_eq!(house.world.count("photo_requests WHERE effect = 'asked'").await, 2);
        assert_eq!(house.world.violations().await, Vec::<String>::new());
        house.close().await;
    })
    .await;
}
