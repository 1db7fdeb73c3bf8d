//! What stands before every door: how many at once, how long, how much, and what a browser may do with a page.

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::compression::CompressionLayer;

use crate::{Portal, bank, batches, cookies, refusal::Refusal, reports, summaries};

/// Requests answered at once: more would only wait for the few database connections.
pub const MAX_REQUESTS: usize = 256;
/// Longest a request may take until its answer begins, its body included; a list or a bank statement has [`batches::UPLOAD_TIMEOUT`],
/// a report or summary [`reports::WRITING_TIMEOUT`].
/// Above the broker's confirm timeout, so that a capture knows its fate.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The one character that PostgreSQL takes in no text, in the address of a page.
const ZERO: &str = "%00";

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
    if !cookies::is_ours(request.method(), request.headers()) {
        let message = "this was sent by a page of another site, and nothing was done; open our page and do it there";
        return Refusal::new(StatusCode::FORBIDDEN, "origin", message).into_response();
    }
    let uri = request.uri();
    // the doors of programs say themselves what is wrong, and in which field
    let is_page = !uri.path().starts_with("/api/");
    if is_page && (uri.path().contains(ZERO) || uri.query().is_some_and(|query| query.contains(ZERO))) {
        return Refusal::new(StatusCode::BAD_REQUEST, "zero", "an address holds no character 0; look for a damaged link").into_response();
    }
    let path = uri.path();
    let longest = match *request.method() {
        Method::POST if batches::takes_a_list(path) || path == bank::PATH => batches::UPLOAD_TIMEOUT,
        Method::GET if reports::is_at(path) || summaries::is_at(path) => reports::WRITING_TIMEOUT,
        _ => REQUEST_TIMEOUT,
    };
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::busy("this took too long; send the same request again").into_response(),
    }
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
