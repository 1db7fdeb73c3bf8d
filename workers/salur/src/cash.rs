//! `salur cash`: cash moved between bank, office and tellers, days closed, differences made good, through the portal as whoever is signed in.
//!
//! A stage decides on locked balances, and the command waits [`waiting::WAIT`] for its answer. `--dry-run` says what would come of it now, and moves
//! nothing. `--request` makes sending it again safe: the same is answered by what came of it.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use salur_domain::{Rupiah, cash::Reason};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::{Api, Error},
    cli::Outcome,
    waiting,
};

/// Move cash, close days, see who holds how much.
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
    /// Move cash: bank <-> office, office <-> teller, teller -> teller of one office.
    Move {
        /// bank, office:KP-1902 or teller:JB-7.
        #[arg(long)]
        from: String,
        /// bank, office:KP-1902 or teller:JB-7.
        #[arg(long)]
        to: String,
        #[command(flatten)]
        what: What,
    },
    /// A teller makes good at the office what was counted short.
    Settle {
        /// Which teller.
        #[arg(long)]
        teller: String,
        /// The teller's office.
        #[arg(long)]
        office: String,
        #[command(flatten)]
        what: What,
    },
    /// Close a teller's day with what was counted in the drawer.
    Close(Close),
    /// Who holds how much: received, paid out, given back, missing, and what must be there.
    List {
        /// Only of this programme.
        #[arg(long)]
        programme: Option<String>,
        /// Only of this office.
        #[arg(long)]
        office: Option<String>,
    },
}

#[derive(Debug, ClapArgs)]
struct What {
    /// Code of the programme: BST.
    #[arg(long)]
    programme: String,
    /// Whole rupiah.
    #[arg(long)]
    amount: i64,
    /// The paper that both sides signed: "BA-KAS-31".
    #[arg(long)]
    document: String,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, ClapArgs)]
struct How {
    /// A UUID of your own: sending it again does nothing twice.
    #[arg(long)]
    request: Option<Uuid>,
    /// Say what would come of it; do nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, ClapArgs)]
struct Close {
    /// Code of the programme: BST.
    #[arg(long)]
    programme: String,
    /// Which teller.
    #[arg(long)]
    teller: String,
    /// The day that ends, by the teller's clock: 2026-03-02.
    #[arg(long)]
    day: String,
    /// The notes in the drawer, in whole rupiah.
    #[arg(long)]
    counted: i64,
    /// Captures that the teller's device has not sent.
    #[arg(long)]
    unsynchronised: u32,
    /// Why the count differs from the books; the difference is booked to the teller. Name no family.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    how: How,
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    match args.command {
        Command::List { programme, office } => {
            let named = [("programme", programme), ("office", office)];
            let query: Vec<(&str, String)> = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let told = api.get("/api/cash", &query).await?;
            Ok(list(&told, args.json))
        }
        Command::Move { from, to, what } => move_it(&api, &from, &to, &what, args.json).await,
        Command::Settle { teller, office, what } => {
            move_it(&api, &format!("difference:{teller}"), &format!("office:{office}"), &what, args.json).await
        }
        Command::Close(close) => close_it(&api, &close, args.json).await,
    }
}

async fn move_it(api: &Api, from: &str, to: &str, what: &What, is_json: bool) -> Outcome {
    let What { programme, amount, document, how } = what;
    let body = json!({
        "request": how.request, "programme": programme, "from": from, "to": to, "amount": amount, "document": document, "dry_run": how.dry_run,
    });
    let heard = api.call(Method::POST, "/api/cash/moves", Some(&body)).await?;
    let moving = format!("{} from {from} to {to}", rupiah(&json!(amount)));
    if how.dry_run {
        return Ok(said(is_json, &heard, true, &format!("would move {moving}, of {}; nothing was moved", rupiah(&heard["held"]))));
    }
    let told = effect(api, &format!("/api/cash/moves/{}", heard["movement"].as_str().unwrap_or_default())).await?;
    let line = match told["effect"]["effect"].as_str() {
        Some("booked") => format!("moved {moving}"),
        Some(_) => format!("refused: {}; the giver holds {}", words(&told["effect"]), rupiah(&told["effect"]["held"])),
        None => "asked; no worker has decided yet, send it again with the same --request".into(),
    };
    Ok(said(is_json, &told, told["effect"]["effect"] != "refused", &line))
}

async fn close_it(api: &Api, close: &Close, is_json: bool) -> Outcome {
    let Close { programme, teller, day, counted, unsynchronised, reason, how } = close;
    let body = json!({
        "request": how.request, "programme": programme, "teller": teller, "day": day, "counted": counted, "unsynchronised": unsynchronised,
        "explanation": reason, "dry_run": how.dry_run,
    });
    let heard = api.call(Method::POST, "/api/cash/counts", Some(&body)).await?;
    let told =
        if how.dry_run { heard } else { effect(api, &format!("/api/cash/counts/{}", heard["count"].as_str().unwrap_or_default())).await? };
    let came = if how.dry_run { &told } else { &told["effect"] };
    let word = came["would"].as_str().or(came["effect"].as_str());
    let difference = counted.saturating_sub(came["books"].as_i64().unwrap_or_default());
    let line = match word {
        Some("closed") => {
            format!("{day} of {teller} {}, {}", if how.dry_run { "would close" } else { "is closed" }, as_difference(difference))
        }
        Some(_) => format!(
            "refused: {} ({} not sent, {} not booked, {} being paid; {})",
            words(came),
            unsynchronised,
            came["unjudged"],
            came["claimed"],
            as_difference(difference)
        ),
        None => "asked; no worker has decided yet, send it again with the same --request".into(),
    };
    Ok(said(is_json, &told, word != Some("refused"), &line))
}

async fn effect(api: &Api, path: &str) -> Result<Value, Error> {
    waiting::until(async || api.get::<&str>(path, &[]).await, |told| told["effect"].is_object()).await
}

fn said(is_json: bool, told: &Value, is_done: bool, line: &str) -> ExitCode {
    match (is_json, is_done) {
        (true, _) => println!("{told}"),
        (false, true) => println!("{line}"),
        (false, false) => eprintln!("{line}"),
    }
    if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn words(came: &Value) -> &'static str {
    came["reason"].as_str().and_then(Reason::parse).map_or("for no reason given", Reason::words)
}

fn as_difference(difference: i64) -> String {
    let amount = rupiah(&json!(difference.saturating_abs()));
    match difference {
        0 => "the count is what the books say".into(),
        1.. => format!("{amount} beyond the books"),
        _ => format!("{amount} short"),
    }
}

/// Indonesian notation, also below nothing.
fn rupiah(value: &Value) -> String {
    let amount = value.as_i64().unwrap_or_default();
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}", Rupiah::new(amount.saturating_abs()).unwrap_or_default())
}

fn list(told: &Value, is_json: bool) -> ExitCode {
    if is_json {
        println!("{told}");
        return ExitCode::SUCCESS;
    }
    let rows = |what: &str| told[what].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    println!(
        "{:<10} {:<12} {:>18} {:>18} {:>18} {:>18} {:>18} {:>18}",
        "programme", "office", "from bank", "to bank", "to tellers", "back", "settled", "books"
    );
    for row in rows("offices") {
        let sums = ["received", "paid_in", "given", "given_back", "settled", "books"].map(|field| format!("{:>18}", rupiah(&row[field])));
        println!("{:<10} {:<12} {}", text(&row, "programme"), text(&row, "office"), sums.join(" "));
    }
    println!();
    println!(
        "{:<10} {:<12} {:<12} {:>18} {:>18} {:>18} {:>18} {:>18}  closed",
        "programme", "office", "teller", "received", "paid out", "given back", "answers for", "books"
    );
    for row in rows("tellers") {
        let sums = ["received", "paid_out", "given_back", "difference", "books"].map(|field| format!("{:>18}", rupiah(&row[field])));
        let (programme, office, teller) = (text(&row, "programme"), text(&row, "office"), text(&row, "teller"));
        println!("{programme:<10} {office:<12} {teller:<12} {}  {}", sums.join(" "), text(&row, "closed"));
    }
    ExitCode::SUCCESS
}
