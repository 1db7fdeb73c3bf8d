//! The board: how much of the allocation has reached families, by province, regency, tranche, programme and method, now.
//!
//! One poller per process reads at most once in [`feed::POLL`], encodes each view once and hands the same bytes to every viewer; nothing is sent while nothing
//! changes, save a beat. Each reading is compared with the ledger's control accounts, and a difference is shown as loudly as the total.
//! Anybody may look, save at few families; who is signed in sees the exact figures of their region, down to [`villages`].
//!
//! Bounds: [`events::MAX_VIEWERS`] listeners; views are made once per reading.

mod curve;
pub mod disclosure;
pub mod events;
pub mod feed;
pub mod figures;
pub mod map;
pub mod model;
mod page;
pub mod ticker;
pub mod view;
mod villages;
mod words;

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{FromRequestParts, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use salur_domain::{
    actor::{Act, covers},
    reason::Language,
};
use serde::Deserialize;

use crate::{Portal, access::Caller, cookies, refusal::Refusal, told::Sought};
use feed::{Encoded, Snapshot};
use figures::Slice;
use view::Key;

/// How long the first reading of a young process may take before a viewer hears that there is none.
const FIRST_READING: Duration = Duration::from_secs(5);

/// The board's routes.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/", get(page::country))
        .route("/board/{place}", get(page::place))
        .route("/api/board", get(board))
        .route("/api/board/events", get(events::events))
        .route("/api/board/villages", get(villages::villages))
}

/// What a viewer asks for; what is left out is the country, and all tranches.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Two or four digits.
    place: String,
    /// Code of a tranche.
    tranche: String,
    /// Code of a programme.
    programme: String,
    /// `1`: to be read from afar.
    wall: String,
}

impl Asked {
    fn is_wall(&self) -> bool {
        self.wall == "1"
    }

    fn slice(&self) -> Slice {
        match (self.tranche.as_str(), self.programme.as_str()) {
            ("", "") => Slice::All,
            ("", programme) => Slice::Programme(programme.to_owned()),
            (tranche, _) => Slice::Tranche(tranche.to_owned()),
        }
    }
}

/// Somebody who looks at the board, signed in or not.
pub(crate) struct Looking {
    /// Who, where they said it.
    pub caller: Option<Caller>,
    /// In which language.
    pub language: Language,
}

impl Looking {
    /// Whether few families of a place are told.
    pub fn may_see_few(&self, place: &str) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.may(Act::SeeFigures) && covers(&caller.actor.region, place))
    }

    /// The view that is asked for, as this viewer may see it.
    pub fn key(&self, asked: &Asked) -> Key {
        Key { place: asked.place.clone(), slice: asked.slice(), is_exact: self.may_see_few(&asked.place) }
    }
}

impl FromRequestParts<Portal> for Looking {
    type Rejection = Infallible;

    /// A token that is no good is none: the board is for everybody.
    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Infallible> {
        let language = cookies::language(&parts.headers);
        let has_said = parts.headers.contains_key(header::AUTHORIZATION) || cookies::session(&parts.headers).is_some();
        let caller = if has_said { Caller::from_request_parts(parts, portal).await.ok() } else { None };
        Ok(Self { caller, language })
    }
}

async fn board(State(portal): State<Portal>, looking: Looking, Sought(asked): Sought<Asked>) -> Result<Response, Refusal> {
    let (reading, view) = view(&portal, &looking.key(&asked)).await?;
    Ok(typed("application/json", reading.json(&view.view)))
}

fn typed(content_type: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}

/// A view of the latest reading.
async fn view(portal: &Portal, key: &Key) -> Result<(Arc<Snapshot>, Arc<Encoded>), Refusal> {
    let reading = latest(portal).await?;
    let nowhere =
        || Refusal::new(StatusCode::NOT_FOUND, "board", "there is no such place, tranche or programme; see /api/board for those there are");
    let view = reading.view(key).ok_or_else(nowhere)?;
    Ok((reading, view))
}

async fn latest(portal: &Portal) -> Result<Arc<Snapshot>, Refusal> {
    let mut readings = portal.readings();
    let ready = tokio::time::timeout(FIRST_READING, readings.wait_for(Option::is_some)).await;
    let snapshot = ready.ok().and_then(Result::ok).and_then(|reading| reading.clone());
    snapshot.ok_or_else(|| {
        Refusal::busy("papan belum punya angka; muat ulang sebentar lagi / the board has no figures yet; reload in a moment")
    })
}
