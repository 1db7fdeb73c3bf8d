//! Cheques: the invitation a family brings to the counter.

use chrono::{DateTime, Utc};
use salur_domain::{PaymentId, TrancheId};
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
