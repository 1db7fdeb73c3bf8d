//! Complaints by the serial of a cheque: anybody lodges one, the office of the region reads it, a supervisor answers it once.
//!
//! `/complaint` and `POST /api/complaints` take one from whoever has the serial ([`lodge`]); `/complaints` and `/complaints/{id}` are the office's pages, with
//! the same doors for programs ([`office`]). A complaint moves no money and changes no status: it stands as a case on the payment and in its timeline, by its
//! kind. What was written is opened for a look that says why and is in the audit first ([`words_of`]).
//!
//! Bounds: [`OF_ADDRESS`] complaints of one address and [`OF_ALL`] of all in [`WINDOW`], [`lodge::TEXT_MAX`] characters,
//! [`salur_store::complaints::PAGE`] of a list.

mod lodge;
mod office;
mod page;
mod words;

use std::time::Duration;

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use salur_domain::{actor::Act, vault::DataKey};
use salur_store::{
    Tx, audit,
    complaints::{self, Complaint},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{Portal, access::Caller, clients::Client, families::reason, rates::Rate, refusal::Refusal, told::one_line_without_number};

pub(crate) use lodge::number;
pub(crate) use page::{Shown, of_payment};

/// Complaints of one address in [`WINDOW`]: the post of a village and the phones of a whole network stand behind one.
pub const OF_ADDRESS: u32 = 20;
/// Complaints of all in [`WINDOW`]: more in an hour than a tranche of a province ever brought, and each is a row.
pub const OF_ALL: u32 = 600;
/// In which they are counted.
pub const WINDOW: Duration = Duration::from_mins(10);
/// Shortest and longest note of an answer, in characters.
const NOTE: std::ops::RangeInclusive<usize> = 3..=500;

/// How often people may complain.
pub(crate) fn rate() -> Rate<Client> {
    Rate::new(OF_ADDRESS, OF_ALL, WINDOW)
}

/// The doors.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/complaint", get(lodge::ask).post(lodge::send))
        .route("/api/complaints", post(lodge::take).get(office::list))
        .route("/api/complaints/{id}/words", post(office::words))
        .route("/api/complaints/{id}/answer", post(office::answer))
        .route("/complaints", get(page::list))
        .route("/complaints/{id}", get(page::one))
        .route("/complaints/{id}/words", post(page::words))
        .route("/complaints/{id}/answer", post(page::answer))
}

/// What somebody wrote, and how to reach them.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Written {
    /// In their own words.
    pub text: String,
    /// As they said.
    pub contact: String,
}

/// What a supervisor found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answering {
    verdict: Verdict,
    note: String,
}

/// Whether a complaint is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Upheld,
    NotUpheld,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::NotUpheld => "not_upheld",
        }
    }
}

/// What came of an answer.
pub(crate) enum Outcome {
    /// It stands; the same one said again stands too.
    Stands(Box<Complaint>),
    /// Another one stood before.
    Late(Box<Complaint>),
}

/// What the key of a complaint and what it seals are bound to.
fn context(complaint: Uuid) -> Vec<u8> {
    [b"complaint\0".as_slice(), complaint.as_bytes()].concat()
}

fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "complaint", "there is no such complaint in your region")
}

/// A complaint of the caller's region.
async fn read(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Complaint, Refusal> {
    complaints::one(tx, &caller.actor.region, id).await?.ok_or_else(nowhere)
}

/// What was written in a complaint, once it is recorded who reads it and why.
async fn words_of(portal: &Portal, caller: &Caller, id: Uuid, why: &str) -> Result<Written, Refusal> {
    caller.must(Act::SeeComplaints)?;
    let wrong = || {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "why", "say why you read it, in 3 to 200 characters on one line, and without a NIK")
    };
    let why = reason(why).ok_or_else(wrong)?;
    let mut tx = portal.database().begin_portal().await?;
    let (key, sealed) = complaints::words(&mut tx, &caller.actor.region, id).await?.ok_or_else(nowhere)?;
    audit::record(&mut tx, &caller.actor.name, "complaint_read", &json!({ "complaint": id, "why": why })).await?;
    tx.commit().await?;
    let opened = DataKey::unwrap(portal.keys().rows(), &context(id), &key).and_then(|key| key.open(&context(id), &sealed));
    let written = opened.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
    written
        .ok_or_else(|| Refusal::new(StatusCode::GONE, "sealed", "what was written does not open: its key was destroyed, or it was changed"))
}

/// Says what came of a complaint; the first answer stands.
async fn decide(portal: &Portal, caller: &Caller, id: Uuid, answering: &Answering) -> Result<Outcome, Refusal> {
    caller.must(Act::AnswerComplaints)?;
    let wrong = || {
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "note", "say what was found, in 3 to 500 characters on one line, and without a NIK")
    };
    let note = one_line_without_number(&answering.note, NOTE).ok_or_else(wrong)?;
    let (name, verdict) = (&caller.actor.name, answering.verdict.as_str());
    let mut tx = portal.database().begin_portal().await?;
    read(&mut tx, caller, id).await?;
    if complaints::answer(&mut tx, id, verdict, &note, name).await? {
        audit::record(&mut tx, name, "complaint_answered", &json!({ "complaint": id, "verdict": verdict })).await?;
    }
    let stands = read(&mut tx, caller, id).await?;
    tx.commit().await?;
    let said = [stands.verdict.as_deref(), stands.note.as_deref(), stands.actor.as_deref()];
    let is_same = said == [Some(verdict), Some(note.as_str()), Some(name.as_str())];
    Ok(if is_same { Outcome::Stands(Box::new(stands)) } else { Outcome::Late(Box::new(stands)) })
}
