//! The pages: samples and the form that draws one, a sample with what it says of everybody, and one family with its call.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::{actor::Act, reason::Language};
use salur_store::callbacks::{self, Family, Sample};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Call, Contact, Outcome, Recorded, Report, Wish, open,
    report::{Between, report},
    sample,
    words::{Words, outcome, sign},
};
use crate::{
    Portal,
    access::random_id,
    pages::{Frame, Named, PageRefusal, Viewer, place_name, region_name, show},
    refusal::Refusal,
    told::Entered,
    words::{WIB, count, moment, rupiah},
};

/// Families on the page of a sample; programs are told all.
pub const SHOWN: usize = 100;
const PATH: &str = "/callbacks";

#[derive(Template)]
#[template(path = "callbacks.html")]
struct ListPage {
    f: Frame,
    w: &'static Words,
    samples: Vec<Line>,
    may_draw: bool,
    filled: Filled,
    request: Uuid,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "callback_sample.html")]
struct SamplePage {
    f: Frame,
    w: &'static Words,
    s: Line,
    seed: String,
    as_of: i64,
    bars: Vec<Bar>,
    counts: Vec<(&'static str, String)>,
    missing: Option<(String, String, String)>,
    classes: Vec<(u32, String, String, String)>,
    families: Vec<Row>,
}

#[derive(Template)]
#[template(path = "callback_family.html")]
struct FamilyPage {
    f: Frame,
    w: &'static Words,
    sample: Uuid,
    row: Row,
    contact: Option<Contact>,
    may_record: bool,
    is_open: bool,
    outcomes: Vec<(&'static str, &'static str)>,
    request: Uuid,
    filled: Called,
    wrong: Option<&'static str>,
}

/// A sample as texts.
struct Line {
    id: Uuid,
    tranche: String,
    place: String,
    drawn: String,
    members: String,
    answered: String,
    confidence: i16,
    margin: String,
    at: String,
    by: String,
    why: String,
}

/// A share as a bar: the interval is a lighter one around it. Widths are hundredths of the page.
struct Bar {
    name: &'static str,
    value: String,
    low: String,
    high: String,
    at: String,
    from: String,
    wide: String,
}

/// A family as texts.
struct Row {
    place: i32,
    payment: Uuid,
    home: String,
    pay_point: String,
    teller: String,
    weight: i16,
    signs: String,
    amount: String,
    answer: &'static str,
    rupiah: Option<String>,
    note: Option<String>,
    by: Option<String>,
    calls: i64,
    complaint: Option<Uuid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    request: Option<Uuid>,
    tranche: String,
    region: String,
    confidence: String,
    margin: String,
    seed: String,
    why: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Called {
    request: Option<Uuid>,
    outcome: String,
    rupiah: String,
    note: String,
    why: String,
}

/// A sample and one of its families, in a path.
type Which = (Uuid, Uuid);

pub(super) async fn list(State(portal): State<Portal>, viewer: Viewer) -> Result<Response, PageRefusal> {
    let page = listed(&portal, &viewer, Filled::default(), None).await;
    page.map(|page| show(&page)).map_err(|refusal| viewer.refused(refusal))
}

async fn listed(portal: &Portal, viewer: &Viewer, filled: Filled, wrong: Option<String>) -> Result<ListPage, Refusal> {
    viewer.caller.must(Act::SeeCallbacks)?;
    let mut tx = portal.database().begin_portal().await?;
    let samples = callbacks::samples(&mut tx, &viewer.caller.actor.region, None).await?;
    Ok(ListPage {
        f: viewer.frame(),
        w: Words::of(viewer.language),
        samples: samples.iter().map(|sample| line(sample, viewer)).collect(),
        may_draw: viewer.caller.may(Act::DrawCallbacks),
        request: filled.request.map_or_else(random_id, Ok)?,
        filled,
        wrong,
    })
}

pub(super) async fn draw(State(portal): State<Portal>, viewer: Viewer, Entered(filled): Entered<Filled>) -> Result<Response, PageRefusal> {
    let drawn = async {
        let region = Some(filled.region.trim()).filter(|region| !region.is_empty()).map(str::to_owned);
        let wish = Wish {
            request: filled.request,
            tranche: filled.tranche.trim().to_owned(),
            region,
            seed: filled.seed.clone(),
            confidence: filled.confidence.trim().parse().ok(),
            margin: filled.margin.trim().parse().ok(),
            as_of: None,
            why: filled.why.clone(),
        };
        match super::draw(&portal, &viewer.caller, &wish).await {
            Ok(sample) => Ok(Redirect::to(&format!("{PATH}/{}", sample.sample)).into_response()),
            Err(refusal) if refusal.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                let said = format!("{}{}", Words::of(viewer.language).wrong_fields, refusal.message());
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&listed(&portal, &viewer, filled, Some(said)).await?)).into_response())
            }
            Err(refusal) => Err(refusal),
        }
    };
    viewer.answer(drawn).await
}

pub(super) async fn one(State(portal): State<Portal>, viewer: Viewer, Named(id): Named<Uuid>) -> Result<Response, PageRefusal> {
    viewer.answer(drawn(&portal, &viewer, id)).await
}

async fn drawn(portal: &Portal, viewer: &Viewer, id: Uuid) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeCallbacks)?;
    let mut tx = portal.database().snapshot_portal().await?;
    let sample = sample(&mut tx, &viewer.caller, id).await?;
    let (classes, mut families) = (callbacks::classes(&mut tx, id).await?, callbacks::families(&mut tx, id, None).await?);
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let report = report(&classes, &families, sample.confidence);
    families.sort_by_key(is_answered);
    let counted = |number: u32| count(i64::from(number), language);
    let class = |class: &salur_domain::callback::Class| {
        let chance = f64::from(class.drawn) / f64::from(class.members.max(1));
        (class.weight, counted(class.members), counted(class.drawn), percent(chance, language))
    };
    let between = |between: Between<i64>| (rupiah(between.value), rupiah(between.low), rupiah(between.high));
    Ok(show(&SamplePage {
        f: viewer.frame(),
        w,
        s: line(&sample, viewer),
        seed: sample.seed.clone(),
        as_of: sample.as_of,
        bars: bars(w, &report, language),
        counts: counts(w, &report, language),
        missing: report.missing.map(between),
        classes: classes.iter().map(class).collect(),
        families: families.into_iter().take(SHOWN).map(|family| row(family, viewer)).collect(),
    }))
}

fn is_answered(family: &Family) -> bool {
    !matches!(family.outcome.as_deref(), None | Some("not_reached"))
}

fn bars(w: &'static Words, report: &Report, language: Language) -> Vec<Bar> {
    let Some(shares) = report.shares else { return Vec::new() };
    let bar = |(name, share): (&'static str, Between<f64>)| Bar {
        name,
        value: percent(share.value, language),
        low: percent(share.low, language),
        high: percent(share.high, language),
        at: format!("{:.2}", share.value * 100.0),
        from: format!("{:.2}", share.low * 100.0),
        wide: format!("{:.2}", (share.high - share.low) * 100.0),
    };
    [(w.got_all, shares.got_all), (w.kept_back, shares.kept_back), (w.did_not_get, shares.did_not_get)].map(bar).into()
}

fn counts(w: &'static Words, report: &Report, language: Language) -> Vec<(&'static str, String)> {
    let all = [
        (w.waiting, report.waiting),
        (w.got_all, report.got_all),
        (w.kept_back, report.kept_back),
        (w.did_not_get, report.did_not_get),
        (w.not_known, report.not_known),
        (w.not_reached, report.not_reached),
    ];
    all.into_iter().map(|(name, number)| (name, count(i64::try_from(number).unwrap_or(i64::MAX), language))).collect()
}

/// `3,4 %`, in English `3.4 %`.
fn percent(share: f64, language: Language) -> String {
    let text = format!("{:.1} %", share * 100.0);
    if language == Language::English { text } else { text.replace('.', ",") }
}

fn line(sample: &Sample, viewer: &Viewer) -> Line {
    let (w, language) = (Words::of(viewer.language), viewer.language);
    Line {
        id: sample.sample,
        tranche: sample.tranche.clone(),
        place: if sample.region.is_empty() { w.country.to_owned() } else { region_name(&sample.region) },
        drawn: count(sample.drawn, language),
        members: count(i64::from(sample.members), language),
        answered: count(sample.answered, language),
        confidence: sample.confidence,
        margin: percent(f64::from(sample.margin) / 1_000.0, language),
        at: moment(sample.drawn_at, WIB, language),
        by: sample.actor.clone(),
        why: sample.why.clone(),
    }
}

fn row(family: Family, viewer: &Viewer) -> Row {
    let w = Words::of(viewer.language);
    Row {
        place: family.place,
        payment: family.payment,
        home: place_name(&family.village),
        pay_point: family.pay_point,
        teller: family.teller,
        weight: family.weight,
        signs: family.signs.iter().map(|name| sign(w, name)).collect::<Vec<_>>().join(", "),
        amount: rupiah(family.amount),
        answer: outcome(w, family.outcome.as_deref()),
        rupiah: family.rupiah.map(rupiah),
        note: family.note.filter(|note| !note.is_empty()),
        by: family.actor,
        calls: family.calls,
        complaint: family.complaint,
    }
}

pub(super) async fn family(State(portal): State<Portal>, viewer: Viewer, Named(which): Named<Which>) -> Result<Response, PageRefusal> {
    let page = called(&portal, &viewer, which, Called::default()).await;
    page.map(|page| show(&page)).map_err(|refusal| viewer.refused(refusal))
}

async fn called(portal: &Portal, viewer: &Viewer, (id, payment): Which, filled: Called) -> Result<FamilyPage, Refusal> {
    viewer.caller.must(Act::SeeCallbacks)?;
    let mut tx = portal.database().begin_portal().await?;
    let (_, family) = super::family(&mut tx, &viewer.caller, id, payment).await?;
    let w = Words::of(viewer.language);
    Ok(FamilyPage {
        f: viewer.frame(),
        w,
        sample: id,
        is_open: !is_answered(&family),
        row: row(family, viewer),
        contact: None,
        may_record: viewer.caller.may(Act::RecordCallbacks),
        outcomes: Outcome::ALL.map(|word| (word.as_str(), outcome(w, Some(word.as_str())))).to_vec(),
        request: filled.request.map_or_else(random_id, Ok)?,
        filled,
        wrong: None,
    })
}

pub(super) async fn contact(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(which): Named<Which>,
    Entered(filled): Entered<Called>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        viewer.caller.must(Act::RecordCallbacks)?;
        let opened = open(&portal, &viewer.caller, which.0, which.1, &filled.why).await;
        let page = called(&portal, &viewer, which, filled).await?;
        match opened {
            Ok(contact) => Ok(show(&FamilyPage { contact: Some(contact), ..page })),
            Err(refusal) if refusal.code() == "why" => {
                let wrong = Some(page.w.why_hint);
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&FamilyPage { wrong, ..page })).into_response())
            }
            Err(refusal) => Err(refusal),
        }
    };
    viewer.answer(drawn).await
}

pub(super) async fn record(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(which): Named<Which>,
    Entered(filled): Entered<Called>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        viewer.caller.must(Act::RecordCallbacks)?;
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == filled.outcome);
        let digits = filled.rupiah.trim().trim_start_matches("Rp").replace(['.', ' ', ','], "");
        let rupiah = if digits.is_empty() { Ok(None) } else { digits.parse().map(Some) };
        let recorded = match outcome.zip(rupiah.ok()) {
            Some((outcome, rupiah)) => {
                let call = Call { request: filled.request, outcome, rupiah, note: filled.note.clone() };
                super::record(&portal, &viewer.caller, which.0, which.1, &call).await
            }
            None => Err(super::wrong("rupiah", "choose an answer, and write an amount in digits")),
        };
        match recorded {
            Ok(Recorded::Stands(_)) => Ok(Redirect::to(&format!("{PATH}/{}", which.0)).into_response()),
            Ok(Recorded::Late(_)) => {
                let page = called(&portal, &viewer, which, filled).await?;
                Ok((StatusCode::CONFLICT, show(&FamilyPage { wrong: Some(page.w.late), ..page })).into_response())
            }
            Err(refusal) if refusal.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                let page = called(&portal, &viewer, which, filled).await?;
                let wrong = if refusal.code() == "note" { page.w.note_hint } else { page.w.rupiah };
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&FamilyPage { wrong: Some(wrong), ..page })).into_response())
            }
            Err(refusal) => Err(refusal),
        }
    };
    viewer.answer(drawn).await
}
