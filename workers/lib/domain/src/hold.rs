//! What can be decided about a hold.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A decision about a row or a part that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It goes on, this time.
    Release,
    /// Two families with one household card: it goes on, and the pair is not held again in later tranches.
    Distinct,
    /// It ends.
    Reject,
}

impl Ruling {
    /// As in tables and on the command line.
    ///
    /// ```
    /// use salur_domain::hold::Ruling;
    /// assert_eq!(Ruling::Distinct.as_str(), "distinct");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Distinct => "distinct",
            Self::Reject => "reject",
        }
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
