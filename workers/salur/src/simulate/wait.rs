//! `salur simulate wait`: waits until the pipeline has done what was asked of it, and shows it happening.
//!
//! Looks at the rows once a second. Gives up when nothing has moved for `--patience-s`, and says where things stand: a demo that hangs
//! explains itself.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use salur_domain::{Disposed, Disposition};
use salur_runtime::{config::Config, stage::Failure};
use salur_store::status::{self, Status};
use serde_json::Value;

use crate::cli::{self, Outcome};

const LOOK_EVERY: Duration = Duration::from_millis(700);

/// What to wait for.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `released`: every batch is. `cheques`: every submitted row is answered and every accepted payment has its cheque. `visits`: every
    /// capture of the counter is judged and booked, as many as `--expected` says.
    #[arg(long = "for", value_enum)]
    goal: Goal,
    /// Batches that must be released.
    #[arg(long, default_value_t = 1)]
    batches: usize,
    /// The object that `simulate counter --json` ended with.
    #[arg(long, required_if_eq("goal", "visits"))]
    expected: Option<PathBuf>,
    /// Seconds without any movement until it gives up.
    #[arg(long, default_value_t = 120)]
    patience_s: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Goal {
    Released,
    Cheques,
    Visits,
}

/// Why waiting ended without the goal.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("nothing has moved for {0} s; stands at: {1}")]
    Still(u64, String),
    #[error("{} is not what `simulate counter --json` writes", .0.display())]
    Expected(PathBuf),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Where things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    released: usize,
    batches: usize,
    submitted: i64,
    accepted: i64,
    funded: i64,
    cheques: i64,
    paid: i64,
    in_question: i64,
    cases: i64,
}

/// Waits.
pub async fn run(args: Args, config: Config) -> Outcome {
    let expected = args.expected.as_ref().map(read_expected).transpose()?;
    let database = cli::database(&config).await?;
    let (mut last, mut moved) = (None, Instant::now());
    loop {
        let now = Standing::of(&status::read(&database).await?);
        if last != Some(now) {
            (last, moved) = (Some(now), Instant::now());
            eprintln!("  {}", now.text());
        }
        if now.reached(args.goal, args.batches, expected) {
            database.close().await;
            return Ok(ExitCode::SUCCESS);
        }
        if moved.elapsed() > Duration::from_secs(args.patience_s) {
            return Err(Error::Still(args.patience_s, now.text()).into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// (paid, in question, cases) that the counter expects.
fn read_expected(file: &PathBuf) -> Result<(i64, i64, i64), Failure> {
    let wrong = || Error::Expected(file.clone());
    let text = std::fs::read_to_string(file).map_err(|_| wrong())?;
    let value: Value = serde_json::from_str(text.trim()).map_err(|_| wrong())?;
    let number = |name: &str| value["expected"][name].as_i64().ok_or_else(wrong);
    Ok((number("paid")?, number("in_question")?, number("cases")?))
}

impl Standing {
    fn of(status: &Status) -> Self {
        let families = |of: fn(&status::Tranche) -> i64| status.total(of);
        Self {
            released: status.batches.iter().filter(|batch| batch.state == "released").count(),
            batches: status.batches.len(),
            submitted: families(|t| t.rows.submitted.families),
            accepted: families(|t| t.rows.accepted.families),
            funded: families(|t| t.payments.funded_ever.families),
            cheques: families(|t| t.payments.cheque_issued.families + t.payments.paid.families + t.payments.in_question.families),
            paid: families(|t| t.payments.paid.families),
            in_question: families(|t| t.payments.in_question.families),
            cases: status.cases.iter().map(|case| case.1).sum(),
        }
    }

    fn reached(&self, goal: Goal, batches: usize, expected: Option<(i64, i64, i64)>) -> bool {
        let is_released = self.batches >= batches && self.released == self.batches;
        match goal {
            Goal::Released => is_released,
            Goal::Cheques => is_released && self.cheques == self.accepted,
            Goal::Visits => expected == Some((self.paid, self.in_question, self.cases)),
        }
    }

    fn text(&self) -> String {
        let Self { released, batches, submitted, accepted, funded, cheques, paid, in_question, cases } = self;
        format!(
            "rows {submitted} | batches released {released}/{batches} | accepted {accepted} | funded {funded} | cheques {cheques} | paid {paid} | \
             in question {in_question} | cases {cases}"
        )
    }
}
