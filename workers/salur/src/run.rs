//! `salur run <stage>.. | --all`: workers, until SIGTERM.
//!
//! Ops scale by process: one stage on many machines, or all stages on one. Every process declares the whole topology, so that the order of
//! starting never makes a fact unroutable. The keeper of dead letters runs in every worker process; the broker shares the letters out. So does what
//! replays them, and the table shares the wishes out; so does the clock, beside the stage whose sweeps it begins.
//! Which stages people paused is looked up by every process for itself.

use std::{path::Path, process::ExitCode, sync::Arc};

use salur_domain::{Disposed, Disposition};
use salur_pipeline::{
    Keeper, Replayer, Tools,
    bank_reconciliation::{self, BankReconciliation},
    fund_return::{self, FundReturn},
    photo_keeping::{self, PhotoKeeping},
};
use salur_runtime::{
    broker::Broker,
    clock, dead_letters, pauses, replays, role,
    stage::{Failure, Stage},
};
use salur_store::blobs::Worm;
use tokio::task::JoinSet;

use crate::cli;

/// Which stages.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of stages, as in `salur run --list`.
    #[arg(required_unless_present_any = ["all", "list"])]
    stages: Vec<String>,
    /// Every stage in this process.
    #[arg(long, conflicts_with = "stages")]
    all: bool,
    /// Print the stages and what they hear and say.
    #[arg(long)]
    list: bool,
}

/// Runs the stages.
pub fn run(args: Args, file: Option<&Path>) -> ExitCode {
    if args.list {
        list();
        return ExitCode::SUCCESS;
    }
    let known: Vec<&'static str> = salur_pipeline::specs().iter().map(|spec| spec.name).collect();
    if let Some(unknown) = args.stages.iter().find(|name| !known.contains(&name.as_str())) {
        eprintln!("salur run: there is no stage `{unknown}`; stages are {}", known.join(", "));
        return ExitCode::from(2);
    }
    let names: Vec<String> = if args.all { known.iter().map(ToString::to_string).collect() } else { args.stages };
    role::run("run", file, async move |role| work(&names, &role).await)
}

/// Why workers do not start.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("store.require_worm: the bucket does not lock originals ({0}); make it with object lock, or set store.lock_days")]
    NoWorm(Worm),
    #[error("store.require_worm: the store does not say whether the bucket locks originals")]
    Silent(#[source] salur_store::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Says aloud whether originals can be deleted; where they must not be, nothing starts otherwise.
async fn say_worm(tools: &Tools, is_required: bool) -> Result<(), Error> {
    match (tools.blobs.worm().await, is_required) {
        (Ok(worm), false) if !worm.is_on() => tracing::warn!(%worm, "{worm}: whoever holds the store's key can delete originals"),
        (Ok(worm), _) if worm.is_on() => tracing::info!(%worm, "{worm}"),
        (Ok(worm), _) => return Err(Error::NoWorm(worm.clone())),
        (Err(silent), true) => return Err(Error::Silent(silent)),
        (Err(silent), false) => tracing::warn!(%silent, "WORM: unknown, the store does not answer yet"),
    }
    Ok(())
}

async fn work(names: &[String], role: &role::Role) -> Result<(), Failure> {
    let tools = Arc::new(cli::tools(&role.config).await?);
    say_worm(&tools, role.config.store.require_worm).await?;
    let broker = Broker::connect(&role.config).await?;
    broker.declare(&salur_pipeline::specs()).await?;
    let mut stages = JoinSet::new();
    let (lookout, paused) = pauses::Pauses::new();
    let (looker, shutdown) = (Arc::clone(&tools), role.shutdown.clone());
    stages.spawn(async move {
        pauses::watch(async || Ok(salur_store::pauses::stages(&looker.database).await?), &lookout, &shutdown).await;
        Some(Ok(()))
    });
    for name in names {
        let (name, tools, broker, paused) = (name.clone(), Arc::clone(&tools), broker.clone(), paused.clone());
        let (health, shutdown) = (role.health.clone(), role.shutdown.clone());
        stages.spawn(async move { salur_pipeline::run(&name, &tools, &broker, &health, &paused, shutdown).await });
    }
    let (keeper, keeper_broker) = (Keeper(Arc::clone(&tools)), broker.clone());
    let (health, shutdown) = (role.health.clone(), role.shutdown.clone());
    stages.spawn(async move {
        dead_letters::keep(&keeper, &keeper_broker, &health, &shutdown).await;
        Some(Ok(()))
    });
    let (replayer, replayer_broker, shutdown) = (Replayer(Arc::clone(&tools)), broker.clone(), role.shutdown.clone());
    stages.spawn(async move {
        replays::replay_asked(&replayer, &replayer_broker, &shutdown).await;
        Some(Ok(()))
    });
    if names.iter().any(|name| name == FundReturn::NAME) {
        let (tools, broker, shutdown) = (Arc::clone(&tools), broker.clone(), role.shutdown.clone());
        stages.spawn(async move {
            clock::strike(|| fund_return::due(&tools), &broker, &shutdown).await;
            Some(Ok(()))
        });
    }
    if names.iter().any(|name| name == BankReconciliation::NAME) {
        let (tools, broker, shutdown) = (Arc::clone(&tools), broker.clone(), role.shutdown.clone());
        stages.spawn(async move {
            clock::strike(|| bank_reconciliation::due(&tools), &broker, &shutdown).await;
            Some(Ok(()))
        });
    }
    if names.iter().any(|name| name == PhotoKeeping::NAME) {
        let (tools, broker, shutdown) = (Arc::clone(&tools), broker.clone(), role.shutdown.clone());
        stages.spawn(async move {
            tokio::join!(clock::strike(|| photo_keeping::due(&tools), &broker, &shutdown), photo_keeping::sweep(&tools, &shutdown));
            Some(Ok(()))
        });
    }
    let mut result = Ok(());
    while let Some(ended) = stages.join_next().await {
        if let Some(Err(failure)) = ended.expect("stages are supervised: they neither panic nor are aborted") {
            role.shutdown.cancel();
            result = Err(failure);
        }
    }
    broker.close().await;
    tools.database.close().await;
    result
}

fn list() {
    for spec in salur_pipeline::specs() {
        let names = |facts: &[salur_schemas::FactType]| facts.iter().map(|fact| fact.name).collect::<Vec<_>>().join(", ");
        println!("{}: hears {}; says {}", spec.name, names(spec.hears), names(spec.says));
    }
}
