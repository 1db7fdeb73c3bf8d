//! Pauses: what people may stop for a while, and why a pause or a resumption is not carried out.
//!
//! Five kinds: a stage (the machines), a tranche, a regency, a pay point and a teller (the money). The stage that decides pauses cannot be paused, or
//! nobody could resume anything.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the stage that decides pauses.
pub const KEEPER: &str = "pausing";

/// What can be paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A stage, by its name: it consumes nothing.
    Stage,
    /// A tranche, by its code: nothing new moves in it, and nobody is paid.
    Tranche,
    /// A regency, by its four digits: nothing new moves to its families, and none of them is paid.
    Regency,
    /// A pay point, by its code: its devices claim nothing.
    PayPoint,
    /// A teller, by code: claims nothing and gets no cash.
    Teller,
}

/// Why a pause or a resumption was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// There is no such stage, tranche, regency, pay point or teller.
    Unknown,
    /// It is the stage that decides pauses.
    Keeper,
    /// It is paused already.
    Paused,
    /// It is not paused.
    NotPaused,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Stage, Self::Tranche, Self::Regency, Self::PayPoint, Self::Teller];

    /// As in tables and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Tranche => "tranche",
            Self::Regency => "regency",
            Self::PayPoint => "pay_point",
            Self::Teller => "teller",
        }
    }

    /// Reads it; on command lines with a hyphen.
    ///
    /// ```
    /// use salur_domain::pause::Kind;
    /// assert_eq!(Kind::parse("pay-point"), Some(Kind::PayPoint));
    /// assert_eq!(Kind::parse("pay_point"), Some(Kind::PayPoint));
    /// assert_eq!(Kind::parse("family"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text.replace('-', "_"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Refused {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Keeper, Self::Paused, Self::NotPaused];

    /// As in tables and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Keeper => "keeper",
            Self::Paused => "paused",
            Self::NotPaused => "not_paused",
        }
    }

    /// In words, with what to do.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => {
                "there is no such thing; a stage is named as in `salur run --list`, a tranche, pay point or teller by its code, a regency by four digits"
            }
            Self::Keeper => "this stage decides pauses: nobody could resume anything while it is paused",
            Self::Paused => "it is paused already; `salur pauses` says by whom and why",
            Self::NotPaused => "it is not paused; `salur pauses` lists what is",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| refused.as_str() == text)
    }
}

/// Whether a scope may be paused or resumed now, by whether it is there and how it stands.
pub fn judge((kind, scope): (Kind, &str), is_there: bool, is_paused: bool, pause: bool) -> Result<(), Refused> {
    match (is_paused, pause) {
        _ if !is_there => Err(Refused::Unknown),
        _ if kind == Kind::Stage && scope == KEEPER => Err(Refused::Keeper),
        (true, true) => Err(Refused::Paused),
        (false, false) => Err(Refused::NotPaused),
        (true, false) | (false, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_each_says_what_to_do() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::parse(kind.as_str()) == Some(kind)));
        assert!(Refused::ALL.into_iter().all(|refused| Refused::parse(refused.as_str()) == Some(refused) && refused.words().len() > 20));
    }

    #[test]
    fn a_scope_is_paused_and_resumed_in_turn_and_the_keeper_never() {
        let teller = (Kind::Teller, KEEPER);
        assert_eq!(judge(teller, true, false, true), Ok(()));
        assert_eq!(judge(teller, true, true, false), Ok(()));
        assert_eq!(judge(teller, true, true, true), Err(Refused::Paused));
        assert_eq!(judge(teller, true, false, false), Err(Refused::NotPaused));
        assert_eq!(judge(teller, false, false, true), Err(Refused::Unknown));
        assert_eq!(judge((Kind::Stage, KEEPER), true, false, true), Err(Refused::Keeper));
    }
}
