//! Devices of the counter over HTTP: registered by administrators, enrolled by one-time codes, revoked.
//!
//! An administrator registers a device at a pay point and reads its code out to who holds it; the device makes its key itself and hands in the public
//! half. A key is taken once: a device that lost its own is revoked and registered under another code, since what was signed must verify for ever. A
//! revoked device is turned away from its next request on ([`crate::signed`]). Administrators of a region have the pay points that serve it. Every
//! act is audited in the transaction that does it. `/devices` and `/devices/{code}` are the pages of it ([`page`], [`one`]).
//!
//! Bounds: codes are good for [`CODE_HOURS`], reasons of [`REASON_MAX`] characters, [`devices::PAGE`] devices in an answer.

mod one;
mod page;
mod words;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use salur_domain::{actor::Act, ids::is_code};
use salur_store::{
    Tx, audit,
    devices::{self, Registered, Sought as Which},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Portal,
    access::{Caller, random},
    people::{CODE_HOURS, code_text, digest_of, key_of},
    refusal::Refusal,
    told::{Sought, Told, one_line_without_number},
};

/// Longest reason.
const REASON_MAX: usize = 300;

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/devices", get(list).post(register))
        .route("/api/devices/enrolments", post(enrol))
        .route("/api/devices/{code}/codes", post(new_code))
        .route("/api/devices/{code}/revoke", post(revoke))
        .route("/devices", get(page::list).post(page::register))
        .route("/devices/{code}", get(one::show_page).post(one::act))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    pay_point: Option<String>,
    #[serde(default)]
    after: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    code: String,
    pay_point: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    code: String,
    public_key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

/// A one-time code, shown once.
#[derive(Debug, Serialize)]
struct Secret {
    device: String,
    code: String,
    expires_at: DateTime<Utc>,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(page): Sought<Page>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeDevices)?;
    let mut tx = portal.database().begin_portal().await?;
    let which = Which { code: None, pay_point: page.pay_point.as_deref(), region: &caller.actor.region, after: &page.after };
    let found = devices::list(&mut tx, &which).await?;
    let next = found.last_before_more().map(|last| last.code.clone());
    Ok(Json(json!({ "devices": found, "next": next })))
}

async fn register(State(portal): State<Portal>, caller: Caller, Told(wanted): Told<Wanted>) -> Result<(StatusCode, Json<Secret>), Refusal> {
    Ok((StatusCode::CREATED, Json(make(&portal, &caller, wanted).await?)))
}

/// Registers a device; its one-time code.
async fn make(portal: &Portal, caller: &Caller, Wanted { code, pay_point }: Wanted) -> Result<Secret, Refusal> {
    caller.must(Act::ManageDevices)?;
    if !is_code(&code) {
        return Err(wrong("code", "a code has 1 to 32 letters, digits and hyphens"));
    }
    let mut tx = portal.database().begin_portal().await?;
    if !devices::has_pay_point(&mut tx, &pay_point, &caller.actor.region).await? {
        return Err(wrong("pay_point", "there is no such pay point, or it serves no village of your region"));
    }
    if !devices::register(&mut tx, &code, &pay_point).await? {
        let message = "there is a device of this code, alive or revoked; take another code";
        return Err(Refusal::new(StatusCode::CONFLICT, "code", message));
    }
    audit::record(&mut tx, &caller.actor.name, "device_registered", &json!({ "device": code, "pay_point": pay_point })).await?;
    let secret = secret(&mut tx, code).await?;
    tx.commit().await?;
    Ok(secret)
}

async fn new_code(State(portal): State<Portal>, caller: Caller, Path(code): Path<String>) -> Result<(StatusCode, Json<Secret>), Refusal> {
    Ok((StatusCode::CREATED, Json(renew(&portal, &caller, code).await?)))
}

/// A new one-time code for a device that has not enrolled: the one before is dead.
async fn renew(portal: &Portal, caller: &Caller, code: String) -> Result<Secret, Refusal> {
    caller.must(Act::ManageDevices)?;
    let mut tx = portal.database().begin_portal().await?;
    let device = find(&mut tx, caller, &code).await?;
    if device.revoked_at.is_some() {
        return Err(Refusal::new(StatusCode::CONFLICT, "revoked", "this device was revoked; register another one"));
    }
    if device.enrolled {
        let message =
            "this device has its key, which is never replaced; if it lost it, revoke the device and register it under another code";
        return Err(Refusal::new(StatusCode::CONFLICT, "enrolled", message));
    }
    audit::record(&mut tx, &caller.actor.name, "device_code_made", &json!({ "device": code })).await?;
    let secret = secret(&mut tx, code).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Takes the public half of a device's key for its one-time code.
async fn enrol(State(portal): State<Portal>, Told(Enrolment { code, public_key }): Told<Enrolment>) -> Result<Json<Value>, Refusal> {
    let key = key_of(&public_key)?;
    let mut tx = portal.database().begin_portal().await?;
    if devices::key_is_taken(&mut tx, &key).await? {
        return Err(wrong("public_key", "another device has this key; let each device make its own"));
    }
    let Some((device, pay_point)) = devices::enrol(&mut tx, &digest_of(&code), &key).await? else {
        let message = "this code is not known, was used or is over, or the device was revoked; ask an administrator for another one";
        return Err(Refusal::new(StatusCode::GONE, "code", message));
    };
    audit::record(&mut tx, &device, "device_enrolled", &json!({ "device": device })).await?;
    tx.commit().await?;
    Ok(Json(json!({ "device": device, "pay_point": pay_point })))
}

async fn revoke(
    State(portal): State<Portal>,
    caller: Caller,
    Path(code): Path<String>,
    Told(Reason { reason }): Told<Reason>,
) -> Result<Json<Registered>, Refusal> {
    Ok(Json(end(&portal, &caller, &code, &reason).await?))
}

/// Ends a device and its code.
async fn end(portal: &Portal, caller: &Caller, code: &str, reason: &str) -> Result<Registered, Refusal> {
    caller.must(Act::ManageDevices)?;
    let reason = one_line_without_number(reason, 1..=REASON_MAX)
        .ok_or_else(|| wrong("reason", "say why, in at most 300 characters; name no person and no NIK"))?;
    let mut tx = portal.database().begin_portal().await?;
    find(&mut tx, caller, code).await?;
    if devices::revoke(&mut tx, code).await? {
        audit::record(&mut tx, &caller.actor.name, "device_revoked", &json!({ "device": code, "reason": reason })).await?;
    }
    let device = find(&mut tx, caller, code).await?;
    tx.commit().await?;
    Ok(device)
}

/// The device of a code, where the caller's region has it.
async fn find(tx: &mut Tx, caller: &Caller, code: &str) -> Result<Registered, Refusal> {
    let which = Which { code: Some(code), region: &caller.actor.region, ..Which::default() };
    let found = devices::list(tx, &which).await?.into_iter().next();
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "device", "there is no device of this code in your region"))
}

async fn secret(tx: &mut Tx, device: String) -> Result<Secret, Refusal> {
    let code = code_text(&random()?);
    let expires_at = devices::add_code(tx, &device, &digest_of(&code), CODE_HOURS).await?;
    Ok(Secret { device, code, expires_at })
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
