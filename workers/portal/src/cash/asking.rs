//! The forms of an office: what would come of it first, then the same again with a button that sends it.
//!
//! The second page carries an id made for it, so that pressing twice moves cash once. It goes the way of the API; what is refused is told on the office's
//! page, with what was typed.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use salur_domain::{
    actor::Act,
    cash::{Place, Reason},
};
use salur_store::cash;
use uuid::Uuid;

use super::{
    CountAhead, CountAsked, MoveAsked, Taken,
    office::{self, Filled, OfficePage, date},
    take_count, take_move,
    words::{Words, reason},
};
use crate::{
    Portal,
    access::random_id,
    effects,
    pages::{Frame, Named, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    told::Entered,
    words::rupiah,
};

#[derive(Template)]
#[template(path = "cash_ahead.html")]
struct AheadPage {
    f: Frame,
    w: &'static Words,
    office: String,
    filled: Filled,
    request: Uuid,
    ahead: Ahead,
}

/// What would come of it, as texts.
enum Ahead {
    /// Of a move: place, before, after.
    Move { rupiah: String, places: [(String, String, String); 2] },
    /// Of a count.
    Count { day: String, books: String, counted: String, difference: String, verdict: &'static str, wants_words: bool, is_refused: bool },
}

pub(super) async fn move_it(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let answered = async {
        viewer.caller.must(Act::MoveCash)?;
        let page = ready(&portal, &viewer, &code, &filled).await?;
        let taken = send_move(&portal, &viewer, &code, &filled).await;
        answer(page, &viewer, filled, taken)
    };
    viewer.answer(answered).await
}

async fn send_move(portal: &Portal, viewer: &Viewer, code: &str, filled: &Filled) -> Result<Response, Refusal> {
    let amount = effects::amount(&filled.amount).ok_or_else(|| wrong("amount", "give whole rupiah"))?;
    let asked = MoveAsked {
        request: filled.request,
        programme: filled.programme.clone(),
        from: filled.from.clone(),
        to: filled.to.clone(),
        amount,
        document: filled.document.clone(),
        dry_run: !filled.sent,
    };
    match take_move(portal, &viewer.caller, asked).await? {
        Taken::Said(id) => {
            effects::of(|| cash::movement(portal.database(), id)).await?;
            Ok(there(code, filled, &format!("moved={id}")))
        }
        Taken::Ahead([giver, taker]) => {
            let places = [(&filled.from, giver, giver.saturating_sub(amount)), (&filled.to, taker, taker.saturating_add(amount))];
            let places = places.map(|(place, before, after)| (place.clone(), rupiah(before), rupiah(after)));
            look_ahead(viewer, code, filled, Ahead::Move { rupiah: rupiah(amount), places })
        }
    }
}

pub(super) async fn count_it(
    State(portal): State<Portal>,
    viewer: Viewer,
    Named(code): Named<String>,
    Entered(filled): Entered<Filled>,
) -> Result<Response, PageRefusal> {
    let answered = async {
        viewer.caller.must(Act::CloseDay)?;
        let page = ready(&portal, &viewer, &code, &filled).await?;
        let taken = send_count(&portal, &viewer, &code, &filled).await;
        answer(page, &viewer, filled, taken)
    };
    viewer.answer(answered).await
}

async fn send_count(portal: &Portal, viewer: &Viewer, code: &str, filled: &Filled) -> Result<Response, Refusal> {
    let asked = read_count(filled)?;
    let (day, counted) = (asked.day, asked.counted);
    match take_count(portal, &viewer.caller, asked).await? {
        Taken::Said(id) => {
            effects::of(|| cash::count(portal.database(), id)).await?;
            Ok(there(code, filled, &format!("counted={id}")))
        }
        Taken::Ahead(CountAhead { judged, drawer }) => {
            let ahead = Ahead::Count {
                day: date(day, viewer.language),
                books: rupiah(drawer.books),
                counted: rupiah(counted),
                difference: rupiah(counted.saturating_sub(drawer.books)),
                verdict: verdict(Words::of(viewer.language), judged),
                wants_words: judged == Err(Reason::Differs) || judged.is_ok_and(|difference| difference != 0),
                is_refused: judged.is_err_and(|reason| reason != Reason::Differs),
            };
            look_ahead(viewer, code, filled, ahead)
        }
    }
}

/// A look ahead has no address of its own: who comes back to it, from signing in or in another language, begins at the office.
pub(super) async fn back(Named(code): Named<String>) -> Redirect {
    Redirect::to(&format!("/cash/{}", escaped(&code)))
}

fn read_count(filled: &Filled) -> Result<CountAsked, Refusal> {
    let teller = Place::parse(&format!("teller:{}", filled.teller)).ok_or_else(|| wrong("place", "choose a teller"))?;
    Ok(CountAsked {
        request: filled.request,
        programme: filled.programme.clone(),
        teller: teller.code().to_owned(),
        day: filled.day.trim().parse().map_err(|_| wrong("day", "give the day as a date"))?,
        counted: effects::amount(&filled.counted).ok_or_else(|| wrong("counted", "give whole rupiah"))?,
        unsynchronised: filled.unsynchronised.trim().parse().map_err(|_| wrong("number", "give the number of captures in digits"))?,
        explanation: filled.explanation.clone(),
        dry_run: !filled.sent,
    })
}

/// What the stage would say, in words.
fn verdict(w: &'static Words, judged: Result<i64, Reason>) -> &'static str {
    match judged {
        Ok(0) => w.agrees,
        Ok(..0) => w.short,
        Ok(_) => w.over,
        Err(why) => reason(w, why.as_str()).unwrap_or(w.refused),
    }
}

fn look_ahead(viewer: &Viewer, code: &str, filled: &Filled, ahead: Ahead) -> Result<Response, Refusal> {
    let (w, request) = (Words::of(viewer.language), random_id()?);
    Ok(show(&AheadPage { f: viewer.frame(), w, office: code.to_owned(), filled: filled.clone(), request, ahead }))
}

/// Back at the office, with the id of what was said.
fn there(code: &str, filled: &Filled, came: &str) -> Response {
    Redirect::to(&format!("/cash/{}?programme={}&{came}", escaped(code), escaped(&filled.programme))).into_response()
}

/// The page of the office, before anything is said: the viewer sees it, and it has cash of the programme.
async fn ready(portal: &Portal, viewer: &Viewer, code: &str, filled: &Filled) -> Result<OfficePage, Refusal> {
    let page = office::draw(portal, viewer, code, Some(&filled.programme)).await?;
    if page.programme == filled.programme { Ok(page) } else { Err(wrong("programme", "there is no such programme; open the page again")) }
}

/// What is refused in a known word is told on the office's page, with what was typed.
fn answer(page: OfficePage, viewer: &Viewer, filled: Filled, taken: Result<Response, Refusal>) -> Result<Response, Refusal> {
    taken.or_else(|closed| {
        let Some(wrong) = reason(Words::of(viewer.language), closed.code()) else { return Err(closed) };
        Ok((closed.status(), page.refused(wrong, filled)).into_response())
    })
}

fn wrong(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
