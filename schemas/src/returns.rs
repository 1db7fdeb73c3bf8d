//! Returns: what was never handed over goes back to the treasury.

use chrono::{DateTime, Utc};
use salur_domain::{CaptureId, DecisionId, PaymentId, Rupiah, TrancheId, returns::ReturnReason};
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

/// An office or upstream says why a family did not or will not come. The last word before the return counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnReasonGiven {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// Why.
    pub reason: ReturnReason,
    /// The paper behind it.
    pub document: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A judged capture of a payment that had been returned when it was heard. status-finalizer says it, fund-return reviews it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureLate {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// The capture.
    pub capture: CaptureId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What came of a late capture: the return was reversed, or its statement to the treasury was approved and it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnReviewed {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// The capture.
    pub capture: CaptureId,
    /// Whether the payment may be handed over.
    pub reopened: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// A treasurer signed an act under the sum that they saw: two signatures of different people under the same sum carry it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActSigned {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// What is signed.
    pub act: Act,
    /// The sum: what is stated, or what was unused when the tranche closes.
    pub rupiah: Rupiah,
    /// The paper behind it.
    pub document: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// An act that treasurers sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The tranche closes.
    Close,
    /// What goes back is stated to the treasury.
    ReturnStatement,
}

/// A statement was paid to the treasury, says a treasurer with its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementRemitted {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// Number of the statement.
    pub statement: i32,
    /// The treasury's receipt.
    pub document: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A statement to the treasury was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementApproved {
    /// The tranche.
    pub tranche: TrancheId,
    /// Its number.
    pub statement: i32,
    /// Its sum.
    pub rupiah: Rupiah,
    /// When.
    pub at: DateTime<Utc>,
}

/// A tranche was closed: nothing of it is open, and nothing more is paid in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrancheClosed {
    /// The tranche.
    pub tranche: TrancheId,
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

impl Fact for ReturnReasonGiven {
    const TYPE: FactType = to_stage("return-reasons.given");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for CaptureLate {
    const TYPE: FactType = to_stage("captures.late");
    fn key(&self) -> String {
        format!("{}/{}", self.payment, self.capture)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ReturnReviewed {
    const TYPE: FactType = to_stage("returns.reviewed");
    fn key(&self) -> String {
        format!("{}/{}", self.payment, self.capture)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ActSigned {
    const TYPE: FactType = to_stage("acts.signed");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for StatementRemitted {
    const TYPE: FactType = to_stage("return-statements.remitted");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for StatementApproved {
    const TYPE: FactType = end("return-statements.approved");
    fn key(&self) -> String {
        format!("{}/{}", self.tranche.0, self.statement)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for TrancheClosed {
    const TYPE: FactType = end("tranches.closed");
    fn key(&self) -> String {
        self.tranche.0.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Act {
    /// The word in tables and requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::ReturnStatement => "return_statement",
        }
    }
}
