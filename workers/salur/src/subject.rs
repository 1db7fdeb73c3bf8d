//! `salur subject report`: everything that is held about one person and who looked, as JSON or to be read, through the portal as whoever is signed in.

use std::{
    fmt::Write as _,
    io::{self, Read},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args as ClapArgs, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api::{self, Api},
    cli::Outcome,
};

/// What a person may ask of the programme.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything that is held about a person, and who looked. It is recorded that you asked.
    Report {
        /// The NIK; others on this machine can read a command line, a file not.
        #[arg(long, required_unless_present = "nik_file")]
        nik: Option<String>,
        /// A file that holds the NIK; `-`: standard input.
        #[arg(long, value_name = "FILE", conflicts_with = "nik")]
        nik_file: Option<PathBuf>,
        /// Why you ask, in 8 to 200 characters.
        #[arg(long)]
        why: String,
        /// A file of your own to write into; else standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Asks and writes.
pub async fn run(args: Args) -> Outcome {
    let Command::Report { nik, nik_file, why, out, json: is_json } = args.command;
    let nik = match (nik, nik_file) {
        (Some(nik), _) => nik,
        (None, Some(file)) if file.as_os_str() == "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text)?;
            text
        }
        (None, file) => std::fs::read_to_string(file.unwrap_or_default())?,
    };
    let body = json!({ "nik": nik.trim(), "why": why });
    let report = Api::signed_in()?.call(Method::POST, "/api/subjects/report", Some(&body)).await?;
    let text = if is_json { format!("{report:#}\n") } else { readable(&report) };
    match out {
        Some(file) => api::write_private(&file, text.as_bytes(), true)?,
        None => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The report to be read.
fn readable(report: &Value) -> String {
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let mut text = format!("What is held about one person, {}\n", word(&report["at"]));
    for row in &list("rows") {
        add_row(&mut text, row);
    }
    for payment in &list("payments") {
        add_payment(&mut text, payment);
    }
    for proof in &list("proofs") {
        add_proof(&mut text, proof);
    }
    for received in &list("proxied") {
        add_received(&mut text, received);
    }
    text.push_str("\nWho looked or acted\n");
    for look in list("looks") {
        line(&mut text, "  ", &look, &["at", "actor", "act", "page", "why"]);
    }
    if report["looks_cut"] == true {
        text.push_str("  and earlier ones, which are not told here\n");
    }
    text
}

fn add_row(text: &mut String, row: &Value) {
    line(text, "\nRow ", row, &["row", "batch", "source", "staged_at", "came_to"]);
    match row["data"].as_object() {
        None => text.push_str("  what it said was destroyed, or does not open\n"),
        Some(data) => data.iter().for_each(|(name, value)| {
            writeln!(text, "  {name:<12} {}", word(value)).expect("writing to memory");
        }),
    }
}

fn add_payment(text: &mut String, payment: &Value) {
    line(text, "\nPayment ", payment, &["payment", "tranche", "amount", "status"]);
    for event in payment["events"].as_array().into_iter().flatten() {
        line(text, "  ", event, &["at", "event", "actor", "code"]);
    }
}

fn add_proof(text: &mut String, proof: &Value) {
    line(text, "\nPhoto ", proof, &["capture", "state", "photo", "sha256"]);
    for found in proof["findings"].as_array().into_iter().flatten() {
        line(text, "  found ", found, &["code", "evidence"]);
    }
}

/// A visit in which the person received for another family.
fn add_received(text: &mut String, received: &Value) {
    line(text, "\nReceived for another family ", received, &["claim", "at", "relation"]);
    match received["data"].as_object() {
        None => text.push_str("  what was kept of the person was destroyed, or does not open\n"),
        Some(data) => data.iter().for_each(|(name, value)| {
            writeln!(text, "  {name:<12} {}", word(value)).expect("writing to memory");
        }),
    }
}

/// Fields of something on one line.
fn line(text: &mut String, start: &str, of: &Value, fields: &[&str]) {
    let fields: Vec<String> = fields.iter().map(|field| word(&of[*field])).collect();
    writeln!(text, "{start}{}", fields.join("  ")).expect("writing to memory");
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
