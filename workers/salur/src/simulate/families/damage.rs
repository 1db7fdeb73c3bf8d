//! What is wrong with bad rows, how often, and what should become of them.

use salur_domain::status::RowStatus;
use salur_formats::csv::SubmittedRow;

/// A way for a row to be bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// NIK01: a digit is missing.
    ShortNik,
    /// NIK02: a spreadsheet made a float of the NIK.
    SpreadsheetNik,
    /// NIK03: one digit sixteen times.
    OneDigit,
    /// NIK04: born on the 30th of February.
    ImpossibleBirth,
    /// NIK05: no such province.
    UnknownProvince,
    /// NIK09: the NIK of the row before.
    SameNik,
    /// NIK10: the household card of the row before.
    SameHousehold,
    /// KK01: a digit of the household card is missing.
    ShortCard,
    /// NAM01: no name.
    NoName,
    /// AMT02: readable, but not what the tranche pays.
    WrongAmount,
    /// REG01: no such village.
    UnknownVillage,
    /// REG02: a village of a regency without an allocation.
    OutsideAllocation,
}

/// The share of each, of 10,000 rows: 1.5 % together, about what audits of real lists found.
pub const SHARES: [(Damage, u64); 12] = [
    (Damage::ShortNik, 20),
    (Damage::SpreadsheetNik, 20),
    (Damage::OneDigit, 10),
    (Damage::ImpossibleBirth, 15),
    (Damage::UnknownProvince, 10),
    (Damage::SameNik, 15),
    (Damage::SameHousehold, 15),
    (Damage::ShortCard, 10),
    (Damage::NoName, 10),
    (Damage::WrongAmount, 10),
    (Damage::UnknownVillage, 8),
    (Damage::OutsideAllocation, 7),
];

/// The damage of a number below 10,000; none for most.
pub fn drawn(number: u64) -> Option<Damage> {
    let mut below = 0;
    SHARES.into_iter().find_map(|(damage, share)| {
        below += share;
        (number < below).then_some(damage)
    })
}

impl Damage {
    /// The code that the row's answer should name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ShortNik => "NIK01",
            Self::SpreadsheetNik => "NIK02",
            Self::OneDigit => "NIK03",
            Self::ImpossibleBirth => "NIK04",
            Self::UnknownProvince => "NIK05",
            Self::SameNik => "NIK09",
            Self::SameHousehold => "NIK10",
            Self::ShortCard => "KK01",
            Self::NoName => "NAM01",
            Self::WrongAmount => "AMT02",
            Self::UnknownVillage => "REG01",
            Self::OutsideAllocation => "REG02",
        }
    }

    /// What should become of the row.
    pub fn status(self) -> RowStatus {
        let code = salur_domain::reason::Code::parse(self.code()).expect("every damage has a code of the list");
        salur_domain::reason::status(&[code])
    }

    /// Makes a row bad, where that needs nothing but the row.
    pub fn spoil(self, row: &mut SubmittedRow, amount: i64) {
        match self {
            Self::ShortNik => row.nik.truncate(15),
            Self::SpreadsheetNik => row.nik = format!("{}.{}E+15", &row.nik[..1], &row.nik[1..6]),
            Self::OneDigit => row.nik = row.nik[..1].repeat(row.nik.len()),
            Self::ImpossibleBirth => {
                row.nik.replace_range(6..10, "3002");
                "L".clone_into(&mut row.sex);
            }
            Self::UnknownProvince => row.nik.replace_range(..2, "99"),
            Self::ShortCard => row.kk.truncate(15),
            Self::NoName => row.name.clear(),
            Self::WrongAmount => row.amount = (amount * 2).to_string(),
            Self::UnknownVillage => row.village.replace_range(6.., "9999"),
            Self::SameNik | Self::SameHousehold | Self::OutsideAllocation => {}
        }
    }
}
