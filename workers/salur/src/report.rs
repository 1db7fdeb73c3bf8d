//! `salur report BATCH`: every row of a list, where it stands, why and what to do, as whoever is signed in may see it.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Args as ClapArgs, ValueEnum};

use crate::{
    api::{Api, segment},
    cli::Outcome,
};

/// Fetch the report of a list.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Its name, as it was submitted.
    batch: String,
    /// How to write it; pain002 answers a list that came as pain.001 through the portal.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// File to write; default: standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Whose list; who has a source sees its own alone.
    #[arg(long)]
    source: Option<String>,
}

/// As the portal calls it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Xlsx,
    Pain002,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pain002 => "pain002",
        }
    }
}

/// Fetches it.
pub async fn run(args: Args) -> Outcome {
    let source = args.source.map(|source| format!("&source={}", segment(&source))).unwrap_or_default();
    let path = format!("/api/batches/{}/report?format={}{source}", segment(&args.batch), args.format.as_str());
    let api = Api::signed_in()?;
    let Some(out) = args.out else {
        api.fetch(&path, || Ok(Box::new(io::stdout()))).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let bytes = api.fetch_to(&path, &out).await?;
    eprintln!("{} bytes in {}", bytes, out.display());
    Ok(ExitCode::SUCCESS)
}
