//! Payments: how a hand-over ended, and that it did not stand.

use chrono::{DateTime, Utc};
use salur_domain::{CaptureId, ClaimId, DecisionId, PaymentId, TrancheId, reversal::UndoGround};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, end, to_stage};

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

/// The cash of a claim is back in the drawer: what it handed over is undone, and it hands nothing over any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandOverUndone {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The claim under which the cash left.
    pub claim: ClaimId,
    /// Why.
    pub ground: UndoGround,
    /// The paper behind it; empty from a device.
    #[serde(default)]
    pub document: String,
    /// Who says so.
    pub by: UndoneBy,
    /// When it was heard; within the claim's ten minutes the teller's word is enough.
    pub at: DateTime<Utc>,
}

/// Who undoes a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoneBy {
    /// The teller, at the claim's device.
    Device(String),
    /// One of two people.
    Actor(String),
}

/// A payment that had been handed over is open again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentReopened {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// Number of the round that begins.
    pub round: u16,
    /// Version of the cheque to be made for it; none: the last one is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cheque: Option<u16>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for HandOverUndone {
    const TYPE: FactType = to_stage("hand-overs.undone");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for PaymentReopened {
    const TYPE: FactType = to_stage("payments.reopened");
    fn key(&self) -> String {
        format!("{}/{}", self.payment, self.round)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
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
