//! The ticker: what was paid just now, by regency, and of no family.
//!
//! A line is told once at least [`FEW`] more families of a regency were paid than the line before said, so that no line is about one of them. Lines begin
//! with the process. Bound: [`LINES`].

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{disclosure::FEW, figures::Figures, model::Sum};

/// Lines kept.
const LINES: usize = 60;
/// Lines of a view.
pub const SHOWN: usize = 6;

/// Families of a regency that were paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When the board saw the last of them.
    pub at: DateTime<Utc>,
    /// Four digits.
    pub regency: String,
    /// `Kabupaten Belitung`
    pub name: String,
    /// How many.
    pub families: i64,
    /// What they got together.
    pub rupiah: i64,
}

/// What was told, and the lines.
#[derive(Debug, Default)]
pub struct Ticker {
    told: BTreeMap<String, Sum>,
    lines: VecDeque<Line>,
    has_begun: bool,
}

impl Ticker {
    /// Hears a reading; returns the newest lines first.
    pub fn hear(&mut self, at: DateTime<Utc>, figures: &Figures) -> Vec<Line> {
        for (index, place) in figures.places.iter().enumerate().filter(|(_, place)| place.code.len() == 4) {
            let paid = figures.totals(0, index).paid;
            let told = self.told.entry(place.code.clone()).or_insert(if self.has_begun { Sum::default() } else { paid });
            let families = paid.families - told.families;
            if families >= FEW {
                let rupiah = paid.rupiah - told.rupiah;
                self.lines.push_front(Line { at, regency: place.code.clone(), name: place.name.clone(), families, rupiah });
                *told = paid;
            } else if families < 0 {
                *told = paid;
            }
        }
        self.has_begun = true;
        self.lines.truncate(LINES);
        self.lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use salur_store::board::{Figure, Reading, Source};

    use super::*;

    #[test]
    fn a_line_is_never_about_a_few() {
        let mut ticker = Ticker::default();
        let mut hear = |families: i64| {
            let paid =
                Figure { tranche: 4, place: "1902".into(), source: Source::Tally, name: "paid".into(), families, rupiah: 300 * families };
            let reading = Reading { at: DateTime::UNIX_EPOCH, tranches: vec![], figures: vec![paid], paused: [].into() };
            ticker.hear(reading.at, &Figures::of(&reading)).iter().map(|line| (line.families, line.rupiah)).collect::<Vec<_>>()
        };
        assert_eq!(hear(100), [], "what was before is no news");
        assert_eq!(hear(104), []);
        assert_eq!(hear(106), [(6, 1_800)]);
        assert_eq!(hear(103), [(6, 1_800)], "some were undone");
        assert_eq!(hear(108), [(5, 1_500), (6, 1_800)]);
    }
}
