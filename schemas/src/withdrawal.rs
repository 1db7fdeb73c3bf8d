//! Withdrawals: a row that upstream takes back, and the one it sends in its place.

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, RowKey, SourceName, ids::key_text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fact::{Fact, FactType, from_upstream, to_stage},
    recipient::{RecipientSubmitted, StatedAmount},
};

/// A row is taken back: the family moved away, died, was named in error. Before the hand-over its payment is cancelled, after it nothing changes and the
/// outcome tells. Said once; another reason or document later changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecipientWithdrawn {
    /// The upstream system.
    pub source: SourceName,
    /// Its own name for the batch.
    #[serde(deserialize_with = "key_text")]
    pub batch: String,
    /// Its own reference of the row.
    pub row: RowKey,
    /// Why, without personal data.
    pub reason: String,
    /// The paper behind it.
    pub document: String,
    /// When upstream decided it: a row that is not here yet is awaited for an hour from then.
    pub at: DateTime<Utc>,
}

/// A row is taken back and another family takes its place, with the same money: in the same batch, tranche and regency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecipientReplaced {
    /// The upstream system.
    pub source: SourceName,
    /// Its own name for the batch.
    #[serde(deserialize_with = "key_text")]
    pub batch: String,
    /// Its own reference of the row taken back.
    pub row: RowKey,
    /// The family in its place.
    pub substitute: Substitute,
    /// Why, without personal data.
    pub reason: String,
    /// The paper behind it.
    pub document: String,
    /// When upstream decided it.
    pub at: DateTime<Utc>,
}

/// A family in the place of another: the fields of a row, under a reference of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "as in `RecipientSubmitted`")]
pub struct Substitute {
    #[serde(deserialize_with = "key_text")]
    pub tranche: String,
    pub row: RowKey,
    pub nik: String,
    pub kk: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    #[serde(default)]
    pub address: String,
    pub village: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_visit: Option<String>,
    pub amount: StatedAmount,
}

/// A substitute passed the rules of one row: release decides whether it takes the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubstituteStaged {
    /// The batch.
    pub batch: BatchId,
    /// The substitute's row.
    pub row: RowKey,
    /// When it was staged.
    pub at: DateTime<Utc>,
}

impl RecipientReplaced {
    /// The substitute as a row of the batch.
    pub fn submitted(&self) -> RecipientSubmitted {
        let Substitute { tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount } = self.substitute.clone();
        let (source, batch) = (self.source.clone(), self.batch.clone());
        RecipientSubmitted { source, batch, tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount }
    }
}

impl Fact for RecipientWithdrawn {
    const TYPE: FactType = from_upstream("recipients.withdrawn");
    fn key(&self) -> String {
        format!("{}/{}", BatchId::of(&self.source.0, &self.batch), self.row.0)
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source.0)
    }
}

impl Fact for RecipientReplaced {
    const TYPE: FactType = from_upstream("recipients.replaced");
    fn key(&self) -> String {
        format!("{}/{}", BatchId::of(&self.source.0, &self.batch), self.substitute.row.0)
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source.0)
    }
}

impl Fact for SubstituteStaged {
    const TYPE: FactType = to_stage("substitutes.staged");
    fn key(&self) -> String {
        format!("{}/{}", self.batch, self.row.0)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
