//! Keys of cheques: that a tranche signs with the next one.

use chrono::{DateTime, Utc};
use salur_domain::{DecisionId, TrancheId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A tranche signs its cheques with the next key from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChequeKeyRotated {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub actor: String,
    /// When it was said.
    pub at: DateTime<Utc>,
}

impl Fact for ChequeKeyRotated {
    const TYPE: FactType = to_stage("cheque-keys.rotated");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
