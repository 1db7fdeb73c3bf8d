//! Packs: the printable cheques of a village, with the list by which they are handed out.

use chrono::{DateTime, NaiveDate, Utc};
use salur_domain::{DecisionId, TrancheId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, end, to_stage};

/// A pack is to be made of the cheques of a village that lie in none: said when the village is complete, or by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackWanted {
    /// The tranche.
    pub tranche: TrancheId,
    /// Ten digits.
    pub village: String,
    /// Which cheques: a digest of their ids. Where they are others by now, those are meant.
    pub generation: String,
    /// Who asked for it though the village may not be complete; none: it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A pack was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackMade {
    /// The tranche.
    pub tranche: TrancheId,
    /// Ten digits.
    pub village: String,
    /// Which cheques.
    pub generation: String,
    /// Counts the packs of the village up from 1.
    pub number: u16,
    /// Cheques in it.
    pub cheques: u32,
    /// When.
    pub at: DateTime<Utc>,
}

/// The cheques of a pack were handed out to the families of the village.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackHandedOut {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// Ten digits.
    pub village: String,
    /// Which pack of the village.
    pub number: u16,
    /// The day on which they were handed out.
    pub on: NaiveDate,
    /// Cheques that were kept: nobody was there to take them.
    pub kept: u32,
    /// The signed list, or the report of it.
    pub document: String,
    /// Who says so.
    pub actor: String,
    /// When it was said.
    pub at: DateTime<Utc>,
}

impl Fact for PackWanted {
    const TYPE: FactType = to_stage("packs.wanted");
    fn key(&self) -> String {
        format!("{}/{}/{}", self.tranche.0, self.village, self.generation)
    }
}

impl Fact for PackMade {
    const TYPE: FactType = end("packs.made");
    fn key(&self) -> String {
        format!("{}/{}/{}", self.tranche.0, self.village, self.generation)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for PackHandedOut {
    const TYPE: FactType = to_stage("packs.handed-out");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
