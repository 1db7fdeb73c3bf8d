//! `salur setup FILE.toml`: the door for master data and its funding.
//!
//! A file describes one programme whole: tranches with their allocations, pay points, offices, tellers with opening floats, devices,
//! sources. Everything wrong with it is told at once, with the path of the field and what to do. It is applied in one transaction and
//! shown as a difference; a second run has nothing to change. `--dry-run` does the same and rolls back.
//!
//! Opening a tranche is truth written here. The fact `tranches.opened` only wakes batches that waited, so it is published after the commit, for
//! every open tranche and on every run: hearing it twice does nothing, and where the broker was down, running setup again is enough.
//! Bounds: [`FILE_BYTES_MAX`].

pub mod actor;
mod check;
mod file;
mod places;
mod show;

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args as ClapArgs;
use salur_domain::{Disposed, Disposition, TrancheId};
use salur_runtime::{broker::Broker, client::Client, config::Config};
use salur_schemas::{TrancheOpened, messages};
use salur_store::setup::{Origin, Report, TrancheState};
use sha2::{Digest, Sha256};

use crate::cli::{self, Outcome};

/// Largest file read: the whole country has some 5 MB.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

messages! {
    /// What setup says.
    pub enum Said { TrancheOpened }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not ours.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("{} is larger than {FILE_BYTES_MAX} bytes; a setup file describes one programme", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Not text.
    #[error("{} is not UTF-8; save it as UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Set up a programme from a file.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// TOML file: see docs/setup.example.toml.
    file: PathBuf,
    /// Show what would change and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Checks, applies, shows, publishes.
pub async fn run(args: Args, config: Config) -> Outcome {
    let (text, sha256) = read(&args.file)?;
    let name = args.file.display().to_string();
    let checked = match check::check(&text) {
        Ok(checked) => checked,
        Err(problems) => {
            show::problems(&name, &problems, args.json);
            return Ok(ExitCode::FAILURE);
        }
    };
    let database = cli::database(&config).await?;
    let origin = Origin { actor: &actor::name(), sha256: &sha256 };
    let report = salur_store::setup::apply(&database, &checked.data, origin, args.dry_run).await?;
    database.close().await;
    if !report.refusals.is_empty() {
        let problems: Vec<check::Problem> = report.refusals.iter().map(|refusal| checked.place(refusal)).collect();
        show::problems(&name, &problems, args.json);
        return Ok(ExitCode::FAILURE);
    }
    let published = if args.dry_run { None } else { publish(&config, &report).await };
    show::report(&report, &checked.warnings, published.as_ref(), args.dry_run, args.json);
    Ok(ExitCode::SUCCESS)
}

/// The text of the file and its digest.
fn read(path: &Path) -> Result<(String, String), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let text = String::from_utf8(bytes).map_err(|_| Error::NotText { path: path.to_owned() })?;
    Ok((text, sha256))
}

/// Tells the release stage which tranches are open; `None` when none is.
async fn publish(config: &Config, report: &Report) -> Option<Result<usize, String>> {
    let opened: Vec<(&TrancheState, Said)> = report
        .tranches
        .iter()
        .filter_map(|tranche| Some((tranche, TrancheOpened { tranche: TrancheId(tranche.id), at: tranche.opened_at? }.into())))
        .collect();
    if opened.is_empty() {
        return None;
    }
    let send = async {
        let broker = Broker::connect(config).await.map_err(|error| error.to_string())?;
        broker.declare(&salur_pipeline::specs()).await.map_err(|error| error.to_string())?;
        let client = Client::new(&broker);
        for (tranche, fact) in &opened {
            let seed = format!("tranche-opened/{}", tranche.id);
            client.publish_facts("setup", &seed, std::slice::from_ref(fact)).await.map_err(|error| error.to_string())?;
        }
        broker.close().await;
        Ok(opened.len())
    };
    Some(send.await)
}
