//! Recipients: a row as upstream wrote it, and the payment it became.

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, PaymentId, RowKey, Rupiah, SourceName, TrancheId, ids::key_text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, from_upstream, to_stage};

/// One row of a batch, as upstream wrote it. This is the only fact that carries personal data; nothing outside salur may read its queue.
/// Fields are text because a wrong one must become a rejection with its column, not an unreadable message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecipientSubmitted {
    /// The upstream system.
    pub source: SourceName,
    /// Its own name for the batch.
    #[serde(deserialize_with = "key_text")]
    pub batch: String,
    /// Code of the tranche: `BST-4`.
    #[serde(deserialize_with = "key_text")]
    pub tranche: String,
    /// Its own reference of the row, unique in the batch; the line number where it has none.
    pub row: RowKey,
    /// National identity number: 16 digits.
    pub nik: String,
    /// Number of the household card (KK): 16 digits.
    pub kk: String,
    /// Full name.
    pub name: String,
    /// Birth date, `YYYY-MM-DD`; compared with the NIK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// `L` (male) or `P` (female); compared with the NIK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// Street, RT/RW.
    #[serde(default)]
    pub address: String,
    /// Village code, with or without dots: `19.02.01.1001`.
    pub village: String,
    /// Why the family is to be visited at home: `sick`, `disabled` or `remote`; none where it comes to a counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_visit: Option<String>,
    /// Amount in whole rupiah.
    pub amount: StatedAmount,
}

/// An amount as upstream stated it: a JSON number, or text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum StatedAmount {
    /// `300000`
    Number(serde_json::Number),
    /// `"300000"`
    Text(String),
}

impl StatedAmount {
    /// The amount, unless it has to be guessed.
    pub fn read(&self) -> Result<Rupiah, salur_domain::money::Error> {
        match self {
            Self::Number(number) => number.as_i64().map_or(Err(salur_domain::money::Error::NotWhole), Rupiah::new),
            Self::Text(text) => Rupiah::parse(text),
        }
    }
}

/// A row was released: there is a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecipientAccepted {
    /// The payment.
    pub payment: PaymentId,
    /// Its tranche.
    pub tranche: TrancheId,
    /// The upstream system.
    pub source: SourceName,
    /// The batch.
    pub batch: BatchId,
    /// The row.
    pub row: RowKey,
    /// When it was released.
    pub at: DateTime<Utc>,
}

impl Fact for RecipientSubmitted {
    const TYPE: FactType = from_upstream("recipients.submitted");
    fn key(&self) -> String {
        format!("{}/{}", BatchId::of(&self.source.0, &self.batch), self.row.0)
    }
    fn source(&self) -> Option<&str> {
        Some(&self.source.0)
    }
}

impl Fact for RecipientAccepted {
    const TYPE: FactType = to_stage("recipients.accepted");
    fn key(&self) -> String {
        self.payment.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
