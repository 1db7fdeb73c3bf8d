//! `salur bank`: statements of a programme's bank account, what their lines came to, and what does not match, through the portal as whoever is signed in.
//!
//! `import` sends the file as it is and waits for a stage to read it, and then, as long as lines go on coming to something, for the matching;
//! `--dry-run` reads it here with the same parser and sends nothing. `close` waits for what comes of it.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args as ClapArgs, Subcommand};
use indicatif::ProgressBar;
use reqwest::Method;
use salur_domain::{Disposed, Disposition};
use salur_formats::bank_statement::{self, Statement};
use salur_pipeline::bank_reconciliation::{Answer, Problem, Taken};
use serde_json::{Value, json};

use crate::{
    api::{Api, segment},
    cli::Outcome,
    waiting::{self, WAIT},
};

mod show;

/// Files larger than this show how far they are.
const BAR_FROM_BYTES: u64 = 1024 * 1024;

/// Why a file was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not there, or not ours.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Bank statements, their lines, and what does not match.
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
    /// Send a statement: camt.053.001.02, camt.053.001.08 or MT940.
    Import {
        /// The file, as the bank gave it.
        file: PathBuf,
        /// The programme whose account it is about: BST.
        #[arg(long)]
        programme: String,
        /// Read it here and show what it holds; send nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List lines with what they came to.
    Lines {
        /// The programme.
        #[arg(long)]
        programme: String,
        /// Only those that came to this: matched, partial, doubled, reversed, unmatched.
        #[arg(long)]
        outcome: Option<String>,
    },
    /// List what does not match.
    Cases {
        /// Only of this programme.
        #[arg(long)]
        programme: Option<String>,
        /// Also what is over: closed by a person, or matched meanwhile.
        #[arg(long)]
        all: bool,
    },
    /// Close a case that needs nothing more. It moves no money.
    Close {
        /// The case, by its id.
        case: uuid::Uuid,
        /// Why; kept in the audit. Name no person.
        #[arg(long)]
        reason: String,
    },
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    match args.command {
        Command::Import { file, dry_run: true, .. } => Ok(look(&file, args.json)?),
        Command::Import { file, programme, dry_run: false } => import(&Api::signed_in()?, &file, &programme, args.json).await,
        Command::Lines { programme, outcome } => {
            let query = [("programme", Some(programme)), ("outcome", outcome)];
            Ok(show::lines(&pages(&Api::signed_in()?, "/api/bank-lines", "lines", &query).await?.0, args.json))
        }
        Command::Cases { programme, all } => {
            let query = [("programme", programme), ("all", Some(all.to_string()))];
            let (cases, last) = pages(&Api::signed_in()?, "/api/bank-cases", "cases", &query).await?;
            Ok(show::cases(&cases, &last["undocumented"], args.json))
        }
        Command::Close { case, reason } => close(&Api::signed_in()?, &case.to_string(), &reason, args.json).await,
    }
}

/// Reads a file here.
fn look(path: &Path, is_json: bool) -> Result<ExitCode, Error> {
    let file = open(path)?;
    let answer = match bank_statement::read(file) {
        Ok(statements) => Answer { accepted: true, problem: None, statements: statements.iter().map(taken).collect() },
        Err(bank_statement::Fault { at, field, what, remedy }) => {
            let problem = Problem { code: "unreadable".into(), at, field, what, remedy };
            Answer { accepted: false, problem: Some(problem), statements: Vec::new() }
        }
    };
    let told = json!({ "dry_run": true, "answer": answer });
    Ok(show::answer(&path.display().to_string(), &answer, &told, is_json))
}

fn taken(statement: &Statement) -> Taken {
    Taken {
        account: statement.account.clone(),
        name: statement.name(),
        opening: statement.opening.rupiah,
        closing: statement.closing.rupiah,
        lines: statement.lines.len(),
        passed_over: statement.passed_over,
        already: false,
    }
}

async fn import(api: &Api, path: &Path, programme: &str, is_json: bool) -> Outcome {
    let file = open(path)?;
    let size = file.metadata().map_err(|source| Error::Read { path: path.to_owned(), source })?.len();
    let bar = if size < BAR_FROM_BYTES || is_json { ProgressBar::hidden() } else { ProgressBar::new(size) };
    let sent = api.stream("/api/bank-statements", &[("programme", programme)], "application/octet-stream", file, bar.clone()).await?;
    bar.finish_and_clear();
    let at = format!("/api/bank-statements/{}", sent["statement"].as_str().unwrap_or_default());
    let is_over = |told: &Value| told["answer"]["accepted"] == false || told["matched_at"].is_string();
    // a large file takes longer than one wait; as long as it goes on, so does the command
    let (mut told, mut before) = (Value::Null, Value::Bool(false));
    while !is_over(&told) && before != told {
        before = told;
        told = waiting::until(async || api.get::<&str>(&at, &[]).await, is_over).await?;
    }
    if !told["answer"].is_object() {
        return Err(format!("no worker has read it within {} s; run `salur run bank-reconciliation`", WAIT.as_secs()).into());
    }
    let answer: Answer = serde_json::from_value(told["answer"].clone())?;
    Ok(show::answer(&path.display().to_string(), &answer, &told, is_json))
}

async fn close(api: &Api, case: &str, reason: &str, is_json: bool) -> Outcome {
    let heard = api.call(Method::POST, &format!("/api/bank-cases/{}/decisions", segment(case)), Some(&json!({ "reason": reason }))).await?;
    let at = format!("/api/bank-cases/decisions/{}", heard["decision"].as_str().unwrap_or_default());
    let told = waiting::until(async || api.get::<&str>(&at, &[]).await, |told| told["effect"].is_object()).await?;
    Ok(show::closed(case, &told, is_json))
}

/// All pages of a list, and the last answer.
async fn pages(api: &Api, path: &str, list: &str, query: &[(&str, Option<String>)]) -> Result<(Vec<Value>, Value), crate::api::Error> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = query.iter().cloned().chain([("after", after)]);
        let query: Vec<(&str, String)> = query.filter_map(|(name, value)| Some((name, value?))).collect();
        let mut page = api.get(path, &query).await?;
        if let Value::Array(rows) = page[list].take() {
            all.extend(rows);
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok((all, page)),
        }
    }
}

fn open(path: &Path) -> Result<std::fs::File, Error> {
    std::fs::File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}
