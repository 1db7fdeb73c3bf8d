//! What waits for a person or for money, with the evidence: what the queue of holds shows.
//!
//! Names and NIKs are masked as intake stored them. A page is [`PAGE`] holds by key. What a hold waits for is its latest answer: the rule that a decision
//! met last, else the one that held it first.

use salur_domain::DecisionId;
use uuid::Uuid;

use crate::{Database, Error, Page, Timestamp, page::asked, sql};

/// Holds of a page.
pub const PAGE: i64 = 500;

sql! {
    ROWS = "SELECT b.source, b.name AS batch_name, r.batch, r.row, t.code AS tranche, left(r.village, 4) AS regency, r.village, 1::bigint AS families,
          r.amount AS rupiah, coalesce(u.code, e.held_code, d.code) AS code, array_to_string(r.findings, ',') AS findings, r.masked_name, r.masked_nik,
          coalesce(u.answered_at, d.decided_at, r.staged_at) AS held_at, b.released_at, NULL::bigint AS available,
          concat_ws(': ', u.answer, nullif(array_to_string(u.fields, ', '), '')) AS registry,
          ob.source AS other_source, ob.name AS other_batch, o.row AS other_row, o.masked_name AS other_name, op.status AS other_status,
          (SELECT code FROM tranches WHERE id = o.tranche) AS other_tranche
        FROM (SELECT batch, row FROM recipients WHERE intake = 'held' UNION ALL SELECT batch, row FROM row_decisions WHERE decision = 'held'
          UNION SELECT batch, row FROM unverified_payments WHERE waits) AS h
        JOIN recipients r ON r.batch = h.batch AND r.row = h.row
        JOIN batches b ON b.id = r.batch
        JOIN tranches t ON t.id = r.tranche
        LEFT JOIN unverified_payments u ON u.tranche = r.tranche AND u.id = r.payment AND u.batch = r.batch AND u.row = r.row AND u.waits
        LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row AND u.code IS NULL
        LEFT JOIN LATERAL (SELECT x.held_code, x.other_batch, x.other_row FROM hold_decisions x
          WHERE x.batch = r.batch AND x.row = r.row AND x.effect = 'held' AND u.code IS NULL ORDER BY x.decided_at DESC, x.id LIMIT 1) AS e ON true
        LEFT JOIN recipients o ON o.batch = coalesce(e.other_batch, d.other_batch) AND o.row = coalesce(e.other_row, d.other_row)
        LEFT JOIN batches ob ON ob.id = o.batch
        LEFT JOIN payments op ON op.tranche = o.tranche AND op.id = o.payment AND op.batch = o.batch AND op.row = o.row
        WHERE (u.code IS NOT NULL OR NOT EXISTS (SELECT FROM ended_holds x WHERE x.batch = r.batch AND x.row = r.row))
          AND ($1::text IS NULL OR b.source = $1) AND ($2::text IS NULL OR b.name = $2) AND left(r.village, 4) LIKE $3 || '%'
          AND ($4::uuid IS NULL OR (r.batch, r.row) > ($4, $5 COLLATE \"C\")) AND ($7::uuid IS NULL OR (r.batch, r.row) = ($7, $8))
        ORDER BY r.batch, r.row LIMIT $6";
    PARTS = "SELECT b.source, b.name AS batch_name, q.batch, NULL::text AS row, t.code AS tranche, q.regency, NULL::text AS village, q.families, q.rupiah,
          'MON01' AS code, '' AS findings, NULL::text AS masked_name, NULL::text AS masked_nik, q.held_at, b.released_at,
          (SELECT sum(a.credits - a.debits)::bigint FROM ledger_accounts a WHERE a.kind = 'allocation' AND a.tranche = t.id AND a.regency = q.regency)
            AS available, '' AS registry, NULL::text AS other_source, NULL::text AS other_batch, NULL::text AS other_row, NULL::text AS other_name,
          NULL::text AS other_status, NULL::text AS other_tranche
        FROM waiting_parts q JOIN batches b ON b.id = q.batch JOIN tranches t ON t.id = b.tranche
        WHERE ($1::text IS NULL OR b.source = $1) AND ($2::text IS NULL OR b.name = $2) AND q.regency LIKE $3 || '%' AND ($4::uuid IS NULL OR q.batch = $4)
        ORDER BY q.batch, q.regency";
    ENTERED_BY = "SELECT actor FROM uploads u JOIN batches b ON b.source = u.source AND b.name = u.batch WHERE b.id = $1";
    DECISIONS = "SELECT h.id, h.row, h.regency, h.code, h.ruling, h.actor, h.effect, h.held_code, h.families, h.rupiah, h.decided_at,
          b.name AS batch_name, b.source
        FROM hold_decisions h JOIN batches b ON b.id = h.batch WHERE h.id = ANY($1) ORDER BY h.decided_at, h.id";
}

/// Something that waits.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables")]
pub struct Held {
    pub source: String,
    pub batch_name: String,
    pub batch: Uuid,
    /// None: all that is left of the regency.
    pub row: Option<String>,
    pub tranche: String,
    pub regency: String,
    pub village: Option<String>,
    pub families: i64,
    pub rupiah: Option<i64>,
    /// What it waits for; of a row that intake held, one of the findings.
    pub code: Option<String>,
    findings: String,
    pub masked_name: Option<String>,
    pub masked_nik: Option<String>,
    pub held_at: Option<Timestamp>,
    /// Of its batch: before that nothing is decided.
    pub released_at: Option<Timestamp>,
    /// What the regency's allocation has left.
    pub available: Option<i64>,
    /// What a civil registry answered, and about which columns; empty where that is not what it waits for.
    pub registry: String,
    pub other_source: Option<String>,
    pub other_batch: Option<String>,
    pub other_row: Option<String>,
    pub other_name: Option<String>,
    pub other_status: Option<String>,
    pub other_tranche: Option<String>,
}

/// A decision and its effect.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Decision {
    pub id: Uuid,
    pub source: String,
    #[serde(rename = "batch")]
    pub batch_name: String,
    pub row: Option<String>,
    pub regency: String,
    pub code: String,
    pub ruling: String,
    pub actor: String,
    pub effect: String,
    pub held_code: Option<String>,
    pub families: i64,
    pub rupiah: i64,
    pub decided_at: Timestamp,
}

/// Which holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// Of a source.
    pub source: Option<&'a str>,
    /// Of a batch, by its source's name for it.
    pub batch: Option<&'a str>,
    /// Of a region: empty, two or four digits.
    pub region: &'a str,
    /// After this key.
    pub after: Option<(Uuid, &'a str)>,
    /// This one: a row, or (its text empty) the parts of a batch.
    pub one: Option<(Uuid, &'a str)>,
}

impl Held {
    /// Codes of the row's findings.
    pub fn findings(&self) -> impl Iterator<Item = &str> {
        self.findings.split(',').filter(|code| !code.is_empty())
    }
}

/// The next rows that wait.
pub async fn rows(database: &Database, sought: &Sought<'_>) -> Result<Page<Held>, Error> {
    let ((batch, row), (one, its_row)) = (sought.after.unzip(), sought.one.unzip());
    let found = sqlx::query_as(ROWS).bind(sought.source).bind(sought.batch).bind(sought.region).bind(batch).bind(row).bind(asked(PAGE));
    Ok(Page::of(found.bind(one).bind(its_row).fetch_all(database.pool()).await.map_err(Error::database("reading holds"))?, PAGE))
}

/// All parts that wait for money: at most one per batch and regency.
pub async fn parts(database: &Database, sought: &Sought<'_>) -> Result<Vec<Held>, Error> {
    let (one, _) = sought.one.unzip();
    let found = sqlx::query_as(PARTS).bind(sought.source).bind(sought.batch).bind(sought.region).bind(one).fetch_all(database.pool()).await;
    found.map_err(Error::database("reading held parts"))
}

/// Who sent a list over HTTP, where somebody did.
pub async fn entered_by(database: &Database, batch: Uuid) -> Result<Option<String>, Error> {
    sqlx::query_scalar(ENTERED_BY).bind(batch).fetch_optional(database.pool()).await.map_err(Error::database("reading who sent a list"))
}

/// Decisions that were carried out, of these.
pub async fn decisions(database: &Database, ids: &[DecisionId]) -> Result<Vec<Decision>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as(DECISIONS).bind(ids).fetch_all(database.pool()).await.map_err(Error::database("reading decisions"))
}
