//! A person decided about a part that was held for want of money: all rows of a batch's regency that nothing else holds.
//!
//! Between the hold and its end the families may have come again in another batch, so pairs, rivals and households are decided once more, over the
//! part alone; what is left reserves its sum and is swept, [`SWEEP_ROWS`] rows a step, with the tranche marked as under release. Where the allocation
//! still does not cover it, nothing of that stands: a part is held whole.

use salur_domain::{BatchId, DecisionId, Rupiah, hold::Ruling};
use uuid::Uuid;

use super::{
    Batch, DECIDE_ALREADY, DECIDE_EXCLUDED, DECIDE_HOUSEHOLDS, DECIDE_WAITING, RIVALS, SET_RELEASING, SWEEP_ROWS,
    holds::{self, Asked, Effect},
};
use crate::{Error, Tx, sql};

sql! {
    SAVEPOINT = "SAVEPOINT part";
    ROLL_BACK = "ROLLBACK TO SAVEPOINT part";
    IS_HELD = "SELECT EXISTS (SELECT FROM waiting_parts WHERE batch = $1 AND regency = $2)";
    SUM = "SELECT count(*), coalesce(sum(r.amount), 0)::bigint FROM recipients r
        WHERE r.batch = $1 AND left(r.village, 4) = $2 AND r.intake = 'staged'
          AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = r.batch AND d.row = r.row)";
    // the part is held no more: what was decided about its rows meanwhile is counted for itself
    TALLY_ENDED = "INSERT INTO tally_deltas (tranche, village, pay_point, measure, families, rupiah)
        SELECT r.tranche, r.village, r.pay_point, m.measure, m.sign * count(*), m.sign * sum(r.amount)
        FROM recipients r LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
          CROSS JOIN LATERAL (VALUES ('held', -1), (CASE WHEN d.batch IS NOT NULL THEN d.decision ELSE $3 END, 1)) AS m(measure, sign)
        WHERE r.batch = $1 AND left(r.village, 4) = $2 AND r.intake = 'staged' AND (d.batch IS NULL OR d.decided_at = now()) AND m.measure IS NOT NULL
        GROUP BY 1, 2, 3, 4, m.sign";
    FINISH = "INSERT INTO hold_sweeps (decision) VALUES ($1) ON CONFLICT DO NOTHING";
}

/// Decides about a part of a released batch, whose tranche is locked; once.
pub async fn decide_part(tx: &mut Tx, batch: &Batch, regency: &str, asked: &Asked<'_>) -> Result<(), Error> {
    let failed = || Error::database("deciding a held part");
    let is_held: bool = sqlx::query_scalar(IS_HELD).bind(batch.id).bind(regency).fetch_one(tx.connection()).await.map_err(failed())?;
    let none = Rupiah::default();
    let is_late = asked.ruling == Ruling::Release && super::is_over(tx, batch.tranche()?).await?;
    if !is_held || is_late || asked.code != "MON01" || asked.ruling == Ruling::Distinct {
        return holds::store(tx, batch, (None, regency), asked, (&Effect::Refused, 0, none)).await;
    }
    if asked.ruling == Ruling::Reject {
        let (families, rupiah) = sum(tx, batch, regency).await?;
        tally(tx, batch, regency, Some("rejected")).await?;
        return holds::store(tx, batch, (None, regency), asked, (&Effect::Rejected, families, rupiah)).await;
    }
    sqlx::query(SAVEPOINT).execute(tx.connection()).await.map_err(failed())?;
    redecide(tx, batch, regency).await?;
    let (families, rupiah) = sum(tx, batch, regency).await?;
    let subject = Uuid::new_v5(&batch.id, regency.as_bytes());
    if families > 0 && !holds::reserve(tx, batch, regency, subject, rupiah).await? {
        sqlx::query(ROLL_BACK).execute(tx.connection()).await.map_err(failed())?;
        return holds::store(tx, batch, (None, regency), asked, (&Effect::Held("MON01".into(), None), 0, none)).await;
    }
    tally(tx, batch, regency, None).await?;
    sqlx::query(SET_RELEASING).bind(batch.tranche()?.0).bind(batch.id).execute(tx.connection()).await.map_err(failed())?;
    holds::store(tx, batch, (None, regency), asked, (&Effect::Released, families, rupiah)).await
}

async fn redecide(tx: &mut Tx, batch: &Batch, regency: &str) -> Result<(), Error> {
    let failed = || Error::database("deciding a held part again");
    for statement in [DECIDE_ALREADY, DECIDE_WAITING] {
        sqlx::query(statement).bind(batch.id).bind(regency).execute(tx.connection()).await.map_err(failed())?;
    }
    let rivals: Vec<i32> = sqlx::query_scalar(RIVALS).bind(batch.tranche()?.0).fetch_all(tx.connection()).await.map_err(failed())?;
    sqlx::query(DECIDE_EXCLUDED).bind(batch.id).bind(regency).bind(rivals).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query(DECIDE_HOUSEHOLDS).bind(batch.id).bind(regency).execute(tx.connection()).await.map(drop).map_err(failed())
}

async fn sum(tx: &mut Tx, batch: &Batch, regency: &str) -> Result<(i64, Rupiah), Error> {
    let sum = sqlx::query_as(SUM).bind(batch.id).bind(regency).fetch_one(tx.connection()).await;
    let (families, rupiah): (i64, i64) = sum.map_err(Error::database("adding up a part"))?;
    Ok((families, Rupiah::new(rupiah).map_err(|error| Error::invariant(error.to_string()))?))
}

async fn tally(tx: &mut Tx, batch: &Batch, regency: &str, becomes: Option<&str>) -> Result<(), Error> {
    let insert = sqlx::query(TALLY_ENDED).bind(batch.id).bind(regency).bind(becomes).execute(tx.connection()).await;
    insert.map(drop).map_err(Error::database("counting a part"))
}

/// The last row was answered; a tranche under release is free again. False when that was so before.
pub async fn finish_part(tx: &mut Tx, batch: &Batch, decision: DecisionId, was_released: bool) -> Result<bool, Error> {
    let failed = || Error::database("finishing a held part");
    let first = sqlx::query(FINISH).bind(decision.0).execute(tx.connection()).await.map_err(failed())?.rows_affected() > 0;
    if first && was_released {
        sqlx::query(SET_RELEASING).bind(batch.tranche()?.0).bind(None::<Uuid>).execute(tx.connection()).await.map_err(failed())?;
    }
    Ok(first)
}

/// The next rows of a part after a row key; where the next step begins.
pub async fn sweep_part(tx: &mut Tx, batch: BatchId, regency: &str, after: &str) -> Result<super::Step, Error> {
    let mut step = super::sweep(tx, batch, after).await?;
    debug_assert!(i64::try_from(step.rows.len()).is_ok_and(|rows| rows <= SWEEP_ROWS), "a step is a step");
    step.rows.retain(|row| row.village.starts_with(regency));
    Ok(step)
}
