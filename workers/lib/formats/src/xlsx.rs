//! XLSX: the one sheet of a workbook that has data, its first row with text the names of columns as in CSV.
//!
//! Every cell is taken as text. Refused, each with its row, column and remedy: a NIK or KK that is stored as a number (a spreadsheet keeps
//! 15 digits and makes the 16th a zero), formulas (what they gave is not what they will give), errors, booleans, dates outside of
//! `birth_date`. Rows without any text are passed over.
//!
//! An XLSX is a ZIP of XML, so sizes are looked at before anything is unpacked: [`MAX_FILE_BYTES`], [`MAX_PARTS`], [`MAX_UNPACKED_BYTES`],
//! [`MAX_RATIO`]; then [`MAX_ROWS`], [`MAX_SHEETS`] and [`MAX_CELL_BYTES`]. The sheet is read as a stream. Memory is the table of shared texts, at most
//! [`MAX_SHARED_BYTES`] and 4 bytes for each of [`MAX_SHARED_TEXTS`], that is below 170 MB, and one row; sheets with texts of their own
//! (inline) need no table.

use std::io::{Read, Seek};

mod package;
mod sheet;
mod workbook;

use crate::row::Header;
use crate::{Mapping, RowError, RowResult, SubmittedRow};
use package::{Package, Part};
use sheet::{Sheet, Value};

/// Largest file, packed.
pub const MAX_FILE_BYTES: u64 = 128 * 1024 * 1024;
/// Most parts in the ZIP.
pub const MAX_PARTS: usize = 1_000;
/// Largest sum of the unpacked parts. A full sheet of nine columns takes 400 MB with shared texts, 600 MB with texts in the cells, more with long addresses.
pub const MAX_UNPACKED_BYTES: u64 = 1024 * 1024 * 1024;
/// Largest sum of the unpacked parts in relation to the file, for files that unpack to more than 16 MiB. Lists have 5 to 30.
pub const MAX_RATIO: u64 = 200;
/// Most rows: what a sheet can have.
pub const MAX_ROWS: u64 = 1_048_576;
/// Most columns: what a sheet can have. Only [`crate::MAX_COLUMNS`] may have names.
pub const MAX_SHEET_COLUMNS: usize = 16_384;
/// Most sheets.
pub const MAX_SHEETS: usize = 64;
/// Longest text of a cell, in bytes: 32,767 characters of four.
pub const MAX_CELL_BYTES: usize = 4 * 32_767;
/// Largest table of shared texts, in bytes.
pub const MAX_SHARED_BYTES: usize = 128 * 1024 * 1024;
/// Most shared texts.
pub const MAX_SHARED_TEXTS: usize = 8 * 1024 * 1024;

const SAVE_AGAIN: &str = "save it as XLSX again, without password and macros";
const PASTE_VALUES: &str = "copy the column and paste it as values";

/// The rows of a file, one by one.
pub struct Rows<R: Read> {
    sheet: Sheet<Part<R>>,
    header: Header,
    mapping: Mapping,
    ended: bool,
}

impl<R: Read + Seek> Rows<R> {
    /// Reads the names of the columns.
    pub fn new(source: R) -> Result<Self, RowError> {
        Self::mapped(source, &Mapping::default())
    }

    /// For a source's own names.
    pub fn mapped(source: R, mapping: &Mapping) -> Result<Self, RowError> {
        let mut package = Package::open(source)?;
        let book = workbook::read(&mut package)?;
        let mut sheet = Sheet::new(package.into_part(&book.sheet)?, book.shared, book.dates);
        let line = if sheet.next_row()? { sheet.row() } else { 1 };
        let last = sheet.cells().last().map_or(0, |(column, _)| column + 1);
        if last > crate::MAX_COLUMNS {
            let what = format!("the header has {last} columns, more than {}", crate::MAX_COLUMNS);
            return Err(RowError::of_file(line, what, "remove columns that are not needed"));
        }
        let mut names = [None; crate::MAX_COLUMNS];
        for (column, value) in sheet.cells() {
            names[column] = match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            };
        }
        let header = Header::read(line, names[..last].iter().copied(), mapping)?;
        Ok(Self { sheet, header, mapping: mapping.clone(), ended: false })
    }
}

impl<R: Read> Rows<R> {
    fn row(&self) -> Result<(u64, SubmittedRow), RowError> {
        let line = self.sheet.row();
        let mut row = SubmittedRow::default();
        for (at, value) in self.sheet.cells() {
            if let Some(column) = self.header.column_at(at) {
                *row.field_mut(column) = value.text(column).map_err(|(what, remedy)| RowError::of_row(line, Some(column), what, remedy))?;
            }
        }
        Ok((line, row.complete(line, &self.mapping)))
    }
}

impl<R: Read> Iterator for Rows<R> {
    /// The row of the sheet, and what it holds.
    type Item = RowResult;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.sheet.next_row() {
            Ok(true) => Some(self.row()),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
