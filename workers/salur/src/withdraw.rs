//! `salur withdraw`: take a row back, with or without a family in its place, through the portal as whoever is signed in.
//!
//! The substitute is a list of one row, in any format that `salur submit` reads. What comes of it stands in the row's outcome (`salur report BATCH`).

use std::{fs::File, path::PathBuf, process::ExitCode};

use clap::Args as ClapArgs;
use reqwest::Method;
use salur_formats::{Mapping, SubmittedRow};
use salur_portal::submission::Document;
use serde_json::{Value, json};

use crate::{
    api::{Api, segment},
    cli::Outcome,
};

/// Take a row back before its money is handed over.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The batch, as it was submitted.
    #[arg(long)]
    batch: String,
    /// The row.
    #[arg(long)]
    row: String,
    /// Why. Name no person.
    #[arg(long)]
    reason: String,
    /// The paper behind it.
    #[arg(long)]
    document: String,
    /// A list of one row: the family that takes the place, under a reference of its own (column `id`).
    #[arg(long, requires = "tranche")]
    substitute: Option<PathBuf>,
    /// Tranche of the substitute: that of the batch.
    #[arg(long)]
    tranche: Option<String>,
    /// Say where the row stands; take nothing back.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Does it, and says what was heard.
pub async fn run(args: Args) -> Outcome {
    let substitute = match &args.substitute {
        Some(path) => Some(substitute(path, args.tranche.as_deref().unwrap_or_default(), &args.row)?),
        None => None,
    };
    let body = json!({ "reason": args.reason, "document": args.document, "substitute": substitute, "dry_run": args.dry_run });
    let path = format!("/api/batches/{}/rows/{}/withdrawal", segment(&args.batch), segment(&args.row));
    let heard = Api::signed_in()?.call(Method::POST, &path, Some(&body)).await?;
    if args.json {
        println!("{heard}");
    } else if args.dry_run {
        println!("row {} is {}; nothing was taken back", args.row, heard["status"].as_str().unwrap_or("-"));
    } else {
        println!(
            "row {} is to be taken back; it was {}. What comes of it: salur report {}",
            args.row,
            heard["status"].as_str().unwrap_or("-"),
            args.batch
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The one row of a list.
fn substitute(path: &PathBuf, tranche: &str, replaced: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let document = Document::of(file, &path.to_string_lossy(), Mapping::default())?;
    let document = document.ok_or_else(|| format!("{}: not a list; give CSV, JSON Lines, XLSX or pain.001", path.display()))?;
    let rows: Vec<SubmittedRow> = document.rows()??.map(|row| row.map(|(_, row)| row)).collect::<Result<_, _>>()?;
    let [SubmittedRow { row_ref, nik, kk, name, birth_date, sex, address, village, home_visit, amount }] = rows.as_slice() else {
        return Err(format!("{}: {} rows; a substitute is one", path.display(), rows.len()).into());
    };
    if row_ref == replaced {
        return Err("the substitute needs a reference of its own, in column id".into());
    }
    let given = |text: &String| (!text.trim().is_empty()).then(|| text.clone());
    Ok(json!({
        "tranche": tranche, "row": row_ref, "nik": nik, "kk": kk, "name": name, "birth_date": given(birth_date), "sex": given(sex),
        "address": address, "village": village, "home_visit": given(home_visit), "amount": amount,
    }))
}
