//! The statement as a workbook: numbers are numbers, so that whoever checks it can add up.

use std::io::{self, Cursor};

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{COLUMNS, Paper, SUBTITLE, TITLE, reason};
use crate::table::exact;

impl Paper {
    /// The workbook's bytes.
    pub fn xlsx(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        self.write(&mut bytes).map_err(io::Error::other)?;
        Ok(bytes.into_inner())
    }

    fn write(&self, to: &mut Cursor<Vec<u8>>) -> Result<(), XlsxError> {
        let (bold, sum) = (Format::new().set_bold(), Format::new().set_num_format("#,##0"));
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, width) in [(0, 34), (1, 44), (2, 22), (3, 22)] {
            sheet.set_column_width(column, width)?;
        }
        sheet.write_string_with_format(0, 0, TITLE, &bold)?;
        sheet.write_string(1, 0, SUBTITLE)?;
        let mut row = 3;
        for (label, value) in self.facts() {
            sheet.write_string(row, 0, label)?.write_string(row, 1, value)?;
            row += 1;
        }
        row += 1;
        for (column, name) in (0..).zip(COLUMNS) {
            sheet.write_string_with_format(row, column, name, &bold)?;
        }
        for line in &self.lines {
            row += 1;
            sheet.write_string(row, 0, format!("{} {}", line.regency, line.regency_name))?;
            sheet.write_string(row, 1, reason(line))?;
            sheet.write_number_with_format(row, 2, exact(line.families), &sum)?;
            sheet.write_number_with_format(row, 3, exact(line.rupiah.get()), &sum)?;
        }
        let (families, rupiah) = Self::total(self.lines.iter());
        row += 1;
        sheet.write_string_with_format(row, 0, "Jumlah - Total", &bold)?;
        sheet.write_number_with_format(row, 2, exact(families), &sum)?;
        sheet.write_number_with_format(row, 3, exact(rupiah.get()), &sum)?;
        book.save_to_writer(to)
    }
}
