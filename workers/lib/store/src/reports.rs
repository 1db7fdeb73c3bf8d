//! How a list fares: its totals, and each row with the status it has now.
//!
//! A row's status is read from what was decided about it, in the words of the closed list: what its payment says, else what release decided, else
//! what intake said (view `row_statuses`). A page is [`PAGE_ROWS`] rows by key.

use salur_domain::BatchId;
use uuid::Uuid;

use crate::{Database, Error, Page, Timestamp, page::asked, sql};

/// Rows of a page.
pub const PAGE_ROWS: i64 = 1_000;
/// Rows of a list that is counted while somebody waits.
pub const COUNTED_MAX: i64 = 200_000;

/// Rows of a region, over `s`: those whose family lives there. A row without a village that can be read is of no region.
macro_rules! of_region {
    ($region:literal) => {
        concat!(
            "(",
            $region,
            " = '' OR EXISTS (SELECT FROM recipients f WHERE f.batch = s.batch AND f.row = s.row AND starts_with(f.village, ",
            $region,
            ")))"
        )
    };
}

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
          AND (coalesce(b.released_at, 'infinity'), coalesce(b.declared_at, 'infinity'), b.id)
            < (coalesce($2::timestamptz, 'infinity'), coalesce($3::timestamptz, 'infinity'), $4)
        ORDER BY coalesce(b.released_at, 'infinity') DESC, coalesce(b.declared_at, 'infinity') DESC, b.id DESC LIMIT $5";
    COUNTS = concat!("SELECT s.status, count(*), coalesce(sum(s.amount), 0)::bigint FROM row_statuses s WHERE s.batch = $1 AND ", of_region!("$2"), "
        GROUP BY s.status ORDER BY s.status");
    ROWS = concat!("SELECT s.row, s.amount, s.status, s.codes FROM row_statuses s WHERE s.batch = $1 AND s.row > $3 COLLATE \"C\"
          AND ($4 = '' OR s.status = $4) AND ($5::text IS NULL OR s.row = $5) AND ", of_region!("$2"), " ORDER BY s.row LIMIT $6");
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

/// Where a page of [`latest`] ended: when the last list was released and declared, if it was, and its id.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// When it was declared.
    pub declared_at: Option<Timestamp>,
    /// Its id.
    pub id: Uuid,
}

impl Place {
    /// Before the first list.
    pub const FIRST: Self = Self { released_at: None, declared_at: None, id: Uuid::max() };

    /// Where a list stands.
    pub fn of(batch: &Batch) -> Self {
        Self { released_at: batch.released_at, declared_at: batch.declared_at, id: batch.id }
    }
}

/// Lists of a source, or of all: what is not released first, then the latest; at most `most`, after a place.
pub async fn latest(database: &Database, source: Option<&str>, most: i64, after: Place) -> Result<Page<Batch>, Error> {
    let Place { released_at, declared_at, id } = after;
    let read = sqlx::query_as(LATEST).bind(source).bind(released_at).bind(declared_at).bind(id).bind(asked(most));
    Ok(Page::of(read.fetch_all(database.pool()).await.map_err(Error::database("reading the latest batches"))?, most))
}

/// Which rows of a list.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// The list.
    pub batch: BatchId,
    /// Only of families of this region; empty: all.
    pub region: &'a str,
    /// Behind this key.
    pub after: &'a str,
    /// Only of this status; empty: all. In lists of at most [`COUNTED_MAX`] rows.
    pub status: &'a str,
    /// At most so many.
    pub most: i64,
}

impl<'a> Sought<'a> {
    /// A page of a list.
    pub fn page(batch: BatchId, region: &'a str, after: &'a str) -> Self {
        Self { batch, region, after, status: "", most: PAGE_ROWS }
    }
}

/// Rows and rupiah of a list by status, of a region. Reads all of it: for lists of at most [`COUNTED_MAX`] rows.
pub async fn counts(database: &Database, batch: BatchId, region: &str) -> Result<Vec<(String, i64, i64)>, Error> {
    let found = sqlx::query_as(COUNTS).bind(batch.0).bind(region).fetch_all(database.pool()).await;
    found.map_err(Error::database("counting rows of a batch"))
}

/// One row of a list.
pub async fn row(database: &Database, batch: BatchId, row: &str) -> Result<Option<Row>, Error> {
    let found = sqlx::query_as(ROWS).bind(batch.0).bind("").bind("").bind("").bind(row).bind(1_i64).fetch_optional(database.pool()).await;
    found.map_err(Error::database("reading a row of a batch"))
}

/// The next rows of a list.
pub async fn rows(database: &Database, sought: Sought<'_>) -> Result<Page<Row>, Error> {
    let Sought { batch, region, after, status, most } = sought;
    let read = sqlx::query_as(ROWS).bind(batch.0).bind(region).bind(after).bind(status).bind(None::<String>).bind(asked(most));
    Ok(Page::of(read.fetch_all(database.pool()).await.map_err(Error::database("reading rows of a batch"))?, most))
}
