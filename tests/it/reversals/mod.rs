//! Hand-overs that do not stand: reviewed, undone, open again, handed over once more or returned; and the money follows.

mod damage;
mod model;
mod paused;
mod photos;
mod replaced;
mod reviews;
mod undos;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use salur_domain::{
    CaptureId, ClaimId, DecisionId,
    ids::NAMESPACE,
    reversal::{ReviewGround, UndoGround},
};
use salur_pipeline::{photo_ingest, status_finalizer::In};
use salur_schemas::{HandOverUndone, ProofCaptured, ProofReviewed, UndoneBy};
use salur_tests::{
    Chain, Lab, Person, World,
    counter::{Paper, Shot, id},
    facts::{batch, moment, rows},
    photos::photo,
    programme::{Counter, TAHAP_4, counters},
};
use uuid::Uuid;

/// Two supervisors.
const RINA: &str = "rina.wati";
const AGUS: &str = "agus.salim";

/// A world where so many families have cheques of tranche 4, the papers, and two supervisors.
pub async fn town(lab: &Arc<Lab>, families: u32) -> (World, Vec<Paper>) {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    chain.tell("four", &batch(&rows("four", TAHAP_4, (1..=families).map(Person::new))));
    chain.run().await;
    let mut papers = Vec::new();
    for number in 1..=families {
        papers.push(world.paper(4, &Person::new(number)).await);
    }
    for name in [RINA, AGUS] {
        let make = sqlx::query("INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'supervisor', 'test')");
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
    (world, papers)
}

/// Carries facts through all stages; nothing becomes a dead letter.
async fn heard(world: &World, facts: &[(String, In)]) -> Chain {
    let mut chain = Chain::new(world);
    for (seed, fact) in facts {
        chain.tell(seed, std::slice::from_ref(fact));
    }
    chain.run().await;
    assert!(chain.dead.is_empty(), "nothing is a dead letter: {:?}", chain.dead[0].headers.cause);
    chain
}

/// Sends captures and runs what follows.
async fn captured(world: &World, captures: &[&ProofCaptured]) -> Chain {
    let mut chain = Chain::new(world);
    for capture in captures {
        chain.tell(&format!("capture-{}", capture.capture), &[photo_ingest::In::from((*capture).clone())]);
    }
    chain.run().await;
    assert!(chain.dead.is_empty(), "no capture is a dead letter: {:?}", chain.dead[0].headers.cause);
    chain
}

/// A capture without EXIF from a device that knows no place: questioned.
async fn doubtful(world: &World, number: u32, paper: &Paper, counter: &Counter) -> ProofCaptured {
    let claim = world.granted(id(number), paper, counter).await;
    let shot = Shot::new(number, &claim, paper, counter).with_photo(photo(u64::from(number), None));
    world.upload(shot.statement.capture, &shot.photo).await;
    shot.signed(counter)
}

fn decision(seed: &str) -> DecisionId {
    DecisionId(Uuid::new_v5(&NAMESPACE, seed.as_bytes()))
}

pub fn review(seed: &str, capture: CaptureId, ground: ReviewGround) -> (String, In) {
    let (document, actor) = ("BA-11".to_owned(), RINA.to_owned());
    (seed.to_owned(), ProofReviewed { decision: decision(seed), capture, ground, document, actor, at: moment() }.into())
}

/// At the claim's device, heard then.
fn undo_at_device(seed: &str, claim: ClaimId, counter: &Counter, at: DateTime<Utc>) -> (String, In) {
    let by = UndoneBy::Device(counter.device.to_owned());
    let (decision, document) = (decision(seed), String::new());
    (seed.to_owned(), HandOverUndone { decision, claim, ground: UndoGround::WrongFamily, document, by, at }.into())
}

fn undo(seed: &str, claim: ClaimId, actor: &str) -> (String, In) {
    let (by, document) = (UndoneBy::Actor(actor.to_owned()), "BA-12".to_owned());
    (seed.to_owned(), HandOverUndone { decision: decision(seed), claim, ground: UndoGround::GivenBack, document, by, at: moment() }.into())
}

/// `effect`, or `effect reason`.
async fn effect(world: &World, table: &str, seed: &str) -> String {
    world.one(&format!("SELECT rtrim(effect || ' ' || reason) FROM {table} WHERE id = '{}'", decision(seed))).await
}

/// What an account of a teller holds, debits less credits.
async fn holds(world: &World, kind: &str, teller: &str) -> i64 {
    let sum = "SELECT coalesce(sum(debits - credits), 0)::bigint FROM ledger_accounts";
    world.one(&format!("{sum} WHERE kind = '{kind}' AND owner = '{teller}'")).await
}

/// The counter where most visits are.
fn counter() -> Counter {
    let [one, ..] = counters();
    one
}
