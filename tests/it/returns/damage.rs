//! Damage to returns and statements is named.

use std::sync::Arc;

use salur_schemas::Act;
use salur_tests::{
    Lab, Person, World, in_lab,
    programme::{AMOUNT, counters},
};

use super::{BUDI, SITI, captured, remitted, signed, strike, town, treasurers, violations};
use crate::verify::town::damage;

/// One family paid late, two returned, stated, paid to the treasury, the tranche closed.
pub async fn settled(lab: &Arc<Lab>) -> World {
    let (world, papers) = town(lab, 3).await;
    treasurers(&world).await;
    let late = world.visit(1, &papers[0], &counters()[0]).await;
    world.end_leases().await;
    world.end_window(4).await;
    strike(&world).await;
    world.turn_back(4).await;
    captured(&world, &[&late]).await;
    world.end_window(4).await;
    signed(&world, "first", Act::ReturnStatement, SITI, 2 * AMOUNT).await;
    signed(&world, "second", Act::ReturnStatement, BUDI, 2 * AMOUNT).await;
    assert_eq!(remitted(&world, "paid", 1).await, "remitted");
    let unused = "SELECT sum(credits - debits)::bigint FROM ledger_accounts WHERE tranche = 4 AND kind IN ('allocation', 'reserve')";
    let unused: i64 = world.one(unused).await;
    signed(&world, "close", Act::Close, SITI, unused).await;
    signed(&world, "close too", Act::Close, BUDI, unused).await;
    world
}

/// Changes settled returns by SQL and expects these checks to fail, each naming a thing.
async fn damaged_by(change: &'static str, expected: &'static [(&'static str, &'static str)]) {
    in_lab(async move |lab| {
        let world = settled(&lab).await;
        let returned = world.payment(4, &Person::new(2)).1.to_string();
        damage(&world, &change.replace("RETURNED", &returned)).await;
        let found = violations(&world).await;
        let failed: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(failed, expected.iter().map(|(check, _)| *check).collect::<Vec<_>>(), "{found:#?}");
        for ((check, thing), line) in expected.iter().zip(&found) {
            let thing = thing.replace("RETURNED", &returned);
            assert!(line.contains(&thing), "{check} must name {thing}: {line}");
        }
    })
    .await;
}

#[tokio::test]
async fn settled_returns_hold() {
    damaged_by("SELECT", &[]).await;
}

#[tokio::test]
async fn a_return_without_its_reason_is_named() {
    let change = "DELETE FROM returns WHERE payment = 'RETURNED'";
    let expected = &[("payments-returned", "RETURNED"), ("return-statements", "1902, absent"), ("returns-due", "1902")];
    damaged_by(change, expected).await;
}

#[tokio::test]
async fn a_line_of_a_statement_changed_is_named() {
    let change = "UPDATE return_statement_lines SET rupiah = rupiah - 1 WHERE n = 1";
    damaged_by(change, &[("return-statements", "R-1"), ("returns-due", "1902")]).await;
}

#[tokio::test]
async fn a_statement_that_one_person_signed_is_named() {
    let change = "DELETE FROM signatures WHERE act = 'return_statement' AND effect = 'signed'";
    damaged_by(change, &[("return-statements", "not signed by")]).await;
}

#[tokio::test]
async fn money_in_a_closed_tranche_is_named() {
    let change = "UPDATE signatures SET effect = 'signed' WHERE act = 'close' AND effect = 'carried_out'";
    damaged_by(change, &[("closed-tranches", "nobody signed its closing")]).await;
}
