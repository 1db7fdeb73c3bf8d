//! `salur sample draw|list|show|open|record|report`: families who are called back after they were paid, through the portal as whoever is signed in.
//!
//! `draw` gives the families to ask; `open` tells how one is reached, for a reason that is recorded; `record` keeps what a call came to; `report` is what the
//! answers say of everybody who was paid. `--request` makes sending again safe.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{api::Api, cli::Outcome};

/// Families who are called back.
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
    /// Draw families of a tranche who were paid.
    Draw {
        /// Code of the tranche.
        #[arg(long)]
        tranche: String,
        /// Digits of a province or regency; your own region where it is left out.
        #[arg(long)]
        region: Option<String>,
        /// How sure the answer is to be, in per cent: 90, 95 or 99.
        #[arg(long, default_value_t = 95)]
        confidence: i16,
        /// How near, in thousandths: 10 to 200.
        #[arg(long, default_value_t = 50)]
        margin: i16,
        /// What it is drawn with; a fresh one where it is left out.
        #[arg(long, default_value = "")]
        seed: String,
        /// Number of the transaction of a sample that is drawn again.
        #[arg(long)]
        as_of: Option<i64>,
        /// Why.
        #[arg(long)]
        why: String,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
    /// The samples of your region.
    List,
    /// The families of a sample, masked, with their answers.
    Show {
        /// Its id.
        sample: Uuid,
    },
    /// How a family is reached; recorded.
    Open {
        /// Id of the sample.
        sample: Uuid,
        /// The payment.
        payment: Uuid,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Keep what a call came to.
    Record {
        /// Id of the sample.
        sample: Uuid,
        /// The payment.
        payment: Uuid,
        /// What the family answered.
        #[arg(long, value_enum)]
        outcome: Answer,
        /// How much was kept back, in rupiah.
        #[arg(long)]
        rupiah: Option<i64>,
        /// One line, without a name or NIK.
        #[arg(long, default_value = "")]
        note: String,
        /// A UUID of your own: sending it again does nothing twice.
        #[arg(long)]
        request: Option<Uuid>,
    },
    /// What the answers say of everybody.
    Report {
        /// Id of the sample.
        sample: Uuid,
    },
}

/// What a family answered.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Answer {
    /// Nobody answered the call or the door.
    NotReached,
    /// The whole amount.
    GotAll,
    /// Part of it was kept back.
    KeptBack,
    /// Nothing.
    DidNotGet,
    /// They could or would not say.
    NotKnown,
}

impl Answer {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotReached => "not_reached",
            Self::GotAll => "got_all",
            Self::KeptBack => "kept_back",
            Self::DidNotGet => "did_not_get",
            Self::NotKnown => "not_known",
        }
    }
}

/// Runs it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let one = |sample: Uuid| format!("/api/callbacks/{sample}");
    let (told, print): (Value, fn(&Value)) = match args.command {
        Command::Draw { tranche, region, confidence, margin, seed, as_of, why, request } => {
            let body = json!({ "request": request, "tranche": tranche, "region": region, "confidence": confidence, "margin": margin, "seed": seed,
                "as_of": as_of, "why": why });
            (api.call(Method::POST, "/api/callbacks", Some(&body)).await?, line)
        }
        Command::List => (api.get::<&str>("/api/callbacks", &[]).await?, |told| rows(told, "samples").for_each(line)),
        Command::Show { sample } => (api.get::<&str>(&one(sample), &[]).await?, families),
        Command::Open { sample, payment, why } => {
            let path = format!("{}/families/{payment}/contact", one(sample));
            let print = |told: &Value| println!("{}\n{}\n{}", text(told, "name"), text(told, "address"), text(told, "village"));
            (api.call(Method::POST, &path, Some(&json!({ "why": why }))).await?, print)
        }
        Command::Record { sample, payment, outcome, rupiah, note, request } => {
            let body = json!({ "request": request, "outcome": outcome.as_str(), "rupiah": rupiah, "note": note });
            let told = api.call(Method::POST, &format!("{}/families/{payment}/results", one(sample)), Some(&body)).await?;
            (told, |told| println!("{}: {}", text(told, "payment"), text(told, "outcome")))
        }
        Command::Report { sample } => {
            let told = api.get::<&str>(&one(sample), &[]).await?;
            (json!({ "sample": told["sample"], "classes": told["classes"], "report": told["report"] }), report)
        }
    };
    if args.json {
        println!("{told}");
    } else {
        print(&told);
    }
    Ok(ExitCode::SUCCESS)
}

fn rows<'a>(told: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    told[field].as_array().into_iter().flatten()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn line(sample: &Value) {
    let [id, tranche, region, seed] = ["sample", "tranche", "region", "seed"].map(|field| text(sample, field));
    let [members, drawn, answered, as_of] = ["members", "drawn", "answered", "as_of"].map(|field| &sample[field]);
    println!("{id} {tranche} {region:<4} {answered} of {drawn} answered, of {members} paid; seed {seed} as of {as_of}");
}

fn families(told: &Value) {
    for family in rows(told, "families") {
        let outcome = family["outcome"].as_str().unwrap_or("waiting");
        println!("{:>5} {} weight {} {} {outcome}", family["place"], text(family, "payment"), family["weight"], text(family, "village"));
    }
}

fn report(told: &Value) {
    line(&told["sample"]);
    let report = &told["report"];
    for name in ["waiting", "not_reached", "not_known", "got_all", "kept_back", "did_not_get"] {
        println!("{name:<12} {:>6}", report[name]);
    }
    for (name, share) in report["shares"].as_object().into_iter().flatten() {
        println!("{name:<12} {} (from {} to {}) of all", share["value"], share["low"], share["high"]);
    }
    let missing = &report["missing"];
    if missing.is_object() {
        println!("missing      Rp{} (from {} to {})", missing["value"], missing["low"], missing["high"]);
    }
}
