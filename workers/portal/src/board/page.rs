//! The page: everything is drawn here once, and the script only exchanges numbers.
//!
//! Every number carries a key (`data-k`) made of scope, measure and unit: `t4.r1902.paid.r`. Scopes: `all`, `t<tranche>`, `t<tranche>.p<province>`,
//! `t<tranche>.r<regency>`, and `m<province>` for all tranches together.

use askama::Template;
use chrono::{DateTime, Utc};
use salur_domain::{reason::Language, region};

use super::{
    map::{self, COLUMNS, TILES, Tile},
    model::{Board, Sum, Totals, permille},
    words::Words,
};
use crate::{
    assets,
    refusal::Refusal,
    words::{self, WIB, count, rupiah},
};

/// Units of the widest bar.
const BAR: i64 = 1_000;

#[derive(Template)]
#[template(path = "board.html")]
struct Page<'a> {
    w: &'static Words,
    language: Language,
    board: &'a Board,
    at: DateTime<Utc>,
    version: u64,
    base: &'static str,
    style: &'static str,
    script: &'static str,
    halves: [Vec<Place>; 2],
    strips: Vec<Strip>,
}

/// A province on the map, all tranches together.
struct Place {
    tile: Tile,
    name: &'static str,
    totals: Totals,
}

/// A province and its regencies as squares.
struct Strip {
    name: &'static str,
    short: &'static str,
    granted: usize,
    squares: Vec<Square>,
}

struct Square {
    code: String,
    step: &'static str,
}

/// Where the parts of a bar begin and how wide they are, in thousandths.
struct Bar {
    paid: i64,
    in_question: i64,
    open: i64,
}

/// The page in one language.
pub(super) fn draw(board: &Board, at: DateTime<Utc>, version: u64, language: Language) -> Result<String, Refusal> {
    let (west, east) = TILES.iter().map(|tile| place(board, *tile)).partition(|place: &Place| place.tile.column <= COLUMNS);
    let strips = TILES.iter().map(|tile| strip(board, tile.province)).collect();
    let (base, style, script) = (assets::BASE.address(), assets::BOARD.address(), assets::BOARD_SCRIPT.address());
    let page = Page { w: Words::of(language), language, board, at, version, base, style, script, halves: [west, east], strips };
    page.render().map_err(|error| {
        tracing::error!(%error, "the board cannot be drawn");
        Refusal::busy("papan tidak dapat digambar / the board cannot be drawn")
    })
}

fn place(board: &Board, tile: Tile) -> Place {
    let mut totals = Totals::default();
    let provinces = board.tranches.iter().flat_map(|tranche| &tranche.provinces);
    for province in provinces.filter(|province| province.code == tile.province) {
        totals.add(&province.totals);
    }
    Place { tile, name: name_of(tile.province), totals }
}

fn name_of(province: &str) -> &'static str {
    let code = region::ProvinceCode::parse(province).ok();
    code.and_then(region::province_name).unwrap_or("")
}

fn strip(board: &Board, province: &'static str) -> Strip {
    let code = region::ProvinceCode::parse(province).expect("the map's codes have two digits");
    let squares: Vec<Square> = region::regencies(code)
        .map(|(regency, _)| {
            let code = regency.to_string();
            let step = step(&regency_totals(board, &code));
            Square { code, step }
        })
        .collect();
    let granted = squares.iter().filter(|square| square.step != "none").count();
    Strip { name: name_of(province), short: map::short(province), granted, squares }
}

fn regency_totals(board: &Board, code: &str) -> Totals {
    let mut totals = Totals::default();
    let provinces = board.tranches.iter().flat_map(|tranche| &tranche.provinces).filter(|province| code.starts_with(&province.code));
    let regencies = provinces.flat_map(|province| &province.regencies).filter(|regency| regency.code == code);
    for regency in regencies {
        totals.add(&regency.totals);
    }
    totals
}

/// Class of the colour: paid share of the allocation in quarters; `s5` is everything, `s0` nothing yet.
fn step(totals: &Totals) -> &'static str {
    match totals.paid_permille() {
        None => "none",
        Some(_) if totals.paid.rupiah <= 0 => "s0",
        Some(..250) => "s1",
        Some(250..500) => "s2",
        Some(500..750) => "s3",
        Some(750..1_000) => "s4",
        Some(1_000..) => "s5",
    }
}

/// `97,3%`, cut; what is little but not nothing is `<0,1%`.
fn percent(totals: &Totals, language: Language) -> String {
    let text = match totals.paid_permille() {
        None => return "–".into(),
        Some(0) if totals.paid.rupiah > 0 => "<0,1%".into(),
        Some(0) => "0%".into(),
        Some(1_000..) => "100%".into(),
        Some(permille) => format!("{},{}%", permille / 10, permille % 10),
    };
    if language == Language::English { text.replace(',', ".") } else { text }
}

/// Used by the template.
#[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "the template calls methods and hands over references")]
impl Page<'_> {
    fn rp(&self, amount: &i64) -> String {
        rupiah(*amount)
    }

    fn families(&self, sum: &Sum) -> String {
        count(sum.families, self.language)
    }

    fn pct(&self, totals: &Totals) -> String {
        percent(totals, self.language)
    }

    fn step(&self, totals: &Totals) -> &'static str {
        step(totals)
    }

    fn short(&self, province: &str) -> &'static str {
        map::short(province)
    }

    /// Where a tile of the map leads: the province's first row on the page.
    fn anchor(&self, tranche: &i32, province: &str) -> String {
        let has = |tranche: &&super::model::Tranche| tranche.provinces.iter().any(|other| other.code == province);
        let first = self.board.tranches.iter().find(has).is_some_and(|first| first.id == *tranche);
        if first { format!("p{province}") } else { String::new() }
    }

    fn unfunded(&self, totals: &Totals) -> String {
        rupiah(totals.allocation - totals.funded.rupiah)
    }

    fn bar(&self, totals: &Totals) -> Bar {
        let part = |rupiah| permille(rupiah, totals.allocation).clamp(0, BAR);
        Bar { paid: part(totals.paid.rupiah), in_question: part(totals.in_question.rupiah), open: part(totals.open.rupiah) }
    }

    fn is_specimen(&self) -> bool {
        self.board.tranches.iter().any(|tranche| tranche.specimen)
    }

    fn is_english(&self) -> bool {
        self.language == Language::English
    }

    fn clock(&self) -> String {
        words::clock(self.at, WIB, self.language)
    }

    fn date(&self, moment: &DateTime<Utc>) -> String {
        words::day(*moment, WIB, self.language)
    }

    /// Figures of a tranche that belong to no province.
    fn elsewhere(&self, tranche: &super::model::Tranche) -> Option<Totals> {
        let mut placed = Totals::default();
        for province in &tranche.provinces {
            placed.add(&province.totals);
        }
        (placed != tranche.totals).then(|| tranche.totals.without(&placed))
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

    fn totals(allocation: i64, paid: i64) -> Totals {
        Totals { allocation, paid: Sum { families: 1, rupiah: paid }, ..Totals::default() }
    }

    #[test]
    fn shares_are_cut_and_little_is_not_nothing() {
        let id = Language::Indonesian;
        let shown = |allocation, paid| percent(&totals(allocation, paid), id);
        assert_eq!((shown(0, 0), shown(10, 0), shown(100_000, 1)), ("–".into(), "0%".into(), "<0,1%".into()));
        assert_eq!((shown(1_000, 973), shown(100_000, 99_999), shown(5, 5)), ("97,3%".into(), "99,9%".into(), "100%".into()));
        assert_eq!(percent(&totals(1_000, 973), Language::English), "97.3%");
    }

    #[test]
    fn colours_follow_the_share() {
        let steps = [(0, 0), (100, 0), (10_000, 1), (100, 25), (100, 50), (100, 99), (100, 100)];
        assert_eq!(steps.map(|(allocation, paid)| step(&totals(allocation, paid))), ["none", "s0", "s1", "s2", "s3", "s4", "s5"]);
    }

    #[test]
    fn an_empty_board_is_a_page_with_every_province() {
        let board = Board { totals: Totals::default(), tranches: vec![], differences: vec![] };
        let page = draw(&board, DateTime::UNIX_EPOCH, 1, Language::Indonesian).expect("it draws");
        assert_eq!(page.matches("data-tile=").count(), 38);
        assert_eq!(page.matches("data-square=").count(), 514);
        assert!(!page.contains("style=") && !page.contains("<style"), "the policy for content forbids inline style");
    }
}
