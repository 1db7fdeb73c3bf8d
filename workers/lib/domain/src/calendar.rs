//! Days and times as Indonesians write them, and the three time zones.
//!
//! Used on cheques, screens and distribution lists. Indonesia has no summer time, so a zone is a number of minutes.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reason::Language;

/// A time zone of Indonesia.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Zone {
    /// Western: UTC+7.
    Wib,
    /// Central: UTC+8.
    Wita,
    /// Eastern: UTC+9.
    Wit,
}

const MONTHS_ID: [&str; 12] =
    ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"];
const MONTHS_EN: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
/// First letters of a month that make its short form, in both languages.
const SHORT: usize = 3;

impl Zone {
    /// Minutes ahead of UTC.
    pub const fn offset_min(self) -> i32 {
        match self {
            Self::Wib => 7 * 60,
            Self::Wita => 8 * 60,
            Self::Wit => 9 * 60,
        }
    }

    /// `WIB`, `WITA` or `WIT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wib => "WIB",
            Self::Wita => "WITA",
            Self::Wit => "WIT",
        }
    }

    /// The zone of that name, either case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Wib, Self::Wita, Self::Wit].into_iter().find(|zone| zone.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// The moment as clocks of the zone show it.
    pub fn local(self, moment: DateTime<Utc>) -> DateTime<FixedOffset> {
        moment.with_timezone(&FixedOffset::east_opt(self.offset_min() * 60).expect("a few hours"))
    }
}

/// `14 Juli 2020`.
///
/// ```
/// use salur_domain::{calendar::date, reason::Language};
/// let day = "2020-05-04".parse().unwrap();
/// assert_eq!(date(day, Language::Indonesian), "4 Mei 2020");
/// assert_eq!(date(day, Language::English), "4 May 2020");
/// ```
pub fn date(day: NaiveDate, language: Language) -> String {
    format!("{} {} {}", day.day(), month(day, language), day.year())
}

/// `14 Jul 2020`, for narrow places.
pub fn short_date(day: NaiveDate, language: Language) -> String {
    format!("{} {} {}", day.day(), &month(day, language)[..SHORT], day.year())
}

/// `Selasa, 14 Juli 2020`.
pub fn long_date(day: NaiveDate, language: Language) -> String {
    format!("{}, {}", weekday(day, language), date(day, language))
}

/// `14 Jul 2020 09.05 WIB`; English has a colon.
pub fn short_time(moment: DateTime<Utc>, zone: Zone, language: Language) -> String {
    let local = zone.local(moment);
    let mark = if language == Language::Indonesian { '.' } else { ':' };
    format!("{} {:02}{mark}{:02} {}", short_date(local.date_naive(), language), local.hour(), local.minute(), zone.as_str())
}

/// `Selasa, 14 Juli 2020, pukul 08.00–09.00`: an hour in which somebody comes.
///
/// ```
/// use salur_domain::{calendar::hour, reason::Language};
/// let (day, from) = ("2020-07-14".parse().unwrap(), "08:30:00".parse().unwrap());
/// assert_eq!(hour(day, from, Language::Indonesian), "Selasa, 14 Juli 2020, pukul 08.30–09.30");
/// assert_eq!(hour(day, from, Language::English), "Tuesday, 14 July 2020, 08:30–09:30");
/// ```
pub fn hour(day: NaiveDate, from: NaiveTime, language: Language) -> String {
    let to = from + TimeDelta::hours(1);
    let (before, mark) = if language == Language::Indonesian { ("pukul ", '.') } else { ("", ':') };
    let clock = |time: NaiveTime| format!("{:02}{mark}{:02}", time.hour(), time.minute());
    format!("{}, {before}{}–{}", long_date(day, language), clock(from), clock(to))
}

fn month(day: NaiveDate, language: Language) -> &'static str {
    let names = if language == Language::Indonesian { &MONTHS_ID } else { &MONTHS_EN };
    names[usize::try_from(day.month0()).expect("0 to 11")]
}

fn weekday(day: NaiveDate, language: Language) -> &'static str {
    let (id, en) = match day.weekday() {
        Weekday::Mon => ("Senin", "Monday"),
        Weekday::Tue => ("Selasa", "Tuesday"),
        Weekday::Wed => ("Rabu", "Wednesday"),
        Weekday::Thu => ("Kamis", "Thursday"),
        Weekday::Fri => ("Jumat", "Friday"),
        Weekday::Sat => ("Sabtu", "Saturday"),
        Weekday::Sun => ("Minggu", "Sunday"),
    };
    if language == Language::Indonesian { id } else { en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_indonesians_write_them() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(short_date(day("2020-08-01"), Language::Indonesian), "1 Agu 2020");
        assert_eq!(short_date(day("2020-12-31"), Language::Indonesian), "31 Des 2020");
        assert_eq!(long_date(day("2020-07-14"), Language::Indonesian), "Selasa, 14 Juli 2020");
        assert_eq!(long_date(day("2020-07-19"), Language::English), "Sunday, 19 July 2020");
    }

    #[test]
    fn a_moment_reads_by_the_clock_of_its_zone() {
        let moment = "2020-07-14T16:05:59Z".parse().expect("a time");
        assert_eq!(short_time(moment, Zone::Wib, Language::Indonesian), "14 Jul 2020 23.05 WIB");
        assert_eq!(short_time(moment, Zone::Wit, Language::English), "15 Jul 2020 01:05 WIT");
        assert_eq!(Zone::parse(" wita "), Some(Zone::Wita));
        assert_eq!(Zone::parse("UTC"), None);
    }
}
