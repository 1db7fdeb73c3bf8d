//! Cases: something a person has to look at.

use chrono::{DateTime, Utc};
use salur_domain::{CaptureId, PaymentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, end};

/// A case was opened: no money moved, a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseOpened {
    /// What happened, from a closed list: `second_capture`, `photo_missing`, `capture_refused`, `capture_conflict`.
    pub kind: String,
    /// The capture that caused it.
    pub capture: CaptureId,
    /// The payment, where one is known.
    pub payment: Option<PaymentId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for CaseOpened {
    const TYPE: FactType = end("cases.opened");
    fn key(&self) -> String {
        format!("{}/{}/{}", self.kind, self.capture, self.payment.map(|p| p.to_string()).unwrap_or_default())
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
