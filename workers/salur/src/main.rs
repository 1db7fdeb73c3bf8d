//! `salur`: one binary, many roles.
//!
//! Workers, exporter and portal run until SIGTERM; the other commands do one thing and end. Exit codes: 0 done, 1 failed (the reason on
//! standard error), 2 wrong usage, 3 drain took too long; `verify` ends with 1 when something is violated.

mod actor;
mod api;
mod audit;
mod bank;
mod broker_access;
mod captures;
mod cash;
mod cheque;
mod cli;
mod dead_letters;
mod deciding;
mod dev_store;
mod device;
mod device_pack;
mod examine_photos;
mod exporter;
mod feed;
mod holds;
mod login;
mod mapping;
mod migrate;
mod operator;
mod pack;
mod pause;
mod payment;
mod portal;
mod proof;
mod report;
mod returns;
mod run;
mod sample;
mod schedule;
mod seal;
mod setup;
mod simulate;
mod status;
mod subject;
mod submit;
mod summary;
mod tranche;
mod verify;
mod waiting;
mod webhooks;
mod withdraw;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Pays social cash assistance and proves that each family got it.
#[derive(Debug, Parser)]
#[command(name = "salur", version, arg_required_else_help = true)]
struct Salur {
    /// TOML file over the built-in defaults; the environment (`SALUR__SECTION__KEY`) overrides both.
    #[arg(long, env = "SALUR_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run stages (workers) until stopped.
    Run(run::Args),
    /// Serve the board and the doors of the counter.
    Portal(portal::Args),
    /// Apply missing migrations and make the bucket.
    Migrate(migrate::Args),
    /// Seal the journal of evidence into the signed log until stopped.
    Seal(seal::Args),
    /// Publish tallies, depths and ages as metrics until stopped.
    Exporter(exporter::Args),
    /// Show how far everything is.
    Status(status::Args),
    /// Check that everything that was written holds together.
    Verify(verify::Args),
    /// Prove, compare, export and witness what was written as evidence.
    Audit(audit::Args),
    /// Look at messages that could not be processed, and replay them.
    DeadLetters(dead_letters::Args),
    /// Set up a programme from a file: master data and its funding.
    Setup(setup::Args),
    /// See tranches, and approve those that somebody else entered.
    Tranche(tranche::Args),
    /// See what goes back to the treasury, state it, and say that it was paid.
    Returns(returns::Args),
    /// Show, check, export, keep and destroy proofs; review those in question, and undo wrong hand-overs.
    Proof(proof::Args),
    /// Everything that is held about one person, and who looked.
    Subject(subject::Args),
    /// Move cash between bank, office and tellers, close days, and see who holds how much.
    Cash(cash::Args),
    /// Pause a stage, a tranche, a regency, a pay point or a teller for a while.
    Pause(pause::Args),
    /// Let go on what was paused.
    Resume(pause::Args),
    /// See what is paused, since when, by whom and why.
    Pauses(pause::ListArgs),
    /// Bank statements, their lines, and what does not match.
    Bank(bank::Args),
    /// Keep what your source calls our columns.
    Mapping(mapping::Args),
    /// Sign in at a portal with your own key.
    Login(login::Args),
    /// Make, list and revoke who may act.
    Actor(actor::Args),
    /// Register, list and revoke devices of the counter.
    Device(device::Args),
    /// What a device pays without a network: make a pack, read one, see them, revoke one.
    DevicePack(device_pack::Args),
    /// Send what a device captured while it had no network.
    Captures(captures::Args),
    /// Look at what waits for a person or for money, and decide.
    Holds(holds::Args),
    /// What a cheque says and is worth, and what devices check it with.
    Cheque(cheque::Args),
    /// Printable packs of cheques by village, and whether they were handed out.
    Pack(pack::Args),
    /// Who comes when and where, and what becomes of it when a pay point closes.
    Schedule(schedule::Args),
    /// Families who are called back after they were paid, and what their answers say.
    Sample(sample::Args),
    /// Give an upstream system a user of the broker, or take it away.
    BrokerAccess(broker_access::Args),
    /// Submit a list of recipients.
    Submit(submit::Args),
    /// Fetch the report of a list: every row, where it stands, why and what to do.
    Report(report::Args),
    /// Sum a tranche up by regency, pay point, office, teller or day, equal to the ledger.
    Summary(summary::Args),
    /// See a payment and what happened to it.
    Payment(payment::Args),
    /// Take a row back, with or without a family in its place.
    Withdraw(withdraw::Args),
    /// Have the outcomes of rows told again.
    Feed(feed::Args),
    /// Tell upstream systems over HTTP how their batches fare.
    Webhooks(webhooks::Args),
    /// Play the outside world: fictitious families.
    Simulate(simulate::Args),
    /// Serve an object store from a folder: for the quick start and tests, never for evidence.
    DevStore(dev_store::Args),
    /// Decode photos that a worker hands over; started by workers alone.
    #[command(hide = true)]
    ExaminePhotos,
}

fn main() -> ExitCode {
    let Salur { config, command } = Salur::parse();
    let file = config.as_deref();
    match command {
        Command::Run(args) => run::run(args, file),
        Command::Portal(args) => portal::run(args, file),
        Command::Migrate(args) => cli::once("migrate", file, |config| migrate::run(args, config)),
        Command::Seal(args) => seal::run(args, file),
        Command::Exporter(args) => exporter::run(args, file),
        Command::Status(args) => cli::once("status", file, |config| status::run(args, config)),
        Command::Verify(args) => cli::once("verify", file, |config| verify::run(args, config)),
        Command::Audit(args) => cli::once("audit", file, |config| audit::run(args, config)),
        Command::DeadLetters(args) => cli::once("dead-letters", file, |config| dead_letters::run(args, config)),
        Command::Setup(args) => cli::once("setup", file, |_| setup::run(args)),
        Command::Tranche(args) => cli::once("tranche", file, |_| tranche::run(args)),
        Command::Returns(args) => cli::once("returns", file, |_| returns::run(args)),
        Command::Proof(args) => cli::once("proof", file, |config| proof::run(args, config)),
        Command::Subject(args) => cli::once("subject", file, |_| subject::run(args)),
        Command::Cash(args) => cli::once("cash", file, |_| cash::run(args)),
        Command::Pause(args) => cli::once("pause", file, |_| pause::run(args, true)),
        Command::Resume(args) => cli::once("resume", file, |_| pause::run(args, false)),
        Command::Pauses(args) => cli::once("pauses", file, |_| pause::list(args)),
        Command::Bank(args) => cli::once("bank", file, |_| bank::run(args)),
        Command::Mapping(args) => cli::once("mapping", file, |_| mapping::run(args)),
        Command::Login(args) => cli::once("login", file, |config| login::run(args, config)),
        Command::Actor(args) => cli::once("actor", file, |config| actor::run(args, config)),
        Command::Device(args) => cli::once("device", file, |_| device::run(args)),
        Command::DevicePack(args) => cli::once("device-pack", file, |_| device_pack::run(args)),
        Command::Captures(args) => cli::once("captures", file, |_| captures::run(args)),
        Command::Holds(args) => cli::once("holds", file, |_| holds::run(args)),
        Command::Cheque(args) => cli::once("cheque", file, |_| cheque::run(args)),
        Command::Pack(args) => cli::once("pack", file, |_| pack::run(args)),
        Command::Sample(args) => cli::once("sample", file, |_| sample::run(args)),
        Command::Schedule(args) => cli::once("schedule", file, |_| schedule::run(args)),
        Command::BrokerAccess(args) => cli::once("broker-access", file, |_| broker_access::run(args)),
        Command::Submit(args) => cli::once("submit", file, |config| submit::run(args, config)),
        Command::Report(args) => cli::once("report", file, |_| report::run(args)),
        Command::Summary(args) => cli::once("summary", file, |_| summary::run(args)),
        Command::Payment(args) => cli::once("payment", file, |_| payment::run(args)),
        Command::Withdraw(args) => cli::once("withdraw", file, |_| withdraw::run(args)),
        Command::Feed(args) => cli::once("feed", file, |_| feed::run(args)),
        Command::Webhooks(args) => webhooks::command(args, file),
        Command::Simulate(args) => simulate::command(args, file),
        Command::DevStore(args) => dev_store::command(args, file),
        Command::ExaminePhotos => examine_photos::run(),
    }
}
