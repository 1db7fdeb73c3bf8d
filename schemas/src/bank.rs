//! Banks: statements that came, lines that are matched, cases that people close.

use chrono::{DateTime, Utc};
use salur_domain::{BankCaseId, BankMatchingId, BankStatementId, DecisionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A treasurer sent a bank statement. The portal says it and keeps the file, bank-reconciliation reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BankStatementSent {
    /// The file, as kept.
    pub statement: BankStatementId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Lines of a programme's bank account that wait are matched again, since something came that they may have waited for: a statement, a transfer. Each step
/// emits its successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BankMatchingAdvanced {
    /// Made of what came.
    pub matching: BankMatchingId,
    /// The programme.
    pub programme: String,
    /// After this line; empty text means from the start.
    pub after: String,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// A person closed a case of a bank account. The portal says it, bank-reconciliation decides what comes of it: it may be over meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BankCaseDecided {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The case.
    pub case: BankCaseId,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for BankStatementSent {
    const TYPE: FactType = to_stage("bank-statements.sent");
    fn key(&self) -> String {
        self.statement.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for BankMatchingAdvanced {
    const TYPE: FactType = to_stage("bank-matchings.advanced");
    fn key(&self) -> String {
        format!("{}/{}", self.matching, self.after)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for BankCaseDecided {
    const TYPE: FactType = to_stage("bank-cases.decided");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
