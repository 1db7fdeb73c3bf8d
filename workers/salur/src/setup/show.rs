//! What a setup did, as a table for people or one JSON object for programs.

use std::collections::BTreeMap;

use salur_domain::Rupiah;
use salur_store::setup::{Change, Report};
use serde_json::{Value, json};

use super::check::Problem;

/// Rows of one kind printed one by one, new and changed ones; of the rest the number is. `--json` lists all.
const NEW_SHOWN: usize = 5;
const CHANGED_SHOWN: usize = 40;
/// Problems printed; the number of the rest follows.
const PROBLEMS_SHOWN: usize = 50;

/// Prints why nothing was written.
pub fn problems(file: &str, problems: &[Problem], as_json: bool) {
    if as_json {
        println!("{}", json!({ "applied": false, "problems": problems }));
        return;
    }
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        eprintln!("{file}: {problem}");
    }
    if problems.len() > PROBLEMS_SHOWN {
        eprintln!("... and {} more", problems.len() - PROBLEMS_SHOWN);
    }
    eprintln!("{file}: {} problems; nothing was changed", problems.len());
}

/// Prints what was done. `published`: how many open tranches were announced, or why not.
pub fn report(report: &Report, warnings: &[String], published: Option<&Result<usize, String>>, dry_run: bool, as_json: bool) {
    if as_json {
        println!("{}", to_json(report, warnings, published, dry_run));
        return;
    }
    changes(report);
    for posted in &report.posted {
        println!("  {:<18} {} transfers, {}", posted.kind.replace('_', " "), posted.transfers, posted.amount);
    }
    tranches(report);
    for warning in warnings {
        println!("! {warning}");
    }
    if let Some(Err(reason)) = published {
        println!("! open tranches could not be announced ({reason}): batches that wait for them go on once setup is run again");
    }
    println!("{}", closing(report, dry_run));
}

fn to_json(report: &Report, warnings: &[String], published: Option<&Result<usize, String>>, dry_run: bool) -> Value {
    let mut object = serde_json::to_value(report).unwrap_or_default();
    object["dry_run"] = dry_run.into();
    object["nothing_to_change"] = report.is_empty().into();
    object["warnings"] = json!(warnings);
    object["announced"] = match published {
        Some(Ok(count)) => json!(count),
        Some(Err(_)) => Value::Null,
        None => json!(0),
    };
    object
}

fn changes(report: &Report) {
    let mut by_kind: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &report.changes {
        by_kind.entry(change.what).or_default().push(change);
    }
    for (what, changes) in by_kind {
        let (new, changed): (Vec<&Change>, Vec<&Change>) = changes.into_iter().partition(|change| change.new);
        for (rows, shown, mark) in [(changed, CHANGED_SHOWN, '~'), (new, NEW_SHOWN, '+')] {
            rows.iter().take(shown).for_each(|change| line(change));
            if rows.len() > shown {
                println!("{mark} {what:<18} ... and {} more", rows.len() - shown);
            }
        }
    }
    let unchanged: Vec<String> =
        report.unchanged.iter().filter(|(_, count)| **count > 0).map(|(what, count)| format!("{count} {what}")).collect();
    if !unchanged.is_empty() {
        println!("= {}", unchanged.join(", "));
    }
}

/// `~ pay_point PP-1 opens 08:00 -> 09:00`; new rows show their columns but the key.
fn line(change: &Change) {
    let mark = if change.new { '+' } else { '~' };
    let fields: Vec<String> = change
        .fields
        .iter()
        .filter(|field| !(change.new && plain(&field.new) == change.key))
        .map(|field| match &field.old {
            Some(old) => format!("{} {} -> {}", field.name, plain(old), plain(&field.new)),
            None => format!("{}={}", field.name, plain(&field.new)),
        })
        .collect();
    println!("{mark} {:<18} {:<28} {}", change.what, change.key, fields.join("  "));
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn tranches(report: &Report) {
    for tranche in &report.tranches {
        let state = match tranche.opened_at {
            Some(_) if report.opened.contains(&tranche.id) => "opened: its allocation is within the approval threshold".to_owned(),
            Some(at) => format!("open since {}", at.format("%Y-%m-%d %H:%M UTC")),
            None => "waits for approval: its allocation exceeds the approval threshold".to_owned(),
        };
        println!("  {:<18} {:<28} {}  {state}", "tranche", tranche.code, Rupiah::new(tranche.allocation).unwrap_or_default());
    }
}

fn closing(report: &Report, dry_run: bool) -> String {
    let new = report.changes.iter().filter(|change| change.new).count();
    let changed = report.changes.len() - new;
    match (report.is_empty(), dry_run) {
        (true, _) => "nothing to change".to_owned(),
        (false, true) => format!("dry run: {new} new, {changed} changed; nothing was written"),
        (false, false) => format!("set up: {new} new, {changed} changed"),
    }
}
