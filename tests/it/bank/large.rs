//! A hundred thousand lines are read and matched within a bound of memory.

use std::fmt::Write;

use salur_tests::in_lab;

use super::{
    binary::{BELITUNG_5, GRANTED, funded, import},
    statements::{ACCOUNT, Booked, Day},
};

const LINES: i64 = 100_000;
/// What the worker and the portal may hold at most each, in kB: some 400 bytes a line, twice, and what they hold anyway.
const MOST_KB: u64 = 320 * 1024;

#[tokio::test]
async fn a_statement_of_a_hundred_thousand_lines_is_matched_within_its_bound_of_memory() {
    in_lab(|lab| async move {
        let salur = funded(&lab, &[]).await;
        let mut file = format!(":20:BIG\n:25:{ACCOUNT}\n:28C:7/1\n:60F:C200714IDR0,\n");
        for n in 1..LINES {
            write!(file, ":61:2007140714C{n},NTRFBUNGA-{n}//B-{n}\n:86:Bunga rekening hari ke-{n} dari bank penampung\n")
                .expect("memory takes it");
        }
        let last = Booked::credit(GRANTED, "B-last", BELITUNG_5);
        writeln!(file, ":61:2007140714C{GRANTED},NTRF{BELITUNG_5}//{}", last.bank).expect("memory takes it");
        let sum = (LINES - 1) * LINES / 2 + GRANTED;
        writeln!(file, ":62F:C200714IDR{sum},").expect("memory takes it");
        let told = import(&salur, "big.sta", &file, &["--json"]).json();
        let counted: Vec<(&str, i64)> = told["outcomes"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|it| (it["outcome"].as_str().unwrap_or_default(), it["lines"].as_i64().unwrap_or_default()))
            .collect();
        assert_eq!(counted, [("matched", 1), ("unmatched", LINES - 1)], "{told}");
        for kb in salur.peaks_kb() {
            assert!(kb < MOST_KB, "a role held {kb} kB");
        }
        // the same lines in other words of the bank are found doubled by their names
        let overlap = Day::new(8, &[last]);
        let doubled = import(&salur, "8.sta", overlap.mt940(), &["--json"]).json();
        assert_eq!(doubled["outcomes"][0]["outcome"], "doubled", "{doubled}");
    })
    .await;
}
