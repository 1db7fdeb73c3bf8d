//! A wrong hand-over is undone: by its teller within ten minutes, later by two people.

use chrono::TimeDelta;
use salur_schemas::{PaymentReopened, PaymentSettled};
use salur_tests::{
    counter::id,
    in_lab,
    programme::{AMOUNT, FLOAT, counters},
};

use super::{AGUS, RINA, captured, counter, effect, heard, holds, town, undo, undo_at_device};

#[tokio::test]
async fn within_ten_minutes_the_tellers_word_is_enough_and_the_same_cheque_is_good() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let one = counter();
        let wrong = world.visit(1, &papers[0], &one).await;
        captured(&world, &[&wrong]).await;
        assert_eq!(holds(&world, "teller_cash", one.teller).await, FLOAT - AMOUNT);
        let claim = salur_store::claims::read(&world.tools.database, &[wrong.claim]).await.expect("readable").remove(0);
        let chain = heard(&world, &[undo_at_device("oops", wrong.claim, &one, claim.expires_at)]).await;
        assert_eq!(effect(&world, "hand_over_undos", "oops").await, "carried_out");
        assert_eq!(holds(&world, "teller_cash", one.teller).await, FLOAT, "the cash is back in the drawer");
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into());
        assert_eq!((chain.facts::<PaymentReopened>()[0].cheque, chain.outcomes()[0].2.as_slice()), (None, ["REV01".to_owned()].as_slice()));
        assert_eq!(world.violations().await, Vec::<String>::new());

        let right = world.visit(2, &papers[0], &one).await;
        let chain = captured(&world, &[&right, &wrong]).await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into(), "the family comes with the same cheque");
        let settled: Vec<_> = chain.facts::<PaymentSettled>().into_iter().map(|settled| settled.capture).collect();
        assert!(settled.contains(&right.capture) && settled.contains(&wrong.capture), "what was said of the first stays said");
        assert_eq!(world.count("transfers WHERE kind = 'hand_over'").await, 2);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn an_undo_that_overtakes_its_capture_keeps_it_from_handing_over() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let one = counter();
        let wrong = world.visit(1, &papers[0], &one).await;
        heard(&world, &[undo_at_device("first", wrong.claim, &one, chrono::Utc::now())]).await;
        let chain = captured(&world, &[&wrong]).await;
        assert_eq!(chain.facts::<PaymentSettled>(), []);
        assert_eq!((holds(&world, "teller_cash", one.teller).await, world.count("cases").await), (FLOAT, 0));
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into(), "the family may still come");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn after_ten_minutes_or_from_another_device_the_tellers_word_is_not_enough() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, two, _] = counters();
        let visit = world.visit(1, &papers[0], &one).await;
        captured(&world, &[&visit]).await;
        let claim = salur_store::claims::read(&world.tools.database, &[visit.claim]).await.expect("readable").remove(0);
        let late = claim.expires_at + TimeDelta::seconds(1);
        heard(&world, &[undo_at_device("late", visit.claim, &one, late), undo_at_device("other", visit.claim, &two, claim.claimed_at)])
            .await;
        heard(&world, &[undo_at_device("nothing", salur_domain::ClaimId(id(99)), &one, claim.claimed_at)]).await;
        assert_eq!(effect(&world, "hand_over_undos", "late").await, "refused late");
        assert_eq!(effect(&world, "hand_over_undos", "other").await, "refused unknown");
        assert_eq!(effect(&world, "hand_over_undos", "nothing").await, "refused unknown");
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn later_two_people_undo_it_and_one_alone_does_not() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let one = counter();
        let visit = world.visit(1, &papers[0], &one).await;
        captured(&world, &[&visit]).await;
        heard(&world, &[undo("rina", visit.claim, RINA)]).await;
        heard(&world, &[undo("rina again", visit.claim, RINA)]).await;
        assert_eq!(effect(&world, "hand_over_undos", "rina").await, "signed");
        assert_eq!(effect(&world, "hand_over_undos", "rina again").await, "refused signed");
        assert_eq!(holds(&world, "teller_cash", one.teller).await, FLOAT - AMOUNT, "one person alone moves nothing");
        let done = heard(&world, &[undo("agus", visit.claim, AGUS)]).await;
        let again = heard(&world, &[undo("agus", visit.claim, AGUS), undo("rina late", visit.claim, RINA)]).await;
        assert_eq!(effect(&world, "hand_over_undos", "rina late").await, "refused undone");
        assert_eq!(done.facts::<PaymentReopened>(), again.facts::<PaymentReopened>());
        assert_eq!(holds(&world, "teller_cash", one.teller).await, FLOAT);
        let unpaid = world.granted(id(5), &papers[1], &one).await;
        heard(&world, &[undo("of nothing", unpaid.id(), RINA)]).await;
        assert_eq!(effect(&world, "hand_over_undos", "of nothing").await, "refused nothing");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_closed_tranche_is_undone() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let visit = world.visit(1, &papers[0], &counter()).await;
        captured(&world, &[&visit]).await;
        sqlx::query("UPDATE tranches SET closed_at = now() WHERE id = 4").execute(&world.sql).await.expect("the owner may");
        heard(&world, &[undo("rina", visit.claim, RINA)]).await;
        assert_eq!(effect(&world, "hand_over_undos", "rina").await, "refused closed");
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
    })
    .await;
}
