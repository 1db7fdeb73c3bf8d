//! `salur verify`: whether everything that was written holds together; exit code 1 when something is violated.

use std::process::ExitCode;

use salur_pipeline::Tools;
use salur_runtime::{config::Config, stage::Failure};
use salur_store::verify::{self, Check, Means, NAMED, Photos, Report, Severity};

use crate::cli::{self, Outcome};

/// Photos opened when nobody says how many.
pub const SAMPLE: i64 = 20;

/// What to look at, and how to say it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// End with one JSON object instead of the table.
    #[arg(long)]
    json: bool,
    /// Open and hash so many photos, chosen anew each time.
    #[arg(long, value_name = "N", default_value_t = SAMPLE, value_parser = clap::value_parser!(i64).range(0..))]
    sample: i64,
    /// Open and hash every photo.
    #[arg(long, conflicts_with = "sample")]
    all: bool,
}

/// Runs all checks.
pub async fn run(args: Args, config: Config) -> Outcome {
    let tools = cli::tools(&config).await?;
    let photos = if args.all { None } else { Some(args.sample) };
    let report = checked(&tools, photos, !args.json).await?;
    tools.database.close().await;
    if args.json {
        println!("{}", json(&report));
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs all checks, opening a sample of photos (`None`: all), and prints each when told to.
pub async fn checked(tools: &Tools, sample: Option<i64>, tell: bool) -> Result<Report, Failure> {
    let seed = chrono::Utc::now().timestamp_micros();
    let means = Means {
        blobs: &tools.blobs,
        keys: &tools.keys,
        photo_key: &tools.photo_key,
        cheque_key: &tools.cheque_key.verifying_key(),
        photo_context: salur_pipeline::photo_context,
        photos: sample.map_or(Photos::All, |count| Photos::Sample { count, seed }),
    };
    let report = verify::run(&tools.database, &means, &mut |check| {
        if tell {
            print(check);
        }
    })
    .await?;
    if tell {
        let failed = report.violations().len();
        println!("{} checks at {}: {}", report.checks.len(), report.at.to_rfc3339(), if failed == 0 { "all hold" } else { "NOT all hold" });
    }
    Ok(report)
}

fn print(check: &Check) {
    let mark = match (check.severity, check.holds(), check.found) {
        (Severity::Violation, true, _) => "ok",
        (Severity::Violation, false, _) => "FAILED",
        (_, _, 0) => "none",
        (Severity::Warning, ..) => "warning",
        (Severity::Information, ..) => "info",
    };
    println!("{mark:<8} {:<30} {:>12} examined  {}", check.name, check.examined, check.meaning);
    if check.found == 0 {
        return;
    }
    for name in &check.named {
        println!("           {name}");
    }
    let more = usize::try_from(check.found).unwrap_or(usize::MAX).saturating_sub(NAMED);
    if more > 0 {
        println!("           and {more} more");
    }
}

/// The object that ends the output.
pub fn json(report: &Report) -> serde_json::Value {
    let verdict = if report.holds() { "ok" } else { "failed" };
    serde_json::json!({ "verify": verdict, "at": report.at, "checks": report.checks })
}
