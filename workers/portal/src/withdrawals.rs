//! Rows taken back, with or without a family in their place.
//!
//! `POST /api/batches/{batch}/rows/{row}/withdrawal` publishes `recipients.withdrawn`, with a `substitute` `recipients.replaced`, under the caller's own
//! source (202 after the confirm); release decides, and the row's outcome tells. `"dry_run": true` tells where the row stands and publishes nothing. Said
//! twice it is decided once. Bounds: [`TEXT_MAX`] characters of reason and document.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use chrono::Utc;
use salur_domain::{BatchId, RowKey, SourceName, actor::Act};
use salur_schemas::{RecipientReplaced, RecipientWithdrawn, Substitute, messages};
use salur_store::{audit, reports};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Portal, access::Caller, refusal::Refusal, told::Told};

/// Longest reason, and longest name of a document.
pub const TEXT_MAX: usize = 300;
const PRODUCER: &str = "portal";

messages! {
    /// What these doors say.
    pub enum Out { RecipientWithdrawn, RecipientReplaced }
}

/// The door.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/batches/{batch}/rows/{row}/withdrawal", post(withdraw))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    reason: String,
    document: String,
    substitute: Option<Substitute>,
    #[serde(default)]
    dry_run: bool,
}

async fn withdraw(
    State(portal): State<Portal>,
    caller: Caller,
    Path((batch, row)): Path<(String, String)>,
    Told(asked): Told<Asked>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::SubmitBatch)?;
    let source =
        caller.source().ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN, "source", "only who has a source takes its rows back"))?;
    let is_said = |text: &str| !text.trim().is_empty() && text.chars().count() <= TEXT_MAX;
    if !is_said(&asked.reason) || !is_said(&asked.document) {
        let message = "say why and by which document, each in at most 300 characters; name no person and no NIK";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "reason", message));
    }
    let id = BatchId::of(source, &batch);
    let Some(now) = reports::row(portal.database(), id, &row).await? else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "row", "this source has no such row in a list of this name"));
    };
    let mut answer = json!({ "batch": batch, "row": row, "status": now.status, "sent": !asked.dry_run });
    if asked.dry_run {
        return Ok((StatusCode::OK, Json(answer)));
    }
    let seed = format!("{id}/{row}/{}/{}", asked.reason, asked.document);
    let (source, row, at) = (SourceName(source.to_owned()), RowKey(row), Utc::now());
    let Asked { reason, document, substitute, dry_run: _ } = asked;
    let detail =
        json!({ "batch": id, "row": row, "reason": reason, "document": document, "substitute": substitute.as_ref().map(|s| &s.row) });
    let mut tx = portal.database().begin_portal().await?;
    audit::record(&mut tx, &caller.actor.name, "row_withdrawn", &detail).await?;
    tx.commit().await?;
    let fact: Out = match substitute {
        Some(substitute) => {
            answer["substitute"] = substitute.row.0.clone().into();
            RecipientReplaced { source, batch, row, substitute, reason, document, at }.into()
        }
        None => RecipientWithdrawn { source, batch, row, reason, document, at }.into(),
    };
    portal.client().publish_facts(PRODUCER, &seed, &[fact]).await?;
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
