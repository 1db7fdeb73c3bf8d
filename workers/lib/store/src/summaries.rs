//! Summaries of a tranche: the same money by tranche, regency, pay point, office, teller or day, equal to the ledger to the rupiah.
//!
//! One REPEATABLE READ snapshot, so that lines, total and ledger are of one moment, and what was compared is what is told. By tranche, regency and pay
//! point the figures are tallies beside the balances of the ledger's control accounts: a few rows for each of them, whatever the number of families. By office,
//! teller and day they are the hand-overs themselves, over an index of their own (two million on two busy cores: 5 s; 80 bytes each), less the
//! few that were undone or are in question.
//!
//! Cash is a programme's: a drawer serves every tranche of it. Figures of cash are therefore of the programme, and of all its days. A day is the one on
//! which the ledger booked it, by the clock of the regency: of the family for a hand-over, of the office for cash. `off_ledger` is how far a line is from the
//! ledger, and [`Summary::differences`] says where. Bounds: [`LINES_MAX`] lines; more are refused, since a part of a summary is none.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Database, Error, Timestamp, Tx};

mod columns;
mod figures;

pub use crate::status::Sum;
pub use columns::{By, Column};
pub use figures::STATEMENTS;

/// Most lines: twenty times the post offices of the country.
pub const LINES_MAX: i64 = 100_000;

/// Which summary.
#[derive(Debug, Clone, Copy)]
pub struct Which<'a> {
    /// What a line is.
    pub by: By,
    /// Code of the tranche; none: all of them, by tranche only.
    pub tranche: Option<&'a str>,
    /// Only of regencies that begin so.
    pub region: &'a str,
}

/// A summary.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What a line is.
    pub by: By,
    /// Code of the tranche; none: all of them.
    pub tranche: Option<String>,
    /// Only of regencies that begin so; empty: the country.
    pub region: String,
    /// The moment of the snapshot, by the database's clock.
    pub at: Timestamp,
    /// By code.
    pub lines: Vec<Line>,
    /// Their sum, in the order of [`By::columns`].
    pub total: Vec<Sum>,
    /// Empty: every figure is the ledger's.
    pub differences: Vec<Difference>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Tranche, regency, pay point, office, teller, or day.
    pub code: String,
    /// Its name, where it has one that differs.
    pub name: String,
    /// In the order of [`By::columns`].
    pub figures: Vec<Sum>,
}

/// Where a figure and the ledger disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Code of the tranche.
    pub tranche: String,
    /// Four digits; empty: the whole tranche.
    pub regency: String,
    /// `allocation`, `funded`, `gone` (paid, in question, returned or cancelled), or `handed_over`.
    pub what: &'static str,
    /// Rupiah of the summary.
    pub summary: i64,
    /// Rupiah of the ledger.
    pub ledger: i64,
}

/// What there is to tell.
#[derive(Debug, Clone)]
pub enum Reading {
    /// The summary.
    Whole(Box<Summary>),
    /// There is no tranche of this code, or none was named where one must be.
    NoTranche,
    /// It has more than [`LINES_MAX`] lines.
    TooLong,
}

/// Figures by code and name.
type Figures = BTreeMap<String, BTreeMap<String, Sum>>;

/// Reads a summary, in the portal's role.
pub async fn read(database: &Database, which: Which<'_>) -> Result<Reading, Error> {
    let mut tx = database.snapshot_portal().await?;
    let Some(scope) = figures::scope(&mut tx, which).await? else { return Ok(Reading::NoTranche) };
    let places = figures::places(&mut tx, &scope).await?;
    let mut differences = figures::differences(&places);
    let figures = match which.by {
        By::Tranche => by_place(&places, |(tranche, _)| tranche),
        By::Regency => by_place(&places, |(_, regency)| regency),
        other => figures::read(&mut tx, &scope, other).await?,
    };
    if i64::try_from(figures.len()).is_ok_and(|lines| lines > LINES_MAX) {
        return Ok(Reading::TooLong);
    }
    let mut names = figures::names(&mut tx, which.by, figures.keys()).await?;
    let line = |(code, found): (String, BTreeMap<String, Sum>)| {
        let name = names.remove(&code).unwrap_or_default();
        Line { figures: columns::arrange(which.by, &found), code, name }
    };
    let lines: Vec<Line> = figures.into_iter().map(line).collect();
    let total = total(which.by, &lines)?;
    differences.extend(figures::undelivered(which, &scope, &places, &total));
    let (tranche, region) = (which.tranche.map(ToOwned::to_owned), which.region.to_owned());
    Ok(Reading::Whole(Box::new(Summary { by: which.by, tranche, region, at: tx.now, lines, total, differences })))
}

fn by_place(places: &figures::Places, code: impl Fn(&(String, String)) -> &String) -> Figures {
    let mut figures = Figures::new();
    for (place, found) in places {
        let line = figures.entry(code(place).clone()).or_default();
        for (what, sum) in found {
            let mine = line.entry(what.clone()).or_default();
            mine.families += sum.families;
            mine.rupiah += sum.rupiah;
        }
        line.entry("off_ledger".to_owned()).or_default().rupiah += figures::distance(found);
    }
    figures
}

fn total(by: By, lines: &[Line]) -> Result<Vec<Sum>, Error> {
    let mut total = vec![Sum::default(); by.columns().len()];
    for line in lines {
        for (total, sum) in total.iter_mut().zip(&line.figures) {
            let added = total.families.checked_add(sum.families).zip(total.rupiah.checked_add(sum.rupiah));
            let (families, rupiah) = added.ok_or_else(|| Error::invariant("the total of a summary does not fit 64 bits"))?;
            *total = Sum { families, rupiah };
        }
    }
    Ok(total)
}
