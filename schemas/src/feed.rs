//! The feed of outcomes, told again from rows.

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, SourceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A source's outcomes are wanted again; each step tells the outcomes of a page of rows and says its successor, so that a replay of any size is
/// bounded work, killable and visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedReplayed {
    /// Whose rows.
    pub source: SourceName,
    /// The batch to go on with; none: begin with the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// This batch alone.
    #[serde(default)]
    pub alone: bool,
    /// Rows after this key; empty text means from the start.
    #[serde(default)]
    pub after: String,
    /// Outcomes decided at or after this moment.
    pub from: DateTime<Utc>,
    /// And before this one: when the replay was asked for.
    pub until: DateTime<Utc>,
}

impl Fact for FeedReplayed {
    const TYPE: FactType = to_stage("feeds.replayed");
    fn key(&self) -> String {
        let batch = self.batch.map(|batch| batch.to_string()).unwrap_or_default();
        format!("{}/{batch}/{}/{}/{}/{}", self.source.0, self.alone, self.after, self.from, self.until)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.until)
    }
}
