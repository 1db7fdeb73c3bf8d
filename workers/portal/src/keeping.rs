//! How long photos are kept: legal holds, retentions of programmes, and the destruction of a photo.
//!
//! `POST /api/proofs/{capture}/destroy` publishes what one of two people says (202 after the confirm), photo-keeping decides, and `GET
//! /api/destructions/{id}` tells what came of it. Legal holds and retentions are the portal's own rows: `POST /api/legal-holds`, `POST
//! /api/legal-holds/{id}/end`, `POST /api/retentions`, and the lists of both. They are of the whole country; a retention counts when a second person said the
//! same. Each is a line of the audit.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{
    CaptureId,
    actor::Act,
    keeping::{Ground, YEARS},
};
use salur_schemas::{PhotoCondemned, messages};
use salur_store::{
    audit,
    keeping::{self, Held, Hold, Retention},
    reversals::questions::Name,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{Answer, decide, decision, document},
    proofs::visit,
    refusal::Refusal,
    told::Told,
};

messages! {
    /// What this door says.
    pub enum Out { PhotoCondemned }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/proofs/{capture}/destroy", post(destroy))
        .route("/api/destructions/{id}", get(destroyed))
        .route("/api/legal-holds", get(holds).post(place))
        .route("/api/legal-holds/{id}/end", post(end))
        .route("/api/retentions", get(retentions).post(retain))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Destroying {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    ground: String,
    /// The paper behind it: the order, where the ground is one.
    document: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Placing {
    request: Option<Uuid>,
    programme: Option<String>,
    tranche: Option<String>,
    capture: Option<CaptureId>,
    document: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    document: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retaining {
    request: Option<Uuid>,
    programme: String,
    years: i16,
    document: String,
}

async fn destroy(State(portal): State<Portal>, caller: Caller, Path(capture): Path<CaptureId>, Told(asked): Told<Destroying>) -> Answer {
    caller.must(Act::KeepPhotos)?;
    visit(&portal, &caller, Name::Capture(capture)).await?;
    let words = Ground::ALL.map(Ground::as_str).join(", ");
    let no_ground = || Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "ground", format!("a ground is one of {words}"));
    let ground = Ground::parse(&asked.ground).ok_or_else(no_ground)?;
    let document = document(&asked.document)?;
    let actor = caller.actor.name;
    let decision = decision(&format!("photo condemned\0{capture}"), &actor, asked.request)?;
    let detail = json!({ "decision": decision, "capture": capture, "ground": ground, "document": document });
    let fact: Out = PhotoCondemned { decision, capture, ground, document, actor: Some(actor.clone()), at: Utc::now() }.into();
    decide(&portal, decision, &actor, ("photo_condemned", detail), fact).await
}

async fn destroyed(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let effect = keeping::effect_of(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn holds(State(portal): State<Portal>, caller: Caller) -> Result<Json<Vec<Hold>>, Refusal> {
    caller.must(Act::SeeProofs)?;
    Ok(Json(keeping::holds(portal.database()).await?))
}

async fn place(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Placing>) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::KeepPhotos)?;
    caller.must_have_the_country()?;
    let on = match (&asked.programme, &asked.tranche, asked.capture) {
        (Some(programme), None, None) => Held::Programme(programme),
        (None, Some(tranche), None) => Held::Tranche(tranche),
        (None, None, Some(capture)) => Held::Capture(capture),
        _ => {
            let message = "name what is held: a programme, a tranche or a capture, one of the three";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "held", message));
        }
    };
    let document = document(&asked.document)?;
    let actor = &caller.actor.name;
    let id = decision("legal hold", actor, asked.request)?.0;
    let mut tx = portal.database().begin_portal().await?;
    if !keeping::place(&mut tx, id, on, &document, actor).await? {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "held", "there is nothing of that name that could be held"));
    }
    let detail =
        json!({ "hold": id, "programme": asked.programme, "tranche": asked.tranche, "capture": asked.capture, "document": document });
    audit::record(&mut tx, actor, "legal_hold_placed", &detail).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(json!({ "hold": id }))))
}

async fn end(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Told(asked): Told<Ending>,
) -> Result<Json<Value>, Refusal> {
    caller.must(Act::KeepPhotos)?;
    caller.must_have_the_country()?;
    let document = document(&asked.document)?;
    let mut tx = portal.database().begin_portal().await?;
    if !keeping::end(&mut tx, id, &document, &caller.actor.name).await? {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "hold", "there is no such legal hold that still stands"));
    }
    audit::record(&mut tx, &caller.actor.name, "legal_hold_ended", &json!({ "hold": id, "document": document })).await?;
    tx.commit().await?;
    Ok(Json(json!({ "hold": id })))
}

async fn retentions(State(portal): State<Portal>, caller: Caller) -> Result<Json<Vec<Retention>>, Refusal> {
    caller.must(Act::SeeProofs)?;
    Ok(Json(keeping::retentions(portal.database()).await?))
}

async fn retain(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Retaining>) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::KeepPhotos)?;
    caller.must_have_the_country()?;
    if !YEARS.contains(&asked.years) {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "years", "photos are kept 1 to 100 years after the tranche closed"));
    }
    let document = document(&asked.document)?;
    let actor = &caller.actor.name;
    let id = decision("retention", actor, asked.request)?.0;
    let mut tx = portal.database().begin_portal().await?;
    if !keeping::retain(&mut tx, id, &asked.programme, asked.years, &document, actor).await? {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "programme", "there is no programme of that code"));
    }
    let detail = json!({ "retention": id, "programme": asked.programme, "years": asked.years, "document": document });
    audit::record(&mut tx, actor, "retention_said", &detail).await?;
    tx.commit().await?;
    let of_it = keeping::retentions(portal.database()).await?.into_iter().find(|said| said.programme == asked.programme);
    Ok((StatusCode::CREATED, Json(json!({ "retention": id, "in_force": of_it.and_then(|said| said.in_force) }))))
}
