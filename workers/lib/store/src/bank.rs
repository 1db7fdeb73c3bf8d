//! Statements of banks as sent, what they hold, and what their lines came to.
//!
//! The portal keeps a file, bank-reconciliation everything else; all of it for ever, since it is the evidence for transfers. A file is named after its
//! programme and digest, a statement inside it (a *sheet*) after programme, account and the bank's number, a line after its sheet and place: whatever is
//! heard again is found. Work on a programme's statements goes one after another ([`lock`]). Nothing here moves money.
//!
//! Bounds: [`BLOCK_LINES`] a statement of SQL.

use chrono::NaiveDate;
use salur_domain::ids::NAMESPACE;
use serde_json::Value;
use uuid::Uuid;

use crate::{Database, Error, Tx, sql};

pub mod matching;
pub mod shown;
pub mod taken;

/// Lines written at once.
pub const BLOCK_LINES: usize = 5_000;

sql! {
    LOCK = "SELECT pg_advisory_xact_lock(7226310, hashtext($1))";
    KEEP = "INSERT INTO bank_statements (id, programme, actor, content, bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    FILES = "SELECT id, programme, content, sent_at FROM bank_statements WHERE id = ANY($1)";
    ANSWERED = "SELECT answer FROM bank_statement_answers WHERE file = $1";
    ANSWER = "INSERT INTO bank_statement_answers (file, answer) VALUES ($1, $2)";
    SHEETS = "SELECT id, content, opening, closing, lines FROM bank_sheets WHERE id = ANY($1)";
    INSERT_SHEET = "INSERT INTO bank_sheets (id, file, programme, account, name, opens_on, opening, closes_on, closing, lines, content)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    INSERT_LINES = "INSERT INTO bank_lines (sheet, n, programme, account, booked_on, value_on, direction, is_reversal, amount, bank_reference, refs, text)
        SELECT s.id, l.n, s.programme, s.account, l.booked_on, l.value_on, l.direction, l.is_reversal, l.amount, l.bank_reference,
          array_remove(string_to_array(l.refs, E'\\n'), ''), l.text
        FROM bank_sheets s, unnest($2::int[], $3::date[], $4::date[], $5::text[], $6::boolean[], $7::bigint[], $8::text[], $9::text[], $10::text[])
          AS l(n, booked_on, value_on, direction, is_reversal, amount, bank_reference, refs, text)
        WHERE s.id = $1";
    // the first of a line is in another statement and is not doubled itself; statements of a programme are read one after another
    INSERT_DOUBLED = "INSERT INTO bank_outcomes (sheet, n, outcome, other_sheet, other_n)
        SELECT DISTINCT ON (l.n) l.sheet, l.n, 'doubled', f.sheet, f.n FROM bank_lines l
        JOIN bank_lines f ON (f.programme, f.account, f.bank_reference, f.direction, f.is_reversal, f.amount, f.value_on)
            = (l.programme, l.account, l.bank_reference, l.direction, l.is_reversal, l.amount, l.value_on)
          AND f.bank_reference <> '' AND f.sheet <> l.sheet
        WHERE l.sheet = $1 AND l.bank_reference <> ''
          AND NOT EXISTS (SELECT FROM bank_outcomes o WHERE (o.sheet, o.n) = (f.sheet, f.n) AND o.outcome = 'doubled')
        ORDER BY l.n, f.sheet, f.n RETURNING n";
    AMOUNTS = "SELECT n, amount FROM bank_lines WHERE sheet = $1 AND n = ANY($2)";
}

/// A file as the portal keeps it.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Sent<'a> {
    pub id: Uuid,
    pub programme: &'a str,
    pub actor: &'a str,
    pub content: &'a [u8],
    pub bytes: i64,
    pub sha256: &'a [u8],
}

/// A file to read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct File {
    /// Its id.
    pub id: Uuid,
    /// Whose account it is about.
    pub programme: String,
    /// Compressed.
    pub content: Vec<u8>,
    /// When it came.
    pub sent_at: crate::Timestamp,
}

/// A statement inside a file.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Sheet {
    pub file: Uuid,
    pub programme: String,
    pub account: String,
    pub name: String,
    pub opens_on: NaiveDate,
    pub opening: i64,
    pub closes_on: NaiveDate,
    pub closing: i64,
    pub content: Vec<u8>,
    pub lines: Vec<Line>,
}

/// A line as read.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Line {
    pub booked_on: NaiveDate,
    pub value_on: NaiveDate,
    pub direction: &'static str,
    pub is_reversal: bool,
    pub amount: i64,
    pub bank_reference: String,
    pub references: Vec<String>,
    pub text: String,
}

/// A sheet that stands already.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Known {
    /// Its id.
    pub id: Uuid,
    /// Digest of what it holds.
    pub content: Vec<u8>,
    /// Its balances.
    pub opening: i64,
    /// Its balances.
    pub closing: i64,
    /// How many lines it has.
    pub lines: i32,
}

impl Sheet {
    /// Its id: a function of its natural key.
    pub fn id(&self) -> Uuid {
        let name = ["bank sheet", &self.programme, &self.account, &self.name].join("\u{0}");
        Uuid::new_v5(&NAMESPACE, name.as_bytes())
    }
}

/// One at a time of a programme: what is doubled and what is matched depends on what stands.
pub async fn lock(tx: &mut Tx, programme: &str) -> Result<(), Error> {
    let lock = sqlx::query(LOCK).bind(programme);
    lock.execute(tx.connection()).await.map(drop).map_err(Error::database("waiting for another statement"))
}

/// Keeps a file; whether it is new.
pub async fn keep(tx: &mut Tx, sent: &Sent<'_>) -> Result<bool, Error> {
    let Sent { id, programme, actor, content, bytes, sha256 } = sent;
    let insert = sqlx::query(KEEP).bind(id).bind(programme).bind(actor).bind(content).bind(bytes).bind(sha256);
    let done = insert.execute(tx.connection()).await.map_err(Error::database("keeping a bank statement"))?;
    tx.wrote("bank_statements");
    Ok(done.rows_affected() > 0)
}

/// Files to read.
pub async fn files(database: &Database, ids: &[Uuid]) -> Result<Vec<File>, Error> {
    sqlx::query_as(FILES).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading bank statements"))
}

/// What came of a file, where that is known already.
pub async fn answered(tx: &mut Tx, file: Uuid) -> Result<Option<Value>, Error> {
    let found = sqlx::query_scalar(ANSWERED).bind(file).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading the answer of a bank statement"))
}

/// Remembers what came of it.
pub async fn answer(tx: &mut Tx, file: Uuid, answer: &Value) -> Result<(), Error> {
    let insert = sqlx::query(ANSWER).bind(file).bind(answer);
    insert.execute(tx.connection()).await.map(drop).map_err(Error::database("answering a bank statement"))
}

/// Sheets that stand already.
pub async fn known(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Known>, Error> {
    sqlx::query_as(SHEETS).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading statements"))
}

/// Writes a sheet with its lines, and says which of them are in an earlier statement: their numbers and amounts, each a case.
pub async fn insert(tx: &mut Tx, sheet: &Sheet) -> Result<(), Error> {
    let failed = || Error::database("writing a statement");
    let id = sheet.id();
    let lines = i32::try_from(sheet.lines.len()).map_err(|_| Error::invariant("a statement has at most two thousand million lines"))?;
    let insert = sqlx::query(INSERT_SHEET).bind(id).bind(sheet.file).bind(&sheet.programme).bind(&sheet.account).bind(&sheet.name);
    let insert = insert.bind(sheet.opens_on).bind(sheet.opening).bind(sheet.closes_on).bind(sheet.closing).bind(lines).bind(&sheet.content);
    insert.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("bank_sheets");
    tx.wrote("bank_lines");
    let mut written = 0_u64;
    for (block, lines) in sheet.lines.chunks(BLOCK_LINES).enumerate() {
        let first = block * BLOCK_LINES;
        let numbers: Vec<i32> = (0..lines.len()).map(|at| i32::try_from(first + at + 1).unwrap_or(i32::MAX)).collect();
        let insert = sqlx::query(INSERT_LINES).bind(id).bind(numbers);
        let insert = insert.bind(lines.iter().map(|line| line.booked_on).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.value_on).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.direction).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.is_reversal).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.amount).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.bank_reference.as_str()).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.references.join("\n")).collect::<Vec<_>>());
        let insert = insert.bind(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>());
        written += insert.execute(tx.connection()).await.map_err(failed())?.rows_affected();
    }
    if written != sheet.lines.len() as u64 {
        return Err(Error::invariant(format!("{} lines to write, {written} written", sheet.lines.len())));
    }
    doubled(tx, sheet, id).await
}

/// Marks lines that another statement had first, and opens their cases.
async fn doubled(tx: &mut Tx, sheet: &Sheet, id: Uuid) -> Result<(), Error> {
    let failed = || Error::database("looking for doubled lines");
    let numbers: Vec<i32> = sqlx::query_scalar(INSERT_DOUBLED).bind(id).fetch_all(tx.connection()).await.map_err(failed())?;
    tx.wrote("bank_outcomes");
    let rows: Vec<(i32, i64)> = sqlx::query_as(AMOUNTS).bind(id).bind(numbers).fetch_all(tx.connection()).await.map_err(failed())?;
    let case = |(n, amount)| matching::NewCase {
        kind: "doubled",
        about: matching::About::Line(id, n),
        document: String::new(),
        amount,
        expected: None,
    };
    matching::open_cases(tx, &sheet.programme, &rows.into_iter().map(case).collect::<Vec<_>>()).await
}
