//! What was never handed over goes back to the treasury, once, with a reason, and nothing else does.

mod bank;
mod closing;
pub mod damage;
mod late;
mod races;
mod statements;
mod sweep;

use std::{collections::BTreeMap, sync::Arc};

use salur_domain::{DecisionId, Rupiah, TrancheId, ids::NAMESPACE};
use salur_pipeline::{fund_return, photo_ingest};
use salur_schemas::{Act, ActSigned, ProofCaptured, StatementRemitted};
use salur_tests::{
    Chain, Lab, Person, World,
    counter::Paper,
    facts::{batch, moment, rows},
    programme::TAHAP_4,
};

/// A world where so many families have cheques of tranche 4, and the papers.
async fn town(lab: &Arc<Lab>, families: u32) -> (World, Vec<Paper>) {
    let world = lab.world().await;
    let mut chain = Chain::new(&world);
    chain.tell("four", &batch(&rows("four", TAHAP_4, (1..=families).map(Person::new))));
    chain.run().await;
    let mut papers = Vec::new();
    for number in 1..=families {
        papers.push(world.paper(4, &Person::new(number)).await);
    }
    (world, papers)
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

/// What the clock says is due, and all that follows from it.
pub async fn strike(world: &World) -> Chain {
    let mut chain = Chain::new(world);
    for (at, due) in fund_return::due(&world.tools).await.expect("the database is there").into_iter().enumerate() {
        let fund_return::Out::ReturnAdvanced(step) = due else { panic!("the clock begins sweeps alone") };
        chain.tell(&format!("due-{at}-{}-{}", step.tranche.0, step.pass), &[fund_return::In::from(step)]);
    }
    chain.run().await;
    assert!(chain.dead.is_empty(), "no step is a dead letter: {:?}", chain.dead[0].headers.cause);
    chain
}

/// Returns by reason.
async fn reasons(world: &World) -> BTreeMap<String, i64> {
    let rows = sqlx::query_as("SELECT reason, count(*) FROM returns GROUP BY reason").fetch_all(&world.sql).await;
    rows.expect("returns can be counted").into_iter().collect()
}

/// What a regency owes the treasury for tranche 4.
async fn due_to_treasury(world: &World) -> i64 {
    world.one("SELECT coalesce(sum(credits - debits), 0)::bigint FROM ledger_accounts WHERE kind = 'return_due' AND tranche = 4").await
}

/// What verify finds, the window put back: cheques are signed for it.
pub async fn violations(world: &World) -> Vec<String> {
    world.turn_back(4).await;
    let found = world.violations().await;
    world.end_window(4).await;
    found
}

/// Two treasurers.
const SITI: &str = "siti.aminah";
const BUDI: &str = "budi.santoso";

async fn treasurers(world: &World) {
    for name in [SITI, BUDI] {
        let make = sqlx::query(
            "INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'treasurer', 'test') ON CONFLICT DO NOTHING",
        );
        make.bind(name).execute(&world.sql).await.expect("the owner may");
    }
}

/// A signature, and what came of it: `effect` or `effect reason`.
async fn signed(world: &World, seed: &str, act: Act, actor: &str, rupiah: i64) -> (String, Chain) {
    let decision = DecisionId(uuid::Uuid::new_v5(&NAMESPACE, seed.as_bytes()));
    let (rupiah, document) = (Rupiah::new(rupiah).expect("a sum"), "BA-9/2020".to_owned());
    let fact = ActSigned { decision, tranche: TrancheId(4), act, rupiah, document, actor: actor.to_owned(), at: moment() };
    let mut chain = Chain::new(world);
    chain.tell(seed, &[fund_return::In::from(fact)]);
    chain.run().await;
    assert!(chain.dead.is_empty(), "no signature is a dead letter: {:?}", chain.dead[0].headers.cause);
    let effect = format!("SELECT rtrim(effect || ' ' || reason) FROM signatures WHERE id = '{decision}'");
    (world.one(&effect).await, chain)
}

/// A statement paid, and what came of it.
async fn remitted(world: &World, seed: &str, statement: i32) -> String {
    let decision = DecisionId(uuid::Uuid::new_v5(&NAMESPACE, seed.as_bytes()));
    let (document, actor) = ("NTPN-1".to_owned(), SITI.to_owned());
    let fact = StatementRemitted { decision, tranche: TrancheId(4), statement, document, actor, at: moment() };
    let mut chain = Chain::new(world);
    chain.tell(seed, &[fund_return::In::from(fact)]);
    chain.run().await;
    assert!(chain.dead.is_empty(), "no remittance is a dead letter: {:?}", chain.dead[0].headers.cause);
    world.one(&format!("SELECT rtrim(effect || ' ' || reason) FROM remittances WHERE id = '{decision}'")).await
}
