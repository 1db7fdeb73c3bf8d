//! The moment of payment: claims, captures, hand-overs, through the store and the real stages.

mod claims;
mod examiners;
mod findings;
mod forged;
mod photos;
mod settled;
mod worm;

use std::sync::Arc;

use salur_pipeline::photo_ingest;
use salur_schemas::ProofCaptured;
use salur_tests::{
    Chain, Lab, Person, World,
    counter::Paper,
    facts::{batch, rows},
    programme::{TAHAP_4, TAHAP_5},
};

/// A world where so many families have cheques of tranche 4, and the papers.
async fn town(lab: &Arc<Lab>, families: u32) -> (World, Vec<Paper>) {
    let world = lab.world().await;
    cheques(&world, TAHAP_4, families).await;
    let mut papers = Vec::new();
    for number in 1..=families {
        papers.push(world.paper(4, &Person::new(number)).await);
    }
    (world, papers)
}

/// [`town`] where the families have cheques of tranche 5 too.
async fn town_of_two_tranches(lab: &Arc<Lab>, families: u32) -> (World, Vec<Paper>) {
    let (world, papers) = town(lab, families).await;
    cheques(&world, TAHAP_5, families).await;
    (world, papers)
}

async fn cheques(world: &World, tranche: &str, families: u32) {
    let mut chain = Chain::new(world);
    chain.tell(tranche, &batch(&rows(tranche, tranche, (1..=families).map(Person::new))));
    chain.run().await;
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "cheques are issued");
}

/// Sends captures one by one and runs what follows.
async fn captured(world: &World, captures: &[&ProofCaptured]) -> Chain {
    let mut chain = Chain::new(world);
    for (at, capture) in captures.iter().enumerate() {
        chain.tell(&format!("capture-{at}-{}", capture.capture), &[photo_ingest::In::from((*capture).clone())]);
        chain.run().await;
    }
    assert!(chain.dead.is_empty(), "no capture is a dead letter: {:?}", chain.dead[0].headers.cause);
    chain
}

/// Cases as `kind teller other-teller`.
async fn cases(world: &World) -> Vec<String> {
    world.column("SELECT concat_ws(' ', kind, teller, other_teller) FROM cases ORDER BY 1").await
}

/// Whether no cash left any drawer and no payment was touched.
async fn nothing_is_booked(world: &World) -> bool {
    world.count("transfers WHERE kind = 'hand_over'").await + world.count("hand_overs").await == 0
        && world.count("payments WHERE status <> 'cheque_issued'").await == 0
}
