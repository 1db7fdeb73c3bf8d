//! `POST /api/captures/upload-url` and `POST /api/captures`.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use base64::Engine;
use chrono::{DateTime, Utc};
use ed25519_dalek::Signature;
use salur_domain::{CaptureId, ClaimId};
use salur_schemas::{ProofCaptured, messages, proof::CaptureStatement};
use salur_store::{cash, proofs};
use serde::{Deserialize, Serialize};

use super::{Heard, check_photo, check_token, own_claim};
use crate::{
    Portal,
    refusal::Refusal,
    signed::{Signed, public_key},
};

/// How long an upload URL works: a photo over a poor line, and time to try again.
const UPLOAD_FOR: Duration = Duration::from_mins(10);
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
    capture: CaptureId,
    claim: ClaimId,
    size: u64,
    sha256: String,
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
