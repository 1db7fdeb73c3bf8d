//! What a source calls our columns: a mapping file kept with the source, and applied to every list that it sends over HTTP.
//!
//! `PUT /api/mapping` takes the file as its body ([`salur_formats::mapping`]); an empty one takes it back. `GET /api/mapping` shows what counts. The source
//! is the caller's own. Bounds: files of [`MAX_BYTES`].

use axum::{
    Json, Router,
    extract::{State, rejection::StringRejection},
    http::StatusCode,
    routing::get,
};
use salur_domain::actor::Act;
use salur_formats::{Mapping, mapping::MAX_BYTES};
use salur_store::{audit, mappings};
use serde_json::{Value, json};

use crate::{Portal, access::Caller, batches::no_source, refusal::Refusal};

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/mapping", get(show).put(set))
}

async fn show(State(portal): State<Portal>, caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SubmitBatch)?;
    let source = caller.source().ok_or_else(no_source)?;
    Ok(Json(told(source, mappings::read(portal.database(), source).await?)))
}

async fn set(State(portal): State<Portal>, caller: Caller, content: Result<String, StringRejection>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SubmitBatch)?;
    let source = caller.source().ok_or_else(no_source)?;
    let content = content.map_err(|unread| Refusal::new(unread.status(), "mapping", unread.body_text()))?;
    let wrong = |message: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "mapping", message);
    if content.contains('\0') || content.len() > MAX_BYTES {
        return Err(wrong(format!("a mapping is text of at most {MAX_BYTES} bytes")));
    }
    Mapping::parse(&content).map_err(|error| wrong(error.to_string()))?;
    let mut tx = portal.database().begin_portal().await?;
    if mappings::set(&mut tx, source, &content, &caller.actor.name).await? {
        audit::record(&mut tx, &caller.actor.name, "mapping_set", &json!({ "source": source, "content": content })).await?;
    }
    tx.commit().await?;
    Ok(Json(told(source, mappings::read(portal.database(), source).await?)))
}

fn told(source: &str, mapping: Option<mappings::Mapping>) -> Value {
    let none = || json!({ "source": source, "version": 0, "content": "", "actor": null, "set_at": null });
    mapping.map_or_else(none, |mapping| json!(mapping))
}

/// The mapping that counts for a source, and its version.
pub(crate) async fn of(portal: &Portal, source: &str) -> Result<(Mapping, Option<i32>), Refusal> {
    let Some(kept) = mappings::read(portal.database(), source).await? else { return Ok((Mapping::default(), None)) };
    let mapping = Mapping::parse(&kept.content).map_err(|error| {
        tracing::error!(source, version = kept.version, %error, "a kept mapping is none");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "mapping", "the source's mapping cannot be read; set it again")
    })?;
    Ok((mapping, Some(kept.version).filter(|_| !kept.content.is_empty())))
}
