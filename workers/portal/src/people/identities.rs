//! Accounts of other systems by which a person signs in: linked by an administrator, who was told the subject in person, and ended by one.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use salur_domain::actor::Act;
use salur_store::{
    audit,
    identities::{self, Identity},
};
use serde::Deserialize;
use serde_json::json;

use super::acts;
use crate::{Portal, access::Caller, refusal::Refusal, told::Told};

/// Longest name of who keeps an account.
const ISSUER_MAX: usize = 300;
/// Longest name of an account: OpenID Connect Core 1.0, section 2.
const SUBJECT_MAX: usize = 255;

/// An account as an administrator names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub issuer: String,
    pub subject: String,
}

type Answer = Result<Json<Vec<Identity>>, Refusal>;

pub(super) async fn list(State(portal): State<Portal>, caller: Caller, Path(name): Path<String>) -> Answer {
    caller.must(Act::ManageActors)?;
    let mut tx = portal.database().begin_portal().await?;
    acts::one(&mut tx, &caller, &name).await?;
    Ok(Json(identities::of(&mut tx, &name).await?))
}

pub(super) async fn link(
    State(portal): State<Portal>,
    caller: Caller,
    Path(name): Path<String>,
    Told(account): Told<Account>,
) -> Result<(StatusCode, Json<Vec<Identity>>), Refusal> {
    Ok((StatusCode::CREATED, Json(link_it(&portal, &caller, &name, &account).await?)))
}

/// Says whose an account is; the accounts of that person.
pub(super) async fn link_it(portal: &Portal, caller: &Caller, name: &str, account: &Account) -> Result<Vec<Identity>, Refusal> {
    caller.must(Act::ManageActors)?;
    let (issuer, subject) = (account.issuer.trim(), account.subject.trim());
    let fits = |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.chars().any(char::is_control);
    if !fits(issuer, ISSUER_MAX) || !fits(subject, SUBJECT_MAX) {
        let message = "name the issuer and the subject as the person reads them when signing in there";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "subject", message));
    }
    let mut tx = portal.database().begin_portal().await?;
    acts::alive(&mut tx, caller, name, "person").await?;
    let known = identities::of(&mut tx, name).await?;
    if i64::try_from(known.len()).is_ok_and(|number| number >= identities::MOST) {
        let message = "this person has as many accounts as anybody may have; end one first";
        return Err(Refusal::new(StatusCode::CONFLICT, "many", message));
    }
    if !identities::link(&mut tx, issuer, subject, name, &caller.actor.name).await? {
        return Err(Refusal::new(StatusCode::CONFLICT, "linked", "this account is somebody's already; end that link first"));
    }
    // what it is called elsewhere may name a person: the table has it, the audit need not
    audit::record(&mut tx, &caller.actor.name, "identity_linked", &json!({ "name": name, "issuer": issuer })).await?;
    let all = identities::of(&mut tx, name).await?;
    tx.commit().await?;
    Ok(all)
}

pub(super) async fn end(State(portal): State<Portal>, caller: Caller, Path(name): Path<String>, Told(account): Told<Account>) -> Answer {
    Ok(Json(end_it(&portal, &caller, &name, &account).await?))
}

/// Ends a link; the accounts that are left.
pub(super) async fn end_it(portal: &Portal, caller: &Caller, name: &str, account: &Account) -> Result<Vec<Identity>, Refusal> {
    caller.must(Act::ManageActors)?;
    let mut tx = portal.database().begin_portal().await?;
    acts::one(&mut tx, caller, name).await?;
    if identities::end(&mut tx, account.issuer.trim(), account.subject.trim(), name).await? {
        audit::record(&mut tx, &caller.actor.name, "identity_ended", &json!({ "name": name, "issuer": account.issuer.trim() })).await?;
    }
    let all = identities::of(&mut tx, name).await?;
    tx.commit().await?;
    Ok(all)
}
