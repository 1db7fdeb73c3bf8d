//! A table as XLSX: texts are text cells, so nothing is run and no digits of a reference are lost; numbers can be added up.
//!
//! Lines go through a temporary file of the operating system, nameless where it can, and from there into the workbook; a table has references, codes and
//! sums and no personal data. A table longer than a sheet goes on in the next one.

use std::io::{self, Seek, Write};

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::Cell;
use crate::xlsx::MAX_ROWS;

/// Longest text that a cell may hold, in characters as spreadsheets count them.
const MAX_CELL_UNITS: usize = 32_767;
/// Cells hold floats: whole numbers below 2^53 are exact in them, which is nine quadrillion rupiah.
const MAX_EXACT: u64 = 1 << 53;

/// Writes a header, then lines.
pub struct Xlsx {
    book: Workbook,
    columns: Vec<String>,
    sheets: usize,
    /// Lines of the last sheet.
    lines: u64,
    most: u64,
}

impl Xlsx {
    /// A workbook with the header.
    pub fn new(columns: &[&str]) -> io::Result<Self> {
        Self::with_rows(columns, MAX_ROWS)
    }

    pub(crate) fn with_rows(columns: &[&str], most: u64) -> io::Result<Self> {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        let mut table = Self { book: Workbook::new(), columns, sheets: 0, lines: 0, most };
        table.begin_sheet()?;
        Ok(table)
    }

    /// Writes a line.
    pub fn write(&mut self, line: impl IntoIterator<Item = Cell>) -> io::Result<()> {
        if self.lines == self.most {
            self.begin_sheet()?;
        }
        self.write_line(line).map_err(failed)
    }

    /// Writes the workbook.
    pub fn finish(mut self, to: impl Write + Seek + Send) -> io::Result<()> {
        self.book.save_to_writer(to).map_err(failed)
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.book.add_worksheet_with_constant_memory().map_err(failed)?;
        self.sheets += 1;
        self.lines = 0;
        let header: Vec<Cell> = self.columns.iter().cloned().map(Cell::Text).collect();
        self.write_line(header).map_err(failed)
    }

    fn write_line(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<(), XlsxError> {
        let sheet = self.book.worksheet_from_index(self.sheets - 1)?;
        let line = u32::try_from(self.lines).expect("at most MAX_ROWS");
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Number(number) if number.unsigned_abs() < MAX_EXACT => sheet.write_number(line, column, exact(number)).map(drop)?,
                Cell::Number(number) => sheet.write_string(line, column, number.to_string()).map(drop)?,
                Cell::Text(text) => write_text(sheet, line, column, &text)?,
            }
        }
        self.lines += 1;
        Ok(())
    }
}

fn write_text(sheet: &mut Worksheet, line: u32, column: u16, text: &str) -> Result<(), XlsxError> {
    if text.encode_utf16().count() <= MAX_CELL_UNITS {
        return sheet.write_string(line, column, text).map(drop);
    }
    // Four bytes are at most two units.
    sheet.write_string(line, column, text.chars().take(MAX_CELL_UNITS / 2).collect::<String>()).map(drop)
}

#[expect(clippy::cast_precision_loss, reason = "exact below MAX_EXACT, asserted")]
pub(crate) fn exact(number: i64) -> f64 {
    assert!(number.unsigned_abs() < MAX_EXACT, "a cell can hold it");
    number as f64
}

fn failed(error: XlsxError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn sheet(file: Cursor<Vec<u8>>) -> String {
        let mut text = String::new();
        let mut zip = zip::ZipArchive::new(file).expect("a zip");
        zip.by_name("xl/worksheets/sheet1.xml").expect("there").read_to_string(&mut text).expect("XML");
        text
    }

    #[test]
    fn numbers_are_numbers_while_a_cell_holds_them_exactly() {
        let mut table = Xlsx::new(&["a", "b", "c"]).expect("memory");
        let most = 1_i64 << 53;
        table.write([Cell::Number(1 - most), Cell::Number(most), "=1+1".to_owned().into()]).expect("memory");
        let mut file = Cursor::new(Vec::new());
        table.finish(&mut file).expect("memory");
        let text = sheet(file);
        assert!(text.contains("<v>-9007199254740991</v>") && !text.contains("<v>9007199254740992</v>"), "{text}");
        assert!(text.contains("9007199254740992") && text.contains("=1+1") && !text.contains("<f>"), "{text}");
    }
}
