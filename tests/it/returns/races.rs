//! Things that happen at once, and clocks that go back: one is first, what lost is told so, and the books agree.

use std::collections::BTreeMap;

use salur_pipeline::fund_return;
use salur_runtime::testkit::Outcome;
use salur_schemas::Act;
use salur_tests::{
    Chain, Person, World,
    chain::fly,
    counter::{Shot, id},
    facts::{batch, rows},
    in_lab,
    photos::photo,
    programme::{AMOUNT, TAHAP_4, counters},
};

use super::{BUDI, SITI, captured, due_to_treasury, signed, strike, town, treasurers, violations};

/// Runs what waits for these stages at the same time, each stage on its own; what they say goes on afterwards.
async fn at_once(world: &World, chain: &mut Chain, stages: [&'static str; 2]) {
    let [one, two] = stages.map(|stage| (stage, chain.take(stage)));
    assert!(!one.1.is_empty() && !two.1.is_empty(), "both have something to do");
    let (first, second) = tokio::join!(fly(&world.tools, one.0, one.1, None), fly(&world.tools, two.0, two.1, None));
    for (stage, outcome) in [(one.0, first), (two.0, second)] {
        assert_eq!(outcome.stopped, None, "{stage} goes on");
        assert!(outcome.dead.is_empty(), "{stage} loses nothing: {:?}", outcome.dead);
        chain.forward(stage, outcome);
    }
    chain.run().await;
}

/// The first steps of what is due, told to a chain.
async fn tell_due(world: &World, chain: &mut Chain) {
    for due in fund_return::due(&world.tools).await.expect("the database is there") {
        let fund_return::Out::ReturnAdvanced(step) = due else { panic!("the clock begins sweeps alone") };
        chain.tell(&format!("due-{}-{}", step.tranche.0, step.pass), &[fund_return::In::from(step)]);
    }
}

#[tokio::test]
async fn of_two_closings_at_once_exactly_one_is_carried_out() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 2).await;
        treasurers(&world).await;
        world.end_window(4).await;
        strike(&world).await;
        let unused: i64 = world
            .one("SELECT sum(credits - debits)::bigint FROM ledger_accounts WHERE tranche = 4 AND kind IN ('allocation', 'reserve')")
            .await;
        sqlx::query("UPDATE programmes SET approval_threshold = 1").execute(&world.sql).await.expect("the owner may");
        assert_eq!(signed(&world, "first", Act::Close, SITI, unused).await.0, "signed");
        let (one, two) = tokio::join!(signed(&world, "one", Act::Close, BUDI, unused), signed(&world, "two", Act::Close, BUDI, unused));
        let mut effects = [one.0, two.0];
        effects.sort();
        assert_eq!(effects, ["carried_out", "refused closed"]);
        assert_eq!(due_to_treasury(&world).await, 2 * AMOUNT + unused, "what was unused went back once");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_window_that_ends_while_payments_are_funded_returns_each_once() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("four", &batch(&rows("four", TAHAP_4, (1..=40).map(Person::new))));
        chain.run_until(&["transfer-posting", "cheque-rendering"]).await;
        world.end_window(4).await;
        tell_due(&world, &mut chain).await;
        at_once(&world, &mut chain, ["transfer-posting", "fund-return"]).await;
        strike(&world).await;
        assert_eq!(world.statuses().await, BTreeMap::from([("returned".to_owned(), 40)]));
        assert_eq!(due_to_treasury(&world).await, 40 * AMOUNT);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_window_that_ends_while_families_are_paid_returns_nobodys_money_twice() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 6).await;
        let mut chain = Chain::new(&world);
        for (number, paper) in (1..).zip(&papers[..4]) {
            let capture = world.visit(number, paper, &counters()[0]).await;
            world.end_leases().await;
            chain.tell(&format!("capture-{number}"), &[salur_pipeline::photo_ingest::In::from(capture)]);
        }
        chain.run_until(&["status-finalizer", "fund-return"]).await;
        world.end_window(4).await;
        tell_due(&world, &mut chain).await;
        at_once(&world, &mut chain, ["status-finalizer", "fund-return"]).await;
        strike(&world).await;
        assert_eq!(world.statuses().await, BTreeMap::from([("paid".to_owned(), 4), ("returned".to_owned(), 2)]));
        assert_eq!(world.count("transfers WHERE kind = 'hand_over'").await, 4);
        assert_eq!(due_to_treasury(&world).await, 2 * AMOUNT);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_window_that_ends_while_a_proof_is_reviewed_returns_what_was_not_proven_once() {
    in_lab(async |lab| {
        let (world, papers) = crate::reversals::town(&lab, 2).await;
        let [one, ..] = counters();
        let claim = world.granted(id(2), &papers[0], &one).await;
        let doubtful = Shot::new(2, &claim, &papers[0], &one).with_photo(photo(2, None));
        world.upload(doubtful.statement.capture, &doubtful.photo).await;
        let proof = doubtful.signed(&one);
        captured(&world, &[&proof]).await;
        world.end_leases().await;
        world.end_window(4).await;
        let mut chain = Chain::new(&world);
        let (seed, fact) = crate::reversals::review("no", proof.capture, salur_domain::reversal::ReviewGround::FamilyDenied);
        chain.tell(&seed, &[fact]);
        tell_due(&world, &mut chain).await;
        at_once(&world, &mut chain, ["status-finalizer", "fund-return"]).await;
        strike(&world).await;
        assert_eq!(world.statuses().await, BTreeMap::from([("returned".to_owned(), 2)]));
        assert_eq!((world.count("returns").await, due_to_treasury(&world).await), (2, 2 * AMOUNT));
        // the cheque that was drawn anew is good for the window that the test ended
        let found = violations(&world).await;
        assert!(found.iter().all(|line| line.contains("version 2: signed for another window")), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_goes_back_in_the_middle_of_a_sweep_only_delays_it() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 3).await;
        world.end_window(4).await;
        let mut chain = Chain::new(&world);
        tell_due(&world, &mut chain).await;
        world.turn_back(4).await;
        chain.run().await;
        assert_eq!((chain.dead.len(), world.count("returns").await), (0, 0), "by its clock the window is open");
        world.end_window(4).await;
        strike(&world).await;
        assert_eq!(world.statuses().await, BTreeMap::from([("returned".to_owned(), 3)]));
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn moments_of_a_payment_stay_in_order_though_the_clock_went_back_between_them() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("four", &batch(&rows("four", TAHAP_4, [Person::new(1)])));
        chain.run_until(&["transfer-posting"]).await;
        // as if the clock had been an hour ahead until now
        crate::verify::town::damage(&world, "UPDATE payments SET account_opened_at = now() + interval '1 hour'").await;
        let heard = chain.take("transfer-posting");
        let [first, again] =
            [fly(&world.tools, "transfer-posting", heard.clone(), None).await, fly(&world.tools, "transfer-posting", heard, None).await];
        let bodies = |outcome: &Outcome| outcome.emitted.iter().map(|message| message.body.clone()).collect::<Vec<_>>();
        assert_eq!(bodies(&first), bodies(&again), "what is said again is what was said");
        chain.forward("transfer-posting", first);
        chain.run().await;
        let in_order = "SELECT bool_and(funded_at >= account_opened_at AND cheque_issued_at >= funded_at) FROM payments";
        assert!(world.one::<bool>(in_order).await);
        let found = world.violations().await;
        assert!(
            found.iter().all(|line| line.contains("a moment in the future")) && !found.is_empty(),
            "named, and nothing else: {found:?}"
        );
    })
    .await;
}
