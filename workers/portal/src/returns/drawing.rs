//! What the next statement would say, as bars: of each reason its sum, of each regency its reasons one after the other.
//!
//! Bound: a regency has at most as many parts as there are reasons. A bar's name and number stand beside it, so the drawing itself is hidden from who
//! reads by ear.

use std::collections::BTreeMap;

use salur_domain::{reason::Language, returns::ReturnReason};
use salur_store::returns::statements::Line;

use super::words::{Words, reason};
use crate::{
    pages::regency_name,
    words::{count, rupiah},
};

/// Width of the longest bar: fine enough for a thousandth to be seen.
const BAR: i64 = 1_000;

/// The statement, drawn.
pub struct Drawn {
    /// All families.
    pub families: String,
    /// All rupiah.
    pub rupiah: String,
    /// By reason.
    pub reasons: Vec<Bar>,
    /// By regency.
    pub regencies: Vec<Bar>,
}

/// A sum with what it consists of.
pub struct Bar {
    pub name: String,
    pub families: String,
    pub rupiah: String,
    /// Class, left edge and width of each part.
    pub parts: Vec<(&'static str, i64, i64)>,
    /// What the parts are, in words.
    pub words: String,
}

/// Draws lines.
pub fn of(w: &'static Words, language: Language, lines: &[Line]) -> Drawn {
    let mut reasons: BTreeMap<usize, Vec<&Line>> = BTreeMap::new();
    let mut regencies: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        reasons.entry(place(&line.reason)).or_default().push(line);
        regencies.entry(&line.regency).or_default().push(line);
    }
    let reasons = scaled(reasons.into_values().collect());
    let regencies = scaled(regencies.into_values().collect());
    let words = |group: &[&Line]| {
        let told = group.iter().map(|line| format!("{} {}", reason(w, &line.reason), rupiah(line.rupiah)));
        told.collect::<Vec<_>>().join(" · ")
    };
    let bar = |name: String, words: String, (group, scale): &(Vec<&Line>, i64), whole: bool| Bar {
        name,
        families: count(group.iter().map(|line| line.families).sum(), language),
        rupiah: rupiah(sum(group)),
        parts: if whole { vec![(class(&group[0].reason), 0, width(sum(group), *scale))] } else { parts(group, *scale) },
        words,
    };
    Drawn {
        families: count(lines.iter().map(|line| line.families).sum(), language),
        rupiah: rupiah(lines.iter().map(|line| line.rupiah).sum()),
        reasons: reasons.iter().map(|one| bar(reason(w, &one.0[0].reason).to_owned(), String::new(), one, true)).collect(),
        regencies: regencies.iter().map(|one| bar(regency_name(&one.0[0].regency), words(&one.0), one, false)).collect(),
    }
}

/// Groups beside the sum that fills the width.
fn scaled(groups: Vec<Vec<&Line>>) -> Vec<(Vec<&Line>, i64)> {
    let most = groups.iter().map(|group| sum(group)).max().unwrap_or(1).max(1);
    groups.into_iter().map(|group| (group, most)).collect()
}

fn sum(group: &[&Line]) -> i64 {
    group.iter().map(|line| line.rupiah).sum()
}

fn width(rupiah: i64, most: i64) -> i64 {
    i64::try_from(i128::from(rupiah) * i128::from(BAR) / i128::from(most)).unwrap_or(BAR)
}

/// Edges are reckoned from running sums, so that the parts fill their bar.
fn parts(group: &[&Line], most: i64) -> Vec<(&'static str, i64, i64)> {
    let mut ordered = group.to_vec();
    ordered.sort_by_key(|line| place(&line.reason));
    let mut before = 0;
    let part = |line: &&Line| {
        let left = width(before, most);
        before += line.rupiah;
        (class(&line.reason), left, width(before, most) - left)
    };
    ordered.iter().map(part).collect()
}

/// Its place in the order of statements.
fn place(reason: &str) -> usize {
    ReturnReason::ALL.iter().position(|known| known.as_str() == reason).unwrap_or(ReturnReason::ALL.len())
}

/// Colours are few: whether nobody came, the family cannot or shall not be paid, or no family was to get it.
fn class(reason: &str) -> &'static str {
    match ReturnReason::parse(reason) {
        Some(ReturnReason::Absent) => "r-absent",
        Some(ReturnReason::Deceased | ReturnReason::Moved | ReturnReason::Unknown) => "r-gone",
        Some(ReturnReason::Refused | ReturnReason::Ineligible | ReturnReason::Duplicate) => "r-not",
        Some(ReturnReason::Unfunded | ReturnReason::Unused) | None => "r-rest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(regency: &str, reason: &str, families: i64, rupiah: i64) -> Line {
        Line { regency: regency.into(), reason: reason.into(), families, rupiah }
    }

    #[test]
    fn the_parts_of_a_bar_fill_it_and_the_largest_fills_the_width() {
        let lines = [line("1902", "absent", 1, 1), line("1902", "moved", 1, 1), line("1902", "unused", 0, 1), line("1906", "absent", 1, 1)];
        let drawn = of(Words::of(Language::English), Language::English, &lines);
        let of_first = &drawn.regencies[0].parts;
        assert_eq!(of_first.iter().map(|part| part.2).sum::<i64>(), BAR);
        assert!(of_first.windows(2).all(|two| two[0].1 + two[0].2 == two[1].1), "{of_first:?}");
        assert_eq!(drawn.regencies[1].parts, [("r-absent", 0, 333)]);
        assert_eq!(drawn.reasons[0].parts, [("r-absent", 0, BAR)]);
        assert_eq!((drawn.families.as_str(), drawn.rupiah.as_str()), ("3", "Rp4"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing_and_all_the_money_there_is_does_not_overflow() {
        assert!(of(Words::of(Language::English), Language::English, &[]).regencies.is_empty());
        assert_eq!(width(i64::MAX, i64::MAX), BAR);
    }
}
