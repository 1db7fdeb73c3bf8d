//! Rate and memory of the formats that stream, read and checked by the rules of one row on one core:
//! `cargo run --release -p salur-formats --example format_rate [ROWS]`.
//!
//! Rows of fictitious people are made while they are read, so that the peak of memory is that of the reader. Reads ten thousand rows of
//! each format first, then ROWS (a million), and prints the peak after each: it must not grow with the number of rows.

use std::hint::black_box;
use std::io::{self, Cursor, Read};
use std::time::Instant;

use chrono::NaiveDate;
use salur_domain::{Rupiah, row};
use salur_formats::{Format, Mapping, SubmittedRow, stream};

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;

fn main() {
    let many = std::env::args().nth(1).map_or(MANY, |text| text.parse().expect("a number of rows"));
    for rows in [FEW, many] {
        for format in [Format::Csv, Format::JsonLines, Format::Pain001] {
            let start = Instant::now();
            let list = stream(format, Made::new(format, rows), &Mapping::default()).expect("a beginning");
            let read = list.flatten().map(|(_, row)| check(&row)).count() as u64;
            assert_eq!(read, rows);
            let seconds = start.elapsed().as_secs_f64();
            let rate = f64::from(u32::try_from(rows).expect("a modest number")) / seconds;
            println!("{format:?}: {rows} rows, {rate:.0} rows/s, peak of memory {}", peak());
        }
    }
}

/// What intake does with a row before it looks at any other.
fn check(row: &SubmittedRow) {
    let (amount, on) = (Rupiah::parse(&row.amount), NaiveDate::from_ymd_opt(2020, 7, 14).expect("a day"));
    black_box(row::check(&row.text(&amount), on));
}

/// Most memory this process has had, as Linux counts it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// A file that is made while it is read.
struct Made {
    format: Format,
    rows: u64,
    next: u64,
    piece: Cursor<Vec<u8>>,
}

impl Made {
    fn new(format: Format, rows: u64) -> Self {
        let header = match format {
            Format::Csv => "id,nik,kk,name,birth_date,address,village,amount\n".to_owned(),
            Format::Pain001 => format!(
                "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"><CstmrCdtTrfInitn><GrpHdr><MsgId>M-1</MsgId>\
                 <NbOfTxs>{rows}</NbOfTxs><CtrlSum>{}.00</CtrlSum></GrpHdr><PmtInf><PmtInfId>P-1</PmtInfId>",
                rows * 300_000
            ),
            Format::JsonLines | Format::Xlsx => String::new(),
        };
        Self { format, rows, next: 0, piece: Cursor::new(header.into_bytes()) }
    }

    fn row(&self, n: u64) -> String {
        let nik = format!("19020152048{:05}", n % 100_000);
        match self.format {
            Format::Csv => format!("{n},{nik},1902010101010001,Siti Aminah,1985-04-12,\"Jl. A 12, RT 1\",19.02.01.1001,300000\n"),
            Format::Pain001 => format!(
                "<CdtTrfTxInf><PmtId><EndToEndId>E{n}</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"IDR\">300000.00</InstdAmt></Amt><Cdtr>\
                 <Nm>Siti Aminah</Nm><PstlAdr><AdrLine>Jl. A 12</AdrLine><AdrLine>RT 1</AdrLine></PstlAdr><Id><PrvtId>\
                 <DtAndPlcOfBirth><BirthDt>1985-04-12</BirthDt></DtAndPlcOfBirth><Othr><Id>{nik}</Id><SchmeNm><Prtry>NIK</Prtry></SchmeNm>\
                 </Othr><Othr><Id>1902010101010001</Id><SchmeNm><Prtry>KK</Prtry></SchmeNm></Othr><Othr><Id>19.02.01.1001</Id><SchmeNm>\
                 <Prtry>DESA</Prtry></SchmeNm></Othr></PrvtId></Id></Cdtr></CdtTrfTxInf>\n"
            ),
            Format::JsonLines | Format::Xlsx => format!(
                "{{\"id\":{n},\"nik\":\"{nik}\",\"kk\":\"1902010101010001\",\"name\":\"Siti Aminah\",\"birth_date\":\"1985-04-12\",\
                 \"address\":\"Jl. A 12, RT 1\",\"village\":\"19.02.01.1001\",\"amount\":300000}}\n"
            ),
        }
    }
}

impl Read for Made {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.piece.read(into)?;
        if count > 0 || self.next > self.rows {
            return Ok(count);
        }
        let next = match (self.next == self.rows, self.format) {
            (false, _) => self.row(self.next),
            (true, Format::Pain001) => "</PmtInf></CstmrCdtTrfInitn></Document>".to_owned(),
            (true, _) => return Ok(0),
        };
        self.next += 1;
        self.piece = Cursor::new(next.into_bytes());
        self.piece.read(into)
    }
}
