//! A payment and what happened to it: where it stands, each event in order, masked.
//!
//! `GET /api/payments/{id}` and `GET /api/payments?serial=` give [`Timeline`]; `/payments` and `/payments/{id}` are the pages. Whoever acts for
//! a region finds the payments of that region alone; any other is not found, as one that does not exist. Bound: [`salur_store::timelines::EVENTS_MAX`] events.

mod page;
mod words;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use salur_domain::{actor::Act, serial::ChequeSerial};
use salur_store::timelines::{self, Name, Timeline};
use serde::Deserialize;
use uuid::Uuid;

pub(crate) use words::status_name;

use crate::{Portal, access::Caller, refusal::Refusal, told::Sought};

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/payments", get(by_serial))
        .route("/api/payments/{id}", get(by_id))
        .route("/payments", get(page::ask).post(page::find))
        .route("/payments/{id}", get(page::payment))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    serial: String,
}

async fn by_id(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Timeline>, Refusal> {
    find(&portal, &caller, Name::Id(id)).await
}

async fn by_serial(State(portal): State<Portal>, caller: Caller, Sought(named): Sought<Named>) -> Result<Json<Timeline>, Refusal> {
    let wrong =
        |_| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "serial", "this is no serial of a cheque; look for a mistyped character");
    let serial = ChequeSerial::parse(&named.serial).map_err(wrong)?;
    find(&portal, &caller, Name::Serial(&serial.to_string())).await
}

async fn find(portal: &Portal, caller: &Caller, name: Name<'_>) -> Result<Json<Timeline>, Refusal> {
    caller.must(Act::SeePayments)?;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "payment", "there is no such payment that you may see; check its id or serial");
    Ok(Json(timelines::read(portal.database(), name, &caller.actor.region).await?.ok_or_else(nowhere)?))
}
