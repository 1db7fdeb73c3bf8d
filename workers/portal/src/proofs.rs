//! Whether a hand-over stands: proofs in question and their reviews, and wrong hand-overs that are undone.
//!
//! `GET /api/proofs/in-question` lists what waits for a supervisor, `POST /api/proofs/{capture}/review` publishes `proofs.reviewed`. `POST /api/claims/undo` is
//! a teller's word at the claim's device within its ten minutes, `POST /api/hand-overs/undo` that of one of two people later; both publish
//! `hand-overs.undone` (202 after the confirm). status-finalizer decides, and `GET /api/reviews/{id}` and `/api/undos/{id}` tell what came of it. A
//! person acts for their region alone.
//!
//! `POST /api/proofs/{capture}/photo-requests` publishes `photos.asked`: a reviewer wants another photo first. The device of the visit learns of it at
//! `POST /api/captures/requests`, and sends the photo as a capture of the same claim.
//!
//! Bounds: lists of [`questions::QUESTIONS_MAX`] captures.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use salur_domain::{
    CaptureId, ClaimId, DecisionId,
    actor::{self, Act},
    reversal::{ReviewGround, UndoGround},
};
use salur_schemas::{HandOverUndone, PhotoAsked, ProofReviewed, UndoneBy, messages};
use salur_store::{
    claims,
    photo_requests::{self, Asked},
    reversals::{
        self,
        questions::{self, Name, Question, Visit},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{Answer, decide, decision, document},
    refusal::Refusal,
    signed::Signed,
    told::{Sought, Told, one_line_without_number},
};

/// Shortest and longest wish for a photo, in characters.
const WISH: std::ops::RangeInclusive<usize> = 3..=200;

messages! {
    /// What these doors say.
    pub enum Out { ProofReviewed, PhotoAsked, HandOverUndone }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/proofs/in-question", get(in_question))
        .route("/api/proofs/{capture}/review", post(review))
        .route("/api/reviews/{id}", get(reviewed))
        .route("/api/proofs/{capture}/photo-requests", post(ask))
        .route("/api/photo-requests/{id}", get(asked))
        .route("/api/captures/requests", post(asked_of_device))
        .route("/api/claims/undo", post(undo_at_device))
        .route("/api/hand-overs/undo", post(undo))
        .route("/api/undos/{id}", get(undone))
}

/// The last proof of the page before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    at: Option<DateTime<Utc>>,
    capture: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reviewing {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    ground: String,
    /// The paper behind it.
    document: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wishing {
    request: Option<Uuid>,
    /// What the new photo is to show.
    wish: String,
}

/// A device asks what it is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// What a teller says at a device.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndoAtDevice {
    claim: ClaimId,
    ground: String,
}

/// What a person says: the visit is named by its claim, one of its captures or the serial of a cheque paid in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Undoing {
    request: Option<Uuid>,
    claim: Option<ClaimId>,
    capture: Option<CaptureId>,
    serial: Option<String>,
    ground: String,
    document: String,
}

async fn in_question(State(portal): State<Portal>, caller: Caller, Sought(after): Sought<After>) -> Result<Json<Vec<Question>>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let after = after.at.zip(after.capture);
    Ok(Json(questions::list(portal.database(), &caller.actor.region, after).await?))
}

async fn review(State(portal): State<Portal>, caller: Caller, Path(capture): Path<CaptureId>, Told(asked): Told<Reviewing>) -> Answer {
    publish_review(&portal, &caller, capture, &asked.ground, &asked.document, asked.request).await
}

/// Publishes what a supervisor decided about a proof in question.
pub(crate) async fn publish_review(
    portal: &Portal,
    caller: &Caller,
    capture: CaptureId,
    ground: &str,
    paper: &str,
    request: Option<Uuid>,
) -> Answer {
    caller.must(Act::JudgeHandOvers)?;
    visit(portal, caller, Name::Capture(capture)).await?;
    let words = ReviewGround::ALL.map(ReviewGround::as_str);
    let ground = ReviewGround::parse(ground).ok_or_else(|| no_ground(&words))?;
    let document = document(paper)?;
    let actor = caller.actor.name.clone();
    let decision = decision(&format!("proof reviewed\0{capture}"), &actor, request)?;
    let detail = json!({ "decision": decision, "capture": capture, "ground": ground, "document": document });
    let fact: Out = ProofReviewed { decision, capture, ground, document, actor: actor.clone(), at: Utc::now() }.into();
    decide(portal, decision, &actor, ("proof_reviewed", detail), fact).await
}

async fn reviewed(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let effect = reversals::effect_of_review(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn ask(State(portal): State<Portal>, caller: Caller, Path(capture): Path<CaptureId>, Told(asked): Told<Wishing>) -> Answer {
    publish_wish(&portal, &caller, capture, &asked.wish, asked.request).await
}

/// Publishes that a supervisor wants another photo of a visit in question.
pub(crate) async fn publish_wish(portal: &Portal, caller: &Caller, capture: CaptureId, wish: &str, request: Option<Uuid>) -> Answer {
    caller.must(Act::JudgeHandOvers)?;
    visit(portal, caller, Name::Capture(capture)).await?;
    let message = "say what the photo is to show, in 3 to 200 characters on one line, and without a NIK: the teller reads it";
    let wish = one_line_without_number(wish, WISH).ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "wish", message))?;
    let actor = caller.actor.name.clone();
    let decision = decision(&format!("photo asked\0{capture}"), &actor, request)?;
    let detail = json!({ "decision": decision, "capture": capture, "wish": wish });
    let fact: Out = PhotoAsked { decision, capture, wish, actor: actor.clone(), at: Utc::now() }.into();
    decide(portal, decision, &actor, ("photo_asked", detail), fact).await
}

async fn asked(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let effect = photo_requests::effect_of(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn asked_of_device(State(portal): State<Portal>, Signed { device, body: _ }: Signed<Nothing>) -> Result<Json<Vec<Asked>>, Refusal> {
    Ok(Json(photo_requests::for_device(portal.database(), &device.code).await?))
}

async fn undo_at_device(State(portal): State<Portal>, Signed { device, body }: Signed<UndoAtDevice>) -> Answer {
    let claim = claims::read(portal.database(), &[body.claim]).await?.pop().filter(|claim| claim.device == device.code);
    let Some(claim) = claim else {
        let message = "this device made no such claim; only the device that claimed the cheque can undo it";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "claim", message));
    };
    let ground = undo_ground(&body.ground)?;
    let at = Utc::now();
    if at > claim.expires_at {
        let message = "the claim's ten minutes are over; let two people of the office undo it";
        return Err(Refusal::new(StatusCode::GONE, "late", message).with("expired_at", claim.expires_at));
    }
    // one undo of a claim by its device: asking again is the same request
    let decision = DecisionId(Uuid::new_v5(&claim.id().0, b"undone at its device"));
    let by = UndoneBy::Device(device.code.clone());
    let detail = json!({ "decision": decision, "claim": claim.id(), "ground": ground });
    let fact: Out = HandOverUndone { decision, claim: claim.id(), ground, document: String::new(), by, at }.into();
    decide(&portal, decision, &format!("device:{}", device.code), ("hand_over_undone", detail), fact).await
}

async fn undo(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Undoing>) -> Answer {
    caller.must(Act::JudgeHandOvers)?;
    let name = match (asked.claim, asked.capture, &asked.serial) {
        (Some(claim), None, None) => Name::Claim(claim),
        (None, Some(capture), None) => Name::Capture(capture),
        (None, None, Some(serial)) => Name::Serial(serial),
        _ => {
            let message = "name the visit by its claim, by a capture, or by the serial of a cheque that was paid in it";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "visit", message));
        }
    };
    let claim = visit(&portal, &caller, name).await?.claim();
    let (ground, document) = (undo_ground(&asked.ground)?, document(&asked.document)?);
    let actor = caller.actor.name;
    let decision = decision(&format!("hand-over undone\0{claim}"), &actor, asked.request)?;
    let detail = json!({ "decision": decision, "claim": claim, "ground": ground, "document": document });
    let fact: Out = HandOverUndone { decision, claim, ground, document, by: UndoneBy::Actor(actor.clone()), at: Utc::now() }.into();
    decide(&portal, decision, &actor, ("hand_over_undone", detail), fact).await
}

async fn undone(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let effect = reversals::effect_of_undo(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

/// A visit of the caller's region.
pub(crate) async fn visit(portal: &Portal, caller: &Caller, name: Name<'_>) -> Result<Visit, Refusal> {
    let found = questions::find(portal.database(), name).await?;
    let of_region = found.filter(|visit| actor::covers(&caller.actor.region, &visit.regency));
    of_region.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "visit", "there is no visit of this name that you may decide about"))
}

fn undo_ground(text: &str) -> Result<UndoGround, Refusal> {
    UndoGround::parse(text).ok_or_else(|| no_ground(&UndoGround::ALL.map(UndoGround::as_str)))
}

fn no_ground(words: &[&str]) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "ground", format!("a ground is one of {}", words.join(", ")))
}
