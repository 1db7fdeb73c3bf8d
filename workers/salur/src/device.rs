//! `salur device`: devices of the counter, registered and ended by administrators through the portal.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{Api, Error, segment},
    cli::Outcome,
};

/// Register, list and revoke devices of the counter.
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
    /// Register a device; it gets a one-time code, for which it hands in the key it made.
    Add {
        /// `PP-190201-3`
        code: String,
        /// Where it belongs.
        #[arg(long)]
        pay_point: String,
    },
    /// List devices.
    List {
        /// Only of this pay point.
        #[arg(long)]
        pay_point: Option<String>,
    },
    /// A new one-time code for a device that has not enrolled yet.
    Code {
        /// Which device.
        code: String,
    },
    /// End a device at once; what it captured before is still judged.
    Revoke {
        /// Which device.
        code: String,
        /// Why; kept in the audit. Name no person.
        #[arg(long)]
        reason: String,
    },
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let told = match args.command {
        Command::Add { code, pay_point } => {
            api.call(Method::POST, "/api/devices", Some(&json!({ "code": code, "pay_point": pay_point }))).await?
        }
        Command::List { pay_point } => list(&api, pay_point.as_deref()).await?,
        Command::Code { code } => api.call(Method::POST, &format!("/api/devices/{}/codes", segment(&code)), None).await?,
        Command::Revoke { code, reason } => {
            api.call(Method::POST, &format!("/api/devices/{}/revoke", segment(&code)), Some(&json!({ "reason": reason }))).await?
        }
    };
    if args.json {
        println!("{told}");
    } else {
        show(&told);
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(api: &Api, pay_point: Option<&str>) -> Result<Value, Error> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let named = [("pay_point", pay_point), ("after", Some(after.as_str()))];
        let query: Vec<(&str, &str)> = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let mut page = api.get("/api/devices", &query).await?;
        if let Value::Array(devices) = page["devices"].take() {
            all.extend(devices);
        }
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => return Ok(all.into()),
        }
    }
}

fn show(told: &Value) {
    let Some(devices) = told.as_array() else {
        let device = told["device"].as_str().or(told["code"].as_str()).unwrap_or_default();
        if told["device"].is_string() {
            println!("{device} enrols with the code {}\nonce, until {}", text(told, "code"), text(told, "expires_at"));
        } else {
            println!("{device} is revoked; its next request is refused");
        }
        return;
    };
    println!("{:<32} {:<32} state", "device", "pay point");
    for device in devices {
        let state = match (device["revoked_at"].as_str(), device["enrolled"] == true, device["code_expires_at"].as_str()) {
            (Some(at), ..) => format!("revoked {at}"),
            (_, true, _) => "enrolled".into(),
            (_, _, Some(at)) => format!("waits for its code to be used, until {at}"),
            _ => "has no code: salur device code".into(),
        };
        println!("{:<32} {:<32} {state}", text(device, "code"), text(device, "pay_point"));
    }
}

fn text<'a>(told: &'a Value, field: &str) -> &'a str {
    told[field].as_str().unwrap_or("-")
}
