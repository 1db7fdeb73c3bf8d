//! One actor as a page: what it is, how it signs in, and the forms that hand a secret out or end it.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use salur_domain::actor::Act;
use salur_store::actors::shown::{self, Good};
use serde::Deserialize;

use super::{
    TokenWanted, acts,
    identities::{self, Account},
    page::{Shown, ShownSecret, shown_actor, shown_secret},
    words::{Words, refusal},
};
use crate::{
    Portal,
    pages::{Frame, Named, PageRefusal, Viewer, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, moment},
};

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    f: Frame,
    w: &'static Words,
    p: Shown,
    is_person: bool,
    is_alive: bool,
    is_self: bool,
    ways: Vec<&'static str>,
    tokens: Vec<(String, String, String)>,
    accounts: Vec<(String, String)>,
    issuer: Option<String>,
    secret: Option<ShownSecret>,
    note: Option<&'static str>,
    wrong: Option<&'static str>,
}

/// What a form of this page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    act: String,
    reason: String,
    purpose: String,
    days: String,
    issuer: String,
    subject: String,
}

pub(super) async fn show_page(State(portal): State<Portal>, viewer: Viewer, Named(name): Named<String>) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, &name).await?)) }).await
}

pub(super) async fn act(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(name): Named<String>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let acted = async {
        let (w, caller) = (Words::of(viewer.language), &viewer.caller);
        let done = match filled.act.as_str() {
            "code" => acts::code(&portal, caller, &name).await.map(Some),
            "token" => {
                let days = filled.days.trim().parse().unwrap_or(0);
                acts::token(&portal, caller, &name, &TokenWanted { purpose: filled.purpose, days }).await.map(Some)
            }
            "link" => identities::link_it(&portal, caller, &name, &account(&filled)).await.map(|_| None),
            "unlink" => identities::end_it(&portal, caller, &name, &account(&filled)).await.map(|_| None),
            _ => acts::end(&portal, caller, &name, &filled.reason).await.map(|_| None),
        };
        match done {
            Ok(secret) => {
                let page = draw(&portal, &viewer, &name).await?;
                let note = match filled.act.as_str() {
                    "link" => Some(w.was_linked),
                    "unlink" => Some(w.was_unlinked),
                    _ => secret.is_none().then_some(w.was_revoked),
                };
                let secret = secret.and_then(|secret| shown_secret(&secret, w, &viewer));
                Ok(show(&PersonPage { secret, note, ..page }))
            }
            Err(closed) => {
                let is_told = ![StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&closed.status());
                let Some(wrong) = refusal(w, closed.code()).filter(|_| is_told) else { return Err(closed) };
                let page = draw(&portal, &viewer, &name).await?;
                Ok((closed.status(), show(&PersonPage { wrong: Some(wrong), ..page })).into_response())
            }
        }
    };
    viewer.answer(acted).await
}

fn account(filled: &Filled) -> Account {
    Account { issuer: filled.issuer.clone(), subject: filled.subject.clone() }
}

async fn draw(portal: &Portal, viewer: &Viewer, name: &str) -> Result<PersonPage, Refusal> {
    viewer.caller.must(Act::ManageActors)?;
    let w = Words::of(viewer.language);
    let mut tx = portal.database().begin_portal().await?;
    let found = shown::one(&mut tx, name, &viewer.caller.actor.region).await?;
    let seen = found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "name", "there is no actor of this name"))?;
    let tokens = shown::good_tokens(&mut tx, name).await?;
    let accounts = salur_store::identities::of(&mut tx, name).await?;
    let actor = &seen.actor;
    let ways = [
        (seen.has_password, w.password),
        (actor.public_key.is_some(), w.key),
        (seen.has_identity, w.account),
        (seen.has_code, w.waits_code),
    ];
    let at = |at| moment(at, WIB, viewer.language);
    let token = |Good { id, purpose, expires_at, .. }: Good| (id, purpose, at(expires_at));
    Ok(PersonPage {
        f: viewer.frame(),
        w,
        p: shown_actor(&seen, viewer),
        is_person: actor.kind == "person",
        is_alive: actor.revoked_at.is_none(),
        is_self: actor.name == viewer.caller.actor.name,
        ways: ways.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect(),
        tokens: tokens.into_iter().map(token).collect(),
        accounts: accounts.into_iter().map(|account| (account.issuer, account.subject)).collect(),
        issuer: portal.oidc().map(|means| means.issuer().to_owned()),
        secret: None,
        note: None,
        wrong: None,
    })
}
