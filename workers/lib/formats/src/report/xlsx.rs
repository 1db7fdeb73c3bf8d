//! The report as XLSX: every cell is text, so nothing is run and no digits are lost.
//!
//! Rows go through a temporary file of the operating system, nameless where it can, and from there into the workbook; a report has references and codes and
//! no personal data. A list longer than a sheet goes on in the next one.

use std::io::{self, Seek, Write};

use rust_xlsxwriter::{Workbook, XlsxError};

use super::{COLUMNS, Row};
use crate::xlsx::MAX_ROWS;

/// Longest text that a cell may hold, in characters as spreadsheets count them.
const MAX_CELL_UNITS: usize = 32_767;

/// Writes a header, then the lines of rows.
pub struct Xlsx {
    book: Workbook,
    sheets: usize,
    /// Lines of the last sheet.
    lines: u64,
    most: u64,
}

impl Xlsx {
    /// An empty workbook.
    pub fn new() -> io::Result<Self> {
        Self::with_rows(MAX_ROWS)
    }

    fn with_rows(most: u64) -> io::Result<Self> {
        let mut report = Self { book: Workbook::new(), sheets: 0, lines: 0, most };
        report.begin_sheet()?;
        Ok(report)
    }

    /// Writes the lines of one row.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        for line in row.lines() {
            if self.lines == self.most {
                self.begin_sheet()?;
            }
            self.write_line(&line)?;
        }
        Ok(())
    }

    /// Writes the workbook.
    pub fn finish(mut self, to: impl Write + Seek + Send) -> io::Result<()> {
        self.book.save_to_writer(to).map_err(failed)
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.book.add_worksheet_with_constant_memory().map_err(failed)?;
        self.sheets += 1;
        self.lines = 0;
        self.write_line(&COLUMNS.map(str::to_owned))
    }

    fn write_line(&mut self, texts: &[String]) -> io::Result<()> {
        let sheet = self.book.worksheet_from_index(self.sheets - 1).map_err(failed)?;
        let line = u32::try_from(self.lines).expect("at most MAX_ROWS");
        for (column, text) in (0..).zip(texts) {
            if text.encode_utf16().count() <= MAX_CELL_UNITS {
                sheet.write_string(line, column, text).map_err(failed)?;
            } else {
                // Four bytes are at most two units.
                sheet.write_string(line, column, text.chars().take(MAX_CELL_UNITS / 2).collect::<String>()).map_err(failed)?;
            }
        }
        self.lines += 1;
        Ok(())
    }
}

fn failed(error: XlsxError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn cells_are_texts_and_a_long_list_goes_on_in_the_next_sheet() {
        let mut report = Xlsx::with_rows(3).expect("memory");
        for n in 0..5 {
            let row = Row { row_ref: format!("=1+{n}"), status: "paid".to_owned(), amount: Some(300_000), ..Row::default() };
            report.write(&row).expect("memory");
        }
        let mut file = Cursor::new(Vec::new());
        report.finish(&mut file).expect("memory");
        let mut zip = zip::ZipArchive::new(file).expect("a zip");
        let mut rows = Vec::new();
        for sheet in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"] {
            let mut text = String::new();
            zip.by_name(sheet).expect("there").read_to_string(&mut text).expect("XML");
            assert!(!text.contains("<f>") && text.contains("=1+") && !text.contains("<v>300000</v>"), "{text}");
            rows.push(text.matches("<row ").count());
        }
        assert_eq!(rows, [3, 3, 2]);
    }
}
