//! Photos and thumbnails, opened here and handed to who has a mark for them.
//!
//! A mark is made by a page that recorded the look, for one photo and one session ([`Caller::mark`]). Without it the answer is the same as for a photo that
//! does not exist. Bytes are those that were judged; nothing is kept on the way.

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use salur_domain::{CaptureId, actor::Act, vault::DataKey};
use salur_store::{gallery, proofs};
use serde::Deserialize;

use crate::{Portal, access::Caller, refusal::Refusal};

pub(super) fn routes() -> Router<Portal> {
    Router::new().route("/proofs/{capture}/photo", get(original)).route("/proofs/{capture}/thumbnail", get(thumbnail))
}

/// What a mark for a thumbnail is about.
pub(super) fn thumbnail_of(capture: CaptureId) -> String {
    format!("thumbnail {capture}")
}

/// What a mark for a photo is about.
pub(super) fn photo_of(capture: CaptureId) -> String {
    format!("photo {capture}")
}

#[derive(Debug, Deserialize)]
struct Mark {
    #[serde(default)]
    m: String,
}

async fn original(
    State(portal): State<Portal>,
    caller: Caller,
    Path(capture): Path<CaptureId>,
    Query(mark): Query<Mark>,
) -> Result<Response, Refusal> {
    check(&caller, &photo_of(capture), &mark)?;
    let photo = read(&portal, capture, proofs::original_key).await?.ok_or_else(nowhere)?;
    Ok(picture(photo))
}

async fn thumbnail(
    State(portal): State<Portal>,
    caller: Caller,
    Path(capture): Path<CaptureId>,
    Query(mark): Query<Mark>,
) -> Result<Response, Refusal> {
    check(&caller, &thumbnail_of(capture), &mark)?;
    let photo = read(&portal, capture, proofs::thumbnail_key).await?.ok_or_else(nowhere)?;
    Ok(picture(photo))
}

fn check(caller: &Caller, what: &str, mark: &Mark) -> Result<(), Refusal> {
    caller.must(Act::SeeProofs)?;
    if caller.has_mark(what, &mark.m) { Ok(()) } else { Err(nowhere()) }
}

/// The bytes of a photo whose picture could be read; none where there is no such photo, or it was destroyed.
pub(super) async fn read(portal: &Portal, capture: CaptureId, key_of: fn(CaptureId, &[u8]) -> String) -> Result<Option<Vec<u8>>, Refusal> {
    let wrapped = {
        let mut tx = portal.database().begin_portal().await?;
        gallery::photo_key(&mut tx, capture).await?
    };
    let Some(wrapped) = wrapped else { return Ok(None) };
    let context = portal.photo_context(capture);
    let Ok(key) = DataKey::unwrap(portal.photo_key(), &context, &wrapped) else { return Err(damaged(capture)) };
    let Some(sealed) = portal.blobs().get(&key_of(capture, &wrapped)).await? else { return Err(damaged(capture)) };
    key.open(&context, &sealed).map(Some).map_err(|_| damaged(capture))
}

fn picture(bytes: Vec<u8>) -> Response {
    let kind = if bytes.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], Bytes::from(bytes)).into_response()
}

fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "photo", "there is no such photo on a page that you opened; open the page again")
}

/// Said aloud: evidence is gone, or was changed.
fn damaged(capture: CaptureId) -> Refusal {
    tracing::error!(%capture, "a photo is missing, or does not open");
    Refusal::new(StatusCode::GONE, "damaged", "the photo is missing or was changed; tell the operator, who runs `salur verify --all`")
}
