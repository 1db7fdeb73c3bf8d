//! The national identity number (NIK): 16 digits `PPKKCC DDMMYY SSSS`, and the household card number (KK), 16 digits.
//!
//! PP province, KK regency or city, CC district: the place of *registration*, kept for life. DD is the day, plus 40 for women; YY two
//! digits; SSSS a serial. There is no check digit, so everything here is plausibility: [`Nik::parse`] refuses what cannot be a NIK
//! (NIK01 to NIK03), [`Nik::findings`] says what looks wrong about one (NIK04 to NIK08).
//!
//! Both types print masked (`1902******0007`) and yield their digits only by a call that says so.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reason::Code;
use crate::region::{DistrictCode, ProvinceCode};

/// Digits of a NIK and of a household card number.
pub const DIGITS: usize = 16;
/// Trailing zeros that no NIK has but a rounded float does: year and serial together.
const ROUNDED_ZEROS: usize = 6;
/// What is added to the day of birth of women.
const FEMALE: u32 = 40;
/// Younger than this a person has no identity card.
const YOUNGEST: i32 = 17;
/// Older than this is most likely a list that was not kept.
const OLDEST: i32 = 110;
/// Nobody was ever older; decides the century of YY.
const OLDEST_EVER: i32 = 120;

/// A national identity number that has the form of one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nik([u8; DIGITS]);

/// A household card number (nomor kartu keluarga).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kk([u8; DIGITS]);

/// Sex as it stands on identity cards and inside the NIK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Sex {
    /// Laki-laki.
    #[serde(rename = "L")]
    Male,
    /// Perempuan.
    #[serde(rename = "P")]
    Female,
}

/// Why a text is not a NIK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NikError {
    /// NIK01.
    #[error("not 16 digits")]
    NotDigits,
    /// NIK02: `1.90201E+15`, `1902010000000000`, `1902015204850007.0`.
    #[error("damaged by a spreadsheet: digits were rounded away")]
    Rounded,
    /// NIK03.
    #[error("all digits equal, or serial 0000")]
    Impossible,
}

impl NikError {
    /// The reason to give.
    pub const fn code(self) -> Code {
        match self {
            Self::NotDigits => Code::Nik01,
            Self::Rounded => Code::Nik02,
            Self::Impossible => Code::Nik03,
        }
    }
}

impl Sex {
    /// `L` or `P`, either case, surrounding space ignored.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "L" | "l" => Some(Self::Male),
            "P" | "p" => Some(Self::Female),
            _ => None,
        }
    }

    /// `L` or `P`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Male => "L",
            Self::Female => "P",
        }
    }
}

impl Nik {
    /// A NIK from what upstream wrote, surrounding space ignored.
    ///
    /// ```
    /// use salur_domain::nik::{Nik, NikError};
    /// assert_eq!(Nik::parse(" 1902015204850007 ").unwrap().to_string(), "1902******0007");
    /// assert_eq!(Nik::parse("1.90201E+15"), Err(NikError::Rounded));
    /// assert_eq!(Nik::parse("1902010000000000"), Err(NikError::Rounded));
    /// assert_eq!(Nik::parse("190201520485007"), Err(NikError::NotDigits));
    /// ```
    pub fn parse(text: &str) -> Result<Self, NikError> {
        let text = text.trim();
        let Some(digits) = sixteen(text) else {
            return Err(if is_float(text) { NikError::Rounded } else { NikError::NotDigits });
        };
        if digits.iter().all(|digit| *digit == digits[0]) {
            return Err(NikError::Impossible);
        }
        if digits[DIGITS - ROUNDED_ZEROS..].iter().all(|digit| *digit == b'0') {
            return Err(NikError::Rounded);
        }
        if digits.ends_with(b"0000") {
            return Err(NikError::Impossible);
        }
        Ok(Self(digits))
    }

    /// The 16 digits: for sealing, indexing and the identity check, never for logs, metrics, errors, keys or URLs.
    pub fn digits(&self) -> &str {
        ascii(&self.0)
    }

    /// The province of registration.
    pub fn province(&self) -> ProvinceCode {
        ProvinceCode::parse(&self.digits()[..2]).expect("two digits")
    }

    /// The district of registration.
    pub fn district(&self) -> DistrictCode {
        DistrictCode::parse(&self.digits()[..6]).expect("six digits")
    }

    /// The sex inside the NIK.
    pub fn sex(&self) -> Sex {
        if self.two_digits(6) > FEMALE { Sex::Female } else { Sex::Male }
    }

    /// The birth dates that the NIK can mean on a day: one per century that gives an age of 0 to 120, the latest first. None when the
    /// date is impossible.
    pub fn birth_dates(&self, on: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let day = match self.two_digits(6) {
            day if day > FEMALE => day - FEMALE,
            day => day,
        };
        let (month, year) = (self.two_digits(8), self.two_digits(10));
        let latest_century = on.year().div_euclid(100);
        let year = i32::try_from(year).expect("two digits");
        (0..=2)
            .filter_map(move |back| NaiveDate::from_ymd_opt((latest_century - back) * 100 + year, month, day))
            .filter(move |born| *born <= on && age(*born, on) <= OLDEST_EVER)
    }

    /// What looks wrong about it, given what the row says of the person: NIK04 to NIK08, in that order.
    pub fn findings(&self, birth_date: Option<NaiveDate>, sex: Option<Sex>, on: NaiveDate) -> Vec<Code> {
        let mut findings = Vec::new();
        let born = match birth_date {
            Some(stated) => self.birth_dates(on).find(|date| *date == stated).or_else(|| self.birth_dates(on).next()),
            None => self.birth_dates(on).next(),
        };
        if born.is_none() {
            findings.push(Code::Nik04);
        }
        if !self.province().was_ever_known() {
            findings.push(Code::Nik05);
        } else if !self.district().was_ever_known() {
            findings.push(Code::Nik06);
        }
        if let Some(born) = born {
            if birth_date.is_some_and(|stated| stated != born) || sex.is_some_and(|stated| stated != self.sex()) {
                findings.push(Code::Nik07);
            }
            if !(YOUNGEST..=OLDEST).contains(&age(born, on)) {
                findings.push(Code::Nik08);
            }
        }
        findings
    }

    fn two_digits(&self, at: usize) -> u32 {
        u32::from(self.0[at] - b'0') * 10 + u32::from(self.0[at + 1] - b'0')
    }
}

impl Kk {
    /// A household card number from what upstream wrote, surrounding space ignored; `None` is KK01. Equal digits are what a form is filled
    /// with where there is no card: all families of a list would become one household.
    pub fn parse(text: &str) -> Option<Self> {
        sixteen(text.trim()).filter(|digits| digits.iter().any(|digit| *digit != digits[0])).map(Self)
    }

    /// The 16 digits: for sealing and indexing, never for logs, metrics, errors, keys or URLs.
    pub fn digits(&self) -> &str {
        ascii(&self.0)
    }
}

/// Completed years on a day.
fn age(born: NaiveDate, on: NaiveDate) -> i32 {
    let before_birthday = (on.month(), on.day()) < (born.month(), born.day());
    on.year() - born.year() - i32::from(before_birthday)
}

fn sixteen(text: &str) -> Option<[u8; DIGITS]> {
    let digits: [u8; DIGITS] = text.as_bytes().try_into().ok()?;
    digits.iter().all(u8::is_ascii_digit).then_some(digits)
}

/// Whether a spreadsheet or a data frame wrote this as a number: an exponent, or a decimal part of zeros after many digits.
fn is_float(text: &str) -> bool {
    let digits_or_marks = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e']) {
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        return digits_or_marks(mantissa) && !exponent.is_empty() && exponent.bytes().all(|b| b.is_ascii_digit());
    }
    text.split_once(['.', ',']).is_some_and(|(whole, part)| {
        whole.len() >= DIGITS - 1 && whole.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() && part.bytes().all(|b| b == b'0')
    })
}

fn ascii(digits: &[u8; DIGITS]) -> &str {
    std::str::from_utf8(digits).expect("ASCII digits are UTF-8")
}

macro_rules! prints_masked {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}******{}", &self.digits()[..4], &self.digits()[DIGITS - 4..])
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}
prints_masked!(Nik);
prints_masked!(Kk);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn nik(text: &str) -> Nik {
        Nik::parse(text).expect("a NIK")
    }

    const ON: &str = "2020-07-14";

    fn codes(text: &str) -> Vec<Code> {
        nik(text).findings(None, None, day(ON))
    }

    #[test]
    fn nik01_refuses_what_is_not_sixteen_digits() {
        for text in [
            "",
            " ",
            "190201520485000",
            "19020152048500077",
            "1902015204850OO7",
            "１９０２０１５２０４８５０００７",
            "1902 0152 0485 0007",
            "-902015204850007",
            "E",
            "1.E",
            "e+15",
        ] {
            assert_eq!(Nik::parse(text), Err(NikError::NotDigits), "{text}");
        }
    }

    #[test]
    fn nik02_recognises_a_spreadsheet() {
        for text in [
            "1.90201E+15",
            "1,90201E+15",
            "1.902015204e15",
            "1902010000000000",
            "1902015204000000",
            "1902015204850007.0",
            "190201520485000.00",
        ] {
            assert_eq!(Nik::parse(text), Err(NikError::Rounded), "{text}");
        }
    }

    #[test]
    fn nik03_refuses_equal_digits_and_serial_zero() {
        for text in ["0000000000000000", "1111111111111111", "1902015204850000"] {
            assert_eq!(Nik::parse(text), Err(NikError::Impossible), "{text}");
        }
    }

    #[test]
    fn a_good_nik_has_no_findings() {
        assert_eq!(codes("1902015204850007"), []);
        assert_eq!(nik("1902015204850007").findings(Some(day("1985-04-12")), Some(Sex::Female), day(ON)), []);
        assert_eq!(nik("1902013112400001").findings(Some(day("1940-12-31")), Some(Sex::Male), day(ON)), []);
    }

    #[test]
    fn nik04_holds_impossible_dates() {
        for date in ["000485", "320485", "400485", "720485", "310485", "710485", "300285", "290285", "690285", "120085", "121385"] {
            assert_eq!(codes(&format!("190201{date}0007")), [Code::Nik04], "{date}");
        }
        for date in ["010185", "310185", "410185", "710185", "290284", "690284"] {
            assert_eq!(codes(&format!("190201{date}0007")), [], "{date}");
        }
    }

    #[test]
    fn the_29th_of_february_00_is_of_2000_and_never_of_1900() {
        assert_eq!(nik("1902012902000007").birth_dates(day(ON)).collect::<Vec<_>>(), [day("2000-02-29")]);
    }

    #[test]
    fn nik05_and_nik06_look_the_place_up_in_current_and_older_lists() {
        assert_eq!(codes("0102015204850007"), [Code::Nik05]);
        assert_eq!(codes("1902995204850007"), [Code::Nik06]);
        let older = include_str!("../data/districts-older.txt").lines().next().expect("a line");
        assert_eq!(codes(&format!("{}5204850007", &older[..6])), []);
    }

    #[test]
    fn nik07_compares_birth_date_and_sex() {
        let findings = |born: Option<&str>, sex| nik("1902015204850007").findings(born.map(day), sex, day(ON));
        assert_eq!(findings(Some("1985-04-13"), None), [Code::Nik07]);
        assert_eq!(findings(None, Some(Sex::Male)), [Code::Nik07]);
        assert_eq!(findings(None, Some(Sex::Female)), []);
    }

    #[test]
    fn nik08_warns_of_the_very_young_and_the_very_old() {
        assert_eq!(codes("1902011407030007"), [], "seventeen today");
        assert_eq!(codes("1902011507030007"), [Code::Nik08], "seventeen tomorrow");
        let old = nik("1902011407050007");
        assert_eq!(old.findings(Some(day("1905-07-14")), None, day(ON)), [Code::Nik08], "115 by the stated date");
        let ninety_nine = nik("1902011507200007");
        assert_eq!(ninety_nine.birth_dates(day(ON)).next(), Some(day("1920-07-15")), "the day after today is not born yet in 2020");
        assert_eq!(ninety_nine.findings(None, None, day(ON)), []);
    }

    proptest! {
        #[test]
        fn sixteen_digits_are_a_nik_or_a_reason_on_any_day(digits in "[0-9]{16}", on in 0_i32..3_000_000, stated in prop::option::of(0_i32..3_000_000)) {
            let date = |days| NaiveDate::from_num_days_from_ce_opt(days).expect("within the calendar");
            match Nik::parse(&digits) {
                Ok(nik) => prop_assert!(nik.digits() == digits && nik.findings(stated.map(date), None, date(on)).len() <= 4),
                Err(error) => prop_assert!(error != NikError::NotDigits),
            }
        }
    }

    #[test]
    fn numbers_print_masked_however_they_are_printed() {
        let (nik, kk) = (nik("1902015204850007"), Kk::parse("1902010101010001").expect("a KK"));
        assert_eq!(format!("{nik} {nik:?} {kk} {kk:?}"), "1902******0007 1902******0007 1902******0001 1902******0001");
        assert_eq!(nik.digits(), "1902015204850007");
    }
}
