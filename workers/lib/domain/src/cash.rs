//! Cash between the bank and the families: where it lies, the ways it may go, and when a teller's day balances.
//!
//! Rules only: who holds what is handed in, and the answer is a [`Way`], a difference, or a [`Reason`] from a closed list. A move never takes more than
//! the books say is there. A hand-over to a family is no move and is never refused for want of a float: the notes are gone, whatever the books say,
//! so a drawer may fall below nothing by hand-overs alone.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, NaiveDate, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{Rupiah, calendar::Zone, ids::is_code};

/// Most that can be moved or counted at once, in rupiah: about all notes in circulation. More is a slip of the finger.
pub const MOST: i64 = 1_000_000_000_000_000;

/// Where cash lies. Written `bank`, `office:KP-1902`, `teller:JB-7`, `difference:JB-7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The programme's bank account.
    Bank,
    /// An office.
    Office(String),
    /// A teller's drawer.
    Teller(String),
    /// What a teller answers for: counted short, and not made good yet.
    Difference(String),
}

/// The ways that cash may go, as kinds of the chart of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named like its line of the chart")]
pub enum Way {
    ToOffice,
    BackToBank,
    ToTeller,
    BackToOffice,
    BetweenTellers,
    Settled,
}

/// Why cash is not moved, or a day not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no such programme.
    Programme,
    /// The programme has no such office or teller.
    Place,
    /// From and to are one.
    Same,
    /// Cash does not go this way.
    Way,
    /// The teller belongs to another office.
    OtherOffice,
    /// Nothing, or more than [`MOST`].
    Amount,
    /// More than the books say is there.
    Overdrawn,
    /// People paused the teller to whom it would go.
    Paused,
    /// The day is closed.
    Closed,
    /// A later day is closed.
    LaterDay,
    /// The day has not begun.
    Future,
    /// The device holds captures that it has not sent.
    Unsynchronised,
    /// Captures were sent and are not booked yet.
    Unjudged,
    /// Families are being paid at this moment.
    Claimed,
    /// The count is not what the books say, and nobody said why.
    Differs,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Programme,
        Self::Place,
        Self::Same,
        Self::Way,
        Self::OtherOffice,
        Self::Amount,
        Self::Overdrawn,
        Self::Paused,
        Self::Closed,
        Self::LaterDay,
        Self::Future,
        Self::Unsynchronised,
        Self::Unjudged,
        Self::Claimed,
        Self::Differs,
    ];

    /// As in tables and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Programme => "programme",
            Self::Place => "place",
            Self::Same => "same",
            Self::Way => "way",
            Self::OtherOffice => "other_office",
            Self::Amount => "amount",
            Self::Overdrawn => "overdrawn",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::LaterDay => "later_day",
            Self::Future => "future",
            Self::Unsynchronised => "unsynchronised",
            Self::Unjudged => "unjudged",
            Self::Claimed => "claimed",
            Self::Differs => "differs",
        }
    }

    /// In words, with what to do.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Programme => "there is no such programme; see `salur tranche list`",
            Self::Place => "the programme has no such office or teller; name it in its setup file first",
            Self::Same => "from and to are the same place",
            Self::Way => "cash goes between bank and office, office and teller, or two tellers of an office; nothing else",
            Self::OtherOffice => "the teller belongs to another office; cash goes through the teller's own",
            Self::Amount => "give a positive number of whole rupiah",
            Self::Overdrawn => "the books say that less is there; count again, or book first what brought it",
            Self::Paused => "the teller is paused: no cash goes there, what lies there may come back; `salur pauses` says why",
            Self::Closed => "the day is closed already",
            Self::LaterDay => "a later day is closed already; close that which is open now",
            Self::Future => "the day has not begun",
            Self::Unsynchronised => "the device holds captures that it has not sent; synchronise it, then count again",
            Self::Unjudged => "captures were sent and are not booked yet; wait a moment, then count again",
            Self::Claimed => "a family is being paid at this moment; finish that or let its claim run out, then count again",
            Self::Differs => "the count is not what the books say; count again, or a supervisor closes the day and says why",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl Place {
    /// Reads it.
    ///
    /// ```
    /// use salur_domain::cash::Place;
    /// assert_eq!(Place::parse("teller:JB-7"), Some(Place::Teller("JB-7".into())));
    /// assert_eq!(Place::parse("teller:"), None);
    /// assert_eq!(Place::parse("bank").unwrap().to_string(), "bank");
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if text == "bank" {
            return Some(Self::Bank);
        }
        let (kind, code) = text.split_once(':').filter(|(_, code)| is_code(code))?;
        match kind {
            "office" => Some(Self::Office(code.to_owned())),
            "teller" => Some(Self::Teller(code.to_owned())),
            "difference" => Some(Self::Difference(code.to_owned())),
            _ => None,
        }
    }

    /// Code of the office or teller; empty for the bank.
    pub fn code(&self) -> &str {
        match self {
            Self::Bank => "",
            Self::Office(code) | Self::Teller(code) | Self::Difference(code) => code,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bank => f.write_str("bank"),
            Self::Office(code) => write!(f, "office:{code}"),
            Self::Teller(code) => write!(f, "teller:{code}"),
            Self::Difference(code) => write!(f, "difference:{code}"),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a place is `bank`, `office:CODE`, `teller:CODE` or `difference:CODE`"))
    }
}

impl JsonSchema for Place {
    fn schema_name() -> Cow<'static, str> {
        "Place".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(bank|(office|teller|difference):[A-Za-z0-9-]{1,32})$" })
    }
}

/// The way from one place to another.
pub fn way(from: &Place, to: &Place) -> Result<Way, Reason> {
    match (from, to) {
        _ if from == to => Err(Reason::Same),
        (Place::Bank, Place::Office(_)) => Ok(Way::ToOffice),
        (Place::Office(_), Place::Bank) => Ok(Way::BackToBank),
        (Place::Office(_), Place::Teller(_)) => Ok(Way::ToTeller),
        (Place::Teller(_), Place::Office(_)) => Ok(Way::BackToOffice),
        (Place::Teller(_), Place::Teller(_)) => Ok(Way::BetweenTellers),
        (Place::Difference(_), Place::Office(_)) => Ok(Way::Settled),
        _ => Err(Reason::Way),
    }
}

/// What can be told of a move by itself, before anything is looked up.
pub fn check_move(from: &Place, to: &Place, amount: Rupiah) -> Result<Way, Reason> {
    let way = way(from, to)?;
    if (1..=MOST).contains(&amount.get()) { Ok(way) } else { Err(Reason::Amount) }
}

/// A side of a move as the books know it: the office that it is or belongs to (none for the bank), and what lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<'a> {
    /// Code of the office.
    pub office: Option<&'a str>,
    /// Debits less credits, in rupiah.
    pub held: i64,
}

/// Whether cash may move; a side is none where the programme has no such place.
pub fn judge_move(from: (&Place, Option<Side<'_>>), to: (&Place, Option<Side<'_>>), amount: Rupiah) -> Result<Way, Reason> {
    let way = check_move(from.0, to.0, amount)?;
    let (Some(giver), Some(taker)) = (from.1, to.1) else { return Err(Reason::Place) };
    let at_one_office = giver.office.is_none() || taker.office.is_none() || giver.office == taker.office;
    match () {
        () if !at_one_office => Err(Reason::OtherOffice),
        () if giver.held < amount.get() => Err(Reason::Overdrawn),
        () => Ok(way),
    }
}

/// A teller's drawer in one programme when it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawer {
    /// What the books say: below nothing where families were paid from notes that were never booked in.
    pub books: i64,
    /// Captures that came in and are not booked yet.
    pub unjudged: i64,
    /// Claims under which a family is being paid now.
    pub claimed: i64,
    /// The last day that was closed.
    pub last_closed: Option<NaiveDate>,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The day, by the teller's clock.
    pub day: NaiveDate,
    /// The notes in the drawer.
    pub counted: Rupiah,
    /// Captures that the device has not sent.
    pub unsynchronised: u32,
    /// Whether somebody who may said why it differs.
    pub is_explained: bool,
}

/// Whether the count closes the day: what was counted beyond the books, less than nothing where notes are missing.
pub fn judge_count(drawer: Drawer, count: Count, now: DateTime<Utc>) -> Result<i64, Reason> {
    let difference = count.counted.get().checked_sub(drawer.books).filter(|_| count.counted.get() <= MOST).ok_or(Reason::Amount)?;
    match () {
        () if drawer.last_closed == Some(count.day) => Err(Reason::Closed),
        () if drawer.last_closed > Some(count.day) => Err(Reason::LaterDay),
        // a day begins in the east
        () if count.day > Zone::Wit.local(now).date_naive() => Err(Reason::Future),
        () if count.unsynchronised > 0 => Err(Reason::Unsynchronised),
        () if drawer.unjudged > 0 => Err(Reason::Unjudged),
        () if drawer.claimed > 0 => Err(Reason::Claimed),
        () if difference != 0 && !count.is_explained => Err(Reason::Differs),
        () => Ok(difference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rupiah(amount: i64) -> Rupiah {
        Rupiah::new(amount).expect("not negative")
    }

    fn office() -> Place {
        Place::Office("O".into())
    }

    fn teller(code: &str) -> Place {
        Place::Teller(code.into())
    }

    fn at(office: &str, held: i64) -> Side<'_> {
        Side { office: Some(office), held }
    }

    #[test]
    fn cash_goes_six_ways_and_no_other() {
        let all = [Place::Bank, office(), Place::Office("P".into()), teller("A"), teller("B"), Place::Difference("A".into())];
        let mut ways = Vec::new();
        for from in &all {
            for to in &all {
                match way(from, to) {
                    Ok(way) => ways.push(way),
                    Err(reason) => assert_eq!(reason, if from == to { Reason::Same } else { Reason::Way }, "{from} {to}"),
                }
            }
        }
        ways.sort_by_key(|way| *way as usize);
        ways.dedup();
        assert_eq!(ways.len(), 6);
        assert_eq!(way(&Place::Bank, &teller("A")), Err(Reason::Way), "an office answers for each float");
        assert_eq!(way(&office(), &Place::Office("P".into())), Err(Reason::Way));
    }

    #[test]
    fn a_move_takes_what_is_there_to_the_last_rupiah_and_not_one_more() {
        let judge = |held, amount| judge_move((&office(), Some(at("O", held))), (&teller("A"), Some(at("O", -5))), rupiah(amount));
        assert_eq!((judge(10, 10), judge(10, 11), judge(-1, 1)), (Ok(Way::ToTeller), Err(Reason::Overdrawn), Err(Reason::Overdrawn)));
        assert_eq!((judge(10, 0), judge(i64::MAX, MOST + 1)), (Err(Reason::Amount), Err(Reason::Amount)));
    }

    #[test]
    fn a_teller_gives_and_takes_at_the_own_office_alone() {
        let judge = |from: &Place, one, to: &Place, other| judge_move((from, Some(at(one, 9))), (to, Some(at(other, 0))), rupiah(1));
        assert_eq!(judge(&office(), "O", &teller("A"), "P"), Err(Reason::OtherOffice));
        assert_eq!(judge(&teller("A"), "P", &office(), "O"), Err(Reason::OtherOffice));
        assert_eq!(judge(&teller("A"), "O", &teller("B"), "P"), Err(Reason::OtherOffice));
        assert_eq!(judge(&teller("A"), "O", &teller("B"), "O"), Ok(Way::BetweenTellers));
        assert_eq!(judge_move((&office(), None), (&Place::Bank, Some(at("O", 0))), rupiah(1)), Err(Reason::Place));
    }

    #[test]
    fn a_day_closes_when_nothing_is_under_way_and_the_count_is_the_books_or_explained() {
        let now = DateTime::parse_from_rfc3339("2026-03-02T15:30:00Z").expect("a time").to_utc();
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let drawer = Drawer { books: 100, unjudged: 0, claimed: 0, last_closed: Some(day("2026-03-01")) };
        let count = Count { day: day("2026-03-02"), counted: rupiah(100), unsynchronised: 0, is_explained: false };
        let judge = |drawer, count| judge_count(drawer, count, now);
        assert_eq!(judge(drawer, count), Ok(0));
        assert_eq!(judge(drawer, Count { counted: rupiah(99), ..count }), Err(Reason::Differs));
        assert_eq!(judge(drawer, Count { counted: rupiah(99), is_explained: true, ..count }), Ok(-1));
        assert_eq!(judge(Drawer { books: -20, ..drawer }, Count { is_explained: true, ..count }), Ok(120));
        assert_eq!(judge(drawer, Count { unsynchronised: 1, is_explained: true, ..count }), Err(Reason::Unsynchronised));
        assert_eq!(judge(Drawer { unjudged: 1, ..drawer }, count), Err(Reason::Unjudged));
        assert_eq!(judge(Drawer { claimed: 1, ..drawer }, count), Err(Reason::Claimed));
        assert_eq!(judge(drawer, Count { day: day("2026-03-01"), ..count }), Err(Reason::Closed));
        assert_eq!(judge(drawer, Count { day: day("2026-02-28"), ..count }), Err(Reason::LaterDay));
        assert_eq!(judge(drawer, Count { day: day("2026-03-03"), ..count }), Ok(0), "it has begun in the east");
        assert_eq!(judge(drawer, Count { day: day("2026-03-04"), ..count }), Err(Reason::Future));
        assert_eq!(judge(drawer, Count { counted: rupiah(i64::MAX), is_explained: true, ..count }), Err(Reason::Amount));
    }

    #[test]
    fn places_and_reasons_are_read_as_they_are_written() {
        for text in ["bank", "office:KP-1902", "teller:JB-7", "difference:JB-7"] {
            assert_eq!(Place::parse(text).map(|place| place.to_string()).as_deref(), Some(text));
        }
        for wrong in ["", "Bank", "office", "office:", "teller:JB 7", "family:1", "teller:a:b", "bank:1"] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        }
    }
}
