//! What evidence costs a worker: lines, hashes, marks and the signature of one commit, per row.
//!
//! `cargo run --release -p salur-domain --example evidence_rate`

use std::time::Instant;

use chrono::DateTime;
use salur_domain::{
    evidence::{Commit, Row},
    note::{Kind, Signer},
};
use uuid::Uuid;

const ROUNDS: u32 = 200;

fn main() {
    let journal = Signer::new("salur.invalid/evidence/journal", Kind::Note, &[7; 32]).expect("a good name");
    let at = DateTime::from_timestamp_micros(1_764_237_065_123_456).expect("a moment");
    for rows in [1, 16, 256, 2_000] {
        let ids: Vec<Uuid> =
            (0..rows).map(|row: u128| Uuid::from_u128(row.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))).collect();
        let began = Instant::now();
        for round in 0..ROUNDS {
            let row = |id: &Uuid| {
                let row = Row::new("transfers", &[4]).number(4).id(*id).text("recipient_funded").number(1).keyed();
                row.number(11).number(23).number(600_000).digest("").moment(at)
            };
            let rows: Vec<Row> = ids.iter().map(row).collect();
            let (commit, marks) = Commit::of(i64::from(round), "transfer-posting", at, &rows);
            assert!(journal.sign(&commit.text()).len() + marks.len() > rows.len());
        }
        let micros = began.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
        let per_row = micros / f64::from(u32::try_from(rows).expect("few"));
        println!("{rows:>5} rows: {micros:>8.1} us a commit, {per_row:>6.2} us a row");
    }
}
