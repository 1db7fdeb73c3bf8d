//! Where people live and are registered: provinces, regencies and cities, districts, villages.
//!
//! Codes are those of the Ministry of Home Affairs (Kemendagri): 2 digits for a province, 4 for a regency or city, 6 for a district, 10 for a
//! village. The lists stand as sorted text in `data/` (see `data/NOTICE.md` for source and licence) inside the binary; each is indexed
//! once, on first use: 91,599 entries, 2.2 MB of index, about 3 ms. Look-ups are binary searches.
//!
//! Codes and lists are two things on purpose: [`VillageCode::parse`] checks the form, [`VillageCode::is_known`] the list, so that a row
//! stored last year still reads back when this year's list has lost its village.

use std::fmt;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sorted list of (code, name).
struct List(Vec<(u64, &'static str)>);

static PROVINCES: LazyLock<List> = LazyLock::new(|| List::of(include_str!("../data/provinces.txt")));
static REGENCIES: LazyLock<List> = LazyLock::new(|| List::of(include_str!("../data/regencies.txt")));
static DISTRICTS: LazyLock<List> = LazyLock::new(|| List::of(include_str!("../data/districts.txt")));
static OLDER_DISTRICTS: LazyLock<List> = LazyLock::new(|| List::of(include_str!("../data/districts-older.txt")));
static VILLAGES: LazyLock<List> = LazyLock::new(|| List::of(include_str!("../data/villages.txt")));

impl List {
    fn of(text: &'static str) -> Self {
        let entries = text.lines().map(|line| {
            let (code, name) = line.split_once(' ').expect("make-regions writes `code name`");
            (code.parse().expect("make-regions writes digits"), name)
        });
        let list: Vec<_> = entries.collect();
        assert!(list.is_sorted_by(|a, b| a.0 < b.0), "make-regions writes sorted, distinct codes");
        Self(list)
    }

    fn name(&self, code: u64) -> Option<&'static str> {
        self.0.binary_search_by_key(&code, |entry| entry.0).ok().map(|at| self.0[at].1)
    }

    /// Entries whose code lies in `from..to`.
    fn between(&self, from: u64, to: u64) -> &[(u64, &'static str)] {
        let start = self.0.partition_point(|entry| entry.0 < from);
        let end = self.0.partition_point(|entry| entry.0 < to);
        &self.0[start..end]
    }
}

/// Why a text is not a region code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a region code of {digits} digits")]
pub struct Error {
    /// Digits that such a code has.
    pub digits: usize,
}

/// Digits of a code that may be written with dots between its levels: `19.02.01.2001`.
fn digits(text: &str, digits: usize) -> Result<u64, Error> {
    let text = text.trim();
    let mut code = 0;
    let mut count = 0;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if count < digits => {
                code = code * 10 + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if matches!(count, 2 | 4 | 6) => {}
            _ => return Err(Error { digits }),
        }
    }
    let well_formed = count == digits && !text.ends_with('.') && !text.contains("..");
    if well_formed { Ok(code) } else { Err(Error { digits }) }
}

macro_rules! region_code {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $digits:literal, $list:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// Number of digits.
            pub const DIGITS: usize = $digits;

            /// The code, if the text has its form; dots between levels and surrounding space are ignored. Says nothing about existence.
            pub fn parse(text: &str) -> Result<Self, Error> {
                let code = digits(text, $digits)?;
                Ok(Self(<$inner>::try_from(code).expect("a code of this many digits fits its type")))
            }

            /// Whether today's list has it.
            pub fn is_known(self) -> bool {
                $list.name(u64::from(self.0)).is_some()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:0width$}", self.0, width = $digits)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": concat!("^[0-9]{", $digits, "}$") })
            }
        }
    };
}

region_code!(
    /// A province: `19`.
    ProvinceCode, u8, 2, PROVINCES
);
region_code!(
    /// A regency (kabupaten) or city (kota): `1902`.
    RegencyCode, u16, 4, REGENCIES
);
region_code!(
    /// A district (kecamatan): `190201`.
    DistrictCode, u32, 6, DISTRICTS
);
region_code!(
    /// A village (desa, kelurahan): `1902011001`.
    VillageCode, u64, 10, VILLAGES
);

impl VillageCode {
    /// The district it lies in.
    pub fn district(self) -> DistrictCode {
        DistrictCode(u32::try_from(self.0 / 10_000).expect("10 digits without the last 4 are 6"))
    }

    /// The regency or city it lies in.
    pub fn regency(self) -> RegencyCode {
        self.district().regency()
    }

    /// The province it lies in.
    pub fn province(self) -> ProvinceCode {
        self.regency().province()
    }
}

impl DistrictCode {
    /// The regency or city it lies in.
    pub fn regency(self) -> RegencyCode {
        RegencyCode(u16::try_from(self.0 / 100).expect("6 digits without the last 2 are 4"))
    }

    /// Whether today's list or an older one has it. 594 of the district codes of 2022 are gone in 2025, and a NIK keeps its prefix for life.
    pub fn was_ever_known(self) -> bool {
        self.is_known() || OLDER_DISTRICTS.name(u64::from(self.0)).is_some()
    }
}

impl RegencyCode {
    /// The province it lies in.
    pub fn province(self) -> ProvinceCode {
        ProvinceCode(u8::try_from(self.0 / 100).expect("4 digits without the last 2 are 2"))
    }
}

impl ProvinceCode {
    /// Whether today's list or an older one has it.
    pub fn was_ever_known(self) -> bool {
        let from = u64::from(self.0) * 10_000;
        self.is_known() || !OLDER_DISTRICTS.between(from, from + 10_000).is_empty()
    }
}

/// Name of a province: `Kepulauan Bangka Belitung`.
pub fn province_name(code: ProvinceCode) -> Option<&'static str> {
    PROVINCES.name(u64::from(code.0))
}

/// Name of a regency or city, its kind first: `Kabupaten Belitung`.
pub fn regency_name(code: RegencyCode) -> Option<&'static str> {
    REGENCIES.name(u64::from(code.0))
}

/// Name of a district.
pub fn district_name(code: DistrictCode) -> Option<&'static str> {
    DISTRICTS.name(u64::from(code.0))
}

/// Name of a village.
pub fn village_name(code: VillageCode) -> Option<&'static str> {
    VILLAGES.name(code.0)
}

/// Every province with its name, by code.
pub fn provinces() -> impl Iterator<Item = (ProvinceCode, &'static str)> {
    PROVINCES.0.iter().map(|&(code, name)| (ProvinceCode(u8::try_from(code).expect("two digits")), name))
}

/// The regencies and cities of a province with their names, by code.
pub fn regencies(of: ProvinceCode) -> impl Iterator<Item = (RegencyCode, &'static str)> {
    let from = u64::from(of.0) * 100;
    REGENCIES.between(from, from + 100).iter().map(|&(code, name)| (RegencyCode(u16::try_from(code).expect("four digits")), name))
}

/// The districts of a regency or city with their names, by code.
pub fn districts(of: RegencyCode) -> impl Iterator<Item = (DistrictCode, &'static str)> {
    let from = u64::from(of.0) * 100;
    DISTRICTS.between(from, from + 100).iter().map(|&(code, name)| (DistrictCode(u32::try_from(code).expect("six digits")), name))
}

/// The villages of a regency or city with their names, by code.
pub fn villages(of: RegencyCode) -> impl Iterator<Item = (VillageCode, &'static str)> {
    let from = u64::from(of.0) * 1_000_000;
    VILLAGES.between(from, from + 1_000_000).iter().map(|&(code, name)| (VillageCode(code), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn village(text: &str) -> VillageCode {
        VillageCode::parse(text).expect("a village code")
    }

    #[test]
    fn the_lists_have_every_region_of_the_source() {
        assert_eq!((PROVINCES.0.len(), REGENCIES.0.len(), DISTRICTS.0.len(), VILLAGES.0.len()), (38, 514, 7_285, 83_762));
    }

    #[test]
    fn every_region_lies_in_a_region_of_the_level_above() {
        assert!(VILLAGES.0.iter().all(|&(code, _)| VillageCode(code).district().is_known()));
        let regencies: Vec<_> = provinces().flat_map(|(province, _)| regencies(province)).collect();
        assert_eq!(regencies.len(), 514);
        assert_eq!(regencies.iter().map(|&(code, _)| districts(code).count()).sum::<usize>(), 7_285);
        assert_eq!(regencies.iter().map(|&(code, _)| villages(code).count()).sum::<usize>(), 83_762);
    }

    #[test]
    fn a_village_reads_with_and_without_dots_and_knows_where_it_lies() {
        let code = village(" 19.02.01.1001 ");
        assert_eq!(code, village("1902011001"));
        assert_eq!(
            (code.district().to_string(), code.regency().to_string(), code.province().to_string()),
            ("190201".into(), "1902".into(), "19".into())
        );
        assert_eq!(regency_name(code.regency()), Some("Kabupaten Belitung"));
        assert_eq!(province_name(code.province()), Some("Kepulauan Bangka Belitung"));
        assert!(code.is_known() && village_name(code).is_some() && district_name(code.district()).is_some());
    }

    #[test]
    fn other_texts_are_no_village() {
        for text in [
            "",
            "19.02.01",
            "190201200",
            "19020120011",
            "19.0201.2001.",
            ".1902012001",
            "19..02.01.2001",
            "1902-01-2001",
            "190201200x",
            "1.902.01.2001",
        ] {
            assert!(VillageCode::parse(text).is_err(), "{text}");
        }
        assert!(!village("1902019999").is_known());
    }

    #[test]
    fn districts_that_are_gone_are_still_remembered() {
        let (gone, _) = OLDER_DISTRICTS.0[0];
        let gone = DistrictCode(u32::try_from(gone).expect("six digits"));
        assert!(!gone.is_known() && gone.was_ever_known());
        assert!(!DistrictCode::parse("999999").expect("well formed").was_ever_known());
    }
}
