//! Tables for people who open them in a spreadsheet: a header, then lines of texts and whole numbers, as CSV and as XLSX.
//!
//! Every table that we hand out is written here, so that none is unsafe to open: a text that a spreadsheet would take for a formula is defused in CSV and
//! is a text cell in XLSX. Numbers are what whoever checks a table adds up; those that a cell cannot hold exactly are texts. Memory is one line.

mod csv;
mod xlsx;

pub use csv::Csv;
pub use xlsx::Xlsx;
pub(crate) use xlsx::exact;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A text, whatever it looks like.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
