//! Fictitious persons with NIKs that are plausible, a function of a number: the same number is the same person in every test.
//!
//! Bound: numbers below [`MOST`].

use salur_domain::{
    nik::{Kk, Nik},
    region::{self, RegencyCode},
};

/// Numbers of persons: what four digits of serial leave room for.
pub const MOST: u32 = 10_000_000;
/// Belitung.
pub const BELITUNG: &str = "1902";
/// Belitung Timur.
pub const BELITUNG_TIMUR: &str = "1906";

const DAYS: u32 = 28;
const MONTHS: u32 = 12;
const YEARS: u32 = 40;
const FIRST_YEAR: u32 = 50;

const FIRST: [&str; 12] =
    ["Siti", "Rusdi", "Aminah", "Hendra", "Nurhayati", "Joko", "Kartini", "Burhan", "Yuliana", "Mahmud", "Fatmawati", "Zulkifli"];
const LAST: [&str; 10] =
    ["Wulandari", "Sanjaya", "Handayani", "Kusuma", "Permatasari", "Gunawan", "Lestari", "Hidayat", "Rahmawati", "Sitorus"];

/// A fictitious person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 16 digits.
    pub nik: String,
    /// 16 digits.
    pub kk: String,
    /// Two words.
    pub name: String,
    /// `YYYY-MM-DD`, as the NIK says.
    pub birth_date: String,
    /// `L` or `P`, as the NIK says.
    pub sex: &'static str,
    /// Street.
    pub address: String,
    /// Ten digits.
    pub village: String,
    /// Why the family is to be visited at home.
    pub home_visit: Option<String>,
}

impl Person {
    /// The person of a number, in Belitung.
    pub fn new(number: u32) -> Self {
        Self::of(BELITUNG, number)
    }

    /// The person of a number, in a regency.
    pub fn of(regency: &str, number: u32) -> Self {
        assert!(number < MOST, "four digits of serial tell {MOST} persons apart");
        let woman = number.is_multiple_of(2);
        let (day, rest) = (number % DAYS + 1, number / DAYS);
        let (month, rest) = (rest % MONTHS + 1, rest / MONTHS);
        let (year, serial) = (FIRST_YEAR + rest % YEARS, rest / YEARS + 1);
        let district = format!("{regency}01");
        let written_day = if woman { day + 40 } else { day };
        let pick = |from: &'static [&str], at: u32| from[at as usize % from.len()];
        Self {
            nik: format!("{district}{written_day:02}{month:02}{year:02}{serial:04}"),
            kk: format!("{district}03{number:08}"),
            name: format!("{} {}", pick(&FIRST, number), pick(&LAST, number / 12)),
            birth_date: format!("19{year:02}-{month:02}-{day:02}"),
            sex: if woman { "P" } else { "L" },
            address: format!("Jl. Sriwijaya {number}, RT 01/RW 02"),
            village: village(regency, number),
            home_visit: None,
        }
    }

    /// The NIK as the type that indexes are made of.
    pub fn nik(&self) -> Nik {
        Nik::parse(&self.nik).expect("persons have plausible NIKs")
    }

    /// The household card as the type that indexes are made of.
    pub fn kk(&self) -> Kk {
        Kk::parse(&self.kk).expect("persons have household cards")
    }
}

/// Ten digits of a village of the regency.
fn village(regency: &str, number: u32) -> String {
    let code = RegencyCode::parse(regency).expect("four digits");
    let villages: Vec<_> = region::villages(code).take(8).collect();
    villages[number as usize % villages.len()].0.to_string()
}
