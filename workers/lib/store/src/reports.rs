//! How a list fares: its totals, and each row with the status it has now.
//!
//! A row's status is read from what was decided about it, in the words of the closed list: what its payment says, else what release decided, else
//! what intake said (view `row_statuses`). A page is [`PAGE_ROWS`] rows by key.

use salur_domain::BatchId;
use uuid::Uuid;

use crate::{Database, Error, Timestamp, sql};

/// Rows of a page.
pub const PAGE_ROWS: i64 = 1_000;
/// Rows of a list that is counted while somebody waits.
pub const COUNTED_MAX: i64 = 200_000;

sql! {
    BATCHES = "SELECT b.id, b.source, b.name, t.code AS tranche, b.declared_count, b.declared_sum, b.declared_mismatch, b.seen_count, b.seen_sum,
          b.unreadable_count, b.declared_at, b.completed_at, b.released_at
        FROM batches b LEFT JOIN tranches t ON t.id = b.tranche
        WHERE ($1::text IS NULL OR b.source = $1) AND ($2::text IS NULL OR b.name = $2)
          AND ($4 = '' OR (b.source COLLATE \"C\", b.name COLLATE \"C\") > ($4, $5))
        ORDER BY b.source COLLATE \"C\", b.name COLLATE \"C\" LIMIT $3";
    LATEST = "SELECT b.id, b.source, b.name, t.code AS tranche, b.declared_count, b.declared_sum, b.declared_mismatch, b.seen_count, b.seen_sum,
          b.unreadable_count, b.declared_at, b.completed_at, b.released_at
        FROM batches b LEFT JOIN tranches t ON t.id = b.tranche WHERE ($1::text IS NULL OR b.source = $1)
        ORDER BY b.released_at DESC NULLS FIRST, b.declared_at DESC NULLS FIRST, b.id LIMIT $2 OFFSET $3";
    COUNTS = "SELECT status, count(*), coalesce(sum(amount), 0)::bigint FROM row_statuses WHERE batch = $1 GROUP BY status ORDER BY status";
    SOME_ROWS = "SELECT row, amount, status, codes FROM row_statuses WHERE batch = $1 AND row > $2 COLLATE \"C\" AND ($3 = '' OR status = $3)
        ORDER BY row LIMIT $4";
    ROWS = "SELECT row, amount, status, codes FROM row_statuses
        WHERE batch = $1 AND row > $2 COLLATE \"C\" AND ($4::text IS NULL OR row = $4) ORDER BY row LIMIT $3";
}

/// A list and its totals.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize)]
#[expect(missing_docs, reason = "as in the table of batches")]
pub struct Batch {
    pub id: Uuid,
    pub source: String,
    pub name: String,
    pub tranche: Option<String>,
    pub declared_count: Option<i64>,
    pub declared_sum: Option<i64>,
    pub declared_mismatch: Option<String>,
    pub seen_count: i64,
    pub seen_sum: i64,
    pub unreadable_count: i64,
    pub declared_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub released_at: Option<Timestamp>,
}

/// A row of a list and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// Upstream's own reference.
    pub row: String,
    /// In rupiah, where it could be read.
    pub amount: Option<i64>,
    /// A word of the closed list.
    pub status: String,
    /// Why, and what was noticed.
    pub codes: Vec<String>,
}

/// Lists of a source, or of all; of one name, or all; at most `most`, after a source and name.
pub async fn batches(
    database: &Database,
    source: Option<&str>,
    name: Option<&str>,
    most: i64,
    (after_source, after): (&str, &str),
) -> Result<Vec<Batch>, Error> {
    let read = sqlx::query_as(BATCHES).bind(source).bind(name).bind(most).bind(after_source).bind(after);
    let found = read.fetch_all(database.pool()).await;
    found.map_err(Error::database("reading batches"))
}

/// Lists of a source, or of all: what is not released first, then the latest.
pub async fn latest(database: &Database, source: Option<&str>, most: i64, after: i64) -> Result<Vec<Batch>, Error> {
    let found = sqlx::query_as(LATEST).bind(source).bind(most).bind(after).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading the latest batches"))
}

/// Rows and rupiah of a list by status. Reads all of it: for lists of at most [`COUNTED_MAX`] rows.
pub async fn counts(database: &Database, batch: BatchId) -> Result<Vec<(String, i64, i64)>, Error> {
    sqlx::query_as(COUNTS).bind(batch.0).fetch_all(database.pool()).await.map_err(Error::database("counting rows of a batch"))
}

/// The next rows of a list of a status, or of any; the same bound.
pub async fn some_rows(database: &Database, batch: BatchId, after: &str, status: &str, most: i64) -> Result<Vec<Row>, Error> {
    let found = sqlx::query_as(SOME_ROWS).bind(batch.0).bind(after).bind(status).bind(most).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading some rows of a batch"))
}

/// One row of a list.
pub async fn row(database: &Database, batch: BatchId, row: &str) -> Result<Option<Row>, Error> {
    let found = sqlx::query_as(ROWS).bind(batch.0).bind("").bind(1_i64).bind(row).fetch_optional(database.pool()).await;
    found.map_err(Error::database("reading a row of a batch"))
}

/// The next rows of a list after a key.
pub async fn rows(database: &Database, batch: BatchId, after: &str) -> Result<Vec<Row>, Error> {
    let found = sqlx::query_as(ROWS).bind(batch.0).bind(after).bind(PAGE_ROWS).bind(None::<String>).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading rows of a batch"))
}
