//! Another photo of a visit in question: asked for on its case, and shown there with what came.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use salur_domain::CaptureId;
use salur_store::photo_requests;
use serde::Deserialize;
use uuid::Uuid;

use super::words::{Words, state};
use crate::{
    Portal,
    pages::{Named, PageRefusal, Viewer},
    proofs::publish_wish,
    told::Entered,
};

/// Another photo that somebody wants, and the one that came.
pub(super) struct Shown {
    pub of: Option<CaptureId>,
    pub wish: String,
    pub actor: String,
    pub at: String,
    pub answer: Option<(CaptureId, &'static str, String)>,
}

/// What a case shows of it.
pub(super) struct Section {
    pub list: Vec<Shown>,
    /// Nothing is waited for, and the viewer may decide.
    pub may_ask: bool,
}

pub(super) fn section(
    w: &'static Words,
    here: CaptureId,
    asked: &[photo_requests::Shown],
    may_decide: bool,
    at: impl Fn(DateTime<Utc>) -> String,
) -> Section {
    let may_ask = may_decide && asked.iter().all(|one| one.answer.is_some() && one.asked_of == here.0);
    Section { list: asked.iter().map(|one| shown(w, here, one, &at)).collect(), may_ask }
}

fn shown(w: &'static Words, here: CaptureId, one: &photo_requests::Shown, at: impl Fn(DateTime<Utc>) -> String) -> Shown {
    let answer = one.answer.zip(one.judgement.as_deref()).zip(one.answered_at);
    Shown {
        of: Some(CaptureId(one.asked_of)).filter(|of| *of != here),
        wish: one.wish.clone(),
        actor: one.actor.clone(),
        at: at(one.asked_at),
        answer: answer.map(|((capture, judged), when)| (CaptureId(capture), state(w, judged), at(when))),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Asking {
    wish: String,
    request: Option<Uuid>,
}

pub(super) async fn ask(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(capture): Named<CaptureId>,
    Entered(asked): Entered<Asking>,
) -> Result<Response, PageRefusal> {
    let published = publish_wish(&portal, &viewer.caller, capture, &asked.wish, asked.request).await;
    published.map_err(|refusal| viewer.refused(refusal)).map(drop)?;
    Ok(Redirect::to(&format!("/proofs/{capture}?sent=1")).into_response())
}
