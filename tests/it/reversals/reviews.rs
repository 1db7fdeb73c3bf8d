//! A supervisor decides about a proof in question.

use salur_domain::reversal::ReviewGround;
use salur_pipeline::fund_return;
use salur_schemas::{ChequeIssued, FundsReturned, PaymentReopened, PaymentSettled};
use salur_tests::{
    Chain, Person, World,
    counter::id,
    in_lab,
    programme::{AMOUNT, FLOAT, counters},
};

use super::{captured, counter, doubtful, effect, heard, holds, review, town};

#[tokio::test]
async fn a_proof_that_is_believed_after_all_pays_and_moves_no_money() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        let before = world.count("transfers").await;
        let chain = heard(&world, &[review("seen", proof.capture, ReviewGround::FamilyConfirmed)]).await;
        assert_eq!(effect(&world, "proof_reviews", "seen").await, "carried_out");
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(world.count("transfers").await, before);
        assert_eq!(chain.facts::<PaymentSettled>()[0].capture, proof.capture);
        assert_eq!(chain.outcomes()[0].1, "paid", "upstream hears of it");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_hand_over_that_is_not_proven_is_owed_again_and_the_teller_answers_for_the_cash() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let one = counter();
        let proof = doubtful(&world, 1, &papers[0], &one).await;
        captured(&world, &[&proof]).await;
        let chain = heard(&world, &[review("no", proof.capture, ReviewGround::FamilyDenied)]).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into());
        assert_eq!(
            (holds(&world, "teller_cash", one.teller).await, holds(&world, "cash_difference", one.teller).await),
            (FLOAT - AMOUNT, AMOUNT)
        );
        let reopened = chain.facts::<PaymentReopened>();
        assert_eq!((reopened[0].round, reopened[0].cheque), (2, Some(2)));
        assert_eq!(chain.facts::<ChequeIssued>()[0].version, 2);
        let outcome = &chain.outcomes()[0];
        assert_eq!((outcome.1.as_str(), outcome.2.as_slice()), ("cheque_issued", ["REV02".to_owned()].as_slice()));
        assert_eq!(world.violations().await, Vec::<String>::new());

        // the family comes with the new cheque, to another counter
        let [_, two, _] = counters();
        let paper = world.paper(4, &Person::new(1)).await;
        assert_ne!(paper.serial, papers[0].serial);
        let mut tx = world.tools.database.begin_portal().await.expect("the database is there");
        let old = salur_store::claims::cheque(&mut tx, &papers[0].serial).await.expect("readable").expect("known");
        assert!(old.is_replaced, "the counter refuses the cheque that was replaced");
        drop(tx);
        world.end_leases().await;
        let again = world.visit(2, &paper, &two).await;
        let chain = captured(&world, &[&again]).await;
        assert_eq!(world.statuses().await, [("paid".to_owned(), 1)].into());
        assert_eq!(chain.facts::<PaymentSettled>()[0].capture, again.capture);
        assert_eq!(holds(&world, "teller_cash", two.teller).await, FLOAT - AMOUNT);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_second_decision_about_one_proof_is_refused_and_a_repeated_one_says_the_same() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        let no = || review("no", proof.capture, ReviewGround::PhotoFalse);
        let first = heard(&world, &[no()]).await;
        let second = heard(&world, &[no(), review("yes", proof.capture, ReviewGround::Witnesses)]).await;
        assert_eq!(effect(&world, "proof_reviews", "yes").await, "refused settled");
        assert_eq!(first.facts::<PaymentReopened>(), second.facts::<PaymentReopened>(), "the same, at the same moment");
        assert_eq!(second.facts::<PaymentSettled>(), []);
        assert_eq!(world.count("transfers WHERE kind = 'not_proven'").await, 1);
        heard(&world, &[review("of nothing", salur_domain::CaptureId(id(77)), ReviewGround::Witnesses)]).await;
        assert_eq!(effect(&world, "proof_reviews", "of nothing").await, "refused unknown");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn another_photo_of_the_visit_that_was_not_proven_hands_nothing_over() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let one = counter();
        let proof = doubtful(&world, 1, &papers[0], &one).await;
        captured(&world, &[&proof]).await;
        heard(&world, &[review("no", proof.capture, ReviewGround::NoAnswer)]).await;
        let claim = salur_store::claims::read(&world.tools.database, &[proof.claim]).await.expect("readable").remove(0);
        let shot = salur_tests::counter::Shot::new(9, &claim, &papers[0], &one);
        world.upload(shot.statement.capture, &shot.photo).await;
        let chain = captured(&world, &[&shot.signed(&one), &proof]).await;
        assert_eq!(chain.facts::<PaymentSettled>(), []);
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into());
        assert_eq!(world.column("SELECT kind FROM cases").await, ["second_capture"], "a person looks at it");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

/// Running totals of accounts count what was booked back twice; boards, gauges and `salur status` must not.
#[tokio::test]
async fn boards_and_status_agree_with_the_ledger_after_a_reversal() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let database = &world.tools.database;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        heard(&world, &[review("no", proof.capture, ReviewGround::FamilyDenied)]).await;
        let reading = salur_store::board::read(database).await.expect("the board can be read");
        let board = salur_portal::board::figures::Figures::of(&reading);
        assert_eq!(board.differences, []);
        assert_eq!(salur_store::status::gauges::read(database).await.expect("readable").differences, 0);
        let status = salur_store::status::read(database).await.expect("readable");
        let ledger = status.tranches.iter().find(|tranche| tranche.id == 4).expect("tranche 4").ledger;
        assert_eq!((ledger.funded, ledger.handed_over), (2 * AMOUNT, 0));
    })
    .await;
}

/// A second capture that was a case while the first one stood does not become a hand-over when it is heard again after the first one fell.
#[tokio::test]
async fn a_case_stays_a_case_when_its_message_comes_again_after_the_first_capture_fell() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        let [one, two, _] = counters();
        let first = doubtful(&world, 1, &papers[0], &one).await;
        world.end_leases().await;
        let second = world.visit(2, &papers[0], &two).await;
        let before = captured(&world, &[&first, &second]).await;
        heard(&world, &[review("no", first.capture, ReviewGround::FamilyDenied)]).await;
        let after = captured(&world, &[&second]).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into());
        let cases = |chain: &Chain| chain.facts::<salur_schemas::CaseOpened>();
        assert_eq!((cases(&before).len(), cases(&before)), (1, cases(&after)), "it says what it said");
        assert_eq!(world.count("transfers WHERE kind = 'hand_over'").await, 1);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

async fn swept(world: &World) {
    let mut chain = Chain::new(world);
    for due in fund_return::due(&world.tools).await.expect("the database is there") {
        let fund_return::Out::ReturnAdvanced(step) = due else { panic!("the clock begins sweeps alone") };
        chain.tell("due", &[fund_return::In::from(step)]);
    }
    chain.run().await;
}

/// The demo once waited ten minutes for the leases of visits that were not proven.
#[tokio::test]
async fn what_is_not_proven_after_the_window_waits_for_no_lease_of_the_visit_that_did_not_stand() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        world.granted(id(7), &papers[1], &counter()).await;
        world.end_window(4).await;
        heard(&world, &[review("no", proof.capture, ReviewGround::FamilyDenied)]).await;
        swept(&world).await;
        assert_eq!(
            world.statuses().await,
            [("cheque_issued".to_owned(), 1), ("returned".to_owned(), 1)].into(),
            "negative control: a family at a counter is waited for"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_not_proven_after_the_window_goes_back_to_the_treasury_at_once() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        let proof = doubtful(&world, 1, &papers[0], &counter()).await;
        captured(&world, &[&proof]).await;
        world.end_leases().await;
        world.end_window(4).await;
        swept(&world).await;
        assert_eq!(
            world.statuses().await,
            [("in_question".to_owned(), 1), ("returned".to_owned(), 1)].into(),
            "what was handed over stays"
        );
        let chain = heard(&world, &[review("no", proof.capture, ReviewGround::FamilyDenied)]).await;
        assert_eq!(world.statuses().await, [("returned".to_owned(), 2)].into());
        assert_eq!(chain.facts::<FundsReturned>().len(), 1);
        let due = "SELECT sum(credits - debits)::bigint FROM ledger_accounts WHERE kind = 'return_due' AND tranche = 4";
        assert_eq!(world.one::<i64>(due).await, 2 * AMOUNT);
        let again = heard(&world, &[review("no", proof.capture, ReviewGround::FamilyDenied)]).await;
        assert_eq!(again.facts::<FundsReturned>(), chain.facts::<FundsReturned>(), "heard again it says the same");
        world.turn_back(4).await;
        // the new cheque was signed while this test had moved the window
        let found = world.violations().await;
        assert!(found.iter().all(|line| line.starts_with("cheque-tokens: ") && line.contains("version 2")), "{found:#?}");
    })
    .await;
}
