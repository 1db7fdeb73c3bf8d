//! Which stages people paused: looked up every [`LOOK`], and a lane consumes only while its stage is not paused.
//!
//! A pause ends the consumption of a lane between two flights: the flight in work is carried to its end, confirmed and acked, what the lane had received
//! beyond it goes back to the queue with the channel, and is counted by the broker as delivered once more; that happens at most
//! [`Policy::prefetch`](crate::stage::Policy) messages per lane and pause. While the database does not answer nobody knows better, so everything stays as it
//! was; before the first answer nothing is consumed. Bounds: a look every [`LOOK`], one per process, so a pause holds after that time and a flight.

use std::{collections::BTreeSet, future::Future, time::Duration};

use salur_domain::StageName;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::stage::Failure;

/// How old what a process knows about pauses may be.
pub const LOOK: Duration = Duration::from_secs(2);
/// Why a lane does not consume.
const PAUSED: &str = "paused by people; `salur pauses` says by whom and why";
const UNKNOWN: &str = "not known yet whether it is paused";

/// What is known about paused stages; none: nothing yet. Clones share it.
#[derive(Debug, Clone)]
pub struct Pauses(watch::Receiver<Option<BTreeSet<String>>>);

/// The other end of [`Pauses`].
#[derive(Debug)]
pub struct Lookout(watch::Sender<Option<BTreeSet<String>>>);

impl Pauses {
    /// Nothing known yet, and the end by which it becomes known.
    pub fn new() -> (Lookout, Self) {
        let (sender, receiver) = watch::channel(None);
        (Lookout(sender), Self(receiver))
    }

    /// For stages that nobody pauses.
    pub fn never() -> Self {
        Self(watch::channel(Some(BTreeSet::new())).1)
    }
}

impl Lookout {
    /// These are paused now, and no others.
    pub fn tell(&self, now: BTreeSet<String>) {
        self.0.send_if_modified(|known| {
            let is_news = known.as_ref() != Some(&now);
            if is_news {
                tracing::info!(paused = ?now, "stages paused by people");
                *known = Some(now);
            }
            is_news
        });
    }
}

/// Looks who is paused until told to stop.
pub async fn watch<F>(look: impl Fn() -> F + Send, lookout: &Lookout, shutdown: &CancellationToken)
where
    F: Future<Output = Result<BTreeSet<String>, Failure>> + Send,
{
    while !shutdown.is_cancelled() {
        match look().await {
            Ok(now) => lookout.tell(now),
            Err(failure) => tracing::warn!(%failure, "cannot read which stages are paused; they stay as they are"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(LOOK) => {}
        }
    }
}

/// When the lanes of a stage consume: not while it is paused, and no more after the shutdown.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) stage: StageName,
    pub(crate) pauses: Pauses,
    pub(crate) shutdown: CancellationToken,
}

impl Gate {
    /// Why it is closed; none: it is open.
    pub(crate) fn closed(&self) -> Option<&'static str> {
        why(self.pauses.0.borrow().as_ref(), self.stage)
    }

    /// Whether people closed it.
    pub(crate) fn is_paused(&self) -> bool {
        self.closed() == Some(PAUSED)
    }

    /// Waits until it is closed, or until it is open.
    pub(crate) async fn until(&self, closed: bool) {
        let mut pauses = self.pauses.0.clone();
        let waited = pauses.wait_for(|known| why(known.as_ref(), self.stage).is_some() == closed).await.is_ok();
        if !waited {
            // nobody tells any more: it stays as it is
            std::future::pending::<()>().await;
        }
    }
}

fn why(known: Option<&BTreeSet<String>>, stage: StageName) -> Option<&'static str> {
    match known {
        None => Some(UNKNOWN),
        Some(paused) => paused.contains(stage).then_some(PAUSED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(pauses: Pauses) -> Gate {
        Gate { stage: "toy", pauses, shutdown: CancellationToken::new() }
    }

    #[tokio::test]
    async fn a_gate_opens_with_the_first_answer_and_closes_for_its_own_stage_alone() {
        let (lookout, pauses) = Pauses::new();
        let gate = gate(pauses);
        assert!(gate.closed().is_some() && !gate.is_paused(), "nobody knows yet");
        lookout.tell(["other".to_owned()].into());
        gate.until(false).await;
        assert_eq!(gate.closed(), None);
        lookout.tell(["other".to_owned(), "toy".to_owned()].into());
        gate.until(true).await;
        assert!(gate.is_paused());
    }

    #[tokio::test]
    async fn while_nobody_answers_a_pause_stays() {
        let (lookout, pauses) = Pauses::new();
        lookout.tell(["toy".to_owned()].into());
        let (gate, shutdown) = (gate(pauses), CancellationToken::new());
        shutdown.cancel();
        let down = || async { Err(Failure::from(crate::config::Error::NoFile("x".into()))) };
        watch(down, &lookout, &shutdown).await;
        assert!(gate.is_paused());
        drop(lookout);
        let waited = tokio::time::timeout(Duration::from_millis(20), gate.until(false)).await;
        assert!(waited.is_err() && gate.is_paused(), "nor when the watch is over");
    }
}
