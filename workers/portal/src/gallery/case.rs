//! The case of one capture: its photo, what is known of it beside what was expected, its visit, and what was decided about it.
//!
//! EXIF is read from the judged bytes when the page is opened. A supervisor decides here as at `POST /api/proofs/{capture}/review`: the fact is published, a
//! stage decides, and the first decision counts; the page shows what came of each.

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use salur_domain::{
    CaptureId,
    actor::Act,
    proof::{Code, Place},
    reason::Language,
    reversal::ReviewGround,
};
use salur_media::exif;
use salur_schemas::proof::CaptureStatement;
use salur_store::{
    gallery::{self, Decision, Finding, Whole, near::Alike},
    photo_requests, proofs,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    asked,
    drawing::{self, Map},
    export,
    finding::{evidence_name, evidence_unit, meaning},
    near, photo, proxy, reveal,
    sealed::{self, Seal},
    thumbnail_mark,
    why::{self, look},
    words::{Words, decision, ground, state},
};
use crate::{
    Portal,
    pages::{Frame, Named, PageRefusal, Viewer, place_name, show},
    payments::status_name,
    proofs::publish_review,
    refusal::Refusal,
    told::Entered,
    words::{self, moment, rupiah},
};

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route("/proofs/{capture}", get(case))
        .route("/proofs/{capture}/review", post(review))
        .route("/proofs/{capture}/ask", post(asked::ask))
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    f: Frame,
    w: &'static Words,
    n: &'static reveal::Words,
    e: &'static sealed::Words,
    x: &'static export::Words,
    a: &'static near::Words,
    p: &'static proxy::Words,
    seal: Seal,
    near: near::Alikes,
    own_thumbnail: Option<String>,
    capture: CaptureId,
    photo: Option<String>,
    state: String,
    state_name: &'static str,
    title: String,
    findings: Vec<ShownFinding>,
    other: Option<Other>,
    map: Option<Map>,
    line: Vec<(drawing::Moment, f64)>,
    times: Vec<(&'static str, &'static str, String)>,
    compared: Vec<Compared>,
    payments: Vec<ShownPayment>,
    whole: Whole,
    decisions: Vec<ShownDecision>,
    grounds: Vec<(&'static str, &'static str)>,
    may_decide: bool,
    asked: asked::Section,
    proxy: Option<proxy::Section>,
    may_reveal: bool,
    was_sent: bool,
}

/// A finding in words, with its evidence.
struct ShownFinding {
    code: String,
    severity: String,
    meaning: &'static str,
    evidence: Vec<(&'static str, String)>,
}

/// Another visit that the same photo was used for.
struct Other {
    capture: CaptureId,
    mark: String,
}

/// A value beside what was expected of it.
struct Compared {
    name: &'static str,
    exif: String,
    statement: String,
    expected: String,
}

struct ShownPayment {
    id: Uuid,
    tranche: String,
    name: String,
    nik: String,
    place: String,
    rupiah: String,
    status: &'static str,
    serial: String,
}

struct ShownDecision {
    at: String,
    actor: String,
    word: &'static str,
    ground: &'static str,
    document: String,
    effect: &'static str,
}

#[derive(Debug, Deserialize)]
struct Sent {
    sent: Option<String>,
}

async fn case(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(capture): Named<CaptureId>,
    Query(sent): Query<Sent>,
) -> Result<Response, PageRefusal> {
    draw(&portal, &viewer, capture, sent.sent.is_some()).await.map_err(|refusal| viewer.refused(refusal))
}

async fn draw(portal: &Portal, viewer: &Viewer, capture: CaptureId, was_sent: bool) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeProofs)?;
    let Some(why) = viewer.caller.why.clone() else { return Ok(why::ask(viewer)) };
    let w = Words::of(viewer.language);
    let mut tx = portal.database().begin_portal().await?;
    let region = &viewer.caller.actor.region;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "capture", "there is no such capture that you may see; check its id");
    let whole = gallery::case(&mut tx, capture, region).await?.ok_or_else(nowhere)?;
    let other = match other_of(&whole.findings) {
        Some(other) => gallery::case(&mut tx, other, region).await?.map(|_| other),
        None => None,
    };
    let seen: Vec<CaptureId> = [capture].into_iter().chain(other).collect();
    look(&mut tx, &viewer.caller, &why, "case", &seen).await?;
    let alike = near::find(&mut tx, viewer, &why, &whole.case).await?;
    let asked = photo_requests::of_case(&mut tx, capture).await?;
    tx.commit().await?;
    let seal = sealed::of(portal, viewer, capture).await?;
    let bytes = if whole.case.has_picture() { photo::read(portal, capture, proofs::original_key).await? } else { None };
    let read = bytes.as_deref().and_then(|bytes| exif::read(bytes).ok()).unwrap_or_default();
    Ok(show(&page(viewer, w, whole, Known { read, other, alike, seal, asked }, was_sent)))
}

/// What is known of a case besides its rows.
struct Known {
    read: exif::Exif,
    other: Option<CaptureId>,
    alike: Alike,
    seal: Seal,
    asked: Vec<photo_requests::Shown>,
}

fn page(viewer: &Viewer, w: &'static Words, whole: Whole, known: Known, was_sent: bool) -> CasePage {
    let (read, other) = (&known.read, known.other);
    let (case, language) = (&whole.case, viewer.language);
    let capture = case.capture();
    let at = |moment| words::moment(moment, case.offset_minutes, language);
    let statement: Option<CaptureStatement> = serde_json::from_value(case.statement.clone()).ok();
    let moments = moments(w, &whole, read);
    let may_decide = case.state == "questioned" && viewer.caller.may(Act::JudgeHandOvers);
    CasePage {
        f: viewer.frame(),
        photo: case.has_picture().then(|| viewer.caller.mark(&photo::photo_of(capture))),
        state: case.state.clone(),
        state_name: state(w, &case.state),
        title: format!("{}, {}", place_name(&case.village), at(case.captured_at)),
        findings: whole.findings.iter().map(|finding| shown_finding(finding, case.offset_minutes, language)).collect(),
        other: other.map(|capture| Other { capture, mark: thumbnail_mark(viewer, capture) }),
        map: map(w, &whole, read, statement.as_ref()),
        times: moments.iter().map(|(class, name, moment)| (*class, *name, at(*moment))).collect(),
        line: drawing::line(&moments),
        compared: compared(w, &whole, read, statement.as_ref(), language),
        payments: whole.payments.iter().map(|paid| shown_payment(paid, language)).collect(),
        decisions: whole.decisions.iter().map(|decided| shown_decision(w, decided, at(decided.at))).collect(),
        grounds: ReviewGround::ALL.map(|of| (of.as_str(), ground(w, of.as_str()))).into(),
        n: reveal::Words::of(language),
        e: sealed::Words::of(language),
        x: export::Words::of(language),
        a: near::Words::of(language),
        p: proxy::Words::of(language),
        proxy: whole.proxy.as_ref().map(|proxy| proxy::section(proxy::Words::of(language), proxy, at)),
        near: near::shown(viewer, &known.alike),
        own_thumbnail: case.has_picture().then(|| thumbnail_mark(viewer, capture)),
        seal: known.seal,
        may_reveal: viewer.caller.may(Act::RevealNik) && !whole.payments.is_empty(),
        may_decide,
        asked: asked::section(w, capture, &known.asked, may_decide, at),
        was_sent: was_sent && case.state == "questioned",
        whole,
        capture,
        w,
    }
}

/// Findings that name another capture.
const REUSED: [Code; 3] = [Code::Sam01, Code::Sam02, Code::Sam03];

/// The capture that had the picture first.
fn other_of(findings: &[Finding]) -> Option<CaptureId> {
    let same = findings.iter().find(|finding| REUSED.iter().any(|code| finding.code == code.as_str()))?;
    same.evidence["other_capture"].as_str()?.parse().ok().map(CaptureId)
}

/// When the camera says that it was, and its zone: the pay point's where it names none.
fn exif_time(whole: &Whole, read: &exif::Exif) -> Option<(DateTime<Utc>, i32)> {
    let offset = read.offset_minutes.unwrap_or(whole.case.offset_minutes);
    read.taken_at.map(|local| (local.and_utc() - TimeDelta::minutes(i64::from(offset)), offset))
}

fn moments(w: &'static Words, whole: &Whole, read: &exif::Exif) -> Vec<drawing::Moment> {
    let case = &whole.case;
    let mut list = vec![
        ("claim", w.claimed, case.claimed_at),
        ("statement", w.taken, case.captured_at),
        ("received", w.received, case.received_at),
        ("judged", w.judged, case.judged_at),
        ("claim", w.claim_ends, case.expires_at),
    ];
    list.extend(exif_time(whole, read).map(|(at, _)| ("exif", w.exif_taken, at)));
    list.sort_by_key(|moment| moment.2);
    list
}

fn map(w: &'static Words, whole: &Whole, read: &exif::Exif, statement: Option<&CaptureStatement>) -> Option<Map> {
    let case = &whole.case;
    let photo = read.position.map(|(latitude, longitude)| ("exif", w.photo_at, Place { latitude, longitude }, 0.0));
    let device = statement.and_then(|statement| statement.position);
    let device = device.map(|at| ("statement", w.device_at, Place { latitude: at.latitude, longitude: at.longitude }, at.accuracy_m));
    let spots: Vec<drawing::Spot> = device.into_iter().chain(photo).collect();
    drawing::map(Place { latitude: case.latitude, longitude: case.longitude }, f64::from(case.radius_m), &spots)
}

fn compared(
    w: &'static Words,
    whole: &Whole,
    read: &exif::Exif,
    statement: Option<&CaptureStatement>,
    language: Language,
) -> Vec<Compared> {
    let case = &whole.case;
    let none = || w.no_exif.to_owned();
    let degrees = |latitude: f64, longitude: f64| format!("{latitude:.5}, {longitude:.5}");
    let row = |name, exif, statement, expected| Compared { name, exif, statement, expected };
    let device = statement.and_then(|statement| statement.position);
    let camera = [read.make.as_deref(), read.model.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    vec![
        row(
            w.times,
            exif_time(whole, read).map_or_else(none, |(at, offset)| moment(at, offset, language)),
            moment(case.captured_at, case.offset_minutes, language),
            format!("{} {}–{}", w.in_hours, case.opens.format("%H:%M"), case.closes.format("%H:%M")),
        ),
        row(
            w.position,
            read.position.map_or_else(none, |(latitude, longitude)| degrees(latitude, longitude)),
            device.map_or_else(none, |at| degrees(at.latitude, at.longitude)),
            format!("{} ({} {})", w.near_pay_point, case.radius_m, w.metres),
        ),
        row(
            w.accuracy,
            String::new(),
            device.map_or_else(none, |at| drawing::distance(at.accuracy_m, language == Language::English)),
            String::new(),
        ),
        row(w.clock_offset, String::new(), statement.map_or_else(none, |said| format!("{} s", said.clock_offset_s)), String::new()),
        row(w.camera, if camera.is_empty() { none() } else { camera }, case.device.clone(), String::new()),
        row(w.software, read.software.clone().unwrap_or_else(none), String::new(), String::new()),
        row(
            w.size,
            case.width.zip(case.height).map_or_else(none, |(width, height)| format!("{width} × {height}")),
            format!("{} B", words::count(case.size, language)),
            w.as_stated.to_owned(),
        ),
        row(w.digest, hex::encode(&case.sha256), statement.map_or_else(none, |said| said.sha256.clone()), w.as_stated.to_owned()),
    ]
}

fn shown_finding(finding: &Finding, offset_minutes: i32, language: Language) -> ShownFinding {
    let text = |value: &serde_json::Value| match value.as_str() {
        Some(text) => {
            DateTime::parse_from_rfc3339(text).map_or_else(|_| text.to_owned(), |at| moment(at.to_utc(), offset_minutes, language))
        }
        None => value.to_string(),
    };
    let named =
        |(name, value): (&String, &serde_json::Value)| (evidence_name(name, language), evidence_value(language, name, &text(value)));
    let evidence = finding.evidence.as_object().into_iter().flatten().map(named);
    ShownFinding {
        code: finding.code.clone(),
        severity: finding.severity.clone(),
        meaning: Code::parse(&finding.code).map_or("", |code| meaning(code, language)),
        evidence: evidence.collect(),
    }
}

/// A value of a finding's evidence in words, with its unit.
fn evidence_value(language: Language, name: &str, value: &str) -> String {
    match (name, value) {
        ("source", "file") => evidence_name(value, language).to_owned(),
        ("source", "exif") => Words::of(language).photo_at.to_owned(),
        ("source", "statement") => Words::of(language).device_at.to_owned(),
        _ => format!("{value}{}", evidence_unit(name, language)),
    }
}

fn shown_payment(paid: &gallery::Paid, language: Language) -> ShownPayment {
    ShownPayment {
        id: paid.payment,
        tranche: paid.tranche_name.clone(),
        name: paid.name.clone().unwrap_or_default(),
        nik: paid.nik.clone().unwrap_or_default(),
        place: place_name(&paid.village),
        rupiah: rupiah(paid.amount),
        status: status_name(&paid.status, language),
        serial: paid.serial.clone().unwrap_or_default(),
    }
}

fn shown_decision(w: &'static Words, decided: &Decision, at: String) -> ShownDecision {
    let effect = match decided.effect.as_str() {
        "carried_out" => w.carried_out,
        "signed" => w.signed,
        _ => w.already,
    };
    ShownDecision {
        at,
        actor: decided.actor.clone(),
        word: decision(w, &decided.word),
        ground: ground(w, &decided.ground),
        document: decided.document.clone(),
        effect,
    }
}

#[derive(Debug, Deserialize)]
struct Reviewing {
    ground: String,
    document: String,
    request: Option<Uuid>,
}

async fn review(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(capture): Named<CaptureId>,
    Entered(asked): Entered<Reviewing>,
) -> Result<Response, PageRefusal> {
    let published = publish_review(&portal, &viewer.caller, capture, &asked.ground, &asked.document, asked.request).await;
    published.map_err(|refusal| viewer.refused(refusal)).map(drop)?;
    Ok(Redirect::to(&format!("/proofs/{capture}?sent=1")).into_response())
}

/// Used by the template.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the template hands over references")]
impl CasePage {
    fn far(&self, metres: &f64) -> String {
        drawing::distance(*metres, self.f.language == Language::English)
    }

    fn limit(&self) -> String {
        self.far(&f64::from(self.whole.case.radius_m))
    }
}
