//! A pasted list: a NIK or a serial at the beginning of each line, answered line by line, and the answer as CSV.
//!
//! Of a table out of a spreadsheet the first column counts. Lines keep their numbers, so that the office can match what it keeps itself: an answer holds masked
//! NIKs only, and nothing of what could not be read.

use std::collections::{BTreeMap, HashMap};

use salur_domain::{nik::Nik, reason::Code, serial::ChequeSerial, vault::Keys};
use serde::Serialize;
use uuid::Uuid;

use super::search::Payment;

/// Lines of one list: a large village, or a day of a regency.
pub const LINES_MAX: usize = 10_000;
/// Letters that a NIK with a slip does not have.
const LETTERS_OF_A_SERIAL: usize = 3;
/// Where a line says nothing of a person: why its serial is none.
pub const MISTYPED_SERIAL: &str = "serial";
const COLUMNS: &str = "line,result,code,nik,tranche,status,amount,serial,village,pay_point\r\n";

/// What a line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A person.
    Person(Nik),
    /// A cheque.
    Cheque(ChequeSerial),
    /// Neither, and why not.
    Wrong(&'static str),
}

/// A line that says something, and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// What it names.
    pub named: Named,
}

/// The answer to a line.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// Its number, from 1.
    pub line: usize,
    /// `found`, `not_found` or `wrong`.
    pub result: &'static str,
    /// Why it names nothing: NIK01 to NIK03, or `serial`.
    pub code: Option<&'static str>,
    /// Masked.
    pub nik: Option<String>,
    /// The newest tranche first.
    pub payments: Vec<Payment>,
}

/// What came of a list, counted.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Lines that say something.
    pub lines: usize,
    /// Lines with payments.
    pub found: usize,
    /// Lines of a NIK or serial without.
    pub not_found: usize,
    /// Lines that name nothing.
    pub wrong: usize,
    /// Lines whose person stood on an earlier line.
    pub again: usize,
    /// Payments of the persons found, each once, by status.
    pub payments: BTreeMap<String, usize>,
}

/// The lines of a text; none where there is none, or more than [`LINES_MAX`].
pub fn read(text: &str) -> Option<Vec<Line>> {
    let said = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let lines: Vec<Line> = said.take(LINES_MAX + 1).map(|(at, line)| Line { number: at + 1, named: named(line) }).collect();
    (1..=LINES_MAX).contains(&lines.len()).then_some(lines)
}

fn named(line: &str) -> Named {
    let first = line.split(['\t', ';']).next().unwrap_or_default().trim().trim_matches(['"', '\'', '\u{FEFF}']).trim();
    let code = match Nik::parse(first) {
        Ok(nik) => return Named::Person(nik),
        Err(error) => error.code(),
    };
    let letters = first.chars().filter(char::is_ascii_alphabetic).count();
    match ChequeSerial::parse(first) {
        Ok(serial) => Named::Cheque(serial),
        Err(_) if code == Code::Nik01 && letters >= LETTERS_OF_A_SERIAL && first.len() >= salur_domain::serial::LENGTH => {
            Named::Wrong(MISTYPED_SERIAL)
        }
        Err(_) => Named::Wrong(code.as_str()),
    }
}

impl Line {
    /// Whose it is.
    pub fn account(&self, keys: &Keys, of_serials: &HashMap<String, Uuid>) -> Option<Uuid> {
        match &self.named {
            Named::Person(nik) => Some(keys.nik_index(nik).0),
            Named::Cheque(serial) => of_serials.get(&serial.to_string()).copied(),
            Named::Wrong(_) => None,
        }
    }

    /// Its answer, given the payments of its person.
    pub fn answered(&self, nik: Option<String>, payments: Vec<Payment>) -> Answered {
        let (result, code) = match &self.named {
            Named::Wrong(code) => ("wrong", Some(*code)),
            _ if payments.is_empty() => ("not_found", None),
            _ => ("found", None),
        };
        let nik = if let Named::Person(nik) = &self.named { Some(nik.to_string()) } else { nik };
        Answered { line: self.number, result, code, nik, payments }
    }
}

/// The answers as a table: a line of it for each payment, one for each line without.
pub fn csv(lines: &[Answered]) -> String {
    let mut text = COLUMNS.to_owned();
    for line in lines {
        let head =
            [line.line.to_string(), line.result.to_owned(), line.code.unwrap_or_default().to_owned(), line.nik.clone().unwrap_or_default()];
        let none = [const { String::new() }; 6];
        let of_payment = line.payments.iter().map(|paid| {
            let serial = paid.serial.clone().unwrap_or_default();
            [paid.tranche.clone(), paid.status.clone(), paid.amount.to_string(), serial, paid.village.clone(), paid.pay_point.clone()]
        });
        for rest in of_payment.chain(line.payments.is_empty().then_some(none)) {
            let cells: Vec<String> = head.iter().chain(&rest).map(|cell| quoted(cell)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
    }
    text
}

/// A cell that no spreadsheet takes for a formula or for two.
fn quoted(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_names_a_person_a_cheque_or_nothing_and_keeps_its_number() {
        let text = "NIK\tNama\r\n\n'1902015204850007\tSiti\n1.90201E+15\n 1902015204850007 ;x\n1111111111111111\n7K3M-9QXA-2FAA-AAAA\n190201520485OOO7\n\tSiti";
        let read = read(text).expect("lines");
        let short: Vec<(usize, &str)> = read
            .iter()
            .map(|line| match &line.named {
                Named::Person(_) => (line.number, "person"),
                Named::Cheque(_) => (line.number, "cheque"),
                Named::Wrong(code) => (line.number, *code),
            })
            .collect();
        let mistyped = "7K3M-9QXA-2FAA-AAAA";
        assert!(ChequeSerial::parse(mistyped).is_err(), "it is one by chance");
        assert_eq!(
            short,
            [(1, "NIK01"), (3, "person"), (4, "NIK02"), (5, "person"), (6, "NIK03"), (7, "serial"), (8, "serial"), (9, "NIK01")]
        );
    }

    #[test]
    fn no_line_and_too_many_are_no_list() {
        assert_eq!(read(" \n\t\n"), None);
        assert!(read(&"1902015204850007\n".repeat(LINES_MAX)).is_some());
        assert_eq!(read(&"1902015204850007\n".repeat(LINES_MAX + 1)), None);
    }

    #[test]
    fn a_cell_is_one_cell_and_no_formula() {
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("1902******0007"), "1902******0007");
    }
}
