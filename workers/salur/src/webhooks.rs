//! `salur webhooks`: who hears of a source's batches over HTTP. `send` is the role that tells them; the other commands go through the portal as
//! whoever is signed in.

mod post;
mod send;

use std::{path::Path, process::ExitCode};

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{Api, segment},
    cli::{self, Outcome},
};

/// Signed webhooks: batch.completed, batch.released, batch.funded, batch.settled.
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
    /// Deliver what is due until stopped; more than one process may.
    Send,
    /// List webhooks and how their deliveries fare.
    List {
        /// Of this source alone.
        #[arg(long)]
        source: Option<String>,
        /// The deliveries that nobody took, and why, instead.
        #[arg(long)]
        dead: bool,
    },
    /// Add a webhook; its secret is shown once.
    Add {
        /// `https://dinsos.example/salur`
        url: String,
        /// Whose batches; who has a source has its own alone.
        #[arg(long)]
        source: Option<String>,
    },
    /// Try dead deliveries again, from the beginning of the ladder.
    Retry {
        /// Id of the webhook.
        webhook: String,
        /// This delivery alone.
        #[arg(long)]
        delivery: Option<String>,
    },
    /// End a webhook at once.
    Revoke {
        /// Id of the webhook.
        webhook: String,
        /// Why; kept in the audit.
        #[arg(long)]
        reason: String,
    },
}

/// Sends until stopped, or asks the portal.
pub fn command(args: Args, file: Option<&Path>) -> ExitCode {
    match args.command {
        Command::Send => send::run(file),
        command => cli::once("webhooks", file, |_| ask(command, args.json)),
    }
}

async fn ask(command: Command, is_json: bool) -> Outcome {
    let api = Api::signed_in()?;
    let heard = match &command {
        Command::Send => unreachable!("it is a role of its own"),
        Command::List { source, dead } => list(&api, source.as_deref(), *dead).await?,
        Command::Add { url, source } => api.call(Method::POST, "/api/webhooks", Some(&json!({ "url": url, "source": source }))).await?,
        Command::Retry { webhook, delivery } => {
            api.call(Method::POST, &door(webhook, "retry"), Some(&json!({ "delivery": delivery }))).await?
        }
        Command::Revoke { webhook, reason } => api.call(Method::POST, &door(webhook, "revoke"), Some(&json!({ "reason": reason }))).await?,
    };
    if is_json {
        println!("{heard}");
    } else {
        show(&command, &heard);
    }
    Ok(ExitCode::SUCCESS)
}

fn door(webhook: &str, what: &str) -> String {
    format!("/api/webhooks/{}/{what}", segment(webhook))
}

/// Webhooks, or their dead deliveries, each with its webhook.
async fn list(api: &Api, source: Option<&str>, dead: bool) -> Result<Value, crate::api::Error> {
    let query: Vec<(&str, &str)> = source.map(|source| ("source", source)).into_iter().collect();
    let webhooks = api.get("/api/webhooks", &query).await?;
    if !dead {
        return Ok(webhooks);
    }
    let mut all = Vec::new();
    for webhook in webhooks.as_array().into_iter().flatten().filter(|webhook| webhook["dead"].as_i64() > Some(0)) {
        let id = webhook["id"].as_str().unwrap_or_default();
        let found = api.get(&door(id, "deliveries"), &[("dead", "true")]).await?;
        for mut delivery in found.as_array().cloned().unwrap_or_default() {
            delivery["webhook"] = id.into();
            all.push(delivery);
        }
    }
    Ok(all.into())
}

fn show(command: &Command, heard: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    match command {
        Command::List { dead: true, .. } => {
            for delivery in heard.as_array().into_iter().flatten() {
                let [webhook, id, batch, phase, failure] =
                    ["webhook", "id", "batch", "phase", "failure"].map(|field| text(&delivery[field]));
                println!("{webhook} {id} {batch} {phase}: {failure}");
            }
            println!("{} dead; `salur webhooks retry WEBHOOK` tries again", heard.as_array().map_or(0, Vec::len));
        }
        Command::Add { .. } => {
            println!("webhook {} of {}", text(&heard["id"]), text(&heard["source"]));
            println!("secret, shown this once: {}", text(&heard["secret"]));
        }
        Command::Retry { .. } => println!("{} deliveries are tried again", heard["retried"]),
        Command::Revoke { .. } => println!("revoked since {}", text(&heard["revoked_at"])),
        Command::List { .. } | Command::Send => {
            println!("{:<36} {:<14} {:>9} {:>7} {:>5}  url", "webhook", "source", "delivered", "waiting", "dead");
            for webhook in heard.as_array().into_iter().flatten() {
                let [id, source, url] = ["id", "source", "url"].map(|field| text(&webhook[field]));
                let [delivered, waiting, dead] = ["delivered", "waiting", "dead"].map(|field| webhook[field].as_i64().unwrap_or_default());
                let ended = if webhook["revoked_at"].is_null() { "" } else { " (revoked)" };
                println!("{id:<36} {source:<14} {delivered:>9} {waiting:>7} {dead:>5}  {url}{ended}");
            }
        }
    }
}
