//! Dead letters over HTTP: what could not be processed, counted by cause, and replayed at the word of who runs the machines.
//!
//! Bodies are sealed and stay so: the portal holds no key. `POST /api/dead-letters/replays` writes who wants which letters replayed and why; a worker, which
//! can open them, publishes them again and writes what came of each, and `GET /api/dead-letters/replays/{request}` tells. A letter waits for one replay
//! at a time, and a repeated message does nothing twice. Bounds: [`MOST`] letters in a request or an answer, [`SHOWN`] ids told, reasons of
//! [`REASON_MAX`] characters.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use salur_domain::actor::Act;
use salur_store::{
    audit,
    dead_letters::{self, Group},
    replays::{self, Effects, Which},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    refusal::Refusal,
    told::{Sought, Told, one_line},
};

/// Letters in a request or an answer.
pub const MOST: i64 = 10_000;
/// Letters named in the answer to a request.
const SHOWN: usize = 200;
/// Longest reason.
const REASON_MAX: usize = 300;

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/dead-letters", get(list))
        .route("/api/dead-letters/groups", get(groups))
        .route("/api/dead-letters/replays", post(replay))
        .route("/api/dead-letters/replays/{request}", get(effects))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    stage: Option<String>,
    fingerprint: Option<String>,
    /// Replayed ones too.
    #[serde(default)]
    all: bool,
    limit: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    ids: Option<Vec<Uuid>>,
    stage: Option<String>,
    fingerprint: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    dry_run: bool,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(asked): Sought<Asked>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeDeadLetters)?;
    let limit = bounded(asked.limit)?;
    let found = dead_letters::list(portal.database(), asked.stage.as_deref(), asked.fingerprint.as_deref(), asked.all, limit).await?;
    Ok(Json(json!({ "letters": found })))
}

async fn groups(State(portal): State<Portal>, caller: Caller, Sought(asked): Sought<Asked>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeDeadLetters)?;
    let limit = bounded(asked.limit)?;
    let groups: Vec<Group> =
        dead_letters::groups(portal.database(), asked.stage.as_deref(), asked.fingerprint.as_deref(), asked.all, limit).await?;
    Ok(Json(json!({ "groups": groups })))
}

async fn replay(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Replay>) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::ReplayDeadLetters)?;
    let Replay { ids, stage, fingerprint, limit, reason, dry_run } = asked;
    let limit = bounded(limit)?;
    if ids.as_ref().is_some_and(|ids| i64::try_from(ids.len()).map_or(true, |count| count > MOST)) {
        return Err(wrong("ids", "name at most 10,000 letters at a time"));
    }
    let which = Which { ids: ids.as_deref(), stage: stage.as_deref(), fingerprint: fingerprint.as_deref(), limit };
    if dry_run {
        let mut tx = portal.database().begin_portal().await?;
        let open = replays::open(&mut tx, &which).await?;
        return Ok((StatusCode::OK, Json(json!({ "dry_run": true, "asked": open.len(), "letters": open.get(..SHOWN).unwrap_or(&open) }))));
    }
    let (request, asked) = ask_replay(&portal, &caller, &which, &reason).await?;
    let answer = json!({ "dry_run": false, "request": request, "asked": asked.len(), "letters": asked.get(..SHOWN).unwrap_or(&asked) });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Writes down that somebody wants letters replayed: under which id, and which letters.
pub(crate) async fn ask_replay(portal: &Portal, caller: &Caller, which: &Which<'_>, reason: &str) -> Result<(Uuid, Vec<Uuid>), Refusal> {
    caller.must(Act::ReplayDeadLetters)?;
    if one_line(reason, 1..=REASON_MAX).is_none() {
        return Err(wrong("reason", "say why, in at most 300 characters on one line; name no person and no NIK"));
    }
    let mut tx = portal.database().begin_portal().await?;
    let open = replays::open(&mut tx, which).await?;
    let request = crate::access::random_id()?;
    let asked = replays::ask(&mut tx, request, &open, &caller.actor.name, reason).await?;
    if !asked.is_empty() {
        let first = asked.get(..SHOWN).unwrap_or(&asked);
        let Which { stage, fingerprint, .. } = which;
        let detail = json!({
            "request": request, "letters": asked.len(), "first_letters": first, "stage": stage, "fingerprint": fingerprint, "reason": reason,
        });
        audit::record(&mut tx, &caller.actor.name, "dead_letters_replay_asked", &detail).await?;
    }
    tx.commit().await?;
    Ok((request, asked))
}

async fn effects(State(portal): State<Portal>, caller: Caller, Path(request): Path<String>) -> Result<Json<Effects>, Refusal> {
    caller.must(Act::SeeDeadLetters)?;
    let unknown = || Refusal::new(StatusCode::NOT_FOUND, "request", "no replay was asked for under this id");
    let request = request.parse().map_err(|_| unknown())?;
    let effects = replays::effects(portal.database(), request).await?;
    if effects.asked == 0 { Err(unknown()) } else { Ok(Json(effects)) }
}

fn bounded(limit: Option<i64>) -> Result<i64, Refusal> {
    let limit = limit.unwrap_or(MOST);
    if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(wrong("limit", "ask for 1 to 10,000 letters at a time")) }
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
