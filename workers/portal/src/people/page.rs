//! People and systems as a page: who may come in, page by page, and the adding of somebody, whose one-time code is shown in that answer and never again.
//!
//! Administrators alone come here; who acts for a region has its actors alone. Bounds: [`shown::PAGE`] actors of a page.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use salur_domain::actor::{Act, Role};
use salur_store::actors::shown::{self, Seen, Sought};
use serde::Deserialize;

use super::{
    Secret, Wanted, acts,
    words::{Words, refusal},
};
use crate::{
    Portal,
    pages::{self, Frame, PageRefusal, Viewer, escaped, region_name, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, moment},
};

/// Where these pages are.
pub(super) const PATH: &str = "/people";

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    f: Frame,
    w: &'static Words,
    people: Vec<Shown>,
    roles: Vec<(&'static str, &'static str, bool)>,
    rights: Vec<(&'static str, &'static str)>,
    states: [(&'static str, &'static str, bool); 4],
    region: String,
    sources: Vec<String>,
    is_first: bool,
    next: Option<String>,
    filled: Filled,
    secret: Option<ShownSecret>,
    note: Option<String>,
    wrong: Option<&'static str>,
}

/// An actor as texts.
pub(super) struct Shown {
    pub name: String,
    pub kind: &'static str,
    pub role: &'static str,
    pub region: String,
    pub source: String,
    pub counter: Option<(String, String)>,
    pub state: &'static str,
    pub badge: &'static str,
    pub last: String,
    pub made: String,
}

/// A secret as it is shown, once.
pub(super) struct ShownSecret {
    pub what: String,
    pub text: String,
    pub until: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    role: String,
    region: String,
    state: String,
    after: String,
}

/// Who is to be added, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    name: String,
    kind: String,
    role: String,
    source: String,
    region: String,
    teller: String,
    pay_point: String,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, &asked).await?)) }).await
}

pub(super) async fn add(State(portal): State<Portal>, viewer: Viewer, Entered(filled): Entered<Filled>) -> Result<Response, PageRefusal> {
    let added = async {
        let w = Words::of(viewer.language);
        let made = acts::make(&portal, &viewer.caller, &wanted(&filled)).await;
        let wrong = match &made {
            Ok(_) => None,
            Err(closed) => refusal(w, closed.code()).filter(|_| closed.status() != StatusCode::FORBIDDEN),
        };
        let page = match made {
            Err(closed) if wrong.is_none() => return Err(closed),
            Err(closed) => {
                let page = draw(&portal, &viewer, &Asked::default()).await?;
                return Ok((closed.status(), show(&PeoplePage { filled, wrong, ..page })).into_response());
            }
            Ok(secret) => {
                let page = draw(&portal, &viewer, &Asked::default()).await?;
                PeoplePage { note: Some(secret.actor.clone()), secret: shown_secret(&secret, w, &viewer), ..page }
            }
        };
        Ok((StatusCode::CREATED, show(&page)).into_response())
    };
    viewer.answer(added).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: &Asked) -> Result<PeoplePage, Refusal> {
    viewer.caller.must(Act::ManageActors)?;
    let w = Words::of(viewer.language);
    let Asked { role, region, state, after } = asked;
    let sought = Sought { mine: &viewer.caller.actor.region, region, role, state, after };
    let mut tx = portal.database().begin_portal().await?;
    let found = shown::list(&mut tx, &sought).await?;
    let sources = shown::sources(&mut tx).await?;
    let next = found.last_before_more().map(|last| {
        let [role, region, state] = [role, region, state].map(|text| escaped(text));
        format!("{PATH}?role={role}&region={region}&state={state}&after={}", escaped(&last.actor.name))
    });
    let states = [("", w.all), ("active", w.active), ("invited", w.invited), ("revoked", w.revoked)];
    let f = viewer.frame();
    let name_of = |role: Role| pages::role(f.w, role.as_str());
    Ok(PeoplePage {
        roles: Role::ALL.map(|one| (one.as_str(), name_of(one), one.as_str() == role)).into(),
        rights: Role::ALL.map(|one| (name_of(one), rights(w, one))).into(),
        f,
        w,
        people: found.iter().map(|seen| shown_actor(seen, viewer)).collect(),
        states: states.map(|(word, name)| (word, name, word == state)),
        region: region.clone(),
        sources,
        is_first: after.is_empty(),
        next,
        filled: Filled { kind: "person".into(), region: viewer.caller.actor.region.clone(), ..Filled::default() },
        secret: None,
        note: None,
        wrong: None,
    })
}

fn wanted(filled: &Filled) -> Wanted {
    let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Wanted {
        name: filled.name.trim().to_owned(),
        kind: filled.kind.clone(),
        role: filled.role.clone(),
        source: some(&filled.source),
        region: filled.region.trim().to_owned(),
        teller: some(&filled.teller),
        pay_point: some(&filled.pay_point),
    }
}

pub(super) fn shown_actor(seen: &Seen, viewer: &Viewer) -> Shown {
    let (w, language, actor) = (Words::of(viewer.language), viewer.language, &seen.actor);
    let is_set_up = actor.kind == "system" || actor.public_key.is_some() || seen.has_password || seen.has_identity;
    let (state, badge) = match actor.revoked_at {
        Some(_) => (w.revoked, "refused"),
        None if is_set_up => (w.active, "accepted"),
        None => (w.invited, "questioned"),
    };
    Shown {
        name: actor.name.clone(),
        kind: if actor.kind == "system" { w.system } else { w.person },
        role: pages::role(pages::Words::of(language), &actor.role),
        region: if actor.region.is_empty() { w.country.to_owned() } else { region_name(&actor.region) },
        source: actor.source.clone().unwrap_or_default(),
        counter: actor.teller.clone().zip(actor.pay_point.clone()),
        state,
        badge,
        last: seen.last_token_at.map_or_else(|| w.never.to_owned(), |at| moment(at, WIB, language)),
        made: format!("{} · {}", actor.created_by, moment(actor.created_at, WIB, language)),
    }
}

pub(super) fn shown_secret(secret: &Secret, w: &'static Words, viewer: &Viewer) -> Option<ShownSecret> {
    let (what, text) = match (&secret.code, &secret.token) {
        (Some(code), _) => (w.code_is, code),
        (None, Some(token)) => (w.token_is, token),
        (None, None) => return None,
    };
    let until = secret.expires_at.map(|at| moment(at, WIB, viewer.language)).unwrap_or_default();
    Some(ShownSecret { what: format!("{what} {}", secret.actor), text: text.clone(), until })
}

fn rights(w: &'static Words, role: Role) -> &'static str {
    match role {
        Role::Administrator => w.r_administrator,
        Role::Treasurer => w.r_treasurer,
        Role::Upstream => w.r_upstream,
        Role::Office => w.r_office,
        Role::Supervisor => w.r_supervisor,
        Role::Teller => w.r_teller,
        Role::Auditor => w.r_auditor,
        Role::Ops => w.r_ops,
        Role::Viewer => w.r_viewer,
    }
}
