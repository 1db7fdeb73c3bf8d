//! What the doors of people's decisions share: a paper behind each, an id that makes asking again harmless, a line in the audit, and then the fact.
//!
//! A decision is published and a stage decides what comes of it: 202 after the confirm, with the id under which its effect is told.

use axum::{Json, http::StatusCode};
use salur_domain::{DecisionId, ids::NAMESPACE};
use salur_schemas::Message;
use salur_store::audit;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Portal, access::random_id, refusal::Refusal, told::one_line, tranches::DOCUMENT_MAX};

const PRODUCER: &str = "portal";

/// What such a door answers.
pub type Answer = Result<(StatusCode, Json<Value>), Refusal>;

/// The name of a paper: 1 to [`DOCUMENT_MAX`] characters on one line.
pub fn document(text: &str) -> Result<String, Refusal> {
    let message = "name the paper behind it, in 1 to 200 characters on one line";
    one_line(text, 1..=DOCUMENT_MAX).ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "document", message))
}

/// The id of a decision: the same for the same request of the same person.
pub fn decision(what: &str, actor: &str, request: Option<Uuid>) -> Result<DecisionId, Refusal> {
    let request = request.map_or_else(random_id, Ok)?;
    Ok(DecisionId(Uuid::new_v5(&NAMESPACE, format!("{what}\0{actor}\0{request}").as_bytes())))
}

/// [`say`], and answers with the id.
pub async fn decide<M: Message>(portal: &Portal, decision: DecisionId, who: &str, audited: (&str, Value), fact: M) -> Answer {
    say(portal, decision, who, audited, fact).await?;
    Ok(accepted(decision))
}

/// Leaves a line in the audit, then publishes.
pub async fn say<M: Message>(
    portal: &Portal,
    decision: DecisionId,
    who: &str,
    (act, detail): (&str, Value),
    fact: M,
) -> Result<(), Refusal> {
    let mut tx = portal.database().begin_portal().await?;
    audit::record(&mut tx, who, act, &detail).await?;
    tx.commit().await?;
    portal.client().publish_facts(PRODUCER, &decision.to_string(), &[fact]).await?;
    Ok(())
}

/// Said, and not decided yet.
pub fn accepted(decision: DecisionId) -> (StatusCode, Json<Value>) {
    (StatusCode::ACCEPTED, Json(json!({ "decision": decision })))
}
