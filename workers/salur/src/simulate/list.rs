//! `salur simulate list`: a list of any length, for measuring how lists are read; made while it is written, so that it needs no memory.
//!
//! Fictitious families of Belitung, no two with one NIK or household card; one row in fifty has a birthday that no calendar knows.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use clap::{Args as ClapArgs, ValueEnum};
use salur_domain::{RegencyCode, VillageCode, region};
use salur_formats::{SubmittedRow, csv::Writer};
use serde_json::json;

const AMOUNT: u64 = 300_000;
const SERIALS: u64 = 9_999;
const DAYS: u64 = 28;
const MONTHS: u64 = 12;
const YEARS: u64 = 40;
/// One row in so many is held.
const HELD: u64 = 50;

/// Write a list of any length to standard output.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// How many rows.
    #[arg(long)]
    rows: u64,
    /// In which format.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
    Pain001,
}

/// Writes it.
pub fn run(args: &Args) -> io::Result<ExitCode> {
    let villages: Vec<VillageCode> = region::villages(RegencyCode::parse("1902").expect("a regency")).map(|(village, _)| village).collect();
    let rows = (0..args.rows).map(|n| row(n, villages[usize::try_from(n % villages.len() as u64).expect("few villages")]));
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Csv => {
            let mut writer = Writer::new(out).map_err(io::Error::other)?;
            for row in rows {
                writer.write(&row).map_err(io::Error::other)?;
            }
            writer.finish().map_err(io::Error::other)?.flush()?;
        }
        Format::Jsonl => {
            for SubmittedRow { row_ref, nik, kk, name, birth_date, sex, address, village, home_visit, amount } in rows {
                let row = json!({
                    "id": row_ref, "nik": nik, "kk": kk, "name": name, "birth_date": birth_date, "sex": sex, "address": address,
                    "village": village, "home_visit": home_visit, "amount": amount,
                });
                writeln!(out, "{row}")?;
            }
            out.flush()?;
        }
        Format::Pain001 => {
            let sum = args.rows * AMOUNT;
            write!(
                out,
                "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn><GrpHdr><MsgId>SIM-{0}</MsgId>\
                 <NbOfTxs>{0}</NbOfTxs><CtrlSum>{sum}.00</CtrlSum></GrpHdr><PmtInf><PmtInfId>P-1</PmtInfId>",
                args.rows
            )?;
            for row in rows {
                transaction(&mut out, &row)?;
            }
            write!(out, "</PmtInf></CstmrCdtTrfInitn></Document>")?;
            out.flush()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(n: u64, village: VillageCode) -> SubmittedRow {
    let (serial, born) = (1 + n % SERIALS, n / SERIALS);
    let (day, month, year) = (1 + born % DAYS, 1 + born / DAYS % MONTHS, 50 + born / (DAYS * MONTHS) % YEARS);
    let shown = if n % HELD == HELD - 1 { 39 } else { day + 40 };
    SubmittedRow {
        row_ref: (n + 1).to_string(),
        nik: format!("{}{shown:02}{month:02}{year:02}{serial:04}", village.district()),
        kk: format!("{}{day:02}{month:02}{year:02}{serial:04}", village.district()),
        name: "Siti Aminah Contoh".to_owned(),
        birth_date: format!("19{year:02}-{month:02}-{day:02}"),
        sex: "P".to_owned(),
        address: "Jl. Contoh 12, RT 01/RW 02".to_owned(),
        village: village.to_string(),
        home_visit: String::new(),
        amount: AMOUNT.to_string(),
    }
}

fn transaction(out: &mut impl Write, row: &SubmittedRow) -> io::Result<()> {
    let SubmittedRow { row_ref, nik, kk, name, birth_date, address, village, amount, .. } = row;
    let other = |kind: &str, id: &str| format!("<Othr><Id>{id}</Id><SchmeNm><Prtry>{kind}</Prtry></SchmeNm></Othr>");
    writeln!(
        out,
        "<CdtTrfTxInf><PmtId><EndToEndId>{row_ref}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"IDR\">{amount}.00</InstdAmt></Amt><Cdtr><Nm>{name}</Nm>\
         <PstlAdr><AdrLine>{address}</AdrLine></PstlAdr><Id><PrvtId><DtAndPlcOfBirth><BirthDt>{birth_date}</BirthDt></DtAndPlcOfBirth>{}{}{}</PrvtId></Id>\
         </Cdtr></CdtTrfTxInf>",
        other("NIK", nik),
        other("KK", kk),
        other("DESA", village),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_rows_share_a_nik_or_a_household() {
        let village = VillageCode::parse("1902011001").expect("a village");
        let rows: Vec<SubmittedRow> = (0..50_000).map(|n| row(n, village)).collect();
        let distinct = |of: fn(&SubmittedRow) -> &String| rows.iter().map(of).collect::<HashSet<_>>().len();
        assert_eq!((distinct(|row| &row.nik), distinct(|row| &row.kk)), (50_000, 50_000));
    }
}
