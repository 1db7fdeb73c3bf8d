//! Release: the steps by which a complete batch becomes payments.

use chrono::{DateTime, Utc};
use salur_domain::BatchId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// The next step of a release; each step emits its successor, so that a release of any size is bounded work, killable and visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseAdvanced {
    /// The batch.
    pub batch: BatchId,
    /// What to do next.
    pub step: ReleaseStep,
    /// When the step before was decided.
    pub at: DateTime<Utc>,
}

/// A step of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseStep {
    /// Decide pairs, households and rows already in the tranche, by set-based SQL.
    Decide,
    /// Reserve the sums of the next regencies from this one on, each for itself, or hold that part whole. Four digits.
    Reserve(String),
    /// Make payments of the next rows after this row key and emit them; empty text means from the start.
    Emit(String),
}

impl Fact for ReleaseAdvanced {
    const TYPE: FactType = to_stage("releases.advanced");
    fn key(&self) -> String {
        format!("{}/{:?}", self.batch, self.step)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
