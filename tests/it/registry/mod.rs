//! The registry's door through the real stages: only whom it confirms, or whom a person releases, gets an account and money.

mod answers;
pub mod decisions;
mod silence;
mod simulator;
mod told;

use salur_schemas::RecipientSubmitted;
use salur_tests::{Chain, Person, World, facts::batch};

/// Sends rows and their declaration and runs everything that follows, without looking at what waits.
async fn sent(world: &World, seed: &str, rows: &[RecipientSubmitted]) -> Chain {
    let mut chain = Chain::new(world);
    chain.tell(seed, &batch(rows));
    chain.run().await;
    assert!(chain.dead.is_empty(), "nothing died: {:?}", chain.dead);
    assert_eq!(world.violations().await, Vec::<String>::new());
    chain
}

/// What upstream heard about a row: status and codes.
fn heard(chain: &Chain, row: &str) -> Vec<String> {
    let mine = chain.outcomes().into_iter().filter(|outcome| outcome.0 == row);
    mine.map(|(_, status, codes)| [vec![status], codes].concat().join(" ")).collect()
}

/// Status of a person's payment in tranche 4.
async fn status(world: &World, person: &Person) -> String {
    world.one(&format!("SELECT status FROM payments WHERE id = '{}'", world.payment(4, person).1)).await
}
