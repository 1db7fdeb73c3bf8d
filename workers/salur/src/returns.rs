//! `salur returns`: what goes back to the treasury, its statements, and why families did not come, through the portal as whoever is signed in.
//!
//! A statement is signed twice: each treasurer names the sum as they see it, and the second signature under the same sum approves it. A stage decides, and
//! the command waits for it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use salur_domain::Rupiah;
use serde_json::{Value, json};

use crate::{
    api::{Api, Error, segment},
    cli::Outcome,
    waiting,
};

/// See what goes back to the treasury, state it, and say that it was paid.
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
    /// What the next statement would say, what was stated and paid, and whose signatures wait.
    Show {
        /// BST-4
        tranche: String,
    },
    /// Sign the next statement: another treasurer must sign the same sum.
    State {
        /// BST-4
        tranche: String,
        /// The sum as you see it, in whole rupiah.
        #[arg(long)]
        rupiah: i64,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        /// Show what would be stated; sign nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Fetch a statement as a paper.
    Statement {
        /// BST-4
        tranche: String,
        /// Its number.
        n: i32,
        /// Where to: a name that ends with .pdf, .xlsx or .json.
        #[arg(long)]
        out: PathBuf,
    },
    /// Say that a statement was paid to the treasury.
    Remit {
        /// BST-4
        tranche: String,
        /// Its number.
        n: i32,
        /// The treasury's receipt.
        #[arg(long)]
        document: String,
        /// Show the statement; say nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Say why a family did not or will not come.
    Reason {
        /// absent, deceased, moved, unknown, refused, ineligible or duplicate.
        reason: String,
        /// Your list, and its row.
        #[arg(long, requires = "row")]
        batch: Option<String>,
        /// The row's own reference.
        #[arg(long)]
        row: Option<String>,
        /// The serial of the family's cheque, instead of a row.
        #[arg(long, conflicts_with = "batch")]
        serial: Option<String>,
        /// The paper behind it.
        #[arg(long)]
        document: String,
    },
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let is_json = args.json;
    match args.command {
        Command::Show { tranche } | Command::State { tranche, dry_run: true, .. } | Command::Remit { tranche, dry_run: true, .. } => {
            Ok(show(&of(&api, &tranche).await?, is_json))
        }
        Command::State { tranche, rupiah, document, dry_run: false } => {
            let told = sign(&api, &tranche, "return_statement", rupiah, &document).await?;
            Ok(said(&tranche, &told, is_json))
        }
        Command::Statement { tranche, n, out } => fetch(&api, &tranche, n, &out).await,
        Command::Remit { tranche, n, document, dry_run: false } => remit(&api, &tranche, n, &document, is_json).await,
        Command::Reason { reason, batch, row, serial, document } => {
            let body = json!({ "reason": reason, "batch": batch, "row": row, "serial": serial, "document": document });
            let told = asked(&api, "/api/return-reasons", "/api/return-reasons", &body).await?;
            let is_kept = told["effect"]["effect"] == "kept";
            let words = if is_kept { "kept: it will be the reason if the payment is returned" } else { "refused: the payment has ended" };
            Ok(ended(&told, words, is_kept, is_json))
        }
    }
}

async fn of(api: &Api, tranche: &str) -> Result<Value, Error> {
    api.call(Method::GET, &format!("/api/tranches/{}/returns", segment(tranche)), None).await
}

/// Signs an act, and waits for what comes of it.
pub async fn sign(api: &Api, tranche: &str, act: &str, rupiah: i64, document: &str) -> Result<Value, Error> {
    let body = json!({ "act": act, "rupiah": rupiah, "document": document });
    asked(api, &format!("/api/tranches/{}/signatures", segment(tranche)), "/api/signatures", &body).await
}

async fn asked(api: &Api, door: &str, effects: &str, body: &Value) -> Result<Value, Error> {
    let heard = api.call(Method::POST, door, Some(body)).await?;
    let path = format!("{effects}/{}", heard["decision"].as_str().unwrap_or_default());
    waiting::until(async || api.get::<&str>(&path, &[]).await, |told| told["effect"].is_object()).await
}

async fn remit(api: &Api, tranche: &str, n: i32, document: &str, is_json: bool) -> Outcome {
    let door = format!("/api/tranches/{}/statements/{n}/remittance", segment(tranche));
    let told = asked(api, &door, "/api/remittances", &json!({ "document": document })).await?;
    let is_done = told["effect"]["effect"] == "remitted";
    let words = match told["effect"]["reason"].as_str() {
        _ if is_done => format!("statement {tranche}/R-{n} is paid: {}", rupiah(&told["effect"]["rupiah"])),
        Some("short") => "refused: the bank's account holds less than the statement; let offices pay in what they hold".to_owned(),
        Some("remitted") => "refused: it was paid already; see `salur returns show`".to_owned(),
        reason => format!("refused: {}", reason.unwrap_or("no worker has decided yet")),
    };
    Ok(ended(&told, &words, is_done, is_json))
}

async fn fetch(api: &Api, tranche: &str, n: i32, out: &Path) -> Outcome {
    let format = out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !["pdf", "xlsx", "json"].contains(&format) {
        return Err(format!("{}: let the name end with .pdf, .xlsx or .json", out.display()).into());
    }
    let path = format!("/api/tranches/{}/statements/{n}?format={format}", segment(tranche));
    let bytes = api.fetch_to(&path, out).await?;
    eprintln!("{bytes} bytes in {}", out.display());
    Ok(ExitCode::SUCCESS)
}

fn rupiah(value: &Value) -> String {
    Rupiah::new(value.as_i64().unwrap_or_default()).unwrap_or_default().to_string()
}

fn show(told: &Value, is_json: bool) -> ExitCode {
    if is_json {
        println!("{told}");
        return ExitCode::SUCCESS;
    }
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    println!("tranche {}: returns since {}", text(&told["tranche"]), text(&told["returns_at"]));
    println!("  swept {}, closed {}, unused {}", text(&told["swept_at"]), text(&told["closed_at"]), rupiah(&told["unused"]));
    for open in told["open"].as_array().into_iter().flatten() {
        println!("  open: {} {}", open["count"], text(&open["what"]));
    }
    let next = &told["next"];
    println!("next statement R-{}: {} families, {}", next["n"], next["families"], rupiah(&next["rupiah"]));
    for line in next["lines"].as_array().into_iter().flatten() {
        let families = line["families"].as_i64().unwrap_or_default();
        println!("  {:<6} {:<12} {families:>10} {:>22}", text(&line["regency"]), text(&line["reason"]), rupiah(&line["rupiah"]));
    }
    for one in told["signatures"].as_array().into_iter().flatten() {
        let (act, actor) = (text(&one["act"]), text(&one["actor"]));
        println!("signed: {act} under {} by {actor} ({}); another treasurer must sign it", rupiah(&one["rupiah"]), text(&one["document"]));
    }
    for one in told["statements"].as_array().into_iter().flatten() {
        let paid = one["receipt"].as_str().map_or_else(|| "not paid yet".to_owned(), |receipt| format!("paid, {receipt}"));
        println!(
            "statement R-{}: {} families, {}, by {} and {}: {paid}",
            one["n"],
            one["families"],
            rupiah(&one["rupiah"]),
            text(&one["prepared_by"]),
            text(&one["approved_by"])
        );
    }
    ExitCode::SUCCESS
}

/// What came of a signature, in words.
pub fn said(tranche: &str, told: &Value, is_json: bool) -> ExitCode {
    let effect = &told["effect"];
    let is_done = matches!(effect["effect"].as_str(), Some("signed" | "carried_out"));
    let words = match (effect["effect"].as_str(), effect["reason"].as_str(), effect["statement"].as_i64()) {
        (None, ..) => "asked; no worker has decided yet, see `salur returns show`".to_owned(),
        (Some("carried_out"), _, Some(n)) => format!("approved: statement {tranche}/R-{n}"),
        (Some("carried_out"), ..) => format!("tranche {tranche} is closed"),
        (Some("signed"), ..) => "signed; another treasurer must sign the same sum".to_owned(),
        (_, Some("early"), _) => "refused: the window or its returns are not over; see `salur returns show`".to_owned(),
        (_, Some("open"), _) => "refused: something of the tranche is open; `salur returns show` lists it".to_owned(),
        (_, Some("changed"), _) => "refused: the sum is another; see `salur returns show`".to_owned(),
        (_, Some("signed"), _) => "refused: you signed this already; another treasurer must".to_owned(),
        (_, Some("closed"), _) => "refused: the tranche is closed already".to_owned(),
        (_, Some("empty"), _) => "refused: there is nothing to state".to_owned(),
        (_, reason, _) => format!("refused: {}", reason.unwrap_or("for no reason given")),
    };
    ended(told, &words, is_done, is_json)
}

fn ended(told: &Value, words: &str, is_done: bool, is_json: bool) -> ExitCode {
    match (is_json, is_done) {
        (true, _) => println!("{told}"),
        (false, true) => println!("{words}"),
        (false, false) => eprintln!("{words}"),
    }
    if is_done || told["effect"].is_null() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
