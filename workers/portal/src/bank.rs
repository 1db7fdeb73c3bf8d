//! Bank statements over HTTP, what their lines came to, and the cases that people close.
//!
//! `POST /api/bank-statements?programme=BST` takes a file of camt.053 or MT940 as its body, keeps it compressed and publishes `bank-statements.sent`: 202
//! after the confirm; the same bytes again are the same statement. `GET /api/bank-statements/{id}` tells what came of it and what its lines came to.
//! `GET /api/bank-lines` and `/api/bank-cases` show pages; `POST /api/bank-cases/{id}/decisions` publishes that a person closed a case, with a reason:
//! it moves no money and matches nothing, so one treasurer is enough, and the audit names them. A programme is the whole country's, so who acts
//! or looks has no region. `/bank`, `/bank/statements/{id}` and `/bank/cases/{id}` are the pages of it ([`page`], [`statement`], [`case`]).
//!
//! Bounds: files of [`BYTES_MAX`], [`KEPT_MAX`] compressed, as many at once as lists; [`shown::PAGE`] of an answer; reasons of [`REASON_MAX`] characters.

mod case;
mod page;
mod statement;
mod words;

use std::io::Write;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use chrono::{NaiveDate, Utc};
use flate2::{Compression, write::GzEncoder};
use futures::StreamExt;
use salur_domain::{BankCaseId, BankStatementId, DecisionId, actor::Act, ids::NAMESPACE};
use salur_schemas::{BankCaseDecided, BankStatementSent, messages};
use salur_store::{
    Timestamp, audit,
    bank::{
        self, Sent,
        shown::{self, Case, Line, Which},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random_id},
    holds::REASON_MAX,
    refusal::Refusal,
    told::{Sought, Told, one_line},
};

/// Largest file, as sent.
pub const BYTES_MAX: u64 = salur_formats::bank_statement::MAX_FILE_BYTES;
/// Largest file, compressed: such files become a tenth.
pub const KEPT_MAX: usize = 64 * 1024 * 1024;
/// Path of the door: its requests may take longer than others.
pub const PATH: &str = "/api/bank-statements";
/// The same at a page.
pub const SENT_AT_A_PAGE: &str = "/bank/statements";
const TYPES: [&str; 5] = ["application/xml", "text/xml", "text/plain", "application/octet-stream", "application/vnd.swift.mt940"];
const OUTCOMES: [&str; 5] = ["matched", "partial", "doubled", "reversed", "unmatched"];
const PRODUCER: &str = "portal";

messages! {
    /// What the doors of banks say.
    pub enum Out { BankStatementSent, BankCaseDecided }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route(PATH, post(send))
        .route("/api/bank-statements/{id}", get(answer))
        .route("/api/bank-lines", get(lines))
        .route("/api/bank-cases", get(cases))
        .route("/api/bank-cases/{id}/decisions", post(decide))
        .route("/api/bank-cases/decisions/{id}", get(decided))
        .route("/bank", get(page::show_page))
        .route("/bank/statements", post(page::send))
        .route("/bank/statements/{id}", get(statement::show_page))
        .route("/bank/cases/{id}", get(case::show_page).post(case::decide))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    programme: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinePage {
    programme: String,
    outcome: Option<String>,
    after: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CasePage {
    programme: Option<String>,
    #[serde(default)]
    all: bool,
    after: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    reason: String,
}

/// A file as it is kept.
struct Kept {
    content: Vec<u8>,
    bytes: u64,
    sha256: [u8; 32],
}

async fn send(
    State(portal): State<Portal>,
    caller: Result<Caller, Refusal>,
    asked: Result<Sought<Asked>, Refusal>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let asked = caller.and_then(|caller| asked.map(|Sought(asked)| (caller, asked)));
    match asked {
        Ok((caller, asked)) => {
            take(&portal, &caller, &asked.programme, &headers, body).await.map(|answer| (StatusCode::ACCEPTED, Json(answer)))
        }
        Err(refusal) => {
            portal.lingering().over(body);
            Err(refusal)
        }
    }
}

/// Looks at who sends before anything of the file is read.
async fn take(portal: &Portal, caller: &Caller, programme: &str, headers: &HeaderMap, body: Body) -> Result<Value, Refusal> {
    let may_come = async {
        caller.must(Act::Reconcile)?;
        caller.must_have_the_country()?;
        check_type(headers)?;
        if !shown::is_programme(portal.database(), programme).await? {
            return Err(wrong("programme", "there is no programme of this code"));
        }
        portal.uploads().try_acquire().map_err(|_| Refusal::busy("too many files come in at once; send this one again"))
    };
    match may_come.await {
        Ok(_place) => take_in(portal, caller, programme, keep(body).await?).await,
        Err(refusal) => {
            portal.lingering().over(body);
            Err(refusal)
        }
    }
}

async fn take_in(portal: &Portal, caller: &Caller, programme: &str, kept: Kept) -> Result<Value, Refusal> {
    let Kept { content, bytes, sha256 } = kept;
    let digest = hex::encode(sha256);
    let id = BankStatementId(Uuid::new_v5(&NAMESPACE, format!("bank statement\0{programme}\0{digest}").as_bytes()));
    let mut tx = portal.database().begin_portal().await?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let sent = Sent { id: id.0, programme, actor: &caller.actor.name, content: &content, bytes, sha256: &sha256 };
    let is_new = bank::keep(&mut tx, &sent).await?;
    if is_new {
        let detail = json!({ "statement": id, "programme": programme, "file_sha256": digest });
        audit::record(&mut tx, &caller.actor.name, "bank_statement_sent", &detail).await?;
    }
    tx.commit().await?;
    let fact = BankStatementSent { statement: id, at: Utc::now() };
    portal.client().publish_facts(PRODUCER, &id.to_string(), &[Out::from(fact)]).await?;
    Ok(json!({ "statement": id, "known": !is_new }))
}

/// Reads the body, compresses and digests it piece by piece.
async fn keep(body: Body) -> Result<Kept, Refusal> {
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "size", "the file is too large; ask the bank for one day at a time");
    let (mut stream, mut bytes) = (body.into_data_stream(), 0_u64);
    let mut state = (GzEncoder::new(Vec::new(), Compression::fast()), Sha256::new());
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "body", "the file broke off; send it again"))?;
        bytes += part.len() as u64;
        if bytes > BYTES_MAX || state.0.get_ref().len() > KEPT_MAX {
            return Err(too_large());
        }
        state.1.update(&part);
        state.0.write_all(&part).expect("memory takes what is written");
    }
    let (encoder, digest) = state;
    let content = encoder.finish().expect("memory takes what is written");
    if bytes == 0 {
        return Err(wrong("body", "the file is empty; check that it is the right one"));
    }
    if content.len() > KEPT_MAX {
        return Err(too_large());
    }
    Ok(Kept { content, bytes, sha256: digest.finalize().into() })
}

async fn answer(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    may_see(&caller)?;
    let found = shown::file(portal.database(), id).await?;
    let file = found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "statement", "there is no bank statement of this id"))?;
    let outcomes = shown::outcomes(portal.database(), id).await?;
    let outcomes: Vec<Value> =
        outcomes.into_iter().map(|(outcome, lines, rupiah)| json!({ "outcome": outcome, "lines": lines, "rupiah": rupiah })).collect();
    Ok(Json(json!({
        "statement": file.id, "programme": file.programme, "actor": file.actor, "bytes": file.bytes, "file_sha256": hex::encode(&file.sha256),
        "sent_at": file.sent_at, "answer": file.answer, "answered_at": file.answered_at, "matched_at": file.matched_at, "outcomes": outcomes,
    })))
}

async fn lines(State(portal): State<Portal>, caller: Caller, Sought(page): Sought<LinePage>) -> Result<Json<Value>, Refusal> {
    may_see(&caller)?;
    if let Some(outcome) = page.outcome.as_deref().filter(|outcome| !OUTCOMES.contains(outcome)) {
        return Err(wrong("outcome", "ask for matched, partial, doubled, reversed or unmatched").with("outcome", outcome));
    }
    let after = page.after.as_deref().map_or(Some((NaiveDate::default(), Uuid::nil(), 0)), read_place).ok_or_else(no_page)?;
    let lines = shown::lines(portal.database(), &page.programme, page.outcome.as_deref(), after).await?;
    let place = |line: &Line| format!("{}/{}/{}", line.booked_on, line.sheet, line.n);
    let next = lines.last_before_more().map(place);
    Ok(Json(json!({ "lines": lines, "next": next })))
}

async fn cases(State(portal): State<Portal>, caller: Caller, Sought(page): Sought<CasePage>) -> Result<Json<Value>, Refusal> {
    may_see(&caller)?;
    let after = page.after.as_deref().map(|after| read_case(after).ok_or_else(no_page)).transpose()?;
    let programme = page.programme.as_deref();
    let cases = shown::cases(portal.database(), Which { programme, all: page.all, one: None, after }).await?;
    let next = cases.last_before_more().map(|case: &Case| format!("{}/{}", case.opened_at.to_rfc3339(), case.id));
    let (transfers, rupiah) = shown::undocumented(portal.database(), programme).await?;
    Ok(Json(json!({ "cases": cases, "next": next, "undocumented": { "transfers": transfers, "rupiah": rupiah } })))
}

async fn decide(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Told(asked): Told<Decide>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let decision = close(&portal, &caller, id, &asked).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "decision": decision }))))
}

/// Publishes that a person closed a case.
async fn close(portal: &Portal, caller: &Caller, id: Uuid, asked: &Decide) -> Result<DecisionId, Refusal> {
    caller.must(Act::Reconcile)?;
    caller.must_have_the_country()?;
    let reason = one_line(&asked.reason, 1..=REASON_MAX)
        .ok_or_else(|| wrong("reason", "say why, on one line of at most 300 characters; name no person and no NIK"))?;
    let request = asked.request.map_or_else(random_id, Ok)?;
    let actor = caller.actor.name.clone();
    let decision = DecisionId(Uuid::new_v5(&NAMESPACE, format!("bank case\0{actor}\0{request}\0{id}").as_bytes()));
    let case = find(portal, id).await?;
    let is_mine = shown::decision(portal.database(), decision.0).await?.is_some();
    if !is_mine && (case.resolved || case.closed_at.is_some()) {
        return Err(Refusal::new(StatusCode::CONFLICT, "over", "this case is over; see `salur bank cases --all`"));
    }
    let mut tx = portal.database().begin_portal().await?;
    audit::record(&mut tx, &actor, "bank_case_decided", &json!({ "decision": decision, "case": id, "reason": reason })).await?;
    tx.commit().await?;
    let fact = BankCaseDecided { decision, case: BankCaseId(id), reason, actor, at: Utc::now() };
    portal.client().publish_facts(PRODUCER, &decision.to_string(), &[Out::from(fact)]).await?;
    Ok(decision)
}

/// The case of an id.
async fn find(portal: &Portal, id: Uuid) -> Result<Case, Refusal> {
    let found = shown::cases(portal.database(), Which { one: Some(id), all: true, ..Which::default() }).await?.into_iter().next();
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "case", "there is no case of this id; see `salur bank cases`"))
}

async fn decided(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    may_see(&caller)?;
    let effect = shown::decision(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

/// An account is the whole country's.
fn may_see(caller: &Caller) -> Result<(), Refusal> {
    caller.must(Act::SeeBank)?;
    caller.must_have_the_country()
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if TYPES.contains(&kind.as_str()) {
        return Ok(());
    }
    let message = format!("send camt.053 or MT940 as one of {}", TYPES.join(", "));
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type", message))
}

fn read_place(text: &str) -> Option<(NaiveDate, Uuid, i32)> {
    let mut parts = text.split('/');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn read_case(text: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = text.split_once('/')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn no_page() -> Refusal {
    wrong("after", "give the `next` of the page before")
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
