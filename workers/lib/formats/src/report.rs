//! Answers for upstream, row by row: as CSV, as XLSX, and as pain.002 for a batch that came as pain.001.
//!
//! A finding is a code of the closed list, with its column and its words in Indonesian and in English. CSV and XLSX have a line for each
//! finding of a row, and one line for a row without findings; the amount stands in the first of them, so that a sum over the column is the
//! sum of the rows. Texts that a spreadsheet would take for a formula are defused in CSV, and are text cells in XLSX. Memory is one row.

use salur_domain::reason::{Code, Language};

mod csv;
mod pain002;
mod xlsx;

pub use csv::Csv;
pub use pain002::{Answered, MAX_PIECES, Original, Pain002};
pub use xlsx::Xlsx;

/// Names of the columns of CSV and XLSX.
const COLUMNS: [&str; 9] = ["id", "status", "amount", "code", "column", "pesan", "perbaikan", "message", "remedy"];

/// What became of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Upstream's reference.
    pub row_ref: String,
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
    /// In Indonesian.
    pub indonesian: Words,
    /// In English.
    pub english: Words,
}

/// A finding in a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// Of a code as it stands in tables; one that this program does not know (a newer one stored it) has no words.
    pub fn of(code: &str) -> Self {
        let Some(known) = Code::parse(code) else { return Self { code: code.to_owned(), ..Self::default() } };
        let words = |language| Words { message: known.message(language).to_owned(), remedy: known.remedy(language).to_owned() };
        Self {
            code: code.to_owned(),
            column: known.column().to_owned(),
            indonesian: words(Language::Indonesian),
            english: words(Language::English),
        }
    }
}

impl Row {
    /// Its lines in the columns of CSV and XLSX.
    fn lines(&self) -> impl Iterator<Item = [String; COLUMNS.len()]> {
        let none = Finding::default();
        (0..self.findings.len().max(1)).map(move |at| {
            let Finding { code, column, indonesian, english } = self.findings.get(at).unwrap_or(&none).clone();
            let amount = self.amount.filter(|_| at == 0).map(|amount| amount.to_string()).unwrap_or_default();
            let (row_ref, status) = (self.row_ref.clone(), self.status.clone());
            [row_ref, status, amount, code, column, indonesian.message, indonesian.remedy, english.message, english.remedy]
        })
    }
}
