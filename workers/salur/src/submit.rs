//! `salur submit FILE`: publishes a list of recipients as an upstream system would.
//!
//! By AMQP, as the broker's user of its configuration: reading, refusing and sending are the portal's [`submission`], which `POST /api/batches` uses
//! too. Here is what a command line adds: arguments, progress, and words for people or programs.

use std::{fs::File, path::PathBuf, process::ExitCode, time::Instant};

use chrono::Utc;
use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use salur_domain::{
    Disposed, Disposition,
    reason::{Code, Language},
};
use salur_formats::{Format, Mapping};
use salur_portal::submission::{self, Batch, Check, Document, Summary};
use salur_runtime::{broker::Broker, client::Client, config::Config};
use serde_json::{Value, json};

use crate::cli::Outcome;

const TEMPLATE: &str = "{bar:30} {human_pos}/{human_len} rows {per_sec} {eta}";

/// Submit a list of recipients.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// CSV, JSON Lines or XLSX with columns nik, kk, name, village, amount; optionally id, `birth_date`, sex, address. Or pain.001.
    file: PathBuf,
    /// Who submits: a source of the setup.
    #[arg(long)]
    source: String,
    /// Code of the tranche: BST-4.
    #[arg(long)]
    tranche: String,
    /// Own name of the batch; default: digest of the content.
    #[arg(long)]
    batch: Option<String>,
    /// TOML file that says what its columns are called: `[columns] nik = "NIK KTP"`.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Count, sum and check the rows; send nothing.
    #[arg(long)]
    dry_run: bool,
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
    let started = Instant::now();
    submission::check_names(&args.source, &args.tranche, args.batch.as_deref()).map_err(|error| format!("--{error}"))?;
    let document = open(&args)?;
    let check = if args.dry_run { Check::Alone(Utc::now().date_naive()) } else { Check::Totals };
    let read = move || submission::summarise(&document, check).map(|summary| (document, summary));
    let (document, summary) = tokio::task::spawn_blocking(read).await.expect("the reader neither panics nor is cancelled")?;
    if summary.fault_count > 0 {
        refuse(&args, &summary, document.format);
        return Ok(ExitCode::FAILURE);
    }
    let batch = Batch::new(&args.source, &args.tranche, args.batch.as_deref(), &summary);
    if args.dry_run {
        dry(&args, &batch, &summary);
        return Ok(ExitCode::SUCCESS);
    }
    let broker = Broker::connect(&config).await?;
    broker.declare(&salur_pipeline::specs()).await?;
    let progress = ProgressBar::new(summary.rows).with_style(ProgressStyle::with_template(TEMPLATE).expect("a template that is tested"));
    let messages = submission::send(&Client::new(&broker), &document, &batch, &summary, |rows| progress.inc(rows as u64)).await?;
    progress.finish_and_clear();
    broker.close().await;
    let seconds = started.elapsed().as_secs_f64();
    sent(&args, &batch, &summary, messages, seconds);
    Ok(ExitCode::SUCCESS)
}

/// The list, and what its columns are called.
fn open(args: &Args) -> Result<Document, Box<dyn std::error::Error + Send + Sync>> {
    let unreadable = |path: &PathBuf| {
        let path = path.clone();
        move |source| Unreadable { path, source }
    };
    let mapping = match &args.mapping {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(unreadable(path))?;
            Mapping::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => Mapping::default(),
    };
    let file = File::open(&args.file).map_err(unreadable(&args.file))?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let document = Document::of(file, &name, mapping)?;
    Ok(document.ok_or_else(|| format!("{} is no list we know; send CSV, JSON Lines, XLSX or pain.001", args.file.display()))?)
}

fn refuse(args: &Args, summary: &Summary, format: Format) {
    let left = summary.fault_count.saturating_sub(summary.faults.len() as u64);
    if args.json {
        let faults: Vec<Value> = summary
            .faults
            .iter()
            .map(|fault| json!({ "line": fault.line, "column": fault.column, "what": fault.what, "remedy": fault.remedy }))
            .collect();
        println!("{}", json!({ "sent": false, "faults": summary.fault_count, "first_faults": faults }));
        return;
    }
    for fault in &summary.faults {
        eprintln!("{}: {}", args.file.display(), fault.in_format(format));
    }
    if left > 0 {
        eprintln!("... and {left} more");
    }
    eprintln!("{}: refused, nothing was sent", args.file.display());
}

fn dry(args: &Args, batch: &Batch, summary: &Summary) {
    let findings = summary.findings.iter().map(|(code, count)| (*code, *count));
    if args.json {
        let findings: serde_json::Map<String, Value> = findings.map(|(code, count)| (code.to_string(), count.into())).collect();
        let mut object = batch.json(summary);
        object["sent"] = false.into();
        object["findings"] = findings.into();
        println!("{object}");
        return;
    }
    println!("{} rows, {} (batch {}, tranche {})", summary.rows, summary.sum, batch.name, batch.tranche);
    for (code, count) in findings {
        let code: Code = code;
        println!("  {:<7} {count:>9}  {:?}: {}", code.as_str(), code.outcome(), code.message(Language::English));
    }
    println!("dry run: each row checked alone, nothing was sent; pairs, tranche and money are checked after sending");
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn sent(args: &Args, batch: &Batch, summary: &Summary, messages: usize, seconds: f64) {
    let rate = summary.rows as f64 / seconds.max(f64::EPSILON);
    if args.json {
        let mut object = batch.json(summary);
        object["sent"] = true.into();
        object["messages"] = messages.into();
        object["seconds"] = json!((seconds * 1_000.0).round() / 1_000.0);
        object["rows_per_s"] = json!(rate.round());
        println!("{object}");
        return;
    }
    println!("sent {} rows, {} in {messages} messages, {seconds:.1} s, {rate:.0} rows/s", summary.rows, summary.sum);
    println!("batch {} of {} for {}; watch it with `salur status`", batch.name, batch.source, batch.tranche);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_of_the_progress_bar_is_one() {
        indicatif::ProgressStyle::with_template(super::TEMPLATE).expect("a template");
    }
}
