//! The truth: all prepared facts in one transaction.
//!
//! A failure for good is bisected, by delivery, then by fact, with what is already prepared. At most [`MAX_CULPRITS`] facts are set aside;
//! more is the code or the schema, so everything undecided waits and is tried again whole.

use std::{sync::Arc, time::Instant};

use salur_domain::Disposition;

use super::{
    Engine, MAX_CULPRITS, Outlet, Report, Stopped, bisect,
    group::{End, Group},
    prepare::set_aside,
    task::Error,
};
use crate::stage::{Failure, Flight, Stage, UnitOfWork, Verdict};

impl<S: Stage, O: Outlet> Engine<S, O> {
    /// Decides every prepared fact; those that moved lose their `Ready` and stay without an end.
    pub(super) async fn commit(&self, group: &mut Group<S>, report: &mut Report) -> Result<(), Stopped> {
        let all = group.prepared();
        let mut stack = if all.is_empty() { Vec::new() } else { vec![all] };
        let mut culprits = Vec::new();
        let mut patience = self.patience();
        while let Some(set) = stack.pop() {
            match self.commit_once(group, &set, report).await {
                Ok(verdicts) => {
                    patience.over();
                    apply(group, &set, verdicts);
                }
                Err(failure) if failure.disposition != Disposition::Permanent => {
                    patience.after(&failure).await?;
                    stack.push(set);
                }
                Err(failure) if culprits.len() == MAX_CULPRITS => {
                    // This set holds one more. Whatever is undecided waits and is tried again whole.
                    patience.pause(&format!("more than {MAX_CULPRITS} facts cannot be committed: {failure}")).await?;
                    culprits.clear();
                    stack = vec![group.prepared()];
                }
                Err(failure) if set.len() == 1 => {
                    tracing::warn!(stage = S::NAME, %failure, "a fact is set aside");
                    culprits.push((set[0], failure));
                }
                Err(failure) => {
                    tracing::warn!(stage = S::NAME, facts = set.len(), %failure, "looking for the culprit");
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

    async fn commit_once(&self, group: &Group<S>, set: &[usize], report: &mut Report) -> Result<Vec<Verdict<S::Out>>, Failure> {
        let started = Instant::now();
        let ready: Vec<Arc<S::Ready>> =
            set.iter().map(|at| group.units[*at].ready.clone().expect("only prepared facts are committed")).collect();
        let (stage, work) = (self.stage.clone(), self.work.clone());
        let committed = self.in_task("commit", transaction(stage, work, ready)).await;
        report.phases.commit += started.elapsed();
        committed
    }
}

async fn transaction<S: Stage>(stage: Arc<S>, work: Arc<S::Work>, ready: Vec<Arc<S::Ready>>) -> Result<Vec<Verdict<S::Out>>, Failure> {
    let mut tx = work.begin(S::NAME).await?;
    let flight = Flight::new(ready.iter().map(Arc::as_ref).collect());
    let verdicts = stage.commit(&mut tx, &flight).await?.into_vec();
    if verdicts.len() != ready.len() {
        return Err(Error::Miscounted { judged: verdicts.len(), asked: ready.len() }.into());
    }
    work.commit(tx).await?;
    Ok(verdicts)
}

fn apply<S: Stage>(group: &mut Group<S>, set: &[usize], verdicts: Vec<Verdict<S::Out>>) {
    assert_eq!(set.len(), verdicts.len(), "verdicts equal facts");
    for (at, verdict) in set.iter().zip(verdicts) {
        let unit = &mut group.units[*at];
        unit.end = match verdict {
            Verdict::Emit(outputs) => Some(End::Emit(outputs)),
            Verdict::Done => Some(End::Done),
            Verdict::Later(delay, why) => Some(End::Later(delay, why.to_owned())),
            Verdict::Wait(delay, why) => Some(End::Wait(delay, why.to_owned())),
            Verdict::Again => None,
        };
        unit.ready = None;
    }
}
