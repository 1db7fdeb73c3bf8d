//! Families who are called back after they were paid, and asked whether they got the whole amount.
//!
//! A supervisor draws a sample ([`draw`]), which anybody can draw again from its seed and what stood at its moment
//! ([`salur_domain::callback`]); the office opens how a family is reached, for a reason that is recorded, and records what each call came to ([`record`]).
//! An answer that money is missing is lodged as a complaint in the same transaction: from there on it is one, and a supervisor answers it. No answer moves
//! money or changes a status. What the answers say of everybody is told with its interval ([`report`]).
//!
//! Bounds: those of [`salur_domain::callback`]; families shown at a time, [`page::SHOWN`].

mod doors;
mod page;
mod report;
mod words;

use std::{collections::HashMap, time::Instant};

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use salur_domain::{
    actor::{Act, covers},
    callback::{self, Confidence, NUMBER_MAX},
    ids::NAMESPACE,
    sample::Seed,
};
use salur_runtime::telemetry::{Metric, count};
use salur_store::{
    Tx, audit,
    callbacks::{self, Drawing, Family, Member, Said, Sample},
    complaints::{self, Lodged},
    families,
    gallery::sample::horizon,
    tranches,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Portal,
    access::{Caller, random, random_id},
    complaints::number,
    families::{names::Opener, reason},
    refusal::Refusal,
    told::one_line_without_number,
};
pub(crate) use report::{Report, report};

const SEED_BYTES: usize = 5;
/// Where nobody says how sure the answer is to be, and how near: in per cent, and in thousandths.
const CONFIDENCE: i16 = 95;
const MARGIN: i16 = 50;
/// Longest note of a call, in characters.
const NOTE_MAX: usize = 300;

/// The doors.
pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/api/callbacks", get(doors::list).post(doors::draw))
        .route("/api/callbacks/{sample}", get(doors::one))
        .route("/api/callbacks/{sample}/frame", get(doors::frame))
        .route("/api/callbacks/{sample}/families/{payment}/contact", post(doors::contact))
        .route("/api/callbacks/{sample}/families/{payment}/results", post(doors::record))
        .route("/callbacks", get(page::list).post(page::draw))
        .route("/callbacks/{sample}", get(page::one))
        .route("/callbacks/{sample}/{payment}", get(page::family))
        .route("/callbacks/{sample}/{payment}/contact", post(page::contact))
        .route("/callbacks/{sample}/{payment}/results", post(page::record))
}

/// What to draw.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// Made by the caller, so that a repeated request is one.
    request: Option<Uuid>,
    tranche: String,
    /// None, two or four digits; the caller's where it is left out.
    region: Option<String>,
    #[serde(default)]
    seed: String,
    confidence: Option<i16>,
    /// In thousandths.
    margin: Option<i16>,
    /// Of a sample that is drawn again.
    as_of: Option<i64>,
    why: String,
}

/// What a call came to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    request: Option<Uuid>,
    outcome: Outcome,
    rupiah: Option<i64>,
    #[serde(default)]
    note: String,
}

/// What a family answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    NotReached,
    GotAll,
    KeptBack,
    DidNotGet,
    NotKnown,
}

/// How a family is reached.
#[derive(Serialize)]
pub(crate) struct Contact {
    pub name: String,
    pub address: String,
    pub village: String,
}

/// Of a family that was asked.
pub(crate) enum Recorded {
    /// It stands; the same call told again stands too.
    Stands(Box<Family>),
    /// Another answer stood before.
    Late(Box<Family>),
}

impl Outcome {
    pub(crate) const ALL: [Self; 5] = [Self::NotReached, Self::GotAll, Self::KeptBack, Self::DidNotGet, Self::NotKnown];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotReached => "not_reached",
            Self::GotAll => "got_all",
            Self::KeptBack => "kept_back",
            Self::DidNotGet => "did_not_get",
            Self::NotKnown => "not_known",
        }
    }

    /// The kind of complaint that it is, where it is one.
    const fn complaint(self) -> Option<&'static str> {
        match self {
            Self::KeptBack => Some("kept_back"),
            Self::DidNotGet => Some("not_received"),
            Self::NotReached | Self::GotAll | Self::NotKnown => None,
        }
    }
}

fn wrong(field: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message)
}

/// A sample within the caller's region.
async fn sample(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Sample, Refusal> {
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "sample", "there is no such sample in your region");
    callbacks::samples(tx, &caller.actor.region, Some(id)).await?.pop().ok_or_else(nowhere)
}

/// A family of a sample within the caller's region.
async fn family(tx: &mut Tx, caller: &Caller, id: Uuid, payment: Uuid) -> Result<(Sample, Family), Refusal> {
    let sample = sample(tx, caller, id).await?;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "family", "this sample has no such family");
    let family = callbacks::families(tx, id, Some(payment)).await?.pop().ok_or_else(nowhere)?;
    Ok((sample, family))
}

/// An id that follows from what somebody asked.
fn id_of(what: &str, actor: &str, request: Uuid) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{what}\0{actor}\0{request}").as_bytes())
}

/// A wish that makes sense.
struct Wanted {
    region: String,
    seed: Seed,
    confidence: Confidence,
    margin: i16,
    why: String,
}

fn read(caller: &Caller, wish: &Wish) -> Result<Wanted, Refusal> {
    let region = wish.region.clone().unwrap_or_else(|| caller.actor.region.clone());
    if !matches!(region.len(), 0 | 2 | 4) || !region.bytes().all(|byte| byte.is_ascii_digit()) || !covers(&caller.actor.region, &region) {
        return Err(wrong("region", "name a province or regency of your region, by its two or four digits"));
    }
    let confidence =
        Confidence::parse(wish.confidence.unwrap_or(CONFIDENCE)).ok_or_else(|| wrong("confidence", "90, 95 or 99 per cent"))?;
    let margin = wish.margin.unwrap_or(MARGIN);
    if !(10..=200).contains(&margin) {
        return Err(wrong("margin", "a margin is 10 to 200 thousandths"));
    }
    let seed = if wish.seed.trim().is_empty() { hex::encode(random::<SEED_BYTES>()?) } else { wish.seed.clone() };
    let is_number = |seed: &Seed| seed.to_string().bytes().filter(u8::is_ascii_digit).count() >= salur_domain::nik::DIGITS;
    let seed = Seed::parse(&seed).filter(|seed| !is_number(seed));
    let seed = seed.ok_or_else(|| wrong("seed", "a seed is 1 to 40 letters, digits and hyphens, and nobody's number"))?;
    let why = reason(&wish.why).ok_or_else(|| wrong("why", "say why in 3 to 200 characters on one line, and without a NIK"))?;
    Ok(Wanted { region, seed, confidence, margin, why })
}

/// Draws a sample and keeps it; the same request again gives the one that was drawn.
async fn draw(portal: &Portal, caller: &Caller, wish: &Wish) -> Result<Sample, Refusal> {
    caller.must(Act::DrawCallbacks)?;
    let Wanted { region, seed, confidence, margin, why } = read(caller, wish)?;
    let tranche = tranches::list(portal.database(), Some(&wish.tranche)).await?.into_iter().next();
    let tranche = tranche.ok_or_else(|| wrong("tranche", "there is no tranche of this code"))?;
    let actor = &caller.actor.name;
    let id = id_of("callbacks", actor, wish.request.map_or_else(random_id, Ok)?);
    let mut tx = portal.database().begin_portal().await?;
    if let Some(before) = callbacks::samples(&mut tx, &caller.actor.region, Some(id)).await?.pop() {
        return Ok(before);
    }
    let horizon = horizon(&mut tx).await?;
    let as_of = wish.as_of.unwrap_or(horizon);
    if !(0..=horizon).contains(&as_of) {
        return Err(wrong("as_of", "this transaction is still to come; take its number from the sample that is repeated"));
    }
    let members = callbacks::members(&mut tx, tranche.id, &region, as_of).await?;
    let members = members.ok_or_else(|| wrong("region", "more than a million families; ask about a part of the place"))?;
    if members.is_empty() {
        return Err(wrong("tranche", "nobody was paid there yet"));
    }
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let (families, classes) = drawn(members, seed.clone(), confidence, margin).await?;
    if families.len() > usize::try_from(NUMBER_MAX).unwrap_or(usize::MAX) {
        return Err(wrong("margin", "this asks for more than 2,000 families; choose a wider margin"));
    }
    let (seed, confidence) = (seed.to_string(), confidence.percent());
    let drawing = Drawing {
        sample: id,
        tranche: tranche.id,
        region: &region,
        seed: &seed,
        as_of,
        confidence,
        margin,
        members: count,
        why: &why,
        actor,
    };
    if callbacks::keep(&mut tx, &drawing, &classes, &families).await? {
        let detail = json!({ "sample": id, "tranche": tranche.code, "region": region, "seed": seed, "as_of": as_of, "why": why,
            "members": count, "drawn": families.len() });
        audit::record(&mut tx, actor, "callbacks_drawn", &detail).await?;
    }
    let kept = sample(&mut tx, caller, id).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Draws away from the threads that answer: a million members take a moment.
async fn drawn(
    members: Vec<Member>,
    seed: Seed,
    confidence: Confidence,
    margin: i16,
) -> Result<(Vec<Member>, Vec<callback::Class>), Refusal> {
    let draw = move || {
        let weighted: Vec<(u64, u32)> = members.iter().map(|member| (member.n.cast_unsigned(), member.signs().weight())).collect();
        let (numbers, classes) = callback::draw(&weighted, &seed, confidence, u32::from(margin.unsigned_abs()));
        let mut by_number: HashMap<u64, Member> = members.into_iter().map(|member| (member.n.cast_unsigned(), member)).collect();
        (numbers.iter().filter_map(|number| by_number.remove(number)).collect(), classes)
    };
    tokio::task::spawn_blocking(draw).await.map_err(|_| Refusal::busy("the sample cannot be drawn right now; send the same request again"))
}

/// How a family of a sample is reached, once it is recorded who asks and why.
async fn open(portal: &Portal, caller: &Caller, id: Uuid, payment: Uuid, why: &str) -> Result<Contact, Refusal> {
    caller.must(Act::RecordCallbacks)?;
    let why = reason(why).ok_or_else(|| wrong("why", "say why in 3 to 200 characters on one line, and without a NIK"))?;
    let mut tx = portal.database().begin_portal().await?;
    let (_, family) = family(&mut tx, caller, id, payment).await?;
    if !portal.searches().take(caller.actor.name.clone(), Instant::now()) {
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "often", "too many families in ten minutes; wait, then go on"));
    }
    let gone = || {
        Refusal::new(StatusCode::GONE, "sealed", "the personal data of this family does not open: its key was destroyed, or it was changed")
    };
    let key = callbacks::row(&mut tx, id, payment).await?.ok_or_else(gone)?;
    let rows = families::rows(&mut tx, &[key]).await?;
    let opener = Opener::new(portal.keys(), portal.row_context(), &families::data_keys(&mut tx, &rows).await?);
    let row = rows.first().and_then(|row| opener.row(row)).ok_or_else(gone)?;
    audit::record(&mut tx, &caller.actor.name, "callback_opened", &json!({ "sample": id, "payment": payment, "why": why })).await?;
    tx.commit().await?;
    Ok(Contact { name: row.name, address: row.address, village: family.village })
}

/// Keeps what a call came to; the first answer of a family stands. Money that is missing is a complaint.
async fn record(portal: &Portal, caller: &Caller, id: Uuid, payment: Uuid, call: &Call) -> Result<Recorded, Refusal> {
    caller.must(Act::RecordCallbacks)?;
    let note = one_line_without_number(&call.note, 0..=NOTE_MAX);
    let note = note.ok_or_else(|| wrong("note", "a note is one line of at most 300 characters, and without a NIK"))?;
    let mut tx = portal.database().begin_portal().await?;
    let (sample, family) = family(&mut tx, caller, id, payment).await?;
    let is_kept_back = call.outcome == Outcome::KeptBack;
    if call.rupiah.is_some() != is_kept_back || call.rupiah.is_some_and(|rupiah| !(1..=family.amount).contains(&rupiah)) {
        return Err(wrong("rupiah", "say how much was kept back, at most the whole amount; of another answer say nothing"));
    }
    let actor = &caller.actor.name;
    let result = id_of("callback", actor, call.request.map_or_else(random_id, Ok)?);
    let complaint =
        call.outcome.complaint().map(|kind| (Uuid::new_v5(&NAMESPACE, format!("callback-complaint\0{result}").as_bytes()), kind));
    let outcome = call.outcome.as_str();
    let said =
        Said { result, sample: id, payment, outcome, rupiah: call.rupiah, note: &note, complaint: complaint.map(|one| one.0), actor };
    if callbacks::is_recorded(&mut tx, &said).await? {
        return Ok(Recorded::Stands(Box::new(family)));
    }
    if let Some((complaint, kind)) = complaint {
        lodge(&mut tx, &sample, payment, (complaint, kind, call.rupiah), actor).await?;
    }
    if !callbacks::record(&mut tx, &said).await? {
        // somebody was first: nothing of this is kept, the complaint neither
        drop(tx);
        let mut tx = portal.database().begin_portal().await?;
        let (_, family) = self::family(&mut tx, caller, id, payment).await?;
        let is_same = callbacks::is_recorded(&mut tx, &said).await?;
        return Ok(if is_same { Recorded::Stands(Box::new(family)) } else { Recorded::Late(Box::new(family)) });
    }
    audit::record(&mut tx, actor, "callback_recorded", &json!({ "sample": id, "payment": payment, "outcome": outcome })).await?;
    let (_, stands) = self::family(&mut tx, caller, id, payment).await?;
    tx.commit().await?;
    if let Some((_, kind)) = complaint {
        count(Metric::Complaints, &[("kind", kind)], 1);
    }
    Ok(Recorded::Stands(Box::new(stands)))
}

/// Lodges the complaint that an answer is.
async fn lodge(
    tx: &mut Tx,
    sample: &Sample,
    payment: Uuid,
    (complaint, kind, rupiah): (Uuid, &str, Option<i64>),
    actor: &str,
) -> Result<(), Refusal> {
    let serial = callbacks::serial(tx, sample.tranche_id, payment).await?;
    let serial = serial.ok_or_else(|| Refusal::new(StatusCode::CONFLICT, "cheque", "this payment has no cheque to complain of"))?;
    let lodged = Lodged { complaint, number: &number(complaint), serial: &serial, kind, rupiah, words: None };
    if complaints::lodge(tx, &lodged).await? {
        audit::record(tx, actor, "complaint_lodged", &json!({ "complaint": complaint, "kind": kind, "sample": sample.sample })).await?;
    }
    Ok(())
}
