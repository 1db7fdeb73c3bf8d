//! What devices check cheques with, for anybody: public keys, and cheques that are not payable any more.
//!
//! `GET /.well-known/salur/cheque-keys` is a COSE Key Set ([`salur_domain::cheque_keys`]): the keys of all tranches, the installation's own, and the one
//! that signs the list. `GET /.well-known/salur/cheque-revocations` is that list ([`salur_domain::revocations`]), made anew once it is [`FRESH`] old, by
//! one reading for all who ask. Both hold no person and no payment: serials are digested. `POST /api/cheque-keys/rotations` says that a tranche signs
//! with another key from now on; cheque-rendering decides. So it does about cheques that people want replaced ([`replacing`]).
//!
//! Bounds: [`salur_store::cheque_keys::REVOKED_MAX`] serials of a list.

mod replacing;

use std::time::{Duration, Instant};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use chrono::Utc;
use salur_domain::{
    ChequeSerial,
    actor::Act,
    cheque_keys::{KeySet, Known, Purpose},
    revocations,
};
use salur_schemas::{ChequeKeyRotated, ChequeReplaced, messages};
use salur_store::{cheque_keys, packs::shown};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{self, Answer},
    refusal::Refusal,
    told::{Told, one_line_without_number},
};

/// A list younger than this is told again.
pub const FRESH: Duration = Duration::from_mins(1);
/// Longest reason.
const REASON_MAX: usize = 300;

messages! {
    /// What the doors of keys say.
    pub enum Out { ChequeKeyRotated, ChequeReplaced }
}

/// The last list, and when it was made.
#[derive(Debug, Default)]
pub(crate) struct Lists(Mutex<Option<(Instant, Bytes)>>);

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/.well-known/salur/cheque-keys", get(keys))
        .route("/.well-known/salur/cheque-revocations", get(revoked))
        .route("/api/cheque-keys/rotations", post(rotate))
        .merge(replacing::routes())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    request: Option<Uuid>,
    tranche: String,
    reason: String,
}

async fn keys(State(portal): State<Portal>) -> Result<Response, Refusal> {
    Ok(file(key_set(&portal).await?.into(), "application/cose-key-set"))
}

/// The keys that cheques and lists are checked with.
pub(crate) async fn key_set(portal: &Portal) -> Result<Vec<u8>, Refusal> {
    let mut set = KeySet(vec![Known { key: *portal.ring().own(), purpose: Purpose::Any }]);
    set.0.extend(cheque_keys::all(portal.database()).await?.0);
    set.0.push(Known { key: portal.list_key().verifying_key(), purpose: Purpose::Lists });
    Ok(set.to_cbor())
}

async fn revoked(State(portal): State<Portal>) -> Result<Response, Refusal> {
    Ok(file(list(&portal).await?, "application/cose"))
}

/// The list of revoked cheques, at most [`FRESH`] old.
pub(crate) async fn list(portal: &Portal) -> Result<Bytes, Refusal> {
    let mut last = portal.lists().0.lock().await;
    if let Some((_, bytes)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        return Ok(bytes.clone());
    }
    let read = cheque_keys::revoked(portal.database()).await?;
    let (key, at) = (portal.list_key().clone(), Utc::now());
    let made = tokio::task::spawn_blocking(move || {
        let serials: Vec<ChequeSerial> = read.iter().filter_map(|serial| ChequeSerial::parse(serial).ok()).collect();
        revocations::sign(&serials, at, &key)
    });
    let made = made.await.map_err(|_| Refusal::busy("the list cannot be made right now; ask for it again"))?;
    let bytes = Bytes::from(made.ok_or_else(|| Refusal::busy("more cheques are revoked than a list holds; check online"))?);
    *last = Some((Instant::now(), bytes.clone()));
    Ok(bytes)
}

fn file(bytes: Bytes, kind: &'static str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"))];
    (headers, bytes).into_response()
}

async fn rotate(State(portal): State<Portal>, caller: Caller, Told(wish): Told<Wish>) -> Answer {
    caller.must(Act::RotateChequeKeys)?;
    caller.must_have_the_country()?;
    let wrong = |field, message| Refusal::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, field, message);
    let why = "say why, in 3 to 300 characters on one line, and without a NIK";
    let reason = one_line_without_number(&wish.reason, 3..=REASON_MAX).ok_or_else(|| wrong("reason", why))?;
    let plan = shown::plan(portal.database(), &wish.tranche, "").await?;
    let tranche = plan.ok_or_else(|| wrong("tranche", "there is no tranche of this code"))?.tranche();
    let actor = caller.actor.name.clone();
    let decision = decisions::decision("cheque-key", &actor, wish.request)?;
    let fact = ChequeKeyRotated { decision, tranche, reason, actor, at: Utc::now() };
    decisions::decide(&portal, decision, &caller.actor.name, ("cheque_key_rotated", json!(fact)), Out::from(fact)).await
}
