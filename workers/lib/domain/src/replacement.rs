//! Why a cheque is replaced: a closed list.
//!
//! A cheque that is replaced is worth nothing from that moment, whoever holds it, and the family gets one of the next version. Two people say so on the same
//! ground: one alone could have a second cheque drawn for a family and keep it. [`Loss::Moved`] is said by nobody: it follows from rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened to the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The family does not find it any more.
    Lost,
    /// Somebody took it.
    Stolen,
    /// It cannot be read any more.
    Damaged,
    /// It was given to another family, or kept back by who should have handed it out.
    WrongHands,
    /// What stands on it is wrong, or it came out of the printer so.
    Misprinted,
    /// The pay point that stands on it closed, and the family comes to another one.
    Moved,
}

impl Loss {
    /// What people say.
    pub const SAID: [Self; 5] = [Self::Lost, Self::Stolen, Self::Damaged, Self::WrongHands, Self::Misprinted];

    /// The word in tables, messages and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Damaged => "damaged",
            Self::WrongHands => "wrong_hands",
            Self::Misprinted => "misprinted",
            Self::Moved => "moved",
        }
    }

    /// The loss of a word that people say.
    ///
    /// ```
    /// use salur_domain::replacement::Loss;
    /// assert_eq!(Loss::parse("wrong_hands"), Some(Loss::WrongHands));
    /// assert_eq!(Loss::parse("borrowed"), None);
    /// assert_eq!(Loss::parse("moved"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::SAID.into_iter().find(|loss| loss.as_str() == text)
    }
}
