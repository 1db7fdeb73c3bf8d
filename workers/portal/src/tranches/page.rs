//! Tranches as pages: all of them, and one with what was entered and changed of it and its approval by a second person.
//!
//! The form carries the sum as it was drawn: what is approved is what was seen. Who may not approve reads why there is no button.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use salur_domain::{TrancheId, actor::Act};
use salur_store::{
    setup::Field,
    tranches::{self, Entry, Tranche},
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Asked, find, publish,
    words::{Words, field, refusal},
};
use crate::{
    Portal,
    access::random_id,
    effects,
    pages::{Frame, Named, PageRefusal, Viewer, regency_name, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, day, moment, rupiah},
};

/// Where these pages are.
pub const PATH: &str = "/tranches";
/// Width of the longest bar.
const BAR: i64 = 100;

#[derive(Template)]
#[template(path = "tranches.html")]
struct ListPage {
    f: Frame,
    w: &'static Words,
    tranches: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "tranche.html")]
struct TranchePage {
    f: Frame,
    w: &'static Words,
    t: Shown,
    parts: Vec<(String, String, i64)>,
    entries: Vec<ShownEntry>,
    may_approve: bool,
    why_not: Option<&'static str>,
    request: Uuid,
    document: String,
    note: Option<&'static str>,
    wrong: Option<&'static str>,
}

/// A tranche as texts.
struct Shown {
    code: String,
    name: String,
    programme: String,
    rupiah: String,
    allocation: i64,
    each: String,
    opens: String,
    closes: String,
    returns: String,
    threshold: String,
    entered_by: String,
    approved_by: String,
    document: String,
    state: &'static str,
    badge: &'static str,
    waits: bool,
}

/// What a setup did, as texts: who, when, and each change with what stood before.
struct ShownEntry {
    actor: String,
    at: String,
    what: &'static str,
    added: Option<(String, String)>,
    changed: Vec<(String, String, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    decision: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Filled {
    request: Uuid,
    allocation: i64,
    document: String,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer) -> Result<Response, PageRefusal> {
    let drawn = async {
        viewer.caller.must(Act::SeeTranches)?;
        let mut found = tranches::list(portal.database(), None).await?;
        // what waits for somebody first, then the newest
        found.sort_by_key(|tranche| (tranche.opened_at.is_some(), std::cmp::Reverse(tranche.id)));
        let tranches = found.into_iter().map(|tranche| shown(tranche, &viewer)).collect();
        Ok(show(&ListPage { f: viewer.frame(), w: Words::of(viewer.language), tranches }))
    };
    viewer.answer(drawn).await
}

pub(super) async fn one(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Query(came): Query<Came>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        let page = draw(&portal, &viewer, &code).await?;
        let Some(decision) = came.decision else { return Ok(show(&page)) };
        let w = page.w;
        let page = match tranches::effect(portal.database(), decision).await? {
            None => TranchePage { note: Some(w.sent), ..page },
            Some(effect) if effect.reason.is_empty() => TranchePage { note: Some(w.approved), ..page },
            Some(effect) => TranchePage { wrong: refusal(w, &effect.reason), ..page },
        };
        Ok(show(&page))
    };
    viewer.answer(drawn).await
}

pub(super) async fn approve(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        let Filled { request, allocation, document } = filled;
        let asked = Asked { request: Some(request), allocation, document };
        match publish(&portal, &viewer.caller, &code, &asked).await {
            Ok(decision) => {
                effects::of(|| tranches::effect(portal.database(), decision.0)).await?;
                Ok(Redirect::to(&format!("{PATH}/{code}?decision={decision}")).into_response())
            }
            Err(closed) => {
                let Some(wrong) = refusal(Words::of(viewer.language), closed.code()) else { return Err(closed) };
                let page = draw(&portal, &viewer, &code).await?;
                let page = TranchePage { wrong: Some(wrong), document: asked.document, request, ..page };
                Ok((closed.status(), show(&page)).into_response())
            }
        }
    };
    viewer.answer(drawn).await
}

async fn draw(portal: &Portal, viewer: &Viewer, code: &str) -> Result<TranchePage, Refusal> {
    viewer.caller.must(Act::SeeTranches)?;
    let tranche = find(portal, code).await?;
    let id = TrancheId(tranche.id);
    let parts = tranches::parts(portal.database(), id).await?;
    let most = parts.iter().map(|part| part.1).max().unwrap_or(1).max(1);
    let entries = tranches::entries(portal.database(), id).await?;
    let w = Words::of(viewer.language);
    let why_not = why_not(w, viewer, &tranche);
    Ok(TranchePage {
        f: viewer.frame(),
        w,
        parts: parts.iter().map(|(regency, sum)| (regency_name(regency), rupiah(*sum), sum.saturating_mul(BAR) / most)).collect(),
        entries: entries.iter().map(|entry| shown_entry(entry, viewer)).collect(),
        may_approve: tranche.opened_at.is_none() && why_not.is_none(),
        why_not,
        request: random_id()?,
        document: String::new(),
        note: None,
        wrong: None,
        t: shown(tranche, viewer),
    })
}

/// Why this viewer has no button, where a tranche waits for one to be pressed.
fn why_not(w: &'static Words, viewer: &Viewer, tranche: &Tranche) -> Option<&'static str> {
    let caller = &viewer.caller;
    match () {
        () if tranche.opened_at.is_some() => None,
        () if !caller.may(Act::ApproveTranche) => Some(w.not_your_role),
        () if !caller.actor.region.is_empty() => Some(w.not_your_region),
        () if tranche.entered_by.contains(&caller.actor.name) => Some(w.yours),
        () if tranche.allocation == 0 => Some(w.empty),
        () => None,
    }
}

fn shown(tranche: Tranche, viewer: &Viewer) -> Shown {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let (state, badge) = state(w, &tranche, Utc::now());
    let needs_nobody = tranche.allocation <= tranche.threshold;
    let nobody = if needs_nobody && tranche.opened_at.is_some() { w.not_needed } else { w.nobody };
    Shown {
        name: tranche.name,
        rupiah: rupiah(tranche.allocation),
        allocation: tranche.allocation,
        each: rupiah(tranche.amount),
        opens: day(tranche.opens_at, WIB, language),
        closes: day(tranche.closes_at, WIB, language),
        returns: day(tranche.returns_at, WIB, language),
        threshold: rupiah(tranche.threshold),
        entered_by: if tranche.entered_by.is_empty() { w.nobody.to_owned() } else { tranche.entered_by.join(", ") },
        approved_by: tranche.approved_by.unwrap_or_else(|| nobody.to_owned()),
        document: tranche.document.unwrap_or_default(),
        waits: tranche.opened_at.is_none(),
        code: tranche.code,
        programme: tranche.programme,
        state,
        badge,
    }
}

/// What a tranche is doing, in a word and the colour of its badge.
fn state(w: &'static Words, tranche: &Tranche, now: DateTime<Utc>) -> (&'static str, &'static str) {
    match () {
        () if tranche.closed_at.is_some() => (w.closed, "undone"),
        () if tranche.opened_at.is_none() => (w.waits, "questioned"),
        () if tranche.paused => (w.paused, "refused"),
        () if tranche.return_ended_at.is_some() => (w.returned, "info"),
        () if now >= tranche.returns_at => (w.returning, "questioned"),
        () if now > tranche.closes_at => (w.over, "info"),
        () if now < tranche.opens_at => (w.early, "info"),
        () => (w.paying, "accepted"),
    }
}

fn shown_entry(entry: &Entry, viewer: &Viewer) -> ShownEntry {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let change = |changed: &Field| {
        let old = changed.old.as_ref().map(|old| value(&changed.name, old, viewer)).unwrap_or_default();
        (field(w, &changed.name).to_owned(), old, value(&changed.name, &changed.new, viewer))
    };
    ShownEntry {
        actor: entry.actor.clone(),
        at: moment(entry.at, WIB, language),
        what: if entry.is_first { w.entered } else { w.changed },
        added: (entry.allocations > 0).then(|| (count(entry.allocations, language), rupiah(entry.rupiah))),
        changed: entry.changed().map(change).collect(),
    }
}

/// A value of the setup file as people read it.
fn value(name: &str, value: &Value, viewer: &Viewer) -> String {
    let at = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    match (name, value) {
        ("amount", Value::Number(amount)) => amount.as_i64().map_or_else(|| amount.to_string(), rupiah),
        (_, Value::String(text)) => at.map_or_else(|| text.clone(), |at| moment(at.to_utc(), WIB, viewer.language)),
        (_, other) => other.to_string(),
    }
}
