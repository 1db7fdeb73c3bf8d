//! Schedules: who comes when and where, for who plans it and for who tells the families.
//!
//! `GET /api/schedules` says of a tranche how many families each pay point expects and why others have no slot; `POST` has families without one planned, and
//! `POST /api/pay-points/{code}/closings` closes a pay point, whose families get a slot elsewhere. Both publish (202), and slot-planning decides.
//! `GET /api/slots` lists slots in order of time, those of one schedule too: whom to tell; `GET /api/slots/hours` counts them by hour and village, for a
//! calendar that names nobody. Who acts for a region sees its villages alone.
//!
//! Bounds: [`shown::PAGE`] slots of an answer; hours of one pay point.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{NaiveDate, Utc};
use salur_domain::{DecisionId, TrancheId, actor::Act, schedule::Rule};
use salur_schemas::{PayPointClosed, ScheduleAsked, messages};
use salur_store::schedules::shown::{self, Shown};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{self, Answer},
    refusal::Refusal,
    told::{Sought, Told},
    tranches,
};

/// Most families of an hour that anybody may ask for.
const PER_HOUR_MAX: u32 = 10_000;

messages! {
    /// What the doors of schedules say.
    pub enum Out { ScheduleAsked, PayPointClosed }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/schedules", get(stand).post(ask))
        .route("/api/schedules/{id}", get(effect))
        .route("/api/slots", get(slots))
        .route("/api/slots/hours", get(hours))
        .route("/api/pay-points/{code}/closings", post(close))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sight {
    tranche: String,
    pay_point: String,
    schedule: String,
    after: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Made by the caller, so that a repeated request is one.
    request: Option<Uuid>,
    tranche: String,
    #[serde(default)]
    rule: Rule,
    per_hour: Option<u32>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    request: Option<Uuid>,
    from: NaiveDate,
    instead: String,
    document: String,
    #[serde(default)]
    reissue: bool,
}

fn wrong(field: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message)
}

async fn stand(State(portal): State<Portal>, caller: Caller, Sought(sight): Sought<Sight>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeSchedules)?;
    let tranche = tranches::find(&portal, &sight.tranche).await?;
    let (points, missing) = shown::points(portal.database(), &tranche.code, &caller.actor.region).await?;
    Ok(Json(json!({ "tranche": tranche.code, "pay_points": points, "missing": missing })))
}

async fn ask(State(portal): State<Portal>, caller: Caller, Told(wish): Told<Wish>) -> Answer {
    caller.must(Act::PlanSchedules)?;
    caller.must_have_the_country()?;
    let Wish { request, tranche, rule, per_hour, dry_run } = wish;
    if per_hour.is_some_and(|families| !(1..=PER_HOUR_MAX).contains(&families)) {
        return Err(wrong("per_hour", "an hour takes 1 to 10,000 families"));
    }
    let found = salur_store::tranches::list(portal.database(), Some(&tranche)).await?.into_iter().next();
    let found = found.ok_or_else(|| wrong("tranche", "there is no tranche of this code"))?;
    let id = TrancheId(found.id);
    if dry_run {
        let mut tx = portal.database().begin_portal().await?;
        let per_hour = per_hour.map(u32::cast_signed);
        let look = shown::look(&mut tx, (id, &found.code), per_hour).await?;
        tx.commit().await?;
        return Ok((StatusCode::OK, Json(json!({ "decision": null, "pay_points": look }))));
    }
    if found.closes_at <= Utc::now() {
        return Err(Refusal::new(StatusCode::CONFLICT, "over", "the window of this tranche is over; nobody is told to come any more"));
    }
    let actor = caller.actor.name.clone();
    let decision = decisions::decision("schedule", &actor, request)?;
    let fact = ScheduleAsked { decision, tranche: id, rule, per_hour, actor, at: Utc::now() };
    decisions::decide(&portal, decision, &caller.actor.name, ("schedule_asked", json!(fact)), Out::from(fact)).await
}

async fn close(State(portal): State<Portal>, caller: Caller, Path(code): Path<String>, Told(closing): Told<Closing>) -> Answer {
    caller.must(Act::PlanSchedules)?;
    caller.must_have_the_country()?;
    let document = decisions::document(&closing.document)?;
    let here = shown::pay_point(portal.database(), &code).await?;
    here.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "pay_point", "there is no pay point of this code"))?;
    if closing.instead == code || shown::pay_point(portal.database(), &closing.instead).await?.is_none() {
        return Err(wrong("instead", "name another pay point, which stands in for it"));
    }
    let actor = caller.actor.name.clone();
    let decision = decisions::decision("closing", &actor, closing.request)?;
    let Closing { from, instead, reissue, .. } = closing;
    let fact = PayPointClosed { decision, pay_point: code, from, instead, document, reissue, actor, at: Utc::now() };
    decisions::decide(&portal, decision, &caller.actor.name, ("pay_point_closed", json!(fact)), Out::from(fact)).await
}

async fn effect(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeSchedules)?;
    let effect = shown::effect(portal.database(), DecisionId(id)).await?;
    let stands = shown::stands(portal.database(), DecisionId(id)).await?;
    let is_made = effect.is_some() && stands.iter().all(|stands| stands.is_made);
    Ok(Json(json!({ "decision": id, "effect": effect, "tranches": stands, "is_made": is_made })))
}

async fn slots(State(portal): State<Portal>, caller: Caller, Sought(sight): Sought<Sight>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeSchedules)?;
    let schedule = match sight.schedule.as_str() {
        "" => None,
        text => Some(text.parse::<Uuid>().map_err(|_| wrong("schedule", "name a schedule by its id"))?),
    };
    let region = &caller.actor.region;
    let sought = shown::Sought { tranche: &sight.tranche, region, pay_point: &sight.pay_point, schedule, after: &sight.after };
    let slots = shown::slots(portal.database(), &sought).await?;
    let slots = slots.ok_or_else(|| wrong("after", "give `next` of the page before"))?;
    let next = slots.last_before_more().map(Shown::place);
    Ok(Json(json!({ "slots": slots, "next": next })))
}

async fn hours(State(portal): State<Portal>, caller: Caller, Sought(sight): Sought<Sight>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeSchedules)?;
    let point = shown::pay_point(portal.database(), &sight.pay_point).await?;
    let point = point.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "pay_point", "there is no pay point of this code"))?;
    let hours = shown::hours(portal.database(), &sight.tranche, &caller.actor.region, &point.code).await?;
    let named = json!({ "code": point.code, "name": point.name, "address": point.address, "utc_offset_minutes": point.utc_offset_minutes });
    Ok(Json(json!({ "pay_point": named, "hours": hours })))
}
