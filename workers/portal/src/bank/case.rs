//! One thing that does not match as a page, and its closing by a treasurer, with a reason.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::actor::Act;
use salur_store::bank::shown::{self, Case};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Decide, close, find, may_see,
    page::{ShownCase, date, shown_case},
    words::{Words, transfer},
};
use crate::{
    Portal,
    access::random_id,
    effects,
    pages::{Frame, Named, PageRefusal, Viewer, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, moment, rupiah},
};

#[derive(Template)]
#[template(path = "bank_case.html")]
struct CasePage {
    f: Frame,
    w: &'static Words,
    c: ShownCase,
    programme: String,
    facts: Vec<(&'static str, String)>,
    state: &'static str,
    badge: &'static str,
    closed: Option<String>,
    is_open: bool,
    may_close: bool,
    request: Uuid,
    reason: String,
    note: Option<&'static str>,
    wrong: Option<&'static str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    decision: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Filled {
    request: Uuid,
    reason: String,
}

pub(super) async fn show_page(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Query(came): Query<Came>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        let page = draw(&portal, &viewer, id).await?;
        let Some(decision) = came.decision else { return Ok(show(&page)) };
        let w = page.w;
        Ok(show(&match shown::decision(portal.database(), decision).await? {
            None => CasePage { note: Some(w.was_sent), ..page },
            Some(known) if known.bank_case != id => page,
            Some(known) if known.effect == "closed" => CasePage { note: Some(w.was_closed), ..page },
            Some(_) => CasePage { wrong: Some(w.was_over), ..page },
        }))
    };
    viewer.answer(drawn).await
}

pub(super) async fn decide(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(id): Named<Uuid>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let decided = async {
        let asked = Decide { request: Some(filled.request), reason: filled.reason };
        match close(&portal, &viewer.caller, id, &asked).await {
            Ok(decision) => {
                effects::of(|| shown::decision(portal.database(), decision.0)).await?;
                Ok(Redirect::to(&format!("/bank/cases/{id}?decision={decision}")).into_response())
            }
            Err(closed) => {
                let w = Words::of(viewer.language);
                let wrong = match closed.code() {
                    "reason" => w.e_reason,
                    "over" => w.was_over,
                    _ => return Err(closed),
                };
                let page = draw(&portal, &viewer, id).await?;
                let page = CasePage { wrong: Some(wrong), reason: asked.reason, request: filled.request, ..page };
                Ok((closed.status(), show(&page)).into_response())
            }
        }
    };
    viewer.answer(decided).await
}

async fn draw(portal: &Portal, viewer: &Viewer, id: Uuid) -> Result<CasePage, Refusal> {
    may_see(&viewer.caller)?;
    let (w, case) = (Words::of(viewer.language), find(portal, id).await?);
    let (state, badge) = match (&case.closed_at, case.resolved) {
        (Some(_), _) => (w.closed, "undone"),
        (None, true) => (w.resolved, "accepted"),
        (None, false) => (w.open, "questioned"),
    };
    let closed = case.closed_by.as_ref().zip(case.closed_at).map(|(by, at)| {
        let reason = case.reason.as_deref().unwrap_or_default();
        format!("{} {} {by}, {}: {reason}", w.closed, w.by, moment(at, WIB, viewer.language))
    });
    Ok(CasePage {
        f: viewer.frame(),
        w,
        c: shown_case(&case, viewer),
        facts: facts(&case, w, viewer),
        state,
        badge,
        closed,
        is_open: case.closed_at.is_none() && !case.resolved,
        may_close: viewer.caller.may(Act::Reconcile),
        request: random_id()?,
        reason: String::new(),
        note: None,
        wrong: None,
        programme: case.programme,
    })
}

/// What is known of a case, without what is not.
fn facts(case: &Case, w: &'static Words, viewer: &Viewer) -> Vec<(&'static str, String)> {
    let line = case.statement.as_ref().map(|statement| format!("{statement} · {}", case.line.unwrap_or_default()));
    let other = case.other_statement.as_ref().map(|statement| format!("{statement} · {}", case.other_n.unwrap_or_default()));
    let facts = [
        (w.amount, Some(rupiah(case.amount))),
        (w.expected, case.expected.map(rupiah)),
        (w.document, Some(case.document.clone())),
        (w.entry, case.transfer_kind.as_deref().map(|kind| transfer(w, kind).to_owned())),
        (w.account, case.account.clone()),
        (w.line, line),
        (w.other, other),
        (w.booked, case.booked_on.map(|day| date(day, viewer))),
        (w.text, case.text.clone()),
        (w.opened, Some(moment(case.opened_at, WIB, viewer.language))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect()
}
