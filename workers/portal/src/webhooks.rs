//! Webhooks over HTTP: who hears of a source's batches, what could not be delivered, and trying it again.
//!
//! A caller with a source has its own alone; others see all, and name a source where they add one. The secret is shown once, when a webhook is added, and
//! derived from its id, so that the portal keeps none and the sender (`salur webhooks send`) derives the same. The portal calls nobody. Every
//! change is audited in the transaction that does it. Bounds: as [`salur_store::webhooks`].

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use salur_domain::{
    actor::Act,
    webhook::{self, WebhookKey},
};
use salur_store::{
    audit,
    webhooks::{self as store, Added, Delivery, Webhook},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random_id},
    refusal::Refusal,
    told::{Sought, Told},
};

const REASON_MAX: usize = 300;

/// What webhooks are made with, where the installation sends any.
#[derive(Debug, Clone)]
pub struct Means {
    /// What secrets are derived from.
    pub key: WebhookKey,
    /// Whether http and private addresses may be called: tests.
    pub allow_insecure: bool,
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/webhooks", get(list).post(add))
        .route("/api/webhooks/{webhook}/deliveries", get(deliveries))
        .route("/api/webhooks/{webhook}/retry", post(retry))
        .route("/api/webhooks/{webhook}/revoke", post(revoke))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Narrowed {
    #[serde(default)]
    dead: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    url: String,
    source: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    delivery: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(which): Sought<Which>) -> Result<Json<Vec<Webhook>>, Refusal> {
    caller.must(Act::SeeWebhooks)?;
    Ok(Json(store::list(portal.database(), caller.source().or(which.source.as_deref())).await?))
}

async fn add(State(portal): State<Portal>, caller: Caller, Told(wanted): Told<Wanted>) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::ManageWebhooks)?;
    let means = portal.webhooks().ok_or_else(none_sent)?;
    let source = caller.source().map(str::to_owned).or(wanted.source).ok_or_else(no_source)?;
    let url = webhook::parse_url(&wanted.url, means.allow_insecure).map_err(|error| unprocessable("url", error.to_string()))?;
    let id = random_id()?;
    let mut tx = portal.database().begin_portal().await?;
    let created_at = match store::add(&mut tx, id, &source, url.as_str(), &caller.actor.name).await? {
        Added::At(moment) => moment,
        Added::NoSource => return Err(unprocessable("source", "there is no such source")),
        Added::Full => {
            let message = format!("a source has at most {} webhooks; revoke one first", store::MOST_LIVE);
            return Err(Refusal::new(StatusCode::CONFLICT, "webhooks", message));
        }
    };
    // not the path: who receives may have put a secret of its own there
    let detail = json!({ "webhook": id, "source": source, "host": url.host_str() });
    audit::record(&mut tx, &caller.actor.name, "webhook_added", &detail).await?;
    tx.commit().await?;
    let secret = means.key.secret(id).text();
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "source": source, "url": url.as_str(), "created_at": created_at, "secret": secret }))))
}

async fn deliveries(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<String>,
    Sought(narrowed): Sought<Narrowed>,
) -> Result<Json<Vec<Delivery>>, Refusal> {
    caller.must(Act::SeeWebhooks)?;
    let webhook = seen(&portal, &caller, &id).await?;
    Ok(Json(store::deliveries(portal.database(), webhook.id, narrowed.dead).await?))
}

async fn retry(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<String>,
    Told(Again { delivery }): Told<Again>,
) -> Result<Json<Value>, Refusal> {
    caller.must(Act::ManageWebhooks)?;
    let webhook = seen(&portal, &caller, &id).await?;
    if webhook.revoked_at.is_some() {
        return Err(Refusal::new(StatusCode::CONFLICT, "revoked", "it is revoked and is told nothing any more; add another one"));
    }
    let mut tx = portal.database().begin_portal().await?;
    let retried = store::retry(&mut tx, webhook.id, delivery).await?;
    let detail = json!({ "webhook": webhook.id, "delivery": delivery, "deliveries": retried });
    audit::record(&mut tx, &caller.actor.name, "webhook_retried", &detail).await?;
    tx.commit().await?;
    Ok(Json(json!({ "id": webhook.id, "retried": retried })))
}

async fn revoke(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<String>,
    Told(Reason { reason }): Told<Reason>,
) -> Result<Json<Webhook>, Refusal> {
    caller.must(Act::ManageWebhooks)?;
    if reason.trim().is_empty() || reason.len() > REASON_MAX {
        return Err(unprocessable("reason", format!("say why, in at most {REASON_MAX} characters")));
    }
    let webhook = seen(&portal, &caller, &id).await?;
    let mut tx = portal.database().begin_portal().await?;
    if store::revoke(&mut tx, webhook.id).await? {
        let detail = json!({ "webhook": webhook.id, "source": webhook.source, "reason": reason });
        audit::record(&mut tx, &caller.actor.name, "webhook_revoked", &detail).await?;
    }
    tx.commit().await?;
    Ok(Json(seen(&portal, &caller, &id).await?))
}

/// A webhook that the caller may see: of its own source, where it has one. Another's is as if it were not there.
async fn seen(portal: &Portal, caller: &Caller, id: &str) -> Result<Webhook, Refusal> {
    let found = match Uuid::parse_str(id) {
        Ok(id) => store::find(portal.database(), caller.source(), id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "webhook", "there is no such webhook"))
}

fn no_source() -> Refusal {
    unprocessable("source", "say which source hears of its batches there")
}

fn unprocessable(code: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

fn none_sent() -> Refusal {
    let message = "this installation sends no webhooks: its operator has to set keys.webhook and run `salur webhooks send`";
    Refusal::new(StatusCode::NOT_IMPLEMENTED, "webhooks", message)
}
