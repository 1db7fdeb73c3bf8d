//! `salur proof sweep`: objects that no row names, counted and taken away.

use std::process::ExitCode;

use salur_runtime::config::Config;
use salur_store::sweep::{self, FOLDERS};
use serde_json::json;

use crate::cli::{self, Outcome};

/// How much, and whether at all.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Say what would go; delete nothing.
    #[arg(long)]
    dry_run: bool,
    /// So many objects of a folder at most.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    most: u64,
}

/// Sweeps each folder once.
pub async fn run(args: &Args, is_json: bool, config: &Config) -> Outcome {
    let (database, blobs) = (cli::database(config).await?, cli::blobs(config));
    for folder in FOLDERS {
        let swept = sweep::sweep((&database, &blobs), folder, args.most, args.dry_run, chrono::Utc::now()).await?;
        if is_json {
            println!("{}", json!({ "folder": folder, "dry_run": args.dry_run, "swept": swept }));
            continue;
        }
        let done = if args.dry_run { "would go" } else { "went" };
        let more = if swept.is_cut { ", and there are more" } else { "" };
        println!("{folder:<12} {} of {} objects {done}, {} bytes{more}", swept.orphans, swept.examined, swept.bytes);
    }
    database.close().await;
    Ok(ExitCode::SUCCESS)
}
