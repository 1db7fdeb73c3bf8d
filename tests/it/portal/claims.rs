//! `POST /api/claims`.

use std::sync::Arc;

use futures::future::join_all;
use reqwest::StatusCode;
use salur_pipeline::photo_ingest;
use salur_tests::{
    Chain, Person,
    counter::id,
    in_lab,
    programme::{AMOUNT, counters},
};

use super::support::{House, code};

const DEVICES: [&str; 24] = [
    "D-01", "D-02", "D-03", "D-04", "D-05", "D-06", "D-07", "D-08", "D-09", "D-10", "D-11", "D-12", "D-13", "D-14", "D-15", "D-16", "D-17",
    "D-18", "D-19", "D-20", "D-21", "D-22", "D-23", "D-24",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_covers_every_open_payment_of_the_family() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let paper = house.world.paper(4, &Person::new(0)).await;
        let (status, body) = house.claim(&counter, id(1), &paper.token).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let payments = body["payments"].as_array().expect("a list");
        let tranches: Vec<_> = payments.iter().map(|payment| payment["tranche"].as_i64().expect("a number")).collect();
        assert_eq!((tranches, body["total"].as_i64()), (vec![4, 5], Some(2 * AMOUNT)));
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cheque_claimed_at_many_counters_at_once_has_one_winner() {
    in_lab(async |lab| {
        let house = Arc::new(House::open(&lab).await);
        let paper = house.world.paper(4, &Person::new(1)).await;
        let mut devices = Vec::new();
        for (number, device) in (50u8..).zip(DEVICES) {
            devices.push(house.device(device, number).await);
        }
        let claims = devices.iter().zip(1..).map(|(device, number)| house.claim(device, id(number), &paper.token));
        let answers = join_all(claims).await;
        let winners: Vec<&str> =
            answers.iter().zip(DEVICES).filter(|(answer, _)| answer.0 == StatusCode::OK).map(|(_, device)| device).collect();
        let [winner] = winners[..] else { panic!("one wins, not {winners:?}") };
        for (answer, _) in answers.iter().zip(DEVICES).filter(|(_, device)| *device != winner) {
            assert_eq!((code(answer), answer.1["device"].as_str()), ((409, "taken"), Some(winner)));
            assert!(answer.1["expires_at"].is_string());
        }
        assert_eq!((house.world.count("claims").await, house.world.count("claim_leases").await), (1, 1));
        Arc::into_inner(house).expect("nobody else holds it").close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_claim_heard_many_times_at_once_is_one_claim_with_one_answer() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [counter, ..] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        let answers = join_all((0..12).map(|_| house.claim(&counter, id(1), &paper.token))).await;
        assert!(answers.iter().all(|answer| answer.0 == StatusCode::OK), "{answers:?}");
        assert!(answers.iter().all(|answer| answer.1 == answers[0].1), "{answers:?}");
        assert_eq!(house.world.count("claims").await, 1);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_ran_out_leaves_the_cheque_to_others() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [first, second, _] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        assert_eq!(house.claim(&first, id(1), &paper.token).await.0, StatusCode::OK);
        assert_eq!(code(&house.claim(&second, id(2), &paper.token).await), (409, "taken"));
        house.world.end_leases().await;
        assert_eq!(house.claim(&second, id(3), &paper.token).await.0, StatusCode::OK);
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_cheque_says_when_and_by_whom_and_takes_no_lease() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [first, second, _] = counters();
        let paper = house.world.paper(4, &Person::new(1)).await;
        let capture: photo_ingest::In = house.world.visit(1, &paper, &first).await.into();
        let mut chain = Chain::new(&house.world);
        chain.tell("captures", &[capture]);
        chain.run().await;
        house.world.end_leases().await;
        let before = house.world.dump().await;
        let answer = house.claim(&second, id(2), &paper.token).await;
        assert_eq!(code(&answer), (410, "nothing_open"));
        assert_eq!((answer.1["payment_status"].as_str(), answer.1["teller"].as_str()), (Some("paid"), Some(first.teller)));
        assert!(answer.1["handed_over_at"].is_string());
        assert_eq!(house.world.dump().await, before, "a refused claim leaves nothing behind");
        house.close().await;
    })
    .await;
}
