//! CSV (RFC 4180, leniently): rows of recipients as dinas sosial exports them.
//!
//! A header names the columns, in any order: `nik`, `kk` (`no_kk`), `name` (`nama`), `village` (`desa`), `amount` (`nominal`) must be there; `id`,
//! `birth_date` (`tgl_lahir`), `sex` (`jenis_kelamin`), `address` (`alamat`), `home_visit` (`kunjungan_rumah`) may; others are ignored.
//! Comma, semicolon and tab are told apart by it. A byte order mark and either line end are fine. Bounds: [`MAX_ROW_BYTES`], [`MAX_COLUMNS`]; memory is one
//! row. Fields are text exactly as written; what they mean is checked elsewhere (`salur_domain::row`).

use std::io::Read;

mod records;
mod write;

pub use crate::row::{MAX_COLUMNS, RowError, SubmittedRow};
pub use records::{MAX_HEADER_BYTES, MAX_ROW_BYTES};
pub use write::Writer;

use crate::Mapping;
use crate::row::Header;

use records::{Record, Records};

/// The rows of a file, one by one.
///
/// ```
/// let file = "nik;kk;nama;desa;nominal\n1902015204850007;1902010101010001;Siti Aminah;19.02.01.1001;300000\n";
/// let mut rows = salur_formats::csv::Rows::new(file.as_bytes()).unwrap();
/// let (line, row) = rows.next().unwrap().unwrap();
/// assert_eq!((line, row.row_ref.as_str(), row.name.as_str(), row.amount.as_str()), (2, "2", "Siti Aminah", "300000"));
/// assert!(rows.next().is_none());
/// ```
pub struct Rows<R> {
    records: Records<R>,
    header: Header,
    mapping: Mapping,
    record: Record,
    ended: bool,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    pub fn new(source: R) -> Result<Self, RowError> {
        Self::mapped(source, &Mapping::default())
    }

    /// Reads a header with a source's own names.
    pub fn mapped(source: R, mapping: &Mapping) -> Result<Self, RowError> {
        let mut records = Records::new(source)?;
        let mut record = Record::new();
        records.next_into(&mut record)?;
        let header = Header::read(1, record.iter().map(|name| std::str::from_utf8(name).ok()), mapping)?;
        Ok(Self { records, header, mapping: mapping.clone(), record, ended: false })
    }

    fn row(&self) -> Result<SubmittedRow, RowError> {
        let line = self.record.line;
        if self.record.len() != self.header.fields {
            let what = format!("the row has {} columns, the header {}", self.record.len(), self.header.fields);
            return Err(RowError::of_row(line, None, what, "write fields that hold the separator inside quotation marks"));
        }
        let mut row = SubmittedRow::default();
        for (column, at) in self.header.columns() {
            let text = std::str::from_utf8(self.record.field(at))
                .map_err(|_| RowError::of_row(line, Some(column), "not UTF-8", "save the file as CSV UTF-8"))?;
            text.clone_into(row.field_mut(column));
        }
        Ok(row.complete(line, &self.mapping))
    }
}

impl<R: Read> Iterator for Rows<R> {
    /// The line where the row begins, and the row.
    type Item = Result<(u64, SubmittedRow), RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.records.next_into(&mut self.record) {
            Ok(true) => Some(self.row().map(|row| (self.record.line, row))),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = error.fatal;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
