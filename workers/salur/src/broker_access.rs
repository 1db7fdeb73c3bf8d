//! `salur broker-access SOURCE`: a user of the broker for an upstream system, made by the portal for whoever is signed in as administrator.
//!
//! The address with its password goes to standard output, once; the definitions go to a file that only its owner reads, to be loaded into the broker by
//! an operator. `--revoke` prints the commands that end the access.

use std::{path::PathBuf, process::ExitCode};

use reqwest::Method;
use serde_json::json;

use crate::{
    api::{self, Api, segment},
    cli::Outcome,
};

/// Give an upstream system a user of the broker: it publishes its own facts, reads its own outcomes, and may do nothing else.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A source of the setup: dinsos-belitung.
    source: String,
    /// Where the definitions for `rabbitmqctl import_definitions` are written; default: upstream-SOURCE.json.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "revoke"])]
    definitions: Option<PathBuf>,
    /// How the source reaches the broker, where that is not how salur does: <amqps://broker.example:5671>.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "revoke")]
    at: Option<String>,
    /// Change nothing; print the commands that take the access away.
    #[arg(long)]
    revoke: bool,
    /// Print one JSON object, the definitions in it; write no file.
    #[arg(long)]
    json: bool,
}

/// Makes the access, or says how to end it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let path = format!("/api/sources/{}/broker-user", segment(&args.source));
    let (method, body) = if args.revoke { (Method::GET, None) } else { (Method::POST, Some(json!({ "at": args.at }))) };
    let told = api.call(method, &path, body.as_ref()).await?;
    let text = |field: &str| told[field].as_str().unwrap_or_default();
    if args.json {
        println!("{told}");
    } else if args.revoke {
        told["commands"].as_array().into_iter().flatten().filter_map(|command| command.as_str()).for_each(|command| println!("{command}"));
        eprintln!("The first ends the user and its connections; the second drops the outcomes it has not read.");
    } else {
        let (user, source) = (text("user"), &args.source);
        let file = args.definitions.unwrap_or_else(|| format!("{user}.json").into());
        api::write_private(&file, format!("{:#}\n", told["definitions"]).as_bytes(), false)?;
        println!("{}", text("url"));
        eprintln!("The address of {source} above is shown this once. It works after: rabbitmqctl import_definitions {}", file.display());
        eprintln!("Connections of an earlier password live on until: rabbitmqctl close_all_user_connections {user} rotated");
    }
    Ok(ExitCode::SUCCESS)
}
