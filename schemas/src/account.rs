//! Accounts: one per person for all tranches.

use chrono::{DateTime, Utc};
use salur_domain::{AccountId, PaymentId, TrancheId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// The payment has a verified account: created now, or found from an earlier tranche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountOpened {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// The account.
    pub account: AccountId,
    /// When it was attached.
    pub at: DateTime<Utc>,
}

impl Fact for AccountOpened {
    const TYPE: FactType = to_stage("accounts.opened");
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
