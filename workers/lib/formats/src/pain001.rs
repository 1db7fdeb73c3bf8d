//! pain.001, the customer credit transfer initiation of ISO 20022, versions 001.03 and 001.09: a list with control totals.
//!
//! | element of a transaction | ours |
//! |---|---|
//! | `PmtId/EndToEndId`, 1 to 35 characters, not `NOTPROVIDED` | reference |
//! | `Amt/InstdAmt` with `Ccy="IDR"` and no fraction but zeros (`300000.00`) | amount |
//! | `Cdtr/Nm` | name |
//! | `Cdtr/PstlAdr/AdrLine`, each after the other with a comma | address |
//! | `Cdtr/Id/PrvtId/DtAndPlcOfBirth/BirthDt` | birth date |
//! | `Cdtr/Id/PrvtId/Othr/Id`, 1 to 35 characters, with `SchmeNm/Prtry` = `NIK`, `KK`, `DESA` | NIK, household card, village |
//!
//! Everything else is read past. A row's number is that of its transaction in the file. `NbOfTxs` and `CtrlSum` of the group header and of
//! each `PmtInf` are compared with what the file holds, amounts of every currency and form included; one that differs is told with both
//! figures, after the rows: whoever acts on rows reads the file to its end first. Where an amount could not be read its row has said so,
//! and sums are not compared. Bounds: those of the XML events, [`MAX_TEXT_BYTES`], [`MAX_ID_CHARS`]; memory is one transaction.

use std::io::Read;

mod decimal;
mod transaction;

use crate::xml::{Fault, Step, Xml};
use crate::{RowError, RowResult, SubmittedRow};
use decimal::Decimal;
use transaction::Transaction;

/// Longest text of an element, in bytes.
pub const MAX_TEXT_BYTES: usize = 4 * 1024;
/// Longest identifier, in characters: `Max35Text` of the standard.
pub const MAX_ID_CHARS: usize = 35;
const HEADER: &str = "/Document/CstmrCdtTrfInitn/GrpHdr";
const PAYMENT: &str = "/Document/CstmrCdtTrfInitn/PmtInf";
const TRANSACTION: &str = "/Document/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf";
/// May hold anything of anybody.
const SUPPLEMENT: &str = "/SplmtryData";
const RIGHT_FILE: &str = "send pain.001.001.03 or pain.001.001.09";
const EXPORT_AGAIN: &str = "export the file again, or correct the control totals";

/// A version of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// pain.001.001.03
    V03,
    /// pain.001.001.09
    V09,
}

impl Version {
    /// The name of the message, as in `OrgnlMsgNmId`.
    pub const fn message(self) -> &'static str {
        match self {
            Self::V03 => "pain.001.001.03",
            Self::V09 => "pain.001.001.09",
        }
    }

    /// The version of that name.
    pub fn of_message(message: &str) -> Option<Self> {
        [Self::V03, Self::V09].into_iter().find(|version| version.message() == message)
    }

    fn of_namespace(namespace: &str) -> Option<Self> {
        namespace.strip_prefix("urn:iso:std:iso:20022:tech:xsd:").and_then(Self::of_message)
    }
}

/// What the file says of itself before its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHeader {
    /// Version of the message.
    pub version: Version,
    /// `MsgId`.
    pub message_id: String,
    /// `NbOfTxs`.
    pub count: u64,
    /// `CtrlSum`, where given, as written.
    pub sum: Option<String>,
    /// `PmtInfId` of the first payment information.
    pub payment_id: Option<String>,
    /// `PmtInf` read so far: all of them once the rows are read.
    pub payments: u64,
}

impl GroupHeader {
    /// `PmtInfId` where the file has one payment information alone: of several, a row does not say whose it is.
    pub fn only_payment(&self) -> Option<&str> {
        self.payment_id.as_deref().filter(|_| self.payments == 1)
    }
}

/// Declared and found totals, of the group or of a payment information.
#[derive(Debug, Default)]
struct Totals {
    declared_count: Option<u64>,
    declared_sum: Option<Decimal>,
    count: u64,
    sum: Decimal,
    /// An amount could not be read.
    unsure: bool,
}

/// The rows of a file, one by one.
pub struct Rows<R: Read> {
    xml: Xml<R>,
    /// Names of the open elements, each after a slash.
    path: String,
    text: String,
    namespace: String,
    header: GroupHeader,
    header_ended: bool,
    group: Totals,
    payment: Totals,
    transaction: Transaction,
    /// `Ccy` of the last amount.
    currency: Option<String>,
    ended: bool,
}

impl<R: Read> Rows<R> {
    /// Reads the group header, and on to the first transaction.
    pub fn new(source: R) -> Result<Self, RowError> {
        let header = GroupHeader { version: Version::V03, message_id: String::new(), count: 0, sum: None, payment_id: None, payments: 0 };
        let mut rows = Self {
            xml: Xml::new(source),
            path: String::new(),
            text: String::new(),
            namespace: String::new(),
            header,
            header_ended: false,
            group: Totals::default(),
            payment: Totals::default(),
            transaction: Transaction::default(),
            currency: None,
            ended: false,
        };
        while rows.path != TRANSACTION && !rows.ended {
            rows.advance()?;
        }
        Ok(rows)
    }

    /// What the file says of itself.
    pub fn header(&self) -> &GroupHeader {
        &self.header
    }

    /// One step; the row where it closes a transaction.
    fn advance(&mut self) -> Result<Option<Result<SubmittedRow, RowError>>, RowError> {
        let step = self.xml.step().map_err(|fault| self.broken(fault))?;
        match step {
            Step::Open => self.open()?,
            Step::Text => self.add_text()?,
            Step::Close => return self.close(),
            Step::End if self.namespace.is_empty() => {
                return Err(RowError::of_file(0, "the file is empty", "check that it is the right file"));
            }
            Step::End if !self.header_ended => return Err(self.file_error("the group header is missing", RIGHT_FILE)),
            Step::End => self.ended = true,
        }
        Ok(None)
    }

    fn open(&mut self) -> Result<(), RowError> {
        if self.path.is_empty() {
            self.open_root()?;
        }
        let foreign = self.xml.namespace() != self.namespace;
        if foreign && !self.path.contains(SUPPLEMENT) {
            return Err(self.file_error("an element of an unknown namespace", RIGHT_FILE));
        }
        self.path.push('/');
        self.path.push_str(self.xml.name());
        self.text.clear();
        match self.path.strip_prefix(PAYMENT) {
            Some("" | "/CdtTrfTxInf") if !self.header_ended => Err(self.file_error("a payment before the group header", RIGHT_FILE)),
            Some("") => {
                self.payment = Totals::default();
                self.header.payments += 1;
                Ok(())
            }
            Some("/CdtTrfTxInf") => {
                self.group.count += 1;
                self.payment.count += 1;
                self.transaction = Transaction::new(self.group.count);
                Ok(())
            }
            Some("/CdtTrfTxInf/Amt/InstdAmt") => {
                self.currency = self.xml.attribute("Ccy").map_err(|fault| self.broken(fault))?;
                Ok(())
            }
            None if self.path == HEADER && self.header_ended => Err(self.file_error("a second group header", RIGHT_FILE)),
            None if self.path.matches('/').count() == 2 && !HEADER.starts_with(self.path.as_str()) => {
                Err(self.file_error("not a customer credit transfer initiation", RIGHT_FILE))
            }
            _ => Ok(()),
        }
    }

    fn open_root(&mut self) -> Result<(), RowError> {
        if !self.namespace.is_empty() {
            return Err(self.file_error("something follows the document", RIGHT_FILE));
        }
        if self.xml.name() != "Document" {
            return Err(self.file_error("the root element is not Document", RIGHT_FILE));
        }
        let namespace = self.xml.namespace();
        let version = Version::of_namespace(namespace);
        self.header.version = version.ok_or_else(|| self.file_error("the namespace is of another message or version", RIGHT_FILE))?;
        namespace.clone_into(&mut self.namespace);
        Ok(())
    }

    fn add_text(&mut self) -> Result<(), RowError> {
        let text = self.xml.text();
        if self.path.is_empty() && !text.trim().trim_start_matches('\u{FEFF}').is_empty() {
            return Err(self.file_error("text outside of the document", "check that it is the right file"));
        }
        if self.text.len() + text.len() > MAX_TEXT_BYTES {
            return Err(self.file_error(format!("a text is larger than {MAX_TEXT_BYTES} bytes"), "shorten it"));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn close(&mut self) -> Result<Option<Result<SubmittedRow, RowError>>, RowError> {
        let mut row = None;
        if let Some(element) = self.path.strip_prefix(TRANSACTION) {
            if element.is_empty() {
                row = Some(self.end_transaction()?);
            } else {
                self.transaction.take(element, self.text.trim(), &mut self.currency);
            }
        } else {
            self.close_total()?;
        }
        let parent = self.path.rfind('/').unwrap_or(0);
        self.path.truncate(parent);
        self.text.clear();
        Ok(row)
    }

    fn end_transaction(&mut self) -> Result<Result<SubmittedRow, RowError>, RowError> {
        let transaction = std::mem::take(&mut self.transaction);
        if !self.group.add(transaction.stated) || !self.payment.add(transaction.stated) {
            return Err(self.file_error("the sum of the amounts is too large", "split the file"));
        }
        Ok(transaction.finish())
    }

    /// Control totals, and the elements that they are compared at the end of.
    fn close_total(&mut self) -> Result<(), RowError> {
        let text = self.text.trim();
        if let Some(element) = self.path.strip_prefix(HEADER) {
            match element {
                "/MsgId" => self.header.message_id = self.identifier("MsgId")?,
                "/NbOfTxs" => self.group.declared_count = Some(self.declared_count()?),
                "/CtrlSum" => {
                    self.group.declared_sum = Some(self.control_sum()?);
                    self.header.sum = Some(text.to_owned());
                }
                "" => self.end_header()?,
                _ => {}
            }
            return Ok(());
        }
        match self.path.strip_prefix(PAYMENT) {
            Some("/PmtInfId") if self.header.payment_id.is_none() => self.header.payment_id = Some(self.identifier("PmtInfId")?),
            Some("/NbOfTxs") => self.payment.declared_count = Some(self.declared_count()?),
            Some("/CtrlSum") => self.payment.declared_sum = Some(self.control_sum()?),
            Some("") => self.payment.compare("PmtInf")?,
            None if HEADER.strip_suffix("/GrpHdr") == Some(self.path.as_str()) => {
                if !self.header_ended {
                    return Err(self.file_error("the group header is missing", RIGHT_FILE));
                }
                self.group.compare("GrpHdr")?;
            }
            _ => {}
        }
        Ok(())
    }

    fn end_header(&mut self) -> Result<(), RowError> {
        self.header_ended = true;
        match self.group.declared_count {
            Some(count) if !self.header.message_id.is_empty() => self.header.count = count,
            Some(_) => return Err(self.file_error("GrpHdr lacks MsgId", RIGHT_FILE)),
            None => return Err(self.file_error("GrpHdr lacks NbOfTxs", RIGHT_FILE)),
        }
        Ok(())
    }

    fn identifier(&self, element: &str) -> Result<String, RowError> {
        let text = self.text.trim();
        if (1..=MAX_ID_CHARS).contains(&text.chars().count()) {
            return Ok(text.to_owned());
        }
        Err(self.file_error(format!("{element} is empty or longer than {MAX_ID_CHARS} characters"), "use 1 to 35 characters"))
    }

    /// `NbOfTxs`: 1 to 15 digits.
    fn declared_count(&self) -> Result<u64, RowError> {
        let text = self.text.trim();
        let digits = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let count = if digits { text.parse().ok() } else { None };
        count.ok_or_else(|| self.file_error("NbOfTxs is not a number of 1 to 15 digits", EXPORT_AGAIN))
    }

    fn control_sum(&self) -> Result<Decimal, RowError> {
        Decimal::parse(self.text.trim()).ok_or_else(|| self.file_error("CtrlSum is not a decimal number", EXPORT_AGAIN))
    }

    fn broken(&self, fault: Fault) -> RowError {
        self.file_error(fault.what, fault.remedy)
    }

    /// In the transaction that is open, if one is.
    fn file_error(&self, what: impl Into<String>, remedy: &'static str) -> RowError {
        let line = if self.path.starts_with(TRANSACTION) { self.group.count } else { 0 };
        RowError::of_file(line, what, remedy)
    }
}

impl Totals {
    /// Adds what a transaction states; false when the sum does not fit.
    fn add(&mut self, stated: Option<Decimal>) -> bool {
        self.unsure |= stated.is_none();
        let sum = self.sum.plus(stated.unwrap_or_default());
        self.sum = sum.unwrap_or(self.sum);
        sum.is_some()
    }

    fn compare(&self, element: &str) -> Result<(), RowError> {
        let differs = |what: String| Err(RowError::of_file(0, what, EXPORT_AGAIN));
        if let Some(declared) = self.declared_count.filter(|declared| *declared != self.count) {
            return differs(format!("{element} declares {declared} transactions and has {}", self.count));
        }
        if let Some(declared) = self.declared_sum.filter(|declared| !self.unsure && *declared != self.sum) {
            return differs(format!("{element} declares a sum of {declared}; its amounts give {}", self.sum));
        }
        Ok(())
    }
}

impl<R: Read> Iterator for Rows<R> {
    /// The number of the transaction, and its row.
    type Item = RowResult;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.advance() {
                Ok(None) => {}
                Ok(Some(row)) => return Some(row.map(|row| (self.group.count, row))),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
