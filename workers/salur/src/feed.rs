//! `salur feed replay`: the outcomes of a source are told again, on the queue where it listens.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use serde_json::json;

use crate::{api::Api, cli::Outcome};

/// The feed of outcomes.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Have outcomes told again, from rows.
    Replay {
        /// Those decided at or after this moment: `2020-08-01T00:00:00+07:00`.
        #[arg(long)]
        from: DateTime<Utc>,
        /// Of this list alone.
        #[arg(long)]
        batch: Option<String>,
        /// Of the rows of the list after this reference: where a replay broke off.
        #[arg(long, requires = "batch", default_value = "")]
        after: String,
        /// Whose; who has a source has its own alone.
        #[arg(long)]
        source: Option<String>,
    },
}

/// Asks for it.
pub async fn run(args: Args) -> Outcome {
    let Command::Replay { from, batch, after, source } = args.command;
    let body = json!({ "from": from, "batch": batch, "after": after, "source": source });
    let told = Api::signed_in()?.call(Method::POST, "/api/feed/replay", Some(&body)).await?;
    println!("the outcomes of {} from {} are told again", told["source"].as_str().unwrap_or("-"), told["from"].as_str().unwrap_or("-"));
    Ok(ExitCode::SUCCESS)
}
