//! The office's doors for programs: the list with its counts, what was written, and the answer.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::{DateTime, Utc};
use salur_domain::actor::Act;
use salur_store::complaints::{self, Complaint, Counts};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answering, Outcome, Written, decide, words_of};
use crate::{
    Portal,
    access::Caller,
    refusal::Refusal,
    told::{Sought, Told},
};

/// A page of complaints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default)]
    state: Option<String>,
    after: Option<String>,
}

/// Complaints and what they come to.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub complaints: salur_store::Page<Complaint>,
    /// Where the next page begins.
    pub next: Option<String>,
    pub counts: Counts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    why: String,
}

pub(super) async fn list(State(portal): State<Portal>, caller: Caller, Sought(page): Sought<Page>) -> Result<Json<Listed>, Refusal> {
    read_list(&portal, &caller, page.state.as_deref().unwrap_or("open"), page.after.as_deref().unwrap_or_default()).await.map(Json)
}

/// Complaints of the caller's region, the oldest first.
pub(super) async fn read_list(portal: &Portal, caller: &Caller, state: &str, after: &str) -> Result<Listed, Refusal> {
    caller.must(Act::SeeComplaints)?;
    let wrong = |field, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
    if !["open", "answered", "all"].contains(&state) {
        return Err(wrong("state", "complaints are open, answered or all"));
    }
    let begin = match after {
        "" => None,
        after => Some(begin(after).ok_or_else(|| wrong("after", "this is no `next` of a page of complaints"))?),
    };
    let region = &caller.actor.region;
    let mut tx = portal.database().snapshot_portal().await?;
    let listed = complaints::list(&mut tx, region, state, begin).await?;
    let next = listed.last_before_more().map(|last| format!("{}~{}", last.lodged_at.to_rfc3339(), last.complaint));
    Ok(Listed { complaints: listed, next, counts: complaints::counts(&mut tx, region).await? })
}

fn begin(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, complaint) = text.split_once('~')?;
    Some((DateTime::parse_from_rfc3339(at).ok()?.to_utc(), complaint.parse().ok()?))
}

pub(super) async fn words(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Told(Why { why }): Told<Why>,
) -> Result<Json<Written>, Refusal> {
    words_of(&portal, &caller, id, &why).await.map(Json)
}

pub(super) async fn answer(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Told(answering): Told<Answering>,
) -> Result<Json<Value>, Refusal> {
    match decide(&portal, &caller, id, &answering).await? {
        Outcome::Stands(stands) => {
            Ok(Json(json!({ "complaint": stands.complaint, "verdict": stands.verdict, "answered_at": stands.answered_at })))
        }
        Outcome::Late(stands) => {
            let late = Refusal::new(StatusCode::CONFLICT, "answered", "somebody answered it before, and otherwise; that answer stands");
            Err(late.with("verdict", stands.verdict).with("actor", stands.actor).with("answered_at", stands.answered_at))
        }
    }
}
