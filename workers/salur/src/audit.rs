//! `salur audit`: what was written as evidence, proved, compared, carried out of the house and witnessed. Exit code 1 when something is damaged.
//!
//! The public keys are those of the private ones in the configuration, or are handed in as options: an auditor needs no private key.

mod access;
mod witness;

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args as ClapArgs, Subcommand};
use salur_domain::{
    PaymentId,
    note::{Kind, Note, Signer, Verifier},
};
use salur_runtime::config::Config;
use salur_store::evidence::{
    audit::{self, Means},
    export, log, prove as proofs,
};

use crate::cli::{self, Outcome};

/// Evidence: prove, verify, export, witness.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    /// Public key of the log; else that of keys.seal.
    #[arg(long, global = true, value_name = "KEY", value_parser = Verifier::parse)]
    log: Option<Verifier>,
    /// Public key of a writer of the journal, may be repeated; else that of keys.journal.
    #[arg(long, global = true, value_name = "KEY", value_parser = Verifier::parse)]
    journal: Vec<Verifier>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the public keys of log and journal.
    Keys,
    /// Print the checkpoint that the log shows: keep it where nobody here can reach it.
    Checkpoint,
    /// Compare every row, every commit and the log, and name what does not fit.
    Verify(Compare),
    /// Prove what a payment rests on, as JSON.
    Prove {
        /// Id of the payment.
        payment: uuid::Uuid,
    },
    /// Write the evidence of a tranche into a folder, for a check without us.
    Export {
        /// Code of the tranche: BST-4.
        #[arg(long, required_unless_present = "rest")]
        tranche: Option<String>,
        /// What belongs to no tranche: cash, statements of the bank, the audit.
        #[arg(long, conflicts_with = "tranche")]
        rest: bool,
        /// A folder that does not exist yet.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Let an auditor ask the database in SQL: the masked views of a region.
    DatabaseAccess(access::Args),
    /// Sign the checkpoint as a witness, if it extends the one signed last.
    Witness(witness::Args),
}

/// What to compare with besides the log.
#[derive(Debug, ClapArgs)]
struct Compare {
    /// A checkpoint that was kept outside.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Public key of a witness, may be repeated.
    #[arg(long, value_name = "KEY", value_parser = Verifier::parse, requires = "checkpoint")]
    witness: Vec<Verifier>,
    /// So many of the witnesses must have signed the checkpoint.
    #[arg(long, value_name = "K", requires = "witness", default_value_t = 0)]
    witnesses: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Something that a person can put right.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("no public key of the {0}: set keys.{1} or hand one in")]
    NoKey(&'static str, &'static str),
    #[error("nothing was sealed yet")]
    NothingSealed,
    #[error("there is no tranche {0}")]
    NoTranche(String),
    #[error("there is no payment {0}, or nothing was sealed yet")]
    NoPayment(uuid::Uuid),
    #[error("cannot read or write {}", .0.display())]
    File(PathBuf, #[source] std::io::Error),
}

/// The public keys.
#[derive(Debug)]
struct Keys {
    log: Verifier,
    journal: Vec<Verifier>,
}

/// Runs a command.
pub async fn run(args: Args, config: Config) -> Outcome {
    if let Command::DatabaseAccess(args) = &args.command {
        return access::run(args, &config).await;
    }
    let log = match (args.log, config.keys.seal.optional("keys.seal")?) {
        (Some(key), _) => Some(key),
        (None, Some(seed)) => Some(Signer::new(&config.evidence.origin, Kind::Note, &seed)?.verifier().clone()),
        (None, None) => None,
    };
    let journal =
        if args.journal.is_empty() { cli::journal(&config)?.map(|signer| vec![signer.verifier().clone()]) } else { Some(args.journal) };
    if let Command::Witness(args) = &args.command {
        return witness::run(args, &config, &log.ok_or(Error::NoKey("log", "seal"))?).await;
    }
    if let Command::Checkpoint = args.command {
        print!("{}", log::shown(&cli::blobs(&config)).await?.ok_or(Error::NothingSealed)?);
        return Ok(ExitCode::SUCCESS);
    }
    let keys = Keys { log: log.ok_or(Error::NoKey("log", "seal"))?, journal: journal.ok_or(Error::NoKey("journal", "journal"))? };
    match args.command {
        Command::Verify(compare) => verify(&compare, &config, &keys).await,
        Command::Prove { payment } => prove(payment, &config, &keys).await,
        Command::Export { tranche, out, rest: _ } => write_out(tranche.as_deref(), &out, &config, &keys).await,
        Command::Keys => {
            println!("log {}", keys.log);
            keys.journal.iter().for_each(|key| println!("journal {key}"));
            Ok(ExitCode::SUCCESS)
        }
        Command::Witness(_) | Command::Checkpoint | Command::DatabaseAccess(_) => unreachable!("done above"),
    }
}

async fn verify(compare: &Compare, config: &Config, keys: &Keys) -> Outcome {
    let outside = compare.checkpoint.as_deref().map(read).transpose()?;
    let (database, blobs) = (cli::database(config).await?, cli::blobs(config));
    let means = Means { blobs: &blobs, log: &keys.log, journal: &keys.journal, outside: outside.as_deref() };
    let mut findings = audit::verify(&database, &means).await?;
    database.close().await;
    let (signed, forged) = witnessed(outside.as_deref(), &compare.witness);
    if forged > 0 || signed < compare.witnesses {
        findings.found += 1;
        findings.damages.push(format!(
            "{signed} of {} witnesses signed the checkpoint, {} are asked for",
            compare.witness.len(),
            compare.witnesses
        ));
    }
    if compare.json {
        println!("{}", serde_json::to_string(&findings)?);
    } else {
        for damage in &findings.damages {
            println!("DAMAGED  {damage}");
        }
        let more = findings.found.saturating_sub(findings.damages.len() as u64);
        if more > 0 {
            println!("         and {more} more");
        }
        let verdict = if findings.hold() { "all as it was written" } else { "NOT as it was written" };
        println!("{} rows in {} commits, {} of them sealed: {verdict}", findings.rows, findings.commits, findings.sealed);
    }
    Ok(if findings.hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many witnesses signed a checkpoint, and how many signatures in their names do not fit.
fn witnessed(note: Option<&str>, witnesses: &[Verifier]) -> (usize, usize) {
    let Some(note) = note.and_then(|note| Note::parse(note).ok()) else { return (0, 0) };
    let signed: Vec<_> = witnesses.iter().map(|witness| witness.signed(&note)).collect();
    (signed.iter().filter(|signed| **signed == Ok(true)).count(), signed.iter().filter(|signed| signed.is_err()).count())
}

async fn prove(payment: uuid::Uuid, config: &Config, keys: &Keys) -> Outcome {
    let (database, blobs) = (cli::database(config).await?, cli::blobs(config));
    let proof = proofs::of_payment(&database, &blobs, &keys.log, PaymentId(payment)).await?.ok_or(Error::NoPayment(payment))?;
    database.close().await;
    println!("{}", serde_json::to_string_pretty(&proof)?);
    Ok(ExitCode::SUCCESS)
}

async fn write_out(code: Option<&str>, out: &Path, config: &Config, keys: &Keys) -> Outcome {
    let (database, blobs) = (cli::database(config).await?, cli::blobs(config));
    let tranche = match code {
        Some(code) => export::tranche(&database, code).await?.ok_or_else(|| Error::NoTranche(code.to_owned()))?,
        None => export::NO_TRANCHE,
    };
    let code = code.unwrap_or("none");
    std::fs::create_dir(out).map_err(|error| Error::File(out.to_owned(), error))?;
    let mut sink = |path: &str, bytes: &[u8]| append(&out.join(path), bytes);
    sink("rows", b"")?;
    let exported = export::export(&database, &blobs, tranche, &mut sink).await?.ok_or(Error::NothingSealed)?;
    database.close().await;
    let journal: Vec<String> = keys.journal.iter().map(ToString::to_string).collect();
    let about = serde_json::json!({ "format": "salur.export/v1", "tranche": exported.tranche, "code": code, "log": keys.log.to_string(), "journal": journal });
    sink("export.json", format!("{about:#}\n").as_bytes())?;
    println!("{} rows of tranche {code} and {} entries of the log in {}", exported.rows, exported.entries, out.display());
    Ok(ExitCode::SUCCESS)
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file: File = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(bytes)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::File(path.to_owned(), error))
}
