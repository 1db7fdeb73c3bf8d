//! One reading, added up: every figure of every place in every slice, what of it the public does not see, and where it differs from the ledger.
//!
//! A *slice* is what a viewer looks at: all tranches, those of a programme, or one. A *place* is the country, a province, a regency, or [`ELSEWHERE`] for rows
//! without a readable village. Bounds: at most 553 places, slices as there are tranches and programmes.

use std::collections::{BTreeMap, BTreeSet};

use salur_domain::region::{self, ProvinceCode, RegencyCode};
use salur_store::board::{self, Figure, Method, Reading, Source};
use serde::Serialize;

use super::{
    disclosure::Cells,
    model::{EQUATIONS, MEASURES, Sum, Totals},
};

/// Code of the country.
pub const COUNTRY: &str = "";
/// Code of rows without a readable village.
pub const ELSEWHERE: &str = "-";

/// What a viewer looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slice {
    /// All tranches.
    All,
    /// Those of a programme, by its code.
    Programme(String),
    /// One, by its code.
    Tranche(String),
}

/// Where a tally and the ledger disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Number of the tranche.
    pub tranche: i32,
    /// Four digits.
    pub regency: String,
    /// `allocation`, `funded` or `handed_over`.
    pub what: &'static str,
    /// Rupiah on the board.
    pub board: i64,
    /// Rupiah in the ledger.
    pub ledger: i64,
}

/// A place that has figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// [`COUNTRY`], two digits, four digits, or [`ELSEWHERE`].
    pub code: String,
    /// `Kabupaten Belitung`; nothing for the country and elsewhere.
    pub name: String,
    /// The place it is a part of.
    pub parent: Option<usize>,
    /// Whether people paused it: nothing new moves to its families.
    pub is_paused: bool,
}

/// A reading, added up.
#[derive(Debug, Default)]
pub struct Figures {
    /// By number.
    pub tranches: Vec<board::Tranche>,
    /// The country first, a part after what it is a part of.
    pub places: Vec<Place>,
    /// All, programmes, tranches.
    pub slices: Vec<Slice>,
    /// Empty: the board equals the ledger.
    pub differences: Vec<Difference>,
    totals: Vec<Totals>,
    methods: Vec<Totals>,
    is_hidden: Vec<bool>,
}

/// What the ledger says about one regency in one tranche.
#[derive(Debug, Clone, Copy, Default)]
struct Ledger {
    granted: i64,
    funded: i64,
    left: i64,
}

type Leaves = BTreeMap<(i32, String), (Totals, Ledger)>;
type ByMethod = BTreeMap<(i32, String, Method), Totals>;

impl Figures {
    /// Adds a reading up.
    pub fn of(reading: &Reading) -> Self {
        let (leaves, methods) = leaves(&reading.figures);
        let places = places(&leaves.keys().map(|(_, regency)| regency.as_str()).collect(), &reading.paused);
        let mut programmes: Vec<String> = reading.tranches.iter().map(|tranche| tranche.programme.clone()).collect();
        programmes.sort();
        programmes.dedup();
        let tranches = reading.tranches.iter().map(|tranche| Slice::Tranche(tranche.code.clone()));
        let slices: Vec<Slice> = [Slice::All].into_iter().chain(programmes.into_iter().map(Slice::Programme)).chain(tranches).collect();
        let size = slices.len() * places.len();
        let mut figures = Self {
            tranches: reading.tranches.clone(),
            places,
            slices,
            differences: differences(&leaves),
            totals: vec![Totals::default(); size],
            methods: vec![Totals::default(); size * Method::ALL.len()],
            is_hidden: vec![],
        };
        figures.add_up(&leaves, &methods);
        figures.is_hidden = figures.hide();
        figures
    }

    /// A slice by name.
    pub fn slice(&self, slice: &Slice) -> Option<usize> {
        self.slices.iter().position(|other| other == slice)
    }

    /// A place by code.
    pub fn place(&self, code: &str) -> Option<usize> {
        self.places.iter().position(|place| place.code == code)
    }

    /// Parts of a place that have figures.
    pub fn parts(&self, place: usize) -> impl Iterator<Item = usize> {
        (0..self.places.len()).filter(move |part| self.places[*part].parent == Some(place))
    }

    /// The tranches of a slice.
    pub fn tranches_of(&self, slice: usize) -> impl Iterator<Item = &board::Tranche> {
        let slice = &self.slices[slice];
        self.tranches.iter().filter(move |tranche| match slice {
            Slice::All => true,
            Slice::Programme(code) => tranche.programme == *code,
            Slice::Tranche(code) => tranche.code == *code,
        })
    }

    /// Everything about a place.
    pub fn totals(&self, slice: usize, place: usize) -> &Totals {
        &self.totals[slice * self.places.len() + place]
    }

    /// Everything about a place by one method; of the country and provinces alone.
    pub fn method(&self, slice: usize, place: usize, method: Method) -> &Totals {
        &self.methods[self.method_at(slice, place, method)]
    }

    /// Whether the public does not see a measure of a place.
    pub fn is_hidden(&self, slice: usize, place: usize, measure: usize) -> bool {
        self.is_hidden[(slice * self.places.len() + place) * MEASURES + measure]
    }

    /// Whether the public does not see a measure of a place by one method.
    pub fn is_method_hidden(&self, slice: usize, place: usize, method: Method, measure: usize) -> bool {
        self.is_hidden[(self.totals.len() + self.method_at(slice, place, method)) * MEASURES + measure]
    }

    fn method_at(&self, slice: usize, place: usize, method: Method) -> usize {
        (slice * self.places.len() + place) * Method::ALL.len() + method as usize
    }

    fn add_up(&mut self, leaves: &Leaves, methods: &ByMethod) {
        let slices_of: BTreeMap<i32, Vec<usize>> = self.tranches.iter().map(|tranche| (tranche.id().0, self.slices_of(tranche))).collect();
        let width = self.places.len();
        for ((tranche, regency), (totals, _)) in leaves {
            // rows of an unknown tranche are in no slice but the whole
            let slices = slices_of.get(tranche).map_or(&[0][..], Vec::as_slice);
            let leaf = if RegencyCode::parse(regency).is_ok() { regency } else { ELSEWHERE };
            let mut place = self.place(leaf);
            while let Some(at) = place {
                for slice in slices {
                    self.totals[slice * width + at].add(totals);
                }
                place = self.places[at].parent;
            }
        }
        for ((tranche, province, method), totals) in methods {
            let Some((slices, place)) = slices_of.get(tranche).zip(self.place(province)) else { continue };
            for (slice, place) in slices.iter().flat_map(|slice| [(*slice, 0), (*slice, place)]) {
                let at = self.method_at(slice, place, *method);
                self.methods[at].add(totals);
            }
        }
    }

    fn slices_of(&self, tranche: &board::Tranche) -> Vec<usize> {
        let slices = [Slice::All, Slice::Programme(tranche.programme.clone()), Slice::Tranche(tranche.code.clone())];
        slices.iter().filter_map(|slice| self.slice(slice)).collect()
    }

    /// Which cells the public does not see.
    fn hide(&self) -> Vec<bool> {
        let mut cells = Cells::default();
        for totals in self.totals.iter().chain(&self.methods) {
            totals.cells().into_iter().for_each(|sum| cells.add(sum.families));
        }
        let (width, methods) = (self.places.len(), Method::ALL.len());
        let at = |slice: usize, place: usize, measure: usize| (slice * width + place) * MEASURES + measure;
        let parts: Vec<Vec<usize>> = (0..width).map(|place| self.parts(place).collect()).collect();
        for row in 0..self.totals.len() + self.methods.len() {
            for equation in EQUATIONS {
                cells.relate(equation.iter().map(|measure| row * MEASURES + measure));
            }
        }
        for measure in 0..MEASURES {
            for slice in 0..self.slices.len() {
                for (place, parts) in parts.iter().enumerate() {
                    cells.relate([place].into_iter().chain(parts.iter().copied()).map(|place| at(slice, place, measure)));
                    if self.places[place].code.len() <= 2 {
                        let by_method = (0..methods)
                            .map(|method| (self.totals.len() + (slice * width + place) * methods + method) * MEASURES + measure);
                        cells.relate([at(slice, place, measure)].into_iter().chain(by_method));
                    }
                }
            }
            for place in 0..width {
                for (whole, parts) in self.wholes() {
                    cells.relate([whole].into_iter().chain(parts).map(|slice| at(slice, place, measure)));
                }
            }
        }
        cells.hidden()
    }

    /// Slices that are the sum of others: all tranches of the programmes, a programme of its tranches.
    fn wholes(&self) -> Vec<(usize, Vec<usize>)> {
        let at = |is: &dyn Fn(&Slice) -> bool| (0..self.slices.len()).filter(|slice| is(&self.slices[*slice])).collect::<Vec<_>>();
        let programmes = at(&|slice| matches!(slice, Slice::Programme(_)));
        let tranches = |programme: usize| {
            self.tranches_of(programme).filter_map(|tranche| self.slice(&Slice::Tranche(tranche.code.clone()))).collect()
        };
        let each: Vec<(usize, Vec<usize>)> = programmes.iter().map(|programme| (*programme, tranches(*programme))).collect();
        [(0, programmes)].into_iter().chain(each).collect()
    }
}

/// Figures by tranche and regency, and by tranche, province and method.
fn leaves(figures: &[Figure]) -> (Leaves, ByMethod) {
    let (mut leaves, mut methods) = (Leaves::new(), ByMethod::new());
    for figure in figures {
        let sum = Sum { families: figure.families, rupiah: figure.rupiah };
        if let Source::Method(method) = figure.source {
            methods.entry((figure.tranche, figure.place.clone(), method)).or_default().count(&figure.name, sum);
            continue;
        }
        let (totals, ledger) = leaves.entry((figure.tranche, figure.place.clone())).or_default();
        match (figure.source, figure.name.as_str()) {
            (Source::Tally, measure) => totals.count(measure, sum),
            (Source::Grant, _) => totals.allocation += figure.rupiah,
            (Source::Credits, "allocation") => ledger.granted += figure.rupiah,
            (Source::Credits, "recipient") => ledger.funded += figure.rupiah,
            (Source::Debits, "recipient") => ledger.left += figure.rupiah,
            (Source::Debits | Source::Credits | Source::Method(_), _) => {}
        }
    }
    for totals in leaves.values_mut().map(|(totals, _)| totals).chain(methods.values_mut()) {
        totals.close();
    }
    (leaves, methods)
}

/// The country, provinces with figures, each followed by its regencies.
fn places(regencies: &BTreeSet<&str>, paused: &BTreeSet<String>) -> Vec<Place> {
    let mut places = vec![Place { code: COUNTRY.into(), name: String::new(), parent: None, is_paused: false }];
    let mut province: Option<(ProvinceCode, usize)> = None;
    for regency in regencies {
        let Ok(code) = RegencyCode::parse(regency) else { continue };
        let parent = match province {
            Some((last, at)) if last == code.province() => at,
            _ => {
                let name = region::province_name(code.province()).map_or_else(|| code.province().to_string(), str::to_owned);
                places.push(Place { code: code.province().to_string(), name, parent: Some(0), is_paused: false });
                province = Some((code.province(), places.len() - 1));
                places.len() - 1
            }
        };
        let name = region::regency_name(code).unwrap_or(regency).to_owned();
        places.push(Place { code: (*regency).to_owned(), name, parent: Some(parent), is_paused: paused.contains(*regency) });
    }
    if regencies.iter().any(|regency| RegencyCode::parse(regency).is_err()) {
        places.push(Place { code: ELSEWHERE.into(), name: String::new(), parent: Some(0), is_paused: false });
    }
    places
}

fn differences(leaves: &Leaves) -> Vec<Difference> {
    let compare = |((tranche, regency), (totals, ledger)): (&(i32, String), &(Totals, Ledger))| {
        let gone = totals.funded.rupiah - totals.open.rupiah;
        let pairs = [
            ("allocation", totals.allocation, ledger.granted),
            ("funded", totals.funded.rupiah, ledger.funded),
            ("handed_over", gone, ledger.left),
        ];
        let (tranche, regency) = (*tranche, regency.clone());
        pairs.into_iter().filter(|(_, board, ledger)| board != ledger).map(move |(what, board, ledger)| Difference {
            tranche,
            regency: regency.clone(),
            what,
            board,
            ledger,
        })
    };
    leaves.iter().flat_map(compare).collect()
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
