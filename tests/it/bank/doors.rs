//! Who may send and see, and what the doors refuse in words.

use reqwest::{Method, StatusCode};
use salur_tests::in_lab;
use serde_json::json;

use super::statements::{Booked, Day};
use crate::portal::{
    people::{administrator, person},
    support::House,
};

const SEND: &str = "/api/bank-statements?programme=BST";

async fn send(house: &House, token: &str, path: &str, kind: &str, body: Vec<u8>) -> (StatusCode, serde_json::Value) {
    let sent = house.http.post(format!("{}{path}", house.address)).bearer_auth(token).header("content-type", kind).body(body).send().await;
    crate::portal::support::answer(sent.expect("the portal answers")).await
}

#[tokio::test]
async fn a_treasurer_sends_and_closes_an_auditor_sees_and_others_do_neither() {
    in_lab(|lab| async move {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let auditor = person(&house, &admin, "auditor.one", "auditor", None).await;
        let ops = person(&house, &admin, "ops", "ops", None).await;
        let file = Day::new(1, &[Booked::credit(5, "B-1", "bunga")]).mt940().into_bytes();
        let case = "/api/bank-cases/00000000-0000-0000-0000-000000000000/decisions";
        let reason = json!({ "reason": "bunga" });
        for token in [&admin, &auditor, &ops] {
            assert_eq!(send(&house, token, SEND, "text/plain", file.clone()).await.0, StatusCode::FORBIDDEN);
            assert_eq!(house.call(Method::POST, case, Some(token), Some(&reason)).await.0, StatusCode::FORBIDDEN);
        }
        for (token, status) in
            [(&treasurer, StatusCode::OK), (&auditor, StatusCode::OK), (&admin, StatusCode::FORBIDDEN), (&ops, StatusCode::FORBIDDEN)]
        {
            for path in ["/api/bank-lines?programme=BST", "/api/bank-cases"] {
                assert_eq!(house.call(Method::GET, path, Some(token), None).await.0, status, "{path}");
            }
        }
        let (status, taken) = send(&house, &treasurer, SEND, "text/plain", file.clone()).await;
        assert_eq!((status, &taken["known"]), (StatusCode::ACCEPTED, &false.into()), "{taken}");
        let (_, again) = send(&house, &treasurer, SEND, "application/octet-stream", file).await;
        assert_eq!((&again["statement"], &again["known"]), (&taken["statement"], &true.into()), "the same bytes are the same statement");
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_before_it_is_kept() {
    in_lab(|lab| async move {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let treasurer = person(&house, &admin, "siti.aminah", "treasurer", None).await;
        let refused = [
            ("/api/bank-statements?programme=XYZ", "text/plain", ":20:A", StatusCode::UNPROCESSABLE_ENTITY),
            ("/api/bank-statements", "text/plain", ":20:A", StatusCode::BAD_REQUEST),
            (SEND, "application/json", ":20:A", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (SEND, "text/plain", "", StatusCode::UNPROCESSABLE_ENTITY),
        ];
        for (path, kind, body, expected) in refused {
            let (status, told) = send(&house, &treasurer, path, kind, body.into()).await;
            assert_eq!(status, expected, "{path}: {told}");
        }
        assert_eq!(house.world.count("bank_statements").await, 0);
        let case = "/api/bank-cases/00000000-0000-0000-0000-000000000000/decisions";
        for (reason, expected) in
            [("", StatusCode::UNPROCESSABLE_ENTITY), ("a\nb", StatusCode::UNPROCESSABLE_ENTITY), ("bunga", StatusCode::NOT_FOUND)]
        {
            let (status, told) = house.call(Method::POST, case, Some(&treasurer), Some(&json!({ "reason": reason }))).await;
            assert_eq!(status, expected, "{told}");
        }
        let (status, told) = house.call(Method::GET, "/api/bank-lines?programme=BST&outcome=lost", Some(&treasurer), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        house.close().await;
    })
    .await;
}
