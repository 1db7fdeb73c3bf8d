//! Writing a list of recipients, for generated data: what [`super::Rows`] reads back as it was.
//!
//! This is input for salur, not an export for people to open in a spreadsheet, so fields are not guarded against formulas.

use std::io::{self, Write};

use crate::row::{Column, SubmittedRow};

/// Writes a header, then rows.
pub struct Writer<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn new(to: W) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(Column::ALL.map(Column::name))?;
        Ok(Self { writer })
    }

    /// Writes one row.
    pub fn write(&mut self, row: &SubmittedRow) -> io::Result<()> {
        let SubmittedRow { row_ref, nik, kk, name, birth_date, sex, address, village, home_visit, amount } = row;
        self.writer.write_record([row_ref, nik, kk, name, birth_date, sex, address, village, home_visit, amount])?;
        Ok(())
    }

    /// Flushes, and gives back what was written to.
    pub fn finish(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
