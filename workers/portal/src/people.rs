//! Actors over HTTP: made and ended by administrators, enrolled by one-time codes, signed in by their own keys.
//!
//! A person's key never leaves the person: the code that an administrator hands over is used once to take its public half, and a sign-in is a
//! request signed with it, good for [`SESSION_HOURS`]. Systems get a token for [`TOKEN_DAYS_MAX`] days at most, shown once. Every act is audited in the
//! transaction that does it. `/people` and `/people/{name}` are the pages of it ([`page`], [`one`]). Who acts for a region makes and sees actors of it alone.

mod acts;
mod identities;
mod one;
mod page;
mod words;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use base64::Engine;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use salur_domain::actor::Act;
use salur_store::{
    Tx,
    actors::{self, Actor},
    audit,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Portal,
    access::{Caller, Token},
    refusal::Refusal,
    signed,
    told::{Sought, Told},
};

/// How long a person stays signed in: a working day.
pub const SESSION_HOURS: i32 = 12;
/// Longest life of a system's token.
pub const TOKEN_DAYS_MAX: u16 = 366;
/// How long a one-time code may be used.
pub const CODE_HOURS: i32 = 24;
/// Letters and digits that are not mistaken for each other when read out (Crockford's base 32).
const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BYTES: usize = 12;

/// Name of the person who signs in.
pub const ACTOR_HEADER: &str = "x-salur-actor";
/// Path of the sign-in: part of what is signed.
pub const SESSIONS: &str = "/api/sessions";

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/me", get(me))
        .route("/api/actors", get(list).post(create))
        .route("/api/actors/{name}/revoke", post(revoke))
        .route("/api/actors/{name}/codes", post(code))
        .route("/api/actors/{name}/tokens", post(token))
        .route("/api/actors/{name}/identities", get(identities::list).post(identities::link))
        .route("/api/actors/{name}/identities/end", post(identities::end))
        .route("/api/enrolments", post(enrol))
        .route(SESSIONS, post(sign_in))
        .route("/people", get(page::list).post(page::add))
        .route("/people/{name}", get(one::show_page).post(one::act))
}

/// An actor as shown.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    kind: String,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    teller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_point: Option<String>,
    enrolled: bool,
    created_by: String,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Actor> for Shown {
    fn from(actor: Actor) -> Self {
        let Actor { name, kind, role, source, region, teller, pay_point, public_key, created_by, created_at, revoked_at } = actor;
        Self { name, kind, role, source, region, teller, pay_point, enrolled: public_key.is_some(), created_by, created_at, revoked_at }
    }
}

/// Body of `POST /api/actors`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    kind: String,
    role: String,
    source: Option<String>,
    #[serde(default)]
    region: String,
    /// Of a teller: whose drawer.
    teller: Option<String>,
    /// Of a teller: where.
    pay_point: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenWanted {
    purpose: String,
    days: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrolment {
    code: String,
    public_key: String,
}

/// A secret, shown once.
#[derive(Debug, Serialize)]
struct Secret {
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

async fn me(caller: Caller) -> Json<Shown> {
    Json(caller.actor.into())
}

/// Where a list of names goes on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: String,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(After { after }): Sought<After>) -> Result<Json<Vec<Shown>>, Refusal> {
    caller.must(Act::ManageActors)?;
    let mut tx = portal.database().begin_portal().await?;
    Ok(Json(actors::page(&mut tx, &caller.actor.region, &after).await?.into_iter().map(Shown::from).collect()))
}

async fn create(State(portal): State<Portal>, caller: Caller, Told(wanted): Told<Wanted>) -> Result<(StatusCode, Json<Secret>), Refusal> {
    Ok((StatusCode::CREATED, Json(acts::make(&portal, &caller, &wanted).await?)))
}

async fn revoke(
    State(portal): State<Portal>,
    caller: Caller,
    Path(name): Path<String>,
    Told(Reason { reason }): Told<Reason>,
) -> Result<Json<Shown>, Refusal> {
    Ok(Json(acts::end(&portal, &caller, &name, &reason).await?.into()))
}

async fn code(State(portal): State<Portal>, caller: Caller, Path(name): Path<String>) -> Result<(StatusCode, Json<Secret>), Refusal> {
    Ok((StatusCode::CREATED, Json(acts::code(&portal, &caller, &name).await?)))
}

async fn token(
    State(portal): State<Portal>,
    caller: Caller,
    Path(name): Path<String>,
    Told(wanted): Told<TokenWanted>,
) -> Result<(StatusCode, Json<Secret>), Refusal> {
    Ok((StatusCode::CREATED, Json(acts::token(&portal, &caller, &name, &wanted).await?)))
}

/// Takes the public half of a person's key for a one-time code.
async fn enrol(State(portal): State<Portal>, Told(Enrolment { code, public_key }): Told<Enrolment>) -> Result<Json<Secret>, Refusal> {
    let bytes = key_of(&public_key)?;
    let mut tx = portal.database().begin_portal().await?;
    let Some(actor) = actors::enrol(&mut tx, &digest_of(&code), &bytes).await? else {
        let message = "this code is not known, was used or is over; ask an administrator for another one";
        return Err(Refusal::new(StatusCode::GONE, "code", message));
    };
    actors::revoke_tokens(&mut tx, &actor, None).await?;
    audit::record(&mut tx, &actor, "key_enrolled", &json!({})).await?;
    tx.commit().await?;
    Ok(Json(Secret { actor, code: None, token: None, expires_at: None }))
}

/// The bytes of a public key that can be one.
pub(crate) fn key_of(hexadecimal: &str) -> Result<[u8; 32], Refusal> {
    let mut bytes = [0; 32];
    let readable = hex::decode_to_slice(hexadecimal, &mut bytes).is_ok();
    if !readable || !VerifyingKey::from_bytes(&bytes).is_ok_and(|key| !key.is_weak()) {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "public_key", "give an Ed25519 public key as 64 hexadecimal digits"));
    }
    Ok(bytes)
}

/// A sign-in: method, path and time signed with the person's key, as devices do; the body is empty.
async fn sign_in(State(portal): State<Portal>, headers: HeaderMap) -> Result<(StatusCode, Json<Secret>), Refusal> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (name, time) = (header(ACTOR_HEADER), header(signed::TIME_HEADER));
    signed::check_clock(time, Utc::now())?;
    let mut tx = portal.database().begin_portal().await?;
    let known = actors::by_name(&mut tx, name).await?.filter(|actor| actor.revoked_at.is_none());
    let key =
        known.as_ref().and_then(|actor| actor.public_key.as_deref()?.try_into().ok()).and_then(|key| VerifyingKey::from_bytes(key).ok());
    let signature = base64::engine::general_purpose::STANDARD.decode(header(signed::SIGNATURE_HEADER)).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let signed = signed::to_sign("POST", SESSIONS, time, b"");
    let good = key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(&signed, &signature).is_ok());
    if !good {
        let message = "this name and key do not fit, or the actor was revoked; enrol the key with a one-time code first";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "signature", message));
    }
    let (token, expires_at) = new_token(&mut tx, name, "session", SESSION_HOURS).await?;
    audit::record(&mut tx, name, "signed_in", &json!({ "token": token.id })).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Secret { actor: name.to_owned(), code: None, token: Some(token.text()), expires_at: Some(expires_at) })))
}

/// A token of somebody, kept.
pub(crate) async fn new_token(tx: &mut Tx, actor: &str, purpose: &str, hours: i32) -> Result<(Token, DateTime<Utc>), Refusal> {
    let token = Token::new()?;
    let expires_at = actors::add_token(tx, &token.id, actor, &token.digest(), purpose, hours).await?;
    Ok((token, expires_at))
}

/// Twelve letters in groups of four: 60 bits, to be read out.
pub fn code_text(random: &[u8; CODE_BYTES]) -> String {
    let letters: Vec<char> = random.iter().map(|byte| char::from(CODE_LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Of the code as meant: capitals or not, hyphens or not, O for 0, I and L for 1.
pub fn digest_of(code: &str) -> Vec<u8> {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::digest(plain).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_it_is_heard() {
        let code = code_text(&[0, 1, 2, 31, 32, 33, 10, 11, 12, 13, 14, 15]);
        assert_eq!(code, "012Z-01AB-CDEF");
        for typed in ["012z01abcdef", "O12Z OIAB CDEF", "0l2z-o1ab-cdef"] {
            assert_eq!(digest_of(typed), digest_of(&code), "{typed}");
        }
        assert_ne!(digest_of("012Z-01AB-CDEG"), digest_of(&code));
    }
}
