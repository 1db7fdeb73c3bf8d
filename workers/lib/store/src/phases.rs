//! Phases of a batch that upstream may hear of: completed, released, funded (every accepted payment is), settled (every row ended or was paid).
//!
//! A phase is read from rows, whoever wrote them, and remembered once with the totals of that moment. That nothing waits in a batch of ten million rows
//! is not counted each time: a look goes on at the first row that waited, asks for [`PAGES`] pages of [`PAGE_ROWS`] at most, and only a pass over the
//! whole batch without a waiting row, since rows may be added behind it, is the phase. While that row waits a look is one row.

use salur_domain::BatchId;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Batches named at once.
pub const MOST_BATCHES: i64 = 100;
/// Rows of a page.
const PAGE_ROWS: i64 = 5_000;
/// Pages of a look: some seconds at most.
const PAGES: usize = 20;

sql! {
    WATCHED = "SELECT b.id, b.completed_at, b.released_at, ARRAY(SELECT p.phase FROM batch_phases p WHERE p.batch = b.id) AS noticed FROM batches b
        WHERE b.completed_at IS NOT NULL AND ($1::uuid IS NULL OR b.id > $1)
          AND EXISTS (SELECT FROM webhooks w WHERE w.source = b.source AND w.revoked_at IS NULL)
          AND NOT EXISTS (SELECT FROM batch_phases p WHERE p.batch = b.id AND p.phase = 'settled')
        ORDER BY b.id LIMIT $2";
    LOCK = "SELECT pg_try_advisory_xact_lock(7226310004)";
    ALONG_THE_INDEX = "SELECT set_config('enable_' || plan, $1, true) FROM unnest(ARRAY['sort', 'hashjoin', 'seqscan']) AS s(plan)";
    LOOKED = "SELECT row, whole FROM phase_looks WHERE batch = $1 AND phase = $2";
    REMEMBER = "INSERT INTO phase_looks (batch, phase, row, whole) VALUES ($1, $2, $3, $4)
        ON CONFLICT (batch, phase) DO UPDATE SET row = excluded.row, whole = excluded.whole";
    FUNDING = "SELECT min(row) FILTER (WHERE waits), max(row), count(*) FROM (SELECT row, waits_for_funding AS waits FROM row_statuses
        WHERE batch = $1 AND row >= $2 COLLATE \"C\" ORDER BY row LIMIT $3) AS page";
    ENDING = "SELECT min(row) FILTER (WHERE waits), max(row), count(*) FROM (SELECT row, waits_for_end AS waits FROM row_statuses
        WHERE batch = $1 AND row >= $2 COLLATE \"C\" ORDER BY row LIMIT $3) AS page";
    TOTALS = "SELECT status, count(*) AS families, coalesce(sum(amount), 0)::bigint AS rupiah, max(funded_at) AS funded_at, max(moved_at) AS moved_at
        FROM row_statuses WHERE batch = $1 GROUP BY status";
    NOTICE = "INSERT INTO batch_phases (batch, phase, reached_at, totals) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
}

/// A batch whose source listens, and which is not settled as far as we noticed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Watched {
    id: Uuid,
    completed_at: Timestamp,
    released_at: Option<Timestamp>,
    noticed: Vec<String>,
}

impl Watched {
    /// Which.
    pub fn id(&self) -> BatchId {
        BatchId(self.id)
    }

    fn lacks(&self, phase: &str) -> bool {
        !self.noticed.iter().any(|noticed| noticed == phase)
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Total {
    status: String,
    families: i64,
    rupiah: i64,
    funded_at: Option<Timestamp>,
    moved_at: Option<Timestamp>,
}

/// The next batches to look at, after one, by id.
pub async fn watched(database: &Database, after: Option<BatchId>) -> Result<Vec<Watched>, Error> {
    let found = sqlx::query_as(WATCHED).bind(after.map(|batch| batch.0)).bind(MOST_BATCHES).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading which batches to look at"))
}

/// Notices the phases that a batch has reached; how many were new. None while another process looks.
pub async fn notice(tx: &mut Tx, batch: &Watched) -> Result<usize, Error> {
    let failed = || Error::database("looking for phases of a batch");
    let is_ours: bool = sqlx::query_scalar(LOCK).fetch_one(tx.connection()).await.map_err(failed())?;
    if !is_ours {
        return Ok(0);
    }
    let mut reached: Vec<&str> = Vec::new();
    if batch.lacks("completed") {
        reached.push("completed");
    }
    if batch.released_at.is_some() {
        if batch.lacks("released") {
            reached.push("released");
        }
        along_the_index(tx, true).await?;
        for (phase, page) in [("funded", FUNDING), ("settled", ENDING)] {
            if batch.lacks(phase) && none_waits(tx, batch.id, phase, page).await? {
                reached.push(phase);
            }
        }
        along_the_index(tx, false).await?;
    }
    if reached.is_empty() {
        return Ok(0);
    }
    let totals: Vec<Total> = sqlx::query_as(TOTALS).bind(batch.id).fetch_all(tx.connection()).await.map_err(failed())?;
    let shown: Map<String, Value> =
        totals.iter().map(|total| (total.status.clone(), json!({ "families": total.families, "rupiah": total.rupiah }))).collect();
    let released_at = batch.released_at.unwrap_or(batch.completed_at);
    for phase in &reached {
        let at = match *phase {
            "completed" => batch.completed_at,
            "funded" => totals.iter().filter_map(|total| total.funded_at).max().map_or(released_at, |last| last.max(released_at)),
            "settled" => totals.iter().filter_map(|total| total.moved_at).max().map_or(released_at, |last| last.max(released_at)),
            _ => released_at,
        };
        let insert = sqlx::query(NOTICE).bind(batch.id).bind(*phase).bind(at).bind(Value::Object(shown.clone()));
        insert.execute(tx.connection()).await.map_err(failed())?;
    }
    Ok(reached.len())
}

/// Whether a whole pass met no row that waits; goes on where the last look stood.
async fn none_waits(tx: &mut Tx, batch: Uuid, phase: &str, page: &'static str) -> Result<bool, Error> {
    let failed = || Error::database("looking for rows that wait");
    let looked: Option<(String, bool)> =
        sqlx::query_as(LOOKED).bind(batch).bind(phase).fetch_optional(tx.connection()).await.map_err(failed())?;
    let before = looked.unwrap_or((String::new(), true));
    let (mut row, mut is_whole) = before.clone();
    let (mut limit, mut is_reached) = (1, false);
    for _ in 0..=PAGES {
        let asked = sqlx::query_as(page).bind(batch).bind(&row).bind(limit);
        let (waiting, last, rows): (Option<String>, Option<String>, i64) = asked.fetch_one(tx.connection()).await.map_err(failed())?;
        if let Some(waiting) = waiting {
            (row, is_whole) = (waiting, false);
            break;
        }
        match last {
            Some(last) if rows == limit => row = last,
            _ if is_whole => {
                is_reached = true;
                break;
            }
            _ => (row, is_whole) = (String::new(), true),
        }
        limit = PAGE_ROWS;
    }
    if (&row, is_whole) != (&before.0, before.1) {
        let remember = sqlx::query(REMEMBER).bind(batch).bind(phase).bind(&row).bind(is_whole);
        remember.execute(tx.connection()).await.map_err(failed())?;
    }
    Ok(is_reached)
}

/// Pages are read by key and never sorted or hashed, whatever the planner believes of tables that grow; totals are.
async fn along_the_index(tx: &mut Tx, is_on: bool) -> Result<(), Error> {
    let plans = sqlx::query(ALONG_THE_INDEX).bind(if is_on { "off" } else { "on" });
    plans.execute(tx.connection()).await.map(drop).map_err(Error::database("choosing plans"))
}
