//! `salur migrate`: the schema and the bucket, made or brought up to date. Safe to repeat.

use std::process::ExitCode;

use salur_runtime::config::Config;

use crate::cli::{self, Outcome};

/// Nothing to choose.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Applies missing migrations and makes the bucket.
pub async fn run(_: Args, config: Config) -> Outcome {
    let database = cli::database(&config).await?;
    database.migrate().await?;
    cli::blobs(&config).ensure_bucket().await?;
    database.close().await;
    println!("database and bucket are up to date");
    Ok(ExitCode::SUCCESS)
}
