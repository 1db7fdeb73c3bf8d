//! The board: how much of the allocation has reached families, by province and regency, now.
//!
//! One poller per process reads at most once in [`feed::POLL`], encodes once and hands the same bytes to every viewer; nothing is sent while nothing
//! changes, save a beat. Each reading is compared with the ledger's control accounts, and a difference is shown as loudly as the total.
//!
//! Bounds: [`events::MAX_VIEWERS`] listeners; pages are drawn once per reading and language.

pub mod events;
pub mod feed;
pub mod map;
pub mod model;
mod page;
mod words;

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use salur_domain::reason::Language;
use serde::Deserialize;

use crate::{Portal, pages::Speaking, refusal::Refusal};
use feed::Snapshot;

/// How long the first reading of a young process may take before a viewer hears that there is none.
const FIRST_READING: Duration = Duration::from_secs(5);

/// The board's routes.
pub(crate) fn routes() -> Router<Portal> {
    Router::new().route("/", get(page)).route("/api/board", get(board)).route("/api/board/events", get(events::events))
}

#[derive(Debug, Deserialize)]
struct Asked {
    lang: Option<String>,
}

async fn page(State(portal): State<Portal>, Speaking(spoken): Speaking, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let language = match asked.lang.as_deref() {
        Some("en") => Language::English,
        Some(_) => Language::Indonesian,
        None => spoken,
    };
    let html = latest(&portal).await?.page(language)?;
    Ok(typed("text/html; charset=utf-8", html))
}

async fn board(State(portal): State<Portal>) -> Result<Response, Refusal> {
    Ok(typed("application/json", latest(&portal).await?.json()))
}

fn typed(content_type: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}

async fn latest(portal: &Portal) -> Result<std::sync::Arc<Snapshot>, Refusal> {
    let mut readings = portal.readings();
    let ready = tokio::time::timeout(FIRST_READING, readings.wait_for(Option::is_some)).await;
    let snapshot = ready.ok().and_then(Result::ok).and_then(|reading| reading.clone());
    snapshot.ok_or_else(|| {
        Refusal::busy("papan belum punya angka; muat ulang sebentar lagi / the board has no figures yet; reload in a moment")
    })
}
