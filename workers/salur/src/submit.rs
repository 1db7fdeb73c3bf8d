//! `salur submit FILE.csv`: publishes a list of recipients as an upstream system would.
//!
//! The file is read twice: first wholly, to count, to sum and to refuse it before anything is sent (header, malformed rows, amounts that
//! cannot be read, references used twice), then to publish. What is wrong with a family is not refused here: intake answers that row by row.
//! Batch and row have names that the same file has again (option, else digest of the content; `id`, else line), so that submitting twice
//! changes nothing. The declaration goes first; rows follow in blocks of [`BLOCK_ROWS`], [`LANES`] at once, each confirmed.
//! Memory is a few blocks, and one number per row where references are not in order.

mod batch;
mod reading;
mod sending;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use chrono::Utc;
use clap::Args as ClapArgs;
use salur_domain::reason::{Code, Language};
use salur_runtime::config::Config;
use serde_json::{Value, json};

use crate::cli::Outcome;
use batch::Batch;
use reading::Summary;

/// Rows published and confirmed together; the client cuts them into messages.
pub const BLOCK_ROWS: usize = 5_000;
/// Blocks on their way at once.
pub const LANES: usize = 3;
/// Faults printed; the number of the rest follows.
pub const FAULTS_SHOWN: usize = 20;

/// Submit a list of recipients.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// CSV file with a header: nik, kk, name, village, amount; optionally id, `birth_date`, sex, address.
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
    /// Count, sum and check the rows; send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Reads, refuses or sends.
pub async fn run(args: Args, config: Config) -> Outcome {
    let started = Instant::now();
    batch::check_names(&args.source, &args.tranche, args.batch.as_deref())?;
    let (path, check) = (args.file.clone(), args.dry_run.then(|| Utc::now().date_naive()));
    let summary =
        tokio::task::spawn_blocking(move || reading::summarise(&path, check)).await.expect("the reader neither panics nor is cancelled")?;
    if summary.fault_count > 0 {
        refuse(&args, &summary);
        return Ok(ExitCode::FAILURE);
    }
    let batch = Batch::new(&args.source, &args.tranche, args.batch.as_deref(), &summary);
    if args.dry_run {
        dry(&args, &batch, &summary);
        return Ok(ExitCode::SUCCESS);
    }
    let messages = sending::send(&config, &args.file, &batch, &summary).await?;
    let seconds = started.elapsed().as_secs_f64();
    sent(&args, &batch, &summary, messages, seconds);
    Ok(ExitCode::SUCCESS)
}

fn refuse(args: &Args, summary: &Summary) {
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
        eprintln!("{}: {fault}", args.file.display());
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
