//! The fixture of fund-return: two tranches whose time is over, with families paid, absent and at a counter; reasons, a late capture, signatures, receipts.

use std::sync::Arc;

use salur_domain::{DecisionId, Rupiah, TrancheId, ids::NAMESPACE, returns::ReturnReason};
use salur_pipeline::{
    fund_return::{self, In},
    photo_ingest,
};
use salur_runtime::testkit::Delivery;
use salur_schemas::{Act, ActSigned, CaptureLate, PaymentReopened, ReturnAdvanced, ReturnReasonGiven, StatementRemitted};
use salur_tests::{
    Lab, Person,
    counter::id,
    facts::moment,
    programme::{AMOUNT, counters},
};
use uuid::Uuid;

use super::{fixture::Fixture, proofs::with_cheques};

const FAMILIES: u32 = 6;

fn told(seed: &str, fact: impl Into<fund_return::In>) -> Delivery {
    Delivery::of(seed, moment(), &[fact.into()])
}

/// The first step of a pass.
fn first(tranche: i32, pass: i32) -> Delivery {
    told(&format!("return-{tranche}-{pass}"), ReturnAdvanced { tranche: TrancheId(tranche), pass, after: None, at: moment() })
}

fn signed(seed: &str, tranche: i32, act: Act, actor: &str, rupiah: i64) -> Delivery {
    let (tranche, rupiah) = (TrancheId(tranche), Rupiah::new(rupiah).expect("a sum"));
    let (document, actor) = ("BA-1".to_owned(), actor.to_owned());
    told(seed, ActSigned { decision: decision(seed), tranche, act, rupiah, document, actor, at: moment() })
}

fn decision(seed: &str) -> DecisionId {
    DecisionId(Uuid::new_v5(&NAMESPACE, seed.as_bytes()))
}

/// Families with cheques of both tranches; the windows of both are over.
pub async fn due(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain, papers) = with_cheques(lab, FAMILIES).await;
    let [one, two, _] = counters();
    for name in ["siti.aminah", "budi.santoso"] {
        let make = sqlx::query("INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'treasurer', 'test')");
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
    let paid = world.visit(1, &papers[0], &one).await;
    chain.tell("paid", &[photo_ingest::In::from(paid)]);
    chain.run().await;
    let late = world.visit(3, &papers[2], &one).await;
    world.end_leases().await;
    world.granted(id(2), &papers[1], &two).await;
    world.end_window(4).await;
    world.end_window(5).await;
    let of = |number: u32| world.payment(5, &Person::new(number));
    let given = |seed: &str, (tranche, payment), reason| {
        let (document, actor) = ("BA-2".to_owned(), "siti.aminah".to_owned());
        told(seed, ReturnReasonGiven { decision: decision(seed), payment, tranche, reason, document, actor, at: moment() })
    };
    let (tranche, payment) = of(3);
    let captured = told("late", CaptureLate { payment, tranche, capture: late.capture, at: moment() });
    let receipt = |seed: &str| {
        let (document, actor) = ("NTPN".to_owned(), "siti.aminah".to_owned());
        let fact = StatementRemitted { decision: decision(seed), tranche: TrancheId(5), statement: 1, document, actor, at: moment() };
        told(seed, In::from(fact))
    };
    let reopened = |seed: &str, (tranche, payment)| told(seed, PaymentReopened { payment, tranche, round: 1, cheque: None, at: moment() });
    // of six families one was paid, one stands at a counter in the first pass, one came late
    let due = i64::from(FAMILIES - 3) * AMOUNT;
    let five = vec![
        given("moved", of(4), ReturnReason::Moved),
        given("of one paid", of(1), ReturnReason::Refused),
        first(5, 1),
        reopened("returned already", of(4)),
        reopened("paid again", of(1)),
        captured.clone(),
        captured,
        receipt("too early"),
        signed("unswept", 5, Act::ReturnStatement, "siti.aminah", due),
    ];
    Fixture::new("fund-return", world, vec![vec![first(4, 1), first(4, 1), first(4, 2)], five], vec![]).await
}
