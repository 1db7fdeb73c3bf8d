//! The auditors' gallery: contact sheets of proof photos, and the case of each.
//!
//! `GET /proofs` is a sheet by filters, newest first; `GET /proofs/{capture}` is a case ([`case`]); photos come from here alone ([`photo`]). Nobody sees a
//! photo before it is recorded who looks, when and why: the reason is asked once per session, and each sheet and case leaves its captures in the audit in the
//! transaction that reads them. Only then does the page carry a *mark* of the session for each photo, without which none is served.
//!
//! Bounds: [`SHEET`] photos of a sheet, up to [`gallery::SHEET_MAX`] on request. Whoever acts for a region sees its families alone.

mod asked;
mod case;
mod conduct;
mod drawing;
mod export;
mod finding;
mod near;
mod photo;
mod proxy;
mod reveal;
mod sample;
mod sealed;
mod views;
mod why;
mod words;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use chrono::{DateTime, Days, FixedOffset, NaiveDate, Utc};
use salur_domain::{
    CaptureId,
    actor::{Act, covers},
    proof::Code,
    region::{self, ProvinceCode, RegencyCode},
};
use salur_store::gallery::{self, Filter, Tile};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Portal,
    access::Caller,
    pages::{Frame, PageRefusal, Viewer, escaped, place_name, show},
    refusal::Refusal,
    words::{WIB, count, moment, rupiah},
};
pub(crate) use export::case as case_file;
use finding::meaning;
pub use reveal::REVEALS_PER_HOUR;
pub use views::{View, Views};
use why::{look, names_a_person};
pub(crate) use why::{no_reason, reason as reason_to_look};
use words::{Words, state};

/// Photos of a sheet, where nobody asks for another number.
pub const SHEET: i64 = 60;
/// Cases carried out of the house at once: each holds a photo of at most 16 MiB, sealed and opened, until it is packed.
pub const CASES_AT_ONCE: usize = 4;
/// In the order of the list.
const STATES: [&str; 6] = ["questioned", "accepted", "paid", "not_proven", "refused", "undone"];

/// The pages.
pub(crate) fn routes() -> Router<Portal> {
    let pages = Router::new().route("/proofs", get(sheet)).merge(why::routes());
    pages
        .merge(case::routes())
        .merge(photo::routes())
        .merge(sample::routes())
        .merge(reveal::routes())
        .merge(export::routes())
        .merge(conduct::routes())
}

/// A sheet as asked for: what was left empty is empty.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Asked {
    place: String,
    province: String,
    regency: String,
    pay_point: String,
    teller: String,
    device: String,
    from: String,
    to: String,
    least: String,
    most: String,
    finding: String,
    state: String,
    before: String,
    photos: String,
    number: String,
    seed: String,
    as_of: String,
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    f: Frame,
    w: &'static Words,
    s: &'static sample::Words,
    said: Vec<(String, String)>,
    asked: Asked,
    why: String,
    query: String,
    provinces: Vec<Choice>,
    regencies: Vec<Choice>,
    villages: Vec<Choice>,
    findings: Vec<Choice>,
    states: Vec<Choice>,
    tiles: Vec<Shown>,
    shown: String,
    is_first: bool,
    older: Option<String>,
}

/// Something to choose from a list.
struct Choice {
    value: String,
    name: String,
    is_chosen: bool,
}

/// A proof on the sheet.
struct Shown {
    capture: CaptureId,
    mark: Option<String>,
    state: String,
    state_name: &'static str,
    at: String,
    place: String,
    rupiah: String,
    findings: Vec<String>,
}

async fn sheet(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(draw(&portal, &viewer, asked)).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: Asked) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeProofs)?;
    let Some(why) = viewer.caller.why.clone() else { return Ok(why::ask(viewer)) };
    let w = Words::of(viewer.language);
    let (asked, filter) = asked.of(&viewer.caller)?;
    let photos = asked.photos.parse().unwrap_or(SHEET).clamp(1, gallery::SHEET_MAX);
    let mut tx = portal.database().begin_portal().await?;
    let tiles = gallery::sheet(&mut tx, &filter, before(&asked.before), photos).await?;
    let captures: Vec<CaptureId> = tiles.iter().map(Tile::capture).collect();
    look(&mut tx, &viewer.caller, &why, "sheet", &captures).await?;
    tx.commit().await?;
    let last = tiles.last_before_more().map(|tile| format!("{}~{}", tile.captured_at.to_rfc3339(), tile.capture()));
    let query = asked.query();
    let older = last.map(|before| format!("/proofs?{query}before={}", escaped(&before)));
    Ok(show(&SheetPage {
        f: viewer.frame(),
        w,
        s: sample::Words::of(viewer.language),
        said: asked.said().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        why,
        provinces: asked.provinces(&viewer.caller.actor.region),
        regencies: asked.regencies(),
        villages: asked.villages(),
        findings: Code::ALL.map(|code| choice(code.as_str(), format!("{code}: {}", meaning(code, viewer.language)), &asked.finding)).into(),
        states: STATES.map(|word| choice(word, state(w, word).to_owned(), &asked.state)).into(),
        shown: count(i64::try_from(tiles.len()).unwrap_or(i64::MAX), viewer.language),
        tiles: tiles.iter().map(|tile| shown(tile, viewer, w)).collect(),
        is_first: asked.before.is_empty(),
        query,
        older,
        asked,
    }))
}

/// Lets the viewer see a thumbnail: what it shows was recorded.
fn thumbnail_mark(viewer: &Viewer, capture: CaptureId) -> String {
    viewer.caller.mark(&photo::thumbnail_of(capture))
}

fn shown(tile: &Tile, viewer: &Viewer, w: &'static Words) -> Shown {
    let capture = tile.capture();
    Shown {
        capture,
        mark: tile.has_picture.then(|| thumbnail_mark(viewer, capture)),
        state: tile.state.clone(),
        state_name: state(w, &tile.state),
        at: moment(tile.captured_at, tile.offset_minutes, viewer.language),
        place: place_name(&tile.village),
        rupiah: rupiah(tile.rupiah),
        findings: tile.findings.clone(),
    }
}

impl Asked {
    /// What a caller may see of what was asked, and the filter that it is.
    fn of(self, caller: &Caller) -> Result<(Self, Filter), Refusal> {
        let asked = self.narrowed(&caller.actor.region);
        let filter = asked.filter()?;
        if !covers(&caller.actor.region, &filter.place) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "region", "this place is outside the region that you act for"));
        }
        Ok((asked, filter))
    }

    /// The finest place that was chosen, where the coarser ones agree with it; and never coarser than the viewer's region.
    fn narrowed(mut self, region: &str) -> Self {
        if self.place.is_empty() || !covers(&self.regency, &self.place) {
            self.place.clone_from(&self.regency);
        }
        if self.place.is_empty() || !covers(&self.province, &self.place) {
            self.place.clone_from(&self.province);
        }
        if self.place.len() < region.len() && covers(&self.place, region) {
            region.clone_into(&mut self.place);
        }
        self.province = self.place.get(..2).unwrap_or_default().to_owned();
        self.regency = self.place.get(..4).unwrap_or_default().to_owned();
        self
    }

    fn filter(&self) -> Result<Filter, Refusal> {
        let wrong = |field, message| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message);
        if ![0, 2, 4, 10].contains(&self.place.len()) || !self.place.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong("place", "a place has two, four or ten digits: a province, a regency or a village"));
        }
        for (field, code) in [("pay_point", &self.pay_point), ("teller", &self.teller), ("device", &self.device)] {
            if names_a_person(code) {
                return Err(wrong(field, "this is no code; nobody is looked for by a number here"));
            }
        }
        let day = |field, text: &str| match text {
            "" => Ok(None),
            text => NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Some).map_err(|_| wrong(field, "a day is written YYYY-MM-DD")),
        };
        let sum = |field, text: &str| match text.replace(['.', ' '], "").as_str() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| wrong(field, "an amount is a number of rupiah")),
        };
        Ok(Filter {
            place: self.place.clone(),
            pay_point: self.pay_point.trim().to_owned(),
            teller: self.teller.trim().to_owned(),
            device: self.device.trim().to_owned(),
            from: day("from", &self.from)?.map(midnight),
            to: day("to", &self.to)?.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
            rupiah: (sum("least", &self.least)?, sum("most", &self.most)?),
            finding: Code::parse(&self.finding).map(|code| code.as_str().to_owned()).unwrap_or_default(),
            state: STATES.into_iter().find(|word| *word == self.state).unwrap_or_default().to_owned(),
        })
    }

    /// What was asked, to be asked again: without where the sheet begins.
    fn query(&self) -> String {
        let said = self.said();
        said.into_iter().flat_map(|(name, value)| [name, "=", &escaped(value), "&"].map(str::to_owned)).collect()
    }

    /// The filters that were set, by the names of their fields.
    fn said(&self) -> Vec<(&'static str, &str)> {
        let parts = [
            ("place", &self.place),
            ("pay_point", &self.pay_point),
            ("teller", &self.teller),
            ("device", &self.device),
            ("from", &self.from),
            ("to", &self.to),
            ("least", &self.least),
            ("most", &self.most),
            ("finding", &self.finding),
            ("state", &self.state),
            ("photos", &self.photos),
        ];
        parts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
    }

    fn provinces(&self, region: &str) -> Vec<Choice> {
        let mine = region::provinces().filter(|(code, _)| region.is_empty() || code.to_string() == region[..2]);
        mine.map(|(code, name)| choice(&code.to_string(), name.to_owned(), &self.province)).collect()
    }

    fn regencies(&self) -> Vec<Choice> {
        let of = ProvinceCode::parse(&self.province).ok();
        let list = of.into_iter().flat_map(region::regencies);
        list.map(|(code, name)| choice(&code.to_string(), name.to_owned(), &self.regency)).collect()
    }

    fn villages(&self) -> Vec<Choice> {
        let of = RegencyCode::parse(&self.regency).ok();
        let list = of.into_iter().flat_map(region::villages);
        let mut list: Vec<Choice> = list.map(|(code, name)| choice(&code.to_string(), name.to_owned(), &self.place)).collect();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        list
    }
}

fn choice(value: &str, name: String, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), name, is_chosen: value == chosen }
}

/// Days are those of the capital.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let zone = FixedOffset::east_opt(WIB * 60).expect("seven hours are an offset");
    let at = day.and_time(chrono::NaiveTime::MIN).and_local_timezone(zone).single();
    at.expect("a fixed offset skips no hour").to_utc()
}

/// Where the sheet before ended.
fn before(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, capture) = text.split_once('~')?;
    Some((DateTime::parse_from_rfc3339(at).ok()?.to_utc(), capture.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(province: &str, regency: &str, place: &str) -> Asked {
        Asked { province: province.into(), regency: regency.into(), place: place.into(), ..Asked::default() }
    }

    #[test]
    fn the_finest_place_counts_and_never_leaves_the_viewers_region() {
        let place = |asked: Asked, region: &str| asked.narrowed(region).place;
        assert_eq!(place(asked("", "", ""), ""), "");
        assert_eq!(place(asked("19", "1902", "1902011001"), ""), "1902011001");
        assert_eq!(place(asked("19", "1906", "1902011001"), ""), "1906", "another regency was chosen: its village is gone");
        assert_eq!(place(asked("11", "1902", "1902011001"), ""), "11", "another province was chosen");
        assert_eq!(place(asked("", "", ""), "1902"), "1902");
        assert_eq!(place(asked("19", "", ""), "1902"), "1902");
        assert_eq!(place(asked("11", "", ""), "1902"), "11", "and is refused");
    }

    #[test]
    fn a_filter_says_what_it_cannot_read() {
        let filter = |asked: Asked| asked.filter().map_err(|refusal| refusal.code());
        assert_eq!(filter(Asked { place: "19x2".into(), ..Asked::default() }), Err("place"));
        assert_eq!(filter(Asked { from: "1.3.2026".into(), ..Asked::default() }), Err("from"));
        assert_eq!(filter(Asked { teller: "1902015204850007".into(), ..Asked::default() }), Err("teller"));
        assert_eq!(filter(Asked { least: "much".into(), ..Asked::default() }), Err("least"));
        let read = filter(Asked { to: "2026-03-01".into(), most: "1.200.000".into(), ..Asked::default() }).expect("it is one");
        assert_eq!((read.to.expect("a day").to_rfc3339().as_str(), read.rupiah.1), ("2026-03-01T17:00:00+00:00", Some(1_200_000)));
    }

    #[test]
    fn a_query_asks_the_same_again() {
        let asked = Asked { teller: "A&B".into(), state: "questioned".into(), before: "x".into(), ..Asked::default() };
        assert_eq!(asked.query(), "teller=A%26B&state=questioned&");
    }
}
