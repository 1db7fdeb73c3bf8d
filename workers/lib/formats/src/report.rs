//! Answers for upstream, row by row: as CSV, as XLSX, and as pain.002 for a batch that came as pain.001.
//!
//! CSV and XLSX have a line for each finding of a row, and one line for a row without findings; the amount stands in the first of them, so
//! that a sum over the column is the sum of the rows. Texts that a spreadsheet would take for a formula are defused in CSV, and are text
//! cells in XLSX. Memory is one row.

mod csv;
mod pain002;
mod xlsx;

pub use csv::Csv;
pub use pain002::{Answered, MAX_PIECES, Original, Pain002};
pub use xlsx::Xlsx;

/// Names of the columns of CSV and XLSX.
const COLUMNS: [&str; 7] = ["id", "line", "status", "amount", "code", "column", "message"];

/// What became of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Upstream's reference.
    pub row_ref: String,
    /// Where it stood in the file, if it came in one.
    pub line: Option<u64>,
    /// A word of `salur_domain::status`, of the row or of its payment.
    pub status: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whole rupiah, where the amount could be read.
    pub amount: Option<i64>,
}

/// A finding of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Of the closed list.
    pub code: String,
    /// The column.
    pub column: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Row {
    /// Its lines in the columns of CSV and XLSX.
    fn lines(&self) -> impl Iterator<Item = [String; COLUMNS.len()]> {
        let none = Finding::default();
        (0..self.findings.len().max(1)).map(move |at| {
            let Finding { code, column, message } = self.findings.get(at).unwrap_or(&none).clone();
            let line = self.line.map(|line| line.to_string()).unwrap_or_default();
            let amount = self.amount.filter(|_| at == 0).map(|amount| amount.to_string()).unwrap_or_default();
            [self.row_ref.clone(), line, self.status.clone(), amount, code, column, message]
        })
    }
}
