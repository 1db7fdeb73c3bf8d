//! release: a complete batch becomes payments.
//!
//! Hears `batches.completed`, `tranches.opened`, `holds.decided` and its own steps. Totals equal the declared ones, the tranche is open: then pairs, households
//! and rows already in the tranche are decided by set-based SQL, the sum of the accepted rows is reserved per regency (or that part is held
//! whole), and a sweep makes payments and says `recipients.accepted`, [`release::SWEEP_ROWS`] rows a step. Each step emits its successor unless that
//! was done already, so a release of any size is bounded work that can be killed anywhere. What people decide about holds is [`holds`],
//! what upstream takes back [`withdrawals`].

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use salur_domain::{BatchId, PaymentId, PaymentStatus, RowStatus, SourceName, reason};
use salur_runtime::stage::{Delay, Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{
    BatchCompleted, HoldAdvanced, HoldDecided, Outcome, RecipientAccepted, RecipientWithdrawn, ReleaseAdvanced, ReleaseStep,
    SubstituteStaged, TrancheOpened, messages,
    outcome::{OutcomeStatus, Reason},
};
use salur_store::{
    Error, Timestamp, Tx, pauses,
    release::{self, Batch, Fate, Part, Start, Step, SweepRow},
    tallies::{Deltas, Measure},
};

use crate::{Tools, Work, answer::reasons};

mod holds;
mod withdrawals;

messages! {
    /// What release hears.
    pub enum In { BatchCompleted, TrancheOpened, ReleaseAdvanced, HoldDecided, HoldAdvanced, RecipientWithdrawn, SubstituteStaged }
}
messages! {
    /// What release says.
    pub enum Out { BatchCompleted, ReleaseAdvanced, HoldAdvanced, RecipientAccepted, Outcome }
}

/// Regencies reserved in one step: a national batch has 514, and a step costs a round through the broker.
const PARTS_PER_STEP: usize = 256;

/// The stage.
#[derive(Debug)]
pub struct Release;

impl Release {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for Release {
    const NAME: &'static str = "release";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = In;
    type Work = Work;

    /// One step at a time: a step is thousands of rows. Deciding a national batch is one statement over all its rows.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 1, prefetch: 2, lanes: 1, deadline: Duration::from_mins(15), ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &In, (): &()) -> Result<In, Failure> {
        Ok(fact.clone())
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, In>) -> Result<Verdicts<Out>, Failure> {
        let mut verdicts = Vec::with_capacity(flight.len());
        for fact in flight.facts() {
            if let Some(waits) = paused(tx, fact).await? {
                verdicts.push(waits);
                continue;
            }
            verdicts.push(match fact {
                In::BatchCompleted(completed) => start(tx, completed.batch).await?,
                In::TrancheOpened(opened) => {
                    let waiting = release::waiting(tx, opened.tranche).await?;
                    Verdict::Emit(waiting.into_iter().map(|(batch, at)| BatchCompleted { batch, at }.into()).collect())
                }
                In::ReleaseAdvanced(advanced) => advance(tx, advanced).await?,
                In::HoldDecided(decided) => holds::decide(tx, decided).await?,
                In::HoldAdvanced(advanced) => holds::advance(tx, advanced).await?,
                In::RecipientWithdrawn(withdrawn) => withdrawals::withdraw(tx, withdrawn).await?,
                In::SubstituteStaged(staged) => withdrawals::replace(tx, staged).await?,
            });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

/// While its tranche is paused a sweep waits, as one message. What people decide and upstream takes back goes on: it makes no payment that moves.
async fn paused(tx: &mut Tx, fact: &In) -> Result<Option<Verdict<Out>>, Error> {
    let (In::BatchCompleted(BatchCompleted { batch, .. })
    | In::ReleaseAdvanced(ReleaseAdvanced { batch, .. })
    | In::HoldAdvanced(HoldAdvanced { batch, .. })) = fact
    else {
        return Ok(None);
    };
    let is_paused = pauses::is_batch_paused(tx, *batch).await?;
    Ok(is_paused.then_some(Verdict::Wait(Delay::Seconds5, "the tranche is paused")))
}

/// Begins a release, unless another batch of the tranche is at it.
async fn start(tx: &mut Tx, batch: BatchId) -> Result<Verdict<Out>, Error> {
    Ok(match release::start(tx, batch).await? {
        Start::Started(at) if release::lock(tx, batch).await?.decided_at.is_none() => step(batch, ReleaseStep::Decide, at),
        Start::Started(_) | Start::Waits => Verdict::Done,
    })
}

async fn advance(tx: &mut Tx, advanced: &ReleaseAdvanced) -> Result<Verdict<Out>, Error> {
    let batch = release::lock(tx, advanced.batch).await?;
    match &advanced.step {
        ReleaseStep::Decide => {
            let at = release::decide(tx, &batch).await?;
            let parts = release::parts(tx, advanced.batch).await?;
            Ok(successor(advanced.batch, &batch, parts.first(), at))
        }
        ReleaseStep::Reserve(regency) => {
            let parts = release::parts(tx, advanced.batch).await?;
            let place = parts
                .iter()
                .position(|part| part.regency == *regency)
                .ok_or_else(|| Error::invariant(format!("batch {} has no part {regency}", advanced.batch)))?;
            let group = &parts[place..parts.len().min(place + PARTS_PER_STEP)];
            release::reserve(tx, &batch, &group.iter().filter(|part| !part.is_settled()).collect::<Vec<_>>()).await?;
            let at = group[0].reserved_at.or(group[0].held_at).unwrap_or(tx.now);
            Ok(successor(advanced.batch, &batch, parts.get(place + group.len()), at))
        }
        ReleaseStep::Emit(after) => emit(tx, advanced.batch, &batch, after).await,
    }
}

/// The next part in order is reserved, the sweep begins behind the last. A step has one successor for ever; where that was done already, it
/// was heard, and what follows is its own care.
fn successor(id: BatchId, batch: &Batch, next: Option<&Part>, at: Timestamp) -> Verdict<Out> {
    match next {
        Some(part) if part.is_settled() => Verdict::Done,
        Some(part) => step(id, ReleaseStep::Reserve(part.regency.clone()), at),
        None if batch.released_at.is_some() => Verdict::Done,
        None => step(id, ReleaseStep::Emit(String::new()), at),
    }
}

/// Makes payments of the next rows and answers every row; the successor continues after the last.
async fn emit(tx: &mut Tx, id: BatchId, batch: &Batch, after: &str) -> Result<Verdict<Out>, Error> {
    let Step { rows, next } = release::sweep(tx, id, after).await?;
    let accepted: Vec<&SweepRow> = rows.iter().filter(|row| row.fate() == Fate::Accepted).collect();
    let (moments, new) = release::accept(tx, id, &accepted).await?;
    tally(tx, &accepted, &new).await?;
    let mut out = Vec::with_capacity(rows.len() * 2 + 1);
    for row in &rows {
        answer(row, &row.fate(), id, batch, &moments, &mut out)?;
    }
    match next {
        Some(_) if batch.released_at.is_some() => {}
        Some(last) => {
            let at = moments.values().max().copied().or(batch.decided_at).unwrap_or(tx.now);
            out.push(ReleaseAdvanced { batch: id, step: ReleaseStep::Emit(last), at }.into());
        }
        None => {
            release::finish(tx, batch).await?;
            let waiting = release::waiting(tx, batch.tranche()?).await?;
            out.extend(waiting.into_iter().map(|(batch, at)| Out::from(BatchCompleted { batch, at })));
        }
    }
    Ok(if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) })
}

fn answer(
    row: &SweepRow,
    fate: &Fate,
    id: BatchId,
    batch: &Batch,
    moments: &HashMap<String, Timestamp>,
    out: &mut Vec<Out>,
) -> Result<(), Error> {
    let source = SourceName(batch.source.clone());
    let outcome = |status, reasons: Vec<Reason>, at| {
        Outcome { source: source.clone(), batch: batch.name.clone(), row: row.row(), status, reasons, at }.into()
    };
    match fate {
        Fate::Accepted => {
            let at = *moments.get(&row.row().0).ok_or_else(|| Error::invariant("an accepted row has a payment"))?;
            let (payment, tranche) = (row.payment(), row.tranche());
            out.push(RecipientAccepted { payment, tranche, source: source.clone(), batch: id, row: row.row(), at }.into());
            out.push(outcome(OutcomeStatus::Payment(PaymentStatus::Accepted), reasons(row.findings()), at));
        }
        Fate::Already(at) => out.push(outcome(OutcomeStatus::Payment(PaymentStatus::Accepted), reasons(["NIK09b"].into_iter()), *at)),
        Fate::Ended(code, at) => out.push(outcome(RowStatus::Rejected.into(), reasons([code.as_str()].into_iter()), *at)),
        Fate::Held(code, at) => {
            let why = reasons([code.as_str()].into_iter().chain(row.findings()));
            debug_assert!(reason::Code::parse(code).is_some(), "held under a code of the closed list");
            out.push(outcome(OutcomeStatus::Row(RowStatus::Held), why, *at));
        }
    }
    Ok(())
}

/// Counts the payments that are new; what is held or already accepted was counted when it was decided.
async fn tally(tx: &mut Tx, accepted: &[&SweepRow], new: &[PaymentId]) -> Result<(), Error> {
    let new: HashSet<PaymentId> = new.iter().copied().collect();
    let mut deltas = Deltas::default();
    for row in accepted.iter().filter(|row| new.contains(&row.payment())) {
        deltas.add(row.tranche(), &row.village, &row.pay_point, Measure::Accepted, row.amount())?;
    }
    deltas.write(tx).await
}

fn step(batch: BatchId, step: ReleaseStep, at: Timestamp) -> Verdict<Out> {
    Verdict::emit(ReleaseAdvanced { batch, step, at })
}
