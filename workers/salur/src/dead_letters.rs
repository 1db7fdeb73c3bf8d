//! `salur dead-letters list | show | replay`: messages that could not be processed.
//!
//! Bodies may hold personal data: they stay sealed, and `show` prints only what the facts are about (their keys) and why they died. With
//! `--reveal --reason` it prints the body, after who looked and why is on record. Replay publishes to the stage's own queue with the same
//! message id, so that nothing is done twice, and marks the letter after the confirm. Bounds: [`LIMIT`] letters unless told otherwise.

use std::process::ExitCode;

use salur_domain::{Disposed, Disposition};
use salur_pipeline::{Tools, open_letter};
use salur_runtime::{broker::Broker, config::Config, dead_letters as letters, stage::Failure};
use salur_schemas::{
    AccountOpened, BatchCompleted, BatchDeclared, FeedReplayed, Message, ProofAccepted, ProofCaptured, ProofQuestioned, RecipientAccepted,
    RecipientSubmitted, ReleaseAdvanced, TrancheOpened, TransferPosted, envelope::Envelope, messages,
};
use salur_store::{
    audit,
    dead_letters::{self, DeadLetter, Group},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cli::{self, Outcome},
    setup::actor,
};

/// Letters looked at unless told otherwise.
const LIMIT: i64 = 100;
/// Facts of one letter whose keys are shown.
const KEYS_SHOWN: usize = 20;

messages! {
    /// Every fact that a stage hears, so that a letter's keys can be read.
    enum Heard {
        BatchDeclared, RecipientSubmitted, BatchCompleted, TrancheOpened, ReleaseAdvanced, RecipientAccepted, AccountOpened, TransferPosted,
        ProofCaptured, ProofAccepted, ProofQuestioned, FeedReplayed
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
    /// Publish letters again to the queues of their stages.
    Replay {
        #[command(flatten)]
        which: Which,
        /// Say what would be replayed, and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
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
    #[arg(long, default_value_t = LIMIT, value_parser = clap::value_parser!(i64).range(1..))]
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
    #[error("letter {id} is of `{stage}`, which is no stage of this version")]
    NoStage { id: Uuid, stage: String },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Does it.
pub async fn run(args: Args, config: Config) -> Outcome {
    let tools = cli::tools(&config).await?;
    match args.act {
        Act::List { which, single: false, all } => list_groups(&tools, &which, all).await?,
        Act::List { which, single: true, all } => list_single(&tools, &which, all).await?,
        Act::Show { id, reveal, reason, json } => show(&tools, id, reason.filter(|_| reveal), json).await?,
        Act::Replay { which, dry_run } => replay(&tools, &config, &which, dry_run).await?,
    }
    tools.database.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn list_groups(tools: &Tools, which: &Which, all: bool) -> Result<(), Failure> {
    let groups = dead_letters::groups(&tools.database, which.stage.as_deref(), which.fingerprint.as_deref(), all, which.limit).await?;
    if which.json {
        println!("{}", json!({ "groups": groups }));
        return Ok(());
    }
    for Group { stage, fingerprint, cause, fact_type, letters, oldest, newest } in &groups {
        println!("{letters} of {stage} ({fact_type}), {} to {}: {cause}", oldest.to_rfc3339(), newest.to_rfc3339());
        println!("    --fingerprint '{fingerprint}'");
    }
    if groups.is_empty() {
        println!("no dead letters");
    }
    Ok(())
}

async fn list_single(tools: &Tools, which: &Which, all: bool) -> Result<(), Failure> {
    let found = dead_letters::list(&tools.database, which.stage.as_deref(), which.fingerprint.as_deref(), all, which.limit).await?;
    if which.json {
        println!("{}", json!({ "letters": found.iter().map(outside).collect::<Vec<_>>() }));
        return Ok(());
    }
    for letter in &found {
        let replayed = letter.replayed_at.map(|at| format!(", replayed {}", at.to_rfc3339())).unwrap_or_default();
        println!("{} {} {}{replayed}: {}", letter.id, letter.stage, letter.kept_at.to_rfc3339(), letter.cause);
    }
    if found.is_empty() {
        println!("no dead letters");
    }
    Ok(())
}

/// What may be seen of a letter without opening it.
fn outside(letter: &DeadLetter) -> Value {
    json!({
        "id": letter.id,
        "stage": letter.stage,
        "cause": letter.cause,
        "fingerprint": letter.fingerprint,
        "message_id": letter.message_id,
        "fact_type": letter.fact_type,
        "attempts": letter.attempts,
        "first_published_at": letter.first_published_at,
        "kept_at": letter.kept_at,
        "replayed_at": letter.replayed_at,
    })
}

async fn show(tools: &Tools, id: Uuid, reveal: Option<String>, as_json: bool) -> Result<(), Failure> {
    let letter = dead_letters::read(&tools.database, id).await?.ok_or(Error::Unknown(id))?;
    let body = open_letter(tools, id, &letter.body)?;
    let mut shown = outside(&letter);
    shown["bytes"] = body.len().into();
    shown["facts"] = keys(&body).into();
    if let Some(reason) = reveal {
        // on record before it is seen
        record(tools, "dead-letter-revealed", &json!({ "letter": id, "stage": letter.stage, "reason": reason })).await?;
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

async fn replay(tools: &Tools, config: &Config, which: &Which, dry_run: bool) -> Result<(), Failure> {
    let found = dead_letters::list(&tools.database, which.stage.as_deref(), which.fingerprint.as_deref(), false, which.limit).await?;
    let specs = salur_pipeline::specs();
    if let Some(stray) = found.iter().find(|letter| !specs.iter().any(|spec| spec.name == letter.stage)) {
        return Err(Error::NoStage { id: stray.id, stage: stray.stage.clone() }.into());
    }
    if !dry_run && !found.is_empty() {
        let broker = Broker::connect(config).await?;
        broker.declare(&specs).await?;
        for letter in &found {
            send(tools, &broker, letter).await?;
        }
        broker.close().await;
    }
    if which.json {
        let ids: Vec<Uuid> = found.iter().map(|letter| letter.id).collect();
        println!("{}", json!({ "replayed": if dry_run { 0 } else { ids.len() }, "dry_run": dry_run, "letters": ids }));
        return Ok(());
    }
    for letter in &found {
        println!("{} {}: {}", letter.id, letter.stage, letter.cause);
    }
    println!("{} letters {}", found.len(), if dry_run { "would be replayed" } else { "replayed" });
    Ok(())
}

/// Publishes one letter, and marks it after the confirm. Dying in between publishes it again next time, with the same id.
async fn send(tools: &Tools, broker: &Broker, letter: &DeadLetter) -> Result<(), Failure> {
    let body = open_letter(tools, letter.id, &letter.body)?;
    let again = letters::DeadLetter {
        fingerprint: letter.fingerprint.clone(),
        message_id: letter.message_id.clone(),
        stage: letter.stage.clone(),
        cause: letter.cause.clone(),
        body,
        traceparent: letter.headers["traceparent"].as_str().map(str::to_owned),
        key: letter.headers["key"].as_str().map(str::to_owned),
        attempts: u32::try_from(letter.attempts).unwrap_or_default(),
        first_published_at: letter.first_published_at,
    };
    letters::replay(broker, &again).await?;
    let mut tx = tools.database.begin().await?;
    let marked = dead_letters::mark_replayed(&mut tx, letter.id, letter.kept_at).await?;
    let detail = json!({ "letter": letter.id, "stage": letter.stage, "message": letter.message_id, "died_again": !marked });
    audit::record(&mut tx, &actor::name(), "dead-letter-replayed", &detail).await?;
    Ok(tx.commit().await?)
}

async fn record(tools: &Tools, act: &str, detail: &Value) -> Result<(), Failure> {
    let mut tx = tools.database.begin().await?;
    audit::record(&mut tx, &actor::name(), act, detail).await?;
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
