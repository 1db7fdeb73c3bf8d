//! Holds as a page: what waits, beside what it collides with, and the decision of a supervisor about several at once.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::{actor::Act, hold::Ruling, reason::Code};
use salur_store::holds::{self, Held, Sought as Which};
use serde::Deserialize;

use super::{Decide, Named, code_of, is_told, publish, read_key, words::Words, wrong};
use crate::{
    Portal,
    pages::{Frame, PageRefusal, Viewer, escaped, place_name, regency_name, show},
    refusal::Refusal,
    words::{WIB, count, day, rupiah},
};

/// Where this page is.
pub const PATH: &str = "/holds";
/// Between the parts of a hold's name in a form; none of them holds it.
const MARK: char = '\u{1f}';

#[derive(Template)]
#[template(path = "holds.html")]
struct HoldsPage {
    f: Frame,
    w: &'static Words,
    holds: Vec<Shown>,
    batch: String,
    is_first: bool,
    next: Option<String>,
    sent: Option<String>,
    may_decide: bool,
    rulings: [(&'static str, &'static str); 3],
}

/// A hold as texts.
struct Shown {
    name: String,
    code: String,
    message: &'static str,
    remedy: &'static str,
    is_part: bool,
    recipient: String,
    nik: String,
    place: String,
    rupiah: String,
    families: String,
    available: Option<String>,
    batch: String,
    row: String,
    tranche: String,
    since: String,
    findings: String,
    registry: String,
    other: Option<Other>,
    is_decidable: bool,
}

/// What it collides with.
struct Other {
    recipient: String,
    whence: String,
    status: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    batch: String,
    after: String,
    sent: Option<u16>,
}

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(draw(&portal, &viewer, &asked)).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: &Asked) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeHolds)?;
    let w = Words::of(viewer.language);
    let batch = Some(asked.batch.trim()).filter(|batch| !batch.is_empty());
    let after = read_key(&asked.after);
    let which = Which { source: viewer.caller.source(), batch, region: &viewer.caller.actor.region, after, one: None };
    let rows = holds::rows(portal.database(), &which).await?;
    let next = rows.last_before_more().map(|last| format!("{}/{}", last.batch, last.row.as_deref().unwrap_or_default()));
    let next = next.map(|next| format!("{PATH}?batch={}&after={}", escaped(&asked.batch), escaped(&next)));
    let parts = if after.is_none() { holds::parts(portal.database(), &which).await? } else { Vec::new() };
    Ok(show(&HoldsPage {
        f: viewer.frame(),
        w,
        holds: parts.iter().chain(&rows).map(|held| shown(held, viewer)).collect(),
        batch: asked.batch.clone(),
        is_first: after.is_none(),
        next,
        sent: asked.sent.map(|sent| count(sent.into(), viewer.language)),
        may_decide: viewer.caller.may(Act::DecideHolds),
        rulings: [("release", w.release), ("distinct", w.distinct), ("reject", w.reject)],
    }))
}

fn shown(held: &Held, viewer: &Viewer) -> Shown {
    let code = code_of(held);
    let known = Code::parse(&code);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let other = held.other_row.as_ref().map(|row| {
        let whence = [held.other_source.as_deref(), held.other_batch.as_deref(), Some(row.as_str())];
        let told = is_told(held, viewer.caller.source());
        Other {
            recipient: if told { text(&held.other_name) } else { String::new() },
            whence: if told { whence.into_iter().flatten().collect::<Vec<_>>().join(" · ") } else { text(&held.other_tranche) },
            status: held.other_status.as_deref().map_or("", |status| crate::payments::status_name(status, viewer.language)),
        }
    });
    let of = held.row.clone().unwrap_or_default();
    let regency = if held.row.is_none() { held.regency.as_str() } else { "" };
    let name = format!("{}{MARK}{of}{MARK}{regency}{MARK}{code}", held.batch);
    Shown {
        name,
        message: known.map_or("", |code| code.message(viewer.language)),
        remedy: known.map_or("", |code| code.remedy(viewer.language)),
        is_part: held.row.is_none(),
        recipient: text(&held.masked_name),
        nik: text(&held.masked_nik),
        place: held.village.as_deref().map_or_else(|| regency_name(&held.regency), place_name),
        rupiah: held.rupiah.map(rupiah).unwrap_or_default(),
        families: count(held.families, viewer.language),
        available: held.available.map(rupiah),
        batch: format!("{} · {}", held.source, held.batch_name),
        row: of,
        tranche: held.tranche.clone(),
        since: held.held_at.map(|at| day(at, WIB, viewer.language)).unwrap_or_default(),
        findings: held.findings().filter(|finding| *finding != code).collect::<Vec<_>>().join(" "),
        registry: held.registry.clone(),
        is_decidable: held.released_at.is_some(),
        other,
        code,
    }
}

/// What a form of several holds says: the same field as often as a hold was chosen.
pub(super) async fn decide(State(portal): State<Portal>, viewer: Viewer, body: Bytes) -> Result<Response, PageRefusal> {
    let sent = async {
        let asked = read(&body)?;
        let number = asked.holds.len();
        publish(&portal, &viewer.caller, &asked).await?;
        Ok(number)
    };
    let number = sent.await.map_err(|refusal: Refusal| viewer.refused(refusal))?;
    Ok(Redirect::to(&format!("{PATH}?sent={number}")).into_response())
}

fn read(body: &[u8]) -> Result<Decide, Refusal> {
    let (mut holds, mut ruling, mut reason) = (Vec::new(), None, String::new());
    for (field, value) in url::form_urlencoded::parse(body) {
        match field.as_ref() {
            "hold" => holds.push(named(&value).ok_or_else(|| wrong("hold", "this names no hold; open the page again"))?),
            "ruling" => ruling = Some(value.into_owned()),
            "reason" => reason = value.into_owned(),
            _ => {}
        }
    }
    let ruling = match ruling.as_deref() {
        Some("release") => Ruling::Release,
        Some("distinct") => Ruling::Distinct,
        Some("reject") => Ruling::Reject,
        _ => return Err(wrong("ruling", "choose to release, to reject, or that the families are distinct")),
    };
    Ok(Decide { request: None, holds, ruling, reason })
}

fn named(text: &str) -> Option<Named> {
    let mut parts = text.split(MARK);
    let (batch, row, regency, code) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if text.contains('\0') {
        return None;
    }
    Some(Named { batch_id: batch.parse().ok()?, row: filled(row), regency: filled(regency), code: code.to_owned() })
}
