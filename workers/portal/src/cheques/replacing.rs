//! A cheque that was lost, stolen, damaged, misprinted or given to the wrong family: what one of two people says, and what came of it.
//!
//! `POST /api/cheques/replacements` names the cheque by its serial and publishes `cheques.replaced` (202 after the confirm); cheque-rendering decides, and `GET
//! /api/cheques/replacements/{id}` tells. The page of a payment has the same as a form (`POST /payments/{id}/replace`). Who acts for a region replaces cheques
//! of that region alone; any other is not found, as one that does not exist.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{DecisionId, actor::Act, replacement::Loss, serial::ChequeSerial};
use salur_schemas::ChequeReplaced;
use salur_store::{
    replacements,
    timelines::{self, Name},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Out;
use crate::{
    Portal,
    access::Caller,
    decisions::{self, Answer},
    effects,
    pages::{Named, PageRefusal, Viewer},
    refusal::Refusal,
    told::{Entered, Told},
};

/// The doors.
pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/cheques/replacements", post(replace))
        .route("/api/cheques/replacements/{id}", get(replaced))
        .route("/payments/{id}/replace", post(entered))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    /// Of the cheque that shall be worth nothing.
    serial: String,
    loss: String,
    /// The paper behind it.
    document: String,
}

async fn replace(State(portal): State<Portal>, caller: Caller, Told(wish): Told<Wish>) -> Answer {
    Ok(decisions::accepted(say(&portal, &caller, &wish).await?))
}

async fn say(portal: &Portal, caller: &Caller, wish: &Wish) -> Result<DecisionId, Refusal> {
    caller.must(Act::ReplaceCheques)?;
    let wrong = |field, message: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
    let mistyped = |_| wrong("serial", "this is no serial of a cheque; look for a mistyped character".into());
    let serial = ChequeSerial::parse(&wish.serial).map_err(mistyped)?.to_string();
    let words = Loss::SAID.map(Loss::as_str).join(", ");
    let loss = Loss::parse(&wish.loss).ok_or_else(|| wrong("loss", format!("what happened to it is one of {words}")))?;
    let document = decisions::document(&wish.document)?;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "serial", "there is no such cheque that you may see; check its serial");
    // whoever may not see the payment may not end its cheque either
    timelines::read(portal.database(), Name::Serial(&serial), &caller.actor.region).await?.ok_or_else(nowhere)?;
    let ((tranche, payment), version) = replacements::which(portal.database(), &serial).await?.ok_or_else(nowhere)?;
    let actor = caller.actor.name.clone();
    let decision = decisions::decision(&format!("cheque replaced\0{serial}"), &actor, wish.request)?;
    let version = version.cast_unsigned();
    let fact = ChequeReplaced { decision, payment, tranche, version, loss, document, actor: actor.clone(), at: Utc::now() };
    decisions::say(portal, decision, &actor, ("cheque_replaced", json!(fact)), Out::from(fact)).await?;
    Ok(decision)
}

async fn replaced(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::ReplaceCheques)?;
    let effect = replacements::effect_of(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

/// The form on the page of a payment: says it, waits a moment for what comes of it, and leads back to the page.
async fn entered(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(payment): Named<Uuid>,
    Entered(wish): Entered<Wish>,
) -> Result<Response, PageRefusal> {
    let done = async {
        let decision = say(&portal, &viewer.caller, &wish).await?;
        effects::of(|| replacements::effect_of(portal.database(), decision.0)).await?;
        Ok(Redirect::to(&format!("/payments/{payment}?replacement={decision}")).into_response())
    };
    viewer.answer(done).await
}
