//! The NIK of a family, whole, to a supervisor or an auditor who says why: `POST /proofs/{capture}/nik`, and below `/api` for programs.
//!
//! The reason is asked each time. Who, why, which capture and payment are recorded in the transaction that reads the row, and the NIK leaves only after it was
//! committed; it stands in the answer alone, which nothing keeps, and in no record. Bounds: [`REVEALS_PER_HOUR`] for each actor.

mod words;

use askama::Template;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use salur_domain::{CaptureId, Nik, PaymentId, actor::Act, vault::DataKey};
use salur_schemas::RecipientSubmitted;
use salur_store::{
    audit,
    gallery::reveals::{self, Sealed},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::why::{no_reason, reason};
use crate::{
    Portal,
    access::Caller,
    pages::{Frame, Named, PageRefusal, Viewer, show},
    refusal::Refusal,
    told::{Entered, Told},
};
pub(super) use words::Words;

/// Reveals of one actor within an hour: a card in a photo is compared with the list now and then. Whoever copies a list this way takes weeks for a village
/// and stands in the audit with every line of it.
pub const REVEALS_PER_HOUR: i64 = 20;

pub(super) fn routes() -> Router<Portal> {
    Router::new().route("/proofs/{capture}/nik", post(page)).route("/api/proofs/{capture}/nik", post(door))
}

/// Why somebody asks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    why: String,
}

/// What was shown.
struct Revealed {
    payment: PaymentId,
    nik: Nik,
}

#[derive(Template)]
#[template(path = "nik.html")]
struct NikPage {
    f: Frame,
    w: &'static Words,
    capture: CaptureId,
    why: String,
    nik: Option<String>,
}

async fn page(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(capture): Named<CaptureId>,
    Entered(asking): Entered<Asking>,
) -> Result<Response, PageRefusal> {
    let w = Words::of(viewer.language);
    viewer.caller.must(Act::RevealNik).map_err(|refusal| viewer.refused(refusal))?;
    let Some(why) = reason(&asking.why) else {
        let again = NikPage { f: viewer.frame(), w, capture, why: String::new(), nik: None };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&again)).into_response());
    };
    let revealed = reveal(&portal, &viewer.caller, capture, &why).await.map_err(|refusal| viewer.refused(refusal))?;
    let digits = revealed.nik.digits();
    let nik = Some(format!("{} {} {}", &digits[..6], &digits[6..12], &digits[12..]));
    Ok(show(&NikPage { f: viewer.frame(), w, capture, why, nik }))
}

async fn door(
    State(portal): State<Portal>,
    caller: Caller,
    Path(capture): Path<CaptureId>,
    Told(asking): Told<Asking>,
) -> Result<Json<Value>, Refusal> {
    caller.must(Act::RevealNik)?;
    let why = reason(&asking.why).ok_or_else(no_reason)?;
    let Revealed { payment, nik } = reveal(&portal, &caller, capture, &why).await?;
    Ok(Json(json!({ "capture": capture, "payment": payment, "nik": nik.digits() })))
}

/// Reads, records, commits; only then is there something to show.
async fn reveal(portal: &Portal, caller: &Caller, capture: CaptureId, why: &str) -> Result<Revealed, Refusal> {
    caller.must(Act::RevealNik)?;
    let mut tx = portal.database().begin_portal().await?;
    if reveals::recent(&mut tx, &caller.actor.name).await? >= REVEALS_PER_HOUR {
        let message = format!("you were shown {REVEALS_PER_HOUR} within an hour, which is all; go on when the hour is over");
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "often", message));
    }
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "capture", "there is no such capture that you may see; check its id");
    let sealed = reveals::sealed(&mut tx, capture, &caller.actor.region).await?.ok_or_else(nowhere)?;
    let nik = open(portal, &sealed)?;
    let detail = json!({ "why": why, "capture": capture, "payment": sealed.payment });
    audit::record(&mut tx, &caller.actor.name, reveals::ACT, &detail).await?;
    tx.commit().await?;
    Ok(Revealed { payment: sealed.payment, nik })
}

/// Opens a row. What fails says nothing of what is in it.
fn open(portal: &Portal, sealed: &Sealed) -> Result<Nik, Refusal> {
    let gone = || Refusal::new(StatusCode::GONE, "destroyed", "the personal data of this list was destroyed, as it must be after its time");
    let damaged = || {
        tracing::error!(payment = %sealed.payment, "the data behind a payment does not open");
        Refusal::new(StatusCode::GONE, "damaged", "this does not open: it was changed, or is of another key; tell the operator")
    };
    let wrapped = sealed.data_key.as_ref().ok_or_else(gone)?;
    let key = DataKey::unwrap(portal.keys().rows(), sealed.batch.0.as_bytes(), wrapped).map_err(|_| damaged())?;
    let plain = key.open(&portal.row_context()(sealed.batch, &sealed.row), &sealed.sealed).map_err(|_| damaged())?;
    let row: RecipientSubmitted = serde_json::from_slice(&plain).map_err(|_| damaged())?;
    Nik::parse(&row.nik).map_err(|_| damaged())
}
