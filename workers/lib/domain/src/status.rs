//! The closed list of statuses. Tables, pages, outcomes and metrics use these words and no others.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of a row that upstream sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// Checked and staged; its batch is not complete or not released yet.
    Staged,
    /// Goes on as a payment.
    Accepted,
    /// Waits for a person or for money; the evidence is shown.
    Held,
    /// Ends; code, column, remedy.
    Rejected,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// By release of its batch.
    Accepted,
    /// Account created or found, verified.
    AccountOpen,
    /// Reserve to recipient.
    Funded,
    /// Cheque drawn and signed.
    ChequeIssued,
    /// Handed over, proof not believed yet.
    InQuestion,
    /// Handed over, proof accepted.
    Paid,
    /// Window over, never handed over.
    Returned,
    /// Withdrawn or replaced by upstream before hand-over.
    Cancelled,
}

impl RowStatus {
    /// The word as it stands in tables, messages and routing keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Rejected => "rejected",
        }
    }
}

impl PaymentStatus {
    /// Every status, in the order money moves.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::AccountOpen,
        Self::Funded,
        Self::ChequeIssued,
        Self::InQuestion,
        Self::Paid,
        Self::Returned,
        Self::Cancelled,
    ];

    /// The word as it stands in tables, messages and routing keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::AccountOpen => "account_open",
            Self::Funded => "funded",
            Self::ChequeIssued => "cheque_issued",
            Self::InQuestion => "in_question",
            Self::Paid => "paid",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more can happen to it.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Paid | Self::Returned | Self::Cancelled)
    }
}

impl fmt::Display for RowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
