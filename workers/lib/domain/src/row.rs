//! The rules that one row can be checked against alone.
//!
//! A row arrives as text, because a wrong field must become a finding with its column and not an unreadable message. [`check`] turns it into
//! values that cannot lie, plus every finding at once (upstream should not have to resend five times to hear of five mistakes). Rules that
//! need other rows, the tranche or money belong to intake and release. Bounds: [`MAX_NAME`], [`MAX_ADDRESS`].

use chrono::NaiveDate;

use crate::money::{self, Rupiah};
use crate::nik::{Kk, Nik, Sex};
use crate::reason::{self, Code};
use crate::region::VillageCode;
use crate::status::RowStatus;

/// Longest name, in characters. Identity cards print up to 60; older registers had longer ones.
pub const MAX_NAME: usize = 100;
/// Longest address kept, in characters.
pub const MAX_ADDRESS: usize = 300;

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
    /// Trimmed, inner runs of space made one; empty when NAM01.
    pub name: String,
    /// Where given and readable.
    pub birth_date: Option<NaiveDate>,
    /// Where given and readable.
    pub sex: Option<Sex>,
    /// Trimmed; control characters made spaces; at most [`MAX_ADDRESS`] characters.
    pub address: String,
    /// Present and in the list unless REG01.
    pub village: Option<VillageCode>,
    /// Present unless AMT01.
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
    let name = or_note(clean_name(row.name), Code::Nam01, &mut findings).unwrap_or_default();
    let (address, tidied) = clean_address(row.address);
    if tidied {
        findings.push(Code::Adr01);
    }
    let village = VillageCode::parse(row.village).ok().filter(|code| code.is_known());
    let village = or_note(village, Code::Reg01, &mut findings);
    let amount = or_note(row.amount.as_ref().ok().copied(), Code::Amt01, &mut findings);
    let status = reason::status(&findings);
    Checked { nik, kk, name, birth_date, sex, address, village, amount, findings, status }
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

/// `YYYY-MM-DD` and nothing else: guessing which number is the month is how people become other people.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let form = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    if form { text.parse().ok() } else { None }
}

/// The name trimmed and with single spaces, unless it is empty, longer than [`MAX_NAME`] or has control characters.
pub fn clean_name(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().any(is_control) {
        return None;
    }
    let name = single_spaced(text);
    (1..=MAX_NAME).contains(&name.chars().count()).then_some(name)
}

/// The address tidied, and whether that changed more than spaces.
fn clean_address(text: &str) -> (String, bool) {
    let has_control = text.trim().chars().any(is_control);
    let spaced: String = text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect();
    let address = single_spaced(&spaced);
    match address.char_indices().nth(MAX_ADDRESS) {
        Some((end, _)) => (address[..end].trim_end().to_owned(), true),
        None => (address, has_control),
    }
}

/// Control characters, and the invisible marks that turn text around (so that a name cannot be shown as another).
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn single_spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

/// A name as it stands on cheques and screens: the first letter of each word, and stars for the others.
///
/// ```
/// assert_eq!(salur_domain::row::mask_name("Siti Aminah"), "S*** A*****");
/// ```
pub fn mask_name(name: &str) -> String {
    let mut masked = String::with_capacity(name.len());
    for word in name.split_whitespace() {
        if !masked.is_empty() {
            masked.push(' ');
        }
        let mut letters = word.chars();
        masked.extend(letters.next());
        masked.extend(letters.map(|_| '*'));
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMOUNT: Result<Rupiah, money::Error> = Rupiah::new(300_000);
    const GOOD: RowText<'static> = RowText {
        nik: "1902015204850007",
        kk: "1902010101010001",
        name: " Siti  Aminah ",
        birth_date: Some("1985-04-12"),
        sex: Some("P"),
        address: "Jl. Merdeka 1, RT 01/RW 02",
        village: "19.02.01.1001",
        amount: &AMOUNT,
    };

    fn checked(row: RowText<'_>) -> Checked {
        check(&row, "2020-07-14".parse().expect("a date"))
    }

    #[test]
    fn a_good_row_is_staged_without_findings() {
        let row = checked(GOOD);
        assert_eq!((row.findings.as_slice(), row.status, row.name.as_str()), ([].as_slice(), RowStatus::Staged, "Siti Aminah"));
        assert!(row.nik.is_some() && row.kk.is_some() && row.village.is_some() && row.amount == AMOUNT.ok());
    }

    #[test]
    fn every_rule_of_one_row_names_its_code() {
        let unreadable = Rupiah::parse("300.000");
        let long = "x".repeat(MAX_NAME + 1);
        let cases: [(RowText<'_>, &[Code], RowStatus); 12] = [
            (RowText { nik: "1", ..GOOD }, &[Code::Nik01], RowStatus::Rejected),
            (RowText { nik: "1.90201E+15", ..GOOD }, &[Code::Nik02], RowStatus::Rejected),
            (RowText { nik: "1902017204850007", ..GOOD }, &[Code::Nik04], RowStatus::Held),
            (RowText { sex: Some("L"), ..GOOD }, &[Code::Nik07], RowStatus::Staged),
            (RowText { kk: "1.9E+15", ..GOOD }, &[Code::Kk01], RowStatus::Rejected),
            (RowText { name: "\t", ..GOOD }, &[Code::Nam01], RowStatus::Rejected),
            (RowText { name: &long, ..GOOD }, &[Code::Nam01], RowStatus::Rejected),
            (RowText { name: "Siti\u{202E}haniM", ..GOOD }, &[Code::Nam01], RowStatus::Rejected),
            (RowText { village: "19.02.01.9999", ..GOOD }, &[Code::Reg01], RowStatus::Rejected),
            (RowText { amount: &unreadable, ..GOOD }, &[Code::Amt01], RowStatus::Rejected),
            (RowText { birth_date: Some("12/04/1985"), ..GOOD }, &[Code::Dat01], RowStatus::Staged),
            (RowText { sex: Some("F"), ..GOOD }, &[Code::Sex01], RowStatus::Staged),
        ];
        for (at, (row, codes, status)) in cases.into_iter().enumerate() {
            let row = checked(row);
            assert_eq!((row.findings.as_slice(), row.status), (codes, status), "case {at}");
        }
    }

    #[test]
    fn all_mistakes_of_a_row_are_told_at_once() {
        let row = checked(RowText { nik: "x", kk: "", name: "", village: "", sex: Some("?"), ..GOOD });
        assert_eq!(row.findings, [Code::Nik01, Code::Sex01, Code::Kk01, Code::Nam01, Code::Reg01]);
    }

    #[test]
    fn fields_that_may_be_missing_may_be_empty() {
        let row = checked(RowText { birth_date: Some(" "), sex: None, address: "", ..GOOD });
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

    #[test]
    fn names_are_masked_letter_by_letter() {
        assert_eq!(mask_name("  Émile  d'Oré A "), "É**** d**** A");
        assert_eq!(mask_name(""), "");
    }
}
