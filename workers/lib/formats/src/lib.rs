//! Bytes to rows, within limits: the file formats that upstream sends, those of the answers, and the statements of banks.
//!
//! A file is read as a stream, whatever its size, in constant memory (XLSX alone is bounded instead). What is wrong with one row is told
//! with its line, its column and a remedy, and the next row is read; only what makes the rest meaningless (no header, a row without end)
//! ends the reading.
//!
//! Architecture invariant: no async, no clock, no randomness; bytes come from a [`std::io::Read`] that the caller opened.

pub mod bank_statement;
pub mod csv;
mod format;
pub mod icalendar;
pub mod jsonl;
pub mod mapping;
pub mod pain001;
pub mod report;
mod row;
pub mod statement;
pub mod table;
pub mod xlsx;
mod xml;

pub use format::{FIRST_BYTES, Format, List, open, stream};
pub use mapping::Mapping;
pub use row::{MAX_COLUMNS, RowError, RowResult, SubmittedRow};
