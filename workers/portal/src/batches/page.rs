//! Lists as pages: all of them, one with its rows, and the sending of one after a look ahead.
//!
//! `GET /batches`, `GET /batches/rows?source=&batch=`; `POST /batches/look` and `/batches/send` take the file as their body, as `/api/batches` does, and answer
//! with a piece of page for the script that sent it. Nothing is sent before somebody has seen what would become of it.
//!
//! Bounds: [`LISTS`] lists and [`ROWS`] rows of a page; rows are counted and chosen by status in lists of [`reports::COUNTED_MAX`].

use askama::Template;
use axum::{
    body::Body,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use salur_domain::{
    BatchId,
    actor::Act,
    reason::{Code, Language},
};
use salur_store::{
    Timestamp,
    reports::{self, Batch, Place, Sought},
    tranches,
};
use serde::Deserialize;
use serde_json::Value;

use super::{Asked, check_asked, place, take_in, words::Words};
use crate::{
    Portal, assets,
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    words::{WIB, count, moment, rupiah},
};

/// Lists of a page.
const LISTS: i64 = 50;
/// Rows of a page.
const ROWS: i64 = 200;
/// Statuses in the order of a row's life.
const STATUSES: [&str; 11] =
    ["staged", "held", "rejected", "accepted", "account_open", "funded", "cheque_issued", "in_question", "paid", "returned", "cancelled"];

#[derive(Template)]
#[template(path = "batches.html")]
struct ListsPage {
    f: Frame,
    w: &'static Words,
    script: &'static str,
    lists: Vec<Shown>,
    tranches: Option<Vec<(String, String)>>,
    next: Option<String>,
    is_first: bool,
}

/// A list as texts.
struct Shown {
    way: String,
    name: String,
    source: String,
    tranche: String,
    rows: String,
    sum: String,
    state: &'static str,
    class: &'static str,
    at: String,
    is_mismatched: bool,
}

#[derive(Template)]
#[template(path = "batch.html")]
struct ListPage {
    f: Frame,
    w: &'static Words,
    list: Shown,
    counts: Option<Vec<Count>>,
    statuses: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    next: Option<String>,
    reports: Vec<(&'static str, String)>,
    source: String,
}

/// Rows of a status.
struct Count {
    status: String,
    name: &'static str,
    rows: String,
    sum: String,
    permille: i64,
}

/// A row as texts.
struct Row {
    reference: String,
    status: String,
    name: &'static str,
    amount: String,
    reasons: Vec<Reason>,
}

/// A code in words.
struct Reason {
    code: String,
    message: &'static str,
    remedy: &'static str,
    rows: String,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPiece {
    w: &'static Words,
    name: String,
    sums: [(&'static str, &'static str, String, String); 4],
    regencies: Vec<Regency>,
    findings: Vec<Reason>,
}

/// What a regency would pay.
struct Regency {
    name: String,
    rows: String,
    sum: String,
    room: String,
    fits: bool,
}

#[derive(Template)]
#[template(path = "faults.html")]
struct FaultsPiece {
    w: &'static Words,
    count: String,
    message: String,
    faults: Vec<[String; 4]>,
}

#[derive(Template)]
#[template(path = "list_sent.html")]
struct SentPiece {
    w: &'static Words,
    name: String,
    way: String,
    rows: String,
    sum: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Paging {
    after: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    source: String,
    batch: String,
    after: String,
    status: String,
}

/// What a browser's form says beside the file.
#[derive(Debug, Deserialize)]
pub(super) struct Sending {
    tranche: String,
    #[serde(default)]
    batch: String,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Paging>) -> Result<Response, PageRefusal> {
    viewer.answer(draw_lists(&portal, &viewer, read_place(&asked.after))).await
}

/// Where a page ends, as its address says it: released and declared, if it was, and the list.
fn place_of(list: &Batch) -> String {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    format!("{}/{}/{}", moment(list.released_at), moment(list.declared_at), list.id)
}

fn read_place(text: &str) -> Option<Place> {
    let mut parts = text.split('/');
    let moment = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Some(Place { released_at: moment(parts.next()?)?, declared_at: moment(parts.next()?)?, id: parts.next()?.parse().ok()? })
}

async fn draw_lists(portal: &Portal, viewer: &Viewer, after: Option<Place>) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeBatch)?;
    let w = Words::of(viewer.language);
    let found = reports::latest(portal.database(), viewer.caller.source(), LISTS, after.unwrap_or(Place::FIRST)).await?;
    let next = found.last_before_more().map(|last| format!("/batches?after={}", escaped(&place_of(last))));
    let open = if viewer.caller.may(Act::SubmitBatch) {
        let all = tranches::list(portal.database(), None).await?;
        Some(all.into_iter().filter(|tranche| tranche.opened_at.is_some()).map(|tranche| (tranche.code, tranche.name)).collect())
    } else {
        None
    };
    let lists = found.iter().map(|list| shown(w, list, viewer.language)).collect();
    let script = assets::LISTS_SCRIPT.address();
    Ok(show(&ListsPage { f: viewer.frame(), w, script, lists, tranches: open, next, is_first: after.is_none() }))
}

pub(super) async fn rows(State(portal): State<Portal>, viewer: Viewer, Query(wanted): Query<Wanted>) -> Result<Response, PageRefusal> {
    viewer.answer(draw_rows(&portal, &viewer, wanted)).await
}

async fn draw_rows(portal: &Portal, viewer: &Viewer, wanted: Wanted) -> Result<Response, Refusal> {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let named = Some(wanted.source.clone()).filter(|source| !source.is_empty());
    let list = super::seen(portal, &viewer.caller, named, &wanted.batch).await?;
    let batch = BatchId(list.id);
    let is_counted = list.seen_count <= reports::COUNTED_MAX;
    let status = STATUSES.iter().find(|status| **status == wanted.status && is_counted).copied().unwrap_or_default();
    let region = viewer.caller.region_of_rows();
    let counts = if is_counted { Some(reports::counts(portal.database(), batch, region).await?) } else { None };
    let found = reports::rows(portal.database(), Sought { batch, region, after: &wanted.after, status, most: ROWS }).await?;
    let way = |path: &str, more: &str| format!("{path}?source={}&{more}", escaped(&list.source));
    let this = format!("batch={}&status={status}", escaped(&list.name));
    let next = found.last_before_more().map(|last| way("/batches/rows", &format!("{this}&after={}", escaped(&last.row))));
    let report =
        |format: &str| way(&format!("/api/batches/{}/report", escaped(&list.name).replace('/', "%2F")), &format!("format={format}"));
    let total = list.seen_count;
    let counts = counts.map(|counts| {
        let counted = |(status, rows, sum): (String, i64, i64)| Count {
            name: status_name(w, &status, language),
            rows: count(rows, language),
            sum: rupiah(sum),
            permille: rows.saturating_mul(1_000) / total.max(1),
            status,
        };
        counts.into_iter().map(counted).collect()
    });
    Ok(show(&ListPage {
        f: viewer.frame(),
        w,
        counts,
        statuses: STATUSES.map(|one| (one, status_name(w, one, language), one == status)).into(),
        rows: found.into_iter().map(|row| told(w, row, language)).collect(),
        next,
        reports: vec![("CSV", report("csv")), ("Excel", report("xlsx"))],
        source: list.source.clone(),
        list: shown(w, &list, language),
    }))
}

/// What would become of a list.
pub(super) async fn look(portal: State<Portal>, viewer: Viewer, Query(asked): Query<Sending>, body: Body) -> Response {
    take(portal, viewer, asked, true, body).await
}

/// The same list, sent.
pub(super) async fn send(portal: State<Portal>, viewer: Viewer, Query(asked): Query<Sending>, body: Body) -> Response {
    take(portal, viewer, asked, false, body).await
}

async fn take(State(portal): State<Portal>, viewer: Viewer, asked: Sending, dry_run: bool, body: Body) -> Response {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let name = Some(asked.batch.trim().to_owned()).filter(|name| !name.is_empty());
    let asked = Asked { tranche: asked.tranche, batch: name, dry_run };
    let admitted = check_asked(&viewer.caller, &asked).and_then(|source| Ok((source, place(&portal)?)));
    let taken = match admitted {
        // what a browser calls a file is a guess by its name; its beginning tells
        Ok((source, _place)) => take_in(&portal, &viewer.caller, &source, &asked, "", body).await,
        Err(refusal) => {
            portal.lingering().over(body);
            Err(refusal)
        }
    };
    match taken {
        Ok((_, answer)) if dry_run => show(&preview(w, &answer, language)),
        Ok((_, answer)) => {
            let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
            let way = format!("/batches/rows?source={}&batch={}", escaped(&text("source")), escaped(&text("batch")));
            let (rows, sum) = (count(whole(&answer["rows"]), language), rupiah(whole(&answer["sum"])));
            show(&SentPiece { w, name: text("batch"), way, rows, sum })
        }
        Err(refusal) => refused_piece(&refusal, language),
    }
}

/// Why a file was not taken, as a piece of page.
pub(crate) fn refused_piece(refusal: &Refusal, language: Language) -> Response {
    (refusal.status(), show(&faults(Words::of(language), refusal, language))).into_response()
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn preview(w: &'static Words, answer: &Value, language: Language) -> PreviewPiece {
    let ahead = &answer["preview"];
    let sum = |name, class, of: &Value| (name, class, count(whole(&of["families"]), language), rupiah(whole(&of["rupiah"])));
    let all = (w.rows, "funded", count(whole(&answer["rows"]), language), rupiah(whole(&answer["sum"])));
    let regency = |of: &Value| Regency {
        name: of["name"].as_str().or(of["regency"].as_str()).unwrap_or_default().to_owned(),
        rows: count(whole(&of["families"]), language),
        sum: rupiah(whole(&of["rupiah"])),
        room: rupiah(whole(&of["room"])),
        fits: of["fits"] == true,
    };
    let findings = answer["findings"].as_object().into_iter().flatten();
    PreviewPiece {
        w,
        name: answer["batch"].as_str().unwrap_or_default().to_owned(),
        sums: [
            all,
            sum(w.payable, "paid", &ahead["payable"]),
            sum(w.held, "question", &ahead["held"]),
            sum(w.rejected, "rest", &ahead["rejected"]),
        ],
        regencies: ahead["regencies"].as_array().into_iter().flatten().map(regency).collect(),
        findings: findings.map(|(code, rows)| reason(code, count(whole(rows), language), language)).collect(),
    }
}

fn faults(w: &'static Words, refusal: &Refusal, language: Language) -> FaultsPiece {
    let text =
        |value: &Value| value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned);
    let fault = |of: &Value| ["line", "column", "what", "remedy"].map(|field| text(&of[field]));
    FaultsPiece {
        w,
        count: refusal.more("faults").map(|number| count(whole(number), language)).unwrap_or_default(),
        message: refusal.message().to_owned(),
        faults: refusal.more("first_faults").and_then(Value::as_array).into_iter().flatten().map(fault).collect(),
    }
}

fn shown(w: &'static Words, list: &Batch, language: Language) -> Shown {
    let (state, class) = match (list.completed_at, list.released_at) {
        (_, Some(_)) => (w.released, "accepted"),
        (Some(_), None) => (w.complete, "questioned"),
        (None, None) => (w.arriving, "undone"),
    };
    Shown {
        way: format!("/batches/rows?source={}&batch={}", escaped(&list.source), escaped(&list.name)),
        name: list.name.clone(),
        source: list.source.clone(),
        tranche: list.tranche.clone().unwrap_or_default(),
        rows: match list.declared_count {
            Some(declared) if declared != list.seen_count => {
                format!("{} / {}", count(list.seen_count, language), count(declared, language))
            }
            _ => count(list.seen_count, language),
        },
        sum: rupiah(list.seen_sum),
        state,
        class,
        at: list.declared_at.map(|at| moment(at, WIB, language)).unwrap_or_default(),
        is_mismatched: list.declared_mismatch.is_some(),
    }
}

fn told(w: &'static Words, row: reports::Row, language: Language) -> Row {
    Row {
        reasons: row.codes.iter().map(|code| reason(code, String::new(), language)).collect(),
        name: status_name(w, &row.status, language),
        reference: row.row,
        status: row.status,
        amount: row.amount.map(rupiah).unwrap_or_default(),
    }
}

fn reason(code: &str, rows: String, language: Language) -> Reason {
    let known = Code::parse(code);
    Reason {
        code: code.to_owned(),
        message: known.map_or("", |code| code.message(language)),
        remedy: known.map_or("", |code| code.remedy(language)),
        rows,
    }
}

fn status_name(w: &'static Words, status: &str, language: Language) -> &'static str {
    match status {
        "staged" => w.staged,
        "held" => w.s_held,
        "rejected" => w.s_rejected,
        other => crate::payments::status_name(other, language),
    }
}
