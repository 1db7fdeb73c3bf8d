//! feed-replay: upstream lost what it heard, or was not listening, and hears it again.
//!
//! Hears `feeds.replayed`: a source, a first moment, and where to go on. Each step reads a page of rows ([`feed::PAGE_ROWS`]) of one batch, says every
//! outcome that these rows have had between the two moments, in the order in which they came, and its own successor: the next page, or the next batch
//! of the source. It is told from rows and not from a copy of what was sent, so nothing has to be kept for it: an outcome is the same bytes as
//! the first time, only the message around it is another. Writes nothing.

use std::sync::Arc;

use salur_domain::{PaymentStatus, RowKey, RowStatus};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{FeedReplayed, Outcome, messages, outcome::OutcomeStatus};
use salur_store::{
    Error, Timestamp, Tx,
    feed::{self, Batch, Row},
};

use crate::{Tools, Work, answer::reasons};

messages! {
    /// What feed-replay hears.
    pub enum In { FeedReplayed }
}
messages! {
    /// What feed-replay says.
    pub enum Out { FeedReplayed, Outcome }
}

/// The stage.
#[derive(Debug)]
pub struct FeedReplay;

impl FeedReplay {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for FeedReplay {
    const NAME: &'static str = "feed-replay";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = FeedReplayed;
    type Work = Work;

    /// One step at a time: a step is thousands of rows, and nobody waits for it.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 1, prefetch: 2, lanes: 1, ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &In, (): &()) -> Result<FeedReplayed, Failure> {
        let In::FeedReplayed(step) = fact;
        Ok(step.clone())
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, FeedReplayed>) -> Result<Verdicts<Out>, Failure> {
        let mut verdicts = Vec::with_capacity(flight.len());
        for step in flight.facts() {
            let said = replay(tx, step).await?;
            verdicts.push(if said.is_empty() { Verdict::Done } else { Verdict::Emit(said) });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

/// The outcomes of a page, then the step that follows it.
async fn replay(tx: &mut Tx, step: &FeedReplayed) -> Result<Vec<Out>, Error> {
    let source = step.source.0.as_str();
    let batch = match step.batch {
        Some(batch) => Some(feed::batch(tx, source, batch).await?),
        None => feed::next(tx, source, None).await?,
    };
    let Some(batch) = batch else { return Ok(Vec::new()) };
    let (rows, next) = feed::rows(tx, batch.id(), &step.after).await?;
    let wanted = |at: Timestamp| step.from <= at && at < step.until;
    let mut said: Vec<Out> = Vec::with_capacity(rows.len() * 2 + 1);
    for row in &rows {
        said.extend(outcomes(step, &batch, row)?.into_iter().filter(|outcome| wanted(outcome.at)).map(Out::from));
    }
    let (batch, after) = match next {
        Some(last) => (Some(batch.id()), last),
        None if step.alone => (None, String::new()),
        None => (feed::next(tx, source, Some(batch.id())).await?.map(|batch| batch.id()), String::new()),
    };
    said.extend(batch.map(|batch| FeedReplayed { batch: Some(batch), after, ..step.clone() }.into()));
    Ok(said)
}

/// All that was said of a row, oldest first: by intake, by release, and what was done and decided after it.
fn outcomes(step: &FeedReplayed, batch: &Batch, row: &Row) -> Result<Vec<Outcome>, Error> {
    let outcome = |status, codes: &mut dyn Iterator<Item = &str>, at| Outcome {
        source: step.source.clone(),
        batch: batch.name.clone(),
        row: RowKey(row.row.clone()),
        status,
        reasons: reasons(codes),
        at,
    };
    let findings = || row.findings.iter().map(String::as_str);
    let (held, rejected) = (OutcomeStatus::Row(RowStatus::Held), OutcomeStatus::Row(RowStatus::Rejected));
    let accepted = OutcomeStatus::Payment(PaymentStatus::Accepted);
    let intake = row_status(&row.intake)?;
    let mut said = Vec::new();
    if intake != RowStatus::Staged {
        said.push(outcome(OutcomeStatus::Row(intake), &mut findings(), row.staged_at));
    }
    if row.in_conflict {
        said.push(outcome(OutcomeStatus::Row(intake), &mut ["CON01"].into_iter(), row.staged_at));
    }
    match (row.decision.as_deref(), row.code.as_deref(), row.decided_at) {
        (Some("already"), _, Some(at)) => said.push(outcome(accepted, &mut ["NIK09b"].into_iter(), at)),
        // it came late: intake said so, and nothing of its findings
        (Some(_), Some("BAT02"), Some(at)) => said.push(outcome(held, &mut ["BAT02"].into_iter(), at)),
        (Some("ended"), Some(code), Some(at)) => said.push(outcome(rejected, &mut [code].into_iter(), at)),
        (Some(_), Some(code), Some(at)) => said.push(outcome(held, &mut [code].into_iter().chain(findings()), at)),
        _ => {}
    }
    // a part was held whole: all its rows that nothing else had decided by then
    let by_then = |at: &Timestamp| row.decided_at.is_none_or(|decided| decided > *at);
    let is_of_part = row.intake == RowStatus::Staged.as_str() && row.code.as_deref() != Some("BAT02");
    if let Some(at) = row.held_at.filter(|at| is_of_part && by_then(at)) {
        said.push(outcome(held, &mut ["MON01"].into_iter().chain(findings()), at));
    }
    said.extend(row.accepted_at.map(|at| outcome(accepted, &mut findings(), at)));
    for (status, code, at) in &row.later {
        said.push(outcome(OutcomeStatus::parse(status).ok_or_else(|| unknown(status))?, &mut code.as_deref().into_iter(), *at));
    }
    said.sort_by_key(|outcome| outcome.at);
    said.dedup();
    Ok(said)
}

/// A substitute is staged like a row.
fn row_status(text: &str) -> Result<RowStatus, Error> {
    if text == "substitute" {
        return Ok(RowStatus::Staged);
    }
    let known = [RowStatus::Staged, RowStatus::Held, RowStatus::Rejected].into_iter().find(|status| status.as_str() == text);
    known.ok_or_else(|| unknown(text))
}

fn unknown(status: &str) -> Error {
    Error::invariant(format!("{status} is no status"))
}
