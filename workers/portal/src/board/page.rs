//! The pages: everything is drawn here once, and the script only exchanges numbers.
//!
//! `/` is the country, `/board/{place}` a province or regency; `?tranche=` and `?programme=` choose, `?wall=1` is read from afar. Every number carries a key
//! (`data-k`) made of scope, measure and unit: `p1902.paid.r`. Scopes: `all`, `t<tranche>`, `p<part>` and `m.<method>`.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, Utc};
use salur_domain::{
    reason::Language,
    region::{self, ProvinceCode},
};

use super::{
    Asked, Looking,
    curve::{self, Curve},
    feed::{Encoded, Snapshot},
    figures::{COUNTRY, ELSEWHERE, Slice},
    map::{self, COLUMNS, TILES, Tile},
    model::{Cell, Sum, Totals, permille},
    view::{self, Part, View},
    villages::{self, Inside, PayPoint},
    words::Words,
};
use crate::{
    Portal, assets,
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    words::{self, WIB, count, month, rupiah},
};

/// Units of the widest bar.
const BAR: i64 = 1_000;
/// What stands for a cell that is hidden.
const HIDDEN: &str = "⋯";

#[derive(Template)]
#[template(path = "board.html")]
struct Page<'a> {
    f: Frame,
    w: &'static Words,
    language: Language,
    v: &'a View,
    at: DateTime<Utc>,
    is_wall: bool,
    asked: Asked,
    choices: Vec<Choice>,
    crumbs: Vec<(String, String)>,
    halves: [Vec<Place>; 2],
    strips: Vec<Strip>,
    inside: Option<Inside>,
}

/// A slice to choose.
struct Choice {
    to: String,
    name: String,
    is_chosen: bool,
}

/// A province on the map.
struct Place {
    tile: Tile,
    name: &'static str,
    part: Option<Part>,
}

/// A province and its regencies as squares.
struct Strip {
    name: &'static str,
    short: &'static str,
    granted: usize,
    squares: Vec<(String, &'static str)>,
}

/// Where the parts of a bar begin and how wide they are, in thousandths.
struct Bar {
    paid: i64,
    in_question: i64,
    open: i64,
}

pub(super) async fn country(state: State<Portal>, looking: Looking, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    let asked = Asked { place: COUNTRY.into(), ..asked };
    draw(state, looking, asked).await
}

pub(super) async fn place(
    state: State<Portal>,
    looking: Looking,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageRefusal> {
    draw(state, looking, Asked { place, ..asked }).await
}

async fn draw(State(portal): State<Portal>, looking: Looking, asked: Asked) -> Result<Response, PageRefusal> {
    let (language, here) = (looking.language, address(&asked.place, &asked, asked.is_wall()));
    let refused = |refusal| PageRefusal::plain(language, &here, refusal);
    let (reading, made) = super::view(&portal, &looking.key(&asked)).await.map_err(refused)?;
    let has_inside = asked.place.len() == 4 && made.view.exact;
    let inside = if has_inside { Some(villages::read(&portal, &looking, &asked, &reading).await.map_err(refused)?) } else { None };
    let frame = match looking.caller {
        Some(caller) => Viewer { caller, language, here: here.clone() }.frame(),
        None => Frame::plain(language, &here),
    };
    Ok(page(frame, &reading, &made, asked, inside))
}

fn page(f: Frame, reading: &Snapshot, made: &Arc<Encoded>, asked: Asked, inside: Option<Inside>) -> Response {
    let (v, language) = (&made.view, f.language);
    let w = Words::of(language);
    let is_country = v.place.code == COUNTRY;
    let (west, east) = if is_country {
        TILES.iter().map(|tile| on_map(v, *tile)).partition(|place| place.tile.column <= COLUMNS)
    } else {
        (vec![], vec![])
    };
    let strips = if is_country { TILES.iter().map(|tile| strip(v, tile.province)).collect() } else { vec![] };
    let is_wall = asked.is_wall();
    let f = Frame { look: if is_wall { "board wall" } else { "board" }, ..f };
    let (choices, crumbs) = (choices(w, reading, &asked), crumbs(w, &asked, v));
    show(&Page { f, w, language, v, at: reading.at, is_wall, asked, choices, crumbs, halves: [west, east], strips, inside }).into_response()
}

/// A page of the board, with what was chosen.
fn address(place: &str, asked: &Asked, is_wall: bool) -> String {
    let path = if place.is_empty() { "/".to_owned() } else { format!("/board/{}", escaped(place)) };
    let wall = if is_wall { "1" } else { "" };
    let chosen = [("tranche", asked.tranche.as_str()), ("programme", asked.programme.as_str()), ("wall", wall)];
    let chosen: Vec<String> =
        chosen.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if chosen.is_empty() { path } else { format!("{path}?{}", chosen.join("&")) }
}

fn choices(w: &'static Words, reading: &Snapshot, asked: &Asked) -> Vec<Choice> {
    let figures = reading.figures();
    let programmes = figures.slices.iter().filter(|slice| matches!(slice, Slice::Programme(_))).count();
    let told = figures.slices.iter().filter(|slice| programmes > 1 || !matches!(slice, Slice::Programme(_)));
    let choice = |slice: &Slice| {
        let (tranche, programme, name) = match slice {
            Slice::All => (String::new(), String::new(), w.all_tranches.to_owned()),
            Slice::Programme(code) => (String::new(), code.clone(), format!("{} {code}", w.programme)),
            Slice::Tranche(code) => (code.clone(), String::new(), code.clone()),
        };
        let other = Asked { tranche, programme, place: asked.place.clone(), wall: asked.wall.clone() };
        Choice { to: address(&asked.place, &other, asked.is_wall()), name, is_chosen: asked.slice() == *slice }
    };
    told.map(choice).collect()
}

/// The way from the country to here.
fn crumbs(w: &'static Words, asked: &Asked, v: &View) -> Vec<(String, String)> {
    let code = v.place.code.as_str();
    let mut crumbs = Vec::new();
    if !code.is_empty() {
        crumbs.push((address(COUNTRY, asked, false), w.indonesia.to_owned()));
    }
    if code.len() == 4 {
        crumbs.push((address(&code[..2], asked, false), view::name_of(&code[..2]).unwrap_or_default().to_owned()));
    }
    crumbs
}

fn on_map(v: &View, tile: Tile) -> Place {
    Place {
        tile,
        name: view::name_of(tile.province).unwrap_or_default(),
        part: v.parts.iter().find(|part| part.code == tile.province).cloned(),
    }
}

fn strip(v: &View, province: &'static str) -> Strip {
    let code = ProvinceCode::parse(province).expect("the map's codes have two digits");
    let squares: Vec<(String, &'static str)> = region::regencies(code)
        .map(|(regency, _)| {
            let code = regency.to_string();
            let step = v.squares.get(&code).copied().unwrap_or("none");
            (code, step)
        })
        .collect();
    let granted = squares.iter().filter(|(_, step)| *step != "none").count();
    Strip { name: view::name_of(province).unwrap_or_default(), short: map::short(province), granted, squares }
}

/// `97,3%`, cut; what is little but not nothing is `<0,1%`.
fn percent(totals: &Totals<Cell>, language: Language) -> String {
    if totals.allocation <= 0 {
        return "–".into();
    }
    let (Some(paid), Some(share)) = (totals.paid, totals.paid_permille()) else { return HIDDEN.into() };
    let text = match share {
        0 if paid.rupiah > 0 => "<0,1%".into(),
        0 => "0%".into(),
        1_000.. => "100%".into(),
        share => format!("{},{}%", share / 10, share % 10),
    };
    if language == Language::English { text.replace(',', ".") } else { text }
}

/// Used by the template.
#[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "the template calls methods and hands over references")]
impl Page<'_> {
    fn styles(&self) -> [&'static str; 2] {
        [assets::BOARD.address(), assets::BOARD_SCRIPT.address()]
    }

    fn rp(&self, amount: &i64) -> String {
        rupiah(*amount)
    }

    fn money(&self, cell: &Cell) -> String {
        cell.map_or_else(|| HIDDEN.into(), |sum| rupiah(sum.rupiah))
    }

    fn number(&self, cell: &Cell) -> String {
        cell.map_or_else(|| HIDDEN.into(), |sum| count(sum.families, self.language))
    }

    fn count(&self, number: &i64) -> String {
        count(*number, self.language)
    }

    fn pct(&self, totals: &Totals<Cell>) -> String {
        percent(totals, self.language)
    }

    fn title(&self) -> &str {
        if self.v.place.name.is_empty() { self.w.title } else { &self.v.place.name }
    }

    fn name(&self, part: &Part) -> String {
        if part.code == ELSEWHERE { self.w.elsewhere.to_owned() } else { part.name.clone() }
    }

    fn short(&self, code: &str) -> &'static str {
        map::short(code)
    }

    fn link(&self, code: &str) -> String {
        if code == ELSEWHERE { String::new() } else { address(code, &self.asked, false) }
    }

    fn other(&self, is_wall: &bool) -> String {
        address(&self.asked.place, &self.asked, *is_wall)
    }

    /// Where the script listens.
    fn events(&self) -> String {
        let of = address(COUNTRY, &self.asked, false);
        let (_, query) = of.split_once('?').unwrap_or_default();
        format!("/api/board/events?place={}&{query}", escaped(&self.v.place.code))
    }

    fn unfunded(&self, totals: &Totals<Cell>) -> String {
        totals.funded.map_or_else(|| HIDDEN.into(), |funded| rupiah(totals.allocation - funded.rupiah))
    }

    fn bar(&self, totals: &Totals<Cell>) -> Bar {
        let part = |cell: Cell| permille(cell.map_or(0, |sum| sum.rupiah), totals.allocation).clamp(0, BAR);
        Bar { paid: part(totals.paid), in_question: part(totals.in_question), open: part(totals.open) }
    }

    /// Paid share of what a method was given, in thousandths; methods have no allocation.
    fn of_funded(&self, totals: &Totals<Cell>) -> i64 {
        let (paid, funded) = (totals.paid.map_or(0, |sum| sum.rupiah), totals.funded.map_or(0, |sum| sum.rupiah));
        if funded > 0 { permille(paid, funded).clamp(0, BAR) } else { 0 }
    }

    fn method(&self, method: &str) -> &'static str {
        match method {
            "post_office" => self.w.post_office,
            "community" => self.w.community,
            "home_visit" => self.w.home_visit,
            _ => self.w.no_pay_point,
        }
    }

    fn pay_points<'a>(&self, inside: &'a Inside) -> Vec<&'a PayPoint> {
        let mut points: Vec<&PayPoint> = inside.pay_points.iter().collect();
        points.sort_by_key(|point| (villages::rank(&point.method), &point.name));
        points
    }

    fn pay_point<'a>(&self, inside: &'a Inside, code: &str) -> &'a str {
        inside.pay_points.iter().find(|point| point.code == code).map_or("", |point| &point.name)
    }

    fn columns(&self, totals: &Totals) -> [(&'static str, Sum); 5] {
        let w = self.w;
        [
            (w.funded, totals.funded),
            (w.paid, totals.paid),
            (w.in_question, totals.in_question),
            (w.open, totals.open),
            (w.returned, totals.returned),
        ]
    }

    fn is_specimen(&self) -> bool {
        self.v.tranches.iter().any(|tranche| tranche.specimen)
    }

    fn clock(&self) -> String {
        words::clock(self.at, WIB, self.language)
    }

    fn hour(&self, at: &DateTime<Utc>) -> String {
        words::clock(*at, WIB, self.language)
    }

    fn date(&self, moment: &DateTime<Utc>) -> String {
        words::day(*moment, WIB, self.language)
    }

    fn day(&self, day: &NaiveDate) -> String {
        use chrono::Datelike;
        format!("{} {}", day.day(), month(day.month0(), self.language))
    }

    fn size(&self) -> (i64, i64) {
        (curve::WIDTH, curve::HEIGHT)
    }

    /// Under the line of what was paid.
    fn area(&self, curve: &Curve) -> String {
        let last = curve.paid.rsplit(' ').next().and_then(|point| point.split(',').next()).unwrap_or("0");
        let first = curve.paid.split(',').next().unwrap_or("0");
        let bottom = curve::HEIGHT;
        format!("{first},{bottom} {} {last},{bottom}", curve.paid)
    }

    fn what(&self, what: &str) -> &'static str {
        match what {
            "allocation" => self.w.allocation,
            "funded" => self.w.funded,
            _ => self.w.handed_over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(allocation: i64, paid: i64) -> Totals<Cell> {
        Totals { allocation, paid: Sum { families: 1, rupiah: paid }, ..Totals::default() }.shown(|_| false)
    }

    #[test]
    fn shares_are_cut_and_little_is_not_nothing() {
        let id = Language::Indonesian;
        let shown = |allocation, paid| percent(&totals(allocation, paid), id);
        assert_eq!((shown(0, 0), shown(10, 0), shown(100_000, 1)), ("–".into(), "0%".into(), "<0,1%".into()));
        assert_eq!((shown(1_000, 973), shown(100_000, 99_999), shown(5, 5)), ("97,3%".into(), "99,9%".into(), "100%".into()));
        assert_eq!(percent(&totals(1_000, 973), Language::English), "97.3%");
        assert_eq!(percent(&Totals { allocation: 10, ..Totals::default() }.shown(|_| true), id), HIDDEN);
    }

    #[test]
    fn what_was_chosen_goes_along() {
        let asked = Asked { tranche: "BST-4".into(), ..Asked::default() };
        assert_eq!(address("1902", &asked, false), "/board/1902?tranche=BST-4");
        assert_eq!(address(COUNTRY, &asked, true), "/?tranche=BST-4&wall=1");
        assert_eq!(address(COUNTRY, &Asked::default(), false), "/");
    }
}
