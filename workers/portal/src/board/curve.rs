//! The progress curve: what was paid by each day, against the slots that families have, or an even pace over the window of a tranche without any.
//!
//! Everything is in the units of the drawing, [`WIDTH`] by [`HEIGHT`], so that page and script only put it there. Days are those on which money was booked, in
//! western Indonesia. The public sees no step of fewer than [`FEW`] families: days are taken together until there are as many.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, Utc};
use salur_store::board::{Day, Tranche};
use serde::Serialize;

use super::{disclosure::FEW, model::Sum};
use crate::words::WIB;

/// Width of the drawing.
pub const WIDTH: i64 = 1_000;
/// Height of the drawing.
pub const HEIGHT: i64 = 260;

/// A curve as drawn; both lines are lists of points as SVG takes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Curve {
    /// First day of the first window.
    pub from: NaiveDate,
    /// Last day of the last window.
    pub to: NaiveDate,
    /// Rupiah at the top.
    pub top: i64,
    /// What slots, or an even pace, would have paid.
    pub plan: String,
    /// What was paid.
    pub paid: String,
    /// Rupiah paid by now.
    pub sum: i64,
    /// Rupiah that slots, or an even pace, would have paid by now.
    pub due: i64,
}

/// What a curve is drawn of.
pub struct Drawn<'a> {
    /// The tranches, each with its allocation in the place.
    pub tranches: Vec<(&'a Tranche, i64)>,
    /// For each tranche who is asked to come in the place, in order of days; nobody: an even pace.
    pub slots: Vec<Vec<(NaiveDate, Sum)>>,
    /// What was paid in the place, in order of days.
    pub days: Vec<(NaiveDate, Sum)>,
    /// What is paid now.
    pub paid: Sum,
    /// Whether steps of few families are told.
    pub is_exact: bool,
    /// Now.
    pub at: DateTime<Utc>,
}

/// The days of a place, taken together over tranches.
pub fn days_of(days: &[Day], tranches: &[i32], place: &str) -> Vec<(NaiveDate, Sum)> {
    let mut sums = std::collections::BTreeMap::<NaiveDate, Sum>::new();
    for day in days.iter().filter(|day| tranches.contains(&day.tranche) && day.regency.starts_with(place)) {
        let sum = sums.entry(day.day).or_default();
        *sum = Sum { families: sum.families + day.families, rupiah: sum.rupiah + day.rupiah };
    }
    sums.into_iter().collect()
}

impl Curve {
    /// Nothing without a tranche.
    pub fn of(drawn: &Drawn<'_>) -> Option<Self> {
        let opens = drawn.tranches.iter().map(|(tranche, _)| tranche.opens_at).min()?;
        let closes = drawn.tranches.iter().map(|(tranche, _)| tranche.closes_at).max()?;
        let allocation: i64 = drawn.tranches.iter().map(|(_, allocation)| allocation).sum();
        let top = allocation.max(drawn.paid.rupiah).max(1);
        let scale = Scale { opens, seconds: (closes - opens).num_seconds().max(1), top };
        let slots: Vec<Vec<(NaiveDate, Sum)>> = drawn.slots.iter().map(|days| together(days, drawn.is_exact)).collect();
        let windows = drawn.tranches.iter().flat_map(|(tranche, _)| [tranche.opens_at, tranche.closes_at]);
        let days = slots.iter().flatten().flat_map(|(day, _)| [start(*day), end(*day)]).map(|at| at.clamp(opens, closes));
        let mut turns: Vec<DateTime<Utc>> = windows.chain(days).collect();
        turns.sort_unstable();
        turns.dedup();
        let plan: Vec<String> = turns.into_iter().map(|at| scale.point(at, due(&drawn.tranches, &slots, at))).collect();
        let paid: Vec<String> = steps(drawn).into_iter().map(|(at, rupiah)| scale.point(at.clamp(opens, closes), rupiah)).collect();
        Some(Self {
            from: local(opens),
            to: local(closes),
            top,
            plan: plan.join(" "),
            paid: paid.join(" "),
            sum: drawn.paid.rupiah,
            due: due(&drawn.tranches, &slots, drawn.at),
        })
    }
}

struct Scale {
    opens: DateTime<Utc>,
    seconds: i64,
    top: i64,
}

impl Scale {
    fn point(&self, at: DateTime<Utc>, rupiah: i64) -> String {
        let part =
            |part: i64, whole: i64, length: i64| i64::try_from(i128::from(part) * i128::from(length) / i128::from(whole)).unwrap_or(0);
        let x = part((at - self.opens).num_seconds(), self.seconds, WIDTH);
        format!("{x},{}", HEIGHT - part(rupiah.clamp(0, self.top), self.top, HEIGHT))
    }
}

/// What slots would have paid, or an even pace where a tranche has none.
fn due(tranches: &[(&Tranche, i64)], slots: &[Vec<(NaiveDate, Sum)>], at: DateTime<Utc>) -> i64 {
    let none = Vec::new();
    let of = |((tranche, allocation), days): (&(&Tranche, i64), &Vec<(NaiveDate, Sum)>)| match days.as_slice() {
        [] => part(*allocation, (tranche.opens_at, tranche.closes_at), at),
        days => days.iter().map(|(day, sum)| part(sum.rupiah, (start(*day), end(*day)), at)).sum(),
    };
    tranches.iter().zip(slots.iter().chain(std::iter::repeat(&none))).map(of).sum()
}

/// The part of a sum that is due in the midst of its time.
fn part(sum: i64, (from, to): (DateTime<Utc>, DateTime<Utc>), at: DateTime<Utc>) -> i64 {
    let whole = (to - from).num_seconds().max(1);
    let gone = (at - from).num_seconds().clamp(0, whole);
    i64::try_from(i128::from(sum) * i128::from(gone) / i128::from(whole)).unwrap_or(sum)
}

/// Days of slots; where steps of few families are not told, a day of few counts to the next one that makes them enough.
fn together(days: &[(NaiveDate, Sum)], is_exact: bool) -> Vec<(NaiveDate, Sum)> {
    let few = if is_exact { 1 } else { FEW };
    let (mut told, mut waiting) = (Vec::with_capacity(days.len()), Sum::default());
    for (day, sum) in days {
        waiting = Sum { families: waiting.families + sum.families, rupiah: waiting.rupiah + sum.rupiah };
        if waiting.families >= few {
            told.push((*day, std::mem::take(&mut waiting)));
        }
    }
    if let Some((_, last)) = told.last_mut() {
        *last = Sum { families: last.families + waiting.families, rupiah: last.rupiah + waiting.rupiah };
    }
    told
}

/// What was paid by the end of each day that is told, and by now.
fn steps(drawn: &Drawn<'_>) -> Vec<(DateTime<Utc>, i64)> {
    let few = if drawn.is_exact { 1 } else { FEW };
    let today = local(drawn.at);
    let (mut told, mut by_now) = (vec![(NaiveDate::MIN, Sum::default())], Sum::default());
    for (day, sum) in drawn.days.iter().filter(|(day, _)| *day < today) {
        by_now = Sum { families: by_now.families + sum.families, rupiah: by_now.rupiah + sum.rupiah };
        if (by_now.families - told.last().map_or(0, |(_, sum)| sum.families)).abs() >= few {
            told.push((*day, by_now));
        }
    }
    // the step to what is paid now is one as well
    while told.len() > 1 && told.last().is_some_and(|(_, sum)| (1..few).contains(&(drawn.paid.families - sum.families).abs())) {
        told.pop();
    }
    let first = drawn.days.first().map_or(today, |(day, _)| *day).min(today);
    let days = told.into_iter().skip(1).map(|(day, sum)| (end(day), sum.rupiah));
    [(start(first), 0)].into_iter().chain(days).chain([(drawn.at, drawn.paid.rupiah)]).collect()
}

fn zone() -> FixedOffset {
    FixedOffset::east_opt(WIB * 60).expect("seven hours")
}

fn local(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone()).date_naive()
}

fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_local_timezone(zone()).single().map_or(DateTime::UNIX_EPOCH, |at| at.to_utc())
}

fn end(day: NaiveDate) -> DateTime<Utc> {
    start(day.checked_add_days(Days::new(1)).unwrap_or(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).expect("a day")
    }

    fn drawn(days: &[(u32, i64)], is_exact: bool) -> Vec<i64> {
        let sum = |families: i64| Sum { families, rupiah: families };
        let paid = sum(days.iter().map(|(_, families)| families).sum());
        let days = days.iter().map(|(number, families)| (day(*number), sum(*families))).collect();
        let at = end(day(9));
        steps(&Drawn { tranches: vec![], slots: vec![], days, paid, is_exact, at }).into_iter().map(|(_, rupiah)| rupiah).collect()
    }

    #[test]
    fn each_day_stands_at_its_end_and_now_is_the_last() {
        assert_eq!(drawn(&[(1, 10), (2, 20)], true), [0, 10, 30, 30]);
        assert_eq!(drawn(&[], true), [0, 0]);
    }

    #[test]
    fn the_public_sees_no_step_of_few() {
        assert_eq!(drawn(&[(1, 3), (2, 3), (3, 1), (4, 9)], false), [0, 6, 16, 16]);
        assert_eq!(drawn(&[(1, 10), (9, 2), (10, 1)], false), [0, 13], "a day before now would tell of three");
        assert_eq!(drawn(&[(1, 10), (9, 2), (10, 1)], true), [0, 10, 12, 13]);
    }

    #[test]
    fn what_is_due_by_slots_grows_on_their_days_alone() {
        let sum = |families: i64| Sum { families, rupiah: families * 10 };
        let days = together(&[(day(2), sum(6)), (day(4), sum(8))], true);
        let by = |at| days.iter().map(|(day, sum)| part(sum.rupiah, (start(*day), end(*day)), at)).sum::<i64>();
        let noon = start(day(2)) + chrono::TimeDelta::hours(12);
        assert_eq!([by(start(day(2))), by(noon), by(end(day(2))), by(start(day(4))), by(end(day(9)))], [0, 30, 60, 60, 140]);
    }

    #[test]
    fn the_public_sees_no_day_of_few_slots() {
        let sum = |families: i64| Sum { families, rupiah: families };
        let days: Vec<_> = [(1, 3), (2, 3), (3, 9), (4, 2)].map(|(number, families)| (day(number), sum(families))).into();
        assert_eq!(together(&days, false), [(day(2), sum(6)), (day(3), sum(11))]);
        assert_eq!(together(&days, true), days);
        assert_eq!(together(&days[..1], false), [], "fewer in all are told nowhere");
    }

    #[test]
    fn points_are_in_the_units_of_the_drawing() {
        let scale = Scale { opens: start(day(1)), seconds: 86_400 * 10, top: 1_000 };
        assert_eq!(scale.point(start(day(6)), 250), "500,195");
        assert_eq!(scale.point(start(day(11)), 5_000), "1000,0");
    }
}
