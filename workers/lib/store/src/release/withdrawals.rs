//! Upstream took a row back: what comes of it, once.
//!
//! Before its batch is decided the withdrawal is awaited by that decision. A row that waits ends. A payment that nobody handed over is cancelled: funded, its
//! money goes back to the reserve of its part; not funded, to the allocation. While a counter holds the family's lease the money may be on the table,
//! so a withdrawal takes the lease first, or waits. With a substitute the money stays in the part's reserve and pays the family in its place.

use salur_domain::{BatchId, PaymentId, TrancheId};
use uuid::Uuid;

use super::{Batch, LOCK_TRANCHE, accounts_in, sweep, sweep::SweepRow};
use crate::{
    Error, Timestamp, Tx, claims,
    ledger::{self, Kind, Transfer},
    payments::{self, Payment},
    sql,
    tallies::{Deltas, Measure},
};

sql! {
    FIND = "SELECT id, source, name, tranche, completed_at, release_started_at, decided_at, released_at FROM batches WHERE id = $1 FOR NO KEY UPDATE";
    READ = "SELECT substitute, reason, document, effect, status, code, decided_at FROM withdrawals WHERE batch = $1 AND row = $2";
    KEEP = "INSERT INTO withdrawals (batch, row, substitute, reason, document, effect, status, code, tranche, regency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FATE = "SELECT r.intake, left(r.village, 4) AS regency, coalesce(r.pay_point, '') AS pay_point, r.tranche, d.decision, d.code,
          EXISTS (SELECT FROM ended_holds e WHERE e.batch = r.batch AND (e.row = r.row OR (e.row IS NULL AND e.effect = 'rejected' AND d.batch IS NULL
            AND r.intake = 'staged' AND e.regency = left(r.village, 4)))) AS ended,
          EXISTS (SELECT FROM waiting_parts q WHERE q.batch = r.batch AND q.regency = left(r.village, 4)) AS part_waits, p.id AS payment
        FROM recipients r LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
        LEFT JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
        WHERE r.batch = $1 AND r.row = $2";
    CANCEL = "UPDATE payments SET cancelled_at = now() WHERE tranche = $1 AND id = $2 AND cancelled_at IS NULL";
    END_ROW = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account)
        SELECT batch, row, 'ended', $3, tranche, account FROM recipients WHERE batch = $1 AND row = $2";
    END_HOLD = "INSERT INTO hold_decisions (id, batch, row, regency, tranche, code, ruling, reason, actor, effect, families, rupiah)
        SELECT $3, batch, row, left(village, 4), tranche, $4, 'reject', $5, $6, 'rejected', 1, amount FROM recipients WHERE batch = $1 AND row = $2";
}

/// What upstream asked.
#[derive(Debug, Clone, Copy)]
pub struct Withdrawal<'a> {
    /// The batch.
    pub batch: BatchId,
    /// The row.
    pub row: &'a str,
    /// The row in its place.
    pub substitute: Option<&'a str>,
    /// Why.
    pub reason: &'a str,
    /// The paper behind it.
    pub document: &'a str,
}

/// A withdrawal as it is remembered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Withdrawn {
    substitute: Option<String>,
    reason: String,
    document: String,
    effect: String,
    /// Status of the row after it.
    pub status: String,
    /// Why: `WDR01`.
    pub code: String,
    /// When.
    pub decided_at: Timestamp,
}

/// Whether it could be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It was, and is remembered.
    Made,
    /// There is no such row yet.
    Unknown,
    /// A release is under way.
    Releasing,
    /// A counter has the family's lease.
    Claimed,
}

#[derive(sqlx::FromRow)]
struct Fate {
    intake: String,
    regency: String,
    pay_point: String,
    tranche: Option<i32>,
    decision: Option<String>,
    code: Option<String>,
    ended: bool,
    part_waits: bool,
    payment: Option<Uuid>,
}

/// What comes of it: effect, status of the row, code.
type Effect = (&'static str, String, &'static str);

impl Withdrawn {
    /// Whether it says the same as what is asked.
    pub fn agrees(&self, asked: &Withdrawal<'_>) -> bool {
        (self.substitute.as_deref(), self.reason.as_str(), self.document.as_str()) == (asked.substitute, asked.reason, asked.document)
    }
    /// Whether the row was open and is no more, or will be by the release of its batch.
    pub fn is_refused(&self) -> bool {
        self.effect == "refused"
    }
}

/// A withdrawal, if it was decided.
pub async fn withdrawal(tx: &mut Tx, batch: BatchId, row: &str) -> Result<Option<Withdrawn>, Error> {
    let found = sqlx::query_as(READ).bind(batch.0).bind(row).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading a withdrawal"))
}

/// A batch, locked; none where there is none.
pub async fn find(tx: &mut Tx, batch: BatchId) -> Result<Option<Batch>, Error> {
    sqlx::query_as(FIND).bind(batch.0).fetch_optional(tx.connection()).await.map_err(Error::database("finding a batch"))
}

/// Decides about a row that upstream took back, once.
pub async fn withdraw(tx: &mut Tx, asked: &Withdrawal<'_>) -> Result<Decision, Error> {
    let failed = || Error::database("reading a row to withdraw");
    let Some(batch) = find(tx, asked.batch).await? else { return Ok(Decision::Unknown) };
    let is_deciding = batch.release_started_at.is_some() && batch.released_at.is_none();
    if is_deciding || (batch.released_at.is_some() && super::is_under_release(tx, batch.tranche()?).await?) {
        return Ok(Decision::Releasing);
    }
    let fate: Option<Fate> = sqlx::query_as(FATE).bind(batch.id).bind(asked.row).fetch_optional(tx.connection()).await.map_err(failed())?;
    let Some(fate) = fate else { return Ok(Decision::Unknown) };
    let is_released = batch.released_at.is_some();
    let effect: Effect = match (fate.payment, fate.intake.as_str(), fate.decision.as_deref()) {
        (Some(payment), ..) => match cancel(tx, &batch, TrancheId(fate.tranche.unwrap_or_default()), PaymentId(payment), asked).await? {
            Some(effect) => effect,
            None => return Ok(Decision::Claimed),
        },
        (None, "rejected", _) | (None, _, Some("ended")) => ("refused", "rejected".into(), "WDR02"),
        (None, _, Some("already")) => ("refused", "accepted".into(), "WDR02"),
        (None, ..) if fate.ended => ("refused", "rejected".into(), "WDR02"),
        (None, "held", _) | (None, _, Some("held")) => end_hold(tx, &batch, asked, &fate).await?,
        (None, "staged", None) if is_released && fate.part_waits => end_part_row(tx, &batch, asked, &fate).await?,
        (None, "staged", None) if !is_released => ("awaited", "staged".into(), "WDR01"),
        (None, ..) => return Err(Error::invariant(format!("batch {}: a released row has no fate", batch.id))),
    };
    keep(tx, asked, &effect, (fate.tranche, &fate.regency)).await?;
    Ok(Decision::Made)
}

/// A row that never came, or a place that was never there.
pub async fn refuse(tx: &mut Tx, asked: &Withdrawal<'_>) -> Result<(), Error> {
    keep(tx, asked, &("refused", "rejected".into(), "WDR02"), (None, "")).await
}

async fn keep(tx: &mut Tx, asked: &Withdrawal<'_>, effect: &Effect, place: (Option<i32>, &str)) -> Result<(), Error> {
    let keep = sqlx::query(KEEP).bind(asked.batch.0).bind(asked.row).bind(asked.substitute).bind(asked.reason).bind(asked.document);
    let keep = keep.bind(effect.0).bind(&effect.1).bind(effect.2).bind(place.0).bind(place.1);
    keep.execute(tx.connection()).await.map_err(Error::database("keeping a withdrawal"))?;
    tx.wrote("withdrawals");
    Ok(())
}

/// Cancels a payment that was not handed over; none while a counter has the family's lease.
async fn cancel(tx: &mut Tx, batch: &Batch, tranche: TrancheId, id: PaymentId, asked: &Withdrawal<'_>) -> Result<Option<Effect>, Error> {
    let failed = || Error::database("cancelling a payment");
    let locked = payments::lock(tx, &[(tranche, id)]).await?;
    let payment = locked.get(&(tranche, id)).ok_or_else(|| Error::invariant(format!("payment {id} was read and is gone")))?;
    if payment.handed_over_at.is_some() || payment.ended_unpaid() {
        return Ok(Some(("refused", payment.status().as_str().to_owned(), "WDR02")));
    }
    let programme: String = sqlx::query_scalar(LOCK_TRANCHE).bind(tranche.0).fetch_one(tx.connection()).await.map_err(failed())?;
    if !claims::hold_off(tx, &programme, payment.account()).await? {
        return Ok(None);
    }
    sqlx::query(CANCEL).bind(tranche.0).bind(id.0).execute(tx.connection()).await.map_err(failed())?;
    give_back(tx, batch, payment, asked.substitute, asked.document).await?;
    Ok(Some(("cancelled", "cancelled".into(), "WDR01")))
}

/// Cancels a locked payment that has no cheque, and so no lease: its money goes back to the allocation.
pub(super) async fn cancel_unfunded(tx: &mut Tx, batch: &Batch, payment: &Payment, document: &str) -> Result<(), Error> {
    assert!(payment.funded_at.is_none() && !payment.ended_unpaid(), "it waits, and was not funded");
    let (tranche, id) = payment.key();
    let cancel = sqlx::query(CANCEL).bind(tranche.0).bind(id.0).execute(tx.connection()).await;
    cancel.map_err(Error::database("cancelling a payment"))?;
    give_back(tx, batch, payment, None, document).await
}

/// recipient -> reserve of what was funded; reserve -> allocation of what was not, unless a substitute takes it.
async fn give_back(tx: &mut Tx, batch: &Batch, payment: &Payment, substitute: Option<&str>, document: &str) -> Result<(), Error> {
    let (allocation, reserve, recipient) = accounts_in(tx, batch, &payment.regency).await?;
    let (tranche, subject) = (payment.key().0, payment.key().1.0);
    let (kind, debit, credit, measure) = match payment.funded_at {
        Some(_) => (Kind::Cancelled, recipient, reserve, Measure::Cancelled),
        None => (Kind::Withdrawn, reserve, allocation, Measure::Withdrawn),
    };
    if payment.funded_at.is_some() || substitute.is_none() {
        let (amount, document) = (payment.amount(), document.to_owned());
        ledger::post(tx, &[Transfer { tranche, subject, kind, n: payment.round, debit, credit, amount, document }]).await?;
    }
    let mut deltas = Deltas::default();
    deltas.add(tranche, &payment.village, &payment.pay_point, measure, payment.amount())?;
    deltas.write(tx).await
}

/// A row that waits for a person ends.
async fn end_hold(tx: &mut Tx, batch: &Batch, asked: &Withdrawal<'_>, fate: &Fate) -> Result<Effect, Error> {
    let id = Uuid::new_v5(&batch.id, format!("withdrawn/{}", asked.row).as_bytes());
    let code = fate.code.as_deref().unwrap_or("WDR01");
    let why = "withdrawn by its source";
    let end = sqlx::query(END_HOLD).bind(batch.id).bind(asked.row).bind(id).bind(code).bind(why).bind(&batch.source);
    end.execute(tx.connection()).await.map_err(Error::database("ending a hold"))?;
    tx.wrote("hold_decisions");
    count_ended(tx, batch, asked, fate).await
}

/// A row of a part that waits for money ends.
async fn end_part_row(tx: &mut Tx, batch: &Batch, asked: &Withdrawal<'_>, fate: &Fate) -> Result<Effect, Error> {
    end_row(tx, batch.id, asked.row, "WDR01").await?;
    count_ended(tx, batch, asked, fate).await
}

async fn count_ended(tx: &mut Tx, batch: &Batch, asked: &Withdrawal<'_>, fate: &Fate) -> Result<Effect, Error> {
    let row: SweepRow = sweep::one(tx, batch.id, asked.row).await?;
    let mut deltas = Deltas::default();
    deltas.take(row.tranche(), &row.village, &fate.pay_point, Measure::Held, row.amount())?;
    deltas.add(row.tranche(), &row.village, &fate.pay_point, Measure::Rejected, row.amount())?;
    deltas.write(tx).await?;
    Ok(("ended", "rejected".into(), "WDR01"))
}

/// A row ends at release under a code.
pub(super) async fn end_row(tx: &mut Tx, batch: Uuid, row: &str, code: &str) -> Result<(), Error> {
    let end = sqlx::query(END_ROW).bind(batch).bind(row).bind(code).execute(tx.connection()).await;
    end.map(drop).map_err(Error::database("ending a row"))
}
