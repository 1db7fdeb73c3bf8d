//! Everything that is held about one person, and who looked: `POST /api/subjects/report`, for a person who asks what the programme knows of them.
//!
//! The NIK stands in the body and nowhere else. Who asked and why is recorded before anything is told, and is itself part of the next report. Rows are
//! opened; a row whose batch's key was destroyed is told as such. Where the person received for another family, what was kept of the person is
//! told, and not for whom. Searches for families leave in the audit who looked by what, not whom they found; so they are not here. Bounds: those of
//! [`subjects`] and of timelines.

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use salur_domain::{Nik, actor::Act, reason::Language, vault::DataKey};
use salur_schemas::RecipientSubmitted;
use salur_store::{
    audit, gallery,
    subjects::{self, LOOKS_MAX, Proxied, Row},
    timelines,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Portal,
    access::Caller,
    counter::proxy,
    gallery::{case_file, no_reason, reason_to_look},
    refusal::Refusal,
    told::Told,
};

/// The door.
pub fn routes() -> Router<Portal> {
    Router::new().route("/api/subjects/report", post(report))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    nik: String,
    why: String,
}

async fn report(State(portal): State<Portal>, caller: Caller, Told(asked): Told<Asked>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::RevealNik)?;
    caller.must_have_the_country()?;
    let why = reason_to_look(&asked.why).ok_or_else(no_reason)?;
    let nik = Nik::parse(&asked.nik).map_err(|code| {
        let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "nik", code.code().message(Language::English));
        refusal.with("reason", code.code().as_str())
    })?;
    let account = portal.keys().nik_index(&nik);
    let mut tx = portal.database().begin_portal().await?;
    let held = subjects::held(&mut tx, account.0).await?;
    let mut detail = held.ids();
    detail["why"] = why.into();
    audit::record(&mut tx, &caller.actor.name, "subject_reported", &detail).await?;
    let at = tx.now;
    tx.commit().await?;
    if held.is_empty() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "nik", "nothing is held about a person with this NIK"));
    }
    let mut payments = Vec::with_capacity(held.payments.len());
    for payment in &held.payments {
        payments.extend(timelines::read(portal.database(), timelines::Name::Id(*payment), "").await?);
    }
    let mut proofs = Vec::with_capacity(held.captures.len());
    let mut tx = portal.database().begin_portal().await?;
    for capture in &held.captures {
        proofs.extend(gallery::case(&mut tx, *capture, "").await?.map(|whole| case_file(&whole)));
    }
    drop(tx);
    let rows: Vec<Value> = held.rows.iter().map(|row| told(&portal, row)).collect();
    let proxied: Vec<Value> = held.proxied.iter().map(|proxied| received(&portal, proxied)).collect();
    let is_cut = i64::try_from(held.looks.len()).is_ok_and(|looks| looks == LOOKS_MAX);
    Ok(Json(json!({
        "format": "salur.subject/v1", "at": at, "rows": rows, "payments": payments, "proofs": proofs, "proxied": proxied,
        "looks": held.looks, "looks_cut": is_cut,
    })))
}

/// For whom the person received: what was kept of the person, and the visit, not whose it was.
fn received(portal: &Portal, proxied: &Proxied) -> Value {
    let opened = proxy::opened(portal, proxied.claim(), proxied.data_key.as_deref(), &proxied.sealed);
    json!({
        "claim": proxied.claim(), "relation": proxied.relation, "at": proxied.named_at, "captures": proxied.captures,
        "is_open": opened.is_some(), "data": opened,
    })
}

/// A row as it came, opened.
fn told(portal: &Portal, row: &Row) -> Value {
    let (batch, key) = row.key();
    let open = || {
        let wrapped = row.data_key.as_ref()?;
        let data_key = DataKey::unwrap(portal.keys().rows(), batch.0.as_bytes(), wrapped).ok()?;
        let plain = data_key.open(&portal.row_context()(batch, &key), &row.sealed).ok()?;
        serde_json::from_slice::<RecipientSubmitted>(&plain).ok()
    };
    let opened = open();
    json!({
        "source": row.source, "batch": row.name, "row": key, "came_to": row.intake, "findings": row.findings, "staged_at": row.staged_at,
        "is_open": opened.is_some(), "data": opened,
    })
}
