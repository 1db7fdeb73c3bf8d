//! `salur schedule plan|show|close|export`: who comes when and where, through the portal as whoever is signed in.
//!
//! `plan` gives the families of a tranche that have no slot one; `--dry-run` says how many there are and how much room their pay points have. `close` has the
//! families of a pay point that closes come elsewhere, and `export --changes-of` is the list of whom to tell. `--request` makes sending again safe.

mod export;

use std::{path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::{Api, segment},
    cli::Outcome,
    waiting,
};

/// Who comes when and where.
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
    /// Give the families of a tranche that have no slot a pay point, a day and an hour.
    Plan {
        /// Code of the tranche.
        #[arg(long)]
        tranche: String,
        /// Who comes on which days.
        #[arg(long, value_enum, default_value = "villages")]
        rule: Rule,
        /// Families of an hour at pay points that say nothing of it.
        #[arg(long)]
        per_hour: Option<u32>,
        /// Say how many have no slot and how much room there is; plan nothing.
        #[arg(long)]
        dry_run: bool,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
    /// How many families each pay point expects, and why others have no slot.
    Show {
        /// Code of the tranche.
        #[arg(long)]
        tranche: String,
    },
    /// Have the families of a pay point that closes come elsewhere.
    Close {
        /// Code of the pay point.
        #[arg(long)]
        pay_point: String,
        /// First day on which it is closed.
        #[arg(long)]
        from: NaiveDate,
        /// Code of the pay point that stands in for it.
        #[arg(long)]
        instead: String,
        /// The paper behind it.
        #[arg(long)]
        document: String,
        /// Have cheques that name it drawn anew; those before are worth nothing. Only while the new ones can still be handed out.
        #[arg(long)]
        reissue: bool,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
    /// Write slots as a table, or the hours of a pay point as a calendar.
    Export {
        /// Code of the tranche.
        #[arg(long)]
        tranche: String,
        /// Only of this pay point; a calendar is of one.
        #[arg(long, default_value = "")]
        pay_point: String,
        /// Only what this schedule or closing changed: whom to tell.
        #[arg(long)]
        changes_of: Option<Uuid>,
        /// What to write.
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
    },
}

/// Who comes on which days.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Rule {
    /// Village after village.
    Villages,
    /// By the last digit of the NIK.
    LastDigit,
    /// By the month of birth.
    BirthMonth,
}

/// What an export writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line per family, masked.
    Csv,
    /// iCalendar (RFC 5545): an event per hour, which names villages and no family.
    Ics,
}

impl Rule {
    fn as_str(self) -> &'static str {
        match self {
            Self::Villages => "villages",
            Self::LastDigit => "last_digit",
            Self::BirthMonth => "birth_month",
        }
    }
}

/// Runs it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    match args.command {
        Command::Plan { tranche, rule, per_hour, dry_run, request } => {
            let body = json!({ "request": request, "tranche": tranche, "rule": rule.as_str(), "per_hour": per_hour, "dry_run": dry_run });
            let heard = api.call(Method::POST, "/api/schedules", Some(&body)).await?;
            if dry_run { Ok(look(&heard, args.json)) } else { decided(&api, &heard, args.json).await }
        }
        Command::Show { tranche } => {
            let told = api.get("/api/schedules", &[("tranche", tranche)]).await?;
            show(&told, args.json);
            Ok(ExitCode::SUCCESS)
        }
        Command::Close { pay_point, from, instead, document, reissue, request } => {
            let body = json!({ "request": request, "from": from, "instead": instead, "document": document, "reissue": reissue });
            let path = format!("/api/pay-points/{}/closings", segment(&pay_point));
            let heard = api.call(Method::POST, &path, Some(&body)).await?;
            decided(&api, &heard, args.json).await
        }
        Command::Export { tranche, pay_point, changes_of, format: Format::Csv, out } => {
            export::table(&api, &tranche, &pay_point, changes_of, &out).await
        }
        Command::Export { tranche, pay_point, format: Format::Ics, out, .. } => export::calendar(&api, &tranche, &pay_point, &out).await,
    }
}

fn rows<'a>(told: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    told[field].as_array().into_iter().flatten()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn look(told: &Value, is_json: bool) -> ExitCode {
    if is_json {
        println!("{told}");
        return ExitCode::SUCCESS;
    }
    println!("{:<16} {:>10} {:>10}", "pay point", "families", "room");
    for point in rows(told, "pay_points") {
        println!("{:<16} {:>10} {:>10}", text(point, "pay_point"), point["families"], point["room"]);
    }
    println!("nothing was planned");
    ExitCode::SUCCESS
}

/// Waits until a schedule is made.
async fn decided(api: &Api, heard: &Value, is_json: bool) -> Outcome {
    let path = format!("/api/schedules/{}", text(heard, "decision"));
    let is_over = |told: &Value| told["is_made"] == true || told["effect"]["effect"] == "refused";
    let told = waiting::until(async || api.get::<&str>(&path, &[]).await, is_over).await?;
    let is_refused = told["effect"]["effect"] == "refused";
    if is_json {
        println!("{told}");
    } else if is_refused {
        eprintln!("refused: {}", text(&told["effect"], "refused"));
    } else {
        for tranche in rows(&told, "tranches") {
            println!("{}: {} families have a slot, {} have none", text(tranche, "tranche"), tranche["placed"], tranche["missing"]);
        }
        let id = text(&told, "decision");
        println!("{}", if is_over(&told) { format!("schedule {id} is made") } else { format!("schedule {id} is under way; ask again") });
    }
    Ok(if is_refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(told: &Value, is_json: bool) {
    if is_json {
        println!("{told}");
        return;
    }
    println!("{:<16} {:<12} {:>8} {:>10} {:>10}  {:<10} {:<10} name", "pay point", "kind", "an hour", "planned", "without", "from", "to");
    for point in rows(told, "pay_points") {
        let per_hour = point["per_hour"].as_i64().map_or_else(|| "-".to_owned(), |families| families.to_string());
        let [code, kind, first, last, name] = ["pay_point", "kind", "first_day", "last_day", "name"].map(|field| text(point, field));
        println!("{code:<16} {kind:<12} {per_hour:>8} {:>10} {:>10}  {first:<10} {last:<10} {name}", point["placed"], point["without"]);
    }
    for missing in rows(told, "missing") {
        println!("{} families have no slot: {}", missing["families"], text(missing, "reason"));
    }
}
