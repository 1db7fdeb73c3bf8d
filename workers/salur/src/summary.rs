//! `salur summary BY --tranche T`: a tranche by regency, pay point, office, teller or day, and tranches beside each other, as whoever is signed in may
//! see it.
//!
//! Two tables for people, families and rupiah; `--json` for programs, `--csv` and `--xlsx` for spreadsheets. All say the same of one moment. Figures that
//! are not the ledger's are told, and end the command with 1.

use std::{path::PathBuf, process::ExitCode};

use clap::Args as ClapArgs;
use salur_store::summaries::By;
use serde_json::{Value, json};

use crate::{
    api::{Api, segment},
    cli::Outcome,
};

/// Sum a tranche up.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// tranche, regency, pay-point, office, teller or day.
    #[arg(value_parser = by)]
    by: By,
    /// Code of the tranche: BST-4. Without it, by tranche: all of them.
    #[arg(long)]
    tranche: Option<String>,
    /// Print JSON.
    #[arg(long, conflicts_with_all = ["csv", "xlsx"])]
    json: bool,
    /// Write CSV to this file.
    #[arg(long, conflicts_with = "xlsx")]
    csv: Option<PathBuf>,
    /// Write a workbook to this file.
    #[arg(long)]
    xlsx: Option<PathBuf>,
}

fn by(text: &str) -> Result<By, String> {
    By::parse(text).ok_or_else(|| format!("give one of {}", By::ALL.map(By::as_str).join(", ")))
}

/// Asks for it.
pub async fn run(args: Args) -> Outcome {
    let api = Api::signed_in()?;
    let tranche = args.tranche.map(|code| format!("&tranche={}", segment(&code))).unwrap_or_default();
    let path = |format| format!("/api/summaries/{}?format={format}{tranche}", args.by.as_str());
    let file = args.csv.map(|out| ("csv", out)).or(args.xlsx.map(|out| ("xlsx", out)));
    if let Some((format, out)) = file {
        let bytes = api.fetch_to(&path(format), &out).await?;
        eprintln!("{bytes} bytes in {}", out.display());
        return Ok(ExitCode::SUCCESS);
    }
    let told = api.get::<&str>(&path("json"), &[]).await?;
    if args.json {
        println!("{told}");
    } else {
        tables(&told);
    }
    let apart = told["differences"].as_array().map_or(0, Vec::len);
    Ok(if apart == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tables(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    println!("summary by {} of {} as of {}", text(&told["by"]), told["tranche"].as_str().unwrap_or("all tranches"), text(&told["at"]));
    let mut lines = told["lines"].as_array().cloned().unwrap_or_default();
    lines.push(json!({ "code": "total", "name": "", "figures": told["total"] }));
    for ending in ["families", "rupiah"] {
        let ends =
            |column: &Value| column.as_str().and_then(|column| column.strip_suffix(ending)?.strip_suffix('_')).map(ToOwned::to_owned);
        let words: Vec<String> = told["columns"].as_array().into_iter().flatten().filter_map(ends).collect();
        let header = [ending.to_owned()].into_iter().chain(words.clone()).chain(["name".to_owned()]).collect();
        let line = |line: &Value| {
            let numbers = words.iter().map(|word| number(&line["figures"][format!("{word}_{ending}")]));
            [text(&line["code"])].into_iter().chain(numbers).chain([text(&line["name"])]).collect()
        };
        println!();
        print(&[header].into_iter().chain(lines.iter().map(line)).collect::<Vec<_>>());
    }
    for apart in told["differences"].as_array().into_iter().flatten() {
        let place = ["tranche", "regency", "what"].map(|field| text(&apart[field])).join(" ");
        println!("NOT THE LEDGER: {place}: {} here, {} in the ledger", number(&apart["summary"]), number(&apart["ledger"]));
    }
}

/// Lines of as many cells: the first and the last begin together, numbers end together.
fn print(lines: &[Vec<String>]) {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let last = lines[0].len() - 1;
    let widths: Vec<usize> = (0..last).map(width).collect();
    for line in lines {
        let numbers: Vec<String> = line[1..last].iter().zip(&widths[1..]).map(|(cell, width)| format!("{cell:>width$}")).collect();
        println!("{}", format!("{:<width$}  {}  {}", line[0], numbers.join("  "), line[last], width = widths[0]).trim_end());
    }
}

/// `1.234.567`, as Indonesians write it.
fn number(value: &Value) -> String {
    let number = value.as_i64().unwrap_or_default();
    let digits = number.unsigned_abs().to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    format!("{}{}", if number < 0 { "-" } else { "" }, groups.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_indonesians_write_them() {
        let written = [0, 999, 1_000, -300_000, 1_234_567].map(|value| number(&value.into()));
        assert_eq!(written, ["0", "999", "1.000", "-300.000", "1.234.567"]);
    }
}
