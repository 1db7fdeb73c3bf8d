//! `salur simulate counter`: plays the tellers, through the public doors only.
//!
//! For every family that comes: the QR is read off the cheque's picture and checked with the public key alone ([`paper`]); the cheque is
//! claimed, a photo is made ([`photo`]), uploaded and stated ([`visit`], [`door`]). Who comes and what goes wrong is decided by the seed before
//! ([`plan`], whose table lists it). The database is asked only what the outside world knows by itself: which paper was handed out, which
//! card some families send somebody with ([`cards`]), where the pay points stand, and, to know when everything has arrived, the board's tallies.
//!
//! A claim covers all open payments of a family. So two tranches are played in two runs, each after its cheques were issued: the first tranche
//! alone, where those who will come once for both stay away, then both. A run waits at its end until every capture has become paid or in
//! question. Bounds: `--parallel` families at once, [`FAILURES_MAX`] failures until it gives up, the limits of each module.

mod cards;
mod device;
mod dice;
mod door;
mod pace;
mod paper;
mod photo;
mod plan;
mod scene;
mod tell;
mod visit;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use clap::Args as ClapArgs;
use ed25519_dalek::SigningKey;
use futures::{Stream, StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use salur_domain::{
    Disposed, Disposition, TrancheId,
    cheque_keys::{Known, Purpose},
    ids::NAMESPACE,
};
use salur_runtime::{config::Config, stage::Failure};
use salur_store::{Database, cheque_keys, master, status};
use uuid::Uuid;

use crate::cli::{self, Outcome};
use device::Counters;
use pace::{Pace, Record};
use photo::Studio;
use plan::{Plan, Shares, Twist, Visit};
use scene::Size;
use tell::{Standing, Tally, Told};
use visit::{Ended, Moment, Office};

/// Visits that may fail before the run gives up: beyond it, it is the portal or the contract.
const FAILURES_MAX: u64 = 50;
/// Families at once, at most: below the requests that the portal takes.
const PARALLEL_MAX: usize = 128;
/// Families at once, at most, where they come by the clock: as many as come while a store is away for some minutes.
const WAITING_MAX: usize = 16_384;
/// Looks at how much has settled are so far apart.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Play the tellers.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Address of the portal.
    #[arg(long)]
    portal: String,
    /// `devices.json` of the programme.
    #[arg(long)]
    devices: PathBuf,
    /// Any text: decides who comes and what goes wrong.
    #[arg(long, default_value = "1")]
    seed: String,
    /// Codes of tranches; one alone leaves those away who will come once for both.
    #[arg(long, required = true, value_delimiter = ',')]
    tranches: Vec<String>,
    /// Families that do not come, as a part of 1.
    #[arg(long, default_value_t = 0.02)]
    no_show: f64,
    /// Families that come once for both tranches; at most 5 % of the first tranche's.
    #[arg(long, default_value_t = 300)]
    both: usize,
    /// Captures wrong on purpose, as a part of 1.
    #[arg(long, default_value_t = 0.03)]
    wrong: f64,
    /// Families at once.
    #[arg(long, default_value_t = 12)]
    parallel: usize,
    /// Families that come each second, whether or not those before are done; without it `--parallel` are served at once.
    #[arg(long, value_parser = per_second)]
    per_second: Option<f64>,
    /// Families that are served at most.
    #[arg(long)]
    families: Option<usize>,
    /// Pixels of the photos.
    #[arg(long, value_enum, default_value = "1280x960")]
    photos: Photos,
    /// Record when each family was served, a line of JSON each.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Wait until so many cheques of these tranches were issued.
    #[arg(long)]
    expect_cheques: Option<i64>,
    /// Wait at most so long for captures to become paid or in question; 0 does not wait.
    #[arg(long, default_value_t = 600)]
    settle_s: u64,
    /// One JSON object as the last line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Photos {
    #[value(name = "1280x960")]
    Small,
    #[value(name = "2048x1536")]
    Large,
}

impl Photos {
    const fn size(self) -> Size {
        match self {
            Self::Small => Size::SMALL,
            Self::Large => Size::LARGE,
        }
    }
}

fn per_second(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|rate| (0.01..=10_000.0).contains(rate)).ok_or_else(|| "a number from 0.01 to 10000".to_owned())
}

/// Why the counters cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A tranche that nobody set up.
    #[error("there is no tranche {0}")]
    Tranche(String),
    /// Paper.
    #[error(transparent)]
    Paper(#[from] paper::Error),
    /// Doors.
    #[error(transparent)]
    Door(#[from] door::Error),
    /// Photo.
    #[error(transparent)]
    Photo(#[from] photo::Error),
    /// Counters.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// Record.
    #[error("when families were served cannot be recorded")]
    Record(#[source] std::io::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// What was handed out, and what is known about it.
struct Round {
    database: Database,
    tranches: Vec<TrancheId>,
    office: Office,
    plan: Plan,
    before: Standing,
    parallel: usize,
    per_second: Option<f64>,
    record: Record,
    patience: Duration,
}

/// Plays all visits and tells about them.
pub async fn run(args: Args, config: Config) -> Outcome {
    let round = prepare(&args, &config).await?;
    let told = round.play().await?;
    print!("{told}");
    if args.json {
        println!("{}", serde_json::to_string(&told).expect("plain data"));
    }
    Ok(if told.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn prepare(args: &Args, config: &Config) -> Result<Round, Failure> {
    let database = cli::database(config).await?;
    let tranches = tranches(&database, &args.tranches).await?;
    if let Some(expected) = args.expect_cheques {
        paper::wait_for(&database, &tranches, expected).await.map_err(Error::from)?;
    }
    let seed = dice::rank(0, "seed", args.seed.as_bytes());
    let cheques = paper::stack(&database, &tranches).await.map_err(Error::from)?;
    let portal = door::Portal::at(&args.portal).map_err(Error::from)?;
    let now = portal.time().await.map_err(Error::from)?;
    let pay_points = master::pay_points(&database, None).await?;
    let counters = Counters::read(&args.devices, &pay_points, seed, Utc::now() - now).map_err(Error::from)?;
    // Only public halves are used here, as by any counter that checks a cheque without a network.
    let own = SigningKey::from_bytes(&config.keys.cheque.bytes("keys.cheque")?).verifying_key();
    let mut keys = cheque_keys::all(&database).await?;
    keys.0.push(Known { key: own, purpose: Purpose::Any });
    let run = Uuid::new_v5(&NAMESPACE, format!("counters\u{0}{seed}\u{0}{now}").as_bytes());
    let studio = Arc::new(Studio::open(seed, args.photos.size()).map_err(Error::from)?);
    let shares = Shares { no_show: args.no_show, both: args.both, wrong: args.wrong };
    let mut plan = plan::plan(seed, &tranches, cheques, shares);
    plan.visits.truncate(args.families.unwrap_or(usize::MAX));
    let sent = cards::sent(&database, &cli::keys(config)?, seed, &plan.visits).await?;
    Ok(Round {
        office: Office { portal, blobs: cli::blobs(config), keys: Arc::new(keys), studio, counters, run, sent },
        plan,
        before: standing(&database, &tranches).await?,
        database,
        tranches,
        parallel: if args.per_second.is_some() { WAITING_MAX } else { args.parallel.clamp(1, PARALLEL_MAX) },
        per_second: args.per_second,
        record: Record::create(args.record.as_deref()).map_err(Error::Record)?,
        patience: Duration::from_secs(args.settle_s),
    })
}

async fn tranches(database: &Database, codes: &[String]) -> Result<Vec<TrancheId>, Failure> {
    let known = master::tranches(database).await?;
    let id = |code: &String| known.iter().find(|tranche| tranche.code == *code).map(master::Tranche::id);
    codes.iter().map(|code| id(code).ok_or_else(|| Error::Tranche(code.clone()).into())).collect()
}

async fn standing(database: &Database, tranches: &[TrancheId]) -> Result<Standing, salur_store::Error> {
    let status = status::read(database).await?;
    let sum = |of: fn(&status::Payments) -> status::Sum| -> i64 {
        let ours = status.tranches.iter().filter(|tranche| tranches.contains(&TrancheId(tranche.id)));
        ours.map(|tranche| of(&tranche.payments).families).sum()
    };
    Ok(Standing {
        paid: sum(|payments| payments.paid),
        in_question: sum(|payments| payments.in_question),
        open: sum(|payments| payments.cheque_issued),
        cases: status.cases.iter().map(|case| case.1).sum(),
    })
}

impl Round {
    /// Everybody but the cheats first; then, when the hand-overs are booked, photos used twice and second captures.
    async fn play(mut self) -> Result<Told, Failure> {
        let since = Instant::now();
        let visits = std::mem::take(&mut self.plan.visits);
        let (cheats, honest): (Vec<Visit>, Vec<Visit>) = visits.into_iter().partition(|visit| visit.twist == Twist::ReusedPhoto);
        let progress = bar(honest.len() + cheats.len());
        let mut tally = Tally::default();
        let mut kept = Kept::wanting(cheats.len());
        let office = &self.office;
        let pace = Pace::of(self.per_second);
        let served = stream::iter(honest.iter().enumerate()).map(|(place, visit)| async move {
            let due = pace.come(place).await;
            (visit, due, office.serve(visit, None).await)
        });
        count(served.buffer_unordered(self.parallel), &mut tally, &mut kept, &mut self.record, &progress).await?;
        self.settle(&tally).await?;

        let photos = std::mem::take(&mut kept.photos).into_iter().map(Some).chain(std::iter::repeat(None));
        let served = stream::iter(cheats.iter().zip(photos))
            .map(|(visit, photo)| async move { (visit, Utc::now(), office.serve(visit, photo).await) });
        count(served.buffer_unordered(self.parallel.min(PARALLEL_MAX)), &mut tally, &mut kept, &mut self.record, &progress).await?;
        for (moment, payments, chance) in &kept.moments {
            match self.office.capture_again(moment, *chance).await {
                Ok(()) => tally.captured_again(*payments),
                Err(error) => tally.failed(&error),
            }
        }
        progress.finish_and_clear();
        let took = since.elapsed();
        let settled = self.settle(&tally).await?;
        Ok(tally.tell(&self.plan, self.before, settled, took))
    }

    /// Waits until everything so far became what it must; `None` when nobody wanted to wait.
    async fn settle(&self, tally: &Tally) -> Result<Option<Standing>, Failure> {
        if self.patience.is_zero() {
            return Ok(None);
        }
        let expected = tally.expected(self.before);
        let since = Instant::now();
        loop {
            let standing = standing(&self.database, &self.tranches).await?;
            if standing == expected || since.elapsed() > self.patience {
                return Ok(Some(standing));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// What is needed again later: photos to be used twice, and claims to be captured twice.
struct Kept {
    wanted: usize,
    photos: Vec<Bytes>,
    moments: Vec<(Moment, usize, u64)>,
}

impl Kept {
    fn wanting(wanted: usize) -> Self {
        Self { wanted, photos: Vec::new(), moments: Vec::new() }
    }

    fn keep(&mut self, visit: &Visit, ended: Ended) {
        let Ended::Served(served) = ended else { return };
        match served.twist {
            Twist::Good if self.photos.len() < self.wanted => self.photos.push(served.photo),
            Twist::SecondCapture => self.moments.push((served.at, served.payments.len(), visit.chance)),
            _ => {}
        }
    }
}

/// Counts visits as they end, until all have or too many failed.
async fn count<'a>(
    served: impl Stream<Item = (&'a Visit, DateTime<Utc>, Result<Ended, visit::Error>)>,
    tally: &mut Tally,
    kept: &mut Kept,
    record: &mut Record,
    progress: &ProgressBar,
) -> Result<(), Error> {
    let mut served = std::pin::pin!(served);
    while let Some((visit, due, ended)) = served.next().await {
        progress.inc(1);
        match ended {
            Ok(ended) => {
                tally.ended(&ended);
                if let Ended::Served(served) = &ended {
                    record.note(due, served).map_err(Error::Record)?;
                }
                kept.keep(visit, ended);
            }
            Err(error) => tally.failed(&error),
        }
        if tally.failed > FAILURES_MAX {
            break;
        }
    }
    Ok(())
}

/// On standard error, and only where somebody looks.
fn bar(visits: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("counters {bar:40} {pos}/{len} families {per_sec} {eta}").expect("a fixed template");
    ProgressBar::new(visits as u64).with_style(style)
}
