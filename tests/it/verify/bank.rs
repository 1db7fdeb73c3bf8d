//! What banks said, changed as nobody may: the checks name it.

use std::sync::Arc;

use salur_tests::{Chain, Lab, World, in_lab};
use sqlx::Row;

use super::{damage::assert_named, town::damage};
use crate::{
    bank::statements::{Booked, Day},
    conformance::bank::{GRANTED, TREASURER, sent},
};

/// Two statements: a line that matches, one that pays in part, one that waits; then a doubled one and a reversal.
async fn world(lab: &Arc<Lab>) -> World {
    let world = lab.world().await;
    let make = "INSERT INTO actors (name, kind, role, created_by) VALUES ($1, 'person', 'treasurer', 'test')";
    sqlx::query(make).bind(TREASURER).execute(&world.sql).await.expect("the owner may");
    let whole = Booked::credit(GRANTED, "B-1", "DIPA-4-1902");
    let part = Booked::credit(GRANTED - 7, "B-2", "DIPA-4-1906");
    let gone = Booked::credit(GRANTED, "B-4", "DIPA-5-1902");
    let first = Day::new(1, &[whole, part, Booked::credit(700, "B-3", "bunga"), gone]);
    let second = Day { opening: first.closing(), ..Day::new(2, &[part, Booked { mark: "RC", bank: "B-5", ..gone }]) };
    let mut chain = Chain::new(&world);
    for (name, day) in [("first", first), ("second", second)] {
        chain.publish([sent(&world, name, "BST", &day.mt940()).await]);
        chain.run().await;
    }
    assert!(chain.dead.is_empty(), "nothing died: {:?}", chain.dead);
    let rows = sqlx::query(
        "SELECT coalesce(outcome, 'unmatched'), count(*) FROM bank_lines LEFT JOIN bank_outcomes USING (sheet, n) GROUP BY 1 ORDER BY 1",
    );
    let rows = rows.fetch_all(&world.sql).await.expect("lines can be counted");
    let counted: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = [("doubled", 1), ("matched", 2), ("partial", 1), ("reversed", 1), ("unmatched", 1)];
    assert_eq!(counted, expected.map(|(outcome, lines)| (outcome.to_owned(), lines)), "one line of each kind");
    world
}

async fn damaged_by(change: &'static str, expected: &'static [(&'static str, &'static str)]) {
    in_lab(async move |lab| {
        let world = world(&lab).await;
        damage(&world, change).await;
        assert_named(&world, expected).await;
    })
    .await;
}

#[tokio::test]
async fn undamaged_statements_hold() {
    damaged_by("SELECT 1", &[]).await;
}

#[tokio::test]
async fn a_line_of_another_amount_is_named() {
    damaged_by(
        "UPDATE bank_lines SET amount = amount + 1 WHERE bank_reference = 'B-1'",
        &[("bank-statements", "statement 2020/1"), ("bank-lines", "line 1 of statement 2020/1: matched")],
    )
    .await;
}

#[tokio::test]
async fn a_line_that_was_taken_away_is_named() {
    damaged_by("DELETE FROM bank_lines WHERE bank_reference = 'B-3'", &[("bank-statements", "statement 2020/1")]).await;
}

#[tokio::test]
async fn a_line_that_waits_without_a_case_is_named() {
    damaged_by("DELETE FROM bank_cases WHERE kind = 'unmatched'", &[("bank-lines", "line 3 of statement 2020/1: nothing")]).await;
}

#[tokio::test]
async fn an_outcome_whose_matches_are_gone_is_named() {
    damaged_by(
        "DELETE FROM bank_matches m USING bank_lines l WHERE (l.sheet, l.n) = (m.sheet, m.n) AND l.bank_reference = 'B-2'",
        &[("bank-lines", "line 2 of statement 2020/1: partial, of 29999999993 its matches have 0")],
    )
    .await;
}

#[tokio::test]
async fn more_than_a_transfer_is_named() {
    damaged_by(
        "UPDATE bank_lines SET amount = 2 * amount WHERE bank_reference = 'B-1';
         UPDATE bank_matches m SET amount = 2 * m.amount FROM bank_lines l WHERE (l.sheet, l.n) = (m.sheet, m.n) AND l.bank_reference = 'B-1';
         UPDATE bank_sheets SET closing = closing + 30000000000 WHERE name = '2020/1'",
        &[("bank-matches", "amount 30000000000, lines stand for 60000000000")],
    )
    .await;
}

#[tokio::test]
async fn a_match_with_what_is_no_transfer_of_a_bank_account_is_named() {
    damaged_by(
        "UPDATE bank_matches m SET kind = 'batch_reserved' FROM bank_lines l WHERE (l.sheet, l.n) = (m.sheet, m.n) AND l.bank_reference = 'B-1'",
        &[("bank-matches", "amount unknown")],
    )
    .await;
}

#[tokio::test]
async fn a_reversal_that_takes_back_other_than_its_line_stood_for_is_named() {
    damaged_by("UPDATE bank_matches SET amount = amount + 1 WHERE amount < 0", &[("bank-lines", "line 2 of statement 2020/2: reversed")])
        .await;
}
