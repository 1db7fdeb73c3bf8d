//! camt.053, the bank to customer statement of ISO 20022, versions 001.02 and 001.08.
//!
//! | element of an entry | ours |
//! |---|---|
//! | `Amt` with `Ccy="IDR"` and no fraction but zeros, `CdtDbtInd` | amount, direction |
//! | `RvslInd` | a reversal; `CdtDbtInd` says which way the reversal itself went |
//! | `Sts` (001.02) or `Sts/Cd` (001.08): `BOOK` | kept; `PDNG`, `INFO` and `FUTR` are passed over, as balances do |
//! | `BookgDt`, `ValDt`, each `Dt` or `DtTm` | days; one stands for the other where it is missing |
//! | `AcctSvcrRef`, else that of its only transaction | the bank's reference |
//! | `NtryDtls/TxDtls`: `Refs/EndToEndId`, `InstrId`, `TxId`, `RmtInf/Strd/CdtrRefInf/Ref` | references |
//! | `NtryDtls/TxDtls/RmtInf/Ustrd`, else `AddtlNtryInf` | text |
//!
//! Balances are `OPBD` (or `PRCD`, the closing of the statement before) and `CLBD`. The number is `LglSeqNb`, else `ElctrncSeqNb`. Everything else is
//! read past. Bounds: those of the XML events, [`MAX_TEXT_BYTES`] of an element.

use std::io::Read;

mod entry;

use entry::{Entry, day};

use super::{ASK_THE_BANK, Balance, CURRENCY, Counted, Direction, Fault, MAX_ID_CHARS, Statement, amount};
use crate::xml::{Step, Xml};

/// Longest text of an element, in bytes.
const MAX_TEXT_BYTES: usize = 8 * 1024;
const MESSAGE: &str = "/Document/BkToCstmrStmt";
const STATEMENT: &str = "/Document/BkToCstmrStmt/Stmt";
const SUPPLEMENT: &str = "/SplmtryData";
const NAMESPACES: [&str; 2] = ["urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"];
const RIGHT_FILE: &str = "send camt.053.001.02 or camt.053.001.08";

/// A statement as far as it is read.
#[derive(Debug, Default)]
struct Draft {
    reference: String,
    legal_number: String,
    electronic_number: String,
    account: String,
    opening: Option<Balance>,
    before: Option<Balance>,
    closing: Option<Balance>,
    balance: HalfBalance,
    entry: Entry,
    entries: usize,
    lines: Vec<super::Line>,
    passed_over: u64,
}

#[derive(Debug, Default)]
struct HalfBalance {
    code: String,
    currency: Option<String>,
    amount: String,
    direction: String,
    on: String,
}

struct Reading<R: Read> {
    xml: Xml<R>,
    /// Names of the open elements, each after a slash.
    path: String,
    text: String,
    namespace: String,
    currency: Option<String>,
    draft: Draft,
    counted: Counted,
    done: Vec<Statement>,
}

/// The statements of a file.
pub(super) fn read(source: impl Read) -> Result<Vec<Statement>, Fault> {
    let mut reading = Reading {
        xml: Xml::new(source),
        path: String::new(),
        text: String::new(),
        namespace: String::new(),
        currency: None,
        draft: Draft::default(),
        counted: Counted::default(),
        done: Vec::new(),
    };
    loop {
        let step = reading.xml.step().map_err(|fault| reading.fault("", fault.what, fault.remedy))?;
        match step {
            Step::Open => reading.open()?,
            Step::Text => reading.add_text()?,
            Step::Close => reading.close()?,
            Step::End => return Ok(reading.done),
        }
    }
}

impl<R: Read> Reading<R> {
    fn open(&mut self) -> Result<(), Fault> {
        if self.path.is_empty() {
            self.open_root()?;
        } else if self.xml.namespace() != self.namespace && !self.path.contains(SUPPLEMENT) {
            return Err(self.fault("", "an element of an unknown namespace", RIGHT_FILE));
        }
        self.path.push('/');
        self.path.push_str(self.xml.name());
        self.text.clear();
        match self.path.strip_prefix(STATEMENT) {
            Some("") => {
                self.draft = Draft::default();
                let at = self.at();
                self.counted.statement(&at)?;
            }
            Some("/Bal") => self.draft.balance = HalfBalance::default(),
            Some("/Ntry") => {
                self.draft.entries += 1;
                self.draft.entry = Entry::default();
                let at = self.at();
                self.counted.line(&at)?;
            }
            Some("/Bal/Amt" | "/Ntry/Amt") => {
                self.currency = self.xml.attribute("Ccy").map_err(|fault| self.fault("Amt", fault.what, fault.remedy))?;
            }
            None if self.path.matches('/').count() == 2 && self.path != MESSAGE => {
                return Err(self.fault("", "not a bank to customer statement", RIGHT_FILE));
            }
            _ => {}
        }
        Ok(())
    }

    fn open_root(&mut self) -> Result<(), Fault> {
        if !self.namespace.is_empty() {
            return Err(self.fault("", "something follows the document", RIGHT_FILE));
        }
        if self.xml.name() != "Document" || !NAMESPACES.contains(&self.xml.namespace()) {
            return Err(self.fault("", "the file is of another message or version", RIGHT_FILE));
        }
        self.xml.namespace().clone_into(&mut self.namespace);
        Ok(())
    }

    fn add_text(&mut self) -> Result<(), Fault> {
        let text = self.xml.text();
        if self.path.is_empty() && !text.trim().trim_start_matches('\u{FEFF}').is_empty() {
            return Err(self.fault("", "text outside of the document", "check that it is the right file"));
        }
        if self.text.len() + text.len() > MAX_TEXT_BYTES {
            return Err(self.fault("", format!("a text is larger than {MAX_TEXT_BYTES} bytes"), ASK_THE_BANK));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match self.path.strip_prefix(STATEMENT) {
            Some("/Id") => self.draft.reference = self.identifier("Id", text)?,
            Some("/LglSeqNb") => self.draft.legal_number = self.identifier("LglSeqNb", text)?,
            Some("/ElctrncSeqNb") => self.draft.electronic_number = self.identifier("ElctrncSeqNb", text)?,
            Some("/Acct/Id/IBAN" | "/Acct/Id/Othr/Id") => self.draft.account = self.identifier("Acct/Id", text)?,
            Some("/Acct/Ccy") if text != CURRENCY => {
                return Err(self.fault("Acct/Ccy", "the account is not in IDR", "send the rupiah account"));
            }
            Some("/Bal") => self.end_balance()?,
            Some("/Ntry") => self.end_entry()?,
            Some("") => self.end_statement()?,
            Some(element) => {
                if let Some(element) = element.strip_prefix("/Bal/") {
                    self.draft.balance.take(element, text, &mut self.currency);
                } else if let Some(element) = element.strip_prefix("/Ntry/") {
                    self.draft.entry.take(element, text, &mut self.currency);
                }
            }
            None => {}
        }
        let parent = self.path.rfind('/').unwrap_or(0);
        self.path.truncate(parent);
        Ok(())
    }

    fn end_balance(&mut self) -> Result<(), Fault> {
        let half = std::mem::take(&mut self.draft.balance);
        let place = match half.code.as_str() {
            "OPBD" => &mut self.draft.opening,
            "PRCD" => &mut self.draft.before,
            "CLBD" => &mut self.draft.closing,
            _ => return Ok(()),
        };
        match half.finish() {
            Ok(balance) => *place = Some(balance),
            Err((field, what, remedy)) => return Err(self.fault(format!("Bal {} {field}", half.code), what, remedy)),
        }
        Ok(())
    }

    fn end_entry(&mut self) -> Result<(), Fault> {
        match std::mem::take(&mut self.draft.entry).finish() {
            Ok(Some(line)) => self.draft.lines.push(line),
            Ok(None) => self.draft.passed_over += 1,
            Err((field, what, remedy)) => return Err(self.fault(field, what, remedy)),
        }
        Ok(())
    }

    fn end_statement(&mut self) -> Result<(), Fault> {
        let draft = std::mem::take(&mut self.draft);
        let at = format!("statement {}", self.counted.statements);
        let missing = |field: &str| Fault::new(&at, field, "missing", "ask the bank for complete statements, one message each");
        let number = if draft.legal_number.is_empty() { draft.electronic_number } else { draft.legal_number };
        let statement = Statement {
            account: Some(draft.account).filter(|account| !account.is_empty()).ok_or_else(|| missing("Acct/Id"))?,
            number: number.trim_start_matches('0').to_owned(),
            reference: Some(draft.reference).filter(|reference| !reference.is_empty()).ok_or_else(|| missing("Id"))?,
            opening: draft.opening.or(draft.before).ok_or_else(|| missing("Bal OPBD"))?,
            closing: draft.closing.ok_or_else(|| missing("Bal CLBD"))?,
            lines: draft.lines,
            passed_over: draft.passed_over,
        };
        statement.check(&at, "Bal CLBD")?;
        self.done.push(statement);
        Ok(())
    }

    fn identifier(&self, field: &str, text: &str) -> Result<String, Fault> {
        if (1..=MAX_ID_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            return Ok(text.to_owned());
        }
        Err(self.fault(field, format!("empty or longer than {MAX_ID_CHARS} characters"), ASK_THE_BANK))
    }

    fn at(&self) -> String {
        match (self.path.starts_with(STATEMENT), self.path.starts_with("/Document/BkToCstmrStmt/Stmt/Ntry")) {
            (_, true) => format!("statement {}, entry {}", self.counted.statements, self.draft.entries),
            (true, false) => format!("statement {}", self.counted.statements.max(1)),
            (false, false) => "the file".to_owned(),
        }
    }

    fn fault(&self, field: impl Into<String>, what: impl Into<String>, remedy: &str) -> Fault {
        Fault::new(self.at(), field, what, remedy)
    }
}

impl HalfBalance {
    fn take(&mut self, element: &str, text: &str, currency: &mut Option<String>) {
        match element {
            "Tp/CdOrPrtry/Cd" => text.clone_into(&mut self.code),
            "Amt" => (self.currency, self.amount) = (currency.take(), text.to_owned()),
            "CdtDbtInd" => text.clone_into(&mut self.direction),
            "Dt/Dt" | "Dt/DtTm" => text.clone_into(&mut self.on),
            _ => {}
        }
    }

    fn finish(&self) -> Result<Balance, entry::Wrong> {
        let amount = entry::rupiah(self.currency.as_deref(), &self.amount)?;
        let direction = entry::direction(&self.direction)?;
        Ok(Balance { on: day("Dt", &self.on)?, rupiah: direction.signed(amount.get()) })
    }
}
