//! The doors for programs: samples, what one was drawn from, how a family is reached, and what calls came to.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use salur_domain::actor::Act;
use salur_store::callbacks;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, Contact, Recorded, Wish, open, report, sample};
use crate::{
    Portal,
    access::Caller,
    refusal::Refusal,
    told::{Sought, Told},
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct After {
    after: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    why: String,
}

pub(super) async fn list(State(portal): State<Portal>, caller: Caller) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeCallbacks)?;
    let mut tx = portal.database().begin_portal().await?;
    Ok(Json(json!({ "samples": callbacks::samples(&mut tx, &caller.actor.region, None).await? })))
}

pub(super) async fn draw(
    State(portal): State<Portal>,
    caller: Caller,
    Told(wish): Told<Wish>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let drawn = super::draw(&portal, &caller, &wish).await?;
    Ok((StatusCode::CREATED, Json(json!(drawn))))
}

pub(super) async fn one(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeCallbacks)?;
    let mut tx = portal.database().snapshot_portal().await?;
    let sample = sample(&mut tx, &caller, id).await?;
    let (classes, families) = (callbacks::classes(&mut tx, id).await?, callbacks::families(&mut tx, id, None).await?);
    let report = report(&classes, &families, sample.confidence);
    let class = |class: &salur_domain::callback::Class| json!({ "weight": class.weight, "members": class.members, "drawn": class.drawn });
    let classes: Vec<Value> = classes.iter().map(class).collect();
    Ok(Json(json!({ "sample": sample, "classes": classes, "report": report, "families": families })))
}

/// What a sample was drawn from, as numbers and weights: nobody is named.
pub(super) async fn frame(
    State(portal): State<Portal>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Sought(After { after }): Sought<After>,
) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeCallbacks)?;
    let mut tx = portal.database().begin_portal().await?;
    let sample = sample(&mut tx, &caller, id).await?;
    let members = callbacks::frame(&mut tx, &sample, after).await?;
    let next = members.last_before_more().map(|last| last.n);
    let members: Vec<Value> = members.iter().map(|member| json!({ "n": member.n, "weight": member.signs().weight() })).collect();
    Ok(Json(json!({ "members": members, "next": next })))
}

pub(super) async fn contact(
    State(portal): State<Portal>,
    caller: Caller,
    Path((id, payment)): Path<(Uuid, Uuid)>,
    Told(Why { why }): Told<Why>,
) -> Result<Json<Contact>, Refusal> {
    open(&portal, &caller, id, payment, &why).await.map(Json)
}

pub(super) async fn record(
    State(portal): State<Portal>,
    caller: Caller,
    Path((id, payment)): Path<(Uuid, Uuid)>,
    Told(call): Told<Call>,
) -> Result<Json<Value>, Refusal> {
    match super::record(&portal, &caller, id, payment, &call).await? {
        Recorded::Stands(family) => Ok(Json(json!(family))),
        Recorded::Late(family) => {
            let late = Refusal::new(StatusCode::CONFLICT, "answered", "the answer of this family is known; the first one stands");
            Err(late.with("outcome", family.outcome).with("actor", family.actor).with("recorded_at", family.recorded_at))
        }
    }
}
