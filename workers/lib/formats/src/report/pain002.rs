//! pain.002, the customer payment status report of ISO 20022: 001.03 answers pain.001.001.03, 001.10 answers pain.001.001.09.
//!
//! | status of the row or its payment | `TxSts` |
//! |---|---|
//! | accepted, `account_open`, funded, `cheque_issued` | ACSP |
//! | staged, held, `in_question` | PDNG |
//! | paid | ACSC in 001.03, ACCC in 001.10, which the former does not have |
//! | rejected, returned, cancelled | RJCT |
//!
//! Group status: ACTC where every row is accepted or paid, RJCT where every row is rejected, PART where some are accepted and others not,
//! PDNG else (none accepted, at least one waits; or no rows yet). A finding is one `StsRsnInf`: our code in `Rsn/Prtry`, column and words
//! (Indonesian, a slash, English) in `AddtlInf`, cut at spaces into pieces of 105 characters, at most [`MAX_PIECES`]. The group status
//! stands before the rows, so they are counted first ([`Answered`]); rows that then differ in number are an error. A row does not say which
//! payment information it came in: where there were several, all stand under `NOTPROVIDED`, each with its reference, which the message has
//! once. Memory is one row.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::{Finding, Row};
use crate::pain001::{MAX_ID_CHARS, Version};

/// Most `AddtlInf` of one finding.
pub const MAX_PIECES: usize = 8;
/// `Max105Text`.
const PIECE_CHARS: usize = 105;
/// What stands for the payment information when it is not known, or when the batch had several.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// The message that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its version.
    pub version: Version,
    /// `MsgId`.
    pub message_id: String,
    /// `PmtInfId`, where it had one payment information and that is known.
    pub payment_id: Option<String>,
    /// Declared transactions.
    pub count: Option<u64>,
}

/// How many rows are where: `count` each status, then write the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    accepted: u64,
    waiting: u64,
    rejected: u64,
}

/// Where a row is, to the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Accepted,
    Waiting,
    Paid,
    Rejected,
}

impl Standing {
    fn of(status: &str) -> io::Result<Self> {
        match status {
            "accepted" | "account_open" | "funded" | "cheque_issued" => Ok(Self::Accepted),
            "staged" | "held" | "in_question" => Ok(Self::Waiting),
            "paid" => Ok(Self::Paid),
            "rejected" | "returned" | "cancelled" => Ok(Self::Rejected),
            _ => Err(unfit("a status that pain.002 has no word for")),
        }
    }

    const fn code(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Accepted, _) => "ACSP",
            (Self::Waiting, _) => "PDNG",
            (Self::Paid, Version::V03) => "ACSC",
            (Self::Paid, Version::V09) => "ACCC",
            (Self::Rejected, _) => "RJCT",
        }
    }
}

impl Answered {
    /// Counts rows of a status.
    pub fn count(&mut self, status: &str, rows: u64) -> io::Result<()> {
        match Standing::of(status)? {
            Standing::Accepted | Standing::Paid => self.accepted += rows,
            Standing::Waiting => self.waiting += rows,
            Standing::Rejected => self.rejected += rows,
        }
        Ok(())
    }

    /// The group status.
    pub const fn group_status(&self) -> &'static str {
        match (self.accepted, self.waiting, self.rejected) {
            (1.., 0, 0) => "ACTC",
            (0, 0, 1..) => "RJCT",
            (1.., _, _) => "PART",
            (0, _, _) => "PDNG",
        }
    }

    const fn rows(&self) -> u64 {
        self.accepted + self.waiting + self.rejected
    }
}

/// Writes the report.
pub struct Pain002<W: Write> {
    writer: Writer<W>,
    version: Version,
    payment_id: String,
    /// Rows that are still to come.
    left: u64,
    begun: bool,
}

impl<W: Write> Pain002<W> {
    /// Writes the headers. `message_id` is ours, 1 to 35 characters.
    pub fn new(to: W, message_id: &str, created: DateTime<Utc>, original: &Original, answered: &Answered) -> io::Result<Self> {
        let payment_id = original.payment_id.clone().unwrap_or_else(|| NOT_PROVIDED.to_owned());
        let mut report = Self { writer: Writer::new(to), version: original.version, payment_id, left: answered.rows(), begun: false };
        let namespace = match original.version {
            Version::V03 => "urn:iso:std:iso:20022:tech:xsd:pain.002.001.03",
            Version::V09 => "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10",
        };
        report.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        report.event(Event::Start(BytesStart::new("Document").with_attributes([("xmlns", namespace)])))?;
        report.open("CstmrPmtStsRpt")?;
        report.open("GrpHdr")?;
        report.identifier("MsgId", message_id)?;
        report.element("CreDtTm", &created.to_rfc3339_opts(SecondsFormat::Secs, true))?;
        report.close("GrpHdr")?;
        report.open("OrgnlGrpInfAndSts")?;
        report.identifier("OrgnlMsgId", &original.message_id)?;
        report.element("OrgnlMsgNmId", original.version.message())?;
        if let Some(count) = original.count {
            report.element("OrgnlNbOfTxs", &count.to_string())?;
        }
        report.element("GrpSts", answered.group_status())?;
        report.close("OrgnlGrpInfAndSts")?;
        Ok(report)
    }

    /// Writes one row.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or_else(|| unfit("more rows than were counted"))?;
        let standing = Standing::of(&row.status)?;
        if !std::mem::replace(&mut self.begun, true) {
            self.open("OrgnlPmtInfAndSts")?;
            self.identifier("OrgnlPmtInfId", &self.payment_id.clone())?;
        }
        self.open("TxInfAndSts")?;
        self.identifier("OrgnlEndToEndId", &row.row_ref)?;
        self.element("TxSts", standing.code(self.version))?;
        for finding in &row.findings {
            self.open("StsRsnInf")?;
            self.open("Rsn")?;
            self.identifier("Prtry", &finding.code)?;
            self.close("Rsn")?;
            for piece in pieces(&told(finding)) {
                self.element("AddtlInf", &piece)?;
            }
            self.close("StsRsnInf")?;
        }
        self.close("TxInfAndSts")
    }

    /// Closes the document, flushes, and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.left > 0 {
            return Err(unfit("fewer rows than were counted"));
        }
        if self.begun {
            self.close("OrgnlPmtInfAndSts")?;
        }
        self.close("CstmrPmtStsRpt")?;
        self.close("Document")?;
        let mut to = self.writer.into_inner();
        to.flush()?;
        Ok(to)
    }

    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        self.writer.write_event(event)
    }

    fn open(&mut self, name: &str) -> io::Result<()> {
        self.event(Event::Start(BytesStart::new(name)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.event(Event::End(BytesEnd::new(name)))
    }

    fn element(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.open(name)?;
        self.event(Event::Text(BytesText::new(&text.replace(is_no_xml, "\u{FFFD}"))))?;
        self.close(name)
    }

    /// `Max35Text`.
    fn identifier(&mut self, name: &str, text: &str) -> io::Result<()> {
        if (1..=MAX_ID_CHARS).contains(&text.chars().count()) {
            return self.element(name, text);
        }
        Err(unfit("an identifier is empty or longer than 35 characters"))
    }
}

fn told(finding: &Finding) -> String {
    let Finding { column, indonesian, english, .. } = finding;
    format!("{column}: {}; {} / {}; {}", indonesian.message, indonesian.remedy, english.message, english.remedy)
}

/// Characters that no XML may hold.
fn is_no_xml(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// A text cut at spaces into pieces of at most [`PIECE_CHARS`].
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        match pieces.last_mut() {
            Some(piece) if piece.chars().count() + 1 + rest.len() <= PIECE_CHARS => {
                piece.push(' ');
                piece.push_str(word);
                continue;
            }
            _ => {}
        }
        while pieces.len() < MAX_PIECES && !rest.is_empty() {
            let tail = rest.split_off(rest.len().min(PIECE_CHARS));
            pieces.push(rest.into_iter().collect());
            rest = tail;
        }
        if pieces.len() == MAX_PIECES && !rest.is_empty() {
            break;
        }
    }
    pieces
}

fn unfit(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

#[cfg(test)]
mod tests;
