//! Somebody who receives for a family: an old or sick recipient may be represented by a person of the same household card.
//!
//! What a teller types off two cards is read here, once, into values that can be kept; whose household card it is and how many families a day the rows say.
//! A teller cannot hold a question open, so a NIK that intake would reject or hold is refused at once: it was mistyped, or another person of the card comes.
//! Prints nothing of the person. Bounds: those of NIK and name, [`DOCUMENT`] characters.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::nik::{Kk, Nik};
use crate::reason::Code;

/// Characters of the document that lets a proxy receive.
pub const DOCUMENT: RangeInclusive<usize> = 3..=200;

/// What the proxy is to the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Husband or wife.
    Spouse,
    /// Son or daughter, by birth, adoption or marriage.
    Child,
    /// Father or mother, own or of the spouse.
    Parent,
    /// Brother or sister.
    Sibling,
    /// Grandson or granddaughter.
    Grandchild,
    /// Another person of the household card.
    Other,
}

/// A person who receives for another.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Who.
    pub nik: Nik,
    /// On which household card.
    pub kk: Kk,
    /// Cleaned, to be kept.
    pub name: String,
    /// To the recipient.
    pub relation: Relation,
    /// The paper that lets the proxy receive: a letter of authority, of the village.
    pub document: String,
}

/// As it was typed.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    /// NIK of the proxy.
    pub nik: &'a str,
    /// Number of the household card.
    pub kk: &'a str,
    /// Name of the proxy.
    pub name: &'a str,
    /// Word of the relation.
    pub relation: &'a str,
    /// The paper.
    pub document: &'a str,
}

/// What cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The NIK cannot be one, or nobody was born on its day.
    Nik(Code),
    /// The number of the household card cannot be one.
    Kk,
    /// No name.
    Name,
    /// No word of the list.
    Relation,
    /// Too short, too long, or not on one line.
    Document,
}

impl Relation {
    /// All.
    pub const ALL: [Self; 6] = [Self::Spouse, Self::Child, Self::Parent, Self::Sibling, Self::Grandchild, Self::Other];

    /// The word in tables and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spouse => "spouse",
            Self::Child => "child",
            Self::Parent => "parent",
            Self::Sibling => "sibling",
            Self::Grandchild => "grandchild",
            Self::Other => "other",
        }
    }

    /// The relation of that word.
    ///
    /// ```
    /// use salur_domain::proxy::Relation;
    /// assert_eq!(Relation::parse("spouse"), Some(Relation::Spouse));
    /// assert_eq!(Relation::parse("neighbour"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relation| relation.as_str() == text)
    }
}

impl Proxy {
    /// A proxy from what was typed, on a day.
    pub fn parse(typed: Typed<'_>, on: NaiveDate) -> Result<Self, Wrong> {
        let nik = Nik::parse(typed.nik).map_err(|error| Wrong::Nik(error.code()))?;
        // a birthday or a province that never was: intake would hold the row for a person to decide
        let held = nik.findings(None, None, on).into_iter().find(|code| matches!(code, Code::Nik04 | Code::Nik05));
        if let Some(code) = held {
            return Err(Wrong::Nik(code));
        }
        let kk = Kk::parse(typed.kk).ok_or(Wrong::Kk)?;
        let name = Name::parse(typed.name).ok_or(Wrong::Name)?.text;
        let relation = Relation::parse(typed.relation).ok_or(Wrong::Relation)?;
        let document = typed.document.trim().to_owned();
        if !DOCUMENT.contains(&document.chars().count()) || document.chars().any(char::is_control) {
            return Err(Wrong::Document);
        }
        Ok(Self { nik, kk, name, relation, document })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Typed<'_> = Typed {
        nik: " 1902015204850007",
        kk: "1902010300000001",
        name: "Rusdi  Sanjaya",
        relation: "child",
        document: "Surat kuasa 14/2026",
    };

    fn parse(typed: Typed<'_>) -> Result<Proxy, Wrong> {
        Proxy::parse(typed, "2026-03-02".parse().expect("a day"))
    }

    #[test]
    fn a_proxy_is_read_off_two_cards() {
        let proxy = parse(RIGHT).expect("it is right");
        assert_eq!((proxy.nik.digits(), proxy.name.as_str(), proxy.relation), ("1902015204850007", "Rusdi Sanjaya", Relation::Child));
        assert_eq!(format!("{proxy:?}"), "Proxy(..)");
    }

    #[test]
    fn what_cannot_be_kept_is_refused_by_field() {
        let long = "x".repeat(201);
        let wrong = [
            (Typed { nik: "190201520485000", ..RIGHT }, Wrong::Nik(Code::Nik01)),
            (Typed { nik: "1.90201E+15", ..RIGHT }, Wrong::Nik(Code::Nik02)),
            (Typed { nik: "1111111111111111", ..RIGHT }, Wrong::Nik(Code::Nik03)),
            (Typed { nik: "1902013202850007", ..RIGHT }, Wrong::Nik(Code::Nik04)),
            (Typed { nik: "0102015204850007", ..RIGHT }, Wrong::Nik(Code::Nik05)),
            (Typed { kk: "0000000000000000", ..RIGHT }, Wrong::Kk),
            (Typed { name: " ", ..RIGHT }, Wrong::Name),
            (Typed { relation: "neighbour", ..RIGHT }, Wrong::Relation),
            (Typed { document: " x ", ..RIGHT }, Wrong::Document),
            (Typed { document: "two\nlines", ..RIGHT }, Wrong::Document),
            (Typed { document: &long, ..RIGHT }, Wrong::Document),
        ];
        for (typed, expected) in wrong {
            assert_eq!(parse(typed), Err(expected));
        }
    }

    #[test]
    fn words_of_relations_read_back() {
        for relation in Relation::ALL {
            assert_eq!(Relation::parse(relation.as_str()), Some(relation));
            assert_eq!(serde_json::to_value(relation).expect("JSON"), relation.as_str());
        }
    }
}
