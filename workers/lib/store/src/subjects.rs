//! Everything that is held about one person, by the blind index of the NIK: rows as they came, payments, captures, for whom
//! the person received, and who looked.
//!
//! Bounds: [`LOOKS_MAX`] looks, the newest; [`PROXIED_MAX`] claims as proxy, the oldest; rows, payments and captures are those of one person.

use salur_domain::{BatchId, CaptureId, ClaimId, RowKey};
use serde_json::Value;
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// Looks in one report.
pub const LOOKS_MAX: i64 = 10_000;
/// Claims in one report that name the person as proxy.
pub const PROXIED_MAX: i64 = 1_000;

sql! {
    ROWS = "SELECT r.batch, r.row, b.source, b.name, b.data_key, r.intake, r.findings, r.staged_at, r.sealed FROM (
          SELECT p.batch, p.row FROM payments p WHERE p.tranche = ANY(ARRAY(SELECT id FROM tranches)) AND p.account = $1
          UNION SELECT h.batch, h.row FROM recipients h WHERE h.intake = 'held' AND h.tranche = ANY(ARRAY(SELECT id FROM tranches)) AND h.account = $1
          UNION SELECT j.batch, j.row FROM recipients j WHERE j.intake = 'rejected' AND j.account = $1
          UNION SELECT d.batch, d.row FROM row_decisions d WHERE d.account = $1) AS k
        JOIN recipients r ON r.batch = k.batch AND r.row = k.row JOIN batches b ON b.id = r.batch ORDER BY r.staged_at, r.batch, r.row";
    PAYMENTS = "SELECT p.id FROM payments p WHERE p.tranche = ANY(ARRAY(SELECT id FROM tranches)) AND p.account = $1 ORDER BY p.tranche, p.id";
    CAPTURES = "SELECT f.capture FROM claims c JOIN proofs f ON f.claim = c.id WHERE c.account = $1 ORDER BY f.captured_at, f.capture";
    PROXIED = "SELECT q.claim, q.relation, q.named_at, q.data_key, q.sealed,
          ARRAY(SELECT f.capture FROM proofs f WHERE f.claim = q.claim ORDER BY f.captured_at, f.capture) AS captures
        FROM claim_proxies q WHERE q.person = $1 ORDER BY q.named_at, q.claim LIMIT $2";
    LOOKS = "SELECT a.at, a.actor, a.act, a.detail ->> 'why' AS why, coalesce(a.detail ->> 'page', '') AS page FROM audit a
        WHERE a.act = 'proofs_seen' AND a.detail -> 'captures' ?| $2::text[]
          OR a.act <> 'proofs_seen' AND (a.detail ->> 'payment' = ANY($1::text[]) OR a.detail -> 'payments' ?| $1::text[]
            OR a.detail ->> 'capture' = ANY($2::text[]) OR (a.detail ->> 'batch', a.detail ->> 'row') IN (SELECT * FROM unnest($3::text[], $4::text[]))
            OR a.detail ->> 'complaint' IN (SELECT c.id::text FROM complaints c WHERE c.payment::text = ANY($1::text[]))
            OR a.act = 'pack_opened' AND (a.detail ->> 'village', (a.detail ->> 'number')::int) IN (SELECT k.village, k.number::int FROM pack_cheques q
              JOIN packs k ON k.tranche = q.tranche AND k.village = q.village AND k.generation = q.generation WHERE q.payment::text = ANY($1::text[])))
        ORDER BY a.at DESC LIMIT $5";
}

/// A row as it came, sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of recipients and batches")]
#[expect(clippy::struct_field_names, reason = "the column's name")]
pub struct Row {
    batch: Uuid,
    row: String,
    pub source: String,
    pub name: String,
    /// Wrapped; none: it was destroyed.
    pub data_key: Option<Vec<u8>>,
    pub intake: String,
    pub findings: Vec<String>,
    pub staged_at: Timestamp,
    pub sealed: Vec<u8>,
}

/// A claim in which the person received for another family, sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of proxies")]
pub struct Proxied {
    claim: Uuid,
    pub relation: String,
    pub named_at: Timestamp,
    /// Wrapped; none: it was destroyed.
    pub data_key: Option<Vec<u8>>,
    pub sealed: Vec<u8>,
    /// Photos of the visit, on which the person is seen.
    pub captures: Vec<Uuid>,
}

/// Somebody who looked, or did something.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the audit")]
pub struct Look {
    pub at: Timestamp,
    pub actor: String,
    pub act: String,
    pub why: Option<String>,
    pub page: String,
}

/// What is held, by its keys.
#[derive(Debug, Clone)]
pub struct Held {
    /// Rows as they came.
    pub rows: Vec<Row>,
    /// Payments.
    pub payments: Vec<Uuid>,
    /// Captures of its visits.
    pub captures: Vec<CaptureId>,
    /// Claims that name the person as proxy.
    pub proxied: Vec<Proxied>,
    /// Who looked, the newest first.
    pub looks: Vec<Look>,
}

impl Row {
    /// Its key.
    pub fn key(&self) -> (BatchId, RowKey) {
        (BatchId(self.batch), RowKey(self.row.clone()))
    }
}

impl Proxied {
    /// The claim.
    pub fn claim(&self) -> ClaimId {
        ClaimId(self.claim)
    }
}

impl Held {
    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.payments.is_empty() && self.captures.is_empty() && self.proxied.is_empty()
    }

    /// Ids for the record of who was told: never the person's own.
    pub fn ids(&self) -> Value {
        let proxied: Vec<Uuid> = self.proxied.iter().flat_map(|proxied| proxied.captures.iter().copied()).collect();
        let captures: Vec<Uuid> = self.captures.iter().map(|capture| capture.0).chain(proxied).collect();
        serde_json::json!({ "payments": self.payments, "captures": captures })
    }
}

/// Everything that is held about an account.
pub async fn held(tx: &mut Tx, account: Uuid) -> Result<Held, Error> {
    let failed = || Error::database("reading what is held about a person");
    let rows: Vec<Row> = sqlx::query_as(ROWS).bind(account).fetch_all(tx.connection()).await.map_err(failed())?;
    let payments: Vec<Uuid> = sqlx::query_scalar(PAYMENTS).bind(account).fetch_all(tx.connection()).await.map_err(failed())?;
    let captures: Vec<Uuid> = sqlx::query_scalar(CAPTURES).bind(account).fetch_all(tx.connection()).await.map_err(failed())?;
    let read = sqlx::query_as(PROXIED).bind(account).bind(PROXIED_MAX).fetch_all(tx.connection());
    let proxied: Vec<Proxied> = read.await.map_err(failed())?;
    let seen: Vec<Uuid> = captures.iter().chain(proxied.iter().flat_map(|proxied| &proxied.captures)).copied().collect();
    let texts = |ids: &[Uuid]| ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let (batches, keys): (Vec<String>, Vec<&str>) = rows.iter().map(|row| (row.batch.to_string(), row.row.as_str())).unzip();
    let read = sqlx::query_as(LOOKS).bind(texts(&payments)).bind(texts(&seen)).bind(batches).bind(keys).bind(LOOKS_MAX);
    let looks = read.fetch_all(tx.connection()).await.map_err(failed())?;
    Ok(Held { rows, payments, captures: captures.into_iter().map(CaptureId).collect(), proxied, looks })
}
