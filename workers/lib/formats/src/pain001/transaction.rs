//! One transaction: its elements one after the other, and the row they make or the first thing that is wrong.

use super::decimal::Decimal;
use super::{MAX_ID_CHARS, MAX_TEXT_BYTES};
use crate::row::Column;
use crate::{RowError, SubmittedRow};

const CURRENCY: &str = "IDR";
/// What senders without a reference write.
const NOT_PROVIDED: &str = "NOTPROVIDED";
const ONCE: &str = "write the element once";
const AMOUNT: &str = "write whole rupiah: <InstdAmt Ccy=\"IDR\">300000</InstdAmt>";

#[derive(Debug, Default)]
pub(super) struct Transaction {
    number: u64,
    row: SubmittedRow,
    /// The amount as stated, whatever its currency and form, for the control sums.
    pub(super) stated: Option<Decimal>,
    /// `Othr`: its number and what kind it is.
    other: (String, String),
    fault: Option<RowError>,
}

impl Transaction {
    pub(super) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// An element has closed: its path within the transaction, and its text.
    pub(super) fn take(&mut self, element: &str, text: &str, currency: &mut Option<String>) {
        match element {
            "/PmtId/EndToEndId" => self.set_identifier(Column::Id, text),
            "/Amt/InstdAmt" => self.set_amount(text, currency.take().as_deref()),
            "/Cdtr/Nm" => self.set(Column::Name, text),
            "/Cdtr/PstlAdr/AdrLine" => self.add_address_line(text),
            "/Cdtr/Id/PrvtId/DtAndPlcOfBirth/BirthDt" => self.set(Column::BirthDate, text),
            "/Cdtr/Id/PrvtId/Othr/Id" => text.clone_into(&mut self.other.0),
            "/Cdtr/Id/PrvtId/Othr/SchmeNm/Prtry" => text.clone_into(&mut self.other.1),
            "/Cdtr/Id/PrvtId/Othr" => self.end_other(),
            _ => {}
        }
    }

    /// The row, or the first thing that is wrong.
    pub(super) fn finish(mut self) -> Result<SubmittedRow, RowError> {
        if matches!(self.row.row_ref.as_str(), "" | NOT_PROVIDED) {
            self.wrong(Column::Id, "EndToEndId is missing", "give every transaction a reference of its own");
        }
        if self.row.amount.is_empty() {
            self.wrong(Column::Amount, "InstdAmt is missing", AMOUNT);
        }
        self.fault.map_or(Ok(self.row), Err)
    }

    fn set(&mut self, column: Column, text: &str) {
        let field = self.row.field_mut(column);
        if field.is_empty() {
            text.clone_into(field);
        } else {
            self.wrong(column, "the element stands twice", ONCE);
        }
    }

    fn set_identifier(&mut self, column: Column, text: &str) {
        if text.chars().count() > MAX_ID_CHARS {
            return self.wrong(column, format!("longer than {MAX_ID_CHARS} characters"), "use 1 to 35 characters");
        }
        self.set(column, text);
    }

    fn set_amount(&mut self, text: &str, currency: Option<&str>) {
        let amount = Decimal::parse(text);
        self.stated = amount;
        match amount {
            None => self.wrong(Column::Amount, "the amount is not a decimal number of up to 18 digits", AMOUNT),
            Some(_) if currency != Some(CURRENCY) => self.wrong(Column::Amount, "the currency is not IDR", AMOUNT),
            Some(amount) => match amount.whole() {
                Some(whole) => self.set(Column::Amount, &whole.to_string()),
                None => self.wrong(Column::Amount, "the amount has a fraction of a rupiah", AMOUNT),
            },
        }
    }

    fn add_address_line(&mut self, text: &str) {
        let address = &mut self.row.address;
        if address.len() + text.len() > MAX_TEXT_BYTES {
            return self.wrong(Column::Address, "the lines are too long", "shorten the address");
        }
        if !address.is_empty() && !text.is_empty() {
            address.push_str(", ");
        }
        address.push_str(text);
    }

    fn end_other(&mut self) {
        let (text, kind) = std::mem::take(&mut self.other);
        match kind.as_str() {
            "NIK" => self.set_identifier(Column::Nik, &text),
            "KK" => self.set_identifier(Column::Kk, &text),
            "DESA" => self.set_identifier(Column::Village, &text),
            _ => {}
        }
    }

    fn wrong(&mut self, column: Column, what: impl Into<String>, remedy: &'static str) {
        self.fault.get_or_insert_with(|| RowError::of_row(self.number, Some(column), what, remedy));
    }
}
