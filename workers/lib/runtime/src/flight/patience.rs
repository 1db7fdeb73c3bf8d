//! What to do between two attempts: three quick retries for a lost race, a pause with backoff for a dependency that is down.
//!
//! While a lane waits it holds its messages un-acked, so the broker sends it nothing more: consumption pauses by itself and no attempt is
//! burnt. Bounds: [`QUICK`] retries, then pauses from [`FIRST`] to [`LAST`], [`super::PAUSE_LIMIT`] in all.

use std::time::{Duration, Instant};

use salur_domain::Disposition;
use tokio::time::sleep;

use super::{Engine, Go, Outlet, Stopped, Watch};
use crate::stage::{Failure, Stage};

/// Retries at once after a lost race.
const QUICK: u32 = 3;
const QUICK_PAUSE: Duration = Duration::from_millis(20);
/// First pause.
const FIRST: Duration = Duration::from_millis(250);
/// Longest single pause.
const LAST: Duration = Duration::from_secs(15);

/// The waiting of one piece of work.
pub(super) struct Patience<'a> {
    watch: &'a dyn Watch,
    shutdown: &'a tokio_util::sync::CancellationToken,
    stage: &'static str,
    quick: u32,
    pause: Duration,
    began: Instant,
    paused: bool,
    /// How long the messages may be held; `None`: as long as it takes.
    hold: Option<Duration>,
}

impl<S: Stage, O: Outlet> Engine<S, O> {
    pub(super) fn patience(&self) -> Patience<'_> {
        Patience {
            watch: &*self.watch,
            shutdown: &self.shutdown,
            stage: S::NAME,
            quick: 0,
            pause: FIRST,
            began: *self.began.lock().expect("no holder panics"),
            paused: false,
            hold: Some(self.hold),
        }
    }
}

impl Patience<'_> {
    /// Without [`super::PAUSE_LIMIT`], where there is nothing else to do.
    pub(super) fn endless(self) -> Self {
        Self { hold: None, ..self }
    }

    /// Waits as the failure asks for; `Err` when it is over.
    pub(super) async fn after(&mut self, failure: &Failure) -> Result<(), Stopped> {
        if failure.disposition == Disposition::Retry && self.quick < QUICK {
            self.quick += 1;
            return self.wait(QUICK_PAUSE * self.quick).await;
        }
        self.quick = 0;
        self.pause(&failure.to_string()).await
    }

    /// One pause.
    pub(super) async fn pause(&mut self, why: &str) -> Result<(), Stopped> {
        self.paused = true;
        if self.watch.paused(why) == Go::Stop {
            return Err(Stopped::Paused(why.to_owned()));
        }
        if self.hold.is_some_and(|hold| self.began.elapsed() > hold) {
            return Err(Stopped::Weary(why.to_owned()));
        }
        tracing::warn!(stage = self.stage, why, again_in_ms = self.pause.as_millis(), "paused");
        let pause = self.pause;
        self.pause = (pause * 2).min(LAST);
        self.wait(pause).await
    }

    async fn wait(&self, pause: Duration) -> Result<(), Stopped> {
        tokio::select! {
            () = self.shutdown.cancelled() => Err(Stopped::Shutdown),
            () = sleep(pause) => Ok(()),
        }
    }

    /// The work went through.
    pub(super) fn over(&mut self) {
        if std::mem::take(&mut self.paused) {
            self.watch.resumed();
            tracing::info!(stage = self.stage, "goes on");
        }
        (self.quick, self.pause) = (0, FIRST);
    }
}
