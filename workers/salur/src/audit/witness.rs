//! `salur audit witness`: somebody outside signs what the log shows, and so that it was never shown otherwise (C2SP tlog-cosignature).
//!
//! A witness remembers the checkpoint that it signed last, and signs another only if the log's tiles make both. Its key and its memory are files of its own.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, process::ExitCode};

use salur_domain::note::{Kind, Signer, Verifier};
use salur_runtime::config::Config;
use salur_store::{Blobs, evidence::log};

use super::{Error as AuditError, read};
use crate::cli::{self, Outcome};

/// Who signs, and what was signed last.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the witness, as an address without https://.
    #[arg(long)]
    name: String,
    /// File with the witness's private key, 64 hexadecimal digits; made if it does not exist.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File with the checkpoint signed last; written anew.
    #[arg(long, value_name = "FILE")]
    last: PathBuf,
}

/// Why a witness does not sign.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the log does not extend the checkpoint of {0} entries that was signed last: NOT signed")]
    Rewritten(u64),
    #[error("the log shows {0} entries, and {1} were signed last: it was rolled back; NOT signed")]
    RolledBack(u64, u64),
    #[error("the tiles of the log do not make its checkpoint: NOT signed")]
    Tiles,
    #[error("the key of a witness is 64 hexadecimal digits")]
    Key,
    #[error("no randomness for a key")]
    Randomness,
}

/// Signs, or says why not.
pub async fn run(args: &Args, config: &Config, log_key: &Verifier) -> Outcome {
    let signer = Signer::new(&args.name, Kind::Cosignature, &key(args)?)?;
    let blobs = cli::blobs(config);
    let note = log::shown(&blobs).await?.ok_or(AuditError::NothingSealed)?;
    let checkpoint = log::checkpoint_of(&note, log_key)?;
    if args.last.exists() {
        let last = log::checkpoint_of(&read(&args.last)?, log_key)?;
        if last.size > checkpoint.size {
            return Err(Error::RolledBack(checkpoint.size, last.size).into());
        }
        if root(&blobs, last.size).await? != last.root {
            return Err(Error::Rewritten(last.size).into());
        }
    }
    if root(&blobs, checkpoint.size).await? != checkpoint.root {
        return Err(Error::Tiles.into());
    }
    let now = u64::try_from(chrono::Utc::now().timestamp()).expect("it is after 1970");
    let signed = format!("{note}{}", signer.line(&checkpoint.text(), now));
    let whole = args.last.with_extension("new");
    let written = std::fs::write(&whole, &signed).and_then(|()| std::fs::rename(&whole, &args.last));
    written.map_err(|error| AuditError::File(args.last.clone(), error))?;
    eprintln!("witness {}", signer.verifier());
    print!("{signed}");
    Ok(ExitCode::SUCCESS)
}

async fn root(blobs: &Blobs, size: u64) -> Result<salur_domain::tlog::Hash, salur_store::Error> {
    Ok(log::edge(blobs, size).await?.root())
}

/// The key of the file, which is made readable by its owner alone.
fn key(args: &Args) -> Result<[u8; 32], Box<dyn std::error::Error + Send + Sync>> {
    let mut key = [0; 32];
    if args.key.exists() {
        hex::decode_to_slice(read(&args.key)?.trim(), &mut key).map_err(|_| Error::Key)?;
        return Ok(key);
    }
    getrandom::fill(&mut key).map_err(|_| Error::Randomness)?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&args.key);
    let written = file.and_then(|mut file| writeln!(file, "{}", hex::encode(key)));
    written.map_err(|error| AuditError::File(args.key.clone(), error))?;
    Ok(key)
}
