//! A list of recipients from a file to the queue: what `salur submit` and `POST /api/batches` share.
//!
//! The list, in any format of `salur_formats`, is read twice:
//! first wholly, to count, to sum and to refuse it before anything is sent (header, malformed rows, amounts that
//! cannot be read, references used twice), then to publish. What is wrong with a family is not refused here: intake answers that row by row.
//! Batch and row have names that the same file has again (given, else digest of the content; `id`, else line), so that submitting twice
//! changes nothing. The declaration goes first; rows follow in blocks of [`BLOCK_ROWS`], [`LANES`] at once, each confirmed.
//! Memory is a few blocks.

mod again;
pub mod batch;
mod preview;
pub mod reading;
pub mod sending;

pub use batch::{Batch, check_names};
pub use preview::Preview;
pub use reading::{Check, Document, Summary, summarise};
pub use sending::send;

/// Rows published and confirmed together; the client cuts them into messages.
pub const BLOCK_ROWS: usize = 5_000;
/// Blocks on their way at once.
pub const LANES: usize = 3;
/// Faults kept; the number of the rest follows.
pub const FAULTS_SHOWN: usize = 20;
