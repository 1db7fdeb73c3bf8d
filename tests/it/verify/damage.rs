//! One change each; the checks that fail are listed in full, and what they name is the thing that was changed.

use salur_tests::{World, in_lab};

use super::town::{Town, capture};

/// What must fail, and what each failed check must name.
pub async fn assert_named(world: &World, expected: &[(&str, &str)]) {
    let violations = world.violations().await;
    let failed: Vec<&str> = violations.iter().filter_map(|line| line.split(':').next()).collect();
    let mut checks: Vec<&str> = expected.iter().map(|(check, _)| *check).collect();
    checks.sort_unstable();
    assert_eq!(failed, checks, "{violations:#?}");
    for (check, thing) in expected {
        let line = violations.iter().find(|line| line.starts_with(&format!("{check}:"))).expect("compared above");
        assert!(line.contains(thing), "{check} must name {thing}: {line}");
    }
}

/// Builds a town, changes it by SQL and expects exactly these checks to fail.
async fn damaged_by(change: fn(&Town) -> String, expected: fn(&Town) -> Vec<(&'static str, String)>) {
    in_lab(async move |lab| {
        let town = Town::build(&lab).await;
        town.damage(&change(&town)).await;
        let expected = expected(&town);
        let expected: Vec<(&str, &str)> = expected.iter().map(|(check, thing)| (*check, thing.as_str())).collect();
        assert_named(&town.world, &expected).await;
    })
    .await;
}

fn payment(town: &Town) -> String {
    town.paid.1.to_string()
}

/// Checks that must all name one thing.
pub fn all_name(thing: &str, checks: &[&'static str]) -> Vec<(&'static str, String)> {
    checks.iter().map(|check| (*check, thing.to_owned())).collect()
}

#[tokio::test]
async fn an_undamaged_town_holds() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let statuses = town.world.statuses().await;
        let expected = [("cheque_issued", 3), ("in_question", 1), ("paid", 3)].map(|(status, count)| (status.to_owned(), count));
        assert_eq!(statuses, expected.into(), "the town has families in these statuses");
        assert_named(&town.world, &[]).await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_database_holds() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_payment_of_another_amount_is_named() {
    damaged_by(
        |town| format!("UPDATE payments SET amount = amount + 1 WHERE id = '{}'", town.paid.1),
        |town| {
            let mut expected = all_name(&payment(town), &["payment-rows", "payments-funded", "hand-overs", "cheque-tokens"]);
            expected.extend(all_name("1902", &["status-identity", "reserves", "tallies", "packs"]));
            expected
        },
    )
    .await;
}

#[tokio::test]
async fn a_transfer_of_another_amount_is_named() {
    damaged_by(
        |town| format!("UPDATE transfers SET amount = amount + 1 WHERE subject = '{}' AND kind = 'recipient_funded'", town.paid.1),
        |town| vec![("payments-funded", payment(town)), ("balances", "recipient".into())],
    )
    .await;
}

#[tokio::test]
async fn a_balance_that_its_transfers_do_not_make_is_named() {
    damaged_by(
        |_| "UPDATE ledger_accounts SET debits = debits + 1 WHERE kind = 'bank'".into(),
        |_| vec![("balances", "(bank)".into()), ("assets-equal-obligations", "BST".into())],
    )
    .await;
}

#[tokio::test]
async fn a_balance_moved_on_both_sides_is_named() {
    damaged_by(
        |_| {
            "UPDATE ledger_accounts SET debits = debits + 1 WHERE kind IN ('teller_cash', 'bank') AND owner IN ('TELLER-1', '');
             UPDATE ledger_accounts SET credits = credits + 2 WHERE kind = 'allocation' AND tranche = 5 AND regency = '1906'"
                .into()
        },
        |_| vec![("balances", "(teller_cash)".into())],
    )
    .await;
}

#[tokio::test]
async fn a_moment_out_of_order_is_named() {
    damaged_by(
        |town| format!("UPDATE payments SET funded_at = funded_at - interval '1 hour' WHERE id = '{}'", town.paid.1),
        |town| all_name(&payment(town), &["statuses"]),
    )
    .await;
}

#[tokio::test]
async fn a_payment_made_paid_by_hand_is_named() {
    damaged_by(
        |town| format!("UPDATE payments SET handed_over_at = now(), paid_at = now() WHERE id = '{}'", town.open.1),
        |town| vec![("hand-overs", town.open.1.to_string()), ("status-identity", "1902".into()), ("tallies", "paid".into())],
    )
    .await;
}

#[tokio::test]
async fn a_question_answered_by_hand_is_named() {
    damaged_by(
        |town| format!("UPDATE payments SET questioned_at = NULL, paid_at = handed_over_at WHERE id = '{}'", town.questioned.1),
        |town| vec![("proofs", town.questioned.1.to_string()), ("tallies", "in_question".into())],
    )
    .await;
}

#[tokio::test]
async fn a_tally_that_the_rows_do_not_make_is_named() {
    damaged_by(
        |town| {
            format!(
                "INSERT INTO tally_deltas SELECT tranche, village, pay_point, 'paid', 1, amount FROM payments WHERE id = '{}'",
                town.open.1
            )
        },
        |_| all_name("paid", &["tallies"]),
    )
    .await;
}

fn wrong_on_the_board(town: &Town, table: &str, values: &str) -> String {
    format!("INSERT INTO {table} SELECT tranche, left(village, 4), {values}, 1, amount FROM payments WHERE id = '{}'", town.open.1)
}

#[tokio::test]
async fn what_the_board_reads_that_villages_do_not_make_is_named() {
    damaged_by(
        |town| wrong_on_the_board(town, "board_tallies", "'home_visit', 'paid'"),
        |_| all_name("home_visit, paid", &["board-tallies"]),
    )
    .await;
    damaged_by(|town| wrong_on_the_board(town, "board_days", "date '2020-01-01'"), |_| all_name("paid by day", &["board-tallies"])).await;
}

#[tokio::test]
async fn a_proof_moved_to_another_payment_is_named() {
    damaged_by(
        |town| format!("UPDATE proofs SET payments = ARRAY['{}'::uuid] WHERE capture = '{}'", town.open.1, capture(1)),
        |_| all_name(&capture(1).to_string(), &["proofs", "proof-claims"]),
    )
    .await;
}

#[tokio::test]
async fn a_proof_moved_with_its_claim_is_named() {
    damaged_by(
        |town| {
            let (to, capture, claim) = (town.open.1, capture(1), salur_tests::counter::id(1));
            format!(
                "UPDATE proofs SET payments = ARRAY['{to}'::uuid] WHERE capture = '{capture}';
                 UPDATE claims SET payments = ARRAY['{to}'::uuid] WHERE id = '{claim}'"
            )
        },
        |town| vec![("proofs", capture(1).to_string()), ("claim-payments", town.open.1.to_string())],
    )
    .await;
}

#[tokio::test]
async fn a_hand_over_by_the_capture_of_another_family_is_named() {
    damaged_by(
        |town| format!("UPDATE hand_overs SET capture = '{}', teller = 'TELLER-2' WHERE payment = '{}'", capture(2), town.paid.1),
        |town| all_name(&payment(town), &["hand-overs", "proofs"]),
    )
    .await;
}

#[tokio::test]
async fn one_payment_of_a_visit_torn_from_its_proof_is_named() {
    damaged_by(
        |town| {
            format!(
                "UPDATE proofs SET tranches = tranches[1:1], payments = payments[1:1] WHERE payments @> ARRAY['{}'::uuid]",
                town.second_of_visit.1
            )
        },
        |town| vec![("proofs", town.second_of_visit.1.to_string()), ("proof-claims", capture(2).to_string())],
    )
    .await;
}

#[tokio::test]
async fn a_statement_changed_after_signing_is_named() {
    damaged_by(
        |_| format!("UPDATE proofs SET statement = jsonb_set(statement, '{{clock_offset_s}}', '7') WHERE capture = '{}'", capture(1)),
        |_| all_name(&capture(1).to_string(), &["proof-statements"]),
    )
    .await;
}

#[tokio::test]
async fn the_token_of_another_cheque_is_named() {
    damaged_by(
        |town| {
            format!(
                "UPDATE cheques SET token = (SELECT token FROM cheques WHERE payment = '{}') WHERE payment = '{}'",
                town.questioned.1, town.paid.1
            )
        },
        |town| all_name(&payment(town), &["cheque-tokens"]),
    )
    .await;
}

#[tokio::test]
async fn a_token_with_a_changed_letter_is_named() {
    damaged_by(
        |town| format!("UPDATE cheques SET token = 'SLR1:' || reverse(substr(token, 6)) WHERE payment = '{}'", town.paid.1),
        |town| all_name(&payment(town), &["cheque-tokens"]),
    )
    .await;
}

#[tokio::test]
async fn a_deleted_transfer_is_named() {
    damaged_by(
        |town| format!("DELETE FROM transfers WHERE subject = '{}' AND kind = 'hand_over'", town.paid.1),
        |town| vec![("hand-overs", payment(town)), ("balances", "teller_cash".into())],
    )
    .await;
}

#[tokio::test]
async fn a_transfer_between_accounts_that_the_chart_forbids_is_named() {
    damaged_by(
        |_| {
            "INSERT INTO transfers (tranche, subject, kind, debit, credit, amount)
             SELECT 4, gen_random_uuid(), 'cash_to_teller', a.id, b.id, 1 FROM ledger_accounts a, ledger_accounts b
             WHERE a.kind = 'teller_cash' AND a.owner = 'TELLER-1' AND b.kind = 'bank'"
                .into()
        },
        |_| {
            let strangers = ("journal", "1 rows of transfers of transaction".into());
            let mut expected = all_name("cash_to_teller", &["transfers-name-known-accounts", "cash-moves"]);
            expected.extend([("balances", "(bank)".into()), strangers]);
            expected
        },
    )
    .await;
}

#[tokio::test]
async fn evidence_of_a_transaction_that_left_no_line_in_the_journal_is_named() {
    damaged_by(
        |_| "INSERT INTO audit (actor, act, detail) VALUES ('nobody', 'nothing', '{}')".into(),
        |_| all_name("1 rows of audit of transaction", &["journal"]),
    )
    .await;
}

#[tokio::test]
async fn an_inserted_row_is_named() {
    damaged_by(
        |_| {
            "INSERT INTO recipients (batch, row, tranche, intake, findings, amount, village, pay_point, payment, account, household, content,
               person, name_digest, masked_name, masked_nik, sealed)
             SELECT batch, 'inserted', tranche, intake, findings, amount, village, pay_point, gen_random_uuid(), gen_random_uuid(),
               gen_random_uuid(), content, person, name_digest, masked_name, masked_nik, sealed FROM recipients WHERE row = '1' AND tranche = 4"
                .into()
        },
        |_| vec![("rows", "row inserted".into()), ("batches", "batch".into()), ("tallies", "submitted".into())],
    )
    .await;
}

#[tokio::test]
async fn an_account_that_vanished_is_named() {
    damaged_by(
        |town| format!("DELETE FROM accounts WHERE id = (SELECT account FROM payments WHERE id = '{}')", town.open.1),
        |_| all_name("does not exist", &["accounts"]),
    )
    .await;
}

#[tokio::test]
async fn money_from_an_account_that_does_not_exist_is_named() {
    damaged_by(
        |_| {
            "INSERT INTO transfers (tranche, subject, kind, debit, credit, amount)
             SELECT 4, gen_random_uuid(), 'cash_to_office', 0, id, 1 FROM ledger_accounts WHERE kind = 'bank'"
                .into()
        },
        |_| {
            let mut expected = all_name("unknown", &["transfers-name-known-accounts", "entries-sum-to-zero"]);
            expected.push(("balances", "(bank)".into()));
            expected.push(("journal", "1 rows of transfers of transaction".into()));
            expected.push(("cash-moves", "cash_to_office".into()));
            expected
        },
    )
    .await;
}

#[tokio::test]
async fn a_grant_of_another_amount_than_was_funded_is_named() {
    damaged_by(
        |_| "UPDATE allocations SET amount = amount + 1 WHERE tranche = 5 AND regency = '1906'".into(),
        |_| all_name("tranche 5, regency 1906", &["allocations"]),
    )
    .await;
}

#[tokio::test]
async fn a_cheque_that_vanished_is_named() {
    damaged_by(
        |town| format!("DELETE FROM cheques WHERE payment = '{}'", town.open.1),
        |town| all_name(&town.open.1.to_string(), &["cheques"]),
    )
    .await;
}

#[tokio::test]
async fn a_decision_about_another_family_than_its_row_is_named() {
    damaged_by(
        |_| "UPDATE row_decisions SET account = gen_random_uuid() WHERE row = 'same-household'".into(),
        |_| all_name("row same-household", &["decisions"]),
    )
    .await;
}
