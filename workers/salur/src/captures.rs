//! `salur captures send DIR`: sends what a device captured while it had no network: the photos of a day, and what it stated of each.
//!
//! The folder ([`folder`]) is read and checked first: nothing is sent of a folder that is another device's. Then the device checks its pack in, if one is
//! named; addresses for the photos are asked for by the hundred; photos go to the store, and through the portal in pieces once a PUT broke ([`line`]); each
//! capture is said, and noted in the folder as sent. Whatever interrupts it, it can be run again: what is noted is left out, what the portal has is not sent
//! twice, and a capture that is said twice is one.
//!
//! Bounds: those of [`folder`] and [`line`]; `--parallel` captures at once; after [`SILENT_MAX`] captures that nobody answered, the line is taken to be gone.

mod folder;
mod line;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
};

use clap::{Args as ClapArgs, Subcommand};
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use salur_domain::{CaptureId, DevicePackId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{cli::Outcome, device_pack::device_key};
use folder::{Captured, Folder};
use line::{Line, Place};

/// Addresses asked for in one request: what the door takes.
const ASKED_MAX: usize = 100;
/// Captures at once, at most: each holds a photo.
const PARALLEL_MAX: usize = 16;
/// Captures that nobody answered until the rest waits for another run.
const SILENT_MAX: u64 = 3;

/// Send what was captured without a network.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send the captures of a folder, or what is missing of them.
    Send(Send),
}

#[derive(Debug, ClapArgs)]
struct Send {
    /// The folder: `<capture>.json` and `<capture>.jpg` for each.
    folder: PathBuf,
    /// Address of the portal.
    #[arg(long)]
    portal: String,
    /// The device's private key: a file of 64 hexadecimal digits.
    #[arg(long)]
    device_key: PathBuf,
    /// The pack that the captures are of: it is checked in first, with all of them.
    #[arg(long)]
    pack: Option<Uuid>,
    /// Photos at once.
    #[arg(long, default_value_t = 4)]
    parallel: usize,
    /// Send photos through the portal in pieces, without trying the store first.
    #[arg(long)]
    pieces: bool,
    /// Read and check the folder; send nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object as the last line.
    #[arg(long)]
    json: bool,
}

/// What became of the captures of a folder.
#[derive(Debug, Default)]
struct Told {
    sent: u64,
    before: u64,
    /// Nobody answered, or not tried any more.
    left: u64,
    in_pieces: u64,
    bytes: u64,
    /// What the portal said to the pack.
    pack: Option<String>,
    refused: Vec<Refused>,
}

#[derive(Debug)]
struct Refused {
    capture: CaptureId,
    error: String,
    detail: String,
}

/// How one capture ended.
enum Ended {
    Sent { bytes: u64, in_pieces: bool },
    Refused(Refused),
    Left,
}

/// Does it, and says what came of it.
pub async fn run(args: Args) -> Outcome {
    let Command::Send(args) = args.command;
    let folder = Folder::read(&args.folder, &device_key(&args.device_key)?)?;
    let mut told = Told { before: folder.sent, ..Told::default() };
    told.refused.extend(folder.faulty.iter().map(|(capture, detail)| Refused {
        capture: *capture,
        error: "folder".into(),
        detail: detail.clone(),
    }));
    if args.dry_run {
        told.left = folder.waiting.len() as u64;
    } else {
        send(&args, &folder, &mut told).await?;
    }
    let is_good = told.refused.is_empty() && (told.left == 0 || args.dry_run) && told.pack.as_deref() != Some("copy");
    if args.json {
        println!("{}", told.as_json(args.dry_run));
    } else {
        print!("{}", told.as_text(args.dry_run));
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn send(args: &Send, folder: &Folder, told: &mut Told) -> Result<(), line::Error> {
    if folder.waiting.is_empty() {
        return Ok(());
    }
    let line = Line::open(&args.portal, folder, args.pieces).await?;
    if let Some(pack) = args.pack {
        told.pack = Some(line.check_in(&folder.check_in(DevicePackId(pack))?).await?);
    }
    let bar = bar(folder);
    let silent = AtomicU64::new(0);
    let parallel = args.parallel.clamp(1, PARALLEL_MAX);
    for some in folder.waiting.chunks(ASKED_MAX) {
        let places = line.places(some).await?;
        let sends = stream::iter(some.iter().zip(places)).map(|(captured, place)| one(&line, folder, captured, place, &silent));
        let mut sends = std::pin::pin!(sends.buffer_unordered(parallel));
        while let Some(ended) = sends.next().await {
            bar.inc(1);
            told.count(ended?);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// One capture: its photo, then what is said of it, then the note that it was sent.
async fn one(line: &Line, folder: &Folder, captured: &Captured, place: Place, silent: &AtomicU64) -> Result<Ended, line::Error> {
    if silent.load(Ordering::Relaxed) >= SILENT_MAX {
        return Ok(Ended::Left);
    }
    let done = async {
        let in_pieces = line.bring(captured, place).await?;
        line.say(captured).await?;
        Ok(in_pieces)
    };
    match done.await {
        Ok(in_pieces) => {
            folder.note_sent(captured.capture())?;
            Ok(Ended::Sent { bytes: captured.statement.size, in_pieces })
        }
        Err(line::Error::Refused { status, error, detail }) if status < 500 => {
            Ok(Ended::Refused(Refused { capture: captured.capture(), error, detail }))
        }
        Err(error) if error.is_of_the_line() => {
            silent.fetch_add(1, Ordering::Relaxed);
            Ok(Ended::Left)
        }
        Err(error) => Err(error),
    }
}

fn bar(folder: &Folder) -> ProgressBar {
    let template = "{bar:30} {pos}/{len} captures, {eta} left";
    let style = ProgressStyle::with_template(template).expect("a template");
    ProgressBar::new(folder.waiting.len() as u64).with_style(style)
}

impl Told {
    fn count(&mut self, ended: Ended) {
        match ended {
            Ended::Sent { bytes, in_pieces } => {
                self.sent += 1;
                self.bytes += bytes;
                self.in_pieces += u64::from(in_pieces);
            }
            Ended::Refused(refused) => self.refused.push(refused),
            Ended::Left => self.left += 1,
        }
    }

    fn as_json(&self, is_dry: bool) -> Value {
        let Self { sent, before, left, in_pieces, bytes, pack, refused } = self;
        let refused: Vec<Value> =
            refused.iter().map(|one| json!({ "capture": one.capture, "error": one.error, "detail": one.detail })).collect();
        json!({
            "dry_run": is_dry, "sent": sent, "sent_before": before, "left": left, "in_pieces": in_pieces, "bytes": bytes, "pack": pack, "refused": refused,
        })
    }

    fn as_text(&self, is_dry: bool) -> String {
        let Self { sent, before, left, in_pieces, bytes, pack, refused } = self;
        let what = if is_dry {
            format!("{left} captures to send, {before} sent before; nothing was sent\n")
        } else {
            format!("{sent} captures sent ({bytes} bytes, {in_pieces} in pieces), {before} before, {left} left\n")
        };
        let pack = pack.iter().map(|effect| format!("pack: {effect}\n"));
        let refused = refused.iter().map(|one| format!("refused: {}: {}: {}\n", one.capture, one.error, one.detail));
        let again = (*left > 0 && !is_dry).then(|| "the line is gone; run the same command again, it sends what is left\n".to_owned());
        [what].into_iter().chain(pack).chain(refused).chain(again).collect()
    }
}
