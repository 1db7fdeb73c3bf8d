//! The one entry of every role: configuration, telemetry, signals, health, drain.
//!
//! SIGTERM or SIGINT cancels the token; the role finishes what it holds and returns. Beyond `runtime.drain_timeout_s` the process exits with
//! [`DRAIN_FAILED`] and the rest goes back to the broker. A role that fails, or settings that do not hold, exit with 1.

use std::{future::Future, path::Path, process::ExitCode, time::Duration};

use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    health::Health,
    stage::Failure,
    telemetry::{self, metrics_handle},
};

/// Exit code when the drain took too long.
pub const DRAIN_FAILED: u8 = 3;
/// How long stray blocking work may hold up the exit.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often old observations of histograms are folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// What a role gets.
#[derive(Debug)]
pub struct Role {
    /// Name, for logs.
    pub name: &'static str,
    /// All settings.
    pub config: Config,
    /// Readiness.
    pub health: Health,
    /// Cancelled on SIGTERM and SIGINT.
    pub shutdown: CancellationToken,
}

/// Runs a role to its end and says how it went.
pub fn run<F, Fut>(name: &'static str, file: Option<&Path>, body: F) -> ExitCode
where
    F: FnOnce(Role) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let started = Config::load(file).map_err(Failure::from).and_then(|config| {
        telemetry::init(&config.log)?;
        Ok(config)
    });
    let config = match started {
        Ok(config) => config,
        Err(failure) => {
            eprintln!("salur {name}: {failure}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("salur {name}: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(live(name, config, body));
    runtime.shutdown_timeout(FAREWELL);
    code
}

async fn live<F, Fut>(name: &'static str, config: Config, body: F) -> ExitCode
where
    F: FnOnce(Role) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let (health, shutdown) = (Health::new(), CancellationToken::new());
    let mut side = JoinSet::new();
    let answering = CancellationToken::new();
    match health.listen(config.http.listen).await {
        Ok((listen, listener)) => {
            tracing::info!(role = name, %listen, "health and metrics");
            let (health, answering) = (health.clone(), answering.clone());
            side.spawn(async move {
                if let Err(error) = health.serve(listener, answering).await {
                    tracing::error!(%error, "health listener");
                }
            });
        }
        Err(error) => {
            tracing::error!(role = name, failure = %Failure::from(error), "cannot start");
            return ExitCode::FAILURE;
        }
    }
    side.spawn(signals(health.clone(), shutdown.clone()));
    side.spawn(upkeep());
    let patience = Duration::from_secs(config.runtime.drain_timeout_s);
    let code = within_drain(name, body(Role { name, config, health, shutdown: shutdown.clone() }), &shutdown, patience).await;
    answering.cancel();
    side.shutdown().await;
    code
}

async fn within_drain(
    name: &'static str,
    body: impl Future<Output = Result<(), Failure>>,
    shutdown: &CancellationToken,
    patience: Duration,
) -> ExitCode {
    let mut body = std::pin::pin!(body);
    let ended = tokio::select! {
        ended = &mut body => Ok(ended),
        () = shutdown.cancelled() => timeout(patience, &mut body).await,
    };
    match ended {
        Ok(Ok(())) => {
            tracing::info!(role = name, "ended");
            ExitCode::SUCCESS
        }
        Ok(Err(failure)) => {
            tracing::error!(role = name, %failure, "failed");
            ExitCode::FAILURE
        }
        Err(_) => {
            tracing::error!(role = name, ?patience, "did not drain in time; what is not acked goes back");
            ExitCode::from(DRAIN_FAILED)
        }
    }
}

async fn signals(health: Health, shutdown: CancellationToken) {
    let listen = |kind| signal(kind).expect("the runtime handles signals");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate()), listen(SignalKind::interrupt()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("told to stop: draining");
    health.draining();
    shutdown.cancel();
}

async fn upkeep() {
    let handle = metrics_handle();
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tick.tick().await;
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    async fn code(body: impl Future<Output = Result<(), Failure>>, told_to_stop: bool) -> String {
        let shutdown = CancellationToken::new();
        if told_to_stop {
            shutdown.cancel();
        }
        format!("{:?}", within_drain("test", body, &shutdown, SHORT).await)
    }

    #[tokio::test]
    async fn the_exit_code_tells_how_a_role_ended() {
        let is = |code: u8| format!("{:?}", ExitCode::from(code));
        let failure = || Failure::from(crate::config::Error::NoFile("x".into()));
        assert_eq!(code(async { Ok(()) }, false).await, is(0));
        assert_eq!(code(async { Err(failure()) }, false).await, is(1));
        assert_eq!(code(async { Ok(()) }, true).await, is(0));
        assert_eq!(code(std::future::pending(), true).await, is(DRAIN_FAILED));
    }
}
