//! Device packs over HTTP: made for a day without a network, checked in when it is over, revoked.
//!
//! `POST /api/device-packs` takes the leases of the families of a day and gives out the file ([`making`]); `POST /api/device-packs/check-in` is how the
//! device says what it did; `POST /api/device-packs/{pack}/revoke` ends one whose device is lost; `GET /api/device-packs` says how they stand, and what
//! shows that one was copied. A pack is many claims, and claims are the portal's own: no fact is published, and nothing about money is written. What was
//! handed over comes in as captures, like any other.
//!
//! Bounds: a pack is made at most [`AHEAD_DAYS`] ahead; [`FAMILIES_MAX`] families; a day's hand-overs in one word.

mod making;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use salur_domain::{CaptureId, ClaimId, DevicePackId, actor::Act, device_pack::FAMILIES_MAX};
use salur_store::{
    audit,
    device_packs::{
        ends::{self, Heard, Word},
        shown,
    },
    master,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Portal,
    access::{Caller, random_id},
    refusal::Refusal,
    signed::Signed,
    told::{Sought, Told, one_line_without_number},
};

/// A pack is for today or one of the next days: leases keep families from other counters.
const AHEAD_DAYS: i64 = 3;
/// Longest reason.
const REASON_MAX: usize = 300;
/// Where one is asked for.
pub const PATH: &str = "/api/device-packs";
/// Longest the making of one may take: each of 500 NIKs costs ten thousand rounds of a digest, on purpose.
pub const MAKING_TIMEOUT: Duration = Duration::from_mins(1);

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route(PATH, post(make).get(list))
        .route("/api/device-packs/check-in", post(check_in))
        .route("/api/device-packs/{pack}/revoke", post(revoke))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    pack: Option<DevicePackId>,
    device: String,
    teller: String,
    day: NaiveDate,
    pay_point: Option<String>,
    families: Option<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    device: Option<String>,
    #[serde(default)]
    live: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

/// A family got its money.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandOver {
    claim: ClaimId,
    capture: CaptureId,
}

/// What a device says it did.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    pack: DevicePackId,
    teller: String,
    hand_overs: Vec<HandOver>,
    at: DateTime<Utc>,
}

async fn make(State(portal): State<Portal>, caller: Caller, Told(wish): Told<Wish>) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.must(Act::MakeDevicePacks)?;
    let pack = wish.pack.map_or_else(|| random_id().map(DevicePackId), Ok)?;
    let file = making::make(&portal, &caller, pack, &wish).await?;
    Ok((StatusCode::CREATED, Json(json!({ "pack": pack, "file": STANDARD.encode(file) }))))
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(which): Sought<Which>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeDevices)?;
    let mut tx = portal.database().begin_portal().await?;
    let (device, region) = (which.device.as_deref(), caller.actor.region.as_str());
    let packs = shown::list(&mut tx, device, which.live, region).await?;
    let doubts = shown::doubts(&mut tx, device, region).await?;
    Ok(Json(json!({ "packs": packs, "doubts": doubts })))
}

async fn revoke(
    State(portal): State<Portal>,
    caller: Caller,
    Path(pack): Path<DevicePackId>,
    Told(Reason { reason }): Told<Reason>,
) -> Result<Json<Value>, Refusal> {
    caller.must(Act::MakeDevicePacks)?;
    let why = "say why, in at most 300 characters; name no person and no NIK";
    let reason = one_line_without_number(&reason, 1..=REASON_MAX).ok_or_else(|| wrong("reason", why))?;
    let mut tx = portal.database().begin_portal().await?;
    let seen = shown::one(&mut tx, pack, &caller.actor.region).await?;
    let stands = ends::stands(&mut tx, pack).await?.filter(|_| seen).ok_or_else(unknown)?;
    match stands.state.as_str() {
        "live" => {
            ends::revoke(&mut tx, pack, &caller.actor.name, &reason).await?;
            let detail = json!({ "pack": pack, "device": stands.device, "reason": reason });
            audit::record(&mut tx, &caller.actor.name, "device_pack_revoked", &detail).await?;
            tx.commit().await?;
        }
        "revoked" => {}
        _ => return Err(Refusal::new(StatusCode::CONFLICT, "ended", "this pack was checked in or its time is over; nothing waits for it")),
    }
    Ok(Json(json!({ "pack": pack, "state": "revoked" })))
}

/// Any device may say something of a pack: what another than its own says is kept, since it shows a copy.
async fn check_in(State(portal): State<Portal>, Signed { device, body }: Signed<Account>) -> Result<Json<Value>, Refusal> {
    if body.hand_overs.len() > FAMILIES_MAX {
        return Err(wrong("hand_overs", "a pack has at most 500 families"));
    }
    let known = master::tellers(portal.database(), Some(std::slice::from_ref(&body.teller))).await?;
    if known.is_empty() {
        return Err(wrong("teller", "this teller is not registered; sign in again"));
    }
    let mut hand_overs: Vec<(ClaimId, CaptureId)> = body.hand_overs.iter().map(|said| (said.claim, said.capture)).collect();
    hand_overs.sort_unstable();
    let (before, mut digest) = (hand_overs.len(), Sha256::new());
    hand_overs.dedup_by_key(|(claim, _)| *claim);
    if hand_overs.len() != before {
        return Err(wrong("hand_overs", "a family is handed its money once; name each claim once"));
    }
    digest.update(body.teller.as_bytes());
    for (claim, capture) in &hand_overs {
        digest.update(claim.0.as_bytes());
        digest.update(capture.0.as_bytes());
    }
    let digest = digest.finalize().into();
    let word = Word { pack: body.pack, device: &device.code, teller: &body.teller, hand_overs: &hand_overs, digest, said_at: body.at };
    let mut tx = portal.database().begin_portal().await?;
    let stands = ends::stands(&mut tx, body.pack).await?.ok_or_else(unknown)?;
    if ends::strange(&mut tx, &word).await? > 0 {
        return Err(wrong("hand_overs", "a claim is not of this pack; name the claims that stand in the pack"));
    }
    let heard = ends::hear(&mut tx, &stands, &word).await?;
    let said = hand_overs.len();
    let act = if heard == Heard::Copy { "device_pack_copied" } else { "device_pack_checked_in" };
    if heard != Heard::Again {
        let detail = json!({ "pack": body.pack, "device": device.code, "teller": body.teller, "hand_overs": said });
        audit::record(&mut tx, &device.code, act, &detail).await?;
    }
    let doubts: Vec<Value> = shown::doubts_of(&mut tx, body.pack).await?.into_iter().map(|doubt| json!(doubt)).collect();
    tx.commit().await?;
    let effect = match heard {
        Heard::CheckedIn => "checked_in",
        Heard::Again => "again",
        Heard::Copy => "copy",
    };
    if heard == Heard::Copy {
        tracing::warn!(pack = %body.pack, device = device.code, "a device pack was copied");
    }
    Ok(Json(json!({ "pack": body.pack, "effect": effect, "families": stands.families, "handed_over": said, "doubts": doubts })))
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

fn unknown() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "pack", "there is no such device pack that you may see; check its id")
}
