//! Webhooks and their deliveries: whom to tell, what is due, what became of it.
//!
//! A delivery is claimed by moving its next moment behind a lease, so that no connection is held while the receiver is asked and a sender that was killed
//! is followed by another. What came of an attempt is written only while the attempt is the one that was claimed. Bounds: [`MOST_LIVE`] per source,
//! [`PAGE`] deliveries in a list.

use salur_domain::BatchId;
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Live webhooks of a source.
pub const MOST_LIVE: i64 = 10;
/// Webhooks, or deliveries, in a list.
pub const PAGE: i64 = 500;

sql! {
    LOCK_SOURCE = "SELECT pg_advisory_xact_lock(hashtextextended('webhooks of ' || $1, 0))";
    LIVE = "SELECT count(*) FROM webhooks WHERE source = $1 AND revoked_at IS NULL";
    IS_SOURCE = "SELECT EXISTS (SELECT FROM sources WHERE name = $1)";
    INSERT = "INSERT INTO webhooks (id, source, url, created_by) VALUES ($1, $2, $3, $4) RETURNING created_at";
    LIST = "SELECT w.id, w.source, w.url, w.created_by, w.created_at, w.revoked_at,
          count(d.id) FILTER (WHERE d.delivered_at IS NOT NULL) AS delivered,
          count(d.id) FILTER (WHERE d.delivered_at IS NULL AND d.dead_at IS NULL) AS waiting, count(d.id) FILTER (WHERE d.dead_at IS NOT NULL) AS dead
        FROM webhooks w LEFT JOIN webhook_deliveries d ON d.webhook = w.id
        WHERE ($1::text IS NULL OR w.source = $1) AND ($2::uuid IS NULL OR w.id = $2)
        GROUP BY w.id ORDER BY w.revoked_at IS NOT NULL, w.source, w.created_at, w.id LIMIT $3";
    DELIVERIES = "SELECT d.id, b.name AS batch, d.phase, d.made_at, d.attempts, d.tried_at, d.failure, d.delivered_at, d.dead_at,
          CASE WHEN d.delivered_at IS NULL AND d.dead_at IS NULL THEN d.next_at END AS next_at
        FROM webhook_deliveries d JOIN batches b ON b.id = d.batch WHERE d.webhook = $1 AND (d.dead_at IS NOT NULL OR NOT $2)
        ORDER BY d.dead_at IS NULL, d.delivered_at IS NOT NULL, d.made_at DESC, d.id LIMIT $3";
    REVOKE = "UPDATE webhooks SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL";
    RETRY = "UPDATE webhook_deliveries SET attempts = 0, next_at = now(), dead_at = NULL
        WHERE webhook = $1 AND dead_at IS NOT NULL AND ($2::uuid IS NULL OR id = $2)";
    MISSING = "SELECT w.id, p.batch, p.phase FROM webhooks w JOIN batches b ON b.source = w.source JOIN batch_phases p ON p.batch = b.id
        WHERE w.revoked_at IS NULL AND p.reached_at >= w.created_at
          AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.webhook = w.id AND d.batch = p.batch AND d.phase = p.phase) LIMIT $1";
    MAKE = "INSERT INTO webhook_deliveries (id, webhook, batch, phase)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) ON CONFLICT DO NOTHING";
    LOCK_DUE = "SELECT d.id FROM webhook_deliveries d WHERE d.delivered_at IS NULL AND d.dead_at IS NULL AND d.next_at <= now()
          AND EXISTS (SELECT FROM webhooks w WHERE w.id = d.webhook AND w.revoked_at IS NULL)
        ORDER BY d.next_at LIMIT $1 FOR UPDATE SKIP LOCKED";
    LEASE = "UPDATE webhook_deliveries SET next_at = now() + $2 * interval '1 second', tried_at = now() WHERE id = ANY($1)";
    READ = "SELECT d.id, d.webhook, d.attempts, w.url, b.source, b.name AS batch, b.id AS batch_id, t.code AS tranche, p.phase, p.reached_at, p.totals
        FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook JOIN batch_phases p ON p.batch = d.batch AND p.phase = d.phase
        JOIN batches b ON b.id = d.batch LEFT JOIN tranches t ON t.id = b.tranche WHERE d.id = ANY($1)";
    DELIVERED = "UPDATE webhook_deliveries SET delivered_at = now(), failure = NULL, dead_at = NULL WHERE id = $1 AND delivered_at IS NULL";
    FAILED = "UPDATE webhook_deliveries SET attempts = attempts + 1, failure = $3, next_at = now() + coalesce($4, 0) * interval '1 second',
          dead_at = CASE WHEN $4::bigint IS NULL THEN now() END
        WHERE id = $1 AND attempts = $2 AND delivered_at IS NULL AND dead_at IS NULL";
    STATES = "SELECT count(*) FILTER (WHERE d.dead_at IS NULL), count(*) FILTER (WHERE d.dead_at IS NOT NULL)
        FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook WHERE d.delivered_at IS NULL AND w.revoked_at IS NULL";
}

/// Deliveries made at once.
const MOST_MADE: i64 = 1_000;

/// A webhook and how its deliveries fare.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Webhook {
    pub id: Uuid,
    pub source: String,
    pub url: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// Deliveries that were taken.
    pub delivered: i64,
    /// That are yet to be tried, or tried again.
    pub waiting: i64,
    /// That nobody took: an operator decides.
    pub dead: i64,
}

/// A delivery as shown.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Delivery {
    pub id: Uuid,
    pub batch: String,
    pub phase: String,
    pub made_at: Timestamp,
    pub attempts: i32,
    pub tried_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
    pub failure: Option<String>,
    pub delivered_at: Option<Timestamp>,
    pub dead_at: Option<Timestamp>,
}

/// A delivery that was claimed, with what it says.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables")]
pub struct Due {
    pub id: Uuid,
    pub webhook: Uuid,
    /// That failed.
    pub attempts: i32,
    pub url: String,
    pub source: String,
    pub batch: String,
    batch_id: Uuid,
    pub tranche: Option<String>,
    pub phase: String,
    pub reached_at: Timestamp,
    /// Families and rupiah by status.
    pub totals: serde_json::Value,
}

impl Due {
    /// Its batch.
    pub fn batch_id(&self) -> BatchId {
        BatchId(self.batch_id)
    }
}

/// What became of adding one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// There it is.
    At(Timestamp),
    /// Nobody knows the source.
    NoSource,
    /// The source has [`MOST_LIVE`].
    Full,
}

/// Adds a webhook.
pub async fn add(tx: &mut Tx, id: Uuid, source: &str, url: &str, actor: &str) -> Result<Added, Error> {
    let failed = || Error::database("adding a webhook");
    sqlx::query(LOCK_SOURCE).bind(source).execute(tx.connection()).await.map_err(failed())?;
    let is_source: bool = sqlx::query_scalar(IS_SOURCE).bind(source).fetch_one(tx.connection()).await.map_err(failed())?;
    if !is_source {
        return Ok(Added::NoSource);
    }
    let live: i64 = sqlx::query_scalar(LIVE).bind(source).fetch_one(tx.connection()).await.map_err(failed())?;
    if live >= MOST_LIVE {
        return Ok(Added::Full);
    }
    let insert = sqlx::query_scalar(INSERT).bind(id).bind(source).bind(url).bind(actor);
    insert.fetch_one(tx.connection()).await.map(Added::At).map_err(failed())
}

/// Webhooks of a source, or of all; live ones first.
pub async fn list(database: &Database, source: Option<&str>) -> Result<Vec<Webhook>, Error> {
    let found = sqlx::query_as(LIST).bind(source).bind(None::<Uuid>).bind(PAGE).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading webhooks"))
}

/// One webhook, of a source or of any.
pub async fn find(database: &Database, source: Option<&str>, id: Uuid) -> Result<Option<Webhook>, Error> {
    let found = sqlx::query_as(LIST).bind(source).bind(id).bind(1_i64).fetch_optional(database.pool()).await;
    found.map_err(Error::database("reading a webhook"))
}

/// Its deliveries: dead ones first, then those that wait; or dead ones alone.
pub async fn deliveries(database: &Database, webhook: Uuid, dead: bool) -> Result<Vec<Delivery>, Error> {
    let found = sqlx::query_as(DELIVERIES).bind(webhook).bind(dead).bind(PAGE).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading deliveries"))
}

/// Ends a webhook; whether it was alive.
pub async fn revoke(tx: &mut Tx, id: Uuid) -> Result<bool, Error> {
    let done = sqlx::query(REVOKE).bind(id).execute(tx.connection()).await.map_err(Error::database("revoking a webhook"))?;
    Ok(done.rows_affected() > 0)
}

/// Puts dead deliveries, all or one, at the beginning of the ladder; how many.
pub async fn retry(tx: &mut Tx, webhook: Uuid, delivery: Option<Uuid>) -> Result<u64, Error> {
    let done = sqlx::query(RETRY).bind(webhook).bind(delivery).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("trying deliveries again"))?.rows_affected())
}

/// Makes the deliveries that phases ask for and that are not there yet; how many.
pub async fn make(tx: &mut Tx) -> Result<usize, Error> {
    let failed = || Error::database("making deliveries");
    let missing: Vec<(Uuid, Uuid, String)> = sqlx::query_as(MISSING).bind(MOST_MADE).fetch_all(tx.connection()).await.map_err(failed())?;
    if missing.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = missing.iter().map(|(webhook, batch, phase)| delivery_id(*webhook, BatchId(*batch), phase)).collect();
    let (webhooks, batches): (Vec<Uuid>, Vec<Uuid>) = missing.iter().map(|(webhook, batch, _)| (*webhook, *batch)).unzip();
    let phases: Vec<&str> = missing.iter().map(|(_, _, phase)| phase.as_str()).collect();
    let make = sqlx::query(MAKE).bind(&ids).bind(&webhooks).bind(&batches).bind(&phases);
    make.execute(tx.connection()).await.map_err(failed())?;
    Ok(ids.len())
}

/// The id of a delivery: the same whoever makes it, and however often it is sent.
fn delivery_id(webhook: Uuid, batch: BatchId, phase: &str) -> Uuid {
    Uuid::new_v5(&webhook, format!("{}/{phase}", batch.0).as_bytes())
}

/// Claims what is due for a while, at most so many.
pub async fn claim(tx: &mut Tx, most: i64, lease_s: i64) -> Result<Vec<Due>, Error> {
    let failed = || Error::database("claiming deliveries");
    let due: Vec<Uuid> = sqlx::query_scalar(LOCK_DUE).bind(most).fetch_all(tx.connection()).await.map_err(failed())?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query(LEASE).bind(&due).bind(lease_s).execute(tx.connection()).await.map_err(failed())?;
    let claimed: Vec<Due> = sqlx::query_as(READ).bind(&due).fetch_all(tx.connection()).await.map_err(failed())?;
    if claimed.len() != due.len() {
        return Err(Error::invariant(format!("{} deliveries were claimed and {} can be read", due.len(), claimed.len())));
    }
    Ok(claimed)
}

/// The receiver took it.
pub async fn delivered(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    let done = sqlx::query(DELIVERED).bind(id).execute(tx.connection()).await;
    done.map(drop).map_err(Error::database("noting a delivery"))
}

/// The attempt after so many failed; the next one comes in so many seconds, or none.
pub async fn failed(tx: &mut Tx, due: &Due, failure: &str, next_in_s: Option<i64>) -> Result<(), Error> {
    let done = sqlx::query(FAILED).bind(due.id).bind(due.attempts).bind(failure).bind(next_in_s).execute(tx.connection()).await;
    done.map(drop).map_err(Error::database("noting a failed delivery"))
}

/// Deliveries that wait, and dead ones, of live webhooks.
pub async fn states(database: &Database) -> Result<(i64, i64), Error> {
    sqlx::query_as(STATES).fetch_one(database.pool()).await.map_err(Error::database("counting deliveries"))
}
