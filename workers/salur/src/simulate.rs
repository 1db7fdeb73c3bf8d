//! `salur simulate`: the outside world for demos, tests and benches. Everything it makes is fictitious and deterministic by its seed.

mod bench;
pub mod chance;
mod counter;
pub mod families;
mod list;
pub mod programme;
mod registry;
mod report;
mod wait;

use std::{path::Path, process::ExitCode};

use clap::{Args as ClapArgs, Subcommand};

use crate::cli;

use salur_runtime::stage::Failure;

/// Play the outside world: fictitious families.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write a programme of two tranches, its families, and what should become of them.
    Programme(programme::Args),
    /// Write a list of any length.
    List(list::Args),
    /// Play a civil registry: slow, wrong and missing answers by its seed.
    Registry(registry::Args),
    /// Play the tellers: claim, photograph, upload.
    Counter(counter::Args),
    /// Wait until the pipeline has done what was asked of it.
    Wait(wait::Args),
    /// Submit one list and measure until its last transfer is posted.
    Bench(bench::Args),
    /// Verify, and tell how a demo ended.
    Report(report::Args),
}

/// Runs what was asked for.
pub fn command(args: Args, file: Option<&Path>) -> ExitCode {
    match args.what {
        What::Programme(args) => programme::run(&args).unwrap_or_else(|error| {
            eprintln!("salur simulate programme: {}", Failure::from(error));
            ExitCode::FAILURE
        }),
        What::List(args) => list::run(&args).unwrap_or_else(|error| {
            eprintln!("salur simulate list: {error}");
            ExitCode::FAILURE
        }),
        What::Registry(args) => registry::command(args, file),
        What::Counter(args) => cli::once("simulate counter", file, |config| counter::run(args, config)),
        What::Wait(args) => cli::once("simulate wait", file, |config| wait::run(args, config)),
        What::Bench(args) => cli::once("simulate bench", file, |_| bench::run(args)),
        What::Report(args) => cli::once("simulate report", file, |config| report::run(args, config)),
    }
}
