//! Bank statements as a treasury's page shows them: the files that came, the statements in one, its lines, and how they fared.
//!
//! Bounds: [`FILES`] files of a page, each counted over its own lines; [`SHEETS`] statements and [`LINES`] lines of one file.

use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;

use super::shown::Line;
use crate::{Database, Error, Page, Timestamp, page::asked, sql};

/// Files of a page.
pub const FILES: i64 = 20;
/// Statements of a file that are shown.
pub const SHEETS: i64 = 100;
/// Lines of a page.
pub const LINES: i64 = 100;

sql! {
    PROGRAMMES = "SELECT code FROM programmes ORDER BY code LIMIT 100";
    LATEST = "SELECT s.id, s.actor, s.sent_at, a.answer, h.sheets, h.lines, h.opens_on, h.closes_on, h.credits, h.debits, h.matched
        FROM bank_statements s LEFT JOIN bank_statement_answers a ON a.file = s.id CROSS JOIN LATERAL (
          SELECT count(DISTINCT b.id) AS sheets, count(l.n) AS lines, min(b.opens_on) AS opens_on, max(b.closes_on) AS closes_on,
            coalesce(sum(l.amount) FILTER (WHERE l.direction = 'credit'), 0)::bigint AS credits,
            coalesce(sum(l.amount) FILTER (WHERE l.direction = 'debit'), 0)::bigint AS debits,
            count(*) FILTER (WHERE o.outcome IN ('matched', 'reversed')) AS matched
          FROM bank_sheets b LEFT JOIN bank_lines l ON l.sheet = b.id LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (l.sheet, l.n) WHERE b.file = s.id) AS h
        WHERE s.programme = $1 AND ($2::timestamptz IS NULL OR (s.sent_at, s.id) < ($2, $3)) ORDER BY s.sent_at DESC, s.id DESC LIMIT $4";
    SHEETS_OF = "SELECT account, name, opens_on, opening, closes_on, closing, lines FROM bank_sheets WHERE file = $1
        ORDER BY opens_on, account, name LIMIT $2";
    LINES_OF = "SELECT l.programme, l.account, s.name AS statement, l.sheet, l.n, l.booked_on, l.value_on, l.direction, l.is_reversal, l.amount,
          l.bank_reference, l.refs, l.text, coalesce(o.outcome, 'unmatched') AS outcome, coalesce(o.document, '') AS document,
          coalesce(o.missing, 0) AS missing, (SELECT count(*) FROM bank_matches m WHERE (m.sheet, m.n) = (l.sheet, l.n)) AS transfers
        FROM bank_lines l JOIN bank_sheets s ON s.id = l.sheet LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (l.sheet, l.n)
        WHERE s.file = $1 AND ($2 = '' OR coalesce(o.outcome, 'unmatched') = $2) AND (l.booked_on, l.sheet, l.n) > ($3, $4, $5)
        ORDER BY l.booked_on, l.sheet, l.n LIMIT $6";
}

/// A file that came, with the totals of its lines.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Taken {
    /// Its id.
    pub id: Uuid,
    /// Who sent it.
    pub actor: String,
    /// When.
    pub sent_at: Timestamp,
    /// What came of it; none: not read yet.
    pub answer: Option<Value>,
    /// Statements in it that were new.
    pub sheets: i64,
    /// Their lines.
    pub lines: i64,
    /// First day.
    pub opens_on: Option<NaiveDate>,
    /// Last day.
    pub closes_on: Option<NaiveDate>,
    /// What came in, in rupiah.
    pub credits: i64,
    /// What went out, in rupiah.
    pub debits: i64,
    /// Lines that stand for what the ledger says.
    pub matched: i64,
}

/// A statement of one account in a file.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Sheet {
    pub account: String,
    pub name: String,
    pub opens_on: NaiveDate,
    pub opening: i64,
    pub closes_on: NaiveDate,
    pub closing: i64,
    pub lines: i32,
}

/// Codes of the programmes.
pub async fn programmes(database: &Database) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(PROGRAMMES).fetch_all(database.pool()).await.map_err(Error::database("reading programmes"))
}

/// The latest files of a programme, before a moment and id; at most [`FILES`].
pub async fn latest(database: &Database, programme: &str, before: Option<(Timestamp, Uuid)>) -> Result<Page<Taken>, Error> {
    let (at, id) = before.map_or((None, Uuid::max()), |(at, id)| (Some(at), id));
    let read = sqlx::query_as(LATEST).bind(programme).bind(at).bind(id).bind(asked(FILES));
    Ok(Page::of(read.fetch_all(database.pool()).await.map_err(Error::database("reading bank statements"))?, FILES))
}

/// The statements of a file; at most [`SHEETS`].
pub async fn sheets(database: &Database, file: Uuid) -> Result<Vec<Sheet>, Error> {
    let found = sqlx::query_as(SHEETS_OF).bind(file).bind(SHEETS).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading the statements of a file"))
}

/// Lines of a file that came to this, or all, in the order in which they were booked; at most [`LINES`].
pub async fn lines(database: &Database, file: Uuid, outcome: &str, after: (NaiveDate, Uuid, i32)) -> Result<Page<Line>, Error> {
    let read = sqlx::query_as(LINES_OF).bind(file).bind(outcome).bind(after.0).bind(after.1).bind(after.2).bind(asked(LINES));
    Ok(Page::of(read.fetch_all(database.pool()).await.map_err(Error::database("reading the lines of a file"))?, LINES))
}
