//! Who holds how much, as a page: the programme's money drawn from the bank to the tellers, and its offices, page by page.
//!
//! Who acts for a region sees its offices and their sums; the bank is the whole country's, and is shown to who acts for it.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use salur_domain::{actor::Act, cash::Place};
use salur_store::cash::{
    self,
    shown::{self, Office, Sums},
};
use serde::Deserialize;

use super::words::Words;
use crate::{
    Portal,
    pages::{Frame, PageRefusal, Viewer, escaped, regency_name, show},
    refusal::Refusal,
    words::{count, rupiah},
};

/// Where these pages are.
pub const PATH: &str = "/cash";
/// Width of a bar that is full.
pub(super) const BAR: i64 = 1_000;

#[derive(Template)]
#[template(path = "cash.html")]
struct CashPage {
    f: Frame,
    w: &'static Words,
    programme: String,
    programmes: Vec<(String, bool)>,
    parts: Vec<Part>,
    offices: Vec<Shown>,
    is_first: bool,
    next: Option<String>,
}

/// A part of a sum: its class, its name, its rupiah, and where it stands in the bar.
pub(super) struct Part {
    pub class: &'static str,
    pub name: &'static str,
    pub rupiah: String,
    pub left: i64,
    pub wide: i64,
}

struct Shown {
    code: String,
    name: String,
    regency: String,
    books: String,
    tellers: String,
    with_tellers: String,
    difference: Option<String>,
    wide: i64,
    wide_tellers: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    programme: Option<String>,
    after: String,
}

pub(super) async fn show_page(State(portal): State<Portal>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, PageRefusal> {
    viewer.answer(draw(&portal, &viewer, &asked)).await
}

async fn draw(portal: &Portal, viewer: &Viewer, asked: &Asked) -> Result<Response, Refusal> {
    viewer.caller.must(Act::SeeCash)?;
    let (w, region, database) = (Words::of(viewer.language), viewer.caller.actor.region.as_str(), portal.database());
    let programmes = shown::programmes(database, region).await?;
    let programme = chosen(&programmes, asked.programme.as_deref());
    let sums = shown::sums(database, &programme, region).await?;
    let bank = if region.is_empty() { cash::look(database, &programme, &Place::Bank).await?.map(|bank| bank.held) } else { None };
    let offices = shown::offices(database, &programme, region, &asked.after).await?;
    let next = offices.last_before_more().map(|last| format!("{PATH}?programme={}&after={}", escaped(&programme), escaped(&last.office)));
    let most = offices.iter().map(|office| all(office.books, office.with_tellers)).max().unwrap_or(1).max(1);
    Ok(show(&CashPage {
        f: viewer.frame(),
        w,
        parts: parts(w, bank, sums),
        offices: offices.iter().map(|office| shown_office(office, most, viewer)).collect(),
        programmes: programmes.into_iter().map(|code| (code.clone(), code == programme)).collect(),
        is_first: asked.after.is_empty(),
        next,
        programme,
    }))
}

/// The programme that is asked for, the first one otherwise.
pub(super) fn chosen(programmes: &[String], asked: Option<&str>) -> String {
    let found = asked.and_then(|asked| programmes.iter().find(|code| *code == asked));
    found.or(programmes.first()).cloned().unwrap_or_default()
}

fn parts(w: &'static Words, bank: Option<i64>, sums: Sums) -> Vec<Part> {
    let bank = bank.map(|held| ("c-bank", w.bank, held));
    let rest =
        [("c-office", w.offices, sums.offices), ("c-teller", w.tellers, sums.tellers), ("c-difference", w.difference, sums.difference)];
    drawn(bank.into_iter().chain(rest).collect())
}

/// Sums one after the other along a bar; what is below nothing has no width.
pub(super) fn drawn(sums: Vec<(&'static str, &'static str, i64)>) -> Vec<Part> {
    let whole = sums.iter().fold(0_i64, |whole, sum| all(whole, sum.2)).max(1);
    let mut before = 0;
    let part = |(class, name, held): (&'static str, &'static str, i64)| {
        let left = width(before, whole);
        before = all(before, held);
        Part { class, name, rupiah: rupiah(held), left, wide: width(before, whole) - left }
    };
    sums.into_iter().map(part).collect()
}

/// A sum of what is there.
fn all(one: i64, other: i64) -> i64 {
    one.max(0).saturating_add(other.max(0))
}

/// A part of a whole, as width.
pub(super) fn width(part: i64, whole: i64) -> i64 {
    i64::try_from(i128::from(part.max(0)) * i128::from(BAR) / i128::from(whole.max(1))).unwrap_or(BAR)
}

fn shown_office(office: &Office, most: i64, viewer: &Viewer) -> Shown {
    Shown {
        code: office.office.clone(),
        name: office.name.clone(),
        regency: regency_name(&office.regency),
        books: rupiah(office.books),
        tellers: count(office.tellers, viewer.language),
        with_tellers: rupiah(office.with_tellers),
        difference: (office.difference != 0).then(|| rupiah(office.difference)),
        wide: width(office.books, most),
        wide_tellers: width(office.with_tellers, most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_bar_and_what_is_below_nothing_takes_no_room() {
        let parts = drawn(vec![("a", "a", 1), ("b", "b", -5), ("c", "c", 2)]);
        let edges: Vec<(i64, i64)> = parts.iter().map(|part| (part.left, part.wide)).collect();
        assert_eq!(edges, [(0, 333), (333, 0), (333, 667)]);
        assert_eq!(parts[1].rupiah, "-Rp5");
        assert_eq!(drawn(vec![("a", "a", i64::MAX), ("b", "b", i64::MAX)])[0].wide, BAR, "no sum overflows");
    }
}
