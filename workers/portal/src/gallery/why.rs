//! Why somebody looks at photos of families: asked once per session, kept with its token, and left in the audit with each look.

use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use salur_domain::{CaptureId, actor::Act, nik};
use salur_store::{Tx, actors, audit};
use serde::Deserialize;
use serde_json::{Value, json};

use super::words::Words;
use crate::{
    Portal,
    access::Caller,
    pages::{Frame, PageRefusal, Viewer, show, way_back},
    refusal::Refusal,
    told::{Entered, Told, one_line},
};

/// Longest reason for looking, in characters.
const WHY_MAX: usize = 200;

pub(super) fn routes() -> Router<Portal> {
    Router::new().route("/proofs/why", post(say_why)).route("/api/proofs/why", post(say_why_by_program))
}

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage {
    f: Frame,
    w: &'static Words,
    next: String,
    why: String,
}

/// The page that asks for the reason, and leads on to where the viewer was.
pub(super) fn ask(viewer: &Viewer) -> Response {
    show(&WhyPage { f: viewer.frame(), w: Words::of(viewer.language), next: viewer.here.clone(), why: String::new() })
}

/// The same for what cannot be gone back to by an address.
pub(super) fn ask_before(viewer: &Viewer, next: &str) -> Response {
    show(&WhyPage { f: viewer.frame(), w: Words::of(viewer.language), next: next.to_owned(), why: String::new() })
}

/// Why a program looks, once it said so.
pub(super) fn said(caller: &Caller) -> Result<&str, Refusal> {
    let unsaid = || {
        let message = "say why you look before you look: POST /api/proofs/why";
        Refusal::new(StatusCode::PRECONDITION_REQUIRED, "why", message)
    };
    caller.why.as_deref().ok_or_else(unsaid)
}

/// Leaves in the audit who sees what and why. It must be committed before a mark leaves the house.
pub(super) async fn look(tx: &mut Tx, caller: &Caller, why: &str, page: &str, captures: &[CaptureId]) -> Result<(), Refusal> {
    if captures.is_empty() {
        return Ok(());
    }
    let detail = json!({ "page": page, "why": why, "captures": captures });
    Ok(audit::record(tx, &caller.actor.name, "proofs_seen", &detail).await?)
}

#[derive(Debug, Deserialize)]
struct Why {
    why: String,
    next: Option<String>,
}

async fn say_why(State(portal): State<Portal>, viewer: Viewer, Entered(Why { why, next }): Entered<Why>) -> Result<Response, PageRefusal> {
    let next = way_back(next.as_deref()).to_owned();
    if keep_why(&portal, &viewer.caller, &why).await.map_err(|refusal| viewer.refused(refusal))?.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    let page = WhyPage { f: viewer.frame(), w: Words::of(viewer.language), next, why };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// What a program says before it looks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    why: String,
}

async fn say_why_by_program(
    State(portal): State<Portal>,
    caller: Caller,
    Told(Reason { why }): Told<Reason>,
) -> Result<Json<Value>, Refusal> {
    let kept = keep_why(&portal, &caller, &why).await?.ok_or_else(no_reason)?;
    Ok(Json(json!({ "why": kept })))
}

/// Keeps why somebody looks, until they sign out; none where it is no reason.
async fn keep_why(portal: &Portal, caller: &Caller, why: &str) -> Result<Option<String>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let Some(why) = reason(why) else { return Ok(None) };
    let mut tx = portal.database().begin_portal().await?;
    actors::say_why(&mut tx, &caller.token, &why).await?;
    tx.commit().await?;
    Ok(Some(why))
}

/// A reason as it is kept: a line of 8 to [`WHY_MAX`] characters without a person's number.
pub(crate) fn reason(text: &str) -> Option<String> {
    one_line(text, 8..=WHY_MAX).filter(|why| !names_a_person(why))
}

pub(crate) fn no_reason() -> Refusal {
    let message = "say why in 8 to 200 characters on one line, without anybody's number: it is kept with the record of what you see";
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "why", message)
}

/// Sixteen digits in a row are a person's or a household's number, which belongs into no record.
pub(super) fn names_a_person(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits.len() >= nik::DIGITS)
}
