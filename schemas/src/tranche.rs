//! Tranches: entered by one person, approved by another, open for release.

use chrono::{DateTime, Utc};
use salur_domain::{DecisionId, Rupiah, SetupId, TrancheId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A treasurer sent a setup file. The portal says it and keeps the file, programme-setup carries it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetupSent {
    /// The file, as kept.
    pub setup: SetupId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A treasurer approved a tranche. The portal says it, programme-setup decides what comes of it: the tranche may have changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrancheApproved {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// The sum of its allocations that the person saw.
    pub allocation: Rupiah,
    /// The paper behind the approval.
    pub document: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A tranche was opened: complete batches that waited for it go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrancheOpened {
    /// The tranche.
    pub tranche: TrancheId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for SetupSent {
    const TYPE: FactType = to_stage("setups.sent");
    fn key(&self) -> String {
        self.setup.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for TrancheApproved {
    const TYPE: FactType = to_stage("tranches.approved");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for TrancheOpened {
    const TYPE: FactType = to_stage("tranches.opened");
    fn key(&self) -> String {
        self.tranche.0.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
