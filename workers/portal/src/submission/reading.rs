//! The first reading of a list: count, sum, digest, faults.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek},
};

use chrono::NaiveDate;
use salur_domain::{Disposed, Disposition, Rupiah, reason::Code, row};
use salur_formats::{FIRST_BYTES, Format, List, Mapping, RowError, SubmittedRow, pain001::GroupHeader};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{FAULTS_SHOWN, again::Again, preview::Preview};

/// Longest reference of a row.
const MAX_REFERENCE: usize = 64;
const NO_ROWS: &str = "check that it is the right file";

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the list cannot be read")]
pub struct Error(#[from] io::Error);

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// A list as it came: a file, its format, and what its columns are called.
#[derive(Debug)]
pub struct Document {
    file: File,
    /// The format.
    pub format: Format,
    mapping: Mapping,
}

impl Document {
    /// A file in the format its beginning shows, else its name; none where neither tells.
    pub fn of(file: File, name: &str, mapping: Mapping) -> Result<Option<Self>, Error> {
        let mut first = Vec::with_capacity(FIRST_BYTES);
        from_start(&file)?.take(FIRST_BYTES as u64).read_to_end(&mut first)?;
        Ok(Format::of(name, &first).map(|format| Self { file, format, mapping }))
    }

    /// Its rows from the start, or why there are none. One reading at a time: the place in the file is shared.
    pub fn rows(&self) -> Result<Result<List, RowError>, Error> {
        Ok(salur_formats::open(self.format, from_start(&self.file)?, &self.mapping))
    }

    fn digest(&self) -> Result<[u8; 32], Error> {
        let mut digest = Sha256::new();
        io::copy(&mut from_start(&self.file)?, &mut digest)?;
        Ok(digest.finalize().into())
    }
}

fn from_start(file: &File) -> Result<File, Error> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    Ok(file)
}

/// What a list holds.
#[derive(Debug, Default)]
pub struct Summary {
    /// Rows that could be read.
    pub rows: u64,
    /// Sum of their stated amounts.
    pub sum: Rupiah,
    /// Of the content.
    pub sha256: [u8; 32],
    /// What a message says of itself.
    pub header: Option<GroupHeader>,
    /// The first faults.
    pub faults: Vec<RowError>,
    /// How many faults there are.
    pub fault_count: u64,
    /// What the rules find, if asked for.
    pub findings: BTreeMap<Code, u64>,
    /// What would become of it, if asked for.
    pub ahead: Option<Value>,
}

impl Summary {
    /// The first faults, for programs; `said` is the fault in the words of the format.
    pub fn faults_told(&self, format: Format) -> Vec<Value> {
        let told = |fault: &RowError| {
            let said = fault.in_format(format).to_string();
            json!({ "line": fault.line, "column": fault.column, "what": fault.what, "remedy": fault.remedy, "said": said })
        };
        self.faults.iter().map(told).collect()
    }

    fn fault(&mut self, fault: RowError) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_SHOWN {
            self.faults.push(fault);
        }
    }
}

/// What a reading looks for besides totals and faults.
#[derive(Debug)]
pub enum Check {
    /// Nothing.
    Totals,
    /// The rules of one row, ages counted to that day.
    Alone(NaiveDate),
    /// Everything that can be known before the list is sent.
    Ahead(Box<Preview>),
}

/// Reads all of a list.
pub fn summarise(document: &Document, mut check: Check) -> Result<Summary, Error> {
    let mut summary = Summary { sha256: document.digest()?, ..Summary::default() };
    let mut references = References::default();
    match document.rows()? {
        Err(fault) => summary.fault(fault),
        Ok(mut rows) => {
            for row in rows.by_ref() {
                match row {
                    Ok((line, row)) => take(&mut summary, &mut references, line, &row, &mut check)?,
                    Err(fault) => summary.fault(fault),
                }
            }
            summary.header = rows.header().cloned();
        }
    }
    if summary.rows == 0 && summary.fault_count == 0 {
        summary.fault(fault(1, None, "the file has a header and no rows".to_owned(), NO_ROWS));
    }
    if !references.ascending && summary.fault_count == 0 {
        twice(document, &mut summary)?;
    }
    if let Check::Ahead(preview) = check {
        let (ahead, findings) = preview.finish()?;
        (summary.ahead, summary.findings) = (Some(ahead), findings);
    }
    Ok(summary)
}

fn take(summary: &mut Summary, references: &mut References, line: u64, row: &SubmittedRow, check: &mut Check) -> Result<(), Error> {
    summary.rows += 1;
    references.take(&row.row_ref);
    if row.row_ref.len() > MAX_REFERENCE || row.row_ref.chars().any(char::is_control) {
        summary.fault(fault(line, Some("id"), "too long or with control characters".to_owned(), "use up to 64 plain characters"));
    }
    let amount = Rupiah::parse(&row.amount);
    match amount.as_ref().map_err(ToString::to_string).and_then(|amount| summary.sum.plus(*amount).map_err(|error| error.to_string())) {
        Ok(sum) => summary.sum = sum,
        Err(what) => summary.fault(fault(line, Some("amount"), what, "write whole rupiah in digits only: 300000")),
    }
    match check {
        Check::Totals => {}
        Check::Alone(on) => {
            for code in row::check(&row.text(&amount), *on).findings {
                *summary.findings.entry(code).or_default() += 1;
            }
        }
        Check::Ahead(preview) => preview.take(line, &row::check(&row.text(&amount), preview.day()))?,
    }
    Ok(())
}

fn fault(line: u64, column: Option<&'static str>, what: String, remedy: &'static str) -> RowError {
    RowError { line, column, what, remedy, fatal: false }
}

/// References in ascending order, shorter ones first, cannot repeat; then nothing need be remembered.
#[derive(Debug)]
struct References {
    last: String,
    ascending: bool,
}

impl Default for References {
    fn default() -> Self {
        Self { last: String::new(), ascending: true }
    }
}

impl References {
    fn take(&mut self, reference: &str) {
        self.ascending &= (self.last.len(), self.last.as_str()) < (reference.len(), reference);
        self.last.clear();
        self.last.push_str(reference);
    }
}

/// Reads the file once more for references used twice: the second row would be another version of the first, and the batch never complete.
fn twice(document: &Document, summary: &mut Summary) -> Result<(), Error> {
    let Ok(rows) = document.rows()? else { return Ok(()) };
    let mut again = Again::default();
    for (line, row) in rows.flatten() {
        again.add(row.row_ref.as_bytes(), [line, 0])?;
    }
    let mut lines: Vec<u64> = Vec::new();
    let mut count = 0;
    again.each(|twins| {
        count += twins.len() as u64 - 1;
        lines.extend(twins.iter().skip(1).map(|(_, [line, _])| *line).take(FAULTS_SHOWN));
        lines.sort_unstable();
        lines.truncate(FAULTS_SHOWN);
    })?;
    summary.fault_count += count - lines.len() as u64;
    for line in lines {
        summary.fault(fault(line, Some("id"), "the reference stands in the file already".to_owned(), "give each row its own, or none"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
