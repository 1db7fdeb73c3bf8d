//! JSON Lines: one object a line, its keys the names of columns.
//!
//! The same names as in a CSV header; other keys are ignored. Values are strings; `amount` and `id` may be numbers, kept digit by digit as
//! they are written. A number for any other column is refused: most software keeps numbers as floats, and a NIK above 2^53 comes out as
//! another one. Refused too: a key that stands twice, a value that is a list or an object. `null` is an empty field, a blank line nothing.
//! Bounds: [`MAX_LINE_BYTES`], [`MAX_COLUMNS`]; memory is one line.

use std::io::{BufRead, BufReader, Read};

mod object;

pub use crate::row::MAX_COLUMNS;
use crate::{Mapping, RowError, RowResult, SubmittedRow};

/// Largest line, its end included.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];
const ONE_A_LINE: &str = "write one JSON object a line";
const SAVE_AS_UTF8: &str = "save the file as UTF-8";

/// The rows of a file, one by one.
///
/// ```
/// let file = r#"{"id": "r1", "nik": "1902015204850007", "kk": "1902010101010001", "nama": "Siti", "desa": "19.02.01.1001", "nominal": 300000}"#;
/// let (line, row) = salur_formats::jsonl::Rows::new(file.as_bytes()).unwrap().next().unwrap().unwrap();
/// assert_eq!((line, row.row_ref.as_str(), row.amount.as_str()), (1, "r1", "300000"));
/// ```
pub struct Rows<R> {
    source: BufReader<R>,
    mapping: Mapping,
    line: u64,
    bytes: Vec<u8>,
    /// The line in `bytes` was read and not looked at.
    ahead: bool,
    ended: bool,
}

impl<R: Read> Rows<R> {
    /// Looks at how the file begins.
    pub fn new(source: R) -> Result<Self, RowError> {
        Self::mapped(source, &Mapping::default())
    }

    /// For keys of a source's own.
    pub fn mapped(source: R, mapping: &Mapping) -> Result<Self, RowError> {
        let source = BufReader::with_capacity(MAX_LINE_BYTES, source);
        let mut rows = Self { source, mapping: mapping.clone(), line: 0, bytes: Vec::new(), ahead: true, ended: false };
        if !rows.read_line()? {
            return Err(RowError::of_file(0, "the file is empty", "check that it is the right file"));
        }
        if UTF16_MARKS.iter().any(|mark| rows.bytes.starts_with(mark)) {
            return Err(RowError::of_file(1, "the file is UTF-16", SAVE_AS_UTF8));
        }
        if rows.bytes.starts_with(UTF8_MARK) {
            rows.bytes.drain(..UTF8_MARK.len());
        }
        if rows.bytes.trim_ascii_start().starts_with(b"[") {
            return Err(RowError::of_file(1, "the file is a JSON array", ONE_A_LINE));
        }
        Ok(rows)
    }

    /// Reads the next line; false at the end.
    fn read_line(&mut self) -> Result<bool, RowError> {
        self.bytes.clear();
        let limit = u64::try_from(MAX_LINE_BYTES + 1).expect("fits");
        let line = self.line + 1;
        self.source.by_ref().take(limit).read_until(b'\n', &mut self.bytes).map_err(|error| RowError::of_source(line, &error))?;
        if self.bytes.len() > MAX_LINE_BYTES {
            return Err(RowError::of_file(line, format!("the line is larger than {MAX_LINE_BYTES} bytes"), ONE_A_LINE));
        }
        self.line = line;
        Ok(!self.bytes.is_empty())
    }

    fn row(&self) -> Result<(u64, SubmittedRow), RowError> {
        let text = std::str::from_utf8(&self.bytes).map_err(|_| RowError::of_row(self.line, None, "not UTF-8", SAVE_AS_UTF8))?;
        let row = object::read(text, self.line, &self.mapping)?;
        Ok((self.line, row.complete(self.line, &self.mapping)))
    }
}

impl<R: Read> Iterator for Rows<R> {
    /// The line, and its row.
    type Item = RowResult;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            if !std::mem::take(&mut self.ahead) {
                match self.read_line() {
                    Ok(more) => self.ended = !more,
                    Err(error) => {
                        self.ended = true;
                        return Some(Err(error));
                    }
                }
            }
            if !self.bytes.trim_ascii().is_empty() {
                return Some(self.row());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
