//! A second submit changes nothing.

use salur_pipeline::intake;
use salur_schemas::{RecipientSubmitted, StatedAmount};
use salur_tests::{
    Chain, Person, World,
    facts::{batch, declared, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, TAHAP_4},
    world::Dump,
};

use super::{heard, sent};

/// What no repetition may touch.
const TRUTH: [&str; 6] = ["payments", "accounts", "transfers", "ledger_accounts", "cheques", "batch_parts"];

fn families() -> Vec<Person> {
    (1..=12).map(|n| Person::of(if n % 3 == 0 { BELITUNG_TIMUR } else { BELITUNG }, n)).collect()
}

async fn truth(world: &World) -> Dump {
    let mut dump = world.dump().await;
    dump.retain(|table, _| TRUTH.contains(&table.as_str()));
    dump
}

/// Rows in other messages than [`sent`] makes, without a new declaration.
async fn resent(world: &World, seed: &str, rows: Vec<RecipientSubmitted>) -> Chain {
    let mut chain = Chain::new(world);
    for (at, row) in rows.into_iter().enumerate() {
        chain.tell(&format!("{seed}-{at}"), &[intake::In::from(row)]);
    }
    chain.run().await;
    chain
}

#[tokio::test]
async fn the_same_rows_again_in_any_order_or_cut_change_nothing_at_all() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let list = rows("list", TAHAP_4, families());
        let first = sent(&world, "first", &list).await;
        let before = world.dump().await;
        let mut backwards = list.clone();
        backwards.reverse();
        let again = sent(&world, "second", &backwards).await;
        assert_eq!(world.dump().await, before, "in other order, declared again");
        assert_eq!(first.outcomes().len(), 12);
        assert!(again.outcomes().is_empty(), "staged rows were answered when they were released");
        let said_empty = list.iter().map(|row| RecipientSubmitted { home_visit: Some(String::new()), ..row.clone() }).collect();
        resent(&world, "said-empty", said_empty).await;
        assert_eq!(world.dump().await, before, "a field that is there and empty says nothing");
        resent(&world, "one-by-one", list).await;
        assert_eq!(world.dump().await, before, "one by one");
    })
    .await;
}

#[tokio::test]
async fn the_same_rows_under_another_name_or_in_two_batches_move_no_money() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "first", &rows("list", TAHAP_4, families())).await;
        let before = truth(&world).await;
        let renamed = sent(&world, "renamed", &rows("copy of list", TAHAP_4, families())).await;
        let families = families();
        let halves = [rows("half 1", TAHAP_4, families[..5].to_vec()), rows("half 2", TAHAP_4, families[5..].to_vec())];
        sent(&world, "half-1", &halves[0]).await;
        sent(&world, "half-2", &halves[1]).await;
        assert_eq!(truth(&world).await, before);
        assert_eq!(renamed.outcomes().len(), 12, "every row is answered");
        assert!(renamed.outcomes().iter().all(|(_, status, codes)| status == "accepted" && codes == &["NIK09b"]));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn one_amount_changed_is_exactly_one_conflict() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let list = rows("list", TAHAP_4, families());
        sent(&world, "first", &list).await;
        let before = world.dump().await;
        let mut changed = list.clone();
        changed[6].amount = StatedAmount::Number((2 * AMOUNT).into());
        let chain = resent(&world, "changed", changed).await;
        assert_eq!(world.count("row_conflicts").await, 1);
        assert_eq!(chain.outcomes().len(), 1);
        assert_eq!(heard(&chain, "7"), ["staged CON01"], "what the row was stays");
        let mut after = world.dump().await;
        after.insert("row_conflicts".into(), before["row_conflicts"].clone());
        assert_eq!(after, before, "the conflict is kept and nothing else moved");
    })
    .await;
}

#[tokio::test]
async fn a_second_declaration_with_other_totals_is_a_conflict_and_the_first_stands() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let list = rows("list", TAHAP_4, families());
        sent(&world, "first", &list).await;
        let truth_before = truth(&world).await;
        let mut chain = Chain::new(&world);
        let other = salur_schemas::BatchDeclared { count: 13, ..declared(&list) };
        chain.tell("other", &[intake::In::from(other)]);
        chain.tell("again", &batch(&list));
        chain.run().await;
        assert_eq!(world.column("SELECT 'row:' || row FROM row_conflicts").await, ["row:"]);
        assert_eq!(world.one::<i64>("SELECT declared_count FROM batches").await, 12);
        assert_eq!(truth(&world).await, truth_before);
    })
    .await;
}
