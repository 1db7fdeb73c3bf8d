//! The report as CSV, for people who open it in a spreadsheet: what would be a formula gets an apostrophe before it.

use std::io::{self, Write};

use super::{COLUMNS, Row};
use crate::table::{self, Cell};

/// Writes a header, then the lines of rows.
pub struct Csv<W: Write> {
    table: table::Csv<W>,
}

impl<W: Write> Csv<W> {
    /// Writes the header.
    pub fn new(to: W) -> io::Result<Self> {
        Ok(Self { table: table::Csv::new(to, &COLUMNS)? })
    }

    /// Writes the lines of one row.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        row.lines().try_for_each(|line| self.table.write(line.map(Cell::Text)))
    }

    /// Flushes, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        self.table.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, Words};
    use super::*;

    fn written(rows: &[Row]) -> String {
        let mut report = Csv::new(Vec::new()).expect("memory");
        for row in rows {
            report.write(row).expect("memory");
        }
        String::from_utf8(report.finish().expect("memory")).expect("UTF-8")
    }

    #[test]
    fn a_line_for_each_finding_and_the_amount_once() {
        let words = |language: &str| Words { message: format!("{language}, \"so\""), remedy: "mend it".to_owned() };
        let finding =
            |code: &str| Finding { code: code.to_owned(), column: "nik".to_owned(), indonesian: words("salah"), english: words("wrong") };
        let held = Row {
            row_ref: "r1".to_owned(),
            status: "held".to_owned(),
            amount: Some(300_000),
            findings: vec![finding("NIK04"), finding("NIK05")],
        };
        let plain = Row { row_ref: "r2".to_owned(), status: "accepted".to_owned(), ..Row::default() };
        let said = "\"salah, \"\"so\"\"\",mend it,\"wrong, \"\"so\"\"\",mend it";
        let lines = format!(
            "id,status,amount,code,column,pesan,perbaikan,message,remedy\nr1,held,300000,NIK04,nik,{said}\nr1,held,,NIK05,nik,{said}\n\
             r2,accepted,,,,,,,\n"
        );
        assert_eq!(written(&[held, plain]), lines);
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_defused() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            let file = written(&[Row { row_ref: text.to_owned(), status: "held".to_owned(), ..Row::default() }]);
            let line = file.split_once('\n').expect("a header").1.trim_start_matches('"').to_owned();
            assert!(line.starts_with(&format!("'{text}")), "{file}");
        }
    }
}
