//! Setup files that treasurers sent, and what came of each.
//!
//! The portal keeps the file, programme-setup its answer; both for ever, since a programme is what its files say.

use serde_json::Value;
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Largest file: the whole country has some 5 MB.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;

sql! {
    KEEP = "INSERT INTO setups (id, actor, content, sha256, dry_run) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    READ = "SELECT s.id, s.actor, s.sha256, s.dry_run, s.sent_at, a.answer, a.answered_at FROM setups s LEFT JOIN setup_answers a ON a.setup = s.id
        WHERE s.id = $1";
    FILES = "SELECT id, actor, content, sha256, dry_run FROM setups WHERE id = ANY($1)";
    ANSWERED = "SELECT answer FROM setup_answers WHERE setup = $1";
    ANSWER = "INSERT INTO setup_answers (setup, answer) VALUES ($1, $2)";
}

/// A file as the portal keeps it.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Sent<'a> {
    pub id: Uuid,
    pub actor: &'a str,
    pub content: &'a str,
    pub sha256: &'a [u8],
    pub dry_run: bool,
}

/// A file and its answer, as shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Setup {
    /// Its id.
    pub id: Uuid,
    /// Who sent it.
    pub actor: String,
    /// Digest of the file.
    pub sha256: Vec<u8>,
    /// Whether it only asked.
    pub dry_run: bool,
    /// When it came.
    pub sent_at: Timestamp,
    /// What came of it; none: nothing yet.
    pub answer: Option<Value>,
    /// When.
    pub answered_at: Option<Timestamp>,
}

/// A file to carry out.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct File {
    /// Its id.
    pub id: Uuid,
    /// Who sent it.
    pub actor: String,
    /// Its text.
    pub content: String,
    /// Its digest.
    pub sha256: Vec<u8>,
    /// Whether it only asks.
    pub dry_run: bool,
}

/// Keeps a file; whether the id was free.
pub async fn keep(tx: &mut Tx, sent: &Sent<'_>) -> Result<bool, Error> {
    let insert = sqlx::query(KEEP).bind(sent.id).bind(sent.actor).bind(sent.content).bind(sent.sha256).bind(sent.dry_run);
    let done = insert.execute(tx.connection()).await.map_err(Error::database("keeping a setup file"))?;
    Ok(done.rows_affected() > 0)
}

/// A file and its answer, as shown.
pub async fn read(database: &Database, id: Uuid) -> Result<Option<Setup>, Error> {
    sqlx::query_as(READ).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a setup"))
}

/// Files to carry out.
pub async fn files(database: &Database, ids: &[Uuid]) -> Result<Vec<File>, Error> {
    sqlx::query_as(FILES).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading setup files"))
}

/// What came of it, where that is known already.
pub async fn answered(tx: &mut Tx, id: Uuid) -> Result<Option<Value>, Error> {
    sqlx::query_scalar(ANSWERED).bind(id).fetch_optional(tx.connection()).await.map_err(Error::database("reading the answer of a setup"))
}

/// Remembers what came of it.
pub async fn answer(tx: &mut Tx, id: Uuid, answer: &Value) -> Result<(), Error> {
    sqlx::query(ANSWER).bind(id).bind(answer).execute(tx.connection()).await.map(drop).map_err(Error::database("answering a setup"))
}
