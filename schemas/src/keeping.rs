//! Photos that shall not be kept any longer.

use chrono::{DateTime, Utc};
use salur_domain::{CaptureId, DecisionId, keeping::Ground};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// Somebody wants a photo destroyed, or the years of its retention are over. photo-keeping decides what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhotoCondemned {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The capture.
    pub capture: CaptureId,
    /// Why.
    pub ground: Ground,
    /// The paper behind it: the order, where the ground is one.
    pub document: String,
    /// Who; nobody where the clock says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The key of a photo is forgotten: nobody can open it any more, and its objects go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhotoDestroyed {
    /// The capture.
    pub capture: CaptureId,
    /// When its key was forgotten.
    pub at: DateTime<Utc>,
}

impl Fact for PhotoCondemned {
    const TYPE: FactType = to_stage("photos.condemned");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for PhotoDestroyed {
    const TYPE: FactType = to_stage("photos.destroyed");
    fn key(&self) -> String {
        self.capture.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
