//! What a setup did, as a table for people or one JSON object for programs.

use std::collections::BTreeMap;

use salur_domain::Rupiah;
use salur_pipeline::programme_setup::{Answer, check::Problem};
use salur_store::setup::{Change, Report};
use serde_json::Value;

/// Rows of one kind printed one by one, new and changed ones; of the rest the number is. `--json` lists all.
const NEW_SHOWN: usize = 5;
const CHANGED_SHOWN: usize = 40;
/// Problems printed; the number of the rest follows.
const PROBLEMS_SHOWN: usize = 50;

/// Prints what came of a file.
pub fn answer(file: &str, answer: &Answer) {
    if !answer.problems.is_empty() {
        problems(file, &answer.problems);
        return;
    }
    changes(&answer.report);
    for posted in &answer.report.posted {
        println!("  {:<18} {} transfers, {}", posted.kind.replace('_', " "), posted.transfers, posted.amount);
    }
    tranches(&answer.report);
    for warning in &answer.warnings {
        println!("! {warning}");
    }
    println!("{}", closing(answer));
}

/// Why nothing was written.
fn problems(file: &str, problems: &[Problem]) {
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        eprintln!("{file}: {problem}");
    }
    if problems.len() > PROBLEMS_SHOWN {
        eprintln!("... and {} more", problems.len() - PROBLEMS_SHOWN);
    }
    eprintln!("{file}: {} problems; nothing was changed", problems.len());
}

fn changes(report: &Report) {
    let mut by_kind: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &report.changes {
        by_kind.entry(&change.what).or_default().push(change);
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
            None => "waits for approval by another treasurer: its allocation exceeds the approval threshold".to_owned(),
        };
        println!("  {:<18} {:<28} {}  {state}", "tranche", tranche.code, Rupiah::new(tranche.allocation).unwrap_or_default());
    }
}

fn closing(answer: &Answer) -> String {
    let changes = &answer.report.changes;
    let new = changes.iter().filter(|change| change.new).count();
    let changed = changes.len() - new;
    match (answer.nothing_to_change, answer.dry_run) {
        (true, _) => "nothing to change".to_owned(),
        (false, true) => format!("dry run: {new} new, {changed} changed; nothing was written"),
        (false, false) => format!("set up: {new} new, {changed} changed"),
    }
}
