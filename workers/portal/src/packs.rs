//! Packs: the printable cheques of a village, for the office that hands them out.
//!
//! `GET /api/packs` lists them by village; `GET /api/packs/{tranche}/{village}/{number}/file` is the PDF, opened here and handed to who may after the
//! audit says
//! who took which pack: its list has full names and addresses. `POST /api/packs` asks for a pack of what waits in a village though it is not complete, and
//! `POST .../hand-out` says that the cheques are with the families; both publish (202), and pack-making decides. `/packs` is the page. Who acts for a region
//! sees its villages alone.
//!
//! Bounds: [`packs::PAGE`] packs of an answer; files as [`crate::gallery::CASES_AT_ONCE`] at once, each of at most 16 MiB in memory until it lies in a file
//! without a name.

mod page;
mod words;

use std::{
    fs::File,
    io::{Seek, Write},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{NaiveDate, Utc};
use salur_domain::{DecisionId, actor::Act, actor::covers, region::VillageCode, vault::DataKey};
use salur_schemas::{PackHandedOut, PackWanted, messages};
use salur_store::{
    Page, audit,
    packs::{
        self, Shown,
        shown::{self, Sought as Which},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    decisions::{self, Answer},
    refusal::Refusal,
    reports::body,
    told::{Sought, Told},
};

messages! {
    /// What the doors of packs say.
    pub enum Out { PackWanted, PackHandedOut }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/packs", get(list).post(want))
        .route("/api/packs/hand-outs/{id}", get(effect))
        .route("/api/packs/{tranche}/{village}/{number}/file", get(file))
        .route("/api/packs/{tranche}/{village}/{number}/hand-out", post(hand_out))
        .route("/packs", get(page::list))
        .route("/packs/{tranche}/{village}/{number}/file", get(page::file))
        .route("/packs/{tranche}/{village}/{number}/hand-out", post(page::hand_out))
}

/// Which pack: tranche, village, number.
type Named = (String, String, i16);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sight {
    tranche: String,
    village: String,
    after: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Made by the caller, so that a repeated request is one.
    request: Option<Uuid>,
    tranche: String,
    village: String,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOut {
    pub request: Option<Uuid>,
    pub on: NaiveDate,
    #[serde(default)]
    pub kept: u32,
    pub document: String,
}

async fn list(State(portal): State<Portal>, caller: Caller, Sought(sight): Sought<Sight>) -> Result<Json<Value>, Refusal> {
    let (packs, next) = read(&portal, &caller, &sight).await?;
    Ok(Json(json!({ "packs": packs, "next": next })))
}

/// Packs of the caller's region, and where the next page begins.
async fn read(portal: &Portal, caller: &Caller, sight: &Sight) -> Result<(Page<Shown>, Option<String>), Refusal> {
    caller.must(Act::SeePacks)?;
    let region = &caller.actor.region;
    let packs =
        shown::list(portal.database(), &Which { tranche: &sight.tranche, region, village: &sight.village, after: &sight.after }).await?;
    let next = packs.last_before_more().map(Shown::key);
    Ok((packs, next))
}

async fn want(State(portal): State<Portal>, caller: Caller, Told(wish): Told<Wish>) -> Answer {
    caller.must(Act::MakePacks)?;
    let Wish { request, tranche, village, dry_run } = wish;
    let wrong = |field, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
    let village = VillageCode::parse(&village).map_err(|_| wrong("village", "name a village by its ten digits"))?.to_string();
    if !covers(&caller.actor.region, &village) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "region", "this village lies outside your region; ask somebody who acts for it"));
    }
    let plan =
        shown::plan(portal.database(), &tranche, &village).await?.ok_or_else(|| wrong("tranche", "there is no tranche of this code"))?;
    if dry_run {
        return Ok((StatusCode::OK, Json(json!({ "decision": null, "cheques": plan.cheques, "without_cheque": plan.without_cheque }))));
    }
    if plan.cheques == 0 {
        return Err(Refusal::new(StatusCode::CONFLICT, "nothing", "all cheques of this village lie in packs already, or none was issued"));
    }
    let decision = decisions::decision("pack", &caller.actor.name, request)?;
    let by = Some(caller.actor.name.clone());
    let fact = PackWanted { tranche: plan.tranche(), village, generation: String::new(), by };
    decisions::decide(&portal, decision, &caller.actor.name, ("pack_wanted", json!(fact)), Out::from(fact)).await
}

async fn effect(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeePacks)?;
    let effect = shown::effect(portal.database(), DecisionId(id)).await?;
    Ok(Json(json!({ "decision": id, "effect": effect })))
}

async fn hand_out(State(portal): State<Portal>, caller: Caller, Path(named): Path<Named>, Told(said): Told<HandOut>) -> Answer {
    say(&portal, &caller, &named, said).await
}

/// Publishes that the cheques of a pack are with the families.
async fn say(portal: &Portal, caller: &Caller, named: &Named, said: HandOut) -> Answer {
    caller.must(Act::HandOutPacks)?;
    let pack = found(portal, caller, named).await?;
    let document = decisions::document(&said.document)?;
    let wrong = |field, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
    if said.kept > pack.cheques.unsigned_abs() {
        return Err(wrong("kept", "more cheques were kept than the pack holds"));
    }
    if said.on > Utc::now().date_naive() + chrono::Days::new(1) {
        return Err(wrong("on", "this day has not come yet"));
    }
    let decision = decisions::decision("pack-hand-out", &caller.actor.name, said.request)?;
    if shown::effect(portal.database(), decision).await?.is_some() {
        return Ok(decisions::accepted(decision));
    }
    if pack.handed_out_on.is_some() {
        return Err(Refusal::new(StatusCode::CONFLICT, "again", "this pack was said to be handed out before; the first word stands"));
    }
    let (tranche, village) = pack.place();
    let (number, actor) = (pack.number.unsigned_abs(), caller.actor.name.clone());
    let fact = PackHandedOut { decision, tranche, village, number, on: said.on, kept: said.kept, document, actor, at: Utc::now() };
    decisions::decide(portal, decision, &caller.actor.name, ("pack_handed_out", json!(fact)), Out::from(fact)).await
}

async fn file(State(portal): State<Portal>, caller: Caller, Path(named): Path<Named>) -> Result<Response, Refusal> {
    open(&portal, &caller, &named).await
}

/// A pack of the caller's region.
async fn found(portal: &Portal, caller: &Caller, (tranche, village, number): &Named) -> Result<Shown, Refusal> {
    let mut tx = portal.database().begin_portal().await?;
    let pack = shown::one(&mut tx, tranche, village, *number).await?;
    pack.filter(|pack| covers(&caller.actor.region, &pack.village)).ok_or_else(nowhere)
}

/// The file of a pack, once the audit says who takes it.
async fn open(portal: &Portal, caller: &Caller, (tranche, village, number): &Named) -> Result<Response, Refusal> {
    caller.must(Act::OpenPacks)?;
    found(portal, caller, &(tranche.clone(), village.clone(), *number)).await?;
    let Ok(permit) = portal.cases().try_acquire_owned() else {
        return Err(Refusal::busy("too many files are opened at once; ask for this one again"));
    };
    let mut tx = portal.database().begin_portal().await?;
    let pack = shown::one(&mut tx, tranche, village, *number).await?;
    let pack = pack.filter(|pack| covers(&caller.actor.region, &pack.village)).ok_or_else(nowhere)?;
    let detail = json!({ "tranche": pack.tranche, "village": pack.village, "number": pack.number, "cheques": pack.cheques });
    audit::record(&mut tx, &caller.actor.name, "pack_opened", &detail).await?;
    tx.commit().await?;
    let place = pack.place();
    let Some(sealed) = portal.blobs().get(&packs::object_key(&place, &pack.generation)).await? else { return Err(damaged(&pack)) };
    let (keys, context, wanted) = (portal.keys().clone(), packs::context(&place, &pack.generation), pack.sha256.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let plain = DataKey::disclose(keys.rows(), &context, &sealed).ok()?;
        if hex::encode(Sha256::digest(&plain)) != wanted {
            return None;
        }
        let mut file = tempfile::tempfile().and_then(|mut file| file.write_all(&plain).map(|()| file)).ok()?;
        file.rewind().ok()?;
        Some(file)
    });
    let file: Option<File> = opened.await.map_err(|_| Refusal::busy("the file cannot be opened right now; ask for it again"))?;
    let file = file.ok_or_else(|| damaged(&pack))?;
    drop(permit); // from here on it is a file, and no memory
    let name = format!("paket-{}-{}-{}.pdf", pack.tranche, pack.village, pack.number);
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_LENGTH, pack.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body(file, ())).into_response())
}

fn nowhere() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "pack", "there is no such pack in your region; see the list of packs")
}

/// Said aloud: a file is gone, or was changed.
fn damaged(pack: &Shown) -> Refusal {
    tracing::error!(tranche = %pack.tranche, village = %pack.village, number = pack.number, "the file of a pack is missing, or does not open");
    Refusal::new(StatusCode::GONE, "damaged", "the file is missing or was changed; tell the operator, who runs `salur verify`")
}
