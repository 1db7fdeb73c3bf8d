//! A payment as a page: where it stands, its timeline, and the way to its proofs.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::{actor::Act, replacement::Loss, serial::ChequeSerial};
use salur_store::{
    replacements,
    timelines::{self, Event, Name, Timeline},
};
use serde::Deserialize;
use uuid::Uuid;

use super::words::{Words, event, loss, not_replaced, status};
use crate::{
    Portal,
    access::random_id,
    pages::{Frame, Named, PageRefusal, Viewer, place_name, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, clock, moment, rupiah},
};

#[derive(Template)]
#[template(path = "find_payment.html")]
struct FindPage {
    f: Frame,
    w: &'static Words,
    name: String,
    wrong: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "payment.html")]
struct PaymentPage {
    f: Frame,
    w: &'static Words,
    timeline: Timeline,
    status_name: &'static str,
    place: String,
    rupiah: String,
    as_of: String,
    events: Vec<Shown>,
    may_see_proofs: bool,
    about: &'static str,
    complaints: Vec<crate::complaints::Shown>,
    /// What may have happened to its cheque, where this viewer may have it replaced.
    losses: Vec<(&'static str, &'static str)>,
    request: Uuid,
    /// What came of the replacement that was just asked for, and whether it was refused.
    came: Option<(&'static str, bool)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    replacement: Option<Uuid>,
}

/// An event of the timeline.
struct Shown {
    at: String,
    what: String,
    word: String,
    actor: String,
    code: String,
    rupiah: Option<String>,
    accounts: Option<String>,
    document: String,
    capture: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    name: String,
}

pub(super) async fn ask(State(portal): State<Portal>, viewer: Viewer) -> Result<Response, PageRefusal> {
    viewer.answer(look_up(&portal, &viewer, None)).await
}

/// What is typed in may be a person's number by mistake: it comes in a body, and stands in no address.
pub(super) async fn find(State(portal): State<Portal>, viewer: Viewer, Entered(asked): Entered<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(look_up(&portal, &viewer, Some(asked.name.trim()))).await
}

async fn look_up(portal: &Portal, viewer: &Viewer, name: Option<&str>) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeePayments)?;
    let w = Words::of(viewer.language);
    let again = |wrong| {
        let status = if wrong == Some(w.nowhere) { StatusCode::NOT_FOUND } else { StatusCode::OK };
        (status, show(&FindPage { f: viewer.frame(), w, name: name.unwrap_or_default().to_owned(), wrong })).into_response()
    };
    let Some(text) = name.filter(|text| !text.is_empty()) else { return Ok(again(None)) };
    let serial = ChequeSerial::parse(text).map(|serial| serial.to_string());
    let named = match (text.parse::<Uuid>(), &serial) {
        (Ok(id), _) => Name::Id(id),
        (Err(_), Ok(serial)) => Name::Serial(serial),
        (Err(_), Err(_)) => return Ok(again(Some(w.wrong))),
    };
    let found = timelines::read(portal.database(), named, &viewer.caller.actor.region).await?;
    Ok(found.map_or_else(|| again(Some(w.nowhere)), |found| Redirect::to(&format!("/payments/{}", found.payment.payment)).into_response()))
}

pub(super) async fn payment(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Query(came): Query<Came>,
) -> Result<Response, PageRefusal> {
    viewer.answer(draw(&portal, &viewer, id, &came)).await
}

async fn draw(portal: &Portal, viewer: &Viewer, id: Uuid, came: &Came) -> Result<Response, Refusal> {
    let timeline = super::find(portal, &viewer.caller, Name::Id(id)).await?.0;
    let (about, complaints) = crate::complaints::of_payment(portal, viewer, id).await?;
    let w = Words::of(viewer.language);
    let events = timeline.events.iter().map(|event| shown(w, event, viewer)).collect();
    let is_with_family = timeline.payment.status == "cheque_issued" && viewer.caller.may(Act::ReplaceCheques);
    let losses = if is_with_family { Loss::SAID.map(|one| (one.as_str(), loss(w, one))).to_vec() } else { Vec::new() };
    let came = match came.replacement {
        Some(decision) => Some(came_of(w, replacements::effect_of(portal.database(), decision).await?.as_ref())),
        None => None,
    };
    Ok(show(&PaymentPage {
        f: viewer.frame(),
        w,
        status_name: status(w, &timeline.payment.status),
        place: place_name(&timeline.payment.village),
        rupiah: rupiah(timeline.payment.amount),
        as_of: clock(timeline.as_of, WIB, viewer.language),
        events,
        may_see_proofs: viewer.caller.may(Act::SeeProofs),
        about,
        complaints,
        losses,
        request: random_id()?,
        came,
        timeline,
    }))
}

fn came_of(w: &'static Words, effect: Option<&replacements::Effect>) -> (&'static str, bool) {
    match effect.map(|effect| (effect.effect.as_str(), effect.reason.as_str())) {
        None => (w.r_sent, false),
        Some(("carried_out", _)) => (w.r_carried_out, false),
        Some(("signed", _)) => (w.r_signed, false),
        Some((_, reason)) => (not_replaced(w, reason), true),
    }
}

fn shown(w: &'static Words, told: &Event, viewer: &Viewer) -> Shown {
    let detail = |field: &str| told.detail.as_ref().and_then(|detail| detail[field].as_str()).map(str::to_owned);
    let kind = detail("kind");
    let accounts = detail("debit").zip(detail("credit")).map(|(debit, credit)| format!("{debit} → {credit}"));
    Shown {
        at: moment(told.at, WIB, viewer.language),
        what: event(w, &told.event).to_owned(),
        word: kind.unwrap_or_else(|| told.event.clone()),
        actor: told.actor.clone().unwrap_or_default(),
        code: told.code.clone().unwrap_or_default(),
        rupiah: told.rupiah.map(rupiah),
        accounts,
        document: told.document.clone().unwrap_or_default(),
        capture: detail("capture"),
    }
}
