//! The board as data: a pure function of one reading.
//!
//! `open = funded - paid - in question - returned - cancelled`. Percentages are cut, never rounded up: 100 % means everything.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use salur_domain::region::{self, ProvinceCode, RegencyCode};
use salur_store::board::{Figure, Reading, Source};
use serde::Serialize;

/// Families (or rows) and rupiah.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Families; rows where rows are counted.
    pub families: i64,
    /// Rupiah.
    pub rupiah: i64,
}

/// Every figure of a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Rupiah granted.
    pub allocation: i64,
    /// Rows sent.
    pub submitted: Sum,
    /// Rows that ended.
    pub rejected: Sum,
    /// Rows that wait.
    pub held: Sum,
    /// Payments made of rows.
    pub accepted: Sum,
    /// Payments to accounts that a civil registry confirmed; all others are verified structurally only.
    pub verified: Sum,
    /// Money owed to families.
    pub funded: Sum,
    /// Handed over and proven.
    pub paid: Sum,
    /// Handed over, proof in question.
    pub in_question: Sum,
    /// Funded and not handed over yet.
    pub open: Sum,
    /// Window over, on its way back.
    pub returned: Sum,
    /// Withdrawn before hand-over.
    pub cancelled: Sum,
}

/// A regency or city with an allocation or any figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regency {
    /// Four digits.
    pub code: String,
    /// `Kabupaten Belitung`
    pub name: String,
    /// Whether people paused it: nothing new moves to its families.
    pub paused: bool,
    /// Its figures.
    pub totals: Totals,
}

/// A province with its regencies that have figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Province {
    /// Two digits.
    pub code: String,
    /// `Kepulauan Bangka Belitung`
    pub name: String,
    /// Sum of its regencies.
    pub totals: Totals,
    /// By code.
    pub regencies: Vec<Regency>,
}

/// A tranche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tranche {
    /// Number in this installation.
    pub id: i32,
    /// `BST-4`
    pub code: String,
    /// `Tahap 4`
    pub name: String,
    /// Name of the programme.
    pub programme: String,
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
    /// Rupiah granted.
    pub allocation: i64,
    /// Sum of its provinces, and of rows that have no readable village.
    pub totals: Totals,
    /// By code, those with figures.
    pub provinces: Vec<Province>,
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

/// The board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Board {
    /// All tranches together.
    pub totals: Totals,
    /// By number.
    pub tranches: Vec<Tranche>,
    /// Empty: the board equals the ledger.
    pub differences: Vec<Difference>,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.families += other.families;
        self.rupiah += other.rupiah;
    }

    const fn negated(self) -> Self {
        Self { families: -self.families, rupiah: -self.rupiah }
    }
}

impl Totals {
    /// Adds another place.
    pub fn add(&mut self, other: &Self) {
        self.allocation += other.allocation;
        let mut other = *other;
        for (mine, theirs) in self.sums().into_iter().zip(other.sums()) {
            mine.add(*theirs);
        }
    }

    /// What is left after taking a place away.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let (mut rest, mut other) = (*self, *other);
        rest.allocation -= other.allocation;
        for (mine, theirs) in rest.sums().into_iter().zip(other.sums()) {
            mine.add(theirs.negated());
        }
        rest
    }

    fn sums(&mut self) -> [&mut Sum; 11] {
        [
            &mut self.submitted,
            &mut self.rejected,
            &mut self.held,
            &mut self.accepted,
            &mut self.verified,
            &mut self.funded,
            &mut self.paid,
            &mut self.in_question,
            &mut self.open,
            &mut self.returned,
            &mut self.cancelled,
        ]
    }

    fn count(&mut self, measure: &str, sum: Sum) {
        match measure {
            "submitted" => self.submitted.add(sum),
            "rejected" => self.rejected.add(sum),
            "held" => self.held.add(sum),
            "accepted" => self.accepted.add(sum),
            "verified" => self.verified.add(sum),
            "funded" => self.funded.add(sum),
            "paid" => self.paid.add(sum),
            "in_question" => self.in_question.add(sum),
            "returned" => self.returned.add(sum),
            "cancelled" => self.cancelled.add(sum),
            _ => {} // cheques issued and rows sent twice are for the operators' pages
        }
    }

    fn close(&mut self) {
        self.open = self.funded;
        for gone in [self.paid, self.in_question, self.returned, self.cancelled] {
            self.open.add(gone.negated());
        }
    }

    /// Paid share of the allocation in tenths of a percent, cut; `None` without an allocation.
    pub fn paid_permille(&self) -> Option<i64> {
        (self.allocation > 0).then(|| permille(self.paid.rupiah, self.allocation))
    }
}

/// `part` of `whole` in thousandths, cut.
pub fn permille(part: i64, whole: i64) -> i64 {
    let permille = i128::from(part) * 1_000 / i128::from(whole.max(1));
    i64::try_from(permille).unwrap_or(i64::MAX)
}

/// What the ledger says about one regency in one tranche.
#[derive(Debug, Clone, Copy, Default)]
struct Ledger {
    granted: i64,
    funded: i64,
    left: i64,
}

type Places = BTreeMap<(i32, String), (Totals, Ledger)>;

impl Board {
    /// The board of a reading.
    pub fn of(reading: &Reading) -> Self {
        let places = places(&reading.figures);
        let tranches: Vec<Tranche> = reading.tranches.iter().map(|tranche| of_tranche(tranche, &places, &reading.paused)).collect();
        let mut totals = Totals::default();
        for tranche in &tranches {
            totals.add(&tranche.totals);
        }
        Self { totals, tranches, differences: differences(&places) }
    }
}

fn places(figures: &[Figure]) -> Places {
    let mut places = Places::new();
    for figure in figures {
        let (totals, ledger) = places.entry((figure.tranche, figure.regency.clone())).or_default();
        match (figure.source, figure.name.as_str()) {
            (Source::Tally, measure) => totals.count(measure, Sum { families: figure.families, rupiah: figure.rupiah }),
            (Source::Grant, _) => totals.allocation += figure.rupiah,
            (Source::Credits, "allocation") => ledger.granted += figure.rupiah,
            (Source::Credits, "recipient") => ledger.funded += figure.rupiah,
            (Source::Debits, "recipient") => ledger.left += figure.rupiah,
            (Source::Debits | Source::Credits, _) => {}
        }
    }
    for (totals, _) in places.values_mut() {
        totals.close();
    }
    places
}

fn differences(places: &Places) -> Vec<Difference> {
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
    places.iter().flat_map(compare).collect()
}

fn of_tranche(tranche: &salur_store::board::Tranche, places: &Places, paused: &BTreeSet<String>) -> Tranche {
    let id = tranche.id().0;
    let mut totals = Totals::default();
    let mut provinces: Vec<Province> = Vec::new();
    for ((_, regency), (figures, _)) in places.range((id, String::new())..(id + 1, String::new())) {
        totals.add(figures);
        let Ok(code) = RegencyCode::parse(regency) else { continue };
        let province = province(&mut provinces, code.province());
        province.totals.add(figures);
        let name = region::regency_name(code).unwrap_or(regency).to_owned();
        province.regencies.push(Regency { code: regency.clone(), name, paused: paused.contains(regency), totals: *figures });
    }
    Tranche {
        id,
        code: tranche.code.clone(),
        name: tranche.name.clone(),
        programme: tranche.programme_name.clone(),
        amount: tranche.amount().get(),
        specimen: tranche.specimen,
        paused: tranche.paused,
        opens_at: tranche.opens_at,
        closes_at: tranche.closes_at,
        allocation: totals.allocation,
        totals,
        provinces,
    }
}

/// The last province of the list, or a new one: regencies come in order of their codes.
fn province(provinces: &mut Vec<Province>, code: ProvinceCode) -> &mut Province {
    let digits = code.to_string();
    if provinces.last().is_none_or(|last| last.code != digits) {
        let name = region::province_name(code).unwrap_or(&digits).to_owned();
        provinces.push(Province { code: digits, name, totals: Totals::default(), regencies: Vec::new() });
    }
    provinces.last_mut().expect("one was pushed if there was none")
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
