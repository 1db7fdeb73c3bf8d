//! A photo in pieces, for a line that does not carry it at once: `POST /api/captures/uploads` begins, `HEAD` says how far it has come, `PATCH` adds the next
//! piece, `DELETE` gives it up. Header fields and status codes are those of draft-ietf-httpbis-resumable-upload; what is left out of it stands in
//! docs/proof.md.
//!
//! Nothing is kept here between two requests: pieces are objects ([`salur_store::pieces`]), so any portal takes the next one. The last piece puts the photo
//! together, compares its digest with the stated one and writes `incoming/<capture>` as a PUT of the whole would have; nothing else of the capture changes.
//! The device signs a piece's bytes and address; where it belongs is a header, and a piece in a wrong place makes another digest.
//!
//! Bounds: [`MAX_PIECE`] and [`MIN_PIECE`] bytes of a piece, [`MAX_PIECES`] of them, [`PIECE_TIMEOUT`] for each, [`ASSEMBLING_MAX`] put together at once,
//! [`GIVEN_UP`] until what was left is swept.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use salur_domain::CaptureId;
use salur_store::{
    blobs::MAX_OBJECT,
    master::Device,
    pieces::{self, Begun, GIVEN_UP, MAX_PIECES, Stated},
    proofs,
};
use sha2::{Digest, Sha256};

use super::{Heard, captures::UploadRequest, check_photo, own_claim};
use crate::{
    Portal,
    refusal::Refusal,
    signed::{MAX_PIECE, Signed, SignedPiece},
};

/// Below it lies each upload.
pub(crate) const UPLOADS: &str = "/api/captures/uploads/";
/// Longest a piece may take: the smallest then comes over half a kilobyte a second.
pub const PIECE_TIMEOUT: Duration = Duration::from_mins(1);
/// Photos put together at once, each of 16 MiB at most.
pub const ASSEMBLING_MAX: usize = 4;
/// Smallest piece, but for the last: less would be more requests than bytes.
const MIN_PIECE: usize = 32 * 1024;

const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const LIMIT: HeaderName = HeaderName::from_static("upload-limit");
/// Content type of a piece.
const PARTIAL: &str = "application/partial-upload";

/// How far an upload has come.
struct Reached {
    begun: Begun,
    /// The photo lies there whole.
    is_whole: bool,
}

impl Reached {
    fn offset(&self) -> u64 {
        if self.is_whole { self.begun.stated.size } else { self.begun.reach() }
    }

    /// An answer that says so in its header.
    fn tell(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(OFFSET, self.offset().into());
        headers.insert(COMPLETE, boolean(self.is_whole));
        headers.insert(LENGTH, self.begun.stated.size.into());
        let left = self.begun.at.map_or(GIVEN_UP, |at| (GIVEN_UP - (Utc::now() - at)).max(TimeDelta::zero()));
        headers.insert(LIMIT, limits(Some(left)));
        response
    }
}

/// Begins an upload, or says how far it has come if it was begun before.
pub(super) async fn begin(State(portal): State<Portal>, Signed { device, body }: Signed<UploadRequest>) -> Result<Response, Refusal> {
    let UploadRequest { capture, claim, size, sha256 } = body;
    check_photo(&sha256, size)?;
    own_claim(&portal, claim, &device.code).await?;
    let stated = Stated { claim, size, sha256: sha256.to_ascii_lowercase() };
    let begun = match pieces::begun(portal.blobs(), capture).await? {
        Some(begun) if begun.stated != stated => {
            let message = "an upload of this capture was begun with another claim, size or digest; give that one up first (DELETE)";
            return Err(Refusal::new(StatusCode::CONFLICT, "upload", message));
        }
        Some(begun) => begun,
        None => {
            pieces::begin(portal.blobs(), capture, &stated).await?;
            tracing::info!(%capture, %claim, device = device.code, size, "upload in pieces");
            Begun { stated, at: None, count: 0, chain: Vec::new() }
        }
    };
    let reached = with_whole(&portal, capture, begun).await?;
    let mut response = (StatusCode::CREATED, Json(Heard { capture })).into_response();
    let location = HeaderValue::try_from(format!("{UPLOADS}{capture}")).expect("an id is text for a header");
    response.headers_mut().insert(header::LOCATION, location);
    Ok(reached.tell(response))
}

/// Says how far an upload has come.
pub(super) async fn reached(
    State(portal): State<Portal>,
    Path(capture): Path<CaptureId>,
    SignedPiece { device, .. }: SignedPiece,
) -> Result<Response, Refusal> {
    let reached = find(&portal, capture, &device).await?;
    Ok(reached.tell(StatusCode::NO_CONTENT.into_response()))
}

/// Takes the next piece; the last one puts the photo together.
pub(super) async fn append(
    State(portal): State<Portal>,
    Path(capture): Path<CaptureId>,
    headers: HeaderMap,
    SignedPiece { device, bytes }: SignedPiece,
) -> Result<Response, Refusal> {
    let (offset, is_last) = said(&headers)?;
    let mut reached = find(&portal, capture, &device).await?;
    if let Err(refusal) = check(&reached, offset, bytes.len(), is_last) {
        return Ok(reached.tell(refusal.into_response()));
    }
    if !is_last {
        let length = bytes.len() as u64;
        pieces::keep(portal.blobs(), capture, offset, bytes).await?;
        reached.begun.chain.push(pieces::Piece { offset, length });
        return Ok(reached.tell(StatusCode::NO_CONTENT.into_response()));
    }
    put_together(&portal, capture, &reached.begun, bytes).await.map(|answer| {
        reached.is_whole = true;
        reached.tell(answer)
    })
}

/// Forgets an upload; the photo stays where it is whole.
pub(super) async fn give_up(
    State(portal): State<Portal>,
    Path(capture): Path<CaptureId>,
    SignedPiece { device, .. }: SignedPiece,
) -> Result<Response, Refusal> {
    find(&portal, capture, &device).await?;
    pieces::forget(portal.blobs(), capture, true).await?;
    tracing::info!(%capture, device = device.code, "upload in pieces given up");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What these doors take, said in each answer; the time left is that of an upload that begins now, unless the answer knows it.
pub(super) async fn with_limits(mut response: Response) -> Response {
    response.headers_mut().entry(LIMIT).or_insert(limits(None));
    response
}

fn limits(left: Option<TimeDelta>) -> HeaderValue {
    let age = left.unwrap_or(GIVEN_UP).num_seconds();
    let limits = format!("max-size={MAX_OBJECT}, max-append-size={MAX_PIECE}, min-append-size={MIN_PIECE}, max-age={age}");
    HeaderValue::try_from(limits).expect("numbers are text for a header")
}

/// An upload of this device.
async fn find(portal: &Portal, capture: CaptureId, device: &Device) -> Result<Reached, Refusal> {
    let Some(begun) = pieces::begun(portal.blobs(), capture).await? else {
        let message = "no upload of this capture was begun, or it was given up; begin at POST /api/captures/uploads";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "upload", message));
    };
    own_claim(portal, begun.stated.claim, &device.code).await?;
    with_whole(portal, capture, begun).await
}

async fn with_whole(portal: &Portal, capture: CaptureId, begun: Begun) -> Result<Reached, Refusal> {
    let head = portal.blobs().head(&proofs::incoming_key(capture)).await?;
    let is_whole = head.is_some_and(|head| head.size.unsigned_abs() == begun.stated.size);
    Ok(Reached { begun, is_whole })
}

/// Where a piece belongs, and whether it is the last.
fn said(headers: &HeaderMap) -> Result<(u64, bool), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind != Some(PARTIAL.as_bytes()) {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type", "a piece has the content type application/partial-upload"));
    }
    let once = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    let offset = once(&OFFSET).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
    let is_last = once(&COMPLETE).and_then(|text| match text {
        "?1" => Some(true),
        "?0" => Some(false),
        _ => None,
    });
    offset.zip(is_last).ok_or_else(|| {
        let message =
            "a piece says where it begins (Upload-Offset: 65536) and whether it is the last (Upload-Complete: ?1 or ?0), each once";
        Refusal::new(StatusCode::BAD_REQUEST, "headers", message)
    })
}

/// Whether a piece may be added where it says.
fn check(reached: &Reached, offset: u64, length: usize, is_last: bool) -> Result<(), Refusal> {
    let (at, size) = (reached.offset(), reached.begun.stated.size);
    let wrong = |code, message: &'static str| Err(Refusal::new(StatusCode::BAD_REQUEST, code, message));
    if reached.is_whole {
        return wrong("completed", "the photo is there already; say what was captured");
    }
    if offset != at {
        let message = "the photo has come to another place than this piece begins at; go on at Upload-Offset";
        let refusal = Refusal::new(StatusCode::CONFLICT, "offset", message);
        return Err(refusal.with("expected-offset", at).with("provided-offset", offset));
    }
    let end = at.saturating_add(length as u64);
    if end > size || is_last && end != size {
        return wrong("length", "with this piece the photo is not of the size that was stated when its upload was begun");
    }
    if !is_last && length < MIN_PIECE {
        return wrong("piece", "a piece that is not the last has 32 KiB or more");
    }
    if !is_last && reached.begun.count >= MAX_PIECES {
        return wrong("pieces", "too many pieces; give this upload up (DELETE) and begin again with larger ones");
    }
    Ok(())
}

/// Makes of the pieces and the last one what a PUT of the whole would have made.
async fn put_together(portal: &Portal, capture: CaptureId, begun: &Begun, last: Bytes) -> Result<Response, Refusal> {
    let again = || Refusal::busy("the pieces cannot be put together right now; ask by HEAD how far the photo has come");
    let Ok(_place) = portal.assembling().try_acquire() else { return Err(again()) };
    let Some(mut photo) = pieces::read(portal.blobs(), capture, &begun.chain).await? else { return Err(again()) };
    photo.extend_from_slice(&last);
    let is_stated = photo.len() as u64 == begun.stated.size && hex::encode(Sha256::digest(&photo)) == begun.stated.sha256;
    if !is_stated {
        pieces::forget(portal.blobs(), capture, true).await?;
        tracing::warn!(%capture, size = begun.stated.size, "the pieces of an upload are another photo");
        let message = "the pieces make another photo than was stated, and are forgotten; begin again with the photo's own digest";
        let mut response = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "sha256", message).into_response();
        response.headers_mut().insert(COMPLETE, boolean(true));
        return Ok(response);
    }
    portal.blobs().put(&proofs::incoming_key(capture), photo.into(), "image/jpeg").await?;
    pieces::forget(portal.blobs(), capture, false).await?; // if this does not happen, the sweep does it
    tracing::info!(%capture, pieces = begun.chain.len() + 1, size = begun.stated.size, "uploaded in pieces");
    Ok(Json(Heard { capture }).into_response())
}

fn boolean(is: bool) -> HeaderValue {
    HeaderValue::from_static(if is { "?1" } else { "?0" })
}
