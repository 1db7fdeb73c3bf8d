//! Outcomes: what upstream hears about each of its rows, until the end.

use chrono::{DateTime, Utc};
use salur_domain::{PaymentStatus, RowKey, RowStatus, SourceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, Route};

/// What became of a row. Key: (row, status). Carries no personal data: the source knows its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The upstream system.
    pub source: SourceName,
    /// Its own name for the batch.
    pub batch: String,
    /// Its own reference of the row.
    pub row: RowKey,
    /// What became of it.
    pub status: OutcomeStatus,
    /// Rule that decided, where one did: `NIK01`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A row status or a payment status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OutcomeStatus {
    /// The row did not become a payment, or just did.
    Row(RowStatus),
    /// The payment moved on.
    Payment(PaymentStatus),
}

/// Why, where and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Code of the rule.
    pub code: String,
    /// Column of the row.
    pub column: String,
    /// The same in words, with the remedy; no personal data.
    pub remedy: String,
}

impl From<RowStatus> for OutcomeStatus {
    fn from(status: RowStatus) -> Self {
        Self::Row(status)
    }
}

impl From<PaymentStatus> for OutcomeStatus {
    fn from(status: PaymentStatus) -> Self {
        Self::Payment(status)
    }
}

impl OutcomeStatus {
    /// The status of a word.
    pub fn parse(word: &str) -> Option<Self> {
        let rows = [RowStatus::Staged, RowStatus::Held, RowStatus::Rejected].into_iter().find(|status| status.as_str() == word);
        let payments = PaymentStatus::ALL.into_iter().find(|status| status.as_str() == word);
        rows.map(Self::Row).or(payments.map(Self::Payment))
    }

    /// The word as it stands in routing keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Row(status) => status.as_str(),
            Self::Payment(status) => status.as_str(),
        }
    }
}

impl Fact for Outcome {
    const TYPE: FactType = FactType { name: "outcomes", version: 1, route: Route::Outcomes };
    fn key(&self) -> String {
        format!("{}/{}/{}/{}", self.source.0, self.batch, self.row.0, self.status.as_str())
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source.0)
    }
    fn routing_key(&self) -> String {
        format!("{}.{}", self.source.0, self.status.as_str())
    }
}
