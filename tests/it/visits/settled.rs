//! Hand-overs are booked once.

use salur_schemas::{CaseOpened, PaymentQuestioned, PaymentSettled};
use salur_tests::{
    counter::{Shot, id},
    in_lab,
    photos::photo,
    programme::{AMOUNT, counters},
};

use super::{captured, cases, town};

#[tokio::test]
async fn a_second_capture_is_one_case_that_names_both_tellers_and_moves_no_money() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, two, _] = counters();
        let first = world.visit(1, &papers[0], &one).await;
        world.end_leases().await;
        let second = world.visit(2, &papers[0], &two).await;
        let chain = captured(&world, &[&first, &second, &second, &first]).await;
        assert_eq!(cases(&world).await, [format!("second_capture {} {}", two.teller, one.teller)]);
        assert_eq!(world.count("transfers WHERE kind = 'hand_over'").await, 1);
        assert_eq!(world.column("SELECT teller FROM hand_overs").await, [one.teller], "the first capture stands");
        let settled = chain.facts::<PaymentSettled>();
        assert!(settled.iter().all(|fact| fact.capture == first.capture), "only the first capture settles");
        assert!(chain.facts::<CaseOpened>().iter().all(|case| case.capture == second.capture));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_questioned_capture_books_the_hand_over_and_leaves_the_payment_in_question() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, ..] = counters();
        let claim = world.granted(id(1), &papers[0], &one).await;
        let shot = Shot::new(1, &claim, &papers[0], &one).with_photo(photo(1, None));
        world.upload(shot.statement.capture, &shot.photo).await;
        let chain = captured(&world, &[&shot.signed(&one)]).await;
        assert_eq!(world.statuses().await, [("in_question".to_owned(), 1)].into());
        assert_eq!(world.column("SELECT code FROM findings WHERE severity = 'question'").await, ["EXF01"]);
        let drawer = format!("SELECT credits FROM ledger_accounts WHERE kind = 'teller_cash' AND owner = '{}'", one.teller);
        assert_eq!(world.one::<i64>(&drawer).await, AMOUNT, "the cash has left the drawer");
        assert_eq!((chain.facts::<PaymentQuestioned>().len(), chain.facts::<PaymentSettled>().len()), (1, 0));
        assert_eq!(chain.outcomes()[0].1, "in_question", "upstream hears of it");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_photo_far_from_the_pay_point_or_outside_the_lease_is_in_question() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let [one, _, far] = counters();
        let claim = world.granted(id(1), &papers[0], &one).await;
        let elsewhere = Shot::new(1, &claim, &papers[0], &salur_tests::programme::Counter { place: far.place, ..one.clone() });
        let claim = world.granted(id(2), &papers[1], &one).await;
        let mut early = Shot::new(2, &claim, &papers[1], &one);
        early.statement.taken_at -= chrono::TimeDelta::hours(1);
        for shot in [&elsewhere, &early] {
            world.upload(shot.statement.capture, &shot.photo).await;
        }
        captured(&world, &[&elsewhere.signed(&one), &early.signed(&one)]).await;
        let found = world.column("SELECT DISTINCT code FROM findings WHERE severity = 'question' ORDER BY code").await;
        assert_eq!(found, ["PLC01", "PLC02", "TIM01", "TIM03"]);
        assert_eq!(world.statuses().await, [("in_question".to_owned(), 2)].into());
    })
    .await;
}

#[tokio::test]
async fn a_capture_that_came_before_its_device_was_revoked_is_judged_as_ever() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, ..] = counters();
        let capture = world.visit(1, &papers[0], &one).await;
        let revoke = "UPDATE devices SET revoked_at = now() WHERE code = $1";
        sqlx::query(revoke).bind(one.device).execute(&world.sql).await.expect("the owner may");
        captured(&world, &[&capture]).await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
