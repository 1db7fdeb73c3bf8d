//! Captures from within the window that come after the return.

use salur_schemas::{Act, CaptureLate, FundsReturned, PaymentSettled, ReturnReviewed};
use salur_tests::{
    in_lab,
    programme::{AMOUNT, counters},
};

use super::{BUDI, SITI, captured, due_to_treasury, signed, strike, town, treasurers, violations};

#[tokio::test]
async fn a_late_capture_reverses_the_return_and_the_payment_is_paid() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let late = world.visit(1, &papers[0], &counters()[0]).await;
        world.end_leases().await;
        world.end_window(4).await;
        assert_eq!(strike(&world).await.facts::<FundsReturned>().len(), 2);
        world.turn_back(4).await;
        let chain = captured(&world, &[&late, &late]).await;
        world.end_window(4).await;
        assert_eq!(world.statuses().await, [("paid".into(), 1), ("returned".into(), 1)].into());
        assert_eq!(due_to_treasury(&world).await, AMOUNT);
        assert!(!chain.facts::<CaptureLate>().is_empty() && chain.facts::<ReturnReviewed>().iter().all(|review| review.reopened));
        assert!(chain.facts::<PaymentSettled>().iter().all(|settled| settled.capture == late.capture));
        assert_eq!(chain.outcomes().last().expect("upstream hears").1, "paid");
        assert_eq!(world.count("cases").await, 0, "nobody has to ask");
        assert!(strike(&world).await.said.is_empty(), "the sweep does not take it again");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn two_late_captures_of_one_family_are_one_hand_over_and_one_case() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, two, _] = counters();
        let first = world.visit(1, &papers[0], &one).await;
        world.end_leases().await;
        let second = world.visit(2, &papers[0], &two).await;
        world.end_leases().await;
        world.end_window(4).await;
        strike(&world).await;
        world.turn_back(4).await;
        captured(&world, &[&first, &second]).await;
        world.end_window(4).await;
        assert_eq!(world.count("transfers WHERE kind = 'hand_over'").await, 1);
        assert_eq!(world.column("SELECT kind FROM cases").await, ["second_capture"]);
        assert_eq!(due_to_treasury(&world).await, 0);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn after_the_statement_a_late_capture_is_a_case_and_moves_no_money() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        treasurers(&world).await;
        let late = world.visit(1, &papers[0], &counters()[0]).await;
        world.end_leases().await;
        world.end_window(4).await;
        strike(&world).await;
        assert_eq!(signed(&world, "one", Act::ReturnStatement, SITI, AMOUNT).await.0, "signed");
        assert_eq!(signed(&world, "two", Act::ReturnStatement, BUDI, AMOUNT).await.0, "carried_out");
        world.turn_back(4).await;
        let chain = captured(&world, &[&late]).await;
        world.end_window(4).await;
        assert_eq!(world.statuses().await, [("returned".into(), 1)].into());
        assert!(chain.facts::<ReturnReviewed>().iter().all(|review| !review.reopened));
        assert_eq!(world.column("SELECT kind FROM cases").await, ["ended_capture"]);
        assert_eq!(due_to_treasury(&world).await, AMOUNT);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}
