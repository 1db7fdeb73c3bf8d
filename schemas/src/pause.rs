//! Pauses: what people stop for a while, and the sweep that takes up again what waited.

use chrono::{DateTime, Utc};
use salur_domain::{DecisionId, PaymentId, TrancheId, pause::Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// Somebody paused or resumed something. The portal says it, pausing decides what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PauseDecided {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// What kind of thing.
    pub kind: Kind,
    /// Which: name of a stage, code of a tranche, pay point or teller, four digits of a regency.
    pub scope: String,
    /// Whether it shall pause, or go on.
    pub paused: bool,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The next payments of a tranche that waited out a pause; each step emits its successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResumptionAdvanced {
    /// The decision that ended the pause.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// Only payments of this regency. Four digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regency: Option<String>,
    /// After this payment; none means from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PaymentId>,
    /// When the pause ended.
    pub at: DateTime<Utc>,
}

impl Fact for PauseDecided {
    const TYPE: FactType = to_stage("pauses.decided");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ResumptionAdvanced {
    const TYPE: FactType = to_stage("resumptions.advanced");
    fn key(&self) -> String {
        let after = self.after.map(|after| after.to_string()).unwrap_or_default();
        format!("{}/{}/{after}", self.decision, self.tranche.0)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
