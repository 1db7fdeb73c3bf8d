//! A person decided about a payment that a civil registry's answer stopped.
//!
//! It is a payment already, with its money in the reserve of its part. Released, account-creation hears of it again and attaches the account; rejected, it is
//! cancelled and its money goes back to the allocation, as when its source withdraws it. It has no cheque, so no counter can hold a lease on it.

use salur_domain::{PaymentId, Rupiah, TrancheId, hold::Ruling};
use uuid::Uuid;

use super::{
    Batch,
    holds::{Asked, Effect, store},
    withdrawals,
};
use crate::{Error, Tx, payments, sql};

sql! {
    FIND = "SELECT u.tranche, u.id FROM unverified_payments u JOIN recipients r ON r.tranche = u.tranche AND r.payment = u.id
        WHERE r.batch = $1 AND r.row = $2 AND u.batch = $1 AND u.row = $2";
    WAITS = "SELECT code FROM unverified_payments WHERE tranche = $1 AND id = $2 AND waits";
}

/// Decides about the payment of a row, if a registry's answer stopped it; false where none did.
pub(super) async fn decide(tx: &mut Tx, batch: &Batch, row: &str, asked: &Asked<'_>) -> Result<bool, Error> {
    let failed = || Error::database("reading a payment that a registry's answer stopped");
    let found: Option<(i32, Uuid)> =
        sqlx::query_as(FIND).bind(batch.id).bind(row).fetch_optional(tx.connection()).await.map_err(failed())?;
    let Some((tranche, id)) = found else { return Ok(false) };
    let key = (TrancheId(tranche), PaymentId(id));
    let locked = payments::lock(tx, &[key]).await?;
    let payment = locked.get(&key).ok_or_else(|| Error::invariant(format!("payment {id} was read and is gone")))?;
    // read again under the lock
    let code: Option<String> = sqlx::query_scalar(WAITS).bind(tranche).bind(id).fetch_optional(tx.connection()).await.map_err(failed())?;
    let effect = match asked.ruling {
        _ if code.as_deref() != Some(asked.code) => Effect::Refused,
        Ruling::Release => Effect::Released,
        Ruling::Reject => Effect::Rejected,
        Ruling::Distinct => Effect::Refused,
    };
    if effect == Effect::Rejected {
        withdrawals::cancel_unfunded(tx, batch, payment, &format!("hold decision {}", asked.id)).await?;
    }
    let ended = if effect == Effect::Refused { (0, Rupiah::default()) } else { (1, payment.amount()) };
    store(tx, batch, (Some(row), &payment.regency), asked, (&effect, ended.0, ended.1)).await?;
    Ok(true)
}
