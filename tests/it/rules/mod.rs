//! The rules of the field, through the real stages: pairs, repetition, totals, money, programmes; and every code of the closed list.

mod again;
mod codes;
mod feed;
mod holds;
mod money;
mod pairs;
mod programmes;
mod totals;
mod withdrawals;

use salur_schemas::RecipientSubmitted;
use salur_tests::{Chain, World, facts::batch};

/// Sends rows and their declaration and runs everything that follows.
async fn sent(world: &World, seed: &str, rows: &[RecipientSubmitted]) -> Chain {
    let mut chain = Chain::new(world);
    chain.tell(seed, &batch(rows));
    chain.run().await;
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "nothing died and nothing waits: {:?}", chain.dead);
    chain
}

/// What upstream heard about a row: status and codes, in order.
fn heard(chain: &Chain, row: &str) -> Vec<String> {
    let mine = chain.outcomes().into_iter().filter(|outcome| outcome.0 == row);
    mine.map(|(_, status, codes)| [vec![status], codes].concat().join(" ")).collect()
}
