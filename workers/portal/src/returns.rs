//! Returns: what goes back to the treasury, its statements, and the closing of a tranche.
//!
//! `GET /api/tranches/{code}/returns` shows what the next statement would say, what was stated and paid, whose signatures wait, and what keeps the
//! tranche from closing; `/tranches/{code}/returns` is the page of it ([`page`]). `POST /api/tranches/{code}/signatures` publishes `acts.signed` with the
//! sum that the treasurer saw: two signatures of different people under the same sum carry a statement or a closing out. `POST
//! .../statements/{n}/remittance` publishes `return-statements.remitted`, `POST /api/return-reasons` `return-reasons.given` (202 after the confirm each);
//! fund-return decides, and each has a door that tells what came of it. Who acts for a region sees its lines and sums alone ([`seen`]).
//!
//! Bounds: documents of [`DOCUMENT_MAX`](crate::tranches::DOCUMENT_MAX) characters; a statement has at most a line per regency and reason.

mod drawing;
mod page;
mod seen;
mod statement;
mod words;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::Utc;
use salur_domain::{DecisionId, PaymentId, Rupiah, TrancheId, actor, actor::Act, returns::ReturnReason};
use salur_schemas::{Act as Signed, ActSigned, ReturnReasonGiven, StatementRemitted, messages};
use salur_store::returns::{
    acts,
    reasons::{self, Name, Named},
    statements,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{Answer, accepted, decide, decision, document, say},
    refusal::Refusal,
    told::Told,
    tranches::find,
};

messages! {
    /// What these doors say.
    pub enum Out { ActSigned, StatementRemitted, ReturnReasonGiven }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/tranches/{code}/returns", get(show))
        .route("/api/tranches/{code}/signatures", post(sign))
        .route("/api/signatures/{id}", get(signature))
        .route("/api/tranches/{code}/statements/{n}", get(statement::fetch))
        .route("/api/tranches/{code}/statements/{n}/remittance", post(remit))
        .route("/api/remittances/{id}", get(remittance))
        .route("/api/return-reasons", post(give_reason))
        .route("/api/return-reasons/{id}", get(reason))
        .route("/tranches/{code}/returns", get(page::show_page).post(page::act))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    act: Signed,
    /// The sum as the treasurer saw it.
    rupiah: i64,
    /// The paper behind it.
    document: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remitting {
    request: Option<Uuid>,
    /// The treasury's receipt.
    document: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Giving {
    request: Option<Uuid>,
    batch: Option<String>,
    row: Option<String>,
    serial: Option<String>,
    reason: String,
    document: String,
}

async fn show(State(portal): State<Portal>, caller: Caller, Path(code): Path<String>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeTranches)?;
    let (tranche, database) = (find(&portal, &code).await?, portal.database());
    let id = TrancheId(tranche.id);
    let region = caller.actor.region.as_str();
    let seen = seen::seen(&portal, id, region).await?;
    let (families, rupiah) = statements::total(&seen.lines)?;
    // what keeps a tranche open, and what was unused of it, is counted for the country alone
    let (open, unused) = match region {
        "" => (acts::open(database, id).await?, Some(acts::unused(database, id).await?)),
        _ => (Vec::new(), None),
    };
    Ok(Json(json!({
        "tranche": tranche.code, "closes_at": tranche.closes_at, "returns_at": tranche.returns_at,
        "swept_at": tranche.return_ended_at, "closed_at": tranche.closed_at,
        "next": { "n": seen.n, "families": families, "rupiah": rupiah, "lines": seen.lines },
        "statements": seen.statements, "signatures": seen.waiting, "open": open, "unused": unused,
    })))
}

async fn sign(State(portal): State<Portal>, caller: Caller, Path(code): Path<String>, Told(asked): Told<Signing>) -> Answer {
    Ok(accepted(publish_signature(&portal, &caller, &code, &asked).await?))
}

/// Publishes that a treasurer signs an act at the sum they saw.
async fn publish_signature(portal: &Portal, caller: &Caller, code: &str, asked: &Signing) -> Result<DecisionId, Refusal> {
    caller.must(Act::SignForTranche)?;
    caller.must_have_the_country()?;
    let tranche = find(portal, code).await?;
    let document = document(&asked.document)?;
    let wrong = || Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "rupiah", "give the sum that you sign, in whole rupiah");
    let rupiah = Rupiah::new(asked.rupiah).map_err(|_| wrong())?;
    let actor = caller.actor.name.clone();
    let decision = decision("signature", &actor, asked.request)?;
    let (tranche, act) = (TrancheId(tranche.id), asked.act);
    let detail = json!({ "decision": decision, "tranche": code, "act": act, "rupiah": rupiah, "document": document });
    let fact: Out = ActSigned { decision, tranche, act, rupiah, document, actor: actor.clone(), at: Utc::now() }.into();
    say(portal, decision, &actor, ("act_signed", detail), fact).await?;
    Ok(decision)
}

async fn signature(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeTranches)?;
    let effect = acts::signature(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn remit(
    State(portal): State<Portal>,
    caller: Caller,
    Path((code, statement)): Path<(String, i32)>,
    Told(asked): Told<Remitting>,
) -> Answer {
    Ok(accepted(publish_remittance(&portal, &caller, (&code, statement), &asked).await?))
}

/// Publishes that a treasurer paid a statement, with the treasury's receipt.
async fn publish_remittance(
    portal: &Portal,
    caller: &Caller,
    (code, statement): (&str, i32),
    asked: &Remitting,
) -> Result<DecisionId, Refusal> {
    caller.must(Act::SignForTranche)?;
    caller.must_have_the_country()?;
    let tranche = TrancheId(find(portal, code).await?.id);
    let known = statements::list(portal.database(), tranche).await?;
    if !known.iter().any(|known| known.n == statement) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "statement", "there is no statement of this number"));
    }
    let document = document(&asked.document)?;
    let actor = caller.actor.name.clone();
    let decision = decision("remittance", &actor, asked.request)?;
    let detail = json!({ "decision": decision, "tranche": code, "statement": statement, "document": document });
    let fact: Out = StatementRemitted { decision, tranche, statement, document, actor: actor.clone(), at: Utc::now() }.into();
    say(portal, decision, &actor, ("statement_remitted", detail), fact).await?;
    Ok(decision)
}

async fn remittance(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeTranches)?;
    let effect = statements::remittance(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn give_reason(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Giving>) -> Answer {
    caller.must(Act::GiveReturnReason)?;
    let reason = ReturnReason::parse(&asked.reason).filter(|reason| reason.may_be_given()).ok_or_else(no_reason)?;
    let document = document(&asked.document)?;
    let Named { tranche, id, .. } = named(&portal, &caller, &asked).await?;
    let (tranche, payment) = (TrancheId(tranche), PaymentId(id));
    let actor = caller.actor.name;
    let decision = decision("return-reason", &actor, asked.request)?;
    let detail = json!({ "decision": decision, "payment": payment, "reason": reason, "document": document });
    let fact: Out = ReturnReasonGiven { decision, payment, tranche, reason, document, actor: actor.clone(), at: Utc::now() }.into();
    decide(&portal, decision, &actor, ("return_reason_given", detail), fact).await
}

async fn reason(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::GiveReturnReason)?;
    let effect = reasons::effect(portal.database(), id).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

/// The payment that a reason is about. An upstream system names its own rows; an office those, and any cheque of its region by its serial.
async fn named(portal: &Portal, caller: &Caller, asked: &Giving) -> Result<Named, Refusal> {
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "payment", "there is no payment of this name that you may speak about");
    let name = match (caller.source(), &asked.batch, &asked.row, &asked.serial) {
        (Some(source), Some(batch), Some(row), None) => Name::Row(source, batch, row),
        (_, None, None, Some(serial)) => Name::Serial(serial),
        _ => {
            let message = "name the payment by batch and row, or by the serial of its cheque";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "payment", message));
        }
    };
    let found = reasons::find(portal.database(), name).await?.ok_or_else(nowhere)?;
    let is_own = caller.source() == Some(found.source.as_str());
    let is_near = !caller.actor.region.is_empty() && actor::covers(&caller.actor.region, &found.regency);
    if is_own || is_near { Ok(found) } else { Err(nowhere()) }
}

fn no_reason() -> Refusal {
    let words: Vec<&str> = ReturnReason::ALL.into_iter().filter(|reason| reason.may_be_given()).map(ReturnReason::as_str).collect();
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "reason", format!("a reason is one of {}", words.join(", ")))
}
