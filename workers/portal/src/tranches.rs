//! Tranches: what waits for an approval, who entered it, and the approval by another person.
//!
//! `/tranches` and `/tranches/{code}` are the pages of it ([`page`]).
//! `POST /api/tranches/{code}/approvals` publishes `tranches.approved` with the sum that the approver saw (202 after the confirm); programme-setup decides,
//! under the lock of setups, and `GET /api/tranches/approvals/{id}` tells what came of it. Who entered anything of the tranche is refused here
//! already, in words; the stage refuses again.
//!
//! Bounds: documents of [`DOCUMENT_MAX`] characters.

mod page;
mod words;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{DecisionId, Rupiah, TrancheId, actor::Act, ids::NAMESPACE};
use salur_schemas::{TrancheApproved, messages};
use salur_store::{
    audit,
    tranches::{self, Tranche},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random_id},
    refusal::Refusal,
    told::{Told, one_line},
};

/// Longest name of a document.
pub const DOCUMENT_MAX: usize = 200;
const PRODUCER: &str = "portal";

messages! {
    /// What the door of approvals says.
    pub enum Out { TrancheApproved }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/tranches", get(list))
        .route("/api/tranches/{code}/approvals", post(approve))
        .route("/api/tranches/approvals/{id}", get(effect))
        .route("/tranches", get(page::list))
        .route("/tranches/{code}", get(page::one).post(page::approve))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    /// The sum of the allocations as the approver saw it.
    allocation: i64,
    /// The paper behind the approval.
    document: String,
}

async fn list(State(portal): State<Portal>, caller: Caller) -> Result<Json<Vec<Tranche>>, Refusal> {
    caller.must(Act::SeeTranches)?;
    Ok(Json(tranches::list(portal.database(), None).await?))
}

async fn approve(
    State(portal): State<Portal>,
    caller: Caller,
    Path(code): Path<String>,
    Told(asked): Told<Asked>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let decision = publish(&portal, &caller, &code, &asked).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "decision": decision }))))
}

/// The tranche of a code.
pub(crate) async fn find(portal: &Portal, code: &str) -> Result<Tranche, Refusal> {
    let found = tranches::list(portal.database(), Some(code)).await?.into_iter().next();
    found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "tranche", "there is no tranche of this code"))
}

/// Publishes that somebody approves a tranche at the sum they saw.
async fn publish(portal: &Portal, caller: &Caller, code: &str, asked: &Asked) -> Result<DecisionId, Refusal> {
    caller.must(Act::ApproveTranche)?;
    caller.must_have_the_country()?;
    let tranche = find(portal, code).await?;
    let allocation = check(caller, &tranche, asked)?;
    let request = asked.request.map_or_else(random_id, Ok)?;
    let actor = caller.actor.name.clone();
    let decision = DecisionId(Uuid::new_v5(&NAMESPACE, format!("approval\0{actor}\0{request}\0{code}").as_bytes()));
    let mut tx = portal.database().begin_portal().await?;
    let detail = json!({ "decision": decision, "tranche": code, "allocation": allocation, "document": asked.document });
    audit::record(&mut tx, &actor, "tranche_approved", &detail).await?;
    tx.commit().await?;
    let document = asked.document.trim().to_owned();
    let fact = TrancheApproved { decision, tranche: TrancheId(tranche.id), allocation, document, actor, at: Utc::now() };
    portal.client().publish_facts(PRODUCER, &decision.to_string(), &[Out::from(fact)]).await?;
    Ok(decision)
}

async fn effect(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeTranches)?;
    let effect = tranches::effect(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

/// What can be refused in words before anything is said; the sum that is approved.
fn check(caller: &Caller, tranche: &Tranche, asked: &Asked) -> Result<Rupiah, Refusal> {
    let conflict = |code, message: String| Err(Refusal::new(StatusCode::CONFLICT, code, message));
    let allocation = Rupiah::new(asked.allocation).ok().filter(|allocation| *allocation > Rupiah::ZERO);
    match allocation {
        None => Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "allocation", "give the sum that you approve, in whole rupiah")),
        _ if one_line(&asked.document, 1..=DOCUMENT_MAX).is_none() => {
            let message = "name the paper behind the approval, in 1 to 200 characters on one line";
            Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "document", message))
        }
        _ if tranche.opened_at.is_some() => conflict("open", format!("tranche {} is open already", tranche.code)),
        _ if tranche.entered_by.contains(&caller.actor.name) => {
            let message = format!("you entered tranche {}; another treasurer must approve it", tranche.code);
            Err(Refusal::new(StatusCode::FORBIDDEN, "entered", message))
        }
        Some(seen) if seen.get() != tranche.allocation => {
            let (now, code) = (tranche.allocation, &tranche.code);
            conflict("changed", format!("the allocation of tranche {code} is Rp{now}, not Rp{}; look again", seen.get()))
        }
        Some(seen) => Ok(seen),
    }
}
