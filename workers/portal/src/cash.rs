//! Cash: moved between bank, office and tellers, counted when a day ends, and who holds how much.
//!
//! `POST /api/cash/moves` and `POST /api/cash/counts` publish what a person says (202 after the confirm), transfer-posting decides on locked balances, and `GET
//! /api/cash/moves/{id}` and `/counts/{id}` tell what came of it. What can be told early is refused here in the stage's words. A treasurer moves cash, the
//! bank's only with the whole country; a supervisor closes days and alone may explain a difference. A teller counts at a device, which signs
//! (`POST /api/cash/device-counts`): that closes a day only where the count is the books, and tells nobody there what the books say. The same request
//! again is answered by what came of it. `/cash` and `/cash/{office}` are the pages of it ([`page`], [`office`]).
//!
//! Bounds: documents and explanations of [`DOCUMENT_MAX`] characters, reports of [`cash::LINES_MAX`] lines.

mod asking;
mod office;
mod page;
mod words;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{NaiveDate, Utc};
use salur_domain::{
    CashCountId, CashMoveId, Rupiah,
    actor::{Act, covers},
    cash::{self as rules, Drawer, Place, Reason},
    ids::NAMESPACE,
    reason::Language,
};
use salur_schemas::{CashCounted, CashMoved, messages};
use salur_store::{
    audit,
    cash::{self, Report, Stands, Which},
    pauses,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random_id},
    refusal::Refusal,
    signed::Signed,
    told::{Sought, Told, one_line},
    tranches::DOCUMENT_MAX,
};

const PRODUCER: &str = "portal";

messages! {
    /// What the doors of cash say.
    pub enum Out { CashMoved, CashCounted }
}

/// The doors.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/cash", get(report))
        .route("/api/cash/moves", post(move_it))
        .route("/api/cash/moves/{id}", get(moved))
        .route("/api/cash/counts", post(count_it))
        .route("/api/cash/counts/{id}", get(counted))
        .route("/api/cash/device-counts", post(count_at_device))
        .route("/cash", get(page::show_page))
        .route("/cash/{office}", get(office::show_page))
        .route("/cash/{office}/moves", get(asking::back).post(asking::move_it))
        .route("/cash/{office}/counts", get(asking::back).post(asking::count_it))
}

/// What a reason of cash means; empty where there is none.
pub(crate) fn reason(language: Language, code: &str) -> &'static str {
    words::reason(words::Words::of(language), code).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveAsked {
    /// Made by the caller, so that a repeated request is recognised.
    request: Option<Uuid>,
    programme: String,
    from: String,
    to: String,
    amount: i64,
    document: String,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountAsked {
    request: Option<Uuid>,
    programme: String,
    teller: String,
    day: NaiveDate,
    counted: i64,
    /// Captures that the teller's device has not sent.
    unsynchronised: u32,
    /// Why the count differs.
    #[serde(default)]
    explanation: String,
    #[serde(default)]
    dry_run: bool,
}

/// What a teller says at a device.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceCount {
    count: CashCountId,
    programme: String,
    teller: String,
    day: NaiveDate,
    counted: i64,
    unsynchronised: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sight {
    programme: Option<String>,
    office: Option<String>,
}

type Answer = Result<(StatusCode, Json<Value>), Refusal>;

/// What came of asking: a look ahead, or that it was said, now or before.
enum Taken<T> {
    Ahead(T),
    Said(Uuid),
}

/// What a count would do by what stands now.
struct CountAhead {
    judged: Result<i64, Reason>,
    drawer: Drawer,
}

async fn report(State(portal): State<Portal>, caller: Caller, Sought(sight): Sought<Sight>) -> Result<Json<Report>, Refusal> {
    caller.must(Act::SeeCash)?;
    let which = Which { programme: sight.programme.as_deref(), region: &caller.actor.region, office: sight.office.as_deref() };
    Ok(Json(cash::report(portal.database(), which).await?))
}

async fn move_it(State(portal): State<Portal>, caller: Caller, Told(asked): Told<MoveAsked>) -> Answer {
    match take_move(&portal, &caller, asked).await? {
        Taken::Ahead([held, _]) => Ok((StatusCode::OK, Json(json!({ "movement": null, "would": "booked", "held": held })))),
        Taken::Said(movement) => Ok((StatusCode::ACCEPTED, Json(json!({ "movement": movement })))),
    }
}

/// Says a move, once; a look ahead tells what giver and taker hold.
async fn take_move(portal: &Portal, caller: &Caller, asked: MoveAsked) -> Result<Taken<[i64; 2]>, Refusal> {
    caller.must(Act::MoveCash)?;
    let (from, to, amount) = (place("from", &asked.from)?, place("to", &asked.to)?, rupiah("amount", asked.amount)?);
    let document = line("document", &asked.document, 1)?;
    let actor = caller.actor.name.clone();
    let movement = CashMoveId(id_of("cash moved", &actor, asked.request)?);
    let programme = asked.programme;
    let fact = CashMoved { movement, programme, from, to, amount, document, actor, at: Utc::now() };
    if let Some(known) = cash::movement(portal.database(), movement.0).await? {
        return must_be_same(is_of(&known, &fact)).map(|()| Taken::Said(movement.0));
    }
    let held = may_move(portal, caller, &fact).await?;
    if asked.dry_run {
        return Ok(Taken::Ahead(held));
    }
    say(portal, "cash_moved", &movement.to_string(), fact.into()).await?;
    Ok(Taken::Said(movement.0))
}

async fn moved(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeCash)?;
    let effect = cash::movement(portal.database(), id).await?;
    Ok(Json(json!({ "movement": id, "effect": effect })))
}

async fn count_it(State(portal): State<Portal>, caller: Caller, Told(asked): Told<CountAsked>) -> Answer {
    match take_count(&portal, &caller, asked).await? {
        Taken::Ahead(CountAhead { judged, drawer }) => Ok((
            StatusCode::OK,
            Json(json!({
                "count": null, "would": if judged.is_ok() { "closed" } else { "refused" }, "reason": judged.err().map_or("", Reason::as_str),
                "books": drawer.books, "unjudged": drawer.unjudged, "claimed": drawer.claimed,
            })),
        )),
        Taken::Said(count) => Ok((StatusCode::ACCEPTED, Json(json!({ "count": count })))),
    }
}

/// Says a count, once, or looks ahead.
async fn take_count(portal: &Portal, caller: &Caller, asked: CountAsked) -> Result<Taken<CountAhead>, Refusal> {
    caller.must(Act::CloseDay)?;
    let explanation = line("explanation", &asked.explanation, 0)?;
    let actor = caller.actor.name.clone();
    let count = CashCountId(id_of("cash counted", &actor, asked.request)?);
    let CountAsked { programme, teller, day, unsynchronised, .. } = asked;
    let counted = rupiah("counted", asked.counted)?;
    let fact = CashCounted { count, programme, teller, day, counted, unsynchronised, explanation, actor, at: Utc::now() };
    if let Some(known) = cash::count(portal.database(), count.0).await? {
        return must_be_same(is_of_count(&known, &fact)).map(|()| Taken::Said(count.0));
    }
    let stands = stands(portal, &fact.programme, &Place::Teller(fact.teller.clone())).await?;
    within(caller, &stands)?;
    if asked.dry_run {
        return would_close(portal, &fact).await.map(Taken::Ahead);
    }
    say(portal, "cash_counted", &count.to_string(), fact.into()).await?;
    Ok(Taken::Said(count.0))
}

async fn counted(State(portal): State<Portal>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeCash)?;
    let effect = cash::count(portal.database(), id).await?;
    Ok(Json(json!({ "count": id, "effect": effect })))
}

/// The teller's own count. What the books say stays unsaid: who knows what should be there counts that.
async fn count_at_device(State(portal): State<Portal>, Signed { device, body }: Signed<DeviceCount>) -> Answer {
    let DeviceCount { count, programme, teller, day, unsynchronised, .. } = body;
    let (counted, actor) = (rupiah("counted", body.counted)?, format!("device:{}", device.code));
    let fact = CashCounted { count, programme, teller, day, counted, unsynchronised, explanation: String::new(), actor, at: Utc::now() };
    if let Some(known) = cash::count(portal.database(), count.0).await? {
        let words = Reason::parse(&known.reason).map(Reason::words);
        let effect =
            json!({ "effect": known.effect, "reason": known.reason, "words": words, "unjudged": known.unjudged, "claimed": known.claimed });
        return must_be_same(is_of_count(&known, &fact)).map(|()| (StatusCode::OK, Json(json!({ "count": count, "effect": effect }))));
    }
    stands(&portal, &fact.programme, &Place::Teller(fact.teller.clone())).await?;
    portal.client().publish_facts(PRODUCER, &count.to_string(), &[Out::from(fact)]).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "count": count, "effect": null }))))
}

/// Records who says it, and says it.
async fn say(portal: &Portal, act: &str, id: &str, fact: Out) -> Result<(), Refusal> {
    let (actor, detail) = match &fact {
        Out::CashMoved(moved) => (&moved.actor, json!(moved)),
        Out::CashCounted(counted) => (&counted.actor, json!(counted)),
    };
    let mut tx = portal.database().begin_portal().await?;
    audit::record(&mut tx, actor, act, &detail).await?;
    tx.commit().await?;
    portal.client().publish_facts(PRODUCER, id, &[fact]).await?;
    Ok(())
}

/// What the stage would say of a move by what stands now; what giver and taker hold.
async fn may_move(portal: &Portal, caller: &Caller, fact: &CashMoved) -> Result<[i64; 2], Refusal> {
    rules::check_move(&fact.from, &fact.to, fact.amount).map_err(refused)?;
    let (giver, taker) = (stands(portal, &fact.programme, &fact.from).await?, stands(portal, &fact.programme, &fact.to).await?);
    for side in [&giver, &taker] {
        within(caller, side)?;
    }
    let judged = rules::judge_move((&fact.from, Some(giver.side())), (&fact.to, Some(taker.side())), fact.amount);
    judged.map_err(|reason| refused(reason).with("held", giver.held))?;
    if let Place::Teller(teller) = &fact.to
        && pauses::is_teller_paused(portal.database(), teller).await?
    {
        return Err(refused(Reason::Paused));
    }
    Ok([giver.held, taker.held])
}

async fn would_close(portal: &Portal, fact: &CashCounted) -> Result<CountAhead, Refusal> {
    let found = cash::look_into(portal.database(), &fact.programme, &fact.teller).await?;
    let drawer = found.ok_or_else(|| refused(Reason::Place))?;
    let (day, counted, is_explained) = (fact.day, fact.counted, !fact.explanation.is_empty());
    let count = rules::Count { day, counted, unsynchronised: fact.unsynchronised, is_explained };
    Ok(CountAhead { judged: rules::judge_count(drawer, count, Utc::now()), drawer })
}

/// A place of a programme, which must be there.
async fn stands(portal: &Portal, programme: &str, place: &Place) -> Result<Stands, Refusal> {
    if let Some(stands) = cash::look(portal.database(), programme, place).await? {
        return Ok(stands);
    }
    let is_known = cash::look(portal.database(), programme, &Place::Bank).await?.is_some();
    Err(refused(if is_known { Reason::Place } else { Reason::Programme }))
}

/// Refuses what lies outside the caller's region; the bank is the whole country's.
fn within(caller: &Caller, side: &Stands) -> Result<(), Refusal> {
    match side.regency.as_deref() {
        None => caller.must_have_the_country(),
        Some(regency) if covers(&caller.actor.region, regency) => Ok(()),
        Some(_) => Err(Refusal::new(StatusCode::FORBIDDEN, "region", "the office lies outside your region; ask somebody who acts for it")),
    }
}

fn refused(reason: Reason) -> Refusal {
    let status = if matches!(reason, Reason::Overdrawn | Reason::Paused) { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Refusal::new(status, reason.as_str(), reason.words())
}

/// A request that was decided already says the same again.
fn must_be_same(is_same: bool) -> Result<(), Refusal> {
    let message = "this request came before and said something else; nothing was changed, take another id";
    if is_same { Ok(()) } else { Err(Refusal::new(StatusCode::CONFLICT, "conflict", message)) }
}

fn is_of(known: &cash::Move, fact: &CashMoved) -> bool {
    let stands = (&known.programme, &known.from, &known.to, known.amount, &known.document);
    stands == (&fact.programme, &fact.from.to_string(), &fact.to.to_string(), fact.amount.get(), &fact.document)
}

fn is_of_count(known: &cash::Count, fact: &CashCounted) -> bool {
    let stands = (&known.programme, &known.teller, known.day, known.counted, known.unsynchronised, &known.explanation, &known.actor);
    let said =
        (&fact.programme, &fact.teller, fact.day, fact.counted.get(), i64::from(fact.unsynchronised), &fact.explanation, &fact.actor);
    stands == said
}

fn id_of(what: &str, actor: &str, request: Option<Uuid>) -> Result<Uuid, Refusal> {
    let request = request.map_or_else(random_id, Ok)?;
    Ok(Uuid::new_v5(&NAMESPACE, format!("{what}\0{actor}\0{request}").as_bytes()))
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

fn place(field: &'static str, text: &str) -> Result<Place, Refusal> {
    Place::parse(text).ok_or_else(|| wrong(field, "a place is bank, office:CODE, teller:CODE or difference:CODE"))
}

fn rupiah(field: &'static str, amount: i64) -> Result<Rupiah, Refusal> {
    let amount = Rupiah::new(amount).ok().filter(|amount| amount.get() <= rules::MOST);
    amount.ok_or_else(|| wrong(field, "give whole rupiah, not negative and not more than there is"))
}

/// Text on one line, of `least` to [`DOCUMENT_MAX`] characters.
fn line(field: &'static str, text: &str, least: usize) -> Result<String, Refusal> {
    one_line(text, least..=DOCUMENT_MAX).ok_or_else(|| wrong(field, "write at most 200 characters on one line; a move names its paper"))
}
