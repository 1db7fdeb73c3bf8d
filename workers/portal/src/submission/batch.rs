//! The batch that a file becomes.

use salur_domain::{BatchId, Disposed, Disposition, RowKey, SourceName};
use salur_formats::SubmittedRow;
use salur_schemas::{BatchDeclared, RecipientSubmitted, StatedAmount};
use serde_json::{Value, json};

use super::reading::Summary;

/// Longest name of a batch.
const MAX_BATCH: usize = 128;
/// Bytes of the content's digest that name a batch.
const DIGEST_BYTES: usize = 16;

/// Why it cannot be submitted under these names.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source.
    #[error("source: not a source name; use 1 to 32 lower-case letters, digits and hyphens, as in the setup")]
    Source,
    /// The tranche.
    #[error("tranche: empty, too long or with control characters; give its code as in the setup: BST-4")]
    Tranche,
    /// The batch.
    #[error("batch: empty, longer than {MAX_BATCH} or with control characters; give a short name of your own")]
    Batch,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Refuses names that would only be refused later.
pub fn check_names(source: &str, tranche: &str, batch: Option<&str>) -> Result<(), Error> {
    let printable = |text: &str| !text.trim().is_empty() && text.len() <= MAX_BATCH && !text.chars().any(char::is_control);
    match () {
        () if !salur_domain::ids::is_source(source) => Err(Error::Source),
        () if !printable(tranche) => Err(Error::Tranche),
        () if !batch.is_none_or(printable) => Err(Error::Batch),
        () => Ok(()),
    }
}

/// Names that every fact of the file carries.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Who submits.
    pub source: String,
    /// For which tranche.
    pub tranche: String,
    /// Its own name.
    pub name: String,
}

impl Batch {
    /// The batch of a file.
    pub fn new(source: &str, tranche: &str, name: Option<&str>, summary: &Summary) -> Self {
        let name = name.map_or_else(|| hex::encode(&summary.sha256[..DIGEST_BYTES]), str::to_owned);
        Self { source: source.to_owned(), tranche: tranche.to_owned(), name }
    }

    /// Its id here; message ids derive from it.
    pub fn id(&self) -> BatchId {
        BatchId::of(&self.source, &self.name)
    }

    /// What is declared about it.
    pub fn declared(&self, summary: &Summary) -> BatchDeclared {
        BatchDeclared {
            source: SourceName(self.source.clone()),
            batch: self.name.clone(),
            tranche: self.tranche.clone(),
            count: summary.rows,
            sum: summary.sum,
            programme: None,
            window: None,
        }
    }

    /// A row of it. Empty fields that need not be given are left out.
    pub fn row(&self, row: SubmittedRow) -> RecipientSubmitted {
        let given = |text: String| (!text.trim().is_empty()).then_some(text);
        RecipientSubmitted {
            source: SourceName(self.source.clone()),
            batch: self.name.clone(),
            tranche: self.tranche.clone(),
            row: RowKey(row.row_ref),
            nik: row.nik,
            kk: row.kk,
            name: row.name,
            birth_date: given(row.birth_date),
            sex: given(row.sex),
            address: row.address,
            village: row.village,
            home_visit: given(row.home_visit),
            amount: StatedAmount::Text(row.amount),
        }
    }

    /// For programs.
    pub fn json(&self, summary: &Summary) -> Value {
        json!({
            "source": self.source, "tranche": self.tranche, "batch": self.name, "batch_id": self.id(),
            "rows": summary.rows, "sum": summary.sum,
        })
    }
}
