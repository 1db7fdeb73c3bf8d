//! Photos for people: a thumbnail, a view, and the original where somebody asks for the very bytes.
//!
//! A mark is made by a page that recorded the look, for one photo and one session ([`Caller::mark`]). Without it the answer is the same as for a photo that
//! does not exist. What is looked at carries no metadata: the thumbnail was made with the judgement, the view (at most 1,600 pixels a side) on the first look,
//! and then kept beside the original, sealed under the same key, so that who destroys that key destroys all three. The original leaves by
//! `POST /proofs/{capture}/original` and in the file of a case alone, each time with a line of its own in the audit.

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use salur_domain::{CaptureId, actor::Act, vault::DataKey};
use salur_store::{audit, gallery, proofs};
use serde::Deserialize;
use serde_json::json;

use super::why::{self, look};
use crate::{
    Portal,
    access::Caller,
    pages::{Named, PageRefusal, Viewer},
    refusal::Refusal,
};

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route("/proofs/{capture}/photo", get(view))
        .route("/proofs/{capture}/thumbnail", get(thumbnail))
        .route("/proofs/{capture}/original", post(original))
        .route("/api/proofs/{capture}/original", post(original_door))
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

async fn view(
    State(portal): State<Portal>,
    caller: Caller,
    Path(capture): Path<CaptureId>,
    Query(mark): Query<Mark>,
) -> Result<Response, Refusal> {
    check(&caller, &photo_of(capture), &mark)?;
    let photo = Photo::find(&portal, capture).await?.ok_or_else(nowhere)?;
    Ok(picture(photo.view(&portal).await?))
}

async fn thumbnail(
    State(portal): State<Portal>,
    caller: Caller,
    Path(capture): Path<CaptureId>,
    Query(mark): Query<Mark>,
) -> Result<Response, Refusal> {
    check(&caller, &thumbnail_of(capture), &mark)?;
    let photo = Photo::find(&portal, capture).await?.ok_or_else(nowhere)?;
    Ok(picture(photo.read(&portal, proofs::thumbnail_key).await?))
}

async fn original(State(portal): State<Portal>, viewer: Viewer, Named(capture): Named<CaptureId>) -> Result<Response, PageRefusal> {
    if viewer.caller.may(Act::SeeProofs) && viewer.caller.why.is_none() {
        return Ok(why::ask_before(&viewer, &format!("/proofs/{capture}")));
    }
    download(&portal, &viewer.caller, capture).await.map_err(|refusal| viewer.refused(refusal))
}

async fn original_door(State(portal): State<Portal>, caller: Caller, Path(capture): Path<CaptureId>) -> Result<Response, Refusal> {
    download(&portal, &caller, capture).await
}

/// The very bytes that were judged, metadata and all; recorded before they leave.
async fn download(portal: &Portal, caller: &Caller, capture: CaptureId) -> Result<Response, Refusal> {
    caller.must(Act::SeeProofs)?;
    let why = why::said(caller)?;
    let mut tx = portal.database().begin_portal().await?;
    let no_capture = || Refusal::new(StatusCode::NOT_FOUND, "capture", "there is no such capture that you may see; check its id");
    gallery::case(&mut tx, capture, &caller.actor.region).await?.ok_or_else(no_capture)?;
    audit::record(&mut tx, &caller.actor.name, "original_taken", &json!({ "why": why, "capture": capture })).await?;
    look(&mut tx, caller, why, "original", &[capture]).await?;
    tx.commit().await?;
    let photo = read(portal, capture, proofs::original_key).await?.ok_or_else(no_photo)?;
    let name = format!("attachment; filename=\"photo-{capture}.jpg\"");
    Ok(([(header::CONTENT_TYPE, "image/jpeg".to_owned()), (header::CONTENT_DISPOSITION, name)], Bytes::from(photo)).into_response())
}

fn check(caller: &Caller, what: &str, mark: &Mark) -> Result<(), Refusal> {
    caller.must(Act::SeeProofs)?;
    if caller.has_mark(what, &mark.m) { Ok(()) } else { Err(nowhere()) }
}

/// The bytes of a photo whose picture could be read; none where there is no such photo, or it was destroyed.
pub(super) async fn read(portal: &Portal, capture: CaptureId, key_of: fn(CaptureId, &[u8]) -> String) -> Result<Option<Vec<u8>>, Refusal> {
    match Photo::find(portal, capture).await? {
        Some(photo) => Ok(Some(photo.read(portal, key_of).await?)),
        None => Ok(None),
    }
}

/// A photo whose key opens.
struct Photo {
    capture: CaptureId,
    /// Names its objects.
    wrapped: Vec<u8>,
    context: Vec<u8>,
    key: DataKey,
}

impl Photo {
    /// None where there is no such photo, or it was destroyed.
    async fn find(portal: &Portal, capture: CaptureId) -> Result<Option<Self>, Refusal> {
        let wrapped = {
            let mut tx = portal.database().begin_portal().await?;
            gallery::photo_key(&mut tx, capture).await?
        };
        let Some(wrapped) = wrapped else { return Ok(None) };
        let context = portal.photo_context(capture);
        let Ok(key) = DataKey::unwrap(portal.photo_key(), &context, &wrapped) else { return Err(damaged(capture)) };
        Ok(Some(Self { capture, wrapped, context, key }))
    }

    /// One of its objects, opened.
    async fn read(&self, portal: &Portal, key_of: fn(CaptureId, &[u8]) -> String) -> Result<Vec<u8>, Refusal> {
        let Some(sealed) = portal.blobs().get(&key_of(self.capture, &self.wrapped)).await? else { return Err(damaged(self.capture)) };
        self.key.open(&self.context, &sealed).map_err(|_| damaged(self.capture))
    }

    /// Its view: the kept one, or one made now and kept. One that does not open is made again, since nothing rests on it.
    async fn view(&self, portal: &Portal) -> Result<Vec<u8>, Refusal> {
        let kept_at = proofs::view_key(self.capture, &self.wrapped);
        let kept = portal.blobs().get(&kept_at).await?.and_then(|sealed| self.key.open(&self.context, &sealed).ok());
        if let Some(view) = kept {
            return Ok(view);
        }
        let original = self.read(portal, proofs::original_key).await?;
        let made = portal.views().of(Bytes::from(original)).await?;
        let view = made.map_err(|error| {
            tracing::error!(capture = %self.capture, %error, "a photo that was judged has no view");
            damaged(self.capture)
        })?;
        let sealed = Bytes::from(self.key.seal(&self.context, &view));
        portal.blobs().put(&kept_at, sealed, "application/octet-stream").await?;
        Ok(view)
    }
}

fn picture(bytes: Vec<u8>) -> Response {
    let kind = if bytes.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], Bytes::from(bytes)).into_response()
}

fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "photo", "there is no such photo on a page that you opened; open the page again")
}

fn no_photo() -> Refusal {
    Refusal::new(StatusCode::GONE, "photo", "no picture of this capture could be read, or it was destroyed; its case says which")
}

/// Said aloud: evidence is gone, or was changed.
fn damaged(capture: CaptureId) -> Refusal {
    tracing::error!(%capture, "a photo is missing, or does not open");
    Refusal::new(StatusCode::GONE, "damaged", "the photo is missing or was changed; tell the operator, who runs `salur verify --all`")
}
