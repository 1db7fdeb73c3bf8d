//! Payments: how a hand-over ended.

use chrono::{DateTime, Utc};
use salur_domain::{CaptureId, PaymentId, TrancheId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, end};

/// Handed over, proof accepted: paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentSettled {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// The capture that proves it.
    pub capture: CaptureId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Handed over, proof not believed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentQuestioned {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// The capture in question.
    pub capture: CaptureId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for PaymentSettled {
    const TYPE: FactType = end("payments.settled");
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for PaymentQuestioned {
    const TYPE: FactType = end("payments.questioned");
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
