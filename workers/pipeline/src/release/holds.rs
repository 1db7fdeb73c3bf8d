//! What a person decided about a hold, carried out and answered.
//!
//! The store decides what comes of it, once; every answer here is made from what it remembered. A row is answered at once, a part by a sweep.

use std::collections::HashMap;

use salur_domain::{PaymentStatus, RowKey, RowStatus, SourceName};
use salur_runtime::stage::{Delay, Verdict};
use salur_schemas::{
    BatchCompleted, Hold, HoldAdvanced, HoldDecided, Outcome, RecipientAccepted,
    outcome::{OutcomeStatus, Reason},
};
use salur_store::{
    Error, Timestamp, Tx,
    release::{self, Asked, Batch, Decided, Effect, Fate, SweepRow},
};

use super::Out;
use crate::answer::reasons;

/// A decision arrived. It waits while a batch of its tranche is under release.
pub async fn decide(tx: &mut Tx, fact: &HoldDecided) -> Result<Verdict<Out>, Error> {
    let batch = release::lock(tx, fact.batch).await?;
    if release::decision(tx, fact.decision).await?.is_none() {
        if batch.released_at.is_none() || release::is_under_release(tx, batch.tranche()?).await? {
            return Ok(Verdict::Wait(Delay::Seconds5, "a batch of the tranche is under release"));
        }
        let HoldDecided { decision, code, ruling, reason, actor, .. } = fact;
        let asked = Asked { id: *decision, code, ruling: *ruling, reason, actor };
        match &fact.hold {
            Hold::Row(row) => release::decide_row(tx, &batch, &row.0, &asked).await?,
            Hold::Part(regency) => release::decide_part(tx, &batch, regency, &asked).await?,
        }
    }
    let decided = release::decision(tx, fact.decision).await?;
    let decided = decided.ok_or_else(|| Error::invariant(format!("decision {} was not kept", fact.decision)))?;
    match &decided.row {
        Some(row) => answer_row(&decided, &batch, row),
        None => Ok(match decided.effect() {
            Effect::Released | Effect::Rejected => {
                Verdict::emit(HoldAdvanced { decision: fact.decision, batch: fact.batch, after: String::new(), at: decided.decided_at })
            }
            Effect::Held(..) | Effect::Refused => Verdict::Done,
        }),
    }
}

fn answer_row(decided: &Decided, batch: &Batch, row: &str) -> Result<Verdict<Out>, Error> {
    let (row, at) = (RowKey(row.to_owned()), decided.decided_at);
    let told = |status, codes: Vec<Reason>| Out::from(outcome(batch, &row, status, codes, at));
    Ok(match decided.effect() {
        Effect::Released => {
            let (payment, tranche, source) = (decided.payment()?, decided.tranche(), SourceName(batch.source.clone()));
            let accepted = RecipientAccepted { payment, tranche, source, batch: decided.batch(), row: row.clone(), at };
            Verdict::Emit(vec![accepted.into(), told(PaymentStatus::Accepted.into(), reasons(decided.findings()))])
        }
        Effect::Rejected if decided.is_of_payment() => {
            Verdict::Emit(vec![told(PaymentStatus::Cancelled.into(), reasons([decided.code.as_str()].into_iter()))])
        }
        Effect::Rejected => Verdict::Emit(vec![told(RowStatus::Rejected.into(), reasons([decided.code.as_str()].into_iter()))]),
        Effect::Held(code, _) if code != decided.code => {
            Verdict::Emit(vec![told(RowStatus::Held.into(), reasons([code.as_str()].into_iter()))])
        }
        Effect::Held(..) | Effect::Refused => Verdict::Done,
    })
}

/// The next rows of a part whose hold ended.
pub async fn advance(tx: &mut Tx, fact: &HoldAdvanced) -> Result<Verdict<Out>, Error> {
    let decided = release::decision(tx, fact.decision).await?;
    let decided = decided.ok_or_else(|| Error::invariant(format!("there is no decision {}", fact.decision)))?;
    let (id, is_released) = (decided.batch(), decided.effect() == Effect::Released);
    let batch = release::lock(tx, id).await?;
    let release::Step { rows, next } = release::sweep_part(tx, id, &decided.regency, &fact.after).await?;
    let rows: Vec<(SweepRow, Fate)> = rows.into_iter().filter_map(|row| row.fate_after_hold().map(|fate| (row, fate))).collect();
    let mut moments = HashMap::new();
    if is_released {
        let accepted: Vec<&SweepRow> = rows.iter().filter(|(_, fate)| *fate == Fate::Accepted).map(|(row, _)| row).collect();
        let (accepted_at, new) = release::accept(tx, id, &accepted).await?;
        super::tally(tx, &accepted, &new).await?;
        moments = accepted_at;
    }
    let mut out = Vec::with_capacity(rows.len() * 2 + 1);
    for (row, fate) in &rows {
        if is_released {
            super::answer(row, fate, id, &batch, &moments, &mut out)?;
        } else if *fate == Fate::Accepted {
            let codes = reasons([decided.code.as_str()].into_iter());
            out.push(outcome(&batch, &row.row(), RowStatus::Rejected.into(), codes, decided.decided_at).into());
        }
    }
    match next {
        Some(_) if decided.finished_at.is_some() => {}
        Some(after) => out.push(HoldAdvanced { decision: fact.decision, batch: id, after, at: decided.decided_at }.into()),
        None => {
            release::finish_part(tx, &batch, fact.decision, is_released).await?;
            let waiting = release::waiting(tx, batch.tranche()?).await?;
            out.extend(waiting.into_iter().map(|(batch, at)| Out::from(BatchCompleted { batch, at })));
        }
    }
    Ok(if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) })
}

fn outcome(batch: &Batch, row: &RowKey, status: OutcomeStatus, reasons: Vec<Reason>, at: Timestamp) -> Outcome {
    Outcome { source: SourceName(batch.source.clone()), batch: batch.name.clone(), row: row.clone(), status, reasons, at }
}
