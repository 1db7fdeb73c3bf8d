//! `salur submit FILE`: sends a list of recipients.
//!
//! Through the portal as whoever is signed in ([`http`]), or with `--amqp` by the queue, as an upstream system does with the broker user of its
//! configuration ([`amqp`]). Both doors read, refuse and send by the portal's [`submission`]. Here is what a command line adds: arguments, progress, and
//! words for people or programs. A list that broke off is sent again: rows that arrived are recognised.

mod amqp;
mod http;

use std::{fs::File, path::PathBuf, process::ExitCode};

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use salur_domain::{
    Disposed, Disposition, Rupiah,
    reason::{Code, Language},
};
use salur_portal::submission;
use salur_runtime::config::Config;
use serde_json::{Value, json};

use crate::cli::Outcome;

const ROWS: &str = "{bar:30} {human_pos}/{human_len} rows {per_sec} {eta}";
const BYTES: &str = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}";

/// Send a list of recipients.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// CSV, JSON Lines or XLSX with columns nik, kk, name, village, amount; optionally id, `birth_date`, sex, address, `home_visit`. Or pain.001.
    file: PathBuf,
    /// Code of the tranche: BST-4.
    #[arg(long)]
    tranche: String,
    /// Own name of the batch; default: digest of the content.
    #[arg(long)]
    batch: Option<String>,
    /// Say what would become of it; send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Send by the queue instead of the portal, with the broker user of the configuration; a dry run then checks each row alone and needs no service.
    #[arg(long, requires = "source")]
    amqp: bool,
    /// By the queue: which source of the setup sends.
    #[arg(long, requires = "amqp")]
    source: Option<String>,
    /// By the queue: TOML file that says what its columns are called: `[columns] nik = "NIK KTP"`. The portal keeps one per source: `salur mapping`.
    #[arg(long, requires = "amqp")]
    mapping: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// The file is not there, or not ours.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read", path.display())]
struct Unreadable {
    path: PathBuf,
    source: std::io::Error,
}

impl Disposed for Unreadable {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Reads, refuses or sends.
pub async fn run(args: Args, config: Config) -> Outcome {
    let source = args.source.as_deref();
    submission::check_names(source.unwrap_or("portal"), &args.tranche, args.batch.as_deref()).map_err(|error| format!("--{error}"))?;
    match source {
        Some(source) => amqp::run(&args, source, &config).await,
        None => http::run(&args).await,
    }
}

impl Args {
    fn file(&self) -> Result<File, Unreadable> {
        File::open(&self.file).map_err(|source| Unreadable { path: self.file.clone(), source })
    }

    fn unknown(&self) -> String {
        format!("{} is no list we know; send CSV, JSON Lines, XLSX or pain.001", self.file.display())
    }

    /// Says why nothing was sent: how many faults, and the first of them.
    fn refuse(&self, count: u64, first: &[Value]) -> ExitCode {
        let file = self.file.display();
        if self.json {
            println!("{}", json!({ "sent": false, "faults": count, "first_faults": first }));
            return ExitCode::FAILURE;
        }
        for fault in first {
            eprintln!("{file}: {}", fault["said"].as_str().unwrap_or_default());
        }
        match count.saturating_sub(first.len() as u64) {
            0 => {}
            left => eprintln!("... and {left} more"),
        }
        eprintln!("{file}: refused, nothing was sent");
        ExitCode::FAILURE
    }
}

fn progress(length: u64, template: &str) -> ProgressBar {
    ProgressBar::new(length).with_style(ProgressStyle::with_template(template).expect("a template that is tested"))
}

/// Prints what the rules find, by code.
fn findings(found: &Value) {
    for (code, count) in found.as_object().into_iter().flatten() {
        let Some(code) = Code::parse(code) else { continue };
        println!("  {:<7} {count:>9}  {:?}: {}", code.as_str(), code.outcome(), code.message(Language::English));
    }
}

fn rupiah(value: &Value) -> Rupiah {
    Rupiah::new(value.as_i64().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_templates_of_the_progress_bars_are_templates() {
        for template in [super::ROWS, super::BYTES] {
            indicatif::ProgressStyle::with_template(template).expect("a template");
        }
    }
}
