//! Pauses: what people stop for a while, and let go on.
//!
//! `POST /api/pauses` publishes what a person says (202 after the confirm), pausing decides, and `GET /api/pauses/{id}` tells what came of it. What can be
//! told early is refused here in the stage's words. `GET /api/pauses` shows what is paused now, since when, by whom and why, and the decisions before. Ops
//! pause stages; a treasurer or a supervisor pauses a regency, a pay point or a teller of the region they act for, and, acting for the country, a tranche.
//! The same request again is answered by what came of it.
//!
//! Bounds: reasons of [`REASON_MAX`] characters, [`pauses::PAGE`] pauses and decisions in an answer.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use chrono::Utc;
use salur_domain::{
    actor::Act,
    pause::{Kind, Refused},
};
use salur_schemas::{PauseDecided, messages};
use salur_store::pauses::{self, Decided};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{self, Answer},
    refusal::Refusal,
    told::{Sought, Told, one_line},
};

/// Longest reason.
pub const REASON_MAX: usize = 300;

messages! {
    /// What the door of pauses says.
    pub enum Out { PauseDecided }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/pauses", get(list).post(decide)).route("/api/pauses/{id}", get(decided))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// Made by the caller, so that a repeated request is recognised.
    pub request: Option<Uuid>,
    pub kind: Kind,
    pub scope: String,
    pub paused: bool,
    pub reason: String,
    #[serde(default)]
    pub dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sight {
    kind: Option<Kind>,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(sight): Sought<Sight>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeePauses)?;
    let now = pauses::now(portal.database(), sight.kind).await?;
    Ok(Json(json!({ "paused": now, "decisions": pauses::past(portal.database(), sight.kind).await? })))
}

async fn decided(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeePauses)?;
    let effect = pauses::effect(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn decide(State(portal): State<Portal>, caller: Caller, Told(wish): Told<Wish>) -> Answer {
    publish_pause(&portal, &caller, wish).await
}

/// Publishes what somebody wants paused or let go on.
pub(crate) async fn publish_pause(portal: &Portal, caller: &Caller, wish: Wish) -> Answer {
    let Wish { request, kind, scope, paused, reason, dry_run } = wish;
    may(portal, caller, kind, &scope).await?;
    let reason = one_line(&reason, 1..=REASON_MAX).ok_or_else(|| {
        let message = "say why, in 1 to 300 characters on one line; name no family";
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "reason", message)
    })?;
    let actor = caller.actor.name.clone();
    let decision = decisions::decision("pause", &actor, request)?;
    let fact = PauseDecided { decision, kind, scope, paused, reason, actor, at: Utc::now() };
    if let Some(known) = pauses::effect(portal.database(), decision.0).await? {
        return again(&known, &fact);
    }
    if let Some(refused) = pauses::look(portal.database(), (kind, &fact.scope), paused, portal.stages()).await? {
        return Err(refusal(refused));
    }
    if dry_run {
        let would = if paused { "paused" } else { "resumed" };
        return Ok((StatusCode::OK, Json(json!({ "decision": null, "would": would }))));
    }
    let (who, detail) = (fact.actor.clone(), json!(fact));
    decisions::decide(portal, decision, &who, ("pause_decided", detail), Out::from(fact)).await
}

/// Refuses who may not pause this; a region, only where the thing lies in it.
async fn may(portal: &Portal, caller: &Caller, kind: Kind, scope: &str) -> Result<(), Refusal> {
    caller.must(if kind == Kind::Stage { Act::PauseStages } else { Act::PausePayments })?;
    let region = &caller.actor.region;
    if region.is_empty() {
        return Ok(());
    }
    if matches!(kind, Kind::Stage | Kind::Tranche) {
        return caller.must_have_the_country();
    }
    if pauses::lies_within(portal.database(), kind, scope, region).await? {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "region", "it lies outside your region, or nowhere; ask somebody who acts for it"))
}

fn refusal(refused: Refused) -> Refusal {
    let status = match refused {
        Refused::Unknown | Refused::Keeper => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::Paused | Refused::NotPaused => StatusCode::CONFLICT,
    };
    Refusal::new(status, refused.as_str(), refused.words())
}

/// A request that was decided already: the same answer, unless it says something else now.
fn again(known: &Decided, fact: &PauseDecided) -> Answer {
    let stands = (known.kind.as_str(), &known.scope, known.paused, &known.reason);
    if stands == (fact.kind.as_str(), &fact.scope, fact.paused, &fact.reason) {
        return Ok((StatusCode::ACCEPTED, Json(json!({ "decision": fact.decision }))));
    }
    let message = "this request came before and said something else; nothing was changed, take another id";
    Err(Refusal::new(StatusCode::CONFLICT, "conflict", message))
}
