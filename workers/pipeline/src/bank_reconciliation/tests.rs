//! What a line stands for, by its words and its amount.

use chrono::NaiveDate;
use salur_store::bank::matching::{Open, Waiting};
use uuid::Uuid;

use super::pairing::{Ledger, Paired};

/// Outcome or kind of case, document, what is missing or expected.
type CameTo = (String, String, i64);

fn open(tranche: i32, document: &str, missing: i64) -> Open {
    let kind = "programme_funded".to_owned();
    Open { direction: "credit".into(), tranche, subject: Uuid::from_u128(7), kind, n: 1, missing, document: document.into() }
}

fn line(n: i32, reference: &str, text: &str, amount: i64) -> Waiting {
    let refs = Some(reference.to_owned()).filter(|it| !it.is_empty()).into_iter().collect();
    Waiting {
        sheet: Uuid::from_u128(1),
        n,
        account: "1".into(),
        booked_on: NaiveDate::default(),
        direction: "credit".into(),
        is_reversal: false,
        amount,
        bank_reference: String::new(),
        refs,
        text: text.into(),
    }
}

/// (outcome or kind of case, document, what is missing or expected) of each line, and (tranche, amount) of each match.
fn paired(transfers: Vec<Open>, lines: &[Waiting]) -> (Vec<CameTo>, Vec<(i32, i64)>) {
    let (mut ledger, mut paired) = (Ledger::new(transfers), Paired::default());
    for line in lines {
        ledger.pair(line, &mut paired);
    }
    let outcomes = paired.outcomes.into_iter().map(|it| (it.outcome.to_owned(), it.document, it.missing));
    let waiting = paired.cases.into_iter().filter(|case| case.kind == "unmatched");
    let waiting = waiting.map(|case| (case.kind.to_owned(), case.document, case.expected.unwrap_or_default()));
    (outcomes.chain(waiting).collect(), paired.matches.into_iter().map(|it| (it.transfer.0, it.amount)).collect())
}

fn came_to(outcome: &str, document: &str, missing: i64) -> CameTo {
    (outcome.to_owned(), document.to_owned(), missing)
}

#[test]
fn one_line_for_all_transfers_of_a_decree_matches_each() {
    let (outcomes, matches) =
        paired(vec![open(1, "SK 22/2020", 300), open(2, "SK 22/2020", 200)], &[line(1, "", "TRF SK-22.2020 BST", 500)]);
    assert_eq!((outcomes, matches), (vec![came_to("matched", "SK 22/2020", 0)], vec![(1, 300), (2, 200)]));
}

#[test]
fn a_line_for_one_transfer_of_a_decree_matches_that_one_alone() {
    let (outcomes, matches) = paired(vec![open(1, "SK 22", 300), open(2, "SK 22", 200)], &[line(1, "sk 22", "", 200)]);
    assert_eq!((outcomes, matches), (vec![came_to("matched", "SK 22", 0)], vec![(2, 200)]));
}

#[test]
fn parts_are_remembered_until_the_last_completes_the_document() {
    let lines = [line(1, "SK 22", "", 350), line(2, "SK 22", "", 100), line(3, "SK 22", "", 50), line(4, "SK 22", "", 50)];
    let (outcomes, matches) = paired(vec![open(1, "SK 22", 300), open(2, "SK 22", 200)], &lines);
    let expected = vec![
        came_to("partial", "SK 22", 150),
        came_to("partial", "SK 22", 50),
        came_to("matched", "SK 22", 0),
        came_to("unmatched", "", 0),
    ];
    assert_eq!((outcomes, matches), (expected, vec![(1, 300), (2, 50), (2, 100), (2, 50)]));
}

#[test]
fn more_than_a_document_waits_for_is_taken_for_nothing() {
    let (outcomes, matches) = paired(vec![open(1, "SK 22", 300)], &[line(1, "SK 22", "", 301)]);
    assert_eq!((outcomes, matches), (vec![came_to("unmatched", "SK 22", 300)], vec![]));
}

#[test]
fn words_count_whole_and_the_longest_document_is_meant() {
    let transfers = || vec![open(1, "DIPA-4", 100), open(2, "DIPA-4-1902", 100), open(3, "DIPA-4-19", 100)];
    assert_eq!(paired(transfers(), &[line(1, "DIPA 4 1902", "", 100)]).1, [(2, 100)]);
    assert_eq!(paired(transfers(), &[line(1, "DIPA 4 19020", "", 100)]).1, [(1, 100)], "the words DIPA 4 stand there");
    assert_eq!(paired(transfers(), &[line(1, "XDIPA 4", "", 100)]).1, []);
    assert_eq!(paired(transfers(), &[line(1, "", "bayar DIPA-\n4-1902", 100)]).1, [(2, 100)], "a bank folds where it likes");
    assert_eq!(paired(transfers(), &[line(1, "", "bayar DIPA-4-19\n02", 100)]).1, [(3, 100)], "as written comes before as folded");
}

#[test]
fn a_line_of_several_documents_matches_their_sum() {
    let transfers = || vec![open(1, "SK 1", 100), open(2, "SK 2", 50)];
    assert_eq!(paired(transfers(), &[line(1, "", "SK 1, SK 2", 150)]).1, [(1, 100), (2, 50)]);
    assert_eq!(paired(transfers(), &[line(1, "", "SK 1, SK 2", 50)]).1, [(2, 50)], "the one of that amount");
    assert_eq!(paired(transfers(), &[line(1, "", "SK 1, SK 2", 149)]).0, [came_to("unmatched", "SK 1", 100)]);
}

#[test]
fn the_other_direction_is_another_matter() {
    let out = Open { direction: "debit".into(), ..open(1, "SK 1", 100) };
    assert_eq!(paired(vec![out], &[line(1, "SK 1", "", 100)]).1, []);
}
