//! How many rows per second one core parses and checks: `cargo run --release -p salur-formats --example row_rate [ROWS]`.
//!
//! Rows are made in memory: fictitious people of Belitung, one in fifty with a finding. Prints CSV parsing alone, then parsing with every rule
//! of a single row, then with the keyed work that intake does too.

use std::hint::black_box;
use std::time::Instant;

use salur_domain::reason::Outcome;
use salur_domain::row::{self, Checked};
use salur_domain::vault::{DataKey, Keys};
use salur_domain::{RegencyCode, Rupiah, TrancheId, region};
use salur_formats::csv::{Rows, SubmittedRow, Writer};

const ROWS: usize = 500_000;

fn main() {
    let rows = std::env::args().nth(1).map_or(ROWS, |text| text.parse().expect("a number of rows"));
    let file = file(rows);
    println!("{rows} rows, {} MB", file.len() / 1_000_000);

    let start = Instant::now();
    let parsed = Rows::new(file.as_slice()).expect("a header").flatten().count();
    report("parse", rows, start);

    let start = Instant::now();
    let findings = held(&file, |_| ());
    report("parse and check", rows, start);
    assert_eq!((parsed, findings), (rows, rows.div_ceil(50)), "one in fifty is held");

    let keys = Keys::from_hex(&"01".repeat(32), &"02".repeat(32)).expect("64 digits");
    let data_key = DataKey::new([3; 32]);
    let start = Instant::now();
    held(&file, |row| keep(row, &keys, &data_key));
    report("parse, check, index, digest and seal", rows, start);
}

/// Parses and checks every row, hands it on, and counts those that do not go on.
fn held(file: &[u8], each: impl Fn(&Checked)) -> usize {
    let on = "2020-07-14".parse().expect("a date");
    let mut held = 0;
    for row in Rows::new(file).expect("a header") {
        let (_, row) = row.expect("made above");
        let amount = Rupiah::parse(&row.amount);
        let checked = row::check(&row.text(&amount), on);
        each(&checked);
        held += usize::from(checked.findings.iter().any(|code| code.outcome() > Outcome::Warn));
    }
    held
}

/// The keyed work of intake: two blind indexes, the payment's id, the digest of the row, the sealed blob.
fn keep(row: &Checked, keys: &Keys, data_key: &DataKey) {
    let (Some(nik), Some(kk)) = (&row.nik, &row.kk) else { return };
    let fields = [("nik", nik.digits()), ("kk", kk.digits()), ("name", &row.name), ("address", &row.address)];
    let ids = (keys.nik_index(nik), keys.kk_index(kk), keys.payment_id(TrancheId(4), nik), keys.row_digest(&fields));
    let personal = format!("{}\n{}\n{}\n{}", nik.digits(), kk.digits(), row.name, row.address);
    black_box((ids, data_key.seal(b"row", personal.as_bytes())));
}

fn report(what: &str, rows: usize, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let rows = f64::from(u32::try_from(rows).expect("a modest number"));
    println!("{what}: {:.0} rows/s, {:.2} us per row", rows / seconds, seconds / rows * 1e6);
}

fn file(rows: usize) -> Vec<u8> {
    let villages: Vec<_> = region::villages(RegencyCode::parse("1902").expect("a regency")).collect();
    let mut writer = Writer::new(Vec::new()).expect("memory");
    for n in 0..rows {
        let (village, _) = villages[n % villages.len()];
        let (day, month, year) = (1 + n % 28, 1 + n / 28 % 12, 50 + n / 336 % 40);
        let impossible = if n % 50 == 0 { 39 } else { day + 40 };
        let row = SubmittedRow {
            row_ref: n.to_string(),
            nik: format!("{}{impossible:02}{month:02}{year:02}{:04}", village.district(), 1 + n % 9_999),
            kk: format!("{}010101{:04}", village.district(), 1 + n % 9_999),
            name: "Siti Aminah Contoh".to_owned(),
            birth_date: format!("19{year:02}-{month:02}-{day:02}"),
            sex: "P".to_owned(),
            address: "Jl. Contoh 12, RT 01/RW 02".to_owned(),
            village: village.to_string(),
            home_visit: String::new(),
            amount: "300000".to_owned(),
        };
        writer.write(&row).expect("memory");
    }
    writer.finish().expect("memory")
}
