//! `salur dead-letters list | show | replay`: messages that could not be processed.
//!
//! Bodies may hold personal data and stay sealed. `list` and `replay` go through the portal as whoever is signed in; a worker, which holds the keys,
//! publishes to the stage's own queue with the same message id, so that nothing is done twice, and the command waits [`waiting::WAIT`] for what comes of it.
//! `show` opens a letter with the keys of this machine: it prints only what the facts are about (their keys) and why they died, and with
//! `--reveal --reason` the body, after who looked and why is on record. Bounds: 100 letters unless told otherwise.

use std::process::ExitCode;

use reqwest::Method;

use salur_domain::{Disposed, Disposition};
use salur_pipeline::{Tools, open_letter};
use salur_portal::dead_letters::MOST;
use salur_runtime::{config::Config, stage::Failure};
use salur_schemas::{
    AccountOpened, ActSigned, BankCaseDecided, BankMatchingAdvanced, BankStatementSent, BatchCompleted, BatchDeclared, CaptureLate,
    CashCounted, CashMoved, ChequeIssued, ChequeKeyRotated, ChequeReplaced, FeedReplayed, HandOverUndone, HoldAdvanced, HoldDecided,
    Message, PackHandedOut, PackMade, PackWanted, PauseDecided, PayPointClosed, PaymentReopened, PhotoAsked, PhotoCondemned,
    PhotoDestroyed, ProofAccepted, ProofCaptured, ProofQuestioned, ProofReviewed, RecipientAccepted, RecipientReplaced, RecipientSubmitted,
    RecipientWithdrawn, ReleaseAdvanced, ResumptionAdvanced, ReturnAdvanced, ReturnReasonGiven, ReturnReviewed, ScheduleAdvanced,
    ScheduleAsked, ScheduleMade, SetupSent, StatementRemitted, SubstituteStaged, TrancheApproved, TrancheOpened, TransferPosted,
    envelope::Envelope, messages,
};
use salur_store::{
    audit,
    dead_letters::{self, Outside},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::{self, Api},
    cli::{self, Outcome},
    operator, waiting,
};

/// Facts of one letter whose keys are shown.
const KEYS_SHOWN: usize = 20;

messages! {
    /// Every fact that a stage hears, so that a letter's keys can be read.
    enum Heard {
        SetupSent, TrancheApproved, TrancheOpened, BatchDeclared, RecipientSubmitted, RecipientWithdrawn, RecipientReplaced,
        SubstituteStaged, BatchCompleted, ReleaseAdvanced,
        HoldDecided, HoldAdvanced, RecipientAccepted, AccountOpened, CashMoved, CashCounted,
        TransferPosted, ScheduleAsked, PayPointClosed, ScheduleAdvanced, ScheduleMade, ChequeKeyRotated, ChequeIssued, ChequeReplaced, PackWanted, PackMade,
        PackHandedOut, PhotoCondemned, PhotoDestroyed, ProofCaptured, ProofAccepted, ProofQuestioned, ProofReviewed, PhotoAsked, HandOverUndone,
        PaymentReopened,
        ReturnAdvanced, ReturnReasonGiven, CaptureLate, ReturnReviewed, ActSigned, StatementRemitted,
        BankStatementSent, BankMatchingAdvanced, BankCaseDecided, PauseDecided, ResumptionAdvanced, FeedReplayed
    }
}

/// What to do.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// List letters, grouped by stage and cause.
    List {
        #[command(flatten)]
        which: Which,
        /// One by one instead of grouped.
        #[arg(long)]
        single: bool,
        /// Replayed ones too.
        #[arg(long)]
        all: bool,
    },
    /// Show one letter.
    Show {
        /// Its id.
        id: Uuid,
        /// Print the body too; who looked and why goes on record.
        #[arg(long, requires = "reason")]
        reveal: bool,
        /// Why the body must be seen.
        #[arg(long)]
        reason: Option<String>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Have letters published again to the queues of their stages.
    Replay(Wanted),
}

#[derive(Debug, clap::Args)]
struct Wanted {
    /// Only these, by their ids.
    ids: Vec<Uuid>,
    #[command(flatten)]
    which: Which,
    /// Why; kept in the audit. Name no person.
    #[arg(long, required_unless_present = "dry_run")]
    reason: Option<String>,
    /// Say what would be replayed, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Which letters.
#[derive(Debug, clap::Args)]
struct Which {
    /// Only of this stage.
    #[arg(long)]
    stage: Option<String>,
    /// Only of this cause, as `list` prints it.
    #[arg(long)]
    fingerprint: Option<String>,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=MOST))]
    limit: i64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What stops a command.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("there is no dead letter {0}")]
    Unknown(Uuid),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Does it.
pub async fn run(args: Args, config: Config) -> Outcome {
    match args.act {
        Act::List { which, single: false, all } => list_groups(&Api::signed_in()?, &which, all).await?,
        Act::List { which, single: true, all } => list_single(&Api::signed_in()?, &which, all).await?,
        Act::Show { id, reveal, reason, json } => {
            let tools = cli::tools(&config).await?;
            show(&tools, id, reason.filter(|_| reveal), json).await?;
            tools.database.close().await;
        }
        Act::Replay(wanted) => return Ok(replay(&Api::signed_in()?, wanted).await?),
    }
    Ok(ExitCode::SUCCESS)
}

impl Which {
    fn query(&self, all: bool) -> Vec<(&'static str, String)> {
        let named = [("stage", &self.stage), ("fingerprint", &self.fingerprint)];
        let mut query: Vec<(&str, String)> = named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect();
        query.extend([("limit", self.limit.to_string()), ("all", all.to_string())]);
        query
    }
}

async fn list_groups(api: &Api, which: &Which, all: bool) -> Result<(), api::Error> {
    let told = api.get("/api/dead-letters/groups", &which.query(all)).await?;
    if which.json {
        println!("{told}");
        return Ok(());
    }
    let groups = told["groups"].as_array().map(Vec::as_slice).unwrap_or_default();
    for group in groups {
        let text = |field: &str| group[field].as_str().unwrap_or("-");
        let (stage, kind, oldest, newest, cause) = (text("stage"), text("fact_type"), text("oldest"), text("newest"), text("cause"));
        println!("{} of {stage} ({kind}), {oldest} to {newest}: {cause}", group["letters"]);
        println!("    --fingerprint '{}'", text("fingerprint"));
    }
    if groups.is_empty() {
        println!("no dead letters");
    }
    Ok(())
}

async fn list_single(api: &Api, which: &Which, all: bool) -> Result<(), api::Error> {
    let told = api.get("/api/dead-letters", &which.query(all)).await?;
    if which.json {
        println!("{told}");
        return Ok(());
    }
    let letters = told["letters"].as_array().map(Vec::as_slice).unwrap_or_default();
    for letter in letters {
        let text = |field: &str| letter[field].as_str().unwrap_or("-");
        let replayed = letter["replayed_at"].as_str().map(|at| format!(", replayed {at}")).unwrap_or_default();
        println!("{} {} {}{replayed}: {}", text("id"), text("stage"), text("kept_at"), text("cause"));
    }
    if letters.is_empty() {
        println!("no dead letters");
    }
    Ok(())
}

async fn show(tools: &Tools, id: Uuid, reveal: Option<String>, as_json: bool) -> Result<(), Failure> {
    let letter = dead_letters::read(&tools.database, id).await?.ok_or(Error::Unknown(id))?;
    let body = open_letter(tools, id, &letter.body)?;
    let (stage, mut shown) = (letter.stage.clone(), serde_json::to_value(Outside::from(letter)).expect("plain data"));
    shown["bytes"] = body.len().into();
    shown["facts"] = keys(&body).into();
    if let Some(reason) = reveal {
        // on record before it is seen
        record(tools, "dead-letter-revealed", &json!({ "letter": id, "stage": stage, "reason": reason })).await?;
        shown["body"] = String::from_utf8_lossy(&body).into();
    }
    if as_json {
        println!("{shown}");
        return Ok(());
    }
    for (name, value) in shown.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        println!("{name:<19} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    Ok(())
}

/// The natural keys of a body's facts: never personal data.
fn keys(body: &[u8]) -> Vec<String> {
    let envelope = match Envelope::parse(body) {
        Ok(envelope) => envelope,
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let (kind, version) = (envelope.kind.clone(), envelope.version());
    let key = |fact: &str| Heard::decode(&kind, version, fact).map_or_else(|error| format!("cannot be read: {error}"), |fact| fact.key());
    envelope.facts().take(KEYS_SHOWN).map(key).collect()
}

/// Asks for replays, and waits for what comes of them.
async fn replay(api: &Api, wanted: Wanted) -> Result<ExitCode, api::Error> {
    let Wanted { ids, which, reason, dry_run } = wanted;
    let ids = (!ids.is_empty()).then_some(ids);
    let body = json!({
        "ids": ids, "stage": which.stage, "fingerprint": which.fingerprint, "limit": which.limit, "reason": reason.unwrap_or_default(),
        "dry_run": dry_run,
    });
    let mut told = api.call(Method::POST, "/api/dead-letters/replays", Some(&body)).await?;
    let asked = told["asked"].as_i64().unwrap_or_default();
    if !dry_run && asked > 0 {
        told["effects"] = effects(api, told["request"].as_str().unwrap_or_default()).await?;
    }
    let count = |field: &str| told["effects"][field].as_i64().unwrap_or_default();
    let failed = count("refused") > 0;
    if which.json {
        println!("{told}");
    } else if dry_run || asked == 0 {
        println!("{asked} letters {}", if dry_run { "would be replayed" } else { "are open and wait for no replay yet" });
    } else {
        let (replayed, again, refused, waiting) = (count("replayed"), count("died_again"), count("refused"), count("waiting"));
        println!("{replayed} letters replayed, {again} died again, {refused} cannot be replayed, {waiting} wait for a worker");
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn effects(api: &Api, request: &str) -> Result<Value, api::Error> {
    let path = format!("/api/dead-letters/replays/{request}");
    waiting::until(async || api.call(Method::GET, &path, None).await, |effects| effects["waiting"] == 0).await
}

async fn record(tools: &Tools, act: &str, detail: &Value) -> Result<(), Failure> {
    let mut tx = tools.database.begin().await?;
    audit::record(&mut tx, &operator::name(), act, detail).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_that_a_stage_hears_has_a_key_here() {
        for spec in salur_pipeline::specs() {
            for heard in spec.hears {
                assert!(Heard::TYPES.iter().any(|known| known.name == heard.name), "{}", heard.name);
            }
        }
    }

    #[test]
    fn keys_hold_no_personal_data() {
        let body =
            br#"{"id":"m","type":"recipients.submitted","data":{"facts":[{"source":"dinsos","batch":"b-1","tranche":"BST-4","row":"7",
            "nik":"1902015204850007","kk":"1902015204850001","name":"Siti Aminah","village":"1902012001","amount":300000}]}}"#;
        let keys = keys(body).join(" ");
        assert!(keys.ends_with("/7"), "{keys}");
        assert!(!keys.contains("1902015204850007") && !keys.contains("Siti"), "{keys}");
        assert!(self::keys(b"{").join("").starts_with("cannot be read"));
    }
}
