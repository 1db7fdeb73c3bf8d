//! Transfers: money moved from the reserve to the recipient.

use chrono::{DateTime, Utc};
use salur_domain::{PaymentId, Rupiah, TrancheId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// The payment is funded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferPosted {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// What was transferred.
    pub amount: Rupiah,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for TransferPosted {
    const TYPE: FactType = to_stage("transfers.posted");
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
