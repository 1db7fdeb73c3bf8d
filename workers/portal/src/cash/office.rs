//! One office as a page: what it and its tellers hold, the forms that move cash and close a day, and what was moved and counted.
//!
//! An office outside the viewer's region is not there. A treasurer moves and a supervisor counts; each finds the own form alone, an auditor none.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{FixedOffset, NaiveDate, Utc};
use salur_domain::{
    actor::Act,
    cash::{Drawer, Place},
    reason::Language,
};
use salur_store::cash::{
    self, Count, Move, TellerLine, Which,
    shown::{self, Office},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    page::{Part, chosen, drawn, width},
    words::{Words, reason},
};
use crate::{
    Portal,
    pages::{Frame, Named, PageRefusal, Viewer, regency_name, show},
    refusal::Refusal,
    words::{WIB, count, moment, month, rupiah},
};

#[derive(Template)]
#[template(path = "cash_office.html")]
pub(super) struct OfficePage {
    f: Frame,
    w: &'static Words,
    pub(super) programme: String,
    code: String,
    name: String,
    regency: String,
    parts: Vec<Part>,
    tellers: Vec<ShownTeller>,
    places: Vec<(String, String)>,
    may_move: bool,
    may_close: bool,
    moves: Vec<ShownMove>,
    counts: Vec<ShownCount>,
    filled: Filled,
    note: Option<String>,
    wrong: Option<&'static str>,
}

impl OfficePage {
    /// The page, with why nothing was done and what was typed.
    pub(super) fn refused(self, wrong: &'static str, filled: Filled) -> Response {
        show(&Self { wrong: Some(wrong), filled, ..self })
    }
}

/// What a form of this page says, as it was typed.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    pub programme: String,
    pub request: Option<Uuid>,
    /// Looked at, so that it may be sent.
    pub sent: bool,
    pub from: String,
    pub to: String,
    pub amount: String,
    pub document: String,
    pub teller: String,
    pub day: String,
    pub counted: String,
    pub unsynchronised: String,
    pub explanation: String,
}

struct ShownTeller {
    code: String,
    name: String,
    received: String,
    paid_out: String,
    given_back: String,
    books: String,
    is_below: bool,
    difference: Option<String>,
    closed: String,
    unjudged: Option<String>,
    claimed: Option<String>,
    wide: i64,
}

struct ShownMove {
    at: String,
    from: String,
    to: String,
    rupiah: String,
    document: String,
    actor: String,
    is_booked: bool,
    why: &'static str,
}

struct ShownCount {
    at: String,
    teller: String,
    day: String,
    counted: String,
    books: String,
    difference: String,
    explanation: String,
    actor: String,
    is_closed: bool,
    why: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    programme: Option<String>,
    moved: Option<Uuid>,
    counted: Option<Uuid>,
}

pub(super) async fn show_page(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Query(came): Query<Came>,
) -> Result<Response, PageRefusal> {
    let drawn = async {
        let page = draw(&portal, &viewer, &code, came.programme.as_deref()).await?;
        let w = page.w;
        let (note, wrong) = told(&portal, &viewer, &came, w).await?;
        Ok(show(&OfficePage { note, wrong, ..page }))
    };
    viewer.answer(drawn).await
}

/// What came of what this viewer sent a moment ago.
async fn told(portal: &Portal, viewer: &Viewer, came: &Came, w: &'static Words) -> Result<(Option<String>, Option<&'static str>), Refusal> {
    let me = viewer.caller.actor.name.as_str();
    let outcome = match (came.moved, came.counted) {
        (Some(id), _) => cash::movement(portal.database(), id).await?.map(|known| {
            let said = format!("{}: {} → {}, {}", w.was_moved, known.from, known.to, rupiah(known.amount));
            (known.actor, known.reason, said)
        }),
        (None, Some(id)) => cash::count(portal.database(), id).await?.map(|known| {
            let said = format!("{}: {}, {}", w.was_closed, known.teller, date(known.day, viewer.language));
            (known.actor, known.reason, said)
        }),
        (None, None) => return Ok((None, None)),
    };
    Ok(match outcome {
        None => (Some(w.sent.to_owned()), None),
        Some((actor, ..)) if actor != me => (None, None),
        Some((_, why, said)) if why.is_empty() => (Some(said), None),
        Some((_, why, _)) => (None, reason(w, &why)),
    })
}

/// The page of an office; refused as nowhere where the viewer's region holds none of this code.
pub(super) async fn draw(portal: &Portal, viewer: &Viewer, code: &str, programme: Option<&str>) -> Result<OfficePage, Refusal> {
    viewer.caller.must(Act::SeeCash)?;
    let (w, region, database) = (Words::of(viewer.language), viewer.caller.actor.region.as_str(), portal.database());
    let programme = chosen(&shown::programmes(database, region).await?, programme);
    let found = shown::office(database, &programme, region, code).await?;
    let office = found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "office", "there is no office of this code that you may see"))?;
    let lines = cash::report(database, Which { programme: Some(&programme), region, office: Some(code) }).await?.tellers;
    let names: Vec<(String, i64)> = lines.iter().map(|line| (line.teller.clone(), line.books)).collect();
    let drawers = shown::drawers(database, &programme, &names).await?;
    let moves = shown::moves(database, &programme, &places_of(code, &lines)).await?;
    let codes: Vec<String> = lines.iter().map(|line| line.teller.clone()).collect();
    let counts = shown::counts(database, &programme, &codes).await?;
    let most = lines.iter().map(|line| line.books).max().unwrap_or(1);
    let may = |act| viewer.caller.may(act);
    Ok(OfficePage {
        f: viewer.frame(),
        w,
        parts: parts(w, &office),
        places: places(w, &office, &lines, region.is_empty()),
        tellers: lines.iter().zip(&drawers).map(|(line, drawer)| shown_teller(line, drawer.as_ref(), most, viewer)).collect(),
        may_move: may(Act::MoveCash),
        may_close: may(Act::CloseDay),
        moves: moves.into_iter().map(|known| shown_move(known, w, viewer.language)).collect(),
        counts: counts.into_iter().map(|known| shown_count(known, w, viewer.language)).collect(),
        filled: Filled { day: today().to_string(), unsynchronised: "0".into(), ..Filled::default() },
        note: None,
        wrong: None,
        programme,
        name: office.name,
        regency: regency_name(&office.regency),
        code: office.office,
    })
}

fn today() -> NaiveDate {
    let zone = FixedOffset::east_opt(WIB * 60).expect("a zone of this earth");
    Utc::now().with_timezone(&zone).date_naive()
}

fn parts(w: &'static Words, office: &Office) -> Vec<Part> {
    drawn(vec![
        ("c-office", w.office, office.books),
        ("c-teller", w.tellers, office.with_tellers),
        ("c-difference", w.difference, office.difference),
    ])
}

/// The places of an office, its tellers' drawers and what they answer for.
fn places_of(office: &str, tellers: &[TellerLine]) -> Vec<Place> {
    let of = |line: &TellerLine| [Place::Teller(line.teller.clone()), Place::Difference(line.teller.clone())];
    [Place::Office(office.to_owned())].into_iter().chain(tellers.iter().flat_map(of)).collect()
}

/// What a form may choose from: as written, and in words.
fn places(w: &'static Words, office: &Office, tellers: &[TellerLine], has_country: bool) -> Vec<(String, String)> {
    let bank = has_country.then(|| (Place::Bank.to_string(), w.bank.to_owned()));
    let own = (Place::Office(office.office.clone()).to_string(), format!("{} {}", w.office, office.office));
    let drawer = |line: &TellerLine| (Place::Teller(line.teller.clone()).to_string(), format!("{} · {}", line.teller, line.name));
    let owed = |line: &TellerLine| (Place::Difference(line.teller.clone()).to_string(), format!("{} {}", w.difference_of, line.teller));
    let drawers = tellers.iter().map(drawer);
    let owing = tellers.iter().filter(|line| line.difference > 0).map(owed);
    bank.into_iter().chain([own]).chain(drawers).chain(owing).collect()
}

fn shown_teller(line: &TellerLine, drawer: Option<&Drawer>, most: i64, viewer: &Viewer) -> ShownTeller {
    let language = viewer.language;
    let some = |number: i64| (number > 0).then(|| count(number, language));
    ShownTeller {
        code: line.teller.clone(),
        name: line.name.clone(),
        received: rupiah(line.received),
        paid_out: rupiah(line.paid_out),
        given_back: rupiah(line.given_back),
        books: rupiah(line.books),
        is_below: line.books < 0,
        difference: (line.difference != 0).then(|| rupiah(line.difference)),
        closed: line.closed.map(|day| date(day, language)).unwrap_or_default(),
        unjudged: drawer.and_then(|drawer| some(drawer.unjudged)),
        claimed: drawer.and_then(|drawer| some(drawer.claimed)),
        wide: width(line.books, most),
    }
}

fn shown_move(known: Move, w: &'static Words, language: Language) -> ShownMove {
    ShownMove {
        at: moment(known.decided_at, WIB, language),
        rupiah: rupiah(known.amount),
        is_booked: known.effect == "booked",
        why: reason(w, &known.reason).unwrap_or_default(),
        from: known.from,
        to: known.to,
        document: known.document,
        actor: known.actor,
    }
}

fn shown_count(known: Count, w: &'static Words, language: Language) -> ShownCount {
    let difference = known.books.map(|books| known.counted.saturating_sub(books));
    ShownCount {
        at: moment(known.decided_at, WIB, language),
        day: date(known.day, language),
        counted: rupiah(known.counted),
        books: known.books.map(rupiah).unwrap_or_default(),
        difference: difference.map(rupiah).unwrap_or_default(),
        is_closed: known.effect == "closed",
        why: reason(w, &known.reason).unwrap_or_default(),
        teller: known.teller,
        explanation: known.explanation,
        actor: known.actor,
    }
}

/// `7 Maret 2026`.
pub(super) fn date(day: NaiveDate, language: Language) -> String {
    use chrono::Datelike;
    format!("{} {} {}", day.day(), month(day.month0(), language), day.year())
}
