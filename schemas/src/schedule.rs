//! Schedules: that families get a pay point, a day and an hour, village by village, and that a pay point closes.

use chrono::{DateTime, NaiveDate, Utc};
use salur_domain::{DecisionId, TrancheId, schedule::Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, end, to_stage};

/// The families of a tranche that have no slot are to get one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleAsked {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// Who comes on which days.
    pub rule: Rule,
    /// Families of an hour at pay points that say nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// Who asked.
    pub actor: String,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

/// A pay point closes: families with a slot there get another one elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PayPointClosed {
    /// Made by who said it, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// Code of the pay point.
    pub pay_point: String,
    /// First day on which it is closed.
    pub from: NaiveDate,
    /// Code of the pay point that stands in for it.
    pub instead: String,
    /// The paper behind it.
    pub document: String,
    /// Cheques that name it are drawn anew, and those before are worth nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reissue: bool,
    /// Who says so.
    pub actor: String,
    /// When it was said.
    pub at: DateTime<Utc>,
}

/// The next villages of a schedule; each step emits its successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleAdvanced {
    /// The decision that began it.
    pub schedule: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// After this village; none means from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// When the step before was taken.
    pub at: DateTime<Utc>,
}

/// Every family that a schedule is about has a slot, or is named with the reason why it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleMade {
    /// The decision that began it.
    pub schedule: DecisionId,
    /// The tranche.
    pub tranche: TrancheId,
    /// Families with a slot.
    pub placed: u64,
    /// Families without.
    pub missing: u64,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for ScheduleAsked {
    const TYPE: FactType = to_stage("schedules.asked");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for PayPointClosed {
    const TYPE: FactType = to_stage("pay-points.closed");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ScheduleAdvanced {
    const TYPE: FactType = to_stage("schedules.advanced");
    fn key(&self) -> String {
        format!("{}/{}/{}", self.schedule, self.tranche.0, self.after.as_deref().unwrap_or_default())
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ScheduleMade {
    const TYPE: FactType = end("schedules.made");
    fn key(&self) -> String {
        format!("{}/{}", self.schedule, self.tranche.0)
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
