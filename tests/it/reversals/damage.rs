//! Damage to reversals and reviews is named.

use std::sync::Arc;

use salur_domain::reversal::ReviewGround;
use salur_tests::{Lab, World, in_lab};

use super::{AGUS, RINA, captured, counter, doubtful, heard, review, town, undo};
use crate::verify::town::damage;

/// One family not proven, one believed after all, one undone by two people.
async fn decided(lab: &Arc<Lab>) -> (World, [String; 3]) {
    let (world, papers) = town(lab, 3).await;
    let no = doubtful(&world, 1, &papers[0], &counter()).await;
    let yes = doubtful(&world, 2, &papers[1], &counter()).await;
    let wrong = world.visit(3, &papers[2], &counter()).await;
    captured(&world, &[&no, &yes, &wrong]).await;
    let reviews = [review("no", no.capture, ReviewGround::FamilyDenied), review("yes", yes.capture, ReviewGround::Witnesses)];
    heard(&world, &reviews).await;
    heard(&world, &[undo("rina", wrong.claim, RINA)]).await;
    heard(&world, &[undo("agus", wrong.claim, AGUS)]).await;
    (world, [0, 1, 2].map(|at: usize| papers[at].payment.to_string()))
}

/// Changes it by SQL and expects these checks to fail, each naming the payment.
async fn damaged_by(change: &'static str, expected: &'static [(&'static str, usize)]) {
    in_lab(async move |lab| {
        let (world, payments) = decided(&lab).await;
        let change = change.replace("NOT_PROVEN", &payments[0]).replace("BELIEVED", &payments[1]).replace("UNDONE", &payments[2]);
        damage(&world, &change).await;
        let found = world.violations().await;
        let failed: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(failed, expected.iter().map(|(check, _)| *check).collect::<Vec<_>>(), "{found:#?}");
        for ((check, payment), line) in expected.iter().zip(&found) {
            assert!(line.contains(&payments[*payment]), "{check} must name the payment: {line}");
        }
    })
    .await;
}

#[tokio::test]
async fn decided_hand_overs_hold() {
    damaged_by("SELECT", &[]).await;
}

#[tokio::test]
async fn a_review_taken_away_is_named() {
    damaged_by("DELETE FROM proof_reviews WHERE verdict = 'not_proven'", &[("reversals", 0)]).await;
}

#[tokio::test]
async fn a_payment_in_question_that_was_paid_without_a_review_is_named() {
    damaged_by("DELETE FROM proof_reviews WHERE verdict = 'paid'", &[("proofs", 1)]).await;
}

#[tokio::test]
async fn an_undo_that_one_person_did_alone_is_named() {
    damaged_by("DELETE FROM hand_over_undos WHERE effect = 'signed'", &[("reversals", 2)]).await;
}

#[tokio::test]
async fn a_reversal_taken_away_is_named() {
    damaged_by("DELETE FROM reversals WHERE payment = 'UNDONE'", &[("hand-overs", 2), ("reversals", 2), ("rounds", 2)]).await;
}

#[tokio::test]
async fn a_round_that_nothing_ended_is_named() {
    damaged_by("UPDATE payments SET round = 3 WHERE id = 'NOT_PROVEN'", &[("rounds", 0)]).await;
}
