//! Bank statements: camt.053 of ISO 20022 and MT940 of SWIFT, both to the same lines.
//!
//! The first character that is no space tells which: XML opens with `<`. A statement whose lines do not lead from its opening to its closing balance is
//! refused with the figures, for then a line is missing or damaged and none of them can be relied on. So is another currency than rupiah and a fraction
//! of one. What is not booked yet, and a line of nothing, is passed over and counted. One [`Fault`] refuses the file: a statement is read whole or not at all.
//!
//! Bounds: [`MAX_FILE_BYTES`], [`MAX_LINES`] and [`MAX_STATEMENTS`] of a file, [`MAX_REFERENCES`] and [`MAX_TEXT_CHARS`] kept of a line, and those of each
//! format. Memory is the lines: some 400 bytes each.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
};

use chrono::{Datelike, NaiveDate};
use salur_domain::Rupiah;
use serde::Serialize;

mod amount;
mod camt053;
mod mt940;

/// Largest file: [`MAX_LINES`] entries of camt.053 as banks write them, twice.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Most lines of a file: a programme's account has some thousands a day.
pub const MAX_LINES: usize = 200_000;
/// Most statements of a file: a year of days.
pub const MAX_STATEMENTS: usize = 400;
/// References kept of a line; an entry that sums up more transactions than this is not told apart by the rest.
pub const MAX_REFERENCES: usize = 64;
/// Characters kept of the text of a line.
pub const MAX_TEXT_CHARS: usize = 1_000;
/// Longest identifier of an account, a statement, a reference.
pub const MAX_ID_CHARS: usize = 140;
const CURRENCY: &str = "IDR";
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes at the beginning that tell another encoding.
const LOOKED_AT: usize = 64;
const ASK_THE_BANK: &str = "ask the bank for the statement again";

/// Why a file is refused, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// `line 14`, `statement 1, entry 3`.
    pub at: String,
    /// `:61:`, `Amt`; empty where no field is to blame.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Which way money went, as the bank sees the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the account.
    Credit,
    /// Out of the account.
    Debit,
}

/// A booked line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When it was booked.
    pub booked_on: NaiveDate,
    /// From when it counts.
    pub value_on: NaiveDate,
    /// Which way the money of this line went; a reversal of a credit is a debit.
    pub direction: Direction,
    /// Whether it takes an earlier line back.
    pub is_reversal: bool,
    /// How much, more than nothing.
    pub amount: Rupiah,
    /// The bank's own name for it; empty where it gives none.
    pub bank_reference: String,
    /// What the payer named it, as far as given.
    pub references: Vec<String>,
    /// What the payer wrote; a line break where the file has one.
    pub text: String,
}

/// What an account held at the end of a day, in rupiah; below zero where it was overdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The day.
    pub on: NaiveDate,
    /// How much.
    pub rupiah: i64,
}

/// A statement of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The account, as the bank writes it.
    pub account: String,
    /// The bank's number of the statement, without leading zeros; empty where it gives none.
    pub number: String,
    /// The bank's name of the message: another format has another.
    #[serde(skip)]
    pub reference: String,
    /// Before the lines.
    pub opening: Balance,
    /// After them.
    pub closing: Balance,
    /// What was booked, in order.
    pub lines: Vec<Line>,
    /// Entries that are not booked, or of nothing.
    #[serde(skip)]
    pub passed_over: u64,
}

impl Direction {
    /// As in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        }
    }

    const fn signed(self, rupiah: i64) -> i64 {
        match self {
            Self::Credit => rupiah,
            Self::Debit => -rupiah,
        }
    }
}

impl Statement {
    /// What the bank calls it among those of its account: banks begin their numbers again each year, and some number nothing.
    pub fn name(&self) -> String {
        match self.number.as_str() {
            "" => format!("{}/{}", self.closing.on, self.reference),
            number => format!("{}/{number}", self.closing.on.year()),
        }
    }

    /// Whether the lines lead from one balance to the other.
    fn check(&self, at: &str, field: &str) -> Result<(), Fault> {
        let too_large = || Fault::new(at, field, "the sum of the amounts is too large", "split the file");
        let sum = self.lines.iter().try_fold(self.opening.rupiah, |sum, line| sum.checked_add(line.direction.signed(line.amount.get())));
        let sum = sum.ok_or_else(too_large)?;
        if sum == self.closing.rupiah {
            return Ok(());
        }
        let (opening, closing, lines) = (self.opening.rupiah, self.closing.rupiah, self.lines.len());
        let moved = sum.checked_sub(opening).ok_or_else(too_large)?;
        let what = format!("opening {opening} and {lines} lines of together {moved} give {sum}, and the closing balance says {closing}");
        Err(Fault::new(at, field, what, ASK_THE_BANK))
    }
}

impl Fault {
    fn new(at: impl Into<String>, field: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { at: at.into(), field: field.into(), what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, field, what, remedy } = self;
        let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
        write!(f, "{at}: {field}{what}; {remedy}")
    }
}

/// Reads the statements of a file.
pub fn read(source: impl Read) -> Result<Vec<Statement>, Fault> {
    let mut source = BufReader::with_capacity(PIECE_BYTES, source.take(MAX_FILE_BYTES));
    let first = first_byte(&mut source)?;
    let opens = source.fill_buf().map_err(|error| unreadable(&error))?;
    if opens.iter().take(LOOKED_AT).any(|byte| *byte == 0) {
        return Err(Fault::new("line 1", "", "it holds NUL characters, as UTF-16 does", "save the file as UTF-8"));
    }
    let statements = match first {
        None => return Err(Fault::new("line 1", "", "the file is empty", "check that it is the right file")),
        Some(b'<') => camt053::read(&mut source)?,
        Some(_) => mt940::read(&mut source)?,
    };
    if source.get_ref().limit() == 0 {
        return Err(Fault::new("the file", "", format!("it has more than {MAX_FILE_BYTES} bytes"), "ask the bank for one day at a time"));
    }
    if statements.is_empty() {
        return Err(Fault::new("the file", "", "it holds no statement", "send camt.053.001.02, camt.053.001.08 or MT940"));
    }
    Ok(statements)
}

/// What the file opens with, past spaces and a byte order mark of UTF-8.
fn first_byte(source: &mut impl BufRead) -> Result<Option<u8>, Fault> {
    loop {
        let piece = source.fill_buf().map_err(|error| unreadable(&error))?;
        if piece.is_empty() {
            return Ok(None);
        }
        let mark = if piece.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let spaces = piece[mark..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        match piece.get(mark + spaces) {
            // of XML the mark and the spaces are read past by its parser; an MT940 counts its lines from here
            Some(byte) if *byte == b'<' => return Ok(Some(b'<')),
            Some(byte) => {
                let byte = *byte;
                source.consume(mark);
                return Ok(Some(byte));
            }
            None => {
                let read = mark + spaces;
                source.consume(read);
            }
        }
    }
}

fn unreadable(error: &io::Error) -> Fault {
    Fault::new("the file", "", format!("it cannot be read: {}", error.kind()), "send it again")
}

/// A text within its limit, of lines and nothing else that controls.
fn clipped(text: &str) -> String {
    text.trim().chars().filter(|char| *char == '\n' || !char.is_control()).take(MAX_TEXT_CHARS).collect()
}

/// A reference within its limit, on one line.
fn own(text: &str) -> String {
    text.trim().chars().filter(|char| !char.is_control()).take(MAX_ID_CHARS).collect()
}

/// Counts lines and statements of a file against its limits.
#[derive(Debug, Default)]
struct Counted {
    lines: usize,
    statements: usize,
}

impl Counted {
    fn line(&mut self, at: &str) -> Result<(), Fault> {
        self.lines += 1;
        let what = || format!("more than {MAX_LINES} lines in one file");
        if self.lines > MAX_LINES { Err(Fault::new(at, "", what(), "ask the bank for one day at a time")) } else { Ok(()) }
    }

    fn statement(&mut self, at: &str) -> Result<(), Fault> {
        self.statements += 1;
        let what = || format!("more than {MAX_STATEMENTS} statements in one file");
        if self.statements > MAX_STATEMENTS { Err(Fault::new(at, "", what(), "cut the file in two")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
