//! bank-reconciliation: what a bank says of a programme's account, beside what the ledger says.
//!
//! Hears `bank-statements.sent`, `bank-matchings.advanced` and `bank-cases.decided`. A file is read whole (camt.053 or MT940) and refused
//! whole, with place and remedy; a statement that stands already with the same content is the same, with other content a conflict. Its lines are
//! kept, those that another statement had first as *doubled*. Then whatever waits of the programme is matched, a page a step ([`matching`]): by the
//! document that granted or took the money and by amount, against every transfer that touches the bank account. The clock asks for a matching too, once
//! a day and whenever such a transfer was posted ([`due`]), since a line may be there before its transfer. At the end of each, transfers that the bank
//! has said nothing of for `bank.missing_after_days` are cases too. No money moves here; what is matched is evidence, and what is not is a case that
//! a person closes.
//! Bounds: one fact at a time; files of [`BYTES_MAX`]; [`matching::PAGE_LINES`] lines a step.

use std::{sync::Arc, time::Duration};

use flate2::read::GzDecoder;
use salur_domain::BankMatchingId;
use salur_formats::bank_statement::{self, Fault, Statement};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{BankCaseDecided, BankMatchingAdvanced, BankStatementSent, messages};
use salur_store::{
    Error, Tx,
    bank::{self, Line, Sheet, matching, shown},
};
use serde::{Deserialize, Serialize};

use crate::{Tools, Work, digest};

mod pairing;
mod step;
#[cfg(test)]
mod tests;

/// Largest file, as sent.
pub const BYTES_MAX: u64 = bank_statement::MAX_FILE_BYTES;

messages! {
    /// What bank-reconciliation hears.
    pub enum In { BankStatementSent, BankMatchingAdvanced, BankCaseDecided }
}
messages! {
    /// What bank-reconciliation says.
    pub enum Out { BankMatchingAdvanced }
}

/// What came of a file, as `salur bank import --json` prints it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it was taken.
    pub accepted: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The statements it holds.
    pub statements: Vec<Taken>,
}

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `unreadable` or `conflict`.
    pub code: String,
    /// `line 14`, `statement 1, entry 3`.
    pub at: String,
    /// `:61:`, `Amt`; empty where no field is to blame.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A statement of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in the table bank_sheets")]
pub struct Taken {
    pub account: String,
    pub name: String,
    pub opening: i64,
    pub closing: i64,
    pub lines: usize,
    /// Entries that are not booked, or of nothing.
    pub passed_over: u64,
    /// Whether it stood already.
    pub already: bool,
}

/// A fact with what it needs: for a file what it holds, or why it cannot be read.
#[derive(Debug)]
pub enum Ready {
    /// A file.
    Sent(BankStatementSent, String, Result<Vec<Statement>, Fault>),
    /// A step of a matching.
    Step(BankMatchingAdvanced),
    /// A decision.
    Decided(BankCaseDecided),
}

/// The stage.
#[derive(Debug)]
pub struct BankReconciliation(Arc<Tools>);

impl BankReconciliation {
    /// With the database that holds the files.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for BankReconciliation {
    const NAME: &'static str = "bank-reconciliation";
    type In = In;
    type Out = Out;
    type Context = Vec<bank::File>;
    type Ready = Ready;
    type Work = Work;

    /// One at a time: a file is up to [`bank_statement::MAX_LINES`] lines.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 1, prefetch: 2, lanes: 1, deadline: Duration::from_mins(5), ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Vec<bank::File>, Failure> {
        let sent = |fact: &In| if let In::BankStatementSent(sent) = fact { Some(sent.statement.0) } else { None };
        let ids: Vec<_> = facts.iter().filter_map(sent).collect();
        Ok(if ids.is_empty() { Vec::new() } else { bank::files(&self.0.database, &ids).await? })
    }

    async fn prepare(&self, fact: &In, files: &Vec<bank::File>) -> Result<Ready, Failure> {
        match fact {
            In::BankMatchingAdvanced(step) => Ok(Ready::Step(step.clone())),
            In::BankCaseDecided(decided) => Ok(Ready::Decided(decided.clone())),
            In::BankStatementSent(sent) => {
                let file = files.iter().find(|file| file.id == sent.statement.0).cloned();
                let file = file.ok_or_else(|| Error::invariant(format!("bank statement {} has no file", sent.statement)))?;
                let read = move || bank_statement::read(GzDecoder::new(file.content.as_slice()));
                let programme = file_programme(files, sent);
                let read = tokio::task::spawn_blocking(read).await;
                let read = read.map_err(|error| Error::invariant(format!("reading bank statement {}: {error}", sent.statement)))?;
                Ok(Ready::Sent(sent.clone(), programme, read))
            }
        }
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let mut verdicts = Vec::with_capacity(flight.len());
        for ready in flight.facts() {
            let next = match ready {
                Ready::Sent(sent, programme, read) => take(tx, sent, programme, read).await?,
                Ready::Step(step) => step::make(tx, step, self.0.bank_missing_after_days).await?,
                Ready::Decided(decided) => {
                    close(tx, decided).await?;
                    None
                }
            };
            verdicts.push(next.map_or(Verdict::Done, Verdict::emit));
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

/// Matchings that the clock has to begin: of this day, and of the transfers that stand by now.
pub async fn due(tools: &Tools) -> Result<Vec<Out>, Failure> {
    let due = matching::due(&tools.database).await?;
    let first = |due: matching::Due| {
        let (matching, programme) = (BankMatchingId(due.matching), due.programme);
        BankMatchingAdvanced { matching, programme, after: String::new(), at: due.at }.into()
    };
    Ok(due.into_iter().map(first).collect())
}

fn file_programme(files: &[bank::File], sent: &BankStatementSent) -> String {
    files.iter().find(|file| file.id == sent.statement.0).map(|file| file.programme.clone()).unwrap_or_default()
}

/// Takes a file once; the first step of its matching, where it was taken, as its kept answer says.
async fn take(
    tx: &mut Tx,
    sent: &BankStatementSent,
    programme: &str,
    read: &Result<Vec<Statement>, Fault>,
) -> Result<Option<BankMatchingAdvanced>, Error> {
    let id = sent.statement.0;
    let unreadable = |error: serde_json::Error| Error::invariant(format!("the answer of bank statement {id} is no answer: {error}"));
    bank::lock(tx, programme).await?;
    let answer: Answer = if let Some(known) = bank::answered(tx, id).await? {
        serde_json::from_value(known).map_err(unreadable)?
    } else {
        let answer = match read {
            Ok(statements) => write(tx, sent, programme, statements).await?,
            Err(Fault { at, field, what, remedy }) => Answer::refused("unreadable", [at, field, what, remedy]),
        };
        bank::answer(tx, id, &serde_json::to_value(&answer).map_err(unreadable)?).await?;
        answer
    };
    let first = BankMatchingAdvanced { matching: BankMatchingId(id), programme: programme.to_owned(), after: String::new(), at: sent.at };
    Ok(answer.accepted.then_some(first))
}

/// Writes what is new of a file; nothing, where a statement stands with other content.
async fn write(tx: &mut Tx, sent: &BankStatementSent, programme: &str, statements: &[Statement]) -> Result<Answer, Error> {
    let mut taken: Vec<Taken> = Vec::with_capacity(statements.len());
    tx.mark().await?;
    for statement in statements {
        let sheet = sheet(sent, programme, statement)?;
        let known = bank::known(tx, &[sheet.id()]).await?.pop();
        match &known {
            Some(known) if known.content != sheet.content => {
                tx.undo().await?;
                return Ok(conflict(&sheet, known));
            }
            Some(_) => {}
            None => bank::insert(tx, &sheet).await?,
        }
        let Sheet { account, name, opening, closing, .. } = sheet;
        let (lines, passed_over) = (statement.lines.len(), statement.passed_over);
        taken.push(Taken { account, name, opening, closing, lines, passed_over, already: known.is_some() });
    }
    Ok(Answer { accepted: true, problem: None, statements: taken })
}

fn sheet(sent: &BankStatementSent, programme: &str, statement: &Statement) -> Result<Sheet, Error> {
    let content = serde_json::to_vec(statement).map_err(|error| Error::invariant(error.to_string()))?;
    let line = |line: &bank_statement::Line| Line {
        booked_on: line.booked_on,
        value_on: line.value_on,
        direction: line.direction.as_str(),
        is_reversal: line.is_reversal,
        amount: line.amount.get(),
        bank_reference: line.bank_reference.clone(),
        references: line.references.clone(),
        text: line.text.clone(),
    };
    Ok(Sheet {
        file: sent.statement.0,
        programme: programme.to_owned(),
        account: statement.account.clone(),
        name: statement.name(),
        opens_on: statement.opening.on,
        opening: statement.opening.rupiah,
        closes_on: statement.closing.on,
        closing: statement.closing.rupiah,
        content: digest(&content),
        lines: statement.lines.iter().map(line).collect(),
    })
}

fn conflict(sheet: &Sheet, known: &bank::Known) -> Answer {
    let Sheet { account, name, opening, closing, .. } = sheet;
    let (lines, before) = (sheet.lines.len(), (known.opening, known.closing, known.lines));
    let at = format!("statement {name} of account {account}");
    let what = format!(
        "another statement came under this number before: opening {}, closing {}, {} lines; this one has opening {opening}, closing {closing}, {lines} lines",
        before.0, before.1, before.2
    );
    let remedy = "ask the bank which of the two holds; nothing of this file was taken".to_owned();
    Answer::refused("conflict", [&at, &String::new(), &what, &remedy])
}

impl Answer {
    fn refused(code: &str, [at, field, what, remedy]: [&String; 4]) -> Self {
        let problem = Problem { code: code.to_owned(), at: at.clone(), field: field.clone(), what: what.clone(), remedy: remedy.clone() };
        Self { accepted: false, problem: Some(problem), statements: Vec::new() }
    }
}

/// Closes a case; one that is over already refuses.
async fn close(tx: &mut Tx, decided: &BankCaseDecided) -> Result<(), Error> {
    let BankCaseDecided { decision, case, reason, actor, .. } = decided;
    let programme = shown::programme_of(tx, case.0).await?;
    let programme = programme.ok_or_else(|| Error::invariant(format!("there is no case {case}")))?;
    bank::lock(tx, &programme).await?;
    shown::close(tx, decision.0, case.0, actor, reason).await
}
