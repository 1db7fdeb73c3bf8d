//! The queue of holds: what waits for a person or for money, its evidence, and what people decide about it.
//!
//! `/holds` is the page of it ([`page`]). `GET /api/holds` shows rows and parts with the row beside which they wait, masked.
//! `POST /api/holds/decisions` publishes what was decided (202 after the confirm); release carries it out, and `GET /api/holds/decisions?ids=` tells what came
//! of it: released, rejected, still held, refused. Who decides covers the place and did not send the list. A repeated request, under its own id,
//! decides nothing twice.
//!
//! Bounds: [`MOST`] holds in a request, [`salur_store::holds::PAGE`] in an answer, reasons of [`REASON_MAX`] characters.

mod page;
mod words;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{
    BatchId, DecisionId, RowKey,
    actor::{Act, covers},
    hold::Ruling,
    ids::NAMESPACE,
    reason::{Code, Language, Outcome},
};
use salur_schemas::{Hold, HoldDecided, messages};
use salur_store::{
    audit,
    holds::{self, Decision, Held, Sought as Which},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random_id},
    refusal::Refusal,
    told::{Sought, Told, one_line},
};

/// Holds decided in one request.
pub const MOST: usize = 200;
/// Longest reason.
pub const REASON_MAX: usize = 300;
const PRODUCER: &str = "portal";

messages! {
    /// What the doors of holds say.
    pub enum Out { HoldDecided }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/holds", get(list))
        .route("/api/holds/decisions", post(decide).get(decided))
        .route(page::PATH, get(page::list).post(page::decide))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    source: Option<String>,
    batch: Option<String>,
    after: Option<String>,
}

/// A hold as shown: a row, or all that is left of a regency.
#[derive(Debug, Serialize)]
struct Shown {
    source: String,
    batch: String,
    batch_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<String>,
    tranche: String,
    regency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    village: Option<String>,
    families: i64,
    rupiah: Option<i64>,
    code: String,
    message: Value,
    remedy: Value,
    findings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nik: Option<String>,
    held_at: Option<chrono::DateTime<Utc>>,
    /// Its batch is released, so that a decision can be carried out.
    decidable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<i64>,
    /// What a civil registry answered: `differs: name`.
    #[serde(skip_serializing_if = "String::is_empty")]
    registry: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    holds: Vec<Named>,
    ruling: Ruling,
    reason: String,
}

/// A hold by its key, and the rule it waits under as the caller saw it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    batch_id: Uuid,
    row: Option<String>,
    regency: Option<String>,
    code: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    ids: String,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(page): Sought<Page>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeHolds)?;
    let source = caller.source().or(page.source.as_deref());
    let after = page.after.as_deref().map(|after| read_key(after).ok_or_else(no_page)).transpose()?;
    let which = Which { source, batch: page.batch.as_deref(), region: &caller.actor.region, after, one: None };
    let rows = holds::rows(portal.database(), &which).await?;
    let next = rows.last_before_more();
    let next = next.map(|last| format!("{}/{}", last.batch, last.row.as_deref().unwrap_or_default()));
    let parts = if page.after.is_none() { holds::parts(portal.database(), &which).await? } else { Vec::new() };
    let shown: Vec<Shown> = parts.into_iter().chain(rows).map(|held| shown(held, caller.source())).collect();
    Ok(Json(json!({ "holds": shown, "next": next })))
}

async fn decide(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Decide>) -> Result<(StatusCode, Json<Value>), Refusal> {
    Ok((StatusCode::ACCEPTED, Json(publish(&portal, &caller, &asked).await?)))
}

/// Publishes what somebody decided about holds; the request and its decisions.
async fn publish(portal: &Portal, caller: &Caller, asked: &Decide) -> Result<Value, Refusal> {
    caller.must(Act::DecideHolds)?;
    check(asked)?;
    let request = asked.request.map_or_else(random_id, Ok)?;
    let mut facts = Vec::with_capacity(asked.holds.len());
    for named in &asked.holds {
        facts.push(fact(portal, caller, request, named, asked).await?);
    }
    let decisions: Vec<Value> =
        facts.iter().map(|fact| json!({ "id": fact.decision, "batch_id": fact.batch, "hold": fact.hold })).collect();
    let mut tx = portal.database().begin_portal().await?;
    let detail = json!({ "request": request, "ruling": asked.ruling, "reason": asked.reason, "decisions": decisions });
    audit::record(&mut tx, &caller.actor.name, "holds_decided", &detail).await?;
    tx.commit().await?;
    let facts: Vec<Out> = facts.into_iter().map(Out::from).collect();
    portal.client().publish_facts(PRODUCER, &format!("{request}/{}", caller.actor.name), &facts).await?;
    Ok(json!({ "request": request, "decisions": decisions }))
}

async fn decided(State(portal): State<Portal>, caller: Caller, Sought(asked): Sought<Asked>) -> Result<Json<Vec<Decision>>, Refusal> {
    caller.must(Act::SeeHolds)?;
    let ids: Option<Vec<DecisionId>> = asked.ids.split(',').map(|id| id.parse().map(DecisionId).ok()).collect();
    let ids = ids.filter(|ids| ids.len() <= MOST).ok_or_else(|| wrong("ids", "name 1 to 200 decisions by their ids, with commas"))?;
    let mut decisions = holds::decisions(portal.database(), &ids).await?;
    let is_mine = |decision: &Decision| caller.source().is_none_or(|source| source == decision.source);
    decisions.retain(|decision| is_mine(decision) && (decision.regency.is_empty() || covers(&caller.actor.region, &decision.regency)));
    Ok(Json(decisions))
}

fn check(asked: &Decide) -> Result<(), Refusal> {
    match () {
        () if asked.holds.is_empty() || asked.holds.len() > MOST => Err(wrong("holds", "decide about 1 to 200 holds at a time")),
        () if one_line(&asked.reason, 1..=REASON_MAX).is_none() => {
            Err(wrong("reason", "say why, in at most 300 characters on one line; name no person and no NIK"))
        }
        () if asked.holds.iter().any(|named| named.row.is_some() == named.regency.is_some()) => {
            Err(wrong("holds", "name a row, or the regency of a part"))
        }
        () => Ok(()),
    }
}

/// The decision about one hold, if the caller may take it and saw it as it is.
async fn fact(portal: &Portal, caller: &Caller, request: Uuid, named: &Named, asked: &Decide) -> Result<HoldDecided, Refusal> {
    let which = Which { region: "", one: Some((named.batch_id, named.row.as_deref().unwrap_or_default())), ..Which::default() };
    let held = match &named.regency {
        None => holds::rows(portal.database(), &which).await?.into_iter().next(),
        Some(regency) => holds::parts(portal.database(), &which).await?.into_iter().find(|part| part.regency == *regency),
    };
    let place = |refusal: Refusal| refusal.with("batch_id", named.batch_id).with("row", &named.row).with("regency", &named.regency);
    let closed = |status, code, message: &'static str| Err(place(Refusal::new(status, code, message)));
    let Some(held) = held else { return closed(StatusCode::CONFLICT, "hold", "this does not wait, or no more; list the holds again") };
    if !covers(&caller.actor.region, &held.regency) {
        return closed(StatusCode::FORBIDDEN, "region", "this hold is of a place that you do not decide about");
    }
    if holds::entered_by(portal.database(), held.batch).await?.as_deref() == Some(&caller.actor.name) {
        return closed(StatusCode::FORBIDDEN, "own", "nobody decides about a list they sent; ask another supervisor");
    }
    if held.released_at.is_none() {
        return closed(StatusCode::CONFLICT, "release", "its batch is not released yet; decide when it is");
    }
    let code = code_of(&held);
    if code != named.code {
        let message = "it waits under another rule than you saw; list the holds again";
        return Err(place(Refusal::new(StatusCode::CONFLICT, "code", message)).with("code", code));
    }
    let hold = match (&named.row, &named.regency) {
        (Some(row), _) => Hold::Row(RowKey(row.clone())),
        (None, regency) => Hold::Part(regency.clone().unwrap_or_default()),
    };
    let name = format!("{request}/{}/{}/{hold:?}", caller.actor.name, named.batch_id);
    let decision = DecisionId(Uuid::new_v5(&NAMESPACE, name.as_bytes()));
    let (reason, actor) = (asked.reason.clone(), caller.actor.name.clone());
    Ok(HoldDecided { decision, batch: BatchId(held.batch), hold, code, ruling: asked.ruling, reason, actor, at: Utc::now() })
}

/// What it waits for: of a row that intake held, the first finding that holds.
fn code_of(held: &Held) -> String {
    let of_findings = || held.findings().find(|code| Code::parse(code).is_some_and(|code| code.outcome() == Outcome::Hold));
    held.code.as_deref().or_else(of_findings).unwrap_or_default().to_owned()
}

fn shown(held: Held, source: Option<&str>) -> Shown {
    let code = code_of(&held);
    let said = |of: fn(Code, Language) -> &'static str| {
        let code = Code::parse(&code);
        json!({ "id": code.map(|code| of(code, Language::Indonesian)), "en": code.map(|code| of(code, Language::English)) })
    };
    let (message, remedy) = (said(Code::message), said(Code::remedy));
    let other = held.other_row.as_ref().map(|row| {
        if is_told(&held, source) {
            json!({
                "source": held.other_source, "batch": held.other_batch, "row": row, "tranche": held.other_tranche, "name": held.other_name,
                "status": held.other_status,
            })
        } else {
            json!({ "tranche": held.other_tranche, "status": held.other_status })
        }
    });
    Shown {
        message,
        remedy,
        other,
        findings: held.findings().map(str::to_owned).collect(),
        decidable: held.released_at.is_some(),
        code,
        source: held.source,
        batch: held.batch_name,
        batch_id: held.batch,
        row: held.row,
        tranche: held.tranche,
        regency: held.regency,
        village: held.village,
        families: held.families,
        rupiah: held.rupiah,
        name: held.masked_name,
        nik: held.masked_nik,
        held_at: held.held_at,
        available: held.available,
        registry: held.registry,
    }
}

/// Of another source's row its sender learns only that there is one.
fn is_told(held: &Held, source: Option<&str>) -> bool {
    source.is_none() || held.other_source.as_deref() == source
}

fn read_key(text: &str) -> Option<(Uuid, &str)> {
    let (batch, row) = text.split_once('/')?;
    Some((batch.parse().ok()?, row))
}

fn no_page() -> Refusal {
    wrong("after", "give the `next` of the page before")
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
