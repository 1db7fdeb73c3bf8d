//! The fixture of pack-making: cheques of complete villages, the packs that are wanted of them, and what an office says of handing them out.

use std::sync::Arc;

use chrono::NaiveDate;
use salur_domain::{DecisionId, PaymentId, TrancheId};
use salur_pipeline::pack_making;
use salur_runtime::testkit::Delivery;
use salur_schemas::{ChequeIssued, PackHandedOut, PackWanted};
use salur_tests::{
    Chain, Lab,
    facts::{deliveries, moment},
};
use uuid::Uuid;

use super::{
    fixture::{Fixture, staged},
    steps::facts,
};

/// Facts of a message.
const FACTS: usize = 3;

/// Issued cheques of two tranches; their packs are recorded in a first run.
pub async fn issued(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run_until(&["pack-making"]).await;
    let issued = facts(&chain.take("pack-making"), |fact: ChequeIssued| pack_making::In::from(fact));
    world.keep().await;
    let mut recording = Chain::new(&world);
    recording.tell("issued", &issued);
    recording.run().await;
    let wanted = recording.facts::<PackWanted>();
    world.rewind().await;
    assert!(wanted.len() > 2, "several villages are complete");
    let mut chains: Vec<Vec<Delivery>> = deliveries("issued", &issued, FACTS).into_iter().map(|delivery| vec![delivery]).collect();
    chains.extend((0..).zip(&wanted).map(|(at, wanted)| wanted_and_handed_out(at, wanted)));
    let others = PackWanted { generation: "0".repeat(32), village: "9999999999".into(), ..wanted[0].clone() };
    chains.push(deliveries("nothing", &[pack_making::In::from(others)], 1));
    let stranger = ChequeIssued { payment: PaymentId(Uuid::nil()), serial: String::new(), tranche: TrancheId(4), version: 1, at: moment() };
    let poison = vec![(Delivery::of("no-payment", moment(), &[pack_making::In::from(stranger)]), "does not exist")];
    Fixture::new("pack-making", world, chains, poison).await
}

/// A pack; then an office says that it was handed out, twice, and speaks of one that was never made.
fn wanted_and_handed_out(at: u128, wanted: &PackWanted) -> Vec<Delivery> {
    let said = |n: u128, number, kept| PackHandedOut {
        decision: DecisionId(Uuid::from_u128(10 * at + n)),
        tranche: wanted.tranche,
        village: wanted.village.clone(),
        number,
        on: NaiveDate::from_ymd_opt(2100, 1, 1).expect("a day"),
        kept,
        document: "BA-1".into(),
        actor: "dinsos.belitung".into(),
        at: moment(),
    };
    let facts = [pack_making::In::from(wanted.clone()), said(1, 1, 0).into(), said(2, 1, 0).into(), said(3, 9, 0).into()];
    deliveries(&format!("wanted-{at}"), &facts, 1)
}
