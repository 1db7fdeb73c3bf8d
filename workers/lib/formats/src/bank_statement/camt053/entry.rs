//! One entry of camt.053: its elements one after the other, and the line they make or what is wrong.

use chrono::{Datelike, NaiveDate};
use salur_domain::Rupiah;

use super::{ASK_THE_BANK, CURRENCY, Direction, amount};
use crate::bank_statement::{Line, MAX_REFERENCES, clipped, own};

/// Field, what is wrong with it, what to do.
pub(super) type Wrong = (&'static str, String, &'static str);

/// What senders without a reference write.
const NOT_PROVIDED: &str = "NOTPROVIDED";
const DAY_CHARS: usize = 10;
/// Days of statements: other years are damage.
const YEARS: std::ops::RangeInclusive<i32> = 1980..=2199;

#[derive(Debug, Default)]
pub(super) struct Entry {
    currency: Option<String>,
    amount: String,
    direction: String,
    reversal: String,
    status: String,
    booked: String,
    value: String,
    bank_reference: String,
    transactions: usize,
    of_transaction: String,
    references: Vec<String>,
    text: String,
    additional: String,
}

impl Entry {
    /// An element has closed: its path within the entry, and its text.
    pub(super) fn take(&mut self, element: &str, text: &str, currency: &mut Option<String>) {
        match element {
            "Amt" => (self.currency, self.amount) = (currency.take(), text.to_owned()),
            "CdtDbtInd" => text.clone_into(&mut self.direction),
            "RvslInd" => text.clone_into(&mut self.reversal),
            "Sts" if !text.is_empty() => text.clone_into(&mut self.status),
            "Sts/Cd" => text.clone_into(&mut self.status),
            "BookgDt/Dt" | "BookgDt/DtTm" => text.clone_into(&mut self.booked),
            "ValDt/Dt" | "ValDt/DtTm" => text.clone_into(&mut self.value),
            "AcctSvcrRef" => text.clone_into(&mut self.bank_reference),
            "AddtlNtryInf" => text.clone_into(&mut self.additional),
            "NtryDtls/TxDtls" => self.transactions += 1,
            "NtryDtls/TxDtls/Refs/AcctSvcrRef" => text.clone_into(&mut self.of_transaction),
            "NtryDtls/TxDtls/Refs/EndToEndId"
            | "NtryDtls/TxDtls/Refs/InstrId"
            | "NtryDtls/TxDtls/Refs/TxId"
            | "NtryDtls/TxDtls/RmtInf/Strd/CdtrRefInf/Ref" => self.add_reference(text),
            "NtryDtls/TxDtls/RmtInf/Ustrd" if self.text.len() < super::MAX_TEXT_BYTES => {
                let gap = if self.text.is_empty() { "" } else { "\n" };
                self.text.push_str(gap);
                self.text.push_str(text);
            }
            _ => {}
        }
    }

    fn add_reference(&mut self, text: &str) {
        let reference = own(text);
        let is_one = !reference.is_empty() && reference != NOT_PROVIDED;
        if is_one && self.references.len() < MAX_REFERENCES && !self.references.contains(&reference) {
            self.references.push(reference);
        }
    }

    /// The line; none where it is not booked, or of nothing.
    pub(super) fn finish(self) -> Result<Option<Line>, Wrong> {
        match self.status.as_str() {
            "BOOK" => {}
            "PDNG" | "INFO" | "FUTR" => return Ok(None),
            _ => return Err(("Sts", "neither BOOK nor PDNG, INFO or FUTR".to_owned(), ASK_THE_BANK)),
        }
        let amount = rupiah(self.currency.as_deref(), &self.amount)?;
        if amount == Rupiah::ZERO {
            return Ok(None);
        }
        let is_reversal = match self.reversal.as_str() {
            "" | "false" | "0" => false,
            "true" | "1" => true,
            _ => return Err(("RvslInd", "neither true nor false".to_owned(), ASK_THE_BANK)),
        };
        let either = |this: &str, other: &str| if this.is_empty() { other.to_owned() } else { this.to_owned() };
        let is_of_its_only = self.bank_reference.is_empty() && self.transactions == 1;
        let bank_reference = if is_of_its_only { self.of_transaction } else { self.bank_reference };
        Ok(Some(Line {
            booked_on: day("BookgDt", &either(&self.booked, &self.value))?,
            value_on: day("ValDt", &either(&self.value, &self.booked))?,
            direction: direction(&self.direction)?,
            is_reversal,
            amount,
            bank_reference: own(&bank_reference),
            references: self.references,
            text: clipped(&either(&self.text, &self.additional)),
        }))
    }
}

pub(super) fn rupiah(currency: Option<&str>, text: &str) -> Result<Rupiah, Wrong> {
    if currency != Some(CURRENCY) {
        return Err(("Amt Ccy", "the amount is not in IDR".to_owned(), "send the statement of the rupiah account"));
    }
    amount::rupiah(text, '.').map_err(|(what, remedy)| ("Amt", what, remedy))
}

pub(super) fn direction(text: &str) -> Result<Direction, Wrong> {
    match text {
        "CRDT" => Ok(Direction::Credit),
        "DBIT" => Ok(Direction::Debit),
        _ => Err(("CdtDbtInd", "neither CRDT nor DBIT".to_owned(), ASK_THE_BANK)),
    }
}

/// The day of `Dt` or `DtTm`, as the bank writes it: where it is.
pub(super) fn day(field: &'static str, text: &str) -> Result<NaiveDate, Wrong> {
    let day = text.get(..DAY_CHARS).and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
    day.filter(|day| YEARS.contains(&day.year())).ok_or_else(|| (field, "missing, or no day as in 2020-07-14".to_owned(), ASK_THE_BANK))
}
