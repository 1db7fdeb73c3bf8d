//! The closed list of reasons: every rule that can reject, hold or warn about a row, with its column and its words.
//!
//! Upstream hears the code, the column and the remedy; pages show the message. Texts name no person and no number of a person. Rules of
//! one row are checked in [`crate::row`]; rules over many rows (pairs, households, tranche, money) by the release, in SQL.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Rupiah;
use crate::status::RowStatus;

mod ends;
mod table;

use ends::ENDS;
use table::TABLE;

/// What a rule does to a row, mild to severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The row goes on; the warning is shown.
    Warn,
    /// The row waits for a person or for money.
    Hold,
    /// The row ends.
    Reject,
}

/// A language of pages and cheques.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Bahasa Indonesia, first everywhere.
    #[default]
    Indonesian,
    /// English.
    English,
}

/// A rule. The text form ([`Code::as_str`]) stands in tables, messages and pages and is never reused for another rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each code is explained in the table, in two languages")]
pub enum Code {
    Nik01,
    Nik02,
    Nik03,
    Nik04,
    Nik05,
    Nik06,
    Nik07,
    Nik08,
    Nik09,
    Nik09b,
    Nik10,
    Nik10b,
    Nik11,
    Kk01,
    Nam01,
    Nam02,
    Nam03,
    Nam04,
    Adr01,
    Amt01,
    Amt02,
    Reg01,
    Reg02,
    Trn01,
    Dat01,
    Sex01,
    /// Why a family is to be visited at home is none of the known reasons.
    Hom01,
    Mon01,
    Src01,
    Trn02,
    Bat02,
    Con01,
    Pay01,
    Wdr01,
    Wdr02,
    Sub01,
    Sub02,
    Civ01,
    Civ02,
    Trn03,
    Ret01,
    Ret02,
    Ret03,
    Ret04,
    Ret05,
    Ret06,
    Ret07,
    Ret08,
    Rev01,
    Rev02,
}

/// What there is to say about a code: message and remedy, in Indonesian and in English.
struct Entry {
    code: Code,
    text: &'static str,
    outcome: Outcome,
    column: &'static str,
    id: (&'static str, &'static str),
    en: (&'static str, &'static str),
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    TABLE.iter().chain(ENDS)
}

impl Code {
    /// Every code, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        entries().map(|entry| entry.code)
    }

    fn entry(self) -> &'static Entry {
        let place = self as usize;
        TABLE.get(place).unwrap_or_else(|| &ENDS[place - TABLE.len()])
    }

    /// `NIK01`.
    pub fn as_str(self) -> &'static str {
        self.entry().text
    }

    /// The code of that text.
    ///
    /// ```
    /// use salur_domain::reason::Code;
    /// assert_eq!(Code::parse("NIK09b"), Some(Code::Nik09b));
    /// assert_eq!(Code::parse("NIK99"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        entries().find(|entry| entry.text == text).map(|entry| entry.code)
    }

    /// Whether a civil registry's answer gave it: it is about a payment, no longer about a row alone.
    pub fn is_of_registry(self) -> bool {
        matches!(self, Self::Civ01 | Self::Civ02)
    }

    /// What it does to a row.
    pub fn outcome(self) -> Outcome {
        self.entry().outcome
    }

    /// Column of a row that it is about.
    pub fn column(self) -> &'static str {
        self.entry().column
    }

    /// What is wrong.
    pub fn message(self, language: Language) -> &'static str {
        self.words(language).0
    }

    /// What to do about it.
    pub fn remedy(self, language: Language) -> &'static str {
        self.words(language).1
    }

    fn words(self, language: Language) -> (&'static str, &'static str) {
        match language {
            Language::Indonesian => self.entry().id,
            Language::English => self.entry().en,
        }
    }

    /// Message and remedy in one line of English, as upstream hears it.
    pub fn explain(self) -> String {
        format!("{}; {}", self.message(Language::English), self.remedy(Language::English))
    }
}

/// What becomes of a row with these findings: the worst decides. A row that may go on is staged; release accepts it.
pub fn status(findings: &[Code]) -> RowStatus {
    match findings.iter().map(|code| code.outcome()).max() {
        Some(Outcome::Reject) => RowStatus::Rejected,
        Some(Outcome::Hold) => RowStatus::Held,
        Some(Outcome::Warn) | None => RowStatus::Staged,
    }
}

/// The figures of `MON01`: what a batch's part needs and what the regency's allocation has left.
///
/// ```
/// use salur_domain::{Rupiah, reason::{Language, shortfall}};
/// let (needed, left) = (Rupiah::new(600_000).unwrap(), Rupiah::new(500_000).unwrap());
/// assert_eq!(shortfall(needed, left, Language::English), "needed Rp600.000, left Rp500.000, short by Rp100.000");
/// ```
pub fn shortfall(needed: Rupiah, left: Rupiah, language: Language) -> String {
    let short = Rupiah::new(needed.get().saturating_sub(left.get()).max(0)).unwrap_or_default();
    match language {
        Language::Indonesian => format!("perlu {needed}, tersisa {left}, kurang {short}"),
        Language::English => format!("needed {needed}, left {left}, short by {short}"),
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("unknown reason code"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_codes() {
        for (at, entry) in entries().enumerate() {
            assert_eq!(entry.code as usize, at, "{}", entry.text);
            assert_eq!(Code::parse(entry.text), Some(entry.code));
        }
        assert_eq!(Code::all().map(Code::as_str).collect::<BTreeSet<_>>().len(), entries().count(), "texts are distinct");
    }

    #[test]
    fn every_code_has_words_in_both_languages_and_none_carries_a_long_number() {
        for entry in entries() {
            for words in [entry.id.0, entry.id.1, entry.en.0, entry.en.1] {
                let longest = words.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
                assert!(!words.is_empty() && longest <= 4, "{}: {words}", entry.text);
            }
        }
    }

    #[test]
    fn the_worst_finding_decides() {
        assert_eq!(status(&[]), RowStatus::Staged);
        assert_eq!(status(&[Code::Nik06, Code::Sex01]), RowStatus::Staged);
        assert_eq!(status(&[Code::Nik06, Code::Nik04]), RowStatus::Held);
        assert_eq!(status(&[Code::Nik04, Code::Kk01, Code::Nik06]), RowStatus::Rejected);
    }
}
