//! The contract of a worker: `load`, `prepare`, `commit`.
//!
//! A stage hears facts of the set [`Stage::In`] and says facts of the set [`Stage::Out`]. The runtime gathers deliveries into a *flight* and
//! drives it: decode each alone, `load` once, `prepare` each fact concurrently, one transaction around `commit`, publish the outputs and wait for
//! the confirms, ack. The un-acked message is the outbox: whatever crashes between, the broker delivers again, and `commit` answers from the
//! rows it remembers.
//!
//! - `load`: optional, read-only, one array query per flight in its own short transaction.
//! - `prepare`: no database; fetch, decode, render, upload. May run any number of times. A panic here is that fact's alone.
//! - `commit`: PostgreSQL only; the whole flight in one transaction; re-reads under lock what it decides on. One is the N = 1 case of a flight.
//!
//! The runtime knows nothing of NIKs, money or SQL: it sees a [`UnitOfWork`] and opaque facts.

use std::{fmt, future::Future, time::Duration};

use salur_domain::{Disposed, Disposition, StageName};
use salur_schemas::Message;

/// Something that can open and commit a transaction on behalf of a stage. The adapter to the database stands in the crate of the workers.
pub trait UnitOfWork: Send + Sync + 'static {
    /// An open transaction; dropped without [`UnitOfWork::commit`] it rolls back.
    type Tx: Send;
    /// Opens one, in the role of the stage.
    fn begin(&self, stage: StageName) -> impl Future<Output = Result<Self::Tx, Failure>> + Send;
    /// Makes it durable. `Ok` means durable.
    fn commit(&self, tx: Self::Tx) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A worker.
pub trait Stage: Send + Sync + 'static {
    /// As in queues, metrics and tables: `transfer-posting`.
    const NAME: StageName;
    /// What it hears.
    type In: Message;
    /// What it says.
    type Out: Message;
    /// What `load` read for a flight.
    type Context: Send + Sync;
    /// A fact ready to be committed.
    type Ready: Send + Sync;
    /// Where its truth lives.
    type Work: UnitOfWork;

    /// Sizes and times.
    fn policy(&self) -> Policy {
        Policy::default()
    }
    /// Reads what `prepare` needs, for all facts at once.
    fn load(&self, facts: &[Self::In]) -> impl Future<Output = Result<Self::Context, Failure>> + Send;
    /// Does what needs no database, for one fact.
    fn prepare(&self, fact: &Self::In, context: &Self::Context) -> impl Future<Output = Result<Self::Ready, Failure>> + Send;
    /// Decides, for all facts at once.
    fn commit(
        &self,
        tx: &mut <Self::Work as UnitOfWork>::Tx,
        flight: &Flight<'_, Self::Ready>,
    ) -> impl Future<Output = Result<Verdicts<Self::Out>, Failure>> + Send;
}

/// Sizes and times of a stage. Every one is a bound with a reason.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Most facts in a flight: one transaction's worth.
    pub flight_facts: usize,
    /// How long a flight waits for company once the queue has run dry; zero leaves at once.
    pub linger: Duration,
    /// Messages the broker may have outstanding per lane.
    pub prefetch: u16,
    /// Flights in work at once per process, each on its own channel.
    pub lanes: usize,
    /// Facts prepared at once within a flight.
    pub concurrency: usize,
    /// Longest a flight's `prepare` + `commit` may take before it counts as failed.
    pub deadline: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            flight_facts: 1_000,
            linger: Duration::from_millis(2),
            prefetch: 16,
            lanes: 2,
            concurrency: 8,
            deadline: Duration::from_mins(1),
        }
    }
}

/// The facts of one transaction, prepared.
#[derive(Debug)]
pub struct Flight<'a, R> {
    ready: Vec<&'a R>,
}

impl<'a, R> Flight<'a, R> {
    /// A flight of these facts.
    pub fn new(ready: Vec<&'a R>) -> Self {
        Self { ready }
    }

    /// The facts, in order of arrival.
    pub fn facts(&self) -> impl ExactSizeIterator<Item = &'a R> + '_ {
        self.ready.iter().copied()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// Whether there is none; the runtime never commits an empty flight.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    /// One verdict per fact, in order: the only way to make [`Verdicts`], so that no fact can be forgotten.
    pub fn judge<O>(&self, judge: impl FnMut(&'a R) -> Verdict<O>) -> Verdicts<O> {
        Verdicts(self.ready.iter().copied().map(judge).collect())
    }
}

/// What a stage decided about one fact.
#[derive(Debug, Clone)]
pub enum Verdict<O> {
    /// Decided; these facts follow. *Rejected* and *held* are such facts too.
    Emit(Vec<O>),
    /// Decided; nothing follows.
    Done,
    /// Not yet: hear it again after the delay.
    Later(Delay, &'static str),
    /// As [`Verdict::Later`], for as long as somebody else needs: no attempt is burnt. For what waits as one message, not for facts by the thousand.
    Wait(Delay, &'static str),
    /// What `load` read has moved since: load and prepare this fact again, now.
    Again,
}

impl<O> Verdict<O> {
    /// One fact follows.
    pub fn emit(out: impl Into<O>) -> Self {
        Self::Emit(vec![out.into()])
    }
}

/// One verdict per fact of a flight.
#[derive(Debug)]
pub struct Verdicts<O>(Vec<Verdict<O>>);

impl<O> Verdicts<O> {
    /// The verdicts, in the flight's order.
    pub fn into_vec(self) -> Vec<Verdict<O>> {
        self.0
    }
}

/// A rung of the shared delay ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delay {
    /// 5 seconds.
    Seconds5,
    /// 30 seconds.
    Seconds30,
    /// 2 minutes.
    Minutes2,
    /// 10 minutes.
    Minutes10,
    /// 1 hour.
    Hour1,
}

impl Delay {
    /// All rungs, shortest first.
    pub const LADDER: [Self; 5] = [Self::Seconds5, Self::Seconds30, Self::Minutes2, Self::Minutes10, Self::Hour1];

    /// How long.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(match self {
            Self::Seconds5 => 5,
            Self::Seconds30 => 30,
            Self::Minutes2 => 120,
            Self::Minutes10 => 600,
            Self::Hour1 => 3_600,
        })
    }
}

/// A failure of a unit of work: what to do about it, and the error with its whole chain.
#[derive(Debug)]
pub struct Failure {
    /// What to do about it.
    pub disposition: Disposition,
    /// The error.
    pub error: Box<dyn std::error::Error + Send + Sync>,
}

impl<E: Disposed> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { disposition: error.disposition(), error: Box::new(error) }
    }
}

/// The whole chain, outermost first, joined by `: `.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        let mut cause = self.error.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// For command lines and tests, which box it: the chain is in its text already.
impl std::error::Error for Failure {}
