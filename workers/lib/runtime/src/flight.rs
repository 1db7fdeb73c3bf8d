//! The engine: carries a flight (several deliveries) from arrival to the moment its messages may be acked.
//!
//! decode each alone -> load -> prepare concurrently -> commit in one transaction -> publish, confirmed. Knows no broker: it takes
//! [`Arrived`] messages and gives messages to an [`Outlet`], so that the same engine runs under the testkit.
//!
//! Whatever opens a transaction (`load`, `commit`) runs in a task of its own that is waited for and never dropped half-way: a cancelled
//! BEGIN leaves a pooled connection inside a transaction.
//!
//! Bounds: [`Policy::flight_facts`] facts per transaction, [`Policy::deadline`] per attempt, [`AGAIN_LIMIT`] rounds for facts that moved,
//! [`ATTEMPT_LIMIT`] delays per fact, [`MAX_CULPRITS`] facts set aside per transaction's worth, [`PAUSE_LIMIT`] of waiting before the
//! messages are parked.

mod bisect;
mod closing;
mod commit;
mod group;
mod patience;
mod prepare;
mod report;
mod task;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    decode::{self, Arrived, Letter},
    message::{Inbound, OutMessage},
    stage::{Failure, Policy, Stage},
    topology::SUSPECT_AFTER,
};
use group::Group;
pub use report::{Phases, Report};

/// Facts of one transaction that may be set aside as culprits; more is the code or the schema: stop and wait.
pub const MAX_CULPRITS: usize = 8;
/// Rounds for facts whose rows moved between `load` and `commit`; then they wait five seconds.
pub const AGAIN_LIMIT: usize = 5;
/// Delays of one fact before it is a dead letter.
pub const ATTEMPT_LIMIT: u32 = 40;
/// Longest time messages are held when something keeps a flight waiting; then they are parked on the ladder, before the broker's consumer
/// timeout (30 min) takes them away.
pub const PAUSE_LIMIT: Duration = Duration::from_mins(20);

/// A moment at which a process may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// After `load`.
    Load,
    /// After `prepare`.
    Prepare,
    /// After the transaction is durable.
    Commit,
    /// After messages were sent, before their confirms.
    Publish,
    /// After all confirms, before the ack.
    Confirm,
}

impl Point {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Load, Self::Prepare, Self::Commit, Self::Publish, Self::Confirm];

    /// As in `SALUR_FAILPOINT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Prepare => "prepare",
            Self::Commit => "commit",
            Self::Publish => "publish",
            Self::Confirm => "confirm",
        }
    }
}

/// Why a flight ended without an end: its messages are not acked and come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// The process drains.
    Shutdown,
    /// A test killed it here.
    Crashed(Point),
    /// A test did not want to wait any longer; the reason of the pause.
    Paused(String),
    /// Waited longer than [`PAUSE_LIMIT`]; the reason of the pause.
    Weary(String),
}

/// What a watcher wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// Go on.
    On,
    /// End here, as if the process died.
    Stop,
}

/// Hears what a flight goes through.
pub trait Watch: Send + Sync + 'static {
    /// A point was passed.
    fn reached(&self, _point: Point) -> Go {
        Go::On
    }
    /// The flight waits for a dependency.
    fn paused(&self, _why: &str) -> Go {
        Go::On
    }
    /// The flight goes on after a pause.
    fn resumed(&self) {}
}

/// Where messages go.
pub trait Outlet: Send + Sync + 'static {
    /// `Ok`: all are confirmed. On failure `messages` keeps what is not.
    fn publish(&self, messages: &mut Vec<OutMessage>) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Which queue of the stage a lane serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `salur.<stage>`.
    Main,
    /// `salur.<stage>.suspects`: one message at a time.
    Suspects,
}

/// Drives one stage's flights, one after the other.
pub struct Engine<S: Stage, O> {
    stage: Arc<S>,
    work: Arc<S::Work>,
    outlet: O,
    watch: Arc<dyn Watch>,
    shutdown: CancellationToken,
    source: Source,
    policy: Policy,
    tasks: TaskTracker,
    /// When the flight in work began, and how long its messages may be held when something keeps it waiting.
    began: Mutex<Instant>,
    hold: Duration,
}

impl<S: Stage, O: Outlet> Engine<S, O> {
    /// An engine for one lane.
    pub fn new(stage: Arc<S>, work: Arc<S::Work>, outlet: O, watch: Arc<dyn Watch>, shutdown: CancellationToken, source: Source) -> Self {
        let policy = stage.policy();
        Self {
            stage,
            work,
            outlet,
            watch,
            shutdown,
            source,
            policy,
            tasks: TaskTracker::new(),
            began: Mutex::new(Instant::now()),
            hold: PAUSE_LIMIT,
        }
    }

    /// Holds messages for this long instead of [`PAUSE_LIMIT`].
    #[must_use]
    pub fn holding(self, hold: Duration) -> Self {
        Self { hold, ..self }
    }

    /// Reads a message, unless it came back too often to be trusted.
    pub fn decode(&self, inbound: Inbound) -> Arrived<S::In> {
        if inbound.delivery_count < SUSPECT_AFTER {
            return decode::decode(inbound);
        }
        match self.source {
            Source::Main => decode::condemned(inbound, "came back too often"),
            Source::Suspects => decode::condemned(inbound, "killed its worker: delivered alone three times, never finished"),
        }
    }

    /// Carries a flight to its end. `Ok`: everything it led to is durable and confirmed, so its messages may be acked.
    pub async fn fly(&self, arrived: Vec<Arrived<S::In>>) -> Result<Report, Stopped> {
        *self.began.lock().expect("no holder panics") = Instant::now();
        let mut report = Report::of::<S>(&arrived);
        let (mut deliveries, mut groups) = group::sort(arrived, self.policy.flight_facts);
        let outcome = self.drive(&mut groups, &mut report).await;
        let messages = match outcome {
            Ok(()) => self.close(&mut deliveries, groups, &mut report),
            Err(Stopped::Weary(why)) => {
                tracing::warn!(stage = S::NAME, why, "waited long: the messages are parked on the ladder");
                report.parked = true;
                closing::park::<S>(deliveries)
            }
            Err(stopped) => return Err(stopped),
        };
        self.publish(messages, &mut report).await?;
        self.reach(Point::Confirm)?;
        report.tell();
        Ok(report)
    }

    async fn drive(&self, groups: &mut [Group<S>], report: &mut Report) -> Result<(), Stopped> {
        for group in groups {
            self.decide(group, report).await?;
        }
        Ok(())
    }

    /// Load, prepare and commit, again for facts whose rows moved in between.
    async fn decide(&self, group: &mut Group<S>, report: &mut Report) -> Result<(), Stopped> {
        for _ in 0..AGAIN_LIMIT {
            let pending = group.pending();
            if pending.is_empty() {
                return Ok(());
            }
            self.prepare(group, &pending, report).await?;
            self.reach(Point::Prepare)?;
            self.commit(group, report).await?;
            self.reach(Point::Commit)?;
        }
        group.put_off_moving();
        Ok(())
    }

    async fn publish(&self, mut messages: Vec<OutMessage>, report: &mut Report) -> Result<(), Stopped> {
        let started = Instant::now();
        let mut patience = self.patience().endless();
        while let Err(failure) = self.outlet.publish(&mut messages).await {
            patience.after(&failure).await?;
        }
        patience.over();
        report.phases.publish += started.elapsed();
        Ok(())
    }

    fn reach(&self, point: Point) -> Result<(), Stopped> {
        match self.watch.reached(point) {
            Go::On => Ok(()),
            Go::Stop => Err(Stopped::Crashed(point)),
        }
    }
}

/// What a message holds, beside its facts.
pub(crate) struct Delivery {
    pub(crate) inbound: Inbound,
    pub(crate) id: String,
    pub(crate) content: Content,
}

pub(crate) enum Content {
    Open { kind: salur_schemas::FactType, time: chrono::DateTime<chrono::Utc>, broken: Vec<(usize, String)> },
    Newer(String),
    Dead(String),
}

impl Delivery {
    fn split<I>(arrived: Arrived<I>) -> (Self, Vec<(usize, I)>) {
        let Arrived { inbound, id, letter, .. } = arrived;
        let (content, facts) = match letter {
            Letter::Open(open) => (Content::Open { kind: open.kind, time: open.time, broken: open.broken }, open.facts),
            Letter::Newer(why) => (Content::Newer(why), Vec::new()),
            Letter::Dead(why) => (Content::Dead(why), Vec::new()),
        };
        (Self { inbound, id, content }, facts)
    }
}
