//! What a line of each summary says, in which order. The words are those of tallies, of the board and of cash.

use std::collections::BTreeMap;

use super::Sum;

/// What a line of a summary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A tranche.
    Tranche,
    /// A regency or city.
    Regency,
    /// A post office, community point or home visit, where families are paid.
    PayPoint,
    /// An office, which holds cash for its tellers.
    Office,
    /// A teller.
    Teller,
    /// A day.
    Day,
}

/// A figure of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its word.
    pub name: &'static str,
    /// Whether it counts families; rupiah it always does.
    pub counts: bool,
}

const fn families(name: &'static str) -> Column {
    Column { name, counts: true }
}

const fn money(name: &'static str) -> Column {
    Column { name, counts: false }
}

const PLACE: &[Column] = &[
    money("allocation"),
    money("unreserved"),
    money("reserved"),
    families("accepted"),
    families("withdrawn"),
    families("funded"),
    families("open"),
    families("in_question"),
    families("paid"),
    families("returned"),
    families("returned_unfunded"),
    families("cancelled"),
    money("return_due"),
    money("off_ledger"),
];
const PAY_POINT: &[Column] = &[
    families("accepted"),
    families("withdrawn"),
    families("funded"),
    families("open"),
    families("in_question"),
    families("paid"),
    families("returned"),
    families("returned_unfunded"),
    families("cancelled"),
];
const OFFICE: &[Column] = &[
    families("handed_over"),
    families("undone"),
    families("in_question"),
    families("paid"),
    money("received"),
    money("paid_in"),
    money("given"),
    money("given_back"),
    money("settled"),
    money("books"),
    money("drawers"),
    money("difference"),
];
const TELLER: &[Column] = &[
    families("handed_over"),
    families("undone"),
    families("in_question"),
    families("paid"),
    money("received"),
    money("given_back"),
    money("short"),
    money("over"),
    money("paid_out"),
    money("books"),
    money("difference"),
];
const DAY: &[Column] = &[
    families("handed_over"),
    families("undone"),
    families("in_question"),
    families("paid"),
    money("received"),
    money("paid_in"),
    money("given"),
    money("given_back"),
    money("settled"),
];

impl By {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Tranche, Self::Regency, Self::PayPoint, Self::Office, Self::Teller, Self::Day];

    /// The word in paths and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tranche => "tranche",
            Self::Regency => "regency",
            Self::PayPoint => "pay-point",
            Self::Office => "office",
            Self::Teller => "teller",
            Self::Day => "day",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }

    /// Whether its lines tell who holds cash.
    pub const fn tells_cash(self) -> bool {
        matches!(self, Self::Office | Self::Teller | Self::Day)
    }

    /// What its lines say.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Tranche | Self::Regency => PLACE,
            Self::PayPoint => PAY_POINT,
            Self::Office => OFFICE,
            Self::Teller => TELLER,
            Self::Day => DAY,
        }
    }
}

/// The figures of a line in the order of its columns; those that follow from others are made here.
pub(super) fn arrange(by: By, found: &BTreeMap<String, Sum>) -> Vec<Sum> {
    let column = |column: &Column| match (by.tells_cash(), column.name) {
        (false, "open") => less(found, "funded", &["in_question", "paid", "returned", "cancelled"]),
        (true, "paid") => less(found, "handed_over", &["undone", "in_question"]),
        // what went to families is what is left of the balance when everything else is taken off
        (true, "paid_out") => {
            let in_drawer = ["received", "over"].map(|name| of(found, name).rupiah).iter().sum::<i64>();
            Sum { families: 0, rupiah: less(found, "", &["given_back", "short", "books"]).rupiah + in_drawer }
        }
        (_, name) => of(found, name),
    };
    by.columns().iter().map(column).collect()
}

pub(super) fn of(found: &BTreeMap<String, Sum>, name: &str) -> Sum {
    found.get(name).copied().unwrap_or_default()
}

/// A figure less others.
pub(super) fn less(found: &BTreeMap<String, Sum>, whole: &str, parts: &[&str]) -> Sum {
    parts.iter().map(|part| of(found, part)).fold(of(found, whole), Sum::less)
}
