//! What a person, or upstream, decides about a payment that an answer stopped.

use salur_domain::{BatchId, DecisionId, RowKey, hold::Ruling};
use salur_pipeline::release;
use salur_runtime::testkit::CrashPoint;
use salur_schemas::{Hold, HoldDecided, RecipientWithdrawn};
use salur_store::holds::{self, Sought};
use salur_tests::{
    Chain, FakeRegistry, Lab, Person, World,
    facts::{moment, rows},
    in_lab,
    programme::{AMOUNT, SOURCE, TAHAP_4},
    registry::Act,
};
use std::sync::Arc;
use uuid::Uuid;

use super::{heard, sent, status};

/// Three families: the first is confirmed, the registry does not know the second, the third differs.
async fn stopped(lab: &Arc<Lab>) -> (World, FakeRegistry) {
    let registry = FakeRegistry::start().await;
    let world = registry.at_the_door_of(lab.world().await);
    registry.does(&Person::new(2), [Act::Say("unknown", &[])]);
    registry.does(&Person::new(3), [Act::Say("differs", &["name"])]);
    sent(&world, "a", &rows("a", TAHAP_4, (1..=3).map(Person::new))).await;
    (world, registry)
}

/// A decision about a row of batch `a`.
pub fn about(seed: u128, row: &str, code: &str, ruling: Ruling) -> HoldDecided {
    HoldDecided {
        decision: DecisionId(Uuid::from_u128(seed)),
        batch: BatchId::of(SOURCE, "a"),
        hold: Hold::Row(RowKey(row.into())),
        code: code.into(),
        ruling,
        reason: "seen the card".into(),
        actor: "siti.aminah".into(),
        at: moment(),
    }
}

/// Carried out, once dying everywhere and once more as a redelivery would.
async fn carried_out(world: &World, seed: &str, facts: &[release::In]) -> Chain {
    let mut chain = Chain::new(world);
    for crash in [Some(CrashPoint::Commit), None] {
        chain.crash = crash;
        chain.tell(seed, facts);
        chain.run().await;
    }
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "nothing died and nothing waits: {:?}", chain.dead);
    assert_eq!(world.violations().await, Vec::<String>::new());
    chain
}

async fn waiting(world: &World) -> Vec<String> {
    let held = holds::rows(&world.tools.database, &Sought::default()).await.expect("holds can be read");
    held.into_iter().map(|held| format!("{} {} {}", held.row.unwrap_or_default(), held.code.unwrap_or_default(), held.registry)).collect()
}

/// What is left for tranche 4.
pub async fn left_in_allocation(world: &World) -> i64 {
    world.one("SELECT sum(credits - debits)::bigint FROM ledger_accounts WHERE kind = 'allocation' AND tranche = 4").await
}

#[tokio::test]
async fn the_queue_of_holds_shows_what_the_registry_said_until_a_person_decided() {
    in_lab(async |lab| {
        let (world, registry) = stopped(&lab).await;
        assert_eq!(waiting(&world).await, ["2 CIV01 unknown", "3 CIV02 differs: name"]);
        let chain = carried_out(&world, "release", &[about(1, "3", "CIV02", Ruling::Release).into()]).await;
        assert_eq!(heard(&chain, "3"), ["accepted"]);
        assert_eq!(status(&world, &Person::new(3)).await, "cheque_issued");
        assert_eq!(waiting(&world).await, ["2 CIV01 unknown"]);
        assert_eq!(registry.asked().len(), 3, "a person's word is not asked about");
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_a_person_rejects_is_cancelled_and_its_money_goes_back_to_the_allocation() {
    in_lab(async |lab| {
        let (world, _registry) = stopped(&lab).await;
        let before = left_in_allocation(&world).await;
        let chain = carried_out(&world, "reject", &[about(1, "2", "CIV01", Ruling::Reject).into()]).await;
        assert_eq!(heard(&chain, "2"), ["cancelled CIV01"]);
        assert_eq!(status(&world, &Person::new(2)).await, "cancelled");
        assert_eq!(left_in_allocation(&world).await - before, AMOUNT);
        assert_eq!(waiting(&world).await, ["3 CIV02 differs: name"]);
    })
    .await;
}

#[tokio::test]
async fn the_first_decision_about_a_stopped_payment_stands_and_one_about_another_code_is_refused() {
    in_lab(async |lab| {
        let (world, _registry) = stopped(&lab).await;
        let decisions = [
            about(1, "2", "CIV02", Ruling::Release),
            about(2, "2", "CIV01", Ruling::Distinct),
            about(3, "2", "CIV01", Ruling::Reject),
            about(4, "2", "CIV01", Ruling::Release),
            about(5, "1", "CIV01", Ruling::Reject),
        ];
        for (at, decision) in decisions.into_iter().enumerate() {
            carried_out(&world, &at.to_string(), &[decision.into()]).await;
        }
        let effects = world.column("SELECT effect FROM hold_decisions ORDER BY id").await;
        assert_eq!(effects, ["refused", "refused", "rejected", "refused", "refused"]);
        assert_eq!(status(&world, &Person::new(1)).await, "cheque_issued");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_its_source_takes_back_waits_for_nobody_any_more() {
    in_lab(async |lab| {
        let (world, _registry) = stopped(&lab).await;
        let withdrawn = RecipientWithdrawn {
            source: salur_domain::SourceName(SOURCE.into()),
            batch: "a".into(),
            row: RowKey("2".into()),
            reason: "deceased".into(),
            document: "BA-1".into(),
            at: moment(),
        };
        let chain = carried_out(&world, "withdraw", &[withdrawn.into()]).await;
        assert_eq!(heard(&chain, "2"), ["cancelled WDR01"]);
        assert_eq!(waiting(&world).await, ["3 CIV02 differs: name"]);
        carried_out(&world, "too late", &[about(1, "2", "CIV01", Ruling::Release).into()]).await;
        assert_eq!(world.column("SELECT effect FROM hold_decisions").await, ["refused"]);
    })
    .await;
}

#[tokio::test]
async fn a_payment_released_from_one_hold_may_be_stopped_by_the_registry_and_released_again() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        let beside = Person { kk: Person::new(1).kk, ..Person::new(2) };
        registry.does(&beside, [Act::Say("unknown", &[])]);
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), beside.clone()])).await;
        let chain = carried_out(&world, "household", &[about(1, "2", "NIK10", Ruling::Release).into()]).await;
        assert_eq!(heard(&chain, "2"), ["accepted", "held CIV01"]);
        assert_eq!(waiting(&world).await, ["2 CIV01 unknown"]);
        carried_out(&world, "registry", &[about(2, "2", "CIV01", Ruling::Release).into()]).await;
        assert_eq!(status(&world, &beside).await, "cheque_issued");
        assert_eq!(waiting(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn what_the_registry_stopped_is_told_again_by_a_replay_of_the_feed() {
    in_lab(async |lab| {
        let (world, _registry) = stopped(&lab).await;
        let until = world.one("SELECT now() + interval '1 minute'").await;
        let source = salur_domain::SourceName(SOURCE.into());
        let asked = salur_schemas::FeedReplayed { source, batch: None, alone: false, after: String::new(), from: moment(), until };
        let mut chain = Chain::new(&world);
        chain.tell("replay", &[salur_pipeline::feed_replay::In::from(asked)]);
        chain.run().await;
        let held = chain.outcomes().into_iter().filter(|(_, status, codes)| status == "held" && codes[0].starts_with("CIV")).count();
        assert_eq!(i64::try_from(held).expect("few"), world.count("unverified_payments").await, "{:?}", chain.outcomes());
        assert!(held > 0);
    })
    .await;
}
