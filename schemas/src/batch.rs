//! Batches: upstream's lists, with the control totals they declared.

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, Rupiah, SourceName, ids::key_text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, from_upstream, to_stage};

/// Upstream says what a batch will hold, before, while or after it sends the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchDeclared {
    /// The upstream system.
    pub source: SourceName,
    /// Its own name for the batch.
    #[serde(deserialize_with = "key_text")]
    pub batch: String,
    /// Code of the tranche: `BST-4`.
    #[serde(deserialize_with = "key_text")]
    pub tranche: String,
    /// Number of rows, bad ones included.
    pub count: u64,
    /// Sum of the stated amounts of all rows, in rupiah.
    pub sum: Rupiah,
    /// Code of the programme, to be sure: where the tranche is of another one, the batch waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// When it is to be paid, to be sure: where the tranche has another window, the batch waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// From the first to the last hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// First hand-over.
    pub opens_at: DateTime<Utc>,
    /// Last hand-over.
    pub closes_at: DateTime<Utc>,
}

/// Every declared row was seen and the totals agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchCompleted {
    /// The batch.
    pub batch: BatchId,
    /// When its last row was seen.
    pub at: DateTime<Utc>,
}

impl Fact for BatchDeclared {
    const TYPE: FactType = from_upstream("batches.declared");
    fn key(&self) -> String {
        BatchId::of(&self.source.0, &self.batch).to_string()
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source.0)
    }
}

impl Fact for BatchCompleted {
    const TYPE: FactType = to_stage("batches.completed");
    fn key(&self) -> String {
        self.batch.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
