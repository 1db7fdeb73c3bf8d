//! At the counter: new claims are refused in words, earlier ones go on, and no cash goes to a paused teller.

use reqwest::StatusCode;
use salur_domain::pause::Kind;
use salur_tests::{
    Chain, Person,
    counter::id,
    in_lab,
    people::BELITUNG,
    programme::{AMOUNT, TAHAP_4, TAHAP_5, counters},
};

use super::{said, tell};
use crate::{
    cash::{self, OFFICE},
    portal::{
        captures::{capture, claimed},
        support::{House, code},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_refused_in_words_while_any_of_the_four_is_paused_and_granted_before_and_after() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [one, ..] = counters();
        let mut chain = Chain::new(&house.world);
        let scopes = [(Kind::Tranche, TAHAP_4), (Kind::Regency, BELITUNG), (Kind::PayPoint, "PP-1902"), (Kind::Teller, one.teller)];
        for ((kind, scope), number) in scopes.into_iter().zip((10..).step_by(10)) {
            let paper = house.world.paper(4, &Person::new(1)).await;
            let first = house.claim(&one, id(number), &paper.token).await;
            assert_eq!(first.0, StatusCode::OK, "negative control: {}", first.1);
            house.world.end_leases().await;
            tell(&mut chain, &[said(number, kind, scope, true)], &[]).await;
            let before = house.world.dump().await;
            let answer = house.claim(&one, id(number + 1), &paper.token).await;
            assert_eq!((code(&answer), answer.1["kind"].as_str()), ((423, "paused"), Some(kind.as_str())));
            let words = answer.1["detail"].as_str().expect("words");
            assert!(words.contains("jangan bayar") && words.contains("pay nothing"), "{words}");
            assert_eq!(house.world.dump().await, before, "a refused claim leaves nothing behind");
            assert_eq!(house.claim(&one, id(number), &paper.token).await, first, "what was granted stays granted");
            tell(&mut chain, &[said(number + 1, kind, scope, false)], &[]).await;
            let after = house.claim(&one, id(number + 2), &paper.token).await;
            assert_eq!(after.0, StatusCode::OK, "{}", after.1);
            house.world.end_leases().await;
        }
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_leaves_out_what_is_paused_and_a_neighbouring_counter_is_not_stopped() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [one, two, three] = counters();
        let mut chain = Chain::new(&house.world);
        let pauses =
            [said(1, Kind::Tranche, TAHAP_5, true), said(2, Kind::Teller, two.teller, true), said(3, Kind::PayPoint, "PP-1906", true)];
        tell(&mut chain, &pauses, &[]).await;
        // this family has money of both tranches
        let paper = house.world.paper(4, &Person::new(0)).await;
        let (status, body) = house.claim(&one, id(1), &paper.token).await;
        assert_eq!((status, body["total"].as_i64()), (StatusCode::OK, Some(AMOUNT)), "{body}");
        let other = house.world.paper(4, &Person::new(1)).await;
        assert_eq!(code(&house.claim(&two, id(2), &other.token).await), (423, "paused"));
        assert_eq!(code(&house.claim(&three, id(3), &other.token).await), (423, "paused"));
        assert_eq!(house.claim(&one, id(4), &other.token).await.0, StatusCode::OK, "the same family at another counter");
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_of_an_earlier_claim_is_taken_in_and_paid_while_everything_about_it_is_paused() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let [one, ..] = counters();
        let (_, shot) = claimed(&house, &one).await;
        house.world.upload(shot.statement.capture, &shot.photo).await;
        let mut chain = Chain::new(&house.world);
        let pauses = [
            said(1, Kind::Tranche, TAHAP_4, true),
            said(2, Kind::Regency, BELITUNG, true),
            said(3, Kind::PayPoint, "PP-1902", true),
            said(4, Kind::Teller, one.teller, true),
        ];
        tell(&mut chain, &pauses, &[]).await;
        let (status, body) = house.post(&one, "/api/captures", &capture(&shot, &one)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        chain.publish(house.take("salur.photo-ingest").await);
        chain.run().await;
        assert_eq!(house.world.statuses().await.get("paid"), Some(&1));
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn no_cash_goes_to_a_paused_teller_and_what_lies_there_comes_back() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let (one, two) = ("teller:TELLER-1", "teller:TELLER-2");
        cash::tell(&world, [cash::moved(1, cash::BANK, OFFICE, 900)]).await;
        tell(&mut chain, &[said(1, Kind::Teller, "TELLER-1", true)], &[]).await;
        let moves = [
            cash::moved(2, OFFICE, one, 100),
            cash::moved(3, two, one, 100),
            cash::moved(4, one, OFFICE, 50),
            cash::moved(5, OFFICE, two, 100),
        ];
        cash::tell(&world, moves).await;
        let mut effects = Vec::new();
        for number in 2..=5 {
            effects.push(cash::effect(&world, number).await);
        }
        assert_eq!(effects, ["refused paused", "refused paused", "booked", "booked"]);
        tell(&mut chain, &[said(2, Kind::Teller, "TELLER-1", false)], &[]).await;
        cash::tell(&world, [cash::moved(6, OFFICE, one, 100), cash::moved(2, OFFICE, one, 100)]).await;
        assert_eq!(cash::effect(&world, 6).await, "booked");
        assert_eq!(cash::effect(&world, 2).await, "refused paused", "what was refused stays refused");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
