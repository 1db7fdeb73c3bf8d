//! What stands before every door: how many at once, how long, how much, and what a browser may do with a page.

use std::time::{Duration, Instant};

use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use salur_domain::reason::Language;
use tower_http::compression::CompressionLayer;

use crate::{
    Portal,
    access::shown_token,
    bank, batches,
    clients::Client,
    cookies, counter, device_packs,
    pages::PageRefusal,
    refusal::Refusal,
    reports, signed, summaries,
    told::{ZERO, zero},
};

/// Requests answered at once: more would only wait for the few database connections.
pub const MAX_REQUESTS: usize = 256;
/// Longest a request may take until its answer begins, its body included; a list or a bank statement has [`batches::UPLOAD_TIMEOUT`],
/// a piece of a photo [`counter::PIECE_TIMEOUT`], a device pack [`device_packs::MAKING_TIMEOUT`], a report or summary [`reports::WRITING_TIMEOUT`].
/// Above the broker's confirm timeout, so that a capture knows its fate.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// No page loads anything from elsewhere, runs inline script, sits in a frame or guesses types.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("camera=(), microphone=(), geolocation=()")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// The routes behind their guard.
pub(crate) fn around(routes: Router<Portal>, portal: &Portal) -> Router<Portal> {
    routes
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(portal.clone(), bounded))
        .layer(CompressionLayer::new())
        .layer(from_fn(headers))
}

async fn bounded(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let Ok(_place) = portal.places().try_acquire() else {
        return Refusal::busy("too many requests at once; send the same request again").into_response();
    };
    let (mut parts, body) = request.into_parts();
    let Ok(from) = Client::from_request_parts(&mut parts, &portal).await;
    let who = portal.crowd().who(shown_token(&parts.headers), from);
    if !signed::is_of_devices(parts.uri.path())
        && let Err(refusal) = portal.crowd().count(&who, Instant::now())
    {
        return refusal.into_response();
    }
    let request = Request::from_parts(parts, body);
    if !cookies::is_ours(request.method(), request.headers()) {
        let message = "this was sent by a page of another site, and nothing was done; open our page and do it there";
        return Refusal::new(StatusCode::FORBIDDEN, "origin", message).into_response();
    }
    let uri = request.uri();
    // in the queries of programs it is looked for where they are read
    let is_page = !uri.path().starts_with("/api/");
    if uri.path().contains(ZERO) || is_page && uri.query().is_some_and(|query| query.contains(ZERO)) {
        return zero().into_response();
    }
    let path = uri.path();
    let longest = match *request.method() {
        Method::POST if batches::takes_a_list(path) || [bank::PATH, bank::SENT_AT_A_PAGE].contains(&path) => batches::UPLOAD_TIMEOUT,
        Method::PATCH if path.starts_with(counter::UPLOADS) => counter::PIECE_TIMEOUT,
        Method::POST if path == device_packs::PATH => device_packs::MAKING_TIMEOUT,
        Method::GET if reports::is_at(path) || summaries::is_at(path) => reports::WRITING_TIMEOUT,
        _ => REQUEST_TIMEOUT,
    };
    let inside = match portal.crowd().enter(who) {
        Ok(inside) => inside,
        Err(refusal) => return refusal.into_response(),
    };
    let asked = Asked { is_page, language: cookies::language(request.headers()), here: path.to_owned() };
    let answer = tokio::time::timeout(longest, next.run(request)).await;
    drop(inside);
    match answer {
        Ok(response) => in_our_words(response, &asked),
        Err(_) => Refusal::busy("this took too long; send the same request again").into_response(),
    }
}

/// What was asked for, as far as a refusal needs it.
struct Asked {
    is_page: bool,
    language: Language,
    here: String,
}

/// A refusal of the framework (an address, a query or a body that it cannot read) says so as every other does; what it quotes is left out.
fn in_our_words(response: Response, asked: &Asked) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_ours = kind.is_some_and(|kind| !kind.starts_with("text/plain"));
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (code, message) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("size", "the body is larger than this door takes"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("type", "the body has a content type that this door does not take"),
        _ => ("address", "the address or the body cannot be read; look for a mistyped id, or for what this door does not know"),
    };
    let refusal = Refusal::new(status, code, message);
    if asked.is_page { PageRefusal::plain(asked.language, &asked.here, refusal).into_response() } else { refusal.into_response() }
}

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(HEADERS);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "path", "there is nothing here; the board is at /")
}

async fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this door takes another method")
}
