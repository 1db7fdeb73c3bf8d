//! The feed of outcomes, asked for again.
//!
//! `POST /api/feed/replay {"from": WHEN, "batch": NAME, "after": ROW, "source": S}`, all but `from` optional: the first step for the stage feed-replay,
//! which tells from rows what upstream was told since then, on the queue where it listens anyway. A caller with a source has its own alone. Asking is
//! in the audit; how much is told is bounded by the rows, a page a step, one step at a time for all who ask.

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use chrono::{DateTime, Utc};
use salur_domain::{BatchId, SourceName, actor::Act};
use salur_schemas::{FeedReplayed, messages};
use salur_store::audit;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Portal, access::Caller, batches, refusal::Refusal, told::Told};

const PRODUCER: &str = "feed";

messages! {
    /// What this door says.
    pub enum Said { FeedReplayed }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/feed/replay", post(replay))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: DateTime<Utc>,
    batch: Option<String>,
    #[serde(default)]
    after: String,
    source: Option<String>,
}

async fn replay(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Asked>) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::ReplayFeed)?;
    let batch: Option<BatchId> = match &asked.batch {
        Some(name) => Some(BatchId(batches::seen(&portal, &caller, asked.source.clone(), name).await?.id)),
        None if asked.after.is_empty() => None,
        None => return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "batch", "a row is of a batch: say which")),
    };
    let source = caller.source().map(str::to_owned).or(asked.source).ok_or_else(batches::no_source)?;
    if !salur_domain::ids::is_source(&source) {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "source", "not a source name"));
    }
    let mut tx = portal.database().begin_portal().await?;
    let (from, until) = (asked.from, tx.now);
    let detail = json!({ "source": source, "batch": batch, "after": asked.after, "from": from });
    audit::record(&mut tx, &caller.actor.name, "feed_replayed", &detail).await?;
    tx.commit().await?;
    let alone = batch.is_some();
    let step = FeedReplayed { source: SourceName(source.clone()), batch, alone, after: asked.after, from, until };
    let seed = salur_schemas::Fact::key(&step);
    portal.client().publish_facts(PRODUCER, &seed, &[Said::from(step)]).await?;
    tracing::info!(%source, %from, "outcomes are told again");
    Ok((StatusCode::ACCEPTED, Json(json!({ "source": source, "from": from, "until": until }))))
}
