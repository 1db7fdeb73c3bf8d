//! What lines come to: by document and amount, in parts, twice, taken back, and before their transfer is there.

use std::time::{Duration, Instant};

use salur_tests::in_lab;

use super::{
    binary::{BELITUNG_5, DECREE, GRANTED, case, decree, funded, imported, told, verified},
    statements::{Booked, Day},
};
use crate::setup::binary::Salur;

/// Longest the clock may take to notice a transfer, and a stage to match it.
const PATIENCE: Duration = Duration::from_mins(1);

fn outcomes(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(outcome, lines)| ((*outcome).to_owned(), *lines)).collect()
}

#[tokio::test]
async fn a_line_that_names_a_document_and_its_amount_is_matched_and_the_same_in_both_formats() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let day = Day::new(1, &[Booked::credit(GRANTED, "B-1", BELITUNG_5)]);
        assert_eq!(imported(&salur, "day.sta", &day.mt940()), outcomes(&[("matched", 1)]));
        let again = super::binary::import(&salur, "day.xml", day.camt053(), &["--json"]).json();
        assert_eq!(again["answer"]["statements"][0]["already"], true, "the other format of the day is the same statement: {again}");
        let lines = salur.run(&["bank", "lines", "--programme", "BST", "--json"]).json();
        assert_eq!(lines.as_array().map(Vec::len), Some(1), "{lines}");
        assert_eq!(
            (&lines[0]["outcome"], &lines[0]["document"], &lines[0]["transfers"]),
            (&"matched".into(), &BELITUNG_5.into(), &1.into())
        );
        assert_eq!(told(&salur), []);
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn one_credit_stands_for_the_three_allocations_of_its_decree() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let line = Booked { text: "TRF KEMENSOS SK-22.2020 TAHAP 4", ..Booked::credit(3 * GRANTED, "B-1", "") };
        assert_eq!(imported(&salur, "day.xml", &Day::new(1, &[line]).camt053()), outcomes(&[("matched", 1)]));
        let lines = salur.run(&["bank", "lines", "--programme", "BST", "--json"]).json();
        assert_eq!((&lines[0]["document"], &lines[0]["transfers"]), (&DECREE.into(), &3.into()));
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn parts_are_a_case_that_says_what_is_missing_until_the_last_completes_it() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let first = Day::new(1, &[Booked::credit(2 * GRANTED, "B-1", DECREE), Booked::credit(500_000, "B-2", BELITUNG_5)]);
        assert_eq!(imported(&salur, "1.sta", &first.mt940()), outcomes(&[("partial", 2)]));
        let lines = salur.run(&["bank", "lines", "--programme", "BST", "--json"]).json();
        let missing: Vec<i64> = lines.as_array().expect("a list").iter().map(|line| line["missing"].as_i64().expect("rupiah")).collect();
        assert_eq!(missing, [GRANTED, GRANTED - 500_000]);
        let open = [case("partial", BELITUNG_5, 500_000, Some(GRANTED)), case("partial", DECREE, 2 * GRANTED, Some(3 * GRANTED))];
        assert_eq!(told(&salur), open);
        let second = Day { opening: first.closing(), ..Day::new(2, &[Booked::credit(GRANTED, "B-3", DECREE)]) };
        assert_eq!(imported(&salur, "2.sta", &second.mt940()), outcomes(&[("matched", 1)]));
        assert_eq!(told(&salur), open[..1], "the decree is complete, the other paper is not");
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_two_statements_hold_stands_for_a_transfer_once() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let line = Booked::credit(GRANTED, "B-1", BELITUNG_5);
        let other = Booked::credit(700, "B-9", "bunga");
        assert_eq!(imported(&salur, "1.sta", &Day::new(1, &[line]).mt940()), outcomes(&[("matched", 1)]));
        assert_eq!(imported(&salur, "2.xml", &Day::new(2, &[line, other]).camt053()), outcomes(&[("doubled", 1), ("unmatched", 1)]));
        assert_eq!(told(&salur), [case("doubled", "", GRANTED, None), case("unmatched", "", 700, None)]);
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn another_amount_than_a_document_waits_for_is_told_with_both() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let day = Day::new(1, &[Booked::credit(GRANTED + 1, "B-1", BELITUNG_5)]);
        assert_eq!(imported(&salur, "1.sta", &day.mt940()), outcomes(&[("unmatched", 1)]));
        assert_eq!(told(&salur), [case("unmatched", BELITUNG_5, GRANTED + 1, Some(GRANTED))]);
        let people = salur.run(&["bank", "cases"]);
        assert!(people.out.contains("its document waited for Rp3.000.000"), "{people:?}");
    })
    .await;
}

#[tokio::test]
async fn a_reversal_takes_back_what_its_line_stood_for_and_the_next_credit_may_stand_for_it() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let credit = Booked::credit(GRANTED, "B-1", BELITUNG_5);
        let back = Booked { mark: "RC", ..Booked::credit(GRANTED, "B-2", BELITUNG_5) };
        let first = Day::new(1, &[credit]);
        assert_eq!(imported(&salur, "1.sta", &first.mt940()), outcomes(&[("matched", 1)]));
        let second = Day { opening: first.closing(), ..Day::new(2, &[back]) };
        assert_eq!(imported(&salur, "2.sta", &second.mt940()), outcomes(&[("reversed", 1)]));
        assert_eq!(told(&salur), [case("reversed", "", GRANTED, None)]);
        verified(&salur);
        let third = Day::new(3, &[Booked { bank: "B-3", ..credit }]);
        assert_eq!(imported(&salur, "3.xml", &third.camt053()), outcomes(&[("matched", 1)]));
        verified(&salur);
        // what was booked and taken back on one day came to nothing, and is nobody's case
        let fourth = Day { opening: third.closing(), ..Day::new(4, &[Booked { bank: "B-4", ..credit }, Booked { bank: "B-5", ..back }]) };
        assert_eq!(imported(&salur, "4.xml", &fourth.camt053()), outcomes(&[("reversed", 2)]));
        assert_eq!(told(&salur), [case("reversed", "", GRANTED, None)]);
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_came_before_its_transfer_is_matched_once_that_is_posted() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        let small = salur.edited("setup.toml", "small.toml", |text| {
            text.replace("[[tranche.allocation]]\nregency = \"1902\"\namount = 3000000\ndocument = \"CONTOH/BST-5/1902\"\n", "")
        });
        assert_eq!(salur.setup(&small, &["--json"]).json()["applied"], true);
        let day = Day::new(1, &[Booked::credit(3 * GRANTED, "B-1", DECREE), Booked::credit(GRANTED, "B-2", BELITUNG_5)]);
        assert_eq!(imported(&salur, "1.sta", &day.mt940()), outcomes(&[("unmatched", 2)]));
        assert_eq!(told(&salur).len(), 2);
        assert_eq!(salur.setup(&decree(&salur), &["--json"]).json()["applied"], true);
        let began = Instant::now();
        while !told(&salur).is_empty() {
            assert!(began.elapsed() < PATIENCE, "the clock notices the transfers");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        verified(&salur);
    })
    .await;
}

#[tokio::test]
async fn a_transfer_that_the_bank_says_nothing_of_is_a_case_until_its_line_comes() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[("SALUR__BANK__MISSING_AFTER_DAYS", "0")]).await;
        let day = Day::new(1, &[Booked::credit(3 * GRANTED, "B-1", DECREE)]);
        assert_eq!(imported(&salur, "1.sta", &day.mt940()), outcomes(&[("matched", 1)]));
        let missing = |document| case("missing", document, GRANTED, None);
        assert_eq!(told(&salur), [missing(BELITUNG_5), missing("CONTOH/BST-5/1906")]);
        let status = salur.run(&["status", "--json"]).json();
        assert_eq!(status["status"]["cases"], serde_json::json!([["bank_missing", 2]]), "the one list of cases counts them: {status}");
        let next = Day { opening: day.closing(), ..Day::new(2, &[Booked::credit(GRANTED, "B-2", BELITUNG_5)]) };
        assert_eq!(imported(&salur, "2.sta", &next.mt940()), outcomes(&[("matched", 1)]));
        assert_eq!(told(&salur), [missing("CONTOH/BST-5/1906")]);
        verified(&salur);
    })
    .await;
}
