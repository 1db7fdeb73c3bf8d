//! A random sample of proofs, which anybody can draw again: `GET /proofs/sample`, and `GET /api/proofs/sample` for programs.
//!
//! Filters, number, seed and *as of* (the number of a transaction) give the same sample for ever ([`sample`]); who leaves seed or *as of* empty is led to an
//! address that has both. A sample is recorded before it is shown: who drew it, why, with what, and which captures. Whoever reviews one sees how much of it
//! they have opened. Bounds: [`sample::SAMPLE_MAX`] proofs.

mod words;

use askama::Template;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use salur_domain::{CaptureId, actor::Act, proof::Code, sample::Seed};
use salur_store::{
    audit,
    gallery::{
        Filter, Tile,
        sample::{self, EFFORT, SAMPLE_MAX, Sample},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Asked, Shown,
    finding::meaning,
    shown,
    why::{self, look},
    words::{Words as Gallery, state},
};
use crate::{
    Portal,
    access::{Caller, random},
    pages::{Frame, PageRefusal, Viewer, place_name, regency_name, show},
    refusal::Refusal,
    words::{WIB, count, moment},
};
pub(super) use words::Words;

/// Proofs of a sample, where nobody asks for another number.
const SAMPLE: i64 = 100;
const SEED_BYTES: usize = 5;
/// What the door of programs takes.
const NAMES: [&str; 15] = [
    "place",
    "province",
    "regency",
    "pay_point",
    "teller",
    "device",
    "from",
    "to",
    "least",
    "most",
    "finding",
    "state",
    "number",
    "seed",
    "as_of",
];

pub(super) fn routes() -> Router<Portal> {
    Router::new().route("/proofs/sample", get(page)).route("/api/proofs/sample", get(door))
}

#[derive(Template)]
#[template(path = "sample.html")]
struct SamplePage {
    f: Frame,
    w: &'static Words,
    g: &'static Gallery,
    said: Vec<(String, String)>,
    filters: Vec<(&'static str, String)>,
    query: String,
    why: String,
    seed: String,
    number: i64,
    as_of: i64,
    upto: Option<String>,
    by: String,
    drawn: String,
    members: String,
    is_counted: bool,
    opened: usize,
    tiles: Vec<Drawn>,
}

/// A proof of a sample.
struct Drawn {
    number: String,
    tile: Shown,
    is_opened: bool,
}

/// What a sample is drawn with.
struct Wanted {
    filter: Filter,
    seed: Seed,
    number: i64,
    as_of: Option<i64>,
}

/// A sample, recorded.
struct Recorded {
    sample: Sample,
    as_of: i64,
    opened: Vec<Uuid>,
}

async fn page(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(draw(&portal, &viewer, asked)).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: Asked) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeProofs)?;
    let Some(why) = viewer.caller.why.clone() else { return Ok(why::ask(viewer)) };
    let (asked, wanted) = wanted(asked, &viewer.caller)?;
    if asked.seed.trim().is_empty() || wanted.as_of.is_none() {
        let mut tx = portal.database().begin_portal().await?;
        let as_of = sample::horizon(&mut tx).await?;
        let (query, seed, number) = (asked.query(), &wanted.seed, wanted.number);
        return Ok(Redirect::to(&format!("/proofs/sample?{query}number={number}&seed={seed}&as_of={as_of}")).into_response());
    }
    let recorded = record(portal, &viewer.caller, &why, &wanted).await?;
    Ok(show(&drawn(viewer, why, &asked, &wanted, &recorded)))
}

/// What was asked, and what to draw: with a fresh seed where none was named.
fn wanted(asked: Asked, caller: &Caller) -> Result<(Asked, Wanted), Refusal> {
    let wrong = |field, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
    let (asked, filter) = asked.of(caller)?;
    let number = if asked.number.is_empty() { SAMPLE } else { asked.number.trim().parse().unwrap_or(0) };
    if !(1..=SAMPLE_MAX).contains(&number) {
        return Err(wrong("number", "a sample has 1 to 500 proofs"));
    }
    let seed = if asked.seed.trim().is_empty() { hex::encode(random::<SEED_BYTES>()?) } else { asked.seed.clone() };
    let seed = Seed::parse(&seed).filter(|_| !why::names_a_person(&seed));
    let seed = seed.ok_or_else(|| wrong("seed", "a seed is 1 to 40 letters, digits and hyphens, and nobody's number"))?;
    let as_of = match asked.as_of.trim() {
        "" => None,
        text => Some(
            text.parse().map_err(|_| wrong("as_of", "this is the number of a transaction; take it from the sample that is repeated"))?,
        ),
    };
    Ok((asked, Wanted { filter, seed, number, as_of }))
}

/// Draws a sample and leaves in the audit that it was, in one transaction.
async fn record(portal: &Portal, caller: &Caller, why: &str, wanted: &Wanted) -> Result<Recorded, Refusal> {
    let wrong = |field, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
    let mut tx = portal.database().begin_portal().await?;
    let horizon = sample::horizon(&mut tx).await?;
    let as_of = wanted.as_of.unwrap_or(horizon);
    if !(0..=horizon).contains(&as_of) {
        return Err(wrong("as_of", "this transaction is still to come; take its number from the sample that is repeated"));
    }
    let drawn = sample::draw(&mut tx, &wanted.filter, &wanted.seed, wanted.number, as_of, &EFFORT).await?;
    let sample = drawn.ok_or_else(|| wrong("filter", "too many proofs fit to be read, and too few of all; choose a place or days"))?;
    let captures: Vec<CaptureId> = sample.tiles.iter().map(Tile::capture).collect();
    let detail = json!({ "why": why, "seed": wanted.seed.to_string(), "number": wanted.number, "as_of": as_of, "filter": wanted.filter,
        "drawn": captures.len() });
    audit::record(&mut tx, &caller.actor.name, "sample_drawn", &detail).await?;
    look(&mut tx, caller, why, "sample", &captures).await?;
    let ids: Vec<Uuid> = captures.iter().map(|capture| capture.0).collect();
    let opened = sample::opened(&mut tx, &ids, &caller.actor.name).await?;
    tx.commit().await?;
    Ok(Recorded { sample, as_of, opened })
}

fn drawn(viewer: &Viewer, why: String, asked: &Asked, wanted: &Wanted, recorded: &Recorded) -> SamplePage {
    let (language, g) = (viewer.language, Gallery::of(viewer.language));
    let w = Words::of(language);
    let Recorded { sample, as_of, opened } = recorded;
    let tile = |tile: &Tile| Drawn {
        number: count(tile.n, language),
        is_opened: opened.contains(&tile.capture().0),
        tile: shown(tile, viewer, g),
    };
    SamplePage {
        f: viewer.frame(),
        said: asked.said().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        filters: filters(w, g, viewer, asked),
        query: asked.query(),
        why,
        seed: wanted.seed.to_string(),
        number: wanted.number,
        as_of: *as_of,
        upto: sample.upto.map(|at| moment(at, WIB, language)),
        by: viewer.caller.actor.name.clone(),
        drawn: count(i64::try_from(sample.tiles.len()).unwrap_or(i64::MAX), language),
        members: count(sample.members, language),
        is_counted: sample.is_counted,
        opened: opened.len(),
        tiles: sample.tiles.iter().map(tile).collect(),
        w,
        g,
    }
}

/// The filters in words.
fn filters(w: &'static Words, g: &'static Gallery, viewer: &Viewer, asked: &Asked) -> Vec<(&'static str, String)> {
    let place = match asked.place.len() {
        2 => salur_domain::ProvinceCode::parse(&asked.place)
            .ok()
            .and_then(salur_domain::region::province_name)
            .unwrap_or_default()
            .to_owned(),
        4 => regency_name(&asked.place),
        _ => place_name(&asked.place),
    };
    let finding = Code::parse(&asked.finding).map(|code| format!("{code}: {}", meaning(code, viewer.language))).unwrap_or_default();
    let state = if asked.state.is_empty() { String::new() } else { state(g, &asked.state).to_owned() };
    let all = [
        (w.place_filter, place),
        (w.pay_point, asked.pay_point.clone()),
        (w.teller, asked.teller.clone()),
        (w.device, asked.device.clone()),
        (w.from, asked.from.clone()),
        (w.to, asked.to.clone()),
        (w.least, asked.least.clone()),
        (w.most, asked.most.clone()),
        (w.finding, finding),
        (w.state, state),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

async fn door(State(portal): State<Portal>, caller: Caller, uri: Uri) -> Result<Json<Value>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let unread = |message: String| Refusal::new(StatusCode::BAD_REQUEST, "query", message);
    // a filter whose name is mistyped would let everything through
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|error| unread(error.body_text()))?;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !NAMES.contains(&name.as_str())) {
        return Err(unread(format!("there is no filter {name}; there are {}", NAMES.join(", "))));
    }
    let Query(asked) = Query::<Asked>::try_from_uri(&uri).map_err(|error| unread(error.body_text()))?;
    let why = why::said(&caller)?.to_owned();
    let (_, wanted) = wanted(asked, &caller)?;
    let Recorded { sample, as_of, opened } = record(&portal, &caller, &why, &wanted).await?;
    let proof = |tile: &Tile| {
        json!({ "number": tile.n, "capture": tile.capture(), "captured_at": tile.captured_at, "village": tile.village, "rupiah": tile.rupiah,
            "state": tile.state, "findings": tile.findings, "opened": opened.contains(&tile.capture().0) })
    };
    Ok(Json(json!({
        "seed": wanted.seed.to_string(), "as_of": as_of, "number": wanted.number, "members": sample.members, "members_counted": sample.is_counted,
        "proofs": sample.tiles.iter().map(proof).collect::<Vec<_>>(),
    })))
}
