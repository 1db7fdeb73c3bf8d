//! A proof looked at: each look says why, and is recorded by the portal before anything is shown.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    api::{self, Api},
    cli::Outcome,
};

/// What is looked at, and why.
#[derive(Debug, Args)]
pub struct Seen {
    /// The capture.
    capture: Uuid,
    /// Why you look, in 8 to 200 characters: it is kept with the record of what you see.
    #[arg(long)]
    why: String,
}

/// What is carried out of the house.
#[derive(Debug, Args)]
pub struct Carried {
    #[command(flatten)]
    seen: Seen,
    /// Where the ZIP goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

async fn say_why(api: &Api, why: &str) -> Result<(), api::Error> {
    api.call(Method::POST, "/api/proofs/why", Some(&json!({ "why": why }))).await.map(drop)
}

async fn case(api: &Api, seen: &Seen) -> Result<Value, api::Error> {
    say_why(api, &seen.why).await?;
    api.get::<&str>(&format!("/api/proofs/{}", seen.capture), &[]).await
}

/// Prints what is known of a proof.
pub async fn show(api: &Api, seen: &Seen, is_json: bool) -> Outcome {
    let case = case(api, seen).await?;
    if is_json {
        println!("{case}");
        return Ok(ExitCode::SUCCESS);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for field in ["capture", "state", "photo", "sha256", "bytes", "captured_at", "judged_at", "teller", "device", "village", "rupiah"] {
        println!("{field:<12} {}", text(&case[field]));
    }
    for found in case["findings"].as_array().into_iter().flatten() {
        println!("finding      {} ({}) {}", text(&found["code"]), text(&found["severity"]), found["evidence"]);
    }
    for paid in case["payments"].as_array().into_iter().flatten() {
        println!("payment      {} {} {} {}", text(&paid["payment"]), text(&paid["tranche"]), text(&paid["status"]), paid["rupiah"]);
    }
    for decided in case["decisions"].as_array().into_iter().flatten() {
        let of = |field: &str| text(&decided[field]);
        println!("decision     {} {} ({}, {}) {} {}", of("at"), of("decision"), of("ground"), of("effect"), of("actor"), of("document"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares the original with what was judged and with what the device signed for.
pub async fn verify(api: &Api, seen: &Seen, is_json: bool) -> Outcome {
    let case = case(api, seen).await?;
    let (judged, signed) = (case["sha256"].as_str().unwrap_or_default(), case["statement"]["sha256"].as_str().unwrap_or_default());
    let found = if case["photo"] == "kept" {
        Some(hex::encode(Sha256::digest(api.take(&format!("/api/proofs/{}/original", seen.capture)).await?)))
    } else {
        None
    };
    let holds = found.as_deref().is_none_or(|found| found == judged);
    let verdict = match (&found, holds, judged == signed) {
        (None, ..) => "destroyed: its digest is kept, and there is nothing left to compare with it",
        (Some(_), false, _) => "NOT the bytes that were judged",
        (Some(_), true, false) => "the bytes that were judged, which are not those that the device signed for",
        (Some(_), true, true) => "the bytes that were judged and that the device signed for",
    };
    if is_json {
        println!("{}", json!({ "capture": seen.capture, "holds": holds, "found": found, "judged": judged, "signed": signed }));
    } else {
        println!("{}: {verdict}", seen.capture);
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the case as one ZIP.
pub async fn export(api: &Api, carried: &Carried) -> Outcome {
    say_why(api, &carried.seen.why).await?;
    let bytes = api.take(&format!("/api/proofs/{}/export", carried.seen.capture)).await?;
    api::write_private(&carried.out, &bytes, true)?;
    println!("{} bytes in {}", bytes.len(), carried.out.display());
    Ok(ExitCode::SUCCESS)
}
