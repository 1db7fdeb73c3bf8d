//! `salur pack make|list|get|handed-out`: the printable cheques of villages, through the portal as whoever is signed in.
//!
//! A pack is made by itself once every family of a village has a cheque. `make` asks for one of what waits though more is to come; `--dry-run` says
//! what would be
//! in it. Who takes a file with `get` stands in the audit: it holds full names and addresses. `--request` makes sending `handed-out` again safe.

use std::{path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::{Api, segment},
    cli::Outcome,
    waiting,
};

/// Printable packs of cheques by village.
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
    /// Have a pack made of what waits in a village, complete or not.
    Make {
        /// Code of the tranche.
        #[arg(long)]
        tranche: String,
        /// Ten digits.
        #[arg(long)]
        village: String,
        /// Say what would be in it; make nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Packs, and whether they were handed out.
    List {
        /// Only of this tranche.
        #[arg(long, default_value = "")]
        tranche: String,
        /// Only of this village.
        #[arg(long, default_value = "")]
        village: String,
    },
    /// Fetch the file of a pack, to print.
    Get {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Say that the cheques of a pack are with the families.
    HandedOut {
        /// Which.
        #[command(flatten)]
        which: Which,
        /// The day of the hand-out.
        #[arg(long)]
        on: NaiveDate,
        /// Cheques that nobody took.
        #[arg(long, default_value_t = 0)]
        kept: u32,
        /// The signed list.
        #[arg(long)]
        document: String,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
}

/// A pack.
#[derive(Debug, ClapArgs)]
struct Which {
    /// Code of the tranche.
    #[arg(long)]
    tranche: String,
    /// Ten digits.
    #[arg(long)]
    village: String,
    /// Its number in the village.
    #[arg(long, default_value_t = 1)]
    number: i16,
}

impl Which {
    fn path(&self) -> String {
        format!("/api/packs/{}/{}/{}", segment(&self.tranche), segment(&self.village), self.number)
    }
}

/// Runs it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    match args.command {
        Command::Make { tranche, village, dry_run } => make(&api, &tranche, &village, dry_run, args.json).await,
        Command::List { tranche, village } => list(&api, &tranche, &village, args.json).await,
        Command::Get { which, out } => {
            let bytes = api.fetch_to(&format!("{}/file", which.path()), &out).await?;
            eprintln!("{bytes} bytes in {}; it holds full names: keep it locked, and destroy it after the hand-out", out.display());
            Ok(ExitCode::SUCCESS)
        }
        Command::HandedOut { which, on, kept, document, request } => {
            let body = json!({ "request": request, "on": on, "kept": kept, "document": document });
            handed_out(&api, &which, &body, args.json).await
        }
    }
}

async fn make(api: &Api, tranche: &str, village: &str, dry_run: bool, is_json: bool) -> Outcome {
    let body = json!({ "tranche": tranche, "village": village, "dry_run": dry_run });
    let before = count(api, tranche, village).await?;
    let heard = api.call(Method::POST, "/api/packs", Some(&body)).await?;
    if dry_run {
        let line =
            format!("{} cheques would be in it; {} families have none yet; nothing was done", heard["cheques"], heard["without_cheque"]);
        return Ok(said(is_json, &heard, true, &line));
    }
    let query = [("tranche", tranche), ("village", village)];
    let made = |told: &Value| told["packs"].as_array().is_some_and(|packs| packs.len() > before);
    let told = waiting::until(async || api.get("/api/packs", &query).await, made).await?;
    let line = match told["packs"].as_array().and_then(|packs| packs.last()).filter(|_| made(&told)) {
        Some(pack) => format!("pack {} of {village}: {} cheques, {} pages", pack["number"], pack["cheques"], pack["pages"]),
        None => "asked; no worker has made it yet, see `salur pack list`".to_owned(),
    };
    Ok(said(is_json, &told, true, &line))
}

async fn count(api: &Api, tranche: &str, village: &str) -> Result<usize, crate::api::Error> {
    let told = api.get("/api/packs", &[("tranche", tranche), ("village", village)]).await?;
    Ok(told["packs"].as_array().map_or(0, Vec::len))
}

async fn list(api: &Api, tranche: &str, village: &str, is_json: bool) -> Outcome {
    let mut after = String::new();
    if !is_json {
        println!("{:<10} {:<12} {:>4} {:>7} {:>6} {:<20} handed out", "tranche", "village", "pack", "cheques", "pages", "made");
    }
    loop {
        let told = api.get("/api/packs", &[("tranche", tranche), ("village", village), ("after", after.as_str())]).await?;
        for pack in told["packs"].as_array().into_iter().flatten() {
            if is_json {
                println!("{pack}");
                continue;
            }
            let text = |field: &str| pack[field].as_str().unwrap_or_default().to_owned();
            let made: String = text("made_at").chars().take(19).collect();
            let out = match pack["handed_out_on"].as_str() {
                Some(on) => format!("{on} by {}, {} kept, {}", text("handed_out_by"), pack["kept"], text("document")),
                None => "no".to_owned(),
            };
            let (number, cheques, pages) = (&pack["number"], &pack["cheques"], &pack["pages"]);
            println!("{:<10} {:<12} {number:>4} {cheques:>7} {pages:>6} {made:<20} {out}", text("tranche"), text("village"));
        }
        match told["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

async fn handed_out(api: &Api, which: &Which, body: &Value, is_json: bool) -> Outcome {
    let heard = api.call(Method::POST, &format!("{}/hand-out", which.path()), Some(body)).await?;
    let path = format!("/api/packs/hand-outs/{}", heard["decision"].as_str().unwrap_or_default());
    let told = waiting::until(async || api.get::<&str>(&path, &[]).await, |told| told["effect"].is_object()).await?;
    let effect = told["effect"]["effect"].as_str();
    let line = match effect {
        Some("handed_out") => format!("pack {} of {} was handed out", which.number, which.village),
        Some(_) => format!("refused: {}", told["effect"]["refused"].as_str().unwrap_or_default()),
        None => "said; no worker has decided yet, send it again with the same --request".to_owned(),
    };
    Ok(said(is_json, &told, effect != Some("refused"), &line))
}

fn said(is_json: bool, told: &Value, is_done: bool, line: &str) -> ExitCode {
    match (is_json, is_done) {
        (true, _) => println!("{told}"),
        (false, true) => println!("{line}"),
        (false, false) => eprintln!("{line}"),
    }
    if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
