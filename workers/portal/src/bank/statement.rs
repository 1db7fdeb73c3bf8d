//! One file of bank statements as a page: each statement with its balances, what its lines came to, and the lines, page by page.
//!
//! Bounds: [`taken::SHEETS`] statements, [`taken::LINES`] lines of a page.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use salur_store::bank::{
    shown::{self, Line},
    taken,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    OUTCOMES, may_see,
    page::{date, days},
    read_place,
    words::{Words, outcome},
};
use crate::{
    Portal,
    pages::{Frame, Named, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    words::{WIB, count, moment, rupiah},
};

#[derive(Template)]
#[template(path = "bank_statement.html")]
struct StatementPage {
    f: Frame,
    w: &'static Words,
    id: Uuid,
    programme: String,
    sent: String,
    matched_at: Option<String>,
    problem: Option<String>,
    sheets: Vec<ShownSheet>,
    outcomes: Vec<ShownOutcome>,
    choices: Vec<(&'static str, &'static str, bool)>,
    lines: Vec<ShownLine>,
    is_first: bool,
    next: Option<String>,
}

struct ShownSheet {
    account: String,
    name: String,
    days: String,
    opening: String,
    closing: String,
    lines: String,
}

struct ShownOutcome {
    class: String,
    name: &'static str,
    lines: String,
    rupiah: String,
    permille: i64,
}

struct ShownLine {
    day: String,
    place: String,
    text: String,
    rupiah: String,
    is_debit: bool,
    is_reversal: bool,
    outcome: &'static str,
    badge: &'static str,
    document: String,
    missing: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    outcome: String,
    after: String,
}

pub(super) async fn show_page(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, id, &asked).await?)) }).await
}

async fn draw(portal: &Portal, viewer: &Viewer, id: Uuid, asked: &Asked) -> Result<StatementPage, Refusal> {
    may_see(&viewer.caller)?;
    let (w, language, database) = (Words::of(viewer.language), viewer.language, portal.database());
    let found = shown::file(database, id).await?;
    let file = found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "statement", "there is no bank statement of this id"))?;
    let chosen = OUTCOMES.into_iter().find(|word| *word == asked.outcome).unwrap_or_default();
    let after = read_place(&asked.after);
    let outcomes = shown::outcomes(database, id).await?;
    let all = outcomes.iter().map(|(_, lines, _)| lines).sum::<i64>().max(1);
    let lines = taken::lines(database, id, chosen, after.unwrap_or((NaiveDate::default(), Uuid::nil(), 0))).await?;
    let next = lines.last_before_more().map(|last| escaped(&format!("{}/{}/{}", last.booked_on, last.sheet, last.n)));
    let sheet = |sheet: taken::Sheet| ShownSheet {
        account: sheet.account,
        name: sheet.name,
        days: days(sheet.opens_on, sheet.closes_on, w, viewer),
        opening: rupiah(sheet.opening),
        closing: rupiah(sheet.closing),
        lines: count(sheet.lines.into(), language),
    };
    let shown_outcome = |(word, lines, sum): (String, i64, i64)| ShownOutcome {
        class: format!("bar-{word}"),
        name: outcome(w, &word),
        lines: count(lines, language),
        rupiah: rupiah(sum),
        permille: lines.saturating_mul(1_000) / all,
    };
    Ok(StatementPage {
        f: viewer.frame(),
        w,
        id,
        sent: format!("{} {} · {}", w.sent_by, file.actor, moment(file.sent_at, WIB, language)),
        matched_at: file.matched_at.map(|at| moment(at, WIB, language)),
        problem: file.answer.as_ref().and_then(|answer| problem(&answer["problem"])),
        sheets: taken::sheets(database, id).await?.into_iter().map(sheet).collect(),
        outcomes: outcomes.into_iter().map(shown_outcome).collect(),
        choices: [""].into_iter().chain(OUTCOMES).map(|word| (word, choice(w, word), word == chosen)).collect(),
        lines: lines.iter().map(|line| shown_line(line, w, viewer)).collect(),
        is_first: after.is_none(),
        next: next.map(|next| format!("/bank/statements/{id}?outcome={chosen}&after={next}")),
        programme: file.programme,
    })
}

fn choice(w: &'static Words, word: &str) -> &'static str {
    if word.is_empty() { w.all } else { outcome(w, word) }
}

/// Why a file was refused, in the words of its reader: where, what, and what to do.
fn problem(problem: &serde_json::Value) -> Option<String> {
    let told = ["at", "field", "what", "remedy"].map(|field| problem[field].as_str().unwrap_or_default());
    problem.is_object().then(|| told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "))
}

fn shown_line(line: &Line, w: &'static Words, viewer: &Viewer) -> ShownLine {
    let badge = match line.outcome.as_str() {
        "matched" => "accepted",
        "reversed" => "undone",
        "unmatched" => "refused",
        _ => "questioned",
    };
    ShownLine {
        day: date(line.booked_on, viewer),
        place: format!("{} · {}", line.statement, line.n),
        text: line.text.clone(),
        rupiah: rupiah(line.amount),
        is_debit: line.direction == "debit",
        is_reversal: line.is_reversal,
        outcome: outcome(w, &line.outcome),
        badge,
        document: line.document.clone(),
        missing: (line.missing > 0).then(|| rupiah(line.missing)),
    }
}
