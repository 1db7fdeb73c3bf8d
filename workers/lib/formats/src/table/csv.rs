//! A table as CSV: what would be a formula gets an apostrophe before it; numbers are digits.

use std::io::{self, Write};

use super::Cell;

/// A field that begins with one of these is taken for a formula by some spreadsheet, the full-width forms included.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes a header, then lines.
pub struct Csv<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    /// Writes the header.
    pub fn new(to: W, columns: &[&str]) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(columns)?;
        Ok(Self { writer })
    }

    /// Writes a line.
    pub fn write(&mut self, line: impl IntoIterator<Item = Cell>) -> io::Result<()> {
        let field = |cell| match cell {
            Cell::Text(text) => defused(text),
            Cell::Number(number) => number.to_string(),
        };
        Ok(self.writer.write_record(line.into_iter().map(field))?)
    }

    /// Flushes, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

fn defused(text: String) -> String {
    if text.trim_start_matches(' ').starts_with(FORMULA) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: Cell) -> String {
        let mut table = Csv::new(Vec::new(), &["a", "b"]).expect("memory");
        table.write([cell, Cell::Number(-1)]).expect("memory");
        String::from_utf8(table.finish().expect("memory")).expect("UTF-8")
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_defused_and_a_number_is_a_number() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            let file = written(text.to_owned().into());
            let line = file.split_once('\n').expect("a header").1.trim_start_matches('"').to_owned();
            assert!(line.starts_with(&format!("'{text}")), "{file}");
        }
        assert_eq!(written(Cell::Number(-300_000)), "a,b\n-300000,-1\n");
    }
}
