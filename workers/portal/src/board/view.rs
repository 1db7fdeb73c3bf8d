//! What one viewer sees: a place in a slice, with its parts.
//!
//! The same data is the page, the answer of `GET /api/board` and the event that moves the page. The public's figures lack few families
//! ([`super::disclosure`]); those who may see them exactly are told so (`exact`).

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use salur_domain::region::{self, ProvinceCode, RegencyCode};
use salur_store::board::{Day, Method};
use serde::Serialize;

use super::{
    curve::{Curve, Drawn, days_of},
    figures::{COUNTRY, Difference, Figures, Slice},
    model::{Cell, Totals},
    ticker::{self, Line},
};

/// How often a curve is drawn again though nothing was paid.
const REDRAWN: TimeDelta = TimeDelta::minutes(10);

/// Which view: one is encoded once for all who look at it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Code of the place.
    pub place: String,
    /// Which tranches.
    pub slice: Slice,
    /// Whether few families are told too.
    pub is_exact: bool,
}

/// A place in a slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The place; its parts are in `parts`.
    pub place: Part,
    /// Code of the tranche, where one is looked at.
    pub tranche: Option<String>,
    /// Code of the programme, where one is looked at.
    pub programme: Option<String>,
    /// Whether few families are told too.
    pub exact: bool,
    /// By method of payment; of the country and provinces.
    pub methods: Vec<ByMethod>,
    /// Tranches of the slice, by number.
    pub tranches: Vec<Tranche>,
    /// Provinces of the country, regencies of a province.
    pub parts: Vec<Part>,
    /// Regencies of the country with an allocation, each with its colour.
    pub squares: BTreeMap<String, &'static str>,
    /// What was paid by when.
    pub curve: Option<Curve>,
    /// What was paid just now, newest first.
    pub ticker: Vec<Line>,
    /// Empty: the board equals the ledger.
    pub differences: Vec<Difference>,
}

/// A place with its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Two or four digits; empty for the country, `-` for rows without a readable village.
    pub code: String,
    /// `Kabupaten Belitung`; empty for the country.
    pub name: String,
    /// Whether people paused it.
    pub paused: bool,
    /// Class of its colour.
    pub step: &'static str,
    /// Its figures.
    pub totals: Totals<Cell>,
}

/// Figures by one method of payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByMethod {
    /// `post_office`, `community` or `home_visit`.
    pub method: &'static str,
    /// Its figures; there is no allocation by method.
    pub totals: Totals<Cell>,
}

/// A tranche in the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tranche {
    /// Number in this installation.
    pub id: i32,
    /// `BST-4`
    pub code: String,
    /// `Tahap 4`
    pub name: String,
    /// Code of the programme.
    pub programme: String,
    /// Name of the programme.
    pub programme_name: String,
    /// Rupiah per family.
    pub amount: i64,
    /// Whether its families are fictitious.
    pub specimen: bool,
    /// Whether people paused it: nothing new moves in it.
    pub paused: bool,
    /// First hand-over.
    pub opens_at: DateTime<Utc>,
    /// Last hand-over.
    pub closes_at: DateTime<Utc>,
    /// Its figures.
    pub totals: Totals<Cell>,
}

/// What a view is made of.
pub struct Made<'a> {
    /// The reading, added up.
    pub figures: &'a Figures,
    /// What was paid each day.
    pub days: &'a [Day],
    /// Who is asked to come each day.
    pub slots: &'a [Day],
    /// All lines.
    pub ticker: &'a [Line],
    /// When the curve is drawn.
    pub at: DateTime<Utc>,
}

/// The moment at which curves are drawn: a view that changes each second would be sent each second.
pub fn drawn_at(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(REDRAWN).unwrap_or(at)
}

/// Name of a place, if there is such a one.
pub fn name_of(code: &str) -> Option<&'static str> {
    match code.len() {
        0 => Some(""),
        2 => ProvinceCode::parse(code).ok().and_then(region::province_name),
        4 => RegencyCode::parse(code).ok().and_then(region::regency_name),
        _ => None,
    }
}

impl Made<'_> {
    /// The view of a key; nothing where there is no such place or slice.
    pub fn view(&self, key: &Key) -> Option<View> {
        let name = name_of(&key.place)?;
        let slice = self.figures.slice(&key.slice)?;
        let place = self.figures.place(&key.place);
        let shown = place.map_or_else(
            || Part {
                code: key.place.clone(),
                name: name.to_owned(),
                paused: false,
                step: "none",
                totals: Totals::default().shown(|_| false),
            },
            |place| self.part(slice, place, key.is_exact),
        );
        let code = |of: fn(&Slice) -> Option<&String>| of(&key.slice).cloned();
        Some(View {
            tranche: code(|slice| if let Slice::Tranche(code) = slice { Some(code) } else { None }),
            programme: code(|slice| if let Slice::Programme(code) = slice { Some(code) } else { None }),
            exact: key.is_exact,
            methods: place.filter(|_| key.place.len() <= 2).map_or_else(Vec::new, |place| self.methods(slice, place, key.is_exact)),
            tranches: self.figures.tranches_of(slice).map(|tranche| self.tranche(tranche, place, key.is_exact)).collect(),
            parts: place
                .map_or_else(Vec::new, |place| self.figures.parts(place).map(|part| self.part(slice, part, key.is_exact)).collect()),
            squares: if key.place == COUNTRY { self.squares(slice, key.is_exact) } else { BTreeMap::new() },
            curve: self.curve(slice, place, key, &shown),
            ticker: self.ticker.iter().filter(|line| line.regency.starts_with(&key.place)).take(ticker::SHOWN).cloned().collect(),
            differences: self.figures.differences.clone(),
            place: shown,
        })
    }

    fn cells(&self, slice: usize, place: usize, is_exact: bool) -> Totals<Cell> {
        self.figures.totals(slice, place).shown(|measure| !is_exact && self.figures.is_hidden(slice, place, measure))
    }

    fn part(&self, slice: usize, place: usize, is_exact: bool) -> Part {
        let totals = self.cells(slice, place, is_exact);
        let place = &self.figures.places[place];
        Part { code: place.code.clone(), name: place.name.clone(), paused: place.is_paused, step: totals.step(), totals }
    }

    fn methods(&self, slice: usize, place: usize, is_exact: bool) -> Vec<ByMethod> {
        let of = |method: Method| {
            let is_hidden = |measure| !is_exact && self.figures.is_method_hidden(slice, place, method, measure);
            ByMethod { method: method.as_str(), totals: self.figures.method(slice, place, method).shown(is_hidden) }
        };
        Method::ALL.into_iter().map(of).collect()
    }

    fn tranche(&self, tranche: &salur_store::board::Tranche, place: Option<usize>, is_exact: bool) -> Tranche {
        let slice = self.figures.slice(&Slice::Tranche(tranche.code.clone()));
        Tranche {
            id: tranche.id().0,
            code: tranche.code.clone(),
            name: tranche.name.clone(),
            programme: tranche.programme.clone(),
            programme_name: tranche.programme_name.clone(),
            amount: tranche.amount().get(),
            specimen: tranche.specimen,
            paused: tranche.paused,
            opens_at: tranche.opens_at,
            closes_at: tranche.closes_at,
            totals: slice
                .zip(place)
                .map_or_else(|| Totals::default().shown(|_| false), |(slice, place)| self.cells(slice, place, is_exact)),
        }
    }

    fn squares(&self, slice: usize, is_exact: bool) -> BTreeMap<String, &'static str> {
        let regencies = self.figures.places.iter().enumerate().filter(|(_, place)| place.code.len() == 4);
        let steps = regencies.map(|(at, place)| (place.code.clone(), self.cells(slice, at, is_exact).step()));
        steps.filter(|(_, step)| *step != "none").collect()
    }

    /// None where the public would learn of few families.
    fn curve(&self, slice: usize, place: Option<usize>, key: &Key, shown: &Part) -> Option<Curve> {
        let (place, paid) = place.zip(shown.totals.paid)?;
        let tranches: Vec<_> = self.figures.tranches_of(slice).collect();
        let allocation = |tranche: &salur_store::board::Tranche| {
            let slice = self.figures.slice(&Slice::Tranche(tranche.code.clone()));
            slice.map_or(0, |slice| self.figures.totals(slice, place).allocation)
        };
        let ids: Vec<i32> = tranches.iter().map(|tranche| tranche.id().0).collect();
        Curve::of(&Drawn {
            slots: ids.iter().map(|id| days_of(self.slots, &[*id], &key.place)).collect(),
            days: days_of(self.days, &ids, &key.place),
            tranches: tranches.into_iter().map(|tranche| (tranche, allocation(tranche))).collect(),
            paid,
            is_exact: key.is_exact,
            at: self.at,
        })
    }
}
