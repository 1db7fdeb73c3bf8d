//! Signing in at a browser: a name, its password and the digits of an authenticator; the session is a cookie that holds a token of a working day.
//!
//! A person comes with the one-time code that an administrator made (as for a key, [`crate::people`]), takes an authenticator in and chooses a password.
//! Whatever is wrong at a sign-in, the answer is the same, and takes the same time: it tells nobody who works here. Guesses at a name go one after another and
//! slow down ([`passwords`]); [`AT_ONCE`] passwords are looked at in one moment, and who waits longer than [`PATIENCE`] is asked to
//! come again. Where it is configured, a person may come with an account of another system instead ([`oidc`]).

#[cfg(feature = "oidc")]
pub mod oidc;
#[cfg(not(feature = "oidc"))]
#[path = "sign_in/no_oidc.rs"]
pub mod oidc;
mod secrets;

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use salur_domain::{actor::is_name, reason::Language};
use salur_media::qr::Matrix;
use salur_store::{Tx, actors, audit, passwords};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::SemaphorePermit;

use crate::{
    Portal,
    access::Caller,
    cookies,
    pages::{Frame, PageRefusal, SIGN_IN, Speaking, show, way_back},
    people::{SESSION_HOURS, digest_of, new_token},
    refusal::Refusal,
    told::Entered,
};
use secrets::Authenticator;

pub use secrets::AT_ONCE;

const ENROL: &str = "/enrol";
/// Longest name and code that are looked at.
const SHORT_MAX: usize = 64;
/// Longest wait for a place: sixty people before one.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pages.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(SIGN_IN, get(ask).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route(ENROL, get(ask_code).post(enrol))
        .route("/enrol/code", post(show_secret))
        .merge(oidc::routes())
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    wrong: Option<&'static str>,
    name: String,
    next: String,
    /// What the other system is called, where there is one.
    elsewhere: Option<String>,
}

#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolPage {
    f: Frame,
    wrong: Option<&'static str>,
    name: String,
    code: String,
    secret: Option<Secret>,
}

/// An authenticator's secret as it is taken in.
struct Secret {
    sealed: String,
    text: String,
    side: usize,
    path: String,
}

#[derive(Debug, Deserialize)]
struct Next {
    next: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    name: String,
    password: String,
    digits: String,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Enrolling {
    code: String,
    sealed: String,
    digits: String,
    password: String,
    again: String,
}

async fn ask(State(portal): State<Portal>, Speaking(language): Speaking, Query(Next { next }): Query<Next>) -> Response {
    show(&sign_in_page(&portal, language, next.as_deref()))
}

fn sign_in_page(portal: &Portal, language: Language, next: Option<&str>) -> SignInPage {
    let elsewhere = portal.oidc().map(|means| means.name().to_owned());
    SignInPage { f: Frame::plain(language, SIGN_IN), wrong: None, name: String::new(), next: way_back(next).to_owned(), elsewhere }
}

async fn sign_in(
    State(portal): State<Portal>,
    Speaking(language): Speaking,
    Entered(asked): Entered<Asked>,
) -> Result<Response, PageRefusal> {
    let refused = |refusal: Refusal| PageRefusal::plain(language, SIGN_IN, refusal);
    let Some(token) = check(&portal, &asked).await.map_err(refused)? else {
        let page = sign_in_page(&portal, language, asked.next.as_deref());
        let page = SignInPage { wrong: Some(page.f.w.sign_in_wrong), name: asked.name, ..page };
        return Ok((StatusCode::UNAUTHORIZED, show(&page)).into_response());
    };
    let kept = cookies::keep_session(portal.is_https(), &token, i64::from(SESSION_HOURS) * 3_600);
    Ok(([(header::SET_COOKIE, kept)], Redirect::to(way_back(asked.next.as_deref()))).into_response())
}

/// A token for who shows the right password and digits.
async fn check(portal: &Portal, asked: &Asked) -> Result<Option<String>, Refusal> {
    let _place = place(portal).await?;
    let name = asked.name.trim();
    if name.len() > SHORT_MAX || asked.password.chars().count() > *secrets::PASSWORD.end() {
        return Ok(None);
    }
    let mut tx = portal.database().begin_portal().await?;
    let kept = if is_name(name) { passwords::lock(&mut tx, name).await? } else { None };
    let kept = kept.filter(|kept| !kept.waits);
    let fits = secrets::is_password(asked.password.clone(), kept.as_ref().map(|kept| kept.hash.clone())).await?;
    let Some(kept) = kept else { return Ok(None) };
    let step = Authenticator::open(portal.sign_in_key(), name, &kept.authenticator)
        .and_then(|secret| secret.step_of(&asked.digits, now_s(), kept.last_step));
    let (true, Some(step)) = (fits, step) else {
        passwords::failed(&mut tx, name).await?;
        audit::record(&mut tx, name, "sign_in_failed", &json!({})).await?;
        tx.commit().await?;
        return Ok(None);
    };
    passwords::succeeded(&mut tx, name, step).await?;
    let (token, _) = new_token(&mut tx, name, "session", SESSION_HOURS).await?;
    audit::record(&mut tx, name, "signed_in", &json!({ "token": token.id, "at": "browser" })).await?;
    tx.commit().await?;
    Ok(Some(token.text()))
}

async fn sign_out(
    State(portal): State<Portal>,
    Speaking(language): Speaking,
    caller: Result<Caller, Refusal>,
) -> Result<Response, PageRefusal> {
    if let Ok(caller) = caller {
        end(&portal, &caller).await.map_err(|refusal| PageRefusal::plain(language, SIGN_IN, refusal))?;
    }
    let gone = cookies::keep_session(portal.is_https(), "", 0);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to(SIGN_IN)).into_response())
}

async fn end(portal: &Portal, caller: &Caller) -> Result<(), Refusal> {
    let name = &caller.actor.name;
    let mut tx = portal.database().begin_portal().await?;
    actors::revoke_tokens(&mut tx, name, Some(&caller.token)).await?;
    audit::record(&mut tx, name, "signed_out", &json!({ "token": caller.token })).await?;
    Ok(tx.commit().await?)
}

async fn ask_code(Speaking(language): Speaking) -> Response {
    show(&EnrolPage { f: Frame::plain(language, ENROL), wrong: None, name: String::new(), code: String::new(), secret: None })
}

/// What an authenticator takes in, for the person of a good code. The code is not used up yet.
async fn show_secret(
    State(portal): State<Portal>,
    Speaking(language): Speaking,
    Entered(Code { code }): Entered<Code>,
) -> Result<Response, PageRefusal> {
    let refused = |refusal: Refusal| PageRefusal::plain(language, ENROL, refusal);
    let Some(name) = person_of(&portal, &code).await.map_err(refused)? else { return Ok(no_such_code(language)) };
    let secret = Authenticator::new(&name).and_then(|secret| shown(&portal, &name, &secret)).map_err(refused)?;
    Ok(show(&EnrolPage { f: Frame::plain(language, ENROL), wrong: None, name, code, secret: Some(secret) }))
}

async fn enrol(
    State(portal): State<Portal>,
    Speaking(language): Speaking,
    Entered(asked): Entered<Enrolling>,
) -> Result<Response, PageRefusal> {
    let refused = |refusal: Refusal| PageRefusal::plain(language, ENROL, refusal);
    let Some(name) = person_of(&portal, &asked.code).await.map_err(refused)? else { return Ok(no_such_code(language)) };
    let sealed = STANDARD.decode(&asked.sealed).unwrap_or_default();
    let Some(secret) = Authenticator::open(portal.sign_in_key(), &name, &sealed) else { return Ok(no_such_code(language)) };
    let f = Frame::plain(language, ENROL);
    let step = secret.step_of(&asked.digits, now_s(), 0);
    let wrong = match step {
        _ if asked.password != asked.again => Some(f.w.not_the_same),
        _ if !secrets::PASSWORD.contains(&asked.password.chars().count()) => Some(f.w.password_hint),
        _ if asked.password.to_lowercase().contains(&name) => Some(f.w.password_has_name),
        None => Some(f.w.digits_wrong),
        Some(_) => None,
    };
    if let (Some(step), None) = (step, wrong) {
        let is_kept = keep(&portal, &asked, &name, &sealed, step).await.map_err(refused)?;
        return Ok(if is_kept { Redirect::to(SIGN_IN).into_response() } else { no_such_code(language) });
    }
    let secret = shown(&portal, &name, &secret).map_err(refused)?;
    let page = EnrolPage { f, wrong, name, code: asked.code, secret: Some(secret) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
}

/// Uses the code up; whatever was signed in with before is over.
async fn keep(portal: &Portal, asked: &Enrolling, name: &str, sealed: &[u8], step: i64) -> Result<bool, Refusal> {
    let _place = place(portal).await?;
    let hash = secrets::hash(asked.password.clone()).await?;
    let mut tx = portal.database().begin_portal().await?;
    if !passwords::set(&mut tx, &digest_of(&asked.code), &hash, sealed, step).await? {
        return Ok(false);
    }
    actors::revoke_tokens(&mut tx, name, None).await?;
    audit::record(&mut tx, name, "password_set", &json!({})).await?;
    tx.commit().await?;
    Ok(true)
}

async fn person_of(portal: &Portal, code: &str) -> Result<Option<String>, Refusal> {
    if code.len() > SHORT_MAX {
        return Ok(None);
    }
    let mut tx: Tx = portal.database().begin_portal().await?;
    Ok(passwords::who(&mut tx, &digest_of(code)).await?)
}

fn no_such_code(language: Language) -> Response {
    let f = Frame::plain(language, ENROL);
    let page = EnrolPage { wrong: Some(f.w.no_such_code), f, name: String::new(), code: String::new(), secret: None };
    (StatusCode::GONE, show(&page)).into_response()
}

fn shown(portal: &Portal, name: &str, secret: &Authenticator) -> Result<Secret, Refusal> {
    let sealed = STANDARD.encode(secret.sealed(portal.sign_in_key(), name));
    let matrix = Matrix::encode(&secret.address()).map_err(|_| Refusal::busy("the picture cannot be drawn; type the secret in by hand"))?;
    let quiet = (matrix.side_with_quiet_zone() - matrix.side()) / 2;
    let dark = |y| matrix.row(y).enumerate().filter(|(_, dark)| *dark).map(move |(x, _)| format!("M{} {}h1v1h-1z", x + quiet, y + quiet));
    let path = (0..matrix.side()).flat_map(dark).collect::<Vec<_>>().concat();
    Ok(Secret { sealed, text: secret.text(), side: matrix.side_with_quiet_zone(), path })
}

/// One of the places where passwords are looked at.
async fn place(portal: &Portal) -> Result<SemaphorePermit<'_>, Refusal> {
    let place = tokio::time::timeout(PATIENCE, portal.passwords().acquire()).await;
    place.ok().and_then(Result::ok).ok_or_else(|| Refusal::busy("many people sign in right now; try again in a moment"))
}

fn now_s() -> u64 {
    u64::try_from(Utc::now().timestamp()).unwrap_or(0)
}
