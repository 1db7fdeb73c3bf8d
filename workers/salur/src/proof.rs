//! `salur proof`: a proof shown, checked, carried out, kept and destroyed; proofs in question and their reviews, and wrong hand-overs that are undone. All of
//! it through the portal as whoever is signed in, but for `sweep`, which is the operator's.
//!
//! A stage decides, and the command waits for it. `--request` makes sending again safe.

mod keep;
mod look;
mod sweep;

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use salur_domain::{
    Rupiah,
    reversal::{ReviewGround, Verdict},
};
use salur_runtime::config::Config;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::Api,
    cli::Outcome,
    deciding::{Asked, How, decide},
};

/// Proofs: looked at, kept, destroyed, reviewed; and wrong hand-overs that are undone.
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
    /// What is known of a proof, masked.
    Show(look::Seen),
    /// Whether the original has the bytes that were judged and that the device signed for.
    Verify(look::Seen),
    /// Carry the case of a proof out of the house: original, masked data, proof of the seal.
    Export(look::Carried),
    /// Destroy a photo; two people must say so. Its digest, its findings and who looked at it are kept.
    Destroy {
        /// The capture.
        capture: Uuid,
        /// retention-ended; or, by an order that the document names, court-order, data-subject or taken-by-mistake.
        #[arg(long)]
        ground: String,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        #[command(flatten)]
        how: How,
    },
    /// Legal holds: what is under one is not destroyed.
    #[command(subcommand)]
    Hold(keep::Hold),
    /// How many years after the tranche a programme keeps photos; two people must say the same.
    #[command(subcommand)]
    Retention(keep::Retention),
    /// Take objects away that no row names. Workers do so every six hours.
    Sweep(sweep::Args),
    /// Proofs that wait for a supervisor, oldest first.
    List,
    /// Decide about proofs in question, all on the same ground.
    Review {
        /// The captures, as listed.
        #[arg(required = true)]
        captures: Vec<Uuid>,
        /// photo-suffices, family-confirmed or witnesses: paid; family-denied, photo-false or no-answer: not proven, and the teller answers for the cash.
        #[arg(long)]
        ground: String,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        #[command(flatten)]
        how: How,
    },
    /// Undo a wrong hand-over: the cash is back in the drawer. Two people must say so.
    Undo {
        /// The serial of a cheque that was paid.
        #[arg(long, conflicts_with_all = ["claim", "capture"])]
        serial: Option<String>,
        /// The claim under which the cash left.
        #[arg(long, conflicts_with = "capture")]
        claim: Option<Uuid>,
        /// A capture of the visit.
        #[arg(long)]
        capture: Option<Uuid>,
        /// wrong-family, wrong-amount, given-back or not-paid-out.
        #[arg(long)]
        ground: String,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        #[command(flatten)]
        how: How,
    },
}

/// Does it, and says what came of it.
pub async fn run(args: Args, config: Config) -> Outcome {
    if let Command::Sweep(sweep) = &args.command {
        return sweep::run(sweep, args.json, &config).await;
    }
    let api = Api::signed_in()?;
    match args.command {
        Command::Sweep(_) => unreachable!("done above"),
        Command::Show(seen) => look::show(&api, &seen, args.json).await,
        Command::Verify(seen) => look::verify(&api, &seen, args.json).await,
        Command::Export(carried) => look::export(&api, &carried).await,
        Command::Hold(hold) => keep::hold(&api, hold, args.json).await,
        Command::Retention(retention) => keep::retention(&api, retention, args.json).await,
        Command::Destroy { capture, ground, document, how } => {
            let body = json!({ "request": how.request, "ground": ground.replace('-', "_"), "document": document });
            let doors = vec![format!("/api/proofs/{capture}/destroy")];
            let comes_to = "destroyed: nobody can open the photo any more; its digest, findings and audit are kept";
            decide(&api, &Asked { doors, effects: "/api/destructions", body, comes_to, words }, how.dry_run, args.json).await
        }
        Command::List => list(&api, args.json).await,
        Command::Review { captures, ground, document, how } => {
            let ground = ground.replace('-', "_");
            let comes_to = match ReviewGround::parse(&ground).map(ReviewGround::verdict) {
                Some(Verdict::Paid) => "paid",
                Some(Verdict::NotProven) => "not proven: open again with a new cheque, and the teller answers for the cash",
                None => "nothing: there is no such ground",
            };
            let body = json!({ "request": how.request, "ground": ground, "document": document });
            let doors = captures.iter().map(|capture| format!("/api/proofs/{capture}/review")).collect();
            let asked = Asked { doors, effects: "/api/reviews", body, comes_to, words };
            decide(&api, &asked, how.dry_run, args.json).await
        }
        Command::Undo { serial, claim, capture, ground, document, how } => {
            let ground = ground.replace('-', "_");
            let body = json!({
                "request": how.request, "serial": serial, "claim": claim, "capture": capture, "ground": ground, "document": document,
            });
            let comes_to = "undone: the cash is back in the drawer, and the family may come again";
            let asked = Asked { doors: vec!["/api/hand-overs/undo".into()], effects: "/api/undos", body, comes_to, words };
            decide(&api, &asked, how.dry_run, args.json).await
        }
    }
}

fn words(reason: &str) -> &'static str {
    match reason {
        "settled" => "nothing of this proof is in question any more",
        "undone" => "it is undone already",
        "late" => "the claim's ten minutes are over; let two people of the office undo it",
        "nothing" => "nothing that was handed over in this visit stands",
        "signed" => "you said so already; another person must",
        "closed" => "its tranche is closed",
        "destroyed" => "it is destroyed already",
        "held" => "it is under a legal hold, which must end first",
        "in_question" => "its visit is in question; decide about that first",
        "kept" => "its retention is not over; only an order that is named goes before that",
        _ => "nobody knows this visit or capture",
    }
}

async fn list(api: &Api, is_json: bool) -> Outcome {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let page = match all.last() {
            None => api.get::<&str>("/api/proofs/in-question", &[]).await?,
            Some(last) => {
                let text = |field: &str| last[field].as_str().unwrap_or_default().to_owned();
                api.get("/api/proofs/in-question", &[("at", text("at")), ("capture", text("capture"))]).await?
            }
        };
        let page: Vec<Value> = page.as_array().cloned().unwrap_or_default();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    if is_json {
        println!("{}", Value::Array(all));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{:<36} {:<12} {:<8} {:>8} {:>18}  findings", "capture", "teller", "regency", "payments", "rupiah");
    for row in &all {
        let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
        let rupiah = Rupiah::new(row["rupiah"].as_i64().unwrap_or_default()).unwrap_or_default().to_string();
        let findings: Vec<&str> = row["findings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (capture, teller, regency) = (text("capture"), text("teller"), text("regency"));
        println!("{capture:<36} {teller:<12} {regency:<8} {:>8} {rupiah:>18}  {}", row["payments"], findings.join(" "));
    }
    Ok(ExitCode::SUCCESS)
}
