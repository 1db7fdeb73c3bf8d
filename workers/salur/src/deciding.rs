//! What commands share that ask for a decision: ask at the door, wait until a stage decided, say what came of it.
//!
//! `--request` makes asking again safe, `--dry-run` asks for nothing. A decision that nobody has taken in time ([`waiting`]) is said to be so, and fails
//! nothing: it is on record, and comes.

use std::process::ExitCode;

use clap::Args;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::{api::Api, cli::Outcome, waiting};

/// How to ask.
#[derive(Debug, Args)]
pub struct How {
    /// A UUID of your own: sending it again does nothing twice.
    #[arg(long)]
    pub request: Option<Uuid>,
    /// Say what would be asked for; ask for nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// A decision to ask for, once at each door, and where its effects are told.
pub struct Asked {
    /// Doors that take the body.
    pub doors: Vec<String>,
    /// Where the effect stands, under the id of the decision.
    pub effects: &'static str,
    /// What is asked.
    pub body: Value,
    /// What it comes to when it is carried out.
    pub comes_to: &'static str,
    /// What a reason of a refusal says.
    pub words: fn(&str) -> &'static str,
}

/// Asks, waits and says what came of each; fails where something was refused.
pub async fn decide(api: &Api, asked: &Asked, dry_run: bool, is_json: bool) -> Outcome {
    if dry_run {
        println!("{} would come to {}; nothing was asked for", asked.doors.len(), asked.comes_to);
        return Ok(ExitCode::SUCCESS);
    }
    let mut decisions: Vec<String> = Vec::with_capacity(asked.doors.len());
    for door in &asked.doors {
        let heard = api.call(Method::POST, door, Some(&asked.body)).await?;
        decisions.push(heard["decision"].as_str().unwrap_or_default().to_owned());
    }
    let mut is_done = true;
    for decision in decisions {
        let path = format!("{}/{decision}", asked.effects);
        let told: Value = waiting::until(async || api.get::<&str>(&path, &[]).await, |told: &Value| told["effect"].is_object()).await?;
        is_done &= say(asked, &told, is_json);
    }
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says what came of a decision; whether it was not refused.
fn say(asked: &Asked, told: &Value, is_json: bool) -> bool {
    let effect = &told["effect"];
    let is_done = effect["effect"] != "refused";
    let line = match (effect["effect"].as_str(), effect["reason"].as_str()) {
        (Some("carried_out"), _) => asked.comes_to.to_owned(),
        (Some("signed"), _) => "signed; another person must ask for the same".to_owned(),
        (None, _) => "asked; no worker has decided yet, send it again with the same --request".to_owned(),
        (_, reason) => format!("refused: {}", (asked.words)(reason.unwrap_or_default())),
    };
    match (is_json, is_done) {
        (true, _) => println!("{told}"),
        (false, true) => println!("{line}"),
        (false, false) => eprintln!("{line}"),
    }
    is_done
}
