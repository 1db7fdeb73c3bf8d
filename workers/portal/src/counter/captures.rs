//! `POST /api/captures/upload-url`, the same for many photos at once, and `POST /api/captures`.

use std::{collections::HashSet, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use base64::Engine;
use chrono::{DateTime, Utc};
use ed25519_dalek::Signature;
use futures::{StreamExt, TryStreamExt, stream};
use salur_domain::{CaptureId, ClaimId};
use salur_schemas::{ProofCaptured, messages, proof::CaptureStatement};
use salur_store::{
    cash,
    claims::{self, Claim},
    proofs,
};
use serde::{Deserialize, Serialize};

use super::{Heard, check_photo, check_token, own_claim};
use crate::{
    Portal,
    refusal::Refusal,
    signed::{Signed, public_key},
};

/// How long an upload URL works: a photo over a poor line, and time to try again.
const UPLOAD_FOR: Duration = Duration::from_mins(10);
/// How long those of many photos work: a hundred photos one after the other.
const UPLOADS_FOR: Duration = Duration::from_mins(30);
/// Photos asked for at once: what fits a signed body, three times over.
const UPLOADS_MAX: usize = 100;
/// Looks into the store at once.
const LOOKS_AT_ONCE: usize = 16;
/// Who speaks, in envelopes.
const PRODUCER: &str = "portal";

messages! {
    /// What the counter's doors say.
    pub enum Out { ProofCaptured }
}

/// Body of `POST /api/captures/upload-url`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadRequest {
    pub(super) capture: CaptureId,
    pub(super) claim: ClaimId,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// Body of `POST /api/captures/upload-urls`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadRequests {
    uploads: Vec<UploadRequest>,
}

/// What may be uploaded where, in the order that was asked in.
#[derive(Debug, Serialize)]
pub(super) struct Uploads {
    uploads: Vec<OneUpload>,
    expires_at: DateTime<Utc>,
}

/// One of them.
#[derive(Debug, Serialize)]
struct OneUpload {
    capture: CaptureId,
    /// `wanted`, `there`, or why it is refused: `claim`, `size`, `sha256`.
    state: &'static str,
    /// Where to PUT it.
    url: Option<String>,
    /// Why it is refused, for people.
    detail: Option<String>,
}

/// Where to PUT the photo: exactly `size` bytes, until `expires_at`.
#[derive(Debug, Serialize)]
pub(super) struct Upload {
    url: String,
    expires_at: DateTime<Utc>,
}

/// Body of `POST /api/captures`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptureRequest {
    statement: CaptureStatement,
    signature: String,
    token: String,
}

pub(super) async fn upload_url(
    State(portal): State<Portal>,
    Signed { device, body }: Signed<UploadRequest>,
) -> Result<Json<Upload>, Refusal> {
    check_photo(&body.sha256, body.size)?;
    own_claim(&portal, body.claim, &device.code).await?;
    let expires_at = Utc::now() + UPLOAD_FOR;
    let url = portal.blobs().presign_put(&proofs::incoming_key(body.capture), body.size, UPLOAD_FOR).await?;
    tracing::info!(capture = %body.capture, claim = %body.claim, device = device.code, size = body.size, "upload");
    Ok(Json(Upload { url, expires_at }))
}

/// The same for the photos of a day: each is wanted, there already, or refused by itself.
pub(super) async fn upload_urls(
    State(portal): State<Portal>,
    Signed { device, body }: Signed<UploadRequests>,
) -> Result<Json<Uploads>, Refusal> {
    let asked = body.uploads;
    if !(1..=UPLOADS_MAX).contains(&asked.len()) {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "uploads", "ask for 1 to 100 photos at once"));
    }
    let ids: Vec<ClaimId> = asked.iter().map(|one| one.claim).collect();
    let claims = claims::read(portal.database(), &ids).await?;
    let own: HashSet<ClaimId> = claims.iter().filter(|claim| claim.device == device.code).map(Claim::id).collect();
    let expires_at = Utc::now() + UPLOADS_FOR;
    let count = asked.len();
    let looks = stream::iter(asked).map(|one| {
        let is_own = own.contains(&one.claim);
        one_upload(&portal, one, is_own)
    });
    let uploads: Vec<OneUpload> = looks.buffered(LOOKS_AT_ONCE).try_collect().await?;
    let wanted = uploads.iter().filter(|one| one.url.is_some()).count();
    tracing::info!(device = device.code, asked = count, wanted, "uploads");
    Ok(Json(Uploads { uploads, expires_at }))
}

async fn one_upload(portal: &Portal, asked: UploadRequest, is_own: bool) -> Result<OneUpload, Refusal> {
    let UploadRequest { capture, size, sha256, .. } = asked;
    let refused = |state, detail: &str| OneUpload { capture, state, url: None, detail: Some(detail.to_owned()) };
    if let Err(refusal) = check_photo(&sha256, size) {
        return Ok(refused(refusal.code(), refusal.message()));
    }
    if !is_own {
        return Ok(refused("claim", "this claim does not exist, or belongs to another device"));
    }
    let key = proofs::incoming_key(capture);
    if portal.blobs().head(&key).await?.is_some_and(|head| head.size.unsigned_abs() == size) {
        return Ok(OneUpload { capture, state: "there", url: None, detail: None });
    }
    let url = portal.blobs().presign_put(&key, size, UPLOADS_FOR).await?;
    Ok(OneUpload { capture, state: "wanted", url: Some(url), detail: None })
}

pub(super) async fn captured(
    State(portal): State<Portal>,
    Signed { device, body }: Signed<CaptureRequest>,
) -> Result<(StatusCode, Json<Heard>), Refusal> {
    let CaptureRequest { statement, signature, token } = body;
    check_photo(&statement.sha256, statement.size)?;
    check_token(&portal, &token).await?;
    if statement.device != device.code {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "device", "the statement names another device than the one that sends it"));
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(&signature).ok();
    let signed = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let key = public_key(&device)?;
    if signed.is_none_or(|signed| key.verify_strict(&statement.to_sign(), &signed).is_err()) {
        let message = "the statement's signature does not fit; sign the statement exactly as sent, its fields in their order";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "statement", message));
    }
    own_claim(&portal, statement.claim, &device.code).await?;
    let (capture, claim) = (statement.capture, statement.claim);
    let mut tx = portal.database().begin_portal().await?;
    cash::hear(&mut tx, capture, claim).await?; // before it is said: no day of the teller closes over it
    tx.commit().await?;
    let fact = ProofCaptured { capture, claim, token, statement, signature, received_at: Utc::now() };
    portal.client().publish_facts(PRODUCER, &capture.to_string(), &[Out::from(fact)]).await?;
    tracing::info!(%capture, %claim, device = device.code, "captured");
    Ok((StatusCode::ACCEPTED, Json(Heard { capture })))
}
