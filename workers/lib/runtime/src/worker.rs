//! Runs a stage: lanes, each with a channel and a consumer of its own, and one more lane for suspects.
//!
//! Every lane is supervised. lapin never repairs a channel the broker closed, and its consumer then stays silent for ever, so any error, end
//! or silence (messages wait, none arrive for [`WATCHDOG`]) makes the lane drop the channel and build it again, topology included.
//! Bounds: lanes and prefetch from the stage's policy (prefetch at most [`MAX_PREFETCH`], RabbitMQ's limit for quorum queues).

mod inbox;
mod lane;
mod suspects;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    broker::Broker,
    flight::Source,
    health::Health,
    pauses::{Gate, Pauses},
    stage::{Failure, Stage},
};
use lane::Lane;

/// Silence while messages wait, after which a consumer counts as dead.
pub const WATCHDOG: Duration = Duration::from_secs(30);
/// RabbitMQ refuses more for quorum queues.
pub const MAX_PREFETCH: u16 = 2_000;
const REST: Duration = Duration::from_secs(1);

/// Consumes until told to stop, but not while the stage is paused; then finishes what it holds. The topology must be declared ([`Broker::declare`]).
pub async fn run_stage<S: Stage>(
    stage: Arc<S>,
    work: Arc<S::Work>,
    broker: &Broker,
    health: &Health,
    pauses: &Pauses,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let count = broker.lanes().unwrap_or(stage.policy().lanes).max(1);
    let watched = broker.clone();
    health.probe("broker", move || watched.trouble());
    let mut lanes = JoinSet::new();
    let gate = Gate { stage: S::NAME, pauses: pauses.clone(), shutdown };
    let sources = (0..count).map(|number| (Source::Main, number.to_string())).chain([(Source::Suspects, "suspects".to_owned())]);
    for (source, name) in sources {
        let lane = Lane::new(stage.clone(), work.clone(), broker.clone(), health.clone(), gate.clone(), source, name);
        lanes.spawn(supervise(lane));
    }
    tracing::info!(stage = S::NAME, lanes = count, "runs");
    while let Some(ended) = lanes.join_next().await {
        ended.expect("lanes catch panics and are not aborted");
    }
    tracing::info!(stage = S::NAME, "drained");
    Ok(())
}

/// Builds a lane again whenever it ends before the shutdown.
async fn supervise<S: Stage>(lane: Lane<S>) {
    loop {
        match AssertUnwindSafe(lane.run()).catch_unwind().await {
            Ok(()) => return,
            Err(_) => lane.down("the engine panicked; the log says where"),
        }
        tokio::select! {
            () = lane.shutdown().cancelled() => return,
            () = sleep(REST) => {}
        }
    }
}
