//! `:61:` and its `:86:`: one line.
//!
//! `6!n[4!n]2a[1!a]15d1!a3!c16x[//16x]`, and `[34x]` on a second line. Parts are told by what they may consist of: days and amounts
//! of digits, marks of letters.

use chrono::{Datelike, NaiveDate};
use salur_domain::Rupiah;

use super::{ASK_THE_BANK, Wrong, amount, day};
use crate::bank_statement::{Direction, Line, clipped, own};

/// What senders without a reference write.
const NO_REFERENCE: &str = "NONREF";
const DAY: usize = 6;
const ENTRY_DAY: usize = 4;
const TYPE: usize = 4;

/// The line; none where it is of nothing.
pub(super) fn line(lines: &[String]) -> Result<Option<Line>, Wrong> {
    let text = lines.first().map_or("", |line| line.trim());
    let wrong = |what: &str| (format!("{what}, in a form like 2007140714C300000,00NTRFDIPA-4-1902//B-1"), ASK_THE_BANK);
    let (value, rest) = split(text, DAY).ok_or_else(|| wrong("no value day"))?;
    let value_on = day(value).ok_or_else(|| wrong("no value day"))?;
    let (booked_on, rest) = match split(rest, ENTRY_DAY) {
        Some((entry, rest)) if is_digits(entry) => (near(value_on, entry).ok_or_else(|| wrong("no entry day"))?, rest),
        _ => (value_on, rest),
    };
    let (direction, is_reversal, rest) = mark(rest).ok_or_else(|| wrong("no mark C, D, RC or RD"))?;
    let rest = rest.strip_prefix(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(rest);
    let end = rest.find(|char: char| !char.is_ascii_digit() && char != ',').unwrap_or(rest.len());
    let (figure, rest) = rest.split_at(end);
    if rest.starts_with('.') || !figure.contains(',') {
        return Err(wrong("no amount with a comma"));
    }
    let amount = amount::rupiah(figure, ',')?;
    let (kind, rest) = split(rest, TYPE).ok_or_else(|| wrong("no type of transaction"))?;
    if !kind.starts_with(['S', 'N', 'F']) || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(wrong("no type of transaction"));
    }
    let (reference, bank_reference) = rest.split_once("//").unwrap_or((rest, ""));
    let references = [own(reference)].into_iter().filter(|reference| !reference.is_empty() && reference != NO_REFERENCE).collect();
    let line = Line {
        booked_on,
        value_on,
        direction,
        is_reversal,
        amount,
        bank_reference: own(bank_reference),
        references,
        text: clipped(&lines.get(1..).unwrap_or_default().join("\n")),
    };
    Ok((amount > Rupiah::ZERO).then_some(line))
}

/// What follows in `:86:`.
pub(super) fn add_text(line: Option<&mut Line>, lines: &[String]) {
    let Some(line) = line else { return };
    let lines: Vec<&str> =
        std::iter::once(line.text.as_str()).chain(lines.iter().map(|line| line.trim())).filter(|line| !line.is_empty()).collect();
    line.text = clipped(&lines.join("\n"));
}

fn split(text: &str, at: usize) -> Option<(&str, &str)> {
    text.split_at_checked(at)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Direction of this line, whether it takes another back, and the rest.
fn mark(text: &str) -> Option<(Direction, bool, &str)> {
    let marks =
        [("RC", Direction::Debit, true), ("RD", Direction::Credit, true), ("C", Direction::Credit, false), ("D", Direction::Debit, false)];
    marks.into_iter().find_map(|(mark, direction, is_reversal)| Some((direction, is_reversal, text.strip_prefix(mark)?)))
}

/// The entry day has no year: that which is nearest to the value day.
fn near(value_on: NaiveDate, entry: &str) -> Option<NaiveDate> {
    let (month, day) = (entry[..2].parse().ok()?, entry[2..].parse().ok()?);
    let years = [value_on.year() - 1, value_on.year(), value_on.year() + 1];
    let days = years.into_iter().filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
    days.min_by_key(|day| (*day - value_on).num_days().abs())
}
