//! What an administrator does to actors, at whichever door: makes them, hands out secrets, ends them. Each act is audited in its own transaction.
//!
//! Who acts for a region has its actors alone: another's look as if they did not exist, and none is made that could see more. Bounds: purposes of
//! [`PURPOSE_MAX`] characters, reasons of [`REASON_MAX`].

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use salur_domain::actor::{Act, Role, covers, is_name};
use salur_store::{
    Tx,
    actors::{self, Actor, NewActor},
    audit, devices,
};
use serde_json::json;

use super::{CODE_HOURS, Secret, TOKEN_DAYS_MAX, TokenWanted, Wanted, code_text, digest_of, new_token};
use crate::{
    Portal,
    access::{Caller, random},
    holds::REASON_MAX,
    refusal::Refusal,
    told::one_line_without_number,
};

const PURPOSE_MAX: usize = 100;

/// Makes an actor; a person's one-time code comes along.
pub(super) async fn make(portal: &Portal, caller: &Caller, wanted: &Wanted) -> Result<Secret, Refusal> {
    caller.must(Act::ManageActors)?;
    check(caller, wanted)?;
    let by = &caller.actor.name;
    let mut tx = portal.database().begin_portal().await?;
    check_counter(&mut tx, wanted).await?;
    let Wanted { name, kind, role, source, region, teller, pay_point } = wanted;
    let (teller_code, at) = (teller.as_deref(), pay_point.as_deref());
    let new = NewActor { name, kind, role, source: source.as_deref(), region, teller: teller_code, pay_point: at, created_by: by };
    if !actors::create(&mut tx, &new).await.map_err(|error| no_such_source(source.as_deref(), error))? {
        return Err(Refusal::new(StatusCode::CONFLICT, "name", "there is an actor of this name, alive or revoked; take another name"));
    }
    let mut detail = json!({ "name": name, "kind": kind, "role": role, "source": source, "region": region });
    if let (Some(teller), Some(pay_point)) = (teller, pay_point) {
        (detail["teller"], detail["pay_point"]) = (json!(teller), json!(pay_point));
    }
    audit::record(&mut tx, by, "actor_created", &detail).await?;
    let mut secret = Secret { actor: name.clone(), code: None, token: None, expires_at: None };
    if kind == "person" {
        let (text, expires_at) = new_code(&mut tx, name).await?;
        secret = Secret { code: Some(text), expires_at: Some(expires_at), ..secret };
    }
    tx.commit().await?;
    Ok(secret)
}

/// Ends an actor and its tokens.
pub(super) async fn end(portal: &Portal, caller: &Caller, name: &str, reason: &str) -> Result<Actor, Refusal> {
    caller.must(Act::ManageActors)?;
    if name == caller.actor.name {
        return Err(Refusal::new(StatusCode::CONFLICT, "self", "nobody revokes themselves; ask another administrator"));
    }
    let message = "say why, on one line of at most 300 characters; name no family and no NIK";
    let reason = one_line_without_number(reason, 1..=REASON_MAX).ok_or_else(|| wrong("reason", message))?;
    let mut tx = portal.database().begin_portal().await?;
    one(&mut tx, caller, name).await?;
    let alive = actors::revoke(&mut tx, name).await?;
    let tokens = actors::revoke_tokens(&mut tx, name, None).await?;
    let actor = one(&mut tx, caller, name).await?;
    if alive {
        let detail = json!({ "name": name, "reason": reason, "tokens": tokens });
        audit::record(&mut tx, &caller.actor.name, "actor_revoked", &detail).await?;
    }
    tx.commit().await?;
    Ok(actor)
}

/// A new one-time code: for a person who lost the key. The old key is good until the code is used.
pub(super) async fn code(portal: &Portal, caller: &Caller, name: &str) -> Result<Secret, Refusal> {
    caller.must(Act::ManageActors)?;
    let mut tx = portal.database().begin_portal().await?;
    alive(&mut tx, caller, name, "person").await?;
    let (code, expires_at) = new_code(&mut tx, name).await?;
    audit::record(&mut tx, &caller.actor.name, "code_made", &json!({ "name": name })).await?;
    tx.commit().await?;
    Ok(Secret { actor: name.to_owned(), code: Some(code), token: None, expires_at: Some(expires_at) })
}

/// A new token of a system.
pub(super) async fn token(portal: &Portal, caller: &Caller, name: &str, wanted: &TokenWanted) -> Result<Secret, Refusal> {
    caller.must(Act::ManageActors)?;
    let TokenWanted { purpose, days } = wanted;
    if !(1..=TOKEN_DAYS_MAX).contains(days) || purpose.trim().is_empty() || purpose.len() > PURPOSE_MAX {
        let message = format!("say what the token is for, in at most {PURPOSE_MAX} characters, and for 1 to {TOKEN_DAYS_MAX} days");
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "purpose", message));
    }
    let mut tx = portal.database().begin_portal().await?;
    alive(&mut tx, caller, name, "system").await?;
    let (token, expires_at) = new_token(&mut tx, name, purpose, i32::from(*days) * 24).await?;
    audit::record(&mut tx, &caller.actor.name, "token_made", &json!({ "name": name, "token": token.id, "purpose": purpose, "days": days }))
        .await?;
    tx.commit().await?;
    Ok(Secret { actor: name.to_owned(), code: None, token: Some(token.text()), expires_at: Some(expires_at) })
}

fn check(caller: &Caller, wanted: &Wanted) -> Result<(), Refusal> {
    let role = Role::parse(&wanted.role).ok_or_else(|| {
        let roles = format!("the role is one of {}", Role::ALL.map(Role::as_str).join(", "));
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "role", roles)
    })?;
    let region = wanted.region.as_str();
    Err(match () {
        () if !is_name(&wanted.name) => wrong("name", "a name has 2 to 48 lower-case letters, digits, dots and hyphens, a letter first"),
        () if !["person", "system"].contains(&wanted.kind.as_str()) => wrong("kind", "an actor is a person or a system"),
        () if wanted.kind == "system" && role != Role::Upstream => {
            wrong("kind", "a system has the role upstream; every other role is a person's")
        }
        () if role.has_source() != wanted.source.is_some() => wrong("source", "upstream and office name their source, other roles none"),
        () if ![0, 2, 4].contains(&region.len()) || !region.bytes().all(|b| b.is_ascii_digit()) => {
            wrong("region", "a region is empty (the country), two digits (a province) or four (a regency)")
        }
        () if !covers(&caller.actor.region, region) => wrong("region", "you act for a region; make actors of it, or of a part of it"),
        () if role.has_counter() != wanted.teller.is_some() || role.has_counter() != wanted.pay_point.is_some() => {
            wrong("teller", "a teller names the code of the teller and of the pay point, other roles none")
        }
        () => return Ok(()),
    })
}

/// A teller's drawer and pay point are there, and lie in the region that the actor is to have.
async fn check_counter(tx: &mut Tx, wanted: &Wanted) -> Result<(), Refusal> {
    let (Some(teller), Some(pay_point)) = (&wanted.teller, &wanted.pay_point) else { return Ok(()) };
    if !actors::has_teller(tx, teller, &wanted.region).await? {
        return Err(wrong("teller", "there is no teller of this code in the region"));
    }
    if !devices::has_pay_point(tx, pay_point, &wanted.region).await? {
        return Err(wrong("pay_point", "there is no such pay point, or it serves no village of the region"));
    }
    Ok(())
}

/// A source that setup does not know is the caller's mistake.
fn no_such_source(source: Option<&str>, error: salur_store::Error) -> Refusal {
    let foreign = matches!(&error, salur_store::Error::Database { source, .. }
        if source.as_database_error().is_some_and(|error| error.code().as_deref() == Some("23503")));
    match source {
        Some(_) if foreign => wrong("source", "this source is not set up; see `salur setup`"),
        _ => error.into(),
    }
}

/// The actor of a name, where the caller's region has it.
pub(super) async fn one(tx: &mut Tx, caller: &Caller, name: &str) -> Result<Actor, Refusal> {
    let found = actors::by_name(tx, name).await?.filter(|actor| covers(&caller.actor.region, &actor.region));
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "name", "there is no actor of this name"))
}

/// Refuses who is revoked, or of another kind.
pub(super) async fn alive(tx: &mut Tx, caller: &Caller, name: &str, kind: &str) -> Result<(), Refusal> {
    let actor = one(tx, caller, name).await?;
    if actor.revoked_at.is_some() {
        return Err(Refusal::new(StatusCode::CONFLICT, "revoked", "this actor was revoked; make another one"));
    }
    if actor.kind != kind {
        return Err(Refusal::new(StatusCode::CONFLICT, "kind", "codes are for persons, tokens for systems"));
    }
    Ok(())
}

async fn new_code(tx: &mut Tx, actor: &str) -> Result<(String, DateTime<Utc>), Refusal> {
    let text = code_text(&random()?);
    let expires_at = actors::add_code(tx, actor, &digest_of(&text), CODE_HOURS).await?;
    Ok((text, expires_at))
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
