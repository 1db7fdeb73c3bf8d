//! The report as XLSX: every cell is text, amounts too, so that the columns are those of CSV and no digits of a reference are lost.

use std::io::{self, Seek, Write};

use super::{COLUMNS, Row};
use crate::table::{self, Cell};

/// Writes a header, then the lines of rows.
pub struct Xlsx {
    table: table::Xlsx,
}

impl Xlsx {
    /// An empty workbook.
    pub fn new() -> io::Result<Self> {
        Ok(Self { table: table::Xlsx::new(&COLUMNS)? })
    }

    /// Writes the lines of one row.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        row.lines().try_for_each(|line| self.table.write(line.map(Cell::Text)))
    }

    /// Writes the workbook.
    pub fn finish(self, to: impl Write + Seek + Send) -> io::Result<()> {
        self.table.finish(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn cells_are_texts_and_a_long_list_goes_on_in_the_next_sheet() {
        let mut report = Xlsx { table: table::Xlsx::with_rows(&COLUMNS, 3).expect("memory") };
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
