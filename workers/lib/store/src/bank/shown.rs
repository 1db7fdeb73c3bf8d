//! Statements, lines and cases as people see them, and what a person decided about a case.
//!
//! Bounds: [`PAGE`] of an answer.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{Database, Error, Page, Timestamp, Tx, page::asked, sql};

/// Lines or cases of one answer.
pub const PAGE: i64 = 1_000;

sql! {
    PROGRAMME = "SELECT EXISTS (SELECT FROM programmes WHERE code = $1)";
    FILE = "SELECT s.id, s.programme, s.actor, s.bytes, s.sha256, s.sent_at, a.answer, a.answered_at,
          (SELECT t.at FROM bank_steps t WHERE t.matching = s.id AND t.next IS NULL) AS matched_at
        FROM bank_statements s LEFT JOIN bank_statement_answers a ON a.file = s.id WHERE s.id = $1";
    OUTCOMES = "SELECT coalesce(o.outcome, 'unmatched'), count(*), sum(l.amount)::bigint FROM bank_sheets s JOIN bank_lines l ON l.sheet = s.id
        LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (l.sheet, l.n) WHERE s.file = $1 GROUP BY 1 ORDER BY 1";
    LINES = "SELECT l.programme, l.account, s.name AS statement, l.sheet, l.n, l.booked_on, l.value_on, l.direction, l.is_reversal, l.amount,
          l.bank_reference, l.refs, l.text, coalesce(o.outcome, 'unmatched') AS outcome, coalesce(o.document, '') AS document,
          coalesce(o.missing, 0) AS missing, (SELECT count(*) FROM bank_matches m WHERE (m.sheet, m.n) = (l.sheet, l.n)) AS transfers
        FROM bank_lines l JOIN bank_sheets s ON s.id = l.sheet LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (l.sheet, l.n)
        WHERE l.programme = $1 AND ($2::text IS NULL OR coalesce(o.outcome, 'unmatched') = $2) AND (l.booked_on, l.sheet, l.n) > ($3, $4, $5)
        ORDER BY l.booked_on, l.sheet, l.n LIMIT $6";
    CASES = "SELECT c.id, c.kind, c.programme, s.account, s.name AS statement, c.n AS line, l.booked_on, c.tranche, c.transfer_kind, c.document, c.amount,
          c.expected, l.text, o.other_n, f.name AS other_statement, c.opened_at, c.resolved, c.closed_by, c.reason, c.closed_at
        FROM bank_cases_now c LEFT JOIN bank_sheets s ON s.id = c.sheet LEFT JOIN bank_lines l ON (l.sheet, l.n) = (c.sheet, c.n)
        LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (c.sheet, c.n) LEFT JOIN bank_sheets f ON f.id = o.other_sheet
        WHERE ($1::text IS NULL OR c.programme = $1) AND ($2 OR (c.closed_at IS NULL AND NOT c.resolved)) AND ($3::uuid IS NULL OR c.id = $3)
          AND (c.opened_at, c.id) > ($4, $5) ORDER BY c.opened_at, c.id LIMIT $6";
    UNDOCUMENTED = "SELECT count(*), coalesce(sum(amount), 0)::bigint FROM bank_transfers WHERE ($1::text IS NULL OR programme = $1) AND document = ''";
    DECISION = "SELECT id, bank_case, actor, reason, effect, decided_at FROM bank_case_decisions WHERE id = $1";
    IS_OPEN = "SELECT EXISTS (SELECT FROM bank_cases_now WHERE id = $1 AND closed_at IS NULL AND NOT resolved)";
    DECIDE = "INSERT INTO bank_case_decisions (id, bank_case, actor, reason, effect) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
    LOCK_CASE = "SELECT programme FROM bank_cases WHERE id = $1";
}

/// A file and what came of it.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Shown {
    pub id: Uuid,
    pub programme: String,
    pub actor: String,
    pub bytes: i64,
    pub sha256: Vec<u8>,
    pub sent_at: Timestamp,
    pub answer: Option<Value>,
    pub answered_at: Option<Timestamp>,
    /// When all its lines had been looked at.
    pub matched_at: Option<Timestamp>,
}

/// A line with what it came to.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Line {
    pub programme: String,
    pub account: String,
    pub statement: String,
    pub sheet: Uuid,
    pub n: i32,
    pub booked_on: NaiveDate,
    pub value_on: NaiveDate,
    pub direction: String,
    pub is_reversal: bool,
    pub amount: i64,
    pub bank_reference: String,
    pub refs: Vec<String>,
    pub text: String,
    pub outcome: String,
    pub document: String,
    pub missing: i64,
    /// How many transfers it stands for.
    pub transfers: i64,
}

/// A case.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Case {
    pub id: Uuid,
    pub kind: String,
    pub programme: String,
    pub account: Option<String>,
    pub statement: Option<String>,
    pub line: Option<i32>,
    pub booked_on: Option<NaiveDate>,
    pub tranche: Option<i32>,
    pub transfer_kind: Option<String>,
    pub document: String,
    pub amount: i64,
    pub expected: Option<i64>,
    pub text: Option<String>,
    pub other_n: Option<i32>,
    pub other_statement: Option<String>,
    pub opened_at: Timestamp,
    pub resolved: bool,
    pub closed_by: Option<String>,
    pub reason: Option<String>,
    pub closed_at: Option<Timestamp>,
}

/// What came of a decision.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Decision {
    pub id: Uuid,
    pub bank_case: Uuid,
    pub actor: String,
    pub reason: String,
    pub effect: String,
    pub decided_at: Timestamp,
}

/// Which cases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which<'a> {
    /// Only of this programme.
    pub programme: Option<&'a str>,
    /// Also those that are over.
    pub all: bool,
    /// Only this one.
    pub one: Option<Uuid>,
    /// After this one.
    pub after: Option<(Timestamp, Uuid)>,
}

/// Whether there is such a programme.
pub async fn is_programme(database: &Database, code: &str) -> Result<bool, Error> {
    sqlx::query_scalar(PROGRAMME).bind(code).fetch_one(database.pool()).await.map_err(Error::database("looking for a programme"))
}

/// A file and what came of it.
pub async fn file(database: &Database, id: Uuid) -> Result<Option<Shown>, Error> {
    sqlx::query_as(FILE).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a bank statement"))
}

/// What the lines of a file came to: outcome, lines, rupiah.
pub async fn outcomes(database: &Database, file: Uuid) -> Result<Vec<(String, i64, i64)>, Error> {
    sqlx::query_as(OUTCOMES).bind(file).fetch_all(database.pool()).await.map_err(Error::database("counting lines"))
}

/// Lines of a programme, in the order in which they were booked.
pub async fn lines(
    database: &Database,
    programme: &str,
    outcome: Option<&str>,
    after: (NaiveDate, Uuid, i32),
) -> Result<Page<Line>, Error> {
    let read = sqlx::query_as(LINES).bind(programme).bind(outcome).bind(after.0).bind(after.1).bind(after.2).bind(asked(PAGE));
    Ok(Page::of(read.fetch_all(database.pool()).await.map_err(Error::database("reading lines"))?, PAGE))
}

/// Cases, oldest first.
pub async fn cases(database: &Database, which: Which<'_>) -> Result<Page<Case>, Error> {
    let (at, id) = which.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let read = sqlx::query_as(CASES).bind(which.programme).bind(which.all).bind(which.one).bind(at).bind(id).bind(asked(PAGE));
    Ok(Page::of(read.fetch_all(database.pool()).await.map_err(Error::database("reading cases of bank accounts"))?, PAGE))
}

/// Transfers on bank accounts that name no paper, and so wait for no line: how many, and their sum.
pub async fn undocumented(database: &Database, programme: Option<&str>) -> Result<(i64, i64), Error> {
    sqlx::query_as(UNDOCUMENTED).bind(programme).fetch_one(database.pool()).await.map_err(Error::database("counting transfers"))
}

/// What came of a decision; none: nothing yet.
pub async fn decision(database: &Database, id: Uuid) -> Result<Option<Decision>, Error> {
    sqlx::query_as(DECISION).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a decision"))
}

/// The programme of a case.
pub async fn programme_of(tx: &mut Tx, case: Uuid) -> Result<Option<String>, Error> {
    sqlx::query_scalar(LOCK_CASE).bind(case).fetch_optional(tx.connection()).await.map_err(Error::database("reading a case"))
}

/// Closes a case that is open, once; heard again it changes nothing.
pub async fn close(tx: &mut Tx, decision: Uuid, case: Uuid, actor: &str, reason: &str) -> Result<(), Error> {
    let failed = || Error::database("closing a case");
    let is_open: bool = sqlx::query_scalar(IS_OPEN).bind(case).fetch_one(tx.connection()).await.map_err(failed())?;
    let effect = if is_open { "closed" } else { "refused" };
    tx.wrote("bank_case_decisions");
    let insert = sqlx::query(DECIDE).bind(decision).bind(case).bind(actor).bind(reason).bind(effect);
    insert.execute(tx.connection()).await.map(drop).map_err(failed())
}
