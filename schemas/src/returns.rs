//! Returns: what was never handed over goes back to the treasury.

use chrono::{DateTime, Utc};
use salur_domain::{PaymentId, Rupiah, TrancheId, returns::ReturnReason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, end, to_stage};

/// A step of the sweep that returns what was never handed over. The clock says the first once `returns_at` has passed, each step its successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnAdvanced {
    /// The tranche.
    pub tranche: TrancheId,
    /// Number of the pass: what one skips the next looks at again.
    pub pass: i32,
    /// The payment after which the step begins; none: the first.
    pub after: Option<PaymentId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A payment was never handed over while its window was open: its money goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FundsReturned {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// Why.
    pub reason: ReturnReason,
    /// How much.
    pub amount: Rupiah,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for ReturnAdvanced {
    const TYPE: FactType = to_stage("returns.advanced");
    fn key(&self) -> String {
        format!("{}/{}/{}", self.tranche.0, self.pass, self.after.map(|after| after.to_string()).unwrap_or_default())
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for FundsReturned {
    const TYPE: FactType = end("funds.returned");
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
