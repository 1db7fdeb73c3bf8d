//! Holds: what a person decided about a row or a part that waits.

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, DecisionId, RowKey, hold::Ruling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A person decided about a hold. The portal says it, release decides what comes of it: its money may be missing, its family paid meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldDecided {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The batch.
    pub batch: BatchId,
    /// What of it.
    pub hold: Hold,
    /// The rule it waits under, as the person saw it: `NIK10`.
    pub code: String,
    /// What was decided.
    pub ruling: Ruling,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// A row, for a person to decide.
    Row(RowKey),
    /// All that is left of a regency, for want of money. Four digits.
    Part(String),
}

/// The next rows of a part whose hold ended; each step emits its successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldAdvanced {
    /// The decision.
    pub decision: DecisionId,
    /// The batch.
    pub batch: BatchId,
    /// After this row key; empty text means from the start.
    pub after: String,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

impl Fact for HoldDecided {
    const TYPE: FactType = to_stage("holds.decided");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for HoldAdvanced {
    const TYPE: FactType = to_stage("holds.advanced");
    fn key(&self) -> String {
        format!("{}/{}", self.decision, self.after)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
