//! `salur pause`, `salur resume`, `salur pauses`: what people stop for a while, through the portal as whoever is signed in.
//!
//! A stage decides, and the command waits [`waiting::WAIT`] for its answer; from then on a pause holds within five seconds, see
//! [`salur_runtime::pauses`]. `--dry-run` says what would come of it now. `--request` makes sending it again safe.

use std::process::ExitCode;

use clap::Args as ClapArgs;
use reqwest::Method;
use salur_domain::pause::{Kind, Refused};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{api::Api, cli::Outcome, waiting};

/// What to pause or to resume, and why.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// stage, tranche, regency, pay-point or teller.
    #[arg(value_parser = kind)]
    kind: Kind,
    /// Name of the stage, code of the tranche, pay point or teller, four digits of the regency.
    scope: String,
    /// Why. Name no family.
    #[arg(long)]
    reason: String,
    /// A UUID of your own: sending it again does nothing twice.
    #[arg(long)]
    request: Option<Uuid>,
    /// Say what would come of it; do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What is paused.
#[derive(Debug, ClapArgs)]
pub struct ListArgs {
    /// Only of this kind: stage, tranche, regency, pay-point or teller.
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Every decision too, the latest first.
    #[arg(long)]
    all: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| "a pause is of a stage, tranche, regency, pay-point or teller".to_owned())
}

/// Pauses or resumes, and says what came of it.
pub async fn run(args: Args, pause: bool) -> Outcome {
    let api = Api::signed_in()?;
    let Args { kind, scope, reason, request, dry_run, json: is_json } = args;
    let body = json!({ "request": request, "kind": kind, "scope": scope, "paused": pause, "reason": reason, "dry_run": dry_run });
    let heard = api.call(Method::POST, "/api/pauses", Some(&body)).await?;
    let named = format!("{} {scope}", kind.as_str().replace('_', " "));
    if dry_run {
        return Ok(said(is_json, &heard, true, &format!("{named} would be {}; nothing was done", word(pause))));
    }
    let path = format!("/api/pauses/{}", heard["decision"].as_str().unwrap_or_default());
    let told = waiting::until(async || api.get::<&str>(&path, &[]).await, |told| told["effect"].is_object()).await?;
    let line = match told["effect"]["effect"].as_str() {
        Some("refused") => format!("refused: {}", words(&told["effect"])),
        Some(_) => format!("{named} is {}", word(pause)),
        None => "asked; no worker has decided yet, send it again with the same --request".into(),
    };
    Ok(said(is_json, &told, told["effect"]["effect"] != "refused", &line))
}

const fn word(pause: bool) -> &'static str {
    if pause { "paused" } else { "resumed" }
}

fn words(came: &Value) -> &'static str {
    came["refused"].as_str().and_then(Refused::parse).map_or("for no reason given", Refused::words)
}

fn said(is_json: bool, told: &Value, is_done: bool, line: &str) -> ExitCode {
    match (is_json, is_done) {
        (true, _) => println!("{told}"),
        (false, true) => println!("{line}"),
        (false, false) => eprintln!("{line}"),
    }
    if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lists what is paused.
pub async fn list(args: ListArgs) -> Outcome {
    let api = Api::signed_in()?;
    let query: Vec<(&str, &str)> = args.kind.map(|kind| ("kind", kind.as_str())).into_iter().collect();
    let told = api.get("/api/pauses", &query).await?;
    if args.json {
        println!("{told}");
        return Ok(ExitCode::SUCCESS);
    }
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    println!("{:<10} {:<20} {:<20} {:<16} why", "kind", "paused", "since", "by");
    for row in told["paused"].as_array().into_iter().flatten() {
        let since: String = text(row, "since").chars().take(19).collect();
        println!("{:<10} {:<20} {since:<20} {:<16} {}", text(row, "kind"), text(row, "scope"), text(row, "actor"), text(row, "reason"));
    }
    if args.all {
        println!("\n{:<10} {:<20} {:<20} {:<16} {:<22} why", "kind", "of", "decided", "by", "effect");
        for row in told["decisions"].as_array().into_iter().flatten() {
            let at: String = text(row, "decided_at").chars().take(19).collect();
            let effect = format!("{} {}", text(row, "effect"), text(row, "refused"));
            let (kind, scope, actor) = (text(row, "kind"), text(row, "scope"), text(row, "actor"));
            println!("{kind:<10} {scope:<20} {at:<20} {actor:<16} {:<22} {}", effect.trim(), text(row, "reason"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
