//! The schedule: a pay point, a day and an hour for each family.
//!
//! The window is law, the slot is advice: who comes at another hour is paid. Planned village by village, so that memory is a table of hours per pay point and
//! does not grow with the tranche. The same families, hours and loads give the same slots, in whatever order they come.
//!
//! A household comes in one hour. Families that cannot come are visited where somebody visits their village, with their household. An hour is filled to the
//! pace first: what spreads the families over all days, at least half of what it takes, so that villages follow one another and each hour has room for who is
//! late; then to its capacity, which nothing exceeds. Who finds no room is named with the reason ([`Missing`]). Bounds: [`DAYS_MAX`] days, [`HOURS_MAX`]
//! hours of a day.

mod hours;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{Datelike, NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ids::PaymentId, nik::Nik};

pub use hours::{Hours, Opening};

/// Longest window that is planned, in days.
pub const DAYS_MAX: usize = 400;
/// Hours of a day.
pub const HOURS_MAX: usize = 24;
/// Who is this old on the first day need not come (Undang-Undang 13/1998: lanjut usia).
const ELDERLY_FROM: i32 = 60;

/// Who comes on which days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Anybody on any day: village after village.
    #[default]
    Villages,
    /// The days are shared out by the last digit of the NIK: 0 comes first.
    LastDigit,
    /// The days are shared out by the month of birth: January comes first.
    BirthMonth,
}

/// Why a family has no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nobody said how many families an hour of the pay point takes.
    NoCapacity,
    /// The pay point is closed on all days that are left.
    NoDay,
    /// The household has more families than an hour takes.
    LargeHousehold,
    /// Every hour of the pay point is full.
    Full,
    /// The village has no pay point, or it closed and none stands in for it.
    NoPoint,
}

/// Why the list of recipients asks to visit a family at home. Says something of somebody's health: it stays in the sealed row, and no table, message or page
/// beside the list itself tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HomeVisit {
    /// `sick`, `sakit`.
    Sick,
    /// `disabled`, `difabel`, `disabilitas`.
    Disabled,
    /// `remote`, `terpencil`: too far from every counter.
    Remote,
}

/// What a family's row says about when and where it comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// Last digit of the NIK.
    pub last_digit: Option<u8>,
    /// 1 to 12.
    pub birth_month: Option<u8>,
    /// Whether it is visited where it can be.
    pub is_visited: bool,
}

/// A family to plan.
#[derive(Debug, Clone)]
pub struct Family {
    /// Its payment.
    pub payment: PaymentId,
    /// Its household card.
    pub household: Uuid,
    /// What is known of it.
    pub hints: Hints,
    /// Where the household has its slot already.
    pub with: Option<Slot>,
}

/// When and where a family comes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Code of the pay point.
    pub pay_point: Arc<str>,
    /// The day.
    pub day: NaiveDate,
    /// When the hour begins, by the clock of the pay point.
    pub starts: NaiveTime,
}

/// What came of a family.
pub type Planned = (PaymentId, Result<Slot, Missing>);

/// Where the families of a village are paid.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    /// Who visits those that cannot come.
    pub visits: Option<Arc<str>>,
    /// Where they come.
    pub counter: Option<Arc<str>>,
    /// Where they come once that is closed.
    pub stand_in: Option<Arc<str>>,
}

/// The hours of pay points, by code: all the memory of a plan.
pub type Points = HashMap<Arc<str>, Hours>;

impl Rule {
    /// As in requests and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Villages => "villages",
            Self::LastDigit => "last_digit",
            Self::BirthMonth => "birth_month",
        }
    }

    /// The rule of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Villages, Self::LastDigit, Self::BirthMonth].into_iter().find(|rule| rule.as_str() == text)
    }

    /// Which share of the days is a family's, and of how many; none: any day.
    fn share(self, hints: Hints) -> Option<(usize, usize)> {
        match self {
            Self::Villages => None,
            Self::LastDigit => hints.last_digit.map(|digit| (usize::from(digit), 10)),
            Self::BirthMonth => hints.birth_month.map(|month| (usize::from(month.saturating_sub(1)), 12)),
        }
    }
}

impl Missing {
    /// As in tables and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCapacity => "no_capacity",
            Self::NoDay => "no_day",
            Self::LargeHousehold => "large_household",
            Self::Full => "full",
            Self::NoPoint => "no_point",
        }
    }
}

impl HomeVisit {
    /// As lists write it, in either language.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "sick" | "sakit" => Some(Self::Sick),
            "disabled" | "difabel" | "disabilitas" => Some(Self::Disabled),
            "remote" | "terpencil" => Some(Self::Remote),
            _ => None,
        }
    }
}

impl Hints {
    /// What a NIK says on the first day of payment.
    ///
    /// ```
    /// use salur_domain::{Nik, schedule::Hints};
    /// let hints = Hints::of(&Nik::parse("1902014507450017").unwrap(), "2026-07-01".parse().unwrap());
    /// assert_eq!((hints.last_digit, hints.birth_month, hints.is_visited), (Some(7), Some(7), true));
    /// ```
    pub fn of(nik: &Nik, on: NaiveDate) -> Self {
        let last_digit = nik.digits().bytes().last().map(|digit| digit - b'0');
        // two digits of a year may mean two ages: who may be a child is no elder
        let born = nik.birth_dates(on).next();
        let is_visited = born
            .is_some_and(|born| on.year() - born.year() - i32::from((on.month(), on.day()) < (born.month(), born.day())) >= ELDERLY_FROM);
        Self { last_digit, birth_month: born.and_then(|born| u8::try_from(born.month()).ok()), is_visited }
    }

    /// The same family, visited too where its row asks for it.
    #[must_use]
    pub fn asking(self, home_visit: Option<HomeVisit>) -> Self {
        Self { is_visited: self.is_visited || home_visit.is_some(), ..self }
    }
}

/// Plans the families of a village; everyone is answered for once, in the order of payments.
pub fn plan(rule: Rule, families: &[Family], ways: &Ways, points: &mut Points) -> Vec<Planned> {
    let mut households: BTreeMap<Uuid, Vec<&Family>> = BTreeMap::new();
    for family in families {
        households.entry(family.household).or_default().push(family);
    }
    // payments are keyed digests: their order is nobody's advantage
    let mut households: Vec<Vec<&Family>> = households.into_values().collect();
    for members in &mut households {
        members.sort_unstable_by_key(|family| family.payment);
    }
    households.sort_unstable_by_key(|members| members[0].payment);
    let mut planned = Vec::with_capacity(families.len());
    for members in households {
        let slot = place(rule, &members, ways, points);
        planned.extend(members.iter().map(|family| (family.payment, slot.clone())));
    }
    planned.sort_unstable_by_key(|(payment, _)| *payment);
    planned
}

/// One hour for a household.
fn place(rule: Rule, members: &[&Family], ways: &Ways, points: &mut Points) -> Result<Slot, Missing> {
    let size = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let with = members.iter().find_map(|family| family.with.as_ref());
    if let Some(slot) = with
        && points.get_mut(&slot.pay_point).is_some_and(|hours| hours.join(slot.day, slot.starts, size))
    {
        return Ok(slot.clone());
    }
    let share = rule.share(members[0].hints);
    let visits = ways.visits.as_ref().filter(|_| members.iter().any(|family| family.hints.is_visited));
    let mut why = Missing::NoPoint;
    for code in visits.into_iter().chain(&ways.counter).chain(&ways.stand_in) {
        let Some(hours) = points.get_mut(code) else { continue };
        match hours.take(size, share) {
            Ok((day, starts)) => return Ok(Slot { pay_point: Arc::clone(code), day, starts }),
            Err(missing) => why = missing,
        }
    }
    Err(why)
}
