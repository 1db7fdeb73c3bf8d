//! A list by the queue, as an upstream system sends it.

use std::{process::ExitCode, time::Instant};

use chrono::Utc;
use salur_formats::Mapping;
use salur_portal::submission::{self, Batch, Check, Document, Summary};
use salur_runtime::{broker::Broker, client::Client, config::Config};
use serde_json::{Value, json};

use super::{Args, ROWS, Unreadable, findings, progress};
use crate::cli::Outcome;

/// Reads it twice: to refuse it whole, then to send it.
pub(super) async fn run(args: &Args, source: &str, config: &Config) -> Outcome {
    let started = Instant::now();
    let document = open(args)?;
    let check = if args.dry_run { Check::Alone(Utc::now().date_naive()) } else { Check::Totals };
    let read = move || submission::summarise(&document, check).map(|summary| (document, summary));
    let (document, summary) = tokio::task::spawn_blocking(read).await.expect("the reader neither panics nor is cancelled")?;
    if summary.fault_count > 0 {
        return Ok(args.refuse(summary.fault_count, &summary.faults_told(document.format)));
    }
    let batch = Batch::new(source, &args.tranche, args.batch.as_deref(), &summary);
    if args.dry_run {
        dry(args, &batch, &summary);
        return Ok(ExitCode::SUCCESS);
    }
    let broker = Broker::connect(config).await?;
    broker.declare(&salur_pipeline::specs()).await?;
    let bar = progress(summary.rows, ROWS);
    let messages = submission::send(&Client::new(&broker), &document, &batch, &summary, |rows| bar.inc(rows as u64)).await?;
    bar.finish_and_clear();
    broker.close().await;
    sent(args, &batch, &summary, messages, started.elapsed().as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The list, and what its columns are called.
fn open(args: &Args) -> Result<Document, Box<dyn std::error::Error + Send + Sync>> {
    let mapping = match &args.mapping {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| Unreadable { path: path.clone(), source })?;
            Mapping::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => Mapping::default(),
    };
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let document = Document::of(args.file()?, &name, mapping)?;
    Ok(document.ok_or_else(|| args.unknown())?)
}

fn dry(args: &Args, batch: &Batch, summary: &Summary) {
    let found: Value = summary.findings.iter().map(|(code, count)| (code.to_string(), Value::from(*count))).collect();
    if args.json {
        let mut object = batch.json(summary);
        object["sent"] = false.into();
        object["findings"] = found;
        println!("{object}");
        return;
    }
    println!("{} rows, {} (batch {}, tranche {})", summary.rows, summary.sum, batch.name, batch.tranche);
    findings(&found);
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
