//! A teller's own page: the drawer (what came in, what went back, how the days closed) and the hand-overs of a day with how their proofs stand.
//!
//! Teller and pay point stand with the actor and are no parameter; everything is read in a database role that reaches that drawer alone
//! ([`salur_store::drawer`]). Three things stay unsaid: what the books say before a day is closed, since who knows it counts that; what was found about a
//! photo, since who knows it photographs around it; and whom it shows.
//!
//! Bounds: [`drawer::PAGE`] hand-overs of a page, [`drawer::LAST`] moves and counts, one day.

mod words;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Utc};
use salur_domain::{actor::Act, reason::Language};
use salur_store::{
    Page, Timestamp, Tx,
    drawer::{self, Count, Counter, HandOver, Move},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Portal, cash,
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    words::{clock, count, moment, month, rupiah},
};
use words::{Words, state};

/// Where this page is.
const PATH: &str = "/drawer";
/// Before the first hand-over.
const FIRST: (i32, Timestamp, Uuid) = (-1, DateTime::UNIX_EPOCH, Uuid::nil());

/// The page.
pub(crate) fn routes() -> Router<Portal> {
    Router::new().route("/drawer", get(show_page))
}

#[derive(Template)]
#[template(path = "drawer.html")]
struct DrawerPage {
    f: Frame,
    w: &'static Words,
    counter: Counter,
    floats: Vec<(String, String, String)>,
    day: NaiveDate,
    day_name: String,
    before: NaiveDate,
    later: Option<NaiveDate>,
    states: Vec<(&'static str, &'static str, String, String)>,
    hand_overs: Vec<Shown>,
    is_first: bool,
    next: Option<String>,
    counts: Vec<ShownCount>,
    moves: Vec<ShownMove>,
}

/// A hand-over as texts.
struct Shown {
    at: String,
    rupiah: String,
    payments: String,
    state: &'static str,
    badge: &'static str,
    what: &'static str,
}

struct ShownCount {
    at: String,
    programme: String,
    day: String,
    counted: String,
    difference: Option<String>,
    explanation: String,
    is_closed: bool,
    why: &'static str,
}

struct ShownMove {
    at: String,
    from: String,
    to: String,
    rupiah: String,
    document: String,
    is_booked: bool,
    why: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    day: String,
    after: String,
}

async fn show_page(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(async { Ok(show(&draw(&portal, &viewer, &asked).await?)) }).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: &Asked) -> Result<DrawerPage, Refusal> {
    viewer.caller.must(Act::SeeDrawer)?;
    let nowhere = || Refusal::new(StatusCode::NOT_FOUND, "drawer", "your teller or pay point is no more; ask an administrator");
    let actor = &viewer.caller.actor;
    let (teller, pay_point) = actor.teller.as_deref().zip(actor.pay_point.as_deref()).ok_or_else(nowhere)?;
    let mut tx = portal.database().begin_drawer(teller, pay_point).await?;
    let counter = drawer::counter(&mut tx).await?.ok_or_else(nowhere)?;
    let (w, language) = (Words::of(viewer.language), viewer.language);
    let today = Utc::now().with_timezone(&zone(&counter)).date_naive();
    let day = asked.day.parse().ok().filter(|day| *day <= today).unwrap_or(today);
    let (shown_states, found, is_first) = of_day(&mut tx, &counter, day, asked).await?;
    let next = found.last_before_more().map(|last| format!("{PATH}?day={day}&after={}", escaped(&place_of(last))));
    let sum = |(word, number, sum): (String, i64, i64)| {
        let (name, badge, _) = state(w, &word);
        (name, badge, count(number, language), rupiah(sum))
    };
    Ok(DrawerPage {
        f: viewer.frame(),
        w,
        floats: drawer::floats(&mut tx).await?.into_iter().map(|f| (f.programme, rupiah(f.received), rupiah(f.given_back))).collect(),
        day,
        day_name: date(day, language),
        before: day.pred_opt().unwrap_or(day),
        later: day.succ_opt().filter(|later| *later <= today),
        states: shown_states.into_iter().map(sum).collect(),
        hand_overs: found.iter().map(|hand_over| shown(hand_over, &counter, w, language)).collect(),
        is_first,
        next,
        counts: drawer::counts(&mut tx).await?.into_iter().map(|known| shown_count(known, &counter, language)).collect(),
        moves: drawer::moves(&mut tx).await?.into_iter().map(|known| shown_move(known, &counter, language)).collect(),
        counter,
    })
}

type OfDay = (Vec<(String, i64, i64)>, Page<HandOver>, bool);

/// The sums of a day by state and a page of its hand-overs.
async fn of_day(tx: &mut Tx, counter: &Counter, day: NaiveDate, asked: &Asked) -> Result<OfDay, Refusal> {
    let begins = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_local_timezone(zone(counter)).single();
    let from = begins(day).map_or(DateTime::UNIX_EPOCH, |at| at.to_utc());
    let span = (from, from + TimeDelta::days(1));
    let after = read_place(&asked.after);
    let found = drawer::hand_overs(tx, span, after.unwrap_or(FIRST)).await?;
    Ok((drawer::states(tx, span).await?, found, after.is_none()))
}

fn zone(counter: &Counter) -> FixedOffset {
    FixedOffset::east_opt(counter.utc_offset_minutes.saturating_mul(60)).expect("a pay point's clock is of this earth")
}

fn place_of(last: &HandOver) -> String {
    format!("{}/{}/{}", last.rank, last.captured_at.to_rfc3339(), last.capture)
}

fn read_place(text: &str) -> Option<(i32, Timestamp, Uuid)> {
    let mut parts = text.split('/');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn shown(hand_over: &HandOver, counter: &Counter, w: &'static Words, language: Language) -> Shown {
    let (state, badge, what) = state(w, &hand_over.state);
    Shown {
        at: clock(hand_over.captured_at, counter.utc_offset_minutes, language),
        rupiah: rupiah(hand_over.rupiah),
        payments: count(hand_over.payments.into(), language),
        state,
        badge,
        what,
    }
}

fn shown_count(known: Count, counter: &Counter, language: Language) -> ShownCount {
    ShownCount {
        at: moment(known.decided_at, counter.utc_offset_minutes, language),
        programme: known.programme,
        day: date(known.day, language),
        counted: rupiah(known.counted),
        difference: known.difference.map(rupiah),
        explanation: known.explanation,
        is_closed: known.effect == "closed",
        why: cash::reason(language, &known.reason),
    }
}

fn shown_move(known: Move, counter: &Counter, language: Language) -> ShownMove {
    ShownMove {
        at: moment(known.decided_at, counter.utc_offset_minutes, language),
        from: known.from_place,
        to: known.to_place,
        rupiah: rupiah(known.amount),
        document: known.document,
        is_booked: known.effect == "booked",
        why: cash::reason(language, &known.reason),
    }
}

fn date(day: NaiveDate, language: Language) -> String {
    format!("{} {} {}", day.day(), month(day.month0(), language), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_page_ends_reads_back_to_the_microsecond() {
        let at = DateTime::from_timestamp_micros(1_772_848_984_123_456).expect("a moment");
        let last = HandOver { capture: Uuid::max(), captured_at: at, rupiah: 1, payments: 1, state: "paid".into(), rank: 2 };
        assert_eq!(read_place(&place_of(&last)), Some((2, at, Uuid::max())));
        for wrong in ["", "2", "x/y/z", "2/2026-03-07T02:03:04Z", "2/2026-03-07T02:03:04Z/x"] {
            assert_eq!(read_place(wrong), None, "{wrong}");
        }
    }
}
