//! How long photos are kept, and why one is destroyed before or after: a closed list.
//!
//! Destroying is two people's word. The end of a retention is a reason by itself; any other needs an order of somebody outside, named by its document. A legal
//! hold goes before all of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shortest and longest retention, in years after a tranche closed.
pub const YEARS: std::ops::RangeInclusive<i16> = 1..=100;

/// Why a photo is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The years that the programme keeps photos are over.
    RetentionEnded,
    /// A court ordered it.
    CourtOrder,
    /// The person in it asked for it, and the authority for the protection of personal data agreed (Law 27 of 2022).
    DataSubject,
    /// It shows something that was never to be taken, and whoever is responsible ordered it.
    TakenByMistake,
}

impl Ground {
    /// All.
    pub const ALL: [Self; 4] = [Self::RetentionEnded, Self::CourtOrder, Self::DataSubject, Self::TakenByMistake];

    /// The word in tables, messages and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RetentionEnded => "retention_ended",
            Self::CourtOrder => "court_order",
            Self::DataSubject => "data_subject",
            Self::TakenByMistake => "taken_by_mistake",
        }
    }

    /// Whether the paper behind it is an order, which is obeyed before the retention ends.
    ///
    /// ```
    /// use salur_domain::keeping::Ground;
    /// assert!(Ground::CourtOrder.is_ordered() && !Ground::RetentionEnded.is_ordered());
    /// ```
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::RetentionEnded)
    }

    /// The ground of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == text)
    }
}
