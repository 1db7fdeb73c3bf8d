//! The rules that one row can be checked against alone.
//!
//! A row arrives as text, because a wrong field must become a finding with its column and not an unreadable message. [`check`] turns it into
//! values that cannot lie, plus every finding at once (upstream should not have to resend five times to hear of five mistakes). Rules that
//! need other rows, the tranche or money belong to intake and release. Bounds: [`crate::name::MAX_NAME`], [`MAX_ADDRESS`], [`MOST_STATED`].

use chrono::NaiveDate;

use crate::money::{self, Rupiah};
use crate::name::{self, Name};
use crate::nik::{Kk, Nik, Sex};
use crate::reason::{self, Code};
use crate::region::VillageCode;
use crate::schedule::HomeVisit;
use crate::status::RowStatus;

/// Longest address kept, in characters.
pub const MAX_ADDRESS: usize = 300;

/// Largest amount that is read, in rupiah: 92 million rows of it add up within 63 bits, so that no row can keep others from being counted.
pub const MOST_STATED: Rupiah = Rupiah::literal(100_000_000_000);

/// The codes that [`check`] can find. Every other one needs other rows, the tranche or money.
pub const CODES: [Code; 19] = [
    Code::Nik01,
    Code::Nik02,
    Code::Nik03,
    Code::Nik04,
    Code::Nik05,
    Code::Nik06,
    Code::Nik07,
    Code::Nik08,
    Code::Kk01,
    Code::Nam01,
    Code::Nam02,
    Code::Nam03,
    Code::Nam04,
    Code::Adr01,
    Code::Amt01,
    Code::Reg01,
    Code::Dat01,
    Code::Sex01,
    Code::Hom01,
];

/// A row as upstream wrote it.
#[derive(Clone, Copy)]
pub struct RowText<'a> {
    /// National identity number.
    pub nik: &'a str,
    /// Household card number.
    pub kk: &'a str,
    /// Full name.
    pub name: &'a str,
    /// Birth date, `YYYY-MM-DD`; none or empty when not known.
    pub birth_date: Option<&'a str>,
    /// `L` or `P`; none or empty when not known.
    pub sex: Option<&'a str>,
    /// Street, RT/RW.
    pub address: &'a str,
    /// Village code, with or without dots.
    pub village: &'a str,
    /// Why the family is to be visited at home ([`HomeVisit`]); none or empty when it comes to a counter.
    pub home_visit: Option<&'a str>,
    /// The stated amount, or why it could not be read.
    pub amount: &'a Result<Rupiah, money::Error>,
}

/// A row after the rules: what could be read of it, and what is wrong.
#[derive(Clone, PartialEq, Eq)]
pub struct Checked {
    /// Present unless NIK01 to NIK03.
    pub nik: Option<Nik>,
    /// Present unless KK01.
    pub kk: Option<Kk>,
    /// Cleaned, to be kept ([`Name::text`]); empty when NAM01.
    pub name: String,
    /// Folded, to be compared ([`Name::compared`]); empty when NAM01.
    pub name_compared: String,
    /// Where given and readable.
    pub birth_date: Option<NaiveDate>,
    /// Where given and readable.
    pub sex: Option<Sex>,
    /// Trimmed; control characters made spaces; at most [`MAX_ADDRESS`] characters.
    pub address: String,
    /// Present and in the list unless REG01.
    pub village: Option<VillageCode>,
    /// Present unless AMT01: unreadable, or above [`MOST_STATED`].
    pub amount: Option<Rupiah>,
    /// Everything found, in the order of the columns.
    pub findings: Vec<Code>,
    /// What the worst finding makes of it: staged, held or rejected.
    pub status: RowStatus,
}

/// Checks a row against the rules of one row. `on` is the day that ages are counted to.
pub fn check(row: &RowText<'_>, on: NaiveDate) -> Checked {
    let mut findings = Vec::new();
    let nik = Nik::parse(row.nik).map_err(|error| findings.push(error.code())).ok();
    let birth_date = given(row.birth_date).and_then(|text| or_note(iso_date(text), Code::Dat01, &mut findings));
    let sex = given(row.sex).and_then(|text| or_note(Sex::parse(text), Code::Sex01, &mut findings));
    if let Some(nik) = &nik {
        findings.extend(nik.findings(birth_date, sex, on));
    }
    let kk = or_note(Kk::parse(row.kk), Code::Kk01, &mut findings);
    let (name, name_compared) = names(row.name, &mut findings);
    let (address, tidied) = clean_address(row.address);
    if tidied {
        findings.push(Code::Adr01);
    }
    let village = VillageCode::parse(row.village).ok().filter(|code| code.is_known());
    let village = or_note(village, Code::Reg01, &mut findings);
    let home_visit = given(row.home_visit).map(HomeVisit::parse);
    findings.extend((home_visit == Some(None)).then_some(Code::Hom01));
    let stated = row.amount.as_ref().ok().copied().filter(|amount| *amount <= MOST_STATED);
    let amount = or_note(stated, Code::Amt01, &mut findings);
    let status = reason::status(&findings);
    Checked { nik, kk, name, name_compared, birth_date, sex, address, village, amount, findings, status }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn or_note<T>(value: Option<T>, code: Code, findings: &mut Vec<Code>) -> Option<T> {
    if value.is_none() {
        findings.push(code);
    }
    value
}

/// The name to keep and the name to compare.
fn names(text: &str, findings: &mut Vec<Code>) -> (String, String) {
    let Some(name) = Name::parse(text) else {
        findings.push(Code::Nam01);
        return Default::default();
    };
    findings.extend(name.has_look_alikes.then_some(Code::Nam02));
    findings.extend(name.had_invisible.then_some(Code::Nam03));
    // of look-alikes NAM02 says the same
    findings.extend((!name.has_look_alikes && !name.text.chars().all(name::is_printed)).then_some(Code::Nam04));
    (name.text, name.compared)
}

/// `YYYY-MM-DD` and nothing else: guessing which number is the month is how people become other people.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let form = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if form { text.parse().ok() } else { None }
}

/// The address tidied, and whether that changed more than spaces.
fn clean_address(text: &str) -> (String, bool) {
    let has_control = text.trim().chars().any(name::is_invisible);
    let spaced: String = text.chars().map(|c| if name::is_invisible(c) { ' ' } else { c }).collect();
    let address = name::single_spaced(&spaced);
    match address.char_indices().nth(MAX_ADDRESS) {
        Some((end, _)) => (address[..end].trim_end().to_owned(), true),
        None => (address, has_control),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMOUNT: Result<Rupiah, money::Error> = Rupiah::new(300_000);
    const UNREADABLE: Result<Rupiah, money::Error> = Err(money::Error::NotWhole);
    const GOOD: RowText<'static> = RowText {
        nik: "1902015204850007",
        kk: "1902010101010001",
        name: " Siti  Aminah ",
        birth_date: Some("1985-04-12"),
        sex: Some("P"),
        address: "Jl. Merdeka 1, RT 01/RW 02",
        village: "19.02.01.1001",
        home_visit: Some("sakit"),
        amount: &AMOUNT,
    };

    fn checked(row: RowText<'_>) -> Checked {
        check(&row, "2020-07-14".parse().expect("a date"))
    }

    #[test]
    fn a_good_row_is_staged_without_findings() {
        let row = checked(GOOD);
        assert_eq!((row.findings.as_slice(), row.status), ([].as_slice(), RowStatus::Staged));
        assert_eq!((row.name.as_str(), row.name_compared.as_str()), ("Siti Aminah", "siti aminah"));
        assert!(row.nik.is_some() && row.kk.is_some() && row.village.is_some() && row.amount == AMOUNT.ok());
    }

    /// A row that is wrong in this one way; none where one row cannot be. A new code does not compile without an answer.
    fn example(code: Code) -> Option<RowText<'static>> {
        Some(match code {
            Code::Nik01 => RowText { nik: "1", ..GOOD },
            Code::Nik02 => RowText { nik: "1.90201E+15", ..GOOD },
            Code::Nik03 => RowText { nik: "1902015204850000", ..GOOD },
            Code::Nik04 => RowText { nik: "1902017204850007", ..GOOD },
            Code::Nik05 => RowText { nik: "0102015204850007", ..GOOD },
            Code::Nik06 => RowText { nik: "1902995204850007", ..GOOD },
            Code::Nik07 => RowText { sex: Some("L"), ..GOOD },
            Code::Nik08 => RowText { nik: "1902015204100007", birth_date: Some("2010-04-12"), ..GOOD },
            Code::Kk01 => RowText { kk: "1.9E+15", ..GOOD },
            Code::Nam01 => RowText { name: "\t", ..GOOD },
            Code::Nam02 => RowText { name: "Siti Аminah", ..GOOD },
            Code::Nam03 => RowText { name: "Siti\u{202E} Aminah", ..GOOD },
            Code::Nam04 => RowText { name: "漢字", ..GOOD },
            Code::Adr01 => RowText { address: "Jl. Merdeka 1\nRT 01", ..GOOD },
            Code::Amt01 => RowText { amount: &UNREADABLE, ..GOOD },
            Code::Reg01 => RowText { village: "19.02.01.9999", ..GOOD },
            Code::Dat01 => RowText { birth_date: Some("12/04/1985"), ..GOOD },
            Code::Sex01 => RowText { sex: Some("F"), ..GOOD },
            Code::Hom01 => RowText { home_visit: Some("ya"), ..GOOD },
            // other rows, master data, money: `tests/it/rules/codes.rs` produces those
            Code::Nik09
            | Code::Nik09b
            | Code::Nik10
            | Code::Nik10b
            | Code::Nik11
            | Code::Con01
            | Code::Bat02
            | Code::Amt02
            | Code::Reg02
            | Code::Trn01
            | Code::Trn02
            | Code::Src01
            | Code::Pay01
            | Code::Mon01
            | Code::Wdr01
            | Code::Wdr02
            | Code::Sub01
            | Code::Sub02
            | Code::Civ01
            | Code::Civ02
            | Code::Trn03
            | Code::Ret01
            | Code::Ret02
            | Code::Ret03
            | Code::Ret04
            | Code::Ret05
            | Code::Ret06
            | Code::Ret07
            | Code::Ret08
            | Code::Rev01
            | Code::Rev02 => return None,
        })
    }

    #[test]
    fn every_code_of_one_row_has_a_row_that_is_wrong_in_that_way_alone() {
        for code in Code::all() {
            let found = example(code).map(checked);
            assert_eq!(found.is_some(), CODES.contains(&code), "{code}");
            if let Some(row) = found {
                assert_eq!((row.findings.as_slice(), row.status), ([code].as_slice(), reason::status(&[code])), "{code}");
            }
        }
    }

    #[test]
    fn household_cards_of_equal_digits_are_no_household() {
        for filled in ["0000000000000000", "9999999999999999"] {
            assert_eq!(checked(RowText { kk: filled, ..GOOD }).findings, [Code::Kk01], "{filled}");
        }
    }

    #[test]
    fn all_mistakes_of_a_row_are_told_at_once() {
        let row = checked(RowText { nik: "x", kk: "", name: "", village: "", sex: Some("?"), ..GOOD });
        assert_eq!(row.findings, [Code::Nik01, Code::Sex01, Code::Kk01, Code::Nam01, Code::Reg01]);
    }

    #[test]
    fn fields_that_may_be_missing_may_be_empty() {
        let row = checked(RowText { birth_date: Some(" "), sex: None, address: "", home_visit: Some(" "), ..GOOD });
        assert_eq!((row.findings.as_slice(), row.birth_date, row.sex), ([].as_slice(), None, None));
    }

    #[test]
    fn an_address_is_tidied_and_cut_with_a_warning() {
        let row = checked(RowText { address: "Jl. A\nRT 1", ..GOOD });
        assert_eq!((row.address.as_str(), row.findings.as_slice()), ("Jl. A RT 1", [Code::Adr01].as_slice()));
        let long = "é".repeat(MAX_ADDRESS + 1);
        let row = checked(RowText { address: &long, ..GOOD });
        assert_eq!((row.address.chars().count(), row.findings.as_slice()), (MAX_ADDRESS, [Code::Adr01].as_slice()));
    }
}
