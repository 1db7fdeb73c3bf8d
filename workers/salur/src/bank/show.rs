//! Statements, lines and cases for people, or as JSON.

use std::process::ExitCode;

use salur_domain::Rupiah;
use salur_pipeline::bank_reconciliation::Answer;
use serde_json::{Value, json};

/// What came of a file.
pub(super) fn answer(file: &str, answer: &Answer, told: &Value, is_json: bool) -> ExitCode {
    let code = if answer.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if is_json {
        println!("{told}");
        return code;
    }
    if let Some(problem) = &answer.problem {
        let field = if problem.field.is_empty() { String::new() } else { format!("{}: ", problem.field) };
        eprintln!("{file}: {}: {field}{}", problem.at, problem.what);
        eprintln!("  {}", problem.remedy);
        return code;
    }
    println!("{:<24} {:<20} {:>20} {:>20} {:>8}  ", "account", "statement", "opening", "closing", "lines");
    for sheet in &answer.statements {
        let note = match (sheet.already, sheet.passed_over) {
            (true, _) => "stood already".to_owned(),
            (false, 0) => String::new(),
            (false, passed) => format!("{passed} not booked"),
        };
        let (opening, closing) = (signed(sheet.opening), signed(sheet.closing));
        println!("{:<24} {:<20} {opening:>20} {closing:>20} {:>8}  {note}", sheet.account, sheet.name, sheet.lines);
    }
    for outcome in told["outcomes"].as_array().into_iter().flatten() {
        let lines = outcome["lines"].as_i64().unwrap_or_default();
        println!(
            "{:<10} {lines:>8} lines {:>20}",
            outcome["outcome"].as_str().unwrap_or("-"),
            signed(outcome["rupiah"].as_i64().unwrap_or_default())
        );
    }
    if told["dry_run"] == true {
        println!("read here; nothing was sent");
    } else if !told["matched_at"].is_string() {
        println!("read; the matching goes on, see `salur bank lines`");
    }
    code
}

/// Lines.
pub(super) fn lines(lines: &[Value], is_json: bool) -> ExitCode {
    if is_json {
        println!("{}", Value::from(lines));
        return ExitCode::SUCCESS;
    }
    println!(
        "{:<10} {:<14} {:>5} {:<7} {:>20}  {:<10} {:<18} reference",
        "booked", "statement", "line", "way", "amount", "outcome", "document"
    );
    for line in lines {
        let text = |field: &str| line[field].as_str().unwrap_or("-");
        let way = if line["is_reversal"] == true { format!("{} R", text("direction")) } else { text("direction").to_owned() };
        let names: Vec<&str> = line["refs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (n, amount) = (line["n"].as_i64().unwrap_or_default(), signed(line["amount"].as_i64().unwrap_or_default()));
        let names = if names.is_empty() { text("text").replace('\n', " ") } else { names.join(", ") };
        println!(
            "{:<10} {:<14} {n:>5} {way:<7} {amount:>20}  {:<10} {:<18} {names}",
            text("booked_on"),
            text("statement"),
            text("outcome"),
            text("document")
        );
    }
    println!("{} lines", lines.len());
    ExitCode::SUCCESS
}

/// Cases.
pub(super) fn cases(cases: &[Value], undocumented: &Value, is_json: bool) -> ExitCode {
    if is_json {
        println!("{}", json!({ "cases": cases, "undocumented": undocumented }));
        return ExitCode::SUCCESS;
    }
    println!("{:<36} {:<10} {:<8} {:>20}  {:<24} what", "case", "kind", "since", "amount", "document");
    for case in cases {
        let text = |field: &str| case[field].as_str().unwrap_or("-");
        let (amount, since) = (signed(case["amount"].as_i64().unwrap_or_default()), text("opened_at").get(5..10).unwrap_or("-"));
        println!("{:<36} {:<10} {since:<8} {amount:>20}  {:<24} {}", text("id"), text("kind"), text("document"), about(case));
    }
    println!("{} cases", cases.len());
    if let Some(transfers) = undocumented["transfers"].as_i64().filter(|transfers| *transfers > 0) {
        let rupiah = signed(undocumented["rupiah"].as_i64().unwrap_or_default());
        println!("{transfers} transfers of together {rupiah} name no paper, and are looked for at no bank");
    }
    ExitCode::SUCCESS
}

/// What a case is about, in words.
fn about(case: &Value) -> String {
    let text = |field: &str| case[field].as_str().unwrap_or("-");
    let line = || format!("line {} of {} ({})", case["line"].as_i64().unwrap_or_default(), text("statement"), text("booked_on"));
    let what = match (text("kind"), case["expected"].as_i64()) {
        ("missing", _) => format!("{} of tranche {}: the bank says nothing of it", text("transfer_kind"), case["tranche"]),
        ("doubled", _) => format!("{}: the same as line {} of {}", line(), case["other_n"], text("other_statement")),
        ("reversed", _) => format!("{}: takes line {} of {} back", line(), case["other_n"], text("other_statement")),
        (_, Some(expected)) => format!("{}: its document waited for {}", line(), signed(expected)),
        (_, None) => format!("{}: {}", line(), text("text").replace('\n', " ")),
    };
    match (case["closed_by"].as_str(), case["resolved"] == true) {
        (Some(who), _) => format!("{what}; closed by {who}: {}", text("reason")),
        (None, true) => format!("{what}; over"),
        (None, false) => what,
    }
}

/// What came of closing.
pub(super) fn closed(case: &str, told: &Value, is_json: bool) -> ExitCode {
    let effect = told["effect"]["effect"].as_str();
    if is_json {
        println!("{told}");
    } else {
        match effect {
            Some("closed") => println!("case {case} is closed"),
            Some(_) => eprintln!("refused: case {case} was over already"),
            None => println!("asked; no worker has decided yet, see `salur bank cases`"),
        }
    }
    if effect == Some("refused") { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Indonesian notation, with a sign below zero.
fn signed(rupiah: i64) -> String {
    let shown = i64::try_from(rupiah.unsigned_abs()).ok().and_then(|rupiah| Rupiah::new(rupiah).ok()).unwrap_or_default();
    if rupiah < 0 { format!("-{shown}") } else { shown.to_string() }
}
