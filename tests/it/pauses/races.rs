//! Between a pause and its end: what a flight read before loses nothing, and a registry is asked about nobody who rests.

use std::sync::Arc;

use salur_domain::{hold::Ruling, pause::Kind};
use salur_pipeline::{account_creation::AccountCreation, cheque_rendering::ChequeRendering};
use salur_runtime::stage::{Failure, Flight, Stage, Verdict, Verdicts};
use salur_schemas::{RecipientAccepted, TransferPosted};
use salur_store::Tx;
use salur_tests::{
    Chain, FakeRegistry, Lab, Person, World,
    facts::{batch, rows},
    in_lab,
    programme::TAHAP_4,
    registry::Act,
};

use super::{said, tell};
use crate::registry::decisions::about;

const FAMILIES: u32 = 3;

/// Families whose payments wait for a stage.
async fn waiting_for(lab: &Arc<Lab>, stage: &str) -> (World, Chain) {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    chain.tell("four", &batch(&rows("four", TAHAP_4, (1..=FAMILIES).map(Person::new))));
    chain.run_until(&[stage]).await;
    (world, chain)
}

/// A flight in a transaction that is still open.
async fn flown<S: Stage>(stage: &S, tx: &mut Tx, ready: &[S::Ready]) -> Vec<Verdict<S::Out>>
where
    S::Work: salur_runtime::stage::UnitOfWork<Tx = Tx>,
{
    let verdicts: Result<Verdicts<S::Out>, Failure> = stage.commit(tx, &Flight::new(ready.iter().collect())).await;
    verdicts.expect("the flight is judged").into_vec()
}

async fn prepared<S: Stage>(stage: &S, facts: &[S::In]) -> Vec<S::Ready> {
    let context = stage.load(facts).await.expect("it can be read");
    let mut ready = Vec::new();
    for fact in facts {
        ready.push(stage.prepare(fact, &context).await.expect("it is prepared"));
    }
    ready
}

#[tokio::test]
async fn a_flight_that_read_the_pause_before_it_ended_loses_nothing() {
    in_lab(async |lab| {
        let (world, mut chain) = waiting_for(&lab, "account-creation").await;
        let facts: Vec<_> = chain.facts::<RecipientAccepted>().into_iter().map(salur_pipeline::account_creation::In::from).collect();
        drop(chain.take("account-creation"));
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &[]).await;
        let stage = AccountCreation::new(Arc::clone(&world.tools));
        let ready = prepared(&stage, &facts).await;
        let mut tx = world.tools.database.begin_as("account-creation").await.expect("the database is there");
        let verdicts = flown(&stage, &mut tx, &ready).await;
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done)), "the facts are done: {verdicts:?}");
        // the pause ends, and its sweep passes, while that flight is not durable yet
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &["account-creation"]).await;
        tx.commit().await.expect("durable");
        chain.run().await;
        assert_eq!(world.statuses().await, [("cheque_issued".into(), i64::from(FAMILIES))].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_cheque_that_was_not_drawn_for_a_pause_is_drawn_at_once_when_the_pause_ended_meanwhile() {
    in_lab(async |lab| {
        let (world, mut chain) = waiting_for(&lab, "cheque-rendering").await;
        let facts: Vec<_> = chain.facts::<TransferPosted>().into_iter().map(salur_pipeline::cheque_rendering::In::from).collect();
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &["cheque-rendering"]).await;
        let stage = ChequeRendering::new(Arc::clone(&world.tools));
        let ready = prepared(&stage, &facts).await;
        assert_eq!(world.tools.blobs.list("cheques/", None).await.expect("the store answers").len(), 0, "nothing is drawn");
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &["cheque-rendering"]).await;
        let mut tx = world.tools.database.begin_as("cheque-rendering").await.expect("the database is there");
        let verdicts = flown(&stage, &mut tx, &ready).await;
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Again)), "prepared again: {verdicts:?}");
        drop(tx);
        chain.run().await;
        assert_eq!(world.statuses().await, [("cheque_issued".into(), i64::from(FAMILIES))].into());
    })
    .await;
}

#[tokio::test]
async fn a_registry_is_asked_about_nobody_who_rests_and_what_a_person_released_meanwhile_goes_on_afterwards() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        registry.does(&Person::new(3), [Act::Say("differs", &["name"])]);
        let mut chain = Chain::new(&world);
        chain.tell("a", &batch(&rows("a", TAHAP_4, (1..=FAMILIES).map(Person::new))));
        chain.run_until(&["account-creation"]).await;
        let mut messages = chain.take("account-creation");
        tell(&mut chain, &[said(1, Kind::Tranche, TAHAP_4, true)], &[]).await;
        chain.publish(messages.clone());
        chain.run().await;
        assert_eq!(registry.asked().len(), 0, "nobody is asked about");
        tell(&mut chain, &[said(2, Kind::Tranche, TAHAP_4, false)], &[]).await;
        assert_eq!(registry.asked().len(), FAMILIES as usize);
        assert_eq!(world.statuses().await, [("accepted".into(), 1), ("cheque_issued".into(), 2)].into(), "one is stopped by the answer");

        tell(&mut chain, &[said(3, Kind::Tranche, TAHAP_4, true)], &[]).await;
        chain.tell("release", &[salur_pipeline::release::In::from(about(1, "3", "CIV02", Ruling::Release))]);
        chain.publish(messages.drain(..));
        chain.run().await;
        assert_eq!(world.statuses().await.get("accepted"), Some(&1), "released, and it rests");
        tell(&mut chain, &[said(4, Kind::Tranche, TAHAP_4, false)], &[]).await;
        assert_eq!(world.statuses().await, [("cheque_issued".into(), i64::from(FAMILIES))].into());
        assert_eq!(registry.asked().len(), FAMILIES as usize, "nobody is asked about twice");
        assert!(chain.dead.is_empty() && chain.delayed.is_empty());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
