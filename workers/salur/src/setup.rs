//! `salur setup FILE.toml`: a programme set up through the portal, as whoever is signed in.
//!
//! The file goes to the portal, a stage carries it out, and the command waits [`WAIT`] for what came of it and shows it as a difference; a second
//! run has nothing to change. `--dry-run` shows the same and writes nothing. Everything wrong with the file is told at once, with the
//! path of the field and what to do.

mod show;

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args as ClapArgs;
use reqwest::Method;
use salur_domain::{Disposed, Disposition};
use salur_pipeline::programme_setup::Answer;
use salur_store::setups::BYTES_MAX;
use serde_json::Value;

use crate::{
    api::Api,
    cli::Outcome,
    waiting::{self, WAIT},
};

/// Why a file was not sent.
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
    /// Larger than [`BYTES_MAX`].
    #[error("{} is larger than {BYTES_MAX} bytes; a setup file describes one programme", path.display())]
    TooLarge {
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

/// Sends, waits, shows.
pub async fn run(args: Args) -> Outcome {
    let bytes = read(&args.file)?;
    let api = Api::signed_in()?;
    let path = format!("/api/setups?dry_run={}", args.dry_run);
    let sent = api.send(Method::POST, &path, "application/toml", bytes).await?;
    let path = format!("/api/setups/{}", sent["setup"].as_str().unwrap_or_default());
    let told = waiting::until(async || api.get::<&str>(&path, &[]).await, |told| told["answer"].is_object()).await?;
    if !told["answer"].is_object() {
        return Err(format!("no worker has carried it out within {} s; run `salur run programme-setup`", WAIT.as_secs()).into());
    }
    let answer: Answer = serde_json::from_value(told["answer"].clone())?;
    if args.json {
        println!("{}", serde_json::to_string::<Value>(&told["answer"])?);
    } else {
        show::answer(&args.file.display().to_string(), &answer);
    }
    Ok(if answer.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bytes of the file.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > BYTES_MAX as u64 {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    std::fs::read(path).map_err(failed)
}
