//! The sweep of a release: the next rows of a batch by key, what was decided about them, the payments they become.
//!
//! A batch is staged in a minute, before anything analysed its tables. The planner then believes that it is small, and would read and sort all that
//! is left of it for every step, or join it with every decision. So each statement here reads one table, along its index, and the rows are put
//! together in memory: a step costs a step, however large the batch.

use std::collections::HashMap;

use salur_domain::{BatchId, PaymentId, RowKey, Rupiah, TrancheId};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// Rows per step of the sweep.
pub const SWEEP_ROWS: i64 = 5_000;

sql! {
    ALONG_THE_INDEX = "SELECT set_config('enable_' || plan, 'off', true) FROM unnest(ARRAY['sort', 'seqscan', 'bitmapscan']) AS s(plan)";
    ROWS = "SELECT row, tranche, payment, account, household, amount, village, pay_point, array_to_string(findings, ',') AS findings
        FROM recipients WHERE batch = $1 AND row > $2 COLLATE \"C\" AND intake = 'staged' ORDER BY row LIMIT $3";
    ROW = "SELECT r.row, r.tranche, r.payment, r.account, r.household, r.amount, r.village, coalesce(r.pay_point, v.pay_point, '') AS pay_point,
          array_to_string(r.findings, ',') AS findings
        FROM recipients r LEFT JOIN pay_point_villages v ON v.village = r.village WHERE r.batch = $1 AND r.row = $2";
    DECISIONS = "SELECT row, decision, code, decided_at FROM row_decisions
        WHERE batch = $1 AND row >= $2 COLLATE \"C\" AND row <= $3 COLLATE \"C\"";
    HELD_PARTS = "SELECT regency, held_at FROM batch_parts WHERE batch = $1 AND held_at IS NOT NULL";
    // in the order of the key: ids are random, and a step's many rows then share pages of its index
    INSERT_PAYMENTS = "INSERT INTO payments (tranche, id, account, household, batch, row, amount, village, regency, pay_point)
        SELECT tranche, id, account, household, $1, row, amount, village, left(village, 4), pay_point
        FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::text[])
          AS p(tranche, id, account, household, row, amount, village, pay_point)
        ORDER BY tranche, id ON CONFLICT DO NOTHING RETURNING id";
    READ_PAYMENTS = "SELECT p.row, p.accepted_at FROM payments p JOIN unnest($2::int[], $3::uuid[]) AS k(tranche, id)
        ON p.tranche = k.tranche AND p.id = k.id WHERE p.batch = $1";
}

/// A step of the sweep.
#[derive(Debug)]
pub struct Step {
    /// The rows that take part; those that came late do not.
    pub rows: Vec<SweepRow>,
    /// Where the next step begins; none after the last row.
    pub next: Option<String>,
}

/// A row of the sweep with what was decided about it.
#[derive(Debug, Clone)]
pub struct SweepRow {
    row: String,
    tranche: i32,
    payment: Uuid,
    account: Uuid,
    household: Uuid,
    amount: i64,
    /// Ten digits.
    pub village: String,
    /// Where the family is paid.
    pub pay_point: String,
    findings: String,
    decision: Option<Ruled>,
    held_at: Option<Timestamp>,
}

/// By place: thousands of rows a second are looked up by no name.
impl sqlx::FromRow<'_, PgRow> for SweepRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            row: row.try_get(0)?,
            tranche: row.try_get(1)?,
            payment: row.try_get(2)?,
            account: row.try_get(3)?,
            household: row.try_get(4)?,
            amount: row.try_get(5)?,
            village: row.try_get(6)?,
            pay_point: row.try_get(7)?,
            findings: row.try_get(8)?,
            decision: None,
            held_at: None,
        })
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct Ruled {
    row: String,
    decision: String,
    code: String,
    decided_at: Timestamp,
}

/// What became of a row of the sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A payment.
    Accepted,
    /// Answered as already accepted.
    Already(Timestamp),
    /// Held under this code.
    Held(String, Timestamp),
    /// Its source took it back.
    Ended(String, Timestamp),
}

impl SweepRow {
    /// Its key in the batch.
    pub fn row(&self) -> RowKey {
        RowKey(self.row.clone())
    }
    /// The payment it becomes.
    pub fn payment(&self) -> PaymentId {
        PaymentId(self.payment)
    }
    /// Its tranche.
    pub fn tranche(&self) -> TrancheId {
        TrancheId(self.tranche)
    }
    /// Its amount.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("intake stages amounts of the tranche")
    }
    /// Codes of the warnings.
    pub fn findings(&self) -> impl Iterator<Item = &str> {
        self.findings.split(',').filter(|code| !code.is_empty())
    }
    /// Blind index of the NIK and of the household card.
    pub fn family(&self) -> (Uuid, Uuid) {
        (self.account, self.household)
    }
    /// What became of it in the release of its batch. What was decided when the hold of its part ended is another answer.
    pub fn fate(&self) -> Fate {
        match (&self.decision, self.held_at) {
            (Some(later), Some(at)) if later.decided_at > at => Fate::Held("MON01".into(), at),
            (Some(already), _) if already.decision == "already" => Fate::Already(already.decided_at),
            (Some(ended), _) if ended.decision == "ended" => Fate::Ended(ended.code.clone(), ended.decided_at),
            (Some(held), _) => Fate::Held(held.code.clone(), held.decided_at),
            (None, Some(at)) => Fate::Held("MON01".into(), at),
            (None, None) => Fate::Accepted,
        }
    }
    /// What became of it when the hold of its part ended; none where something else held it.
    pub fn fate_after_hold(&self) -> Option<Fate> {
        match (&self.decision, self.held_at) {
            (Some(decided), Some(at)) if decided.decided_at <= at || decided.decision == "ended" => None,
            (Some(already), _) if already.decision == "already" => Some(Fate::Already(already.decided_at)),
            (Some(held), _) => Some(Fate::Held(held.code.clone(), held.decided_at)),
            (None, _) => Some(Fate::Accepted),
        }
    }
}

/// The next rows of a batch after a row key.
pub async fn sweep(tx: &mut Tx, batch: BatchId, after: &str) -> Result<Step, Error> {
    let failed = || Error::database("sweeping a batch");
    sqlx::query(ALONG_THE_INDEX).execute(tx.connection()).await.map_err(failed())?;
    let rows = sqlx::query_as::<_, SweepRow>(ROWS).bind(batch.0).bind(after).bind(SWEEP_ROWS);
    let mut rows = rows.fetch_all(tx.connection()).await.map_err(failed())?;
    let [Some(first), Some(last)] = [rows.first(), rows.last()].map(|row| row.map(|row| row.row.clone())) else {
        return Ok(Step { rows, next: None });
    };
    let next = i64::try_from(rows.len()).is_ok_and(|count| count == SWEEP_ROWS).then(|| last.clone());
    let decisions = sqlx::query_as::<_, Ruled>(DECISIONS).bind(batch.0).bind(first).bind(last);
    let decisions = decisions.fetch_all(tx.connection()).await.map_err(failed())?;
    let mut decisions: HashMap<String, Ruled> = decisions.into_iter().map(|decision| (decision.row.clone(), decision)).collect();
    let held: Vec<(String, Timestamp)> = sqlx::query_as(HELD_PARTS).bind(batch.0).fetch_all(tx.connection()).await.map_err(failed())?;
    let held: HashMap<String, Timestamp> = held.into_iter().collect();
    for row in &mut rows {
        row.decision = decisions.remove(&row.row);
        row.held_at = row.village.get(..4).and_then(|regency| held.get(regency)).copied();
    }
    rows.retain(|row| row.decision.as_ref().is_none_or(|decision| decision.code != "BAT02"));
    Ok(Step { rows, next })
}

/// One row, whatever was decided about it, with the pay point that its village has now if it had none.
pub(super) async fn one(tx: &mut Tx, batch: Uuid, row: &str) -> Result<SweepRow, Error> {
    let found = sqlx::query_as(ROW).bind(batch).bind(row).fetch_one(tx.connection()).await;
    found.map_err(Error::database("reading a held row"))
}

/// Makes payments of rows; returns when each was accepted, and how many were new.
pub async fn accept(tx: &mut Tx, batch: BatchId, rows: &[&SweepRow]) -> Result<(HashMap<String, Timestamp>, Vec<PaymentId>), Error> {
    let failed = || Error::database("making payments");
    let new: Vec<Uuid> = sqlx::query_scalar(INSERT_PAYMENTS)
        .bind(batch.0)
        .bind(rows.iter().map(|r| r.tranche).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.payment).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.account).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.household).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.row.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.amount).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.village.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.pay_point.as_str()).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(failed())?;
    if new.len() == rows.len() {
        let now = tx.now;
        return Ok((rows.iter().map(|r| (r.row.clone(), now)).collect(), new.into_iter().map(PaymentId).collect()));
    }
    let stored: Vec<(String, Timestamp)> = sqlx::query_as(READ_PAYMENTS)
        .bind(batch.0)
        .bind(rows.iter().map(|r| r.tranche).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.payment).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(failed())?;
    if stored.len() != rows.len() {
        return Err(Error::invariant(format!("batch {batch}: {} rows accepted, {} payments found", rows.len(), stored.len())));
    }
    Ok((stored.into_iter().collect(), new.into_iter().map(PaymentId).collect()))
}
