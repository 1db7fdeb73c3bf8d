//! Every outcome that upstream was told, read from rows: what intake said of a row, what release decided, what the hand-over made of it.
//!
//! All of it is insert-only or written once, so that the same rows say the same for ever. A page is [`PAGE_ROWS`] rows of one batch by key.

use salur_domain::BatchId;
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// Rows of a step.
pub const PAGE_ROWS: i64 = 5_000;

sql! {
    BATCH = "SELECT id, name FROM batches WHERE source = $1 AND id = $2";
    NEXT = "SELECT id, name FROM batches WHERE source = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT 1";
    ALONG_THE_INDEX = "SELECT set_config('enable_' || plan, 'off', true) FROM unnest(ARRAY['sort', 'hashjoin', 'seqscan']) AS s(plan)";
    ROWS = "SELECT r.row, r.intake, r.findings, r.staged_at, d.decision, d.code, d.decided_at, q.held_at, p.accepted_at,
          EXISTS (SELECT FROM row_conflicts c WHERE c.batch = r.batch AND c.row = r.row) AS in_conflict
        FROM recipients r
        LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
        LEFT JOIN batch_parts q ON q.batch = r.batch AND q.regency = left(r.village, 4)
        LEFT JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
        WHERE r.batch = $1 AND r.row > $2 COLLATE \"C\" ORDER BY r.row LIMIT $3";
    // hand-overs and what was decided about them, what people decided about rows and parts that waited, and what upstream took back
    LATER = "SELECT row, status, code, at FROM (
          SELECT h.row, CASE h.effect WHEN 'rejected' THEN 'rejected' ELSE 'held' END AS status, coalesce(h.held_code, h.code) AS code, h.decided_at AS at
            FROM hold_decisions h WHERE h.batch = $1 AND h.code NOT IN ('CIV01', 'CIV02')
              AND (h.effect = 'rejected' OR (h.effect = 'held' AND h.held_code <> h.code))
              AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.batch = h.batch AND w.row = h.row AND w.decided_at = h.decided_at)
          UNION ALL SELECT w.row, w.status, w.code, w.decided_at FROM withdrawals w WHERE w.batch = $1
          UNION ALL SELECT u.row, 'held', u.code, u.answered_at FROM unverified_payments u WHERE u.batch = $1
          UNION ALL SELECT u.row, 'cancelled', u.code, u.decided_at FROM unverified_payments u WHERE u.batch = $1 AND u.effect = 'rejected'
          UNION ALL SELECT r.row, m.status, m.code, m.at
            FROM recipients r JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
            CROSS JOIN LATERAL (
              SELECT CASE WHEN h.believed THEN 'paid' ELSE 'in_question' END AS status, NULL AS code, h.at
                FROM hand_overs h WHERE h.tranche = p.tranche AND h.payment = p.id
              UNION ALL SELECT 'paid', NULL, w.reviewed_at FROM hand_overs h JOIN proof_reviews w ON w.capture = h.capture
                WHERE h.tranche = p.tranche AND h.payment = p.id AND w.effect = 'carried_out' AND w.verdict = 'paid'
              UNION ALL SELECT 'cheque_issued', CASE v.kind WHEN 'hand_over_undone' THEN 'REV01' ELSE 'REV02' END, v.at
                FROM reversals v WHERE v.tranche = p.tranche AND v.payment = p.id) AS m
            WHERE r.batch = $1
          UNION ALL SELECT r.row, 'returned', CASE b.reason WHEN 'absent' THEN 'RET01' WHEN 'deceased' THEN 'RET02' WHEN 'moved' THEN 'RET03'
              WHEN 'unknown' THEN 'RET04' WHEN 'refused' THEN 'RET05' WHEN 'ineligible' THEN 'RET06' WHEN 'duplicate' THEN 'RET07'
              ELSE 'RET08' END, b.returned_at
            FROM recipients r JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
            JOIN returns b ON b.tranche = p.tranche AND b.payment = p.id WHERE r.batch = $1
          UNION ALL SELECT r.row, 'rejected', h.code, h.decided_at FROM hold_decisions h
            JOIN recipients r ON r.batch = h.batch AND left(r.village, 4) = h.regency AND r.intake = 'staged'
            LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
            WHERE h.batch = $1 AND h.row IS NULL AND h.effect = 'rejected' AND d.batch IS NULL) AS later
        WHERE row >= $2 COLLATE \"C\" AND row <= $3 COLLATE \"C\" ORDER BY at";
}

/// A list, by id and by upstream's own name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Batch {
    id: Uuid,
    /// Upstream's own name.
    pub name: String,
}

impl Batch {
    /// Its id.
    pub fn id(&self) -> BatchId {
        BatchId(self.id)
    }
}

/// A row with every moment that upstream heard of.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables")]
pub struct Row {
    pub row: String,
    pub intake: String,
    pub findings: Vec<String>,
    pub staged_at: Timestamp,
    pub decision: Option<String>,
    pub code: Option<String>,
    pub decided_at: Option<Timestamp>,
    /// Its regency's part of the batch was held.
    pub held_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
    /// Came again with other content.
    pub in_conflict: bool,
    /// What was said later: status, code, moment.
    #[sqlx(skip)]
    pub later: Vec<(String, Option<String>, Timestamp)>,
}

/// A batch of a source.
pub async fn batch(tx: &mut Tx, source: &str, batch: BatchId) -> Result<Batch, Error> {
    let found: Option<Batch> = sqlx::query_as(BATCH)
        .bind(source)
        .bind(batch.0)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::database("reading a batch"))?;
    found.ok_or_else(|| Error::invariant(format!("batch {batch} of source {source} does not exist")))
}

/// The batch of a source that follows another, in the order of ids; the first one after none.
pub async fn next(tx: &mut Tx, source: &str, after: Option<BatchId>) -> Result<Option<Batch>, Error> {
    let found = sqlx::query_as(NEXT).bind(source).bind(after.map(|batch| batch.0)).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading the next batch"))
}

/// The next rows of a batch after a key, and where the page after them begins.
pub async fn rows(tx: &mut Tx, batch: BatchId, after: &str) -> Result<(Vec<Row>, Option<String>), Error> {
    let failed = || Error::database("reading what rows became");
    sqlx::query(ALONG_THE_INDEX).execute(tx.connection()).await.map_err(failed())?;
    let rows = sqlx::query_as::<_, Row>(ROWS).bind(batch.0).bind(after).bind(PAGE_ROWS);
    let mut rows = rows.fetch_all(tx.connection()).await.map_err(failed())?;
    if let [first, .., last] | [first @ last] = rows.as_slice() {
        let later = sqlx::query_as(LATER).bind(batch.0).bind(first.row.clone()).bind(last.row.clone()).fetch_all(tx.connection()).await;
        let later: Vec<(String, String, Option<String>, Timestamp)> = later.map_err(failed())?;
        for (row, status, code, at) in later {
            if let Ok(place) = rows.binary_search_by(|probe| probe.row.as_str().cmp(&row)) {
                rows[place].later.push((status, code, at));
            }
        }
    }
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE_ROWS);
    let next = rows.last().filter(|_| full).map(|row| row.row.clone());
    Ok((rows, next))
}
