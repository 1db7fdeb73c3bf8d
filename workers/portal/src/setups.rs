//! Programmes set up over HTTP: a treasurer sends a file, a stage carries it out, the answer says what came of it field by field.
//!
//! `POST /api/setups[?dry_run=true]` takes the file as its body (TOML, see `docs/setup.example.toml`), keeps it and publishes `setups.sent`: 202 after the
//! confirm. `GET /api/setups/{id}` tells what came of it: problems with their paths, or what is new and changed. A request repeated under
//! its own id is one setup. A programme is the whole country's, so who sets one up has no region.
//!
//! Bounds: files of [`setups::BYTES_MAX`].

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{SetupId, actor::Act, ids::NAMESPACE};
use salur_schemas::{SetupSent, messages};
use salur_store::{
    audit,
    setups::{self, Sent},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random_id},
    refusal::Refusal,
    told::Sought,
};

const PRODUCER: &str = "portal";

messages! {
    /// What the door of setups says.
    pub enum Out { SetupSent }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    let limit = DefaultBodyLimit::max(setups::BYTES_MAX);
    Router::new().route("/api/setups", post(send).layer(limit)).route("/api/setups/{id}", get(answer))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    dry_run: bool,
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
}

async fn send(
    State(portal): State<Portal>,
    caller: Caller,
    Sought(asked): Sought<Asked>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::SetUp)?;
    caller.must_have_the_country()?;
    let wrong = |code, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
    let content = str::from_utf8(&body).map_err(|_| wrong("body", "the file is not UTF-8; save it as UTF-8"))?;
    if content.contains('\0') {
        return Err(wrong("body", "the file holds a NUL character; save it as text"));
    }
    let request = asked.request.map_or_else(random_id, Ok)?;
    let sha256 = Sha256::digest(&body);
    let seed = format!("setup\0{}\0{request}\0{}\0{}", caller.actor.name, asked.dry_run, hex::encode(sha256));
    let id = SetupId(Uuid::new_v5(&NAMESPACE, seed.as_bytes()));
    let mut tx = portal.database().begin_portal().await?;
    let sent = Sent { id: id.0, actor: &caller.actor.name, content, sha256: &sha256, dry_run: asked.dry_run };
    if setups::keep(&mut tx, &sent).await? {
        let detail = json!({ "setup": id, "file_sha256": hex::encode(sha256), "dry_run": asked.dry_run });
        audit::record(&mut tx, &caller.actor.name, "setup_sent", &detail).await?;
    }
    tx.commit().await?;
    let fact = SetupSent { setup: id, at: Utc::now() };
    portal.client().publish_facts(PRODUCER, &id.to_string(), &[Out::from(fact)]).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "setup": id }))))
}

async fn answer(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeTranches)?;
    let found = setups::read(portal.database(), id).await?;
    let setup = found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "setup", "there is no setup of this id"))?;
    Ok(Json(json!({
        "setup": setup.id, "actor": setup.actor, "file_sha256": hex::encode(&setup.sha256), "dry_run": setup.dry_run,
        "sent_at": setup.sent_at, "answer": setup.answer, "answered_at": setup.answered_at,
    })))
}
