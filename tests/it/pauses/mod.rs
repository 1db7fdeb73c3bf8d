//! Pauses: a stage, a tranche, a regency, a pay point or a teller stands still, nothing in flight is lost, and what was handed over is judged.

mod binary;
mod counter;
mod decisions;
mod doors;
mod money;
mod races;
mod returns;

use salur_domain::{DecisionId, pause::Kind};
use salur_pipeline::pausing::In;
use salur_schemas::PauseDecided;
use salur_tests::{Chain, World, counter::id, facts::moment};

/// What somebody says of a pause, by the number of its id.
pub fn said(number: u32, kind: Kind, scope: &str, paused: bool) -> PauseDecided {
    let (decision, scope, actor) = (DecisionId(id(number)), scope.to_owned(), "siti.aminah".to_owned());
    PauseDecided { decision, kind, scope, paused, reason: "banjir".into(), actor, at: moment() }
}

/// Decides, and carries what follows as far as the stages named.
pub async fn tell(chain: &mut Chain, facts: &[PauseDecided], until: &[&str]) {
    for fact in facts {
        chain.tell(&format!("pause-{}", fact.decision), &[In::from(fact.clone())]);
        chain.run_until(until).await;
    }
}

/// `effect refused n` of a decision.
pub async fn effect(world: &World, number: u32) -> String {
    let query = format!("SELECT concat_ws(' ', effect, nullif(refused, ''), n) FROM pauses WHERE id = '{}'", id(number));
    world.column(&query).await.pop().unwrap_or_else(|| "undecided".into())
}

/// Names of what is paused.
pub async fn paused(world: &World) -> Vec<String> {
    world.column("SELECT kind || ' ' || scope FROM paused ORDER BY 1").await
}
