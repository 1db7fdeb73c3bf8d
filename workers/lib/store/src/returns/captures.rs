//! A capture from within the window that comes after its payment was returned: the return is reversed while its statement is not approved.

use salur_domain::{CaptureId, PaymentId, TrancheId};
use uuid::Uuid;

use crate::{
    Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    payments::{self, Key, Payment},
    release, sql,
    tallies::{Deltas, Measure},
};

sql! {
    KEEP_LATE = "INSERT INTO late_captures (tranche, payment, capture) SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING";
    LATE = "SELECT tranche, payment, capture, at FROM late_captures WHERE (tranche, payment) IN (SELECT * FROM unnest($1::int[], $2::uuid[]))";
    REVIEWED = "SELECT reopened, at FROM return_reviews WHERE tranche = $1 AND payment = $2 AND capture = $3";
    IS_STATED = "SELECT EXISTS (SELECT FROM return_statements s JOIN returns r ON r.tranche = s.tranche AND r.statement = s.n
        WHERE r.tranche = $1 AND r.payment = $2 AND r.n = $3)";
    LOCK_TRANCHE = "SELECT programme FROM tranches WHERE id = $1 FOR NO KEY UPDATE";
    REOPEN = "UPDATE payments SET returned_at = NULL, round = round + 1 WHERE tranche = $1 AND id = $2 AND returned_at IS NOT NULL";
    KEEP_REVERSAL = "INSERT INTO return_reversals (tranche, payment, n, capture) VALUES ($1, $2, $3, $4)";
    KEEP_REVIEW = "INSERT INTO return_reviews (tranche, payment, capture, reopened) VALUES ($1, $2, $3, $4)";
}

/// A late capture as remembered: the payment, the capture, since when.
pub type Late = (Key, CaptureId, Timestamp);

/// Remembers captures of payments that had been returned.
pub async fn keep_late(tx: &mut Tx, late: &[(Key, CaptureId)]) -> Result<(), Error> {
    if late.is_empty() {
        return Ok(());
    }
    tx.wrote("late_captures");
    let keep = sqlx::query(KEEP_LATE).bind(late.iter().map(|(key, _)| key.0.0).collect::<Vec<_>>());
    let keep = keep.bind(late.iter().map(|(key, _)| key.1.0).collect::<Vec<_>>());
    let keep = keep.bind(late.iter().map(|(_, capture)| capture.0).collect::<Vec<_>>());
    keep.execute(tx.connection()).await.map(drop).map_err(Error::database("remembering late captures"))
}

/// The late captures of payments.
pub async fn late(tx: &mut Tx, keys: &[Key]) -> Result<Vec<Late>, Error> {
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = keys.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let rows = sqlx::query_as(LATE).bind(tranches).bind(ids).fetch_all(tx.connection()).await;
    let rows: Vec<(i32, Uuid, Uuid, Timestamp)> = rows.map_err(Error::database("reading late captures"))?;
    Ok(rows.into_iter().map(|(tranche, id, capture, at)| ((TrancheId(tranche), PaymentId(id)), CaptureId(capture), at)).collect())
}

/// Reviews a late capture, once: whether its payment may be handed over now, and since when that is known.
pub async fn review(tx: &mut Tx, key: Key, capture: CaptureId) -> Result<(bool, Timestamp), Error> {
    let failed = || Error::database("reviewing a late capture");
    let locked = payments::lock(tx, &[key]).await?;
    let payment = locked.get(&key).ok_or_else(|| Error::invariant(format!("payment {} does not exist", key.1)))?;
    let known = sqlx::query_as(REVIEWED).bind(key.0.0).bind(key.1.0).bind(capture.0).fetch_optional(tx.connection()).await;
    if let Some(known) = known.map_err(failed())? {
        return Ok(known);
    }
    let programme: String = sqlx::query_scalar(LOCK_TRANCHE).bind(key.0.0).fetch_one(tx.connection()).await.map_err(failed())?;
    let is_stated = sqlx::query_scalar(IS_STATED).bind(key.0.0).bind(key.1.0).bind(payment.round).fetch_one(tx.connection()).await;
    let reopened = match payment.returned_at {
        None => payment.cancelled_at.is_none(),
        Some(_) if is_stated.map_err(failed())? || payment.funded_at.is_none() => false,
        Some(_) => {
            reverse(tx, &programme, payment, capture).await?;
            true
        }
    };
    let keep = sqlx::query(KEEP_REVIEW).bind(key.0.0).bind(key.1.0).bind(capture.0).bind(reopened);
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("return_reviews");
    Ok((reopened, tx.now))
}

/// return due -> recipient; the payment is open again, in its next round.
async fn reverse(tx: &mut Tx, programme: &str, payment: &Payment, capture: CaptureId) -> Result<(), Error> {
    let failed = || Error::database("reversing a return");
    let (tranche, id) = payment.key();
    sqlx::query(REOPEN).bind(tranche.0).bind(id.0).execute(tx.connection()).await.map_err(failed())?;
    let keep = sqlx::query(KEEP_REVERSAL).bind(tranche.0).bind(id.0).bind(payment.round).bind(capture.0);
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("return_reversals");
    let due = AccountKey::return_due(programme, tranche, &payment.regency);
    let debit = ledger::accounts(tx, std::slice::from_ref(&due), false).await?[&due];
    let parts = release::accounts(tx, &[payment.batch()]).await?;
    let (_, credit) = *parts
        .get(&(payment.batch(), payment.regency.clone()))
        .ok_or_else(|| Error::invariant(format!("nothing was reserved for payment {id}")))?;
    let (subject, n, amount, document) = (id.0, payment.round, payment.amount(), String::new());
    ledger::post(tx, &[Transfer { tranche, subject, kind: Kind::ReturnReversed, n, debit, credit, amount, document }]).await?;
    let mut deltas = Deltas::default();
    deltas.take(tranche, &payment.village, &payment.pay_point, Measure::Returned, amount)?;
    deltas.write(tx).await
}
