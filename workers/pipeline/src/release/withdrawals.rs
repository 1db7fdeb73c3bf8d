//! What upstream took back, and what it put in the place: carried out and answered from what is remembered.
//!
//! A withdrawal may come before its row, since the two travel in different queues: it is awaited for [`AWAITED`] from the moment it says. So is the release
//! of a substitute's batch, from the moment the substitute was staged.

use chrono::TimeDelta;
use salur_domain::{BatchId, PaymentStatus, RowKey, RowStatus, SourceName};
use salur_runtime::stage::{Delay, Verdict};
use salur_schemas::{Outcome, RecipientAccepted, RecipientWithdrawn, SubstituteStaged, outcome::OutcomeStatus};
use salur_store::{
    Error, Timestamp, Tx,
    release::{self, Decision, Withdrawal, Withdrawn},
};

use super::Out;
use crate::answer::reasons;

/// How long a withdrawal waits for its row, and a substitute for its batch.
const AWAITED: TimeDelta = TimeDelta::hours(1);

/// A row is taken back.
pub async fn withdraw(tx: &mut Tx, fact: &RecipientWithdrawn) -> Result<Verdict<Out>, Error> {
    let batch = BatchId::of(&fact.source.0, &fact.batch);
    let asked = Withdrawal { batch, row: &fact.row.0, substitute: None, reason: &fact.reason, document: &fact.document };
    if release::withdrawal(tx, batch, &fact.row.0).await?.is_none() {
        match release::withdraw(tx, &asked).await? {
            Decision::Made => {}
            Decision::Unknown if tx.now < fact.at + AWAITED => {
                return Ok(Verdict::Later(Delay::Seconds30, "the row to withdraw is not here yet"));
            }
            Decision::Unknown => release::refuse(tx, &asked).await?,
            other => return Ok(later(other)),
        }
    }
    let made = release::withdrawal(tx, batch, &fact.row.0).await?.ok_or_else(|| Error::invariant("a withdrawal was not kept"))?;
    let code = if made.agrees(&asked) { made.code.as_str() } else { "CON01" };
    let (source, name, row) = (fact.source.clone(), fact.batch.clone(), fact.row.clone());
    Ok(Verdict::emit(outcome(source, name, row, status_of(&made)?, Some(code), made.decided_at)))
}

/// A substitute is here.
pub async fn replace(tx: &mut Tx, fact: &SubstituteStaged) -> Result<Verdict<Out>, Error> {
    let mut substitute = release::substitute(tx, fact.batch, &fact.row.0).await?;
    if substitute.accepted_at().is_none() && substitute.ended().is_none() {
        let is_patient = tx.now < fact.at + AWAITED;
        match release::replace(tx, fact.batch, &fact.row.0, &substitute, is_patient).await? {
            Decision::Unknown => return Ok(Verdict::Later(Delay::Seconds30, "the batch of the substitute is not released yet")),
            Decision::Made => substitute = release::substitute(tx, fact.batch, &fact.row.0).await?,
            other => return Ok(later(other)),
        }
    }
    let batch = release::lock(tx, fact.batch).await?;
    let (source, name, row) = (SourceName(batch.source.clone()), batch.name.clone(), fact.row.clone());
    if let Some((code, at)) = substitute.ended() {
        return Ok(Verdict::emit(outcome(source, name, row, RowStatus::Rejected.into(), Some(code), at)));
    }
    let at = substitute.accepted_at().ok_or_else(|| Error::invariant("a substitute has no fate"))?;
    let family = release::family(tx, fact.batch, &fact.row.0).await?;
    let (payment, tranche) = (family.payment(), family.tranche());
    let accepted = RecipientAccepted { payment, tranche, source: source.clone(), batch: fact.batch, row: row.clone(), at };
    let taken = release::withdrawal(tx, fact.batch, &substitute.replaces).await?;
    let taken = taken.ok_or_else(|| Error::invariant("a place was taken that nobody left"))?;
    let replaced = RowKey(substitute.replaces.clone());
    let left = outcome(source.clone(), name.clone(), replaced, status_of(&taken)?, Some(&taken.code), taken.decided_at);
    let come = Outcome { reasons: reasons(family.findings()), ..outcome(source, name, row, PaymentStatus::Accepted.into(), None, at) };
    Ok(Verdict::Emit(vec![accepted.into(), left.into(), come.into()]))
}

fn later(decision: Decision) -> Verdict<Out> {
    match decision {
        Decision::Claimed => Verdict::Later(Delay::Minutes2, "a counter has the family's cheque in hand"),
        _ => Verdict::Wait(Delay::Seconds5, "a batch of the tranche is under release"),
    }
}

fn status_of(made: &Withdrawn) -> Result<OutcomeStatus, Error> {
    OutcomeStatus::parse(&made.status).ok_or_else(|| Error::invariant(format!("status {} of a withdrawal", made.status)))
}

fn outcome(source: SourceName, batch: String, row: RowKey, status: OutcomeStatus, code: Option<&str>, at: Timestamp) -> Outcome {
    Outcome { source, batch, row, status, reasons: reasons(code.into_iter()), at }
}
