//! `load` once for all facts, then `prepare` each, several at a time.
//!
//! A fact that panics or fails for good is set aside alone: its neighbours' success is the evidence. When more than
//! [`MAX_CULPRITS`] fail and none succeeds, it is the code or the surroundings: stop and wait.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use futures::FutureExt;
use salur_domain::Disposition;
use tokio::{task::JoinSet, time::timeout};

use super::{
    Engine, MAX_CULPRITS, Outlet, Point, Report, Stopped, bisect,
    group::{End, Group},
    task::{Error, panicked},
};
use crate::stage::{Delay, Failure, Stage};

/// Times a fact's preparation may run into the deadline before the fact is put off, so that others pass.
const LATE_LIMIT: u32 = 3;

type Prepared<S> = Vec<(usize, Result<<S as Stage>::Ready, Failure>)>;

impl<S: Stage, O: Outlet> Engine<S, O> {
    /// Gives each of these facts a `Ready` or an end.
    pub(super) async fn prepare(&self, group: &mut Group<S>, set: &[usize], report: &mut Report) -> Result<(), Stopped> {
        let mut stack = vec![set.to_vec()];
        let mut culprits = Vec::new();
        let mut patience = self.patience();
        while let Some(set) = stack.pop() {
            match self.load(group, &set, report).await {
                Ok(context) => {
                    patience.over();
                    self.reach(Point::Load)?;
                    self.prepare_loaded(group, set, &Arc::new(context), report).await?;
                }
                Err(failure) if failure.disposition != Disposition::Permanent => {
                    patience.after(&failure).await?;
                    stack.push(set);
                }
                Err(failure) if culprits.len() == MAX_CULPRITS => {
                    // The next one would be one too many: whatever was not loaded waits, and is tried again whole.
                    patience.pause(&format!("more than {MAX_CULPRITS} facts cannot be loaded: {failure}")).await?;
                    let mut left: Vec<usize> = culprits.drain(..).map(|(at, _)| at).chain(set).chain(stack.drain(..).flatten()).collect();
                    left.sort_unstable();
                    stack.push(left);
                }
                Err(failure) if set.len() == 1 => culprits.push((set[0], failure)),
                Err(_) => {
                    let (left, right) = bisect::split(&set, |at| group.units[at].delivery);
                    stack.push(right);
                    stack.push(left);
                }
            }
        }
        patience.over();
        set_aside(group, culprits);
        Ok(())
    }

    async fn load(&self, group: &Group<S>, set: &[usize], report: &mut Report) -> Result<S::Context, Failure> {
        let started = Instant::now();
        let (stage, facts) = (self.stage.clone(), group.slice(set));
        let loaded = self.in_task("load", async move { stage.load(&facts).await }).await;
        report.phases.load += started.elapsed();
        loaded
    }

    /// Repeats the facts that lost a race or met a dependency that is down, until each has an answer.
    async fn prepare_loaded(
        &self,
        group: &mut Group<S>,
        mut set: Vec<usize>,
        context: &Arc<S::Context>,
        report: &mut Report,
    ) -> Result<(), Stopped> {
        let mut patience = self.patience();
        let mut sorted = Sorted::default();
        while !set.is_empty() {
            let started = Instant::now();
            let prepared = self.prepare_once(group, &set, context).await;
            report.phases.prepare += started.elapsed();
            sorted.take(group, prepared);
            if sorted.culprits.len() > MAX_CULPRITS && !sorted.succeeded {
                let (_, failure) = sorted.culprits.last().expect("there are more than the limit");
                patience.pause(&format!("more than {MAX_CULPRITS} facts cannot be prepared and none can: {failure}")).await?;
                sorted.again.extend(sorted.culprits.drain(..).map(|(at, _)| at));
            } else if let Some(failure) = sorted.reason.take() {
                patience.after(&failure).await?;
            }
            set = std::mem::take(&mut sorted.again);
            set.sort_unstable();
        }
        patience.over();
        set_aside(group, sorted.culprits);
        Ok(())
    }

    /// One attempt at each, by as many workers as the policy allows.
    async fn prepare_once(&self, group: &Group<S>, set: &[usize], context: &Arc<S::Context>) -> Prepared<S> {
        let facts = group.slice(set);
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..self.policy.concurrency.clamp(1, set.len()) {
            workers.spawn(worker(self.stage.clone(), facts.clone(), context.clone(), next.clone(), self.policy.deadline));
        }
        let mut prepared: Prepared<S> = Vec::with_capacity(set.len());
        while let Some(worker) = workers.join_next().await {
            let done = worker.expect("workers catch the panics of stages and are not aborted");
            prepared.extend(done.into_iter().map(|(position, outcome)| (set[position], outcome)));
        }
        prepared.sort_unstable_by_key(|(at, _)| *at);
        prepared
    }
}

/// Attempts by outcome.
#[derive(Default)]
struct Sorted {
    succeeded: bool,
    culprits: Vec<(usize, Failure)>,
    again: Vec<usize>,
    /// Why some are tried again.
    reason: Option<Failure>,
}

impl Sorted {
    fn take<S: Stage>(&mut self, group: &mut Group<S>, prepared: Prepared<S>) {
        for (at, outcome) in prepared {
            match outcome {
                Ok(ready) => {
                    self.succeeded = true;
                    group.units[at].ready = Some(Arc::new(ready));
                }
                Err(failure) if failure.disposition == Disposition::Permanent => self.culprits.push((at, failure)),
                Err(failure) if is_late(&failure) && late_again(group, at) => {}
                Err(failure) => {
                    self.again.push(at);
                    self.reason = Some(failure);
                }
            }
        }
    }
}

async fn worker<S: Stage>(
    stage: Arc<S>,
    facts: Arc<Vec<S::In>>,
    context: Arc<S::Context>,
    next: Arc<AtomicUsize>,
    deadline: std::time::Duration,
) -> Prepared<S> {
    let mut done = Vec::new();
    loop {
        let position = next.fetch_add(1, Ordering::Relaxed);
        let Some(fact) = facts.get(position) else { return done };
        let attempt = AssertUnwindSafe(async { stage.prepare(fact, &context).await }).catch_unwind();
        let outcome = match timeout(deadline, attempt).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(payload)) => Err(panicked("prepare", &*payload)),
            Err(_) => Err(Error::Late("prepare", deadline).into()),
        };
        done.push((position, outcome));
    }
}

fn is_late(failure: &Failure) -> bool {
    matches!(failure.error.downcast_ref::<Error>(), Some(Error::Late(..)))
}

/// Counts one more deadline; at the limit the fact is put off.
fn late_again<S: Stage>(group: &mut Group<S>, at: usize) -> bool {
    let unit = &mut group.units[at];
    unit.late += 1;
    if unit.late < LATE_LIMIT {
        return false;
    }
    unit.end = Some(End::Later(Delay::Minutes10, "its preparation ran into the deadline".to_owned()));
    true
}

pub(super) fn set_aside<S: Stage>(group: &mut Group<S>, culprits: Vec<(usize, Failure)>) {
    for (at, failure) in culprits {
        group.units[at].end = Some(End::Dead(failure.to_string()));
    }
}
