//! The hours of one pay point, and how many families each has.
//!
//! A hand of numbers per hour, and nothing per family. A cursor per lap skips what is full, so that a family costs a few steps however full the pay point is.

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{DAYS_MAX, HOURS_MAX, Missing};

/// An hour in which the pay point is not open.
const SHUT: u32 = u32::MAX;
/// Shares of the days that a rule knows, and one for all days.
const SHARES: usize = 13;
/// To the pace or to the capacity, within the share or on any day.
const LAPS: usize = 4;

/// When a pay point is open, and for how many.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Days on which it is open, ascending.
    pub days: Vec<NaiveDate>,
    /// Opening time, local.
    pub opens: NaiveTime,
    /// Closing time, local.
    pub closes: NaiveTime,
    /// First and last moment of hand-over, local.
    pub window: (NaiveDateTime, NaiveDateTime),
    /// Families of an hour; none: nobody said.
    pub per_hour: Option<u32>,
    /// Families of a day; none: what its hours take.
    pub per_day: Option<u32>,
}

/// The hours of a pay point.
#[derive(Debug, Clone)]
pub struct Hours {
    days: Vec<NaiveDate>,
    opens: NaiveTime,
    /// Hours of a day.
    in_a_day: usize,
    capacity: Limit,
    pace: Limit,
    by_hour: Vec<u32>,
    by_day: Vec<u32>,
    cursors: [[usize; SHARES]; LAPS],
}

#[derive(Debug, Clone, Copy)]
struct Limit {
    hour: u32,
    day: u32,
}

fn minutes(time: NaiveTime) -> usize {
    usize::try_from(time.hour() * 60 + time.minute()).expect("a day has few minutes")
}

impl Hours {
    /// With nobody in them.
    pub fn new(opening: Opening) -> Self {
        let Opening { mut days, opens, closes, window, per_hour, per_day } = opening;
        days.truncate(DAYS_MAX);
        let hours = (minutes(closes).saturating_sub(minutes(opens)) / 60).clamp(1, HOURS_MAX);
        let hour = per_hour.unwrap_or(0);
        let day = per_day.unwrap_or(SHUT - 1);
        let capacity = Limit { hour, day };
        let (by_hour, by_day) = (vec![0; days.len() * hours], vec![0; days.len()]);
        let mut made = Self { days, opens, in_a_day: hours, capacity, pace: capacity, by_hour, by_day, cursors: [[0; SHARES]; LAPS] };
        for at in 0..made.by_hour.len() {
            let (day, starts) = made.at(at);
            let begins = day.and_time(starts);
            if begins < window.0 || begins + TimeDelta::hours(1) > window.1 + TimeDelta::minutes(1) {
                made.by_hour[at] = SHUT;
            }
        }
        made
    }

    /// Counts families that have an hour already; one that is not of this pay point any more counts nowhere.
    pub fn load(&mut self, day: NaiveDate, starts: NaiveTime, families: u32) {
        if let Some(at) = self.find(day, starts).filter(|at| self.by_hour[*at] != SHUT) {
            self.by_hour[at] = self.by_hour[at].saturating_add(families).min(SHUT - 1);
            self.by_day[at / self.in_a_day] = self.by_day[at / self.in_a_day].saturating_add(families).min(SHUT - 1);
        }
    }

    /// Sets the pace: so many families come in all, those loaded included.
    #[must_use]
    pub fn paced(mut self, families: u64) -> Self {
        let open: Vec<u64> =
            self.by_hour.chunks(self.in_a_day).map(|day| day.iter().filter(|hour| **hour != SHUT).fold(0, |n, _| n + 1)).collect();
        let hours: u64 = open.iter().sum();
        let even = u32::try_from(families.div_ceil(hours.max(1))).unwrap_or(SHUT - 1);
        let hour = even.max(self.capacity.hour.div_ceil(2)).min(self.capacity.hour);
        let days = open.iter().filter(|hours| **hours > 0).fold(0_u64, |n, _| n + 1);
        let even = u32::try_from(families.div_ceil(days.max(1))).unwrap_or(SHUT - 1);
        let day = even.max(self.capacity.day.div_ceil(2)).min(self.capacity.day);
        self.pace = Limit { hour, day };
        self
    }

    /// Families in an hour, for whoever checks.
    pub fn count(&self, day: NaiveDate, starts: NaiveTime) -> u32 {
        self.find(day, starts).map_or(0, |at| self.by_hour[at])
    }

    /// How many more families there is room for.
    pub fn room(&self) -> u64 {
        let hour = |load: &u32| if *load == SHUT { 0 } else { u64::from(self.capacity.hour.saturating_sub(*load)) };
        let days = self.by_hour.chunks(self.in_a_day).zip(&self.by_day);
        days.map(|(hours, load)| hours.iter().map(hour).sum::<u64>().min(u64::from(self.capacity.day.saturating_sub(*load)))).sum()
    }

    /// Whether an hour has room for so many more, which then are in it.
    pub(super) fn join(&mut self, day: NaiveDate, starts: NaiveTime, size: u32) -> bool {
        let at = self.find(day, starts).filter(|at| self.fits(*at, size, self.capacity));
        at.is_some_and(|at| {
            self.add(at, size);
            true
        })
    }

    /// The next hour with room for a household, in its share of the days where there is one.
    pub(super) fn take(&mut self, size: u32, share: Option<(usize, usize)>) -> Result<(NaiveDate, NaiveTime), Missing> {
        if self.capacity.hour == 0 {
            return Err(Missing::NoCapacity);
        }
        if self.by_hour.iter().all(|hour| *hour == SHUT) {
            return Err(Missing::NoDay);
        }
        if size > self.capacity.hour.min(self.capacity.day) {
            return Err(Missing::LargeHousehold);
        }
        let (own, all) = (share.map(|(which, of)| (which, self.slots(which, of))), 0..self.by_hour.len());
        let limits = [self.pace, self.capacity];
        let own = own.into_iter().flat_map(|(which, slots)| [(0, which, slots.clone(), limits[0]), (1, which, slots, limits[1])]);
        let any = [(2, SHARES - 1, all.clone(), limits[0]), (3, SHARES - 1, all, limits[1])];
        for (lap, which, slots, limit) in own.chain(any) {
            if let Some(at) = self.next(lap, which, slots, limit, size) {
                self.add(at, size);
                return Ok(self.at(at));
            }
        }
        Err(Missing::Full)
    }

    /// Hours of a share of the days.
    fn slots(&self, which: usize, of: usize) -> Range<usize> {
        let days = self.days.len();
        let (from, to) = (which * days / of, ((which + 1) * days / of).max(which * days / of + 1).min(days));
        from * self.in_a_day..to * self.in_a_day
    }

    fn next(&mut self, lap: usize, which: usize, slots: Range<usize>, limit: Limit, size: u32) -> Option<usize> {
        let mut from = self.cursors[lap][which].max(slots.start);
        while from < slots.end && !self.fits(from, 1, limit) {
            from += 1;
        }
        self.cursors[lap][which] = from;
        (from..slots.end).find(|at| self.fits(*at, size, limit))
    }

    fn fits(&self, at: usize, size: u32, limit: Limit) -> bool {
        let with = |load: u32| load.checked_add(size).unwrap_or(SHUT);
        with(self.by_hour[at]) <= limit.hour && with(self.by_day[at / self.in_a_day]) <= limit.day
    }

    fn add(&mut self, at: usize, size: u32) {
        self.by_hour[at] += size;
        self.by_day[at / self.in_a_day] += size;
    }

    fn at(&self, at: usize) -> (NaiveDate, NaiveTime) {
        let hour = i64::try_from(at % self.in_a_day).expect("a day has few hours");
        (self.days[at / self.in_a_day], self.opens + TimeDelta::hours(hour))
    }

    fn find(&self, day: NaiveDate, starts: NaiveTime) -> Option<usize> {
        let hour = minutes(starts).checked_sub(minutes(self.opens))? / 60;
        let day = self.days.binary_search(&day).ok()?;
        (hour < self.in_a_day).then_some(day * self.in_a_day + hour)
    }
}
