//! Signing in with an account that another system keeps: OpenID Connect, authorization code flow with PKCE (RFC 7636).
//!
//! `/sign-in/oidc` leads there, `/sign-in/oidc/back` is where its answer comes. What the way back is checked against (state, nonce, the verifier of PKCE) lies
//! sealed in a cookie of that browser: nothing is kept for who never comes back, and nobody is signed in by an answer that another browser asked for. A state
//! is used once. The token is believed where the library says so: issuer, audience, expiry, nonce, and a signature by a key that the system publishes, of an
//! algorithm of [`ALGORITHMS`]. It says who comes and nothing else: whom issuer and subject let in an administrator wrote down ([`salur_store::identities`]);
//! roles and regions are never taken from a claim. From there on the session is as after a password.
//!
//! Bounds: [`PATIENCE_S`] for a sign-in; [`ANSWER_WITHIN`], and the bytes of [`salur_runtime::fetch`], for each answer of that system; what it publishes is
//! asked for again after [`KEPT`]; [`super::AT_ONCE`] answers at a time are looked at.

mod provider;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use salur_store::{audit, identities};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::place;
use crate::{
    Portal,
    access::random,
    cookies,
    pages::{Frame, PageRefusal, SIGN_IN, Speaking, show, way_back},
    people::{SESSION_HOURS, new_token},
    refusal::Refusal,
};

pub use provider::{ANSWER_WITHIN, Asked, Error, KEPT, Means};

/// Longest a sign-in may take there.
pub const PATIENCE_S: i64 = 600;
/// What the cookie's seal is bound to.
const CONTEXT: &[u8] = b"salur oidc 1";
/// Longest cookie that is looked at.
const COOKIE_MAX: usize = 4_000;
/// Longest state and code that are looked at.
const ANSWERED_MAX: usize = 2_000;

/// The pages.
pub(super) fn routes() -> Router<Portal> {
    Router::new().route("/sign-in/oidc", get(leave)).route("/sign-in/oidc/back", get(come_back))
}

/// What the way back is checked against, in a cookie, sealed.
#[derive(Serialize, Deserialize)]
struct Left {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    /// Seconds since 1970.
    until: i64,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage {
    f: Frame,
    next: String,
}

#[derive(Template)]
#[template(path = "not_signed_in.html")]
struct NotSignedInPage {
    f: Frame,
    /// An account that is linked to nobody: issuer and subject.
    unknown: Option<(String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Next {
    next: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    state: String,
    code: String,
}

/// What came of an answer.
enum Came {
    /// The token of a session.
    In(String),
    /// An account that is nobody's: its subject.
    Unknown(String),
    /// Not to be believed, or used before.
    Refused,
}

async fn leave(
    State(portal): State<Portal>,
    Speaking(language): Speaking,
    Query(Next { next }): Query<Next>,
) -> Result<Response, PageRefusal> {
    let refused = |refusal| PageRefusal::plain(language, SIGN_IN, refusal);
    let means = portal.oidc().ok_or_else(nowhere).map_err(refused)?;
    let left = left(next.as_deref()).map_err(refused)?;
    let to = means.address(&left.state, &left.nonce, &left.verifier).await.map_err(refused)?;
    let text = serde_json::to_vec(&left).expect("texts and a number are JSON");
    let sealed = URL_SAFE_NO_PAD.encode(portal.sign_in_key().seal(CONTEXT, &text));
    let kept = cookies::keep_left(portal.is_https(), &sealed, PATIENCE_S);
    Ok(([(header::SET_COOKIE, kept)], Redirect::to(to.as_str())).into_response())
}

fn left(next: Option<&str>) -> Result<Left, Refusal> {
    let secret = || random::<32>().map(hex::encode);
    let until = Utc::now().timestamp() + PATIENCE_S;
    Ok(Left { state: secret()?, nonce: secret()?, verifier: secret()?, next: way_back(next).to_owned(), until })
}

async fn come_back(
    State(portal): State<Portal>,
    Speaking(language): Speaking,
    headers: HeaderMap,
    Query(answered): Query<Answered>,
) -> Result<Response, PageRefusal> {
    let refused = |refusal| PageRefusal::plain(language, SIGN_IN, refusal);
    let means = portal.oidc().ok_or_else(nowhere).map_err(refused)?;
    let left = open(&portal, &headers);
    let came = match &left {
        Some(left) if fits(left, &answered) => check(&portal, means, left, &answered.code).await.map_err(refused)?,
        _ => Came::Refused,
    };
    let gone = (header::SET_COOKIE, cookies::keep_left(portal.is_https(), "", 0));
    let f = Frame::plain(language, SIGN_IN);
    Ok(match (came, left) {
        (Came::In(token), Some(left)) => {
            let kept = (header::SET_COOKIE, cookies::keep_session(portal.is_https(), &token, i64::from(SESSION_HOURS) * 3_600));
            // a page of ours goes on, not a redirect: a browser that comes from elsewhere keeps a strict cookie to itself
            (AppendHeaders([gone, kept]), show(&SignedInPage { f, next: left.next })).into_response()
        }
        (Came::Unknown(subject), _) => {
            let unknown = Some((means.issuer().to_owned(), subject));
            (StatusCode::FORBIDDEN, AppendHeaders([gone]), show(&NotSignedInPage { f, unknown })).into_response()
        }
        _ => (StatusCode::UNAUTHORIZED, AppendHeaders([gone]), show(&NotSignedInPage { f, unknown: None })).into_response(),
    })
}

/// What this browser left with, where it is ours and not over.
fn open(portal: &Portal, headers: &HeaderMap) -> Option<Left> {
    let sealed = cookies::left(headers).filter(|sealed| sealed.len() <= COOKIE_MAX)?;
    let text = portal.sign_in_key().open(CONTEXT, &URL_SAFE_NO_PAD.decode(sealed).ok()?).ok()?;
    let left: Left = serde_json::from_slice(&text).ok()?;
    (left.until >= Utc::now().timestamp()).then_some(left)
}

/// The answer to what this browser asked; a digest of both is compared, so that time tells nothing.
fn fits(left: &Left, answered: &Answered) -> bool {
    let digest = |text: &str| Sha256::digest(text);
    answered.state.len() <= ANSWERED_MAX
        && (1..=ANSWERED_MAX).contains(&answered.code.len())
        && digest(&left.state) == digest(&answered.state)
}

async fn check(portal: &Portal, means: &Means, left: &Left, code: &str) -> Result<Came, Refusal> {
    let _place = place(portal).await?;
    let digest = Sha256::digest(&left.state).to_vec();
    let mut tx = portal.database().begin_portal().await?;
    if identities::is_used(&mut tx, &digest).await? {
        return Ok(Came::Refused);
    }
    tx.commit().await?;
    let Some(subject) = means.subject_of(code, &left.verifier, &left.nonce).await? else { return Ok(Came::Refused) };
    let mut tx = portal.database().begin_portal().await?;
    if !identities::use_state(&mut tx, &digest).await? {
        return Ok(Came::Refused);
    }
    let Some(name) = identities::who(&mut tx, means.issuer(), &subject).await? else {
        tx.commit().await?;
        return Ok(Came::Unknown(subject));
    };
    let (token, _) = new_token(&mut tx, &name, "session", SESSION_HOURS).await?;
    audit::record(&mut tx, &name, "signed_in", &json!({ "token": token.id, "at": "oidc" })).await?;
    tx.commit().await?;
    Ok(Came::In(token.text()))
}

fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "oidc", "nobody signs in by another system here; sign in with name and password")
}
