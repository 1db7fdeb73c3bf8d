//! Cheques: the invitation a family brings to the counter.

use chrono::{DateTime, Utc};
use salur_domain::{DecisionId, PaymentId, TrancheId, replacement::Loss};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A cheque was drawn and signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChequeIssued {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// 1 for the first cheque of a payment; each replacement counts up.
    pub version: u16,
    /// The typable serial.
    pub serial: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for ChequeIssued {
    const TYPE: FactType = to_stage("cheques.issued");
    fn key(&self) -> String {
        format!("{}/{}", self.payment, self.version)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

/// One of two people says that a cheque shall be replaced. cheque-rendering decides what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChequeReplaced {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// Version of the cheque that shall be worth nothing.
    pub version: u16,
    /// What happened to it.
    pub loss: Loss,
    /// The paper behind it: the report to the police, the letter of the village.
    pub document: String,
    /// Who says so.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for ChequeReplaced {
    const TYPE: FactType = to_stage("cheques.replaced");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
