//! `salur broker-access SOURCE`: a user of the broker for an upstream system, which can publish its own facts and hear its own outcomes, nothing else.
//!
//! Declares the source's outcome queue and writes a definitions document that an operator loads into the broker (`rabbitmqctl
//! import_definitions`), since salur's own user is not to make users. The password is random, told once in the address on standard output, and
//! kept nowhere: the document holds its salted digest. Running it again is a new password for the same user; what it may do follows this
//! release's facts. Who did it is on record.
//!
//! Bounds: [`PASSWORD_BYTES`] of randomness; connections and channels of the user as in [`definitions`].

mod definitions;

use std::{path::PathBuf, process::ExitCode};

use salur_domain::{Disposed, Disposition, SourceName};
use salur_runtime::{
    broker::{Broker, Place},
    config::Config,
    stage::Failure,
    topology,
};
use salur_store::{audit, master};
use serde_json::json;

use crate::{
    api,
    cli::{self, Outcome},
    setup::actor,
};
use definitions::User;

/// Bytes of randomness behind a password.
const PASSWORD_BYTES: usize = 24;
/// Of the digest of a password.
const SALT_BYTES: usize = 4;

/// Give an upstream system a user of the broker: it publishes its own facts, reads its own outcomes, and may do nothing else.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A source of the setup: dinsos-belitung.
    source: String,
    /// Where the definitions for `rabbitmqctl import_definitions` are written; default: upstream-SOURCE.json.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "revoke"])]
    definitions: Option<PathBuf>,
    /// How the source reaches the broker, where that is not how salur does: <amqps://broker.example:5671>.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "revoke")]
    at: Option<String>,
    /// Change nothing; print the commands that take the access away.
    #[arg(long)]
    revoke: bool,
    /// Print one JSON object, the definitions in it; write no file.
    #[arg(long)]
    json: bool,
}

/// Why there is no access.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("`{0}` is not a source name: use 1 to 32 lower-case letters, digits and hyphens")]
    Name(String),
    #[error("there is no source `{0}`: name it in the setup file first")]
    Unknown(String),
    #[error("--at takes amqp://HOST[:PORT] or amqps://HOST[:PORT], without user and virtual host")]
    Address,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Makes the access, or says how to end it.
pub async fn run(args: Args, config: Config) -> Outcome {
    if !salur_domain::ids::is_source(&args.source) {
        return Err(Failure::from(Error::Name(args.source)).into());
    }
    let place = Place::of(&config)?;
    let user = definitions::user_name(&args.source);
    if args.revoke {
        revoke(&args, &user, &place.vhost);
        return Ok(ExitCode::SUCCESS);
    }
    let address = args.at.as_deref().map_or(Ok(place.address.as_str()), check_address)?;
    let source = SourceName(args.source.clone());
    make_queue(&source, &user, &config).await?;
    let (password, salt) = random()?;
    let url = definitions::url(address, &user, &password, &place.vhost);
    let document = definitions::document(&User { source: &source.0, vhost: &place.vhost, password: &password, salt });
    if args.json {
        let queue = topology::outcomes(&source.0);
        println!("{}", json!({ "source": source.0, "user": user, "url": url, "queue": queue, "definitions": document }));
        return Ok(ExitCode::SUCCESS);
    }
    let path = args.definitions.unwrap_or_else(|| format!("{user}.json").into());
    api::write_private(
        &path,
        format!(
            "{document:#}
"
        )
        .as_bytes(),
        false,
    )?;
    println!("{url}");
    eprintln!("The address of {} above is shown this once. It works after: rabbitmqctl import_definitions {}", source.0, path.display());
    eprintln!("Connections of an earlier password live on until: rabbitmqctl close_all_user_connections {user} rotated");
    Ok(ExitCode::SUCCESS)
}

fn revoke(args: &Args, user: &str, vhost: &str) {
    let commands = [
        format!("rabbitmqctl delete_user {user}"),
        format!("rabbitmqctl delete_queue --vhost {vhost} {}", topology::outcomes(&args.source)),
    ];
    if args.json {
        println!("{}", json!({ "source": args.source, "user": user, "commands": commands }));
        return;
    }
    println!("{}", commands.join("\n"));
    eprintln!("The first ends the user and its connections; the second drops the outcomes it has not read.");
}

/// The outcome queue of a source that exists, and who made it.
async fn make_queue(source: &SourceName, user: &str, config: &Config) -> Result<(), Failure> {
    let database = cli::database(config).await?;
    let known = master::intake_context(&database, std::slice::from_ref(&source.0), &[], &[]).await?;
    if !known.sources.contains(&source.0) {
        return Err(Error::Unknown(source.0.clone()).into());
    }
    let broker = Broker::connect(config).await?;
    broker.declare(&salur_pipeline::specs()).await?;
    broker.declare_outcomes(source).await?;
    broker.close().await;
    let mut tx = database.begin().await?;
    audit::record(&mut tx, &actor::name(), "broker_access_made", &json!({ "source": source, "user": user })).await?;
    tx.commit().await?;
    database.close().await;
    Ok(())
}

fn check_address(text: &str) -> Result<&str, Failure> {
    let host = text.strip_prefix("amqp://").or_else(|| text.strip_prefix("amqps://"));
    let plain = |host: &&str| !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter));
    host.filter(plain).map(|_| text).ok_or_else(|| Error::Address.into())
}

fn random() -> Result<(String, [u8; SALT_BYTES]), Box<dyn std::error::Error + Send + Sync>> {
    let (mut password, mut salt) = ([0; PASSWORD_BYTES], [0; SALT_BYTES]);
    for bytes in [&mut password[..], &mut salt[..]] {
        getrandom::fill(bytes).map_err(|error| format!("no randomness: {error}"))?;
    }
    Ok((hex::encode(password), salt))
}
