//! Damage to cash: moves and counts that say other than their transfers, transfers that nobody asked for, an office that gave what it had not.

use salur_schemas::CashCounted;
use salur_tests::{World, counter::id, in_lab, programme::FLOAT};

use super::{damage::assert_named, town::damage};
use crate::cash::{BANK, OFFICE, counted, day, moved, tell};

/// A world with two booked moves, a refused one, a day closed short and one that balanced.
async fn damaged_by(change: String, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected.iter().map(|(check, thing)| ((*check).to_owned(), (*thing).to_owned())).collect();
    in_lab(async move |lab| {
        let world: World = lab.world().await;
        tell(&world, [moved(1, BANK, OFFICE, 900), moved(2, OFFICE, "teller:TELLER-1", 400), moved(3, OFFICE, BANK, 9_999)]).await;
        let short = CashCounted { explanation: "lost".into(), ..counted(4, "TELLER-2", day(0), FLOAT - 70) };
        tell(&world, [short, counted(5, "TELLER-3", day(0), FLOAT)]).await;
        assert_named(&world, &[]).await;
        damage(&world, &change).await;
        let expected: Vec<(&str, &str)> = expected.iter().map(|(check, thing)| (check.as_str(), thing.as_str())).collect();
        assert_named(&world, &expected).await;
    })
    .await;
}

fn named(number: u32) -> String {
    id(number).to_string()
}

#[tokio::test]
async fn a_move_of_another_amount_than_was_posted_is_named() {
    damaged_by(format!("UPDATE cash_moves SET amount = amount + 1 WHERE id = '{}'", id(1)), &[("cash-moves", &named(1))]).await;
}

#[tokio::test]
async fn a_move_to_another_place_than_was_posted_is_named() {
    let change = format!("UPDATE cash_moves SET to_place = 'teller:TELLER-2' WHERE id = '{}'", id(2));
    damaged_by(change, &[("cash-moves", &named(2))]).await;
}

#[tokio::test]
async fn a_move_whose_transfer_vanished_is_named() {
    let change = format!("DELETE FROM transfers WHERE subject = '{}'", id(2));
    damaged_by(change, &[("cash-moves", &named(2)), ("balances", "(office_cash)")]).await;
}

#[tokio::test]
async fn a_refused_move_that_was_made_a_booked_one_by_hand_is_named() {
    let change = format!("UPDATE cash_moves SET effect = 'booked', reason = '' WHERE id = '{}'", id(3));
    damaged_by(change, &[("cash-moves", &named(3))]).await;
}

#[tokio::test]
async fn cash_that_moved_at_nobodys_word_is_named() {
    let change = "INSERT INTO transfers (tranche, subject, kind, debit, credit, amount)
        SELECT 0, gen_random_uuid(), 'cash_to_office', o.id, b.id, 5 FROM ledger_accounts o, ledger_accounts b
        WHERE o.kind = 'office_cash' AND b.kind = 'bank'";
    let posted = "cash_to_office of 5 was posted, and nobody moved it";
    damaged_by(change.into(), &[("cash-moves", posted), ("balances", "(bank)"), ("journal", "1 rows of transfers of transaction")]).await;
}

#[tokio::test]
async fn an_opening_float_of_which_one_half_vanished_is_named() {
    let change =
        "DELETE FROM transfers t USING ledger_accounts a WHERE t.kind = 'cash_to_teller' AND a.id = t.debit AND a.owner = 'TELLER-3'";
    damaged_by(change.into(), &[("cash-moves", "cash_to_office"), ("balances", "(office_cash)")]).await;
}

#[tokio::test]
async fn a_count_of_other_notes_than_were_booked_is_named() {
    damaged_by(format!("UPDATE cash_counts SET counted = counted - 1 WHERE id = '{}'", id(5)), &[("cash-counts", &named(5))]).await;
}

#[tokio::test]
async fn a_difference_that_vanished_is_named() {
    let change = format!("DELETE FROM transfers WHERE subject = '{}'", id(4));
    damaged_by(change, &[("cash-counts", &named(4)), ("balances", "(cash_difference)")]).await;
}

#[tokio::test]
async fn a_difference_of_another_teller_is_named() {
    let change = format!("UPDATE cash_counts SET teller = 'TELLER-1' WHERE id = '{}'", id(4));
    damaged_by(change, &[("cash-counts", &named(4))]).await;
}

#[tokio::test]
async fn an_office_that_gave_more_than_it_held_is_named() {
    let change = "UPDATE ledger_accounts SET credits = credits + 5000 WHERE kind = 'office_cash';
        UPDATE ledger_accounts SET debits = debits + 5000 WHERE kind = 'bank'";
    damaged_by(change.into(), &[("cash-held", "office:OFFICE-1 of programme BST: -4500"), ("balances", "(office_cash)")]).await;
}
