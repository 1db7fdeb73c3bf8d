//! The formats that a list may come in.

/// A format of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma, semicolon or tab separated.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A sheet.
    Xlsx,
    /// ISO 20022 customer credit transfer initiation.
    Pain001,
}
