//! `salur exporter`: a role without a queue. It folds tallies and publishes what boards and alarms need as gauges.
//!
//! Labels are tranche, regency, measure, stage, queue and kind of pause: closed sets, no personal data. While database or broker is down the role stays up,
//! says so in its readiness, and tries again with the next round; gauges keep their last value meanwhile. Bounds: one round at a time.

use std::{collections::HashMap, path::Path, process::ExitCode, time::Duration};

use salur_domain::pause::Kind;
use salur_runtime::{
    broker::Broker,
    role::{self, Role},
    stage::Failure,
    telemetry::{Metric, gauge},
    topology,
};
use salur_store::{Database, Error, master, pauses, status::gauges, tallies, webhooks};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::cli;

/// How often deltas become tallies.
const FOLD_EVERY: Duration = Duration::from_secs(2);
/// How often gauges are read.
const READ_EVERY: Duration = Duration::from_secs(5);
/// How long the broker may take in one round.
const BROKER_PATIENCE: Duration = Duration::from_secs(3);
/// Regency of rows whose village cannot be read.
const NOWHERE: &str = "-";

/// Stage of letters about which nobody said one.
const UNKNOWN: &str = "unknown";

/// Nothing to choose.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs until stopped.
pub fn run(_: Args, file: Option<&Path>) -> ExitCode {
    role::run("exporter", file, async |role| export(&role).await)
}

async fn export(role: &Role) -> Result<(), Failure> {
    let database = cli::database(&role.config).await?;
    let mut broker = None;
    let [mut fold, mut read] = [FOLD_EVERY, READ_EVERY].map(interval);
    fold.set_missed_tick_behavior(MissedTickBehavior::Delay);
    read.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = role.shutdown.cancelled() => break,
            _ = read.tick() => {
                let published = publish(&database).await;
                tell(role, "database", published.map_err(Failure::from));
                let asked = ask_broker(role, &mut broker).await;
                tell(role, "broker", asked);
            }
            _ = fold.tick() => {
                let folded = tallies::fold(&database).await;
                tell(role, "tallies", folded.map(drop).map_err(Failure::from));
            }
        }
    }
    if let Some(broker) = broker {
        broker.close().await;
    }
    database.close().await;
    Ok(())
}

/// Says in readiness and log how a part of the round went.
fn tell(role: &Role, part: &'static str, went: Result<(), Failure>) {
    match went {
        Ok(()) => role.health.ready(part),
        Err(failure) => {
            tracing::warn!(part, %failure, "not exported this time");
            role.health.unready(part, failure.to_string());
        }
    }
}

/// Tallies, ages, dead letters and differences.
async fn publish(database: &Database) -> Result<(), Error> {
    let codes: HashMap<i32, String> = master::tranches(database).await?.into_iter().map(|tranche| (tranche.id().0, tranche.code)).collect();
    for tally in tallies::read(database).await? {
        let tranche = codes.get(&tally.tranche).map_or(NOWHERE, String::as_str);
        let regency = if tally.regency.is_empty() { NOWHERE } else { &tally.regency };
        let labels = [("tranche", tranche), ("regency", regency), ("measure", tally.measure.as_str())];
        gauge(Metric::Families, &labels, number(tally.families));
        gauge(Metric::Rupiah, &labels, number(tally.rupiah));
    }
    let gauges = gauges::read(database).await?;
    gauge(Metric::OldestSeconds, &[("what", "batch")], gauges.oldest_batch_s);
    gauge(Metric::OldestSeconds, &[("what", "dead_letter")], gauges.oldest_dead_letter_s);
    gauge(Metric::Differences, &[("check", "tallies-ledger")], number(gauges.differences));
    let open: HashMap<&str, i64> = gauges.dead_letters.iter().map(|(stage, count)| (stage.as_str(), *count)).collect();
    for stage in salur_pipeline::specs().iter().map(|spec| spec.name).chain([UNKNOWN]) {
        gauge(Metric::DeadLettersOpen, &[("stage", stage)], number(open.get(stage).copied().unwrap_or_default()));
    }
    let (waiting, dead) = webhooks::states(database).await?;
    gauge(Metric::WebhookDeliveries, &[("status", "waiting")], number(waiting));
    gauge(Metric::WebhookDeliveries, &[("status", "dead")], number(dead));
    let paused: HashMap<String, i64> = pauses::kinds(database).await?.into_iter().collect();
    for kind in Kind::ALL {
        gauge(Metric::PausesNow, &[("kind", kind.as_str())], number(paused.get(kind.as_str()).copied().unwrap_or_default()));
    }
    Ok(())
}

/// Depth and consumers of every queue. The connection repairs itself once it stood.
async fn ask_broker(role: &Role, broker: &mut Option<Broker>) -> Result<(), Failure> {
    if broker.is_none() {
        *broker = Some(timeout(BROKER_PATIENCE, Broker::connect(&role.config)).await.map_err(|_| Silent)??);
    }
    let broker = broker.as_ref().expect("set above");
    for queue in topology::queues(&salur_pipeline::specs()) {
        let (ready, consumers) = timeout(BROKER_PATIENCE, broker.depth(&queue)).await.map_err(|_| Silent)??;
        gauge(Metric::QueueMessages, &[("queue", &queue)], f64::from(ready));
        gauge(Metric::QueueConsumers, &[("queue", &queue)], f64::from(consumers));
    }
    Ok(())
}

/// The broker took longer than a round allows.
#[derive(Debug, thiserror::Error)]
#[error("the broker did not answer within {BROKER_PATIENCE:?}")]
struct Silent;

impl salur_domain::Disposed for Silent {
    fn disposition(&self) -> salur_domain::Disposition {
        salur_domain::Disposition::Down
    }
}

/// Gauges are floats; sums below 9 quadrillion rupiah are exact.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; the ledger keeps the exact sums")]
fn number(value: i64) -> f64 {
    value as f64
}
