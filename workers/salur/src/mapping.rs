//! `salur mapping`: what the caller's source calls our columns, kept at the portal and applied to every list it sends there.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;

use crate::{api::Api, cli::Outcome};

/// Keep what your source calls our columns.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Keep a mapping file: `[columns] nik = "NIK KTP"`, `[constants] amount = "300000"`.
    Set {
        /// TOML.
        file: PathBuf,
    },
    /// Show the one that counts.
    Show,
    /// Take it back: lists have our own names of columns again.
    Remove,
}

/// Does it, and shows what counts now.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let told = match args.command {
        Command::Show => api.call(Method::GET, "/api/mapping", None).await?,
        Command::Remove => api.send(Method::PUT, "/api/mapping", "application/toml", Vec::new()).await?,
        Command::Set { file } => {
            let bytes = std::fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            api.send(Method::PUT, "/api/mapping", "application/toml", bytes).await?
        }
    };
    let (source, content) = (told["source"].as_str().unwrap_or("-"), told["content"].as_str().unwrap_or_default());
    match (args.json, content.trim()) {
        (true, _) => println!("{told}"),
        (false, "") => println!("{source} uses our own names of columns"),
        (false, content) => {
            println!("# {source}, version {}, set by {}\n{content}", told["version"], told["actor"].as_str().unwrap_or("-"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
