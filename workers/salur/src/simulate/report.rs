//! `salur simulate report`: how a demo ended: tables for people, and one object as the last line for scripts.

use std::process::ExitCode;

use salur_runtime::config::Config;
use salur_store::status;
use serde_json::json;

use crate::{
    cli::{self, Outcome},
    status as shown, verify,
};

/// What only the caller knows.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Seconds that the whole took.
    #[arg(long)]
    seconds: f64,
    /// Address of the board.
    #[arg(long)]
    board: String,
}

/// Verifies, prints, and fails when something is violated.
pub async fn run(args: Args, config: Config) -> Outcome {
    let tools = cli::tools(&config).await?;
    let report = verify::checked(&tools, Some(verify::SAMPLE), true).await?;
    let status = status::read(&tools.database).await?;
    print!("{}", shown::as_text(&status, &shown::depths(&config).await));
    let mut object = shown::totals(&status);
    object["verify"] = json!(if report.holds() { "ok" } else { "failed" });
    object["seconds"] = json!(args.seconds);
    object["board"] = json!(args.board);
    tools.database.close().await;
    println!("{object}");
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
