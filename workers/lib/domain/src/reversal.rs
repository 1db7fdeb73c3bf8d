//! Whether a hand-over stands, and on what ground: closed lists.
//!
//! A supervisor reviews a proof in question, and the ground decides the verdict: nobody says *paid* because the family denies it. A wrong hand-over is undone
//! on a ground of its own; the cash is back in the drawer then. Where a hand-over was not proven the teller answers for the cash.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reason::Code;

/// What a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The hand-over happened.
    Paid,
    /// It did not, as far as anybody can show.
    NotProven,
}

/// Why a supervisor believes in a hand-over or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewGround {
    /// The photo shows it after all.
    PhotoSuffices,
    /// The family was asked, and has the money.
    FamilyConfirmed,
    /// Others who were there say so.
    Witnesses,
    /// The family was asked, and has no money.
    FamilyDenied,
    /// The photo was staged, or shows somebody else.
    PhotoFalse,
    /// Nobody could be found who knows.
    NoAnswer,
}

/// Why a hand-over is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoGround {
    /// The cash went to another family, and came back.
    WrongFamily,
    /// More or less was handed over than stands on the cheque.
    WrongAmount,
    /// The family gave it back.
    GivenBack,
    /// A photo was taken, and no cash left the drawer.
    NotPaidOut,
}

/// What ended a round of a payment that had been handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reversal {
    /// The cash is back in the drawer, and the cheque is good.
    HandOverUndone,
    /// The teller answers for the cash, and the family gets another cheque.
    NotProven,
}

impl Verdict {
    /// The word in tables and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::NotProven => "not_proven",
        }
    }
}

impl ReviewGround {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::PhotoSuffices, Self::FamilyConfirmed, Self::Witnesses, Self::FamilyDenied, Self::PhotoFalse, Self::NoAnswer];

    /// The word in tables, messages and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PhotoSuffices => "photo_suffices",
            Self::FamilyConfirmed => "family_confirmed",
            Self::Witnesses => "witnesses",
            Self::FamilyDenied => "family_denied",
            Self::PhotoFalse => "photo_false",
            Self::NoAnswer => "no_answer",
        }
    }

    /// What it comes to.
    ///
    /// ```
    /// use salur_domain::reversal::{ReviewGround, Verdict};
    /// assert_eq!(ReviewGround::Witnesses.verdict(), Verdict::Paid);
    /// assert_eq!(ReviewGround::NoAnswer.verdict(), Verdict::NotProven);
    /// ```
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::PhotoSuffices | Self::FamilyConfirmed | Self::Witnesses => Verdict::Paid,
            Self::FamilyDenied | Self::PhotoFalse | Self::NoAnswer => Verdict::NotProven,
        }
    }

    /// The ground of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == text)
    }
}

impl UndoGround {
    /// All.
    pub const ALL: [Self; 4] = [Self::WrongFamily, Self::WrongAmount, Self::GivenBack, Self::NotPaidOut];

    /// The word in tables, messages and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongFamily => "wrong_family",
            Self::WrongAmount => "wrong_amount",
            Self::GivenBack => "given_back",
            Self::NotPaidOut => "not_paid_out",
        }
    }

    /// The ground of that word.
    ///
    /// ```
    /// use salur_domain::reversal::UndoGround;
    /// assert_eq!(UndoGround::parse("given_back"), Some(UndoGround::GivenBack));
    /// assert_eq!(UndoGround::parse("lost"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.as_str() == text)
    }
}

impl Reversal {
    /// The word in tables, which is the ledger's too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HandOverUndone => "hand_over_undone",
            Self::NotProven => "not_proven",
        }
    }

    /// The reversal of that word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::HandOverUndone, Self::NotProven].into_iter().find(|reversal| reversal.as_str() == text)
    }

    /// What upstream hears of a payment that is open again.
    pub const fn code(self) -> Code {
        match self {
            Self::HandOverUndone => Code::Rev01,
            Self::NotProven => Code::Rev02,
        }
    }
}
