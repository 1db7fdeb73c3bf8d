//! A programme's bank accounts as a page: the statements that came in with their totals, what does not match, and the sending of a file.
//!
//! `POST /bank/statements?programme=` takes the file as its body, as `/api/bank-statements` does, and answers with a piece of page for the script that sent it.
//! Bounds: [`taken::FILES`] files of a page; the oldest [`CASES`] cases, more of them behind the next page.

use askama::Template;
use axum::{
    body::Body,
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
};
use chrono::NaiveDate;
use salur_domain::actor::Act;
use salur_store::{
    Page,
    bank::{
        shown::{self, Case, Which},
        taken::{self, Taken},
    },
};
use serde::Deserialize;

use super::{
    may_see, read_case, take,
    words::{Words, kind},
};
use crate::{
    Portal, assets,
    batches::refused_piece,
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    words::{WIB, count, moment, month, rupiah},
};

/// Where these pages are.
const PATH: &str = "/bank";
/// Cases of a page.
const CASES: i64 = 30;

#[derive(Template)]
#[template(path = "bank.html")]
struct BankPage {
    f: Frame,
    w: &'static Words,
    script: &'static str,
    programme: String,
    programmes: Vec<(String, bool)>,
    may_send: bool,
    statements: Vec<Shown>,
    is_first: bool,
    next: Option<String>,
    cases: Vec<ShownCase>,
    is_first_case: bool,
    next_case: Option<String>,
    undocumented: Option<(String, String)>,
}

/// A file as texts.
struct Shown {
    id: String,
    days: String,
    state: &'static str,
    badge: &'static str,
    lines: String,
    matched: String,
    permille: i64,
    credits: String,
    debits: String,
    sent: String,
}

/// A case as texts.
pub(super) struct ShownCase {
    pub id: String,
    pub kind: &'static str,
    pub rupiah: String,
    pub about: String,
    pub since: String,
}

#[derive(Template)]
#[template(path = "bank_sent.html")]
struct SentPiece {
    w: &'static Words,
    way: String,
    is_known: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    programme: String,
    before: String,
    case: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sending {
    programme: String,
}

pub(super) async fn show_page(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, &asked).await?)) }).await
}

/// Takes a file in.
pub(super) async fn send(
    State(portal): State<Portal>,
    viewer: Viewer,
    Query(asked): Query<Sending>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let w = Words::of(viewer.language);
    match take(&portal, &viewer.caller, &asked.programme, &headers, body).await {
        Ok(answer) => {
            let id = answer["statement"].as_str().unwrap_or_default();
            show(&SentPiece { w, way: format!("{PATH}/statements/{id}"), is_known: answer["known"] == true })
        }
        Err(refusal) => refused_piece(&refusal, viewer.language),
    }
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: &Asked) -> Result<BankPage, Refusal> {
    may_see(&viewer.caller)?;
    let (w, language, database) = (Words::of(viewer.language), viewer.language, portal.database());
    let programmes = taken::programmes(database).await?;
    let programme = programmes.iter().find(|code| **code == asked.programme).or(programmes.first()).cloned().unwrap_or_default();
    let (before, after) = (read_case(&asked.before), read_case(&asked.case));
    let found = taken::latest(database, &programme, before).await?;
    let of = escaped(&programme);
    let next = found
        .last_before_more()
        .map(|last| format!("{PATH}?programme={of}&before={}", escaped(&format!("{}/{}", last.sent_at.to_rfc3339(), last.id))));
    let cases = shown::cases(database, Which { programme: Some(&programme), after, ..Which::default() }).await?;
    let cases = Page::of(cases.into_iter().collect(), CASES);
    let next_case = cases
        .last_before_more()
        .map(|last| format!("{PATH}?programme={of}&case={}", escaped(&format!("{}/{}", last.opened_at.to_rfc3339(), last.id))));
    let (transfers, sum) = shown::undocumented(database, Some(&programme)).await?;
    Ok(BankPage {
        f: viewer.frame(),
        w,
        script: assets::LISTS_SCRIPT.address(),
        programmes: programmes.into_iter().map(|code| (code.clone(), code == programme)).collect(),
        may_send: viewer.caller.may(Act::Reconcile) && !programme.is_empty(),
        statements: found.iter().map(|taken| shown_file(taken, viewer)).collect(),
        is_first: before.is_none(),
        next,
        cases: cases.iter().map(|case| shown_case(case, viewer)).collect(),
        is_first_case: after.is_none(),
        next_case,
        undocumented: (transfers > 0).then(|| (count(transfers, language), rupiah(sum))),
        programme,
    })
}

fn shown_file(taken: &Taken, viewer: &Viewer) -> Shown {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let (state, badge) = match &taken.answer {
        None => (w.not_read, "questioned"),
        Some(answer) if answer["accepted"] == true => (w.taken_in, "accepted"),
        Some(_) => (w.refused, "refused"),
    };
    let days = taken.opens_on.zip(taken.closes_on).map(|(first, last)| days(first, last, w, viewer)).unwrap_or_default();
    Shown {
        id: taken.id.to_string(),
        days: if days.is_empty() { moment(taken.sent_at, WIB, language) } else { days },
        state,
        badge,
        lines: count(taken.lines, language),
        matched: count(taken.matched, language),
        permille: taken.matched.saturating_mul(1_000) / taken.lines.max(1),
        credits: rupiah(taken.credits),
        debits: rupiah(taken.debits),
        sent: format!("{} {} · {}", w.sent_by, taken.actor, moment(taken.sent_at, WIB, language)),
    }
}

pub(super) fn shown_case(case: &Case, viewer: &Viewer) -> ShownCase {
    let w = Words::of(viewer.language);
    let statement = case.statement.as_ref().map(|statement| format!("{statement} · {} {}", w.line, case.line.unwrap_or_default()));
    let entry = case.transfer_kind.as_deref().map(|kind| super::words::transfer(w, kind).to_owned());
    let document = Some(case.document.clone()).filter(|document| !document.is_empty());
    ShownCase {
        id: case.id.to_string(),
        kind: kind(w, &case.kind),
        rupiah: rupiah(case.amount),
        about: [statement, entry, document].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        since: moment(case.opened_at, WIB, viewer.language),
    }
}

/// `7 Maret 2026`, or the first and the last of several.
pub(super) fn days(first: NaiveDate, last: NaiveDate, w: &'static Words, viewer: &Viewer) -> String {
    let [from, to] = [first, last].map(|day| date(day, viewer));
    if first == last { from } else { format!("{from} {} {to}", w.from_to) }
}

/// A day of the bank's.
pub(super) fn date(day: NaiveDate, viewer: &Viewer) -> String {
    use chrono::Datelike;
    format!("{} {} {}", day.day(), month(day.month0(), viewer.language), day.year())
}
