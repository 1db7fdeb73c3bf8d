//! The keeper's other half: replays letters that a person asked for, in whatever process of workers looks first.
//!
//! The store hands wishes out for a while and is told how each ended, after the broker's confirm; nothing is held while a letter is on its way. A worker
//! that dies in between leaves its wishes to the next, which publishes the same letter under the same id. Bounds: [`BATCH`] letters taken, [`AT_ONCE`] on
//! their way, a look every [`LOOK`].

use std::{future::Future, time::Duration};

use futures::{TryStreamExt, stream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    broker::{Broker, FIRST_BACKOFF, LAST_BACKOFF},
    dead_letters::{DeadLetter, replay},
    stage::Failure,
};

/// Letters taken at once: few enough to be published within the store's lease.
pub const BATCH: u16 = 32;
/// Letters on their way at once: each waits for a confirm and for the disk.
const AT_ONCE: usize = 4;
/// How long a wish may lie while nothing else is asked for.
const LOOK: Duration = Duration::from_secs(1);

/// A wish with its letter; without one where it cannot be opened, or its stage is none of this version.
pub type Wished<W> = (W, Option<DeadLetter>);

/// Where wishes lie.
pub trait ReplayStore: Send + Sync + 'static {
    /// A wish that is ours for a while.
    type Wish: Send + Sync;

    /// Takes wishes that are nobody's, the oldest first.
    fn take(&self, most: u16) -> impl Future<Output = Result<Vec<Wished<Self::Wish>>, Failure>> + Send;

    /// `Ok`: what came of it is durable. `sent`: the broker confirmed the letter.
    fn end(&self, wish: &Self::Wish, sent: bool) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Replays what is asked for until told to stop.
pub async fn replay_asked<S: ReplayStore>(store: &S, broker: &Broker, shutdown: &CancellationToken) {
    let mut backoff = FIRST_BACKOFF;
    while !shutdown.is_cancelled() {
        let pause = match round(store, broker, shutdown).await {
            Ok(taken) => {
                backoff = FIRST_BACKOFF;
                if taken > 0 { Duration::ZERO } else { LOOK }
            }
            Err(failure) => {
                tracing::warn!(%failure, "dead letters cannot be replayed yet");
                backoff = (backoff * 2).min(LAST_BACKOFF);
                backoff
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

/// One look; how many wishes were taken.
async fn round<S: ReplayStore>(store: &S, broker: &Broker, shutdown: &CancellationToken) -> Result<usize, Failure> {
    let taken = store.take(BATCH).await?;
    let each = |(wish, letter): Wished<S::Wish>| async move {
        if shutdown.is_cancelled() {
            return Ok(());
        }
        if let Some(letter) = &letter {
            replay(broker, letter).await?;
        }
        store.end(&wish, letter.is_some()).await
    };
    let count = taken.len();
    stream::iter(taken.into_iter().map(Ok)).try_for_each_concurrent(AT_ONCE, each).await?;
    Ok(count)
}
