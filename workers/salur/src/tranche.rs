//! `salur tranche`: the tranches, and the approval of one that somebody else entered, through the portal as whoever is signed in.
//!
//! Who approves names the sum that they read in the decree; it must be what the allocations add up to. A stage decides, and the command waits for it.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use salur_domain::Rupiah;
use serde_json::{Value, json};

use crate::{
    api::{Api, Error, segment},
    cli::Outcome,
    returns, waiting,
};

/// See tranches, and approve those that somebody else entered.
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
    /// List tranches: money, window, who entered and who approved.
    List,
    /// Close a tranche of which nothing is open; above the threshold another treasurer must sign the same sum.
    Close {
        /// BST-4
        code: String,
        /// What no family was to get, as you see it, in whole rupiah.
        #[arg(long)]
        unused: i64,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        /// Show the tranche as it is; sign nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Approve a tranche whose allocation exceeds the threshold: it opens, and complete lists go on.
    Approve {
        /// BST-4
        code: String,
        /// The sum that you approve, in whole rupiah.
        #[arg(long)]
        allocation: i64,
        /// The paper behind the approval: "SK Mensos 22/2020".
        #[arg(long)]
        document: String,
        /// Show the tranche as it is; approve nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    match args.command {
        Command::List => {
            let tranches = api.call(Method::GET, "/api/tranches", None).await?;
            Ok(show(tranches.as_array().map_or(&[], Vec::as_slice), args.json))
        }
        Command::Close { code, unused, document, dry_run: false } => {
            let told = returns::sign(&api, &code, "close", unused, &document).await?;
            Ok(returns::said(&code, &told, args.json))
        }
        Command::Approve { code, dry_run: true, .. } | Command::Close { code, dry_run: true, .. } => {
            Ok(show(&[one(&api, &code).await?], args.json))
        }
        Command::Approve { code, allocation, document, dry_run: false } => {
            let body = json!({ "allocation": allocation, "document": document });
            let heard = api.call(Method::POST, &format!("/api/tranches/{}/approvals", segment(&code)), Some(&body)).await?;
            let path = format!("/api/tranches/approvals/{}", heard["decision"].as_str().unwrap_or_default());
            let told = waiting::until(async || api.get::<&str>(&path, &[]).await, |told| told["effect"].is_object()).await?;
            Ok(said(&code, &told, args.json))
        }
    }
}

async fn one(api: &Api, code: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let tranches = api.call(Method::GET, "/api/tranches", None).await.map_err(Box::<Error>::from)?;
    let found = tranches.as_array().into_iter().flatten().find(|tranche| tranche["code"] == code).cloned();
    Ok(found.ok_or_else(|| format!("there is no tranche {code}; see `salur tranche list`"))?)
}

fn show(tranches: &[Value], is_json: bool) -> ExitCode {
    if is_json {
        println!("{}", Value::from(tranches));
        return ExitCode::SUCCESS;
    }
    println!("{:<12} {:<10} {:>20} {:>16}  {:<10}  {:<10}  state", "tranche", "programme", "allocation", "a family", "opens", "closes");
    for tranche in tranches {
        let text = |field: &str| tranche[field].as_str().unwrap_or("-");
        let rupiah = |field: &str| Rupiah::new(tranche[field].as_i64().unwrap_or_default()).unwrap_or_default().to_string();
        let day = |field: &str| text(field).chars().take(10).collect::<String>();
        println!(
            "{:<12} {:<10} {:>20} {:>16}  {:<10}  {:<10}  {}",
            text("code"),
            text("programme"),
            rupiah("allocation"),
            rupiah("amount"),
            day("opens_at"),
            day("closes_at"),
            paused_or(tranche)
        );
    }
    ExitCode::SUCCESS
}

fn paused_or(tranche: &Value) -> String {
    if tranche["paused"] == true { format!("PAUSED, see `salur pauses`; {}", state(tranche)) } else { state(tranche) }
}

fn state(tranche: &Value) -> String {
    let entered: Vec<&str> = tranche["entered_by"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let entered = entered.join(", ");
    if let Some(closed) = tranche["closed_at"].as_str() {
        return format!("closed {}", closed.chars().take(10).collect::<String>());
    }
    match (tranche["opened_at"].as_str(), tranche["approved_by"].as_str()) {
        (Some(_), Some(approver)) => {
            format!("open: entered by {entered}, approved by {approver} ({})", tranche["document"].as_str().unwrap_or("-"))
        }
        (Some(_), None) => format!("open: entered by {entered}, within the threshold"),
        (None, _) => format!("waits: entered by {entered}, another treasurer must approve it"),
    }
}

fn said(code: &str, told: &Value, is_json: bool) -> ExitCode {
    let (effect, reason) = (told["effect"]["effect"].as_str(), told["effect"]["reason"].as_str());
    let done = effect == Some("approved");
    if is_json {
        println!("{told}");
    } else {
        match (effect, reason) {
            (Some("approved"), _) => println!("tranche {code} is approved and open"),
            (None, _) => println!("asked; no worker has decided yet, see `salur tranche list`"),
            (_, Some("entered")) => eprintln!("refused: you entered this tranche; another treasurer must approve it"),
            (_, Some("open")) => eprintln!("refused: tranche {code} is open already"),
            (_, Some("changed")) => eprintln!("refused: its allocation changed meanwhile; see `salur tranche list`"),
            (_, reason) => eprintln!("refused: {}", reason.unwrap_or("for no reason given")),
        }
    }
    if done || effect.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
