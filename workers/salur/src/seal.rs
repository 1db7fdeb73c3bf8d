//! `salur seal`: a role without a queue. It takes the journal of evidence into the signed log, a round at a time.
//!
//! It has a key of its own and, where the operator gives it one, a login of its own that is a member of `salur_sealer` alone. Any number may run: one
//! seals, the others wait for its connection to end. While database or object store is down it stays up, says so in its readiness and tries again.

use std::{path::Path, process::ExitCode};

use salur_domain::note::{Kind, Signer};
use salur_runtime::{
    role::{self, Role},
    stage::Failure,
    telemetry::{Metric, gauge, observe},
};
use salur_store::evidence::seal::{Round, Sealer};
use tokio::time::{MissedTickBehavior, interval};

use crate::cli;

/// Nothing to choose.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs until stopped.
pub fn run(_: Args, file: Option<&Path>) -> ExitCode {
    role::run("seal", file, async |role| seal(&role).await)
}

async fn seal(role: &Role) -> Result<(), Failure> {
    let key = role.config.keys.seal.bytes("keys.seal")?;
    let signer = Signer::new(&role.config.evidence.origin, Kind::Note, &key)?;
    tracing::info!(key = %signer.verifier(), "heads of the log are signed by");
    let database = cli::database(&role.config).await?;
    let mut sealer = Sealer::new(database.clone(), cli::blobs(&role.config), signer);
    let mut tick = interval(role.config.evidence.seal_every());
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = role.shutdown.cancelled() => break,
            _ = tick.tick() => while tell(role, sealer.round().await.map_err(Failure::from)) {
                if role.shutdown.is_cancelled() {
                    break;
                }
            },
        }
    }
    database.close().await;
    Ok(())
}

/// Says in readiness, log and metrics how a round went; whether another should follow at once.
fn tell(role: &Role, went: Result<Round, Failure>) -> bool {
    let round = match went {
        Ok(round) => round,
        Err(failure) => {
            tracing::error!(%failure, "not sealed this time");
            role.health.unready("log", failure.to_string());
            return false;
        }
    };
    role.health.ready("log");
    if !round.leads {
        return false;
    }
    for age in &round.ages_s {
        observe(Metric::SealAge, &[], *age);
    }
    gauge(Metric::SealedEntries, &[], number(round.size));
    gauge(Metric::OldestSeconds, &[("what", "journal")], round.waits_s);
    if !round.ages_s.is_empty() {
        tracing::debug!(entries = round.ages_s.len(), size = round.size, "sealed");
    }
    round.more
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; the checkpoint says the exact size")]
fn number(value: u64) -> f64 {
    value as f64
}
