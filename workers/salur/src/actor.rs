//! `salur actor`: who may act, made and ended by administrators through the portal.
//!
//! The first administrator comes from whoever holds the database (`bootstrap`), and only while nobody can sign in as one.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use salur_portal::people;
use salur_runtime::config::Config;
use salur_store::{
    actors::{self, NewActor},
    audit,
};
use serde_json::{Value, json};

use crate::{
    api::Api,
    cli::{self, Outcome},
};

/// Bytes of randomness behind a code.
const CODE_BYTES: usize = 12;

/// Make, list and revoke actors: the people and systems that may act.
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
    /// Make the first administrator, straight in the database; refused once one has signed in.
    Bootstrap {
        /// `siti.aminah`
        name: String,
    },
    /// Make an actor; a person gets a one-time code for `salur login`.
    Add {
        /// `siti.aminah`
        name: String,
        /// administrator, treasurer, upstream, office, supervisor, teller, auditor, ops or viewer.
        #[arg(long)]
        role: String,
        /// A system instead of a person: it gets tokens.
        #[arg(long)]
        system: bool,
        /// Source of lists; upstream and office have one.
        #[arg(long)]
        source: Option<String>,
        /// Two digits for a province, four for a regency; default: the country.
        #[arg(long, default_value = "")]
        region: String,
        /// Of a teller: code of the teller whose drawer it is.
        #[arg(long)]
        teller: Option<String>,
        /// Of a teller: code of the pay point.
        #[arg(long)]
        pay_point: Option<String>,
    },
    /// Say that an account of another system (OpenID Connect) is a person's, who may then sign in with it at a browser.
    Link {
        /// Whose.
        name: String,
        /// Who keeps the account, as its tokens say it.
        #[arg(long)]
        issuer: String,
        /// What the account is called there: the page of signing in shows it to the person.
        #[arg(long)]
        subject: String,
        /// End the link instead.
        #[arg(long)]
        end: bool,
    },
    /// List all actors.
    List,
    /// End an actor and its tokens at once.
    Revoke {
        /// Whom.
        name: String,
        /// Why; kept in the audit.
        #[arg(long)]
        reason: String,
    },
    /// A new one-time code for a person who lost the key.
    Code {
        /// For whom.
        name: String,
    },
    /// A token for a system, shown once.
    Token {
        /// For which system.
        name: String,
        /// What it is for.
        #[arg(long)]
        purpose: String,
        /// For how many days.
        #[arg(long, default_value_t = 90)]
        days: u16,
    },
}

/// Does it, and says what came of it.
pub async fn run(args: Args, config: Config) -> Outcome {
    let told = match args.command {
        Command::Bootstrap { name } => bootstrap(&config, &name).await?,
        other => through_the_portal(other).await?,
    };
    if args.json {
        println!("{told}");
    } else {
        show(&told);
    }
    Ok(ExitCode::SUCCESS)
}

/// All actors, page by page.
async fn all(api: &Api) -> Result<Value, crate::api::Error> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or("", |last| last["name"].as_str().unwrap_or_default());
        let page = api.call(Method::GET, &format!("/api/actors?after={after}"), None).await?;
        let page = page.as_array().cloned().unwrap_or_default();
        let is_last = i64::try_from(page.len()).is_ok_and(|number| number < actors::PAGE);
        all.extend(page);
        if is_last {
            return Ok(all.into());
        }
    }
}

async fn through_the_portal(command: Command) -> Result<Value, crate::api::Error> {
    let api = Api::signed_in()?;
    match command {
        Command::Bootstrap { .. } => unreachable!("bootstrap has no portal to go through"),
        Command::List => all(&api).await,
        Command::Add { name, role, system, source, region, teller, pay_point } => {
            let kind = if system { "system" } else { "person" };
            let body = json!({
                "name": name, "kind": kind, "role": role, "source": source, "region": region, "teller": teller, "pay_point": pay_point,
            });
            api.call(Method::POST, "/api/actors", Some(&body)).await
        }
        Command::Link { name, issuer, subject, end } => {
            let door = if end { "identities/end" } else { "identities" };
            let body = json!({ "issuer": issuer, "subject": subject });
            let accounts = api.call(Method::POST, &format!("/api/actors/{name}/{door}"), Some(&body)).await?;
            Ok(json!({ "name": name, "accounts": accounts }))
        }
        Command::Revoke { name, reason } => {
            api.call(Method::POST, &format!("/api/actors/{name}/revoke"), Some(&json!({ "reason": reason }))).await
        }
        Command::Code { name } => api.call(Method::POST, &format!("/api/actors/{name}/codes"), None).await,
        Command::Token { name, purpose, days } => {
            let body = json!({ "purpose": purpose, "days": days });
            api.call(Method::POST, &format!("/api/actors/{name}/tokens"), Some(&body)).await
        }
    }
}

async fn bootstrap(config: &Config, name: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    if !salur_domain::actor::is_name(name) {
        return Err("not a name; use 2 to 48 lower-case letters, digits, dots and hyphens, a letter first".into());
    }
    let mut random = [0; CODE_BYTES];
    getrandom::fill(&mut random).map_err(|error| format!("no randomness: {error}"))?;
    let code = people::code_text(&random);
    let mut tx = cli::database(config).await?.begin().await?;
    if actors::administrators(&mut tx).await? > 0 {
        return Err("there is an administrator already; ask them: `salur actor add`".into());
    }
    let new = NewActor {
        name,
        kind: "person",
        role: "administrator",
        source: None,
        region: "",
        teller: None,
        pay_point: None,
        created_by: "bootstrap",
    };
    actors::create(&mut tx, &new).await?;
    let known: Vec<_> = actors::by_name(&mut tx, name).await?.into_iter().collect();
    if !known.iter().any(|actor| actor.role == "administrator" && actor.revoked_at.is_none()) {
        return Err("there is an actor of this name with another role, or revoked; take another name".into());
    }
    let expires_at = actors::add_code(&mut tx, name, &people::digest_of(&code), people::CODE_HOURS).await?;
    audit::record(&mut tx, "bootstrap", "actor_created", &json!({ "name": name, "role": "administrator" })).await?;
    tx.commit().await?;
    Ok(json!({ "actor": name, "code": code, "expires_at": expires_at }))
}

fn show(told: &Value) {
    if let Some(actors) = told.as_array() {
        println!("{:<20} {:<7} {:<14} {:<20} {:<7} state", "name", "kind", "role", "source", "region");
        for actor in actors {
            let text = |field: &str| actor[field].as_str().unwrap_or("-").to_owned();
            let state = match (&actor["revoked_at"], actor["enrolled"] == true) {
                (Value::String(at), _) => format!("revoked {at}"),
                (_, true) => "can sign in".into(),
                _ if actor["kind"] == "system" => "by token".into(),
                _ => "waits for its code to be used".into(),
            };
            println!("{:<20} {:<7} {:<14} {:<20} {:<7} {state}", text("name"), text("kind"), text("role"), text("source"), text("region"));
        }
        return;
    }
    if let Some(accounts) = told["accounts"].as_array() {
        let text = |account: &Value, field: &str| account[field].as_str().unwrap_or_default().to_owned();
        for account in accounts {
            println!("{}  {}", text(account, "issuer"), text(account, "subject"));
        }
        println!("{} accounts sign {} in", accounts.len(), told["name"].as_str().unwrap_or_default());
        return;
    }
    let name = told["actor"].as_str().or(told["name"].as_str()).unwrap_or_default();
    match (told["code"].as_str(), told["token"].as_str()) {
        (Some(code), _) => println!("{name} signs in with: salur login --as {name} --code {code}\nonce, until {}", told["expires_at"]),
        (_, Some(token)) => println!("{token}\nthe token of {name}, shown this once, until {}", told["expires_at"]),
        _ if told["revoked_at"].is_string() => println!("{name} is revoked, its tokens are dead"),
        _ => println!("{name} is made; give it a token: salur actor token {name} --purpose .."),
    }
}
