//! A sample of families who are called back and asked whether they got the whole amount.
//!
//! Members are the families of a tranche that were handed their money. Each has a weight ([`Signs::weight`]: 1, 2, 4 or 8), and members of one weight are a
//! class. A class gets a share of the sample in proportion to its members times their weight, and within a class the members with the lowest ranks under the
//! seed are drawn ([`Ranks`]): who is eight times as heavy is drawn eight times as often, and each member of a class has the same, known chance,
//! drawn / members. From that chance what was answered is carried over to all ([`estimate`]).
//!
//! The size is Cochran's for a share, with the correction for finite populations (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, 4.4 and 4.6), times Kish's
//! design effect of unequal chances (L. Kish, Survey Sampling, 1965, 11.7). Whole numbers throughout: whoever computes it again gets the same.
//!
//! Bounds: [`MEMBERS_MAX`] members, [`NUMBER_MAX`] drawn.

use crate::sample::{Ranks, Seed};

pub mod estimate;

/// Most members of a sample: a province. A larger place is asked about in parts.
pub const MEMBERS_MAX: u32 = 1_000_000;
/// Most families of a sample: some weeks of an office's calls.
pub const NUMBER_MAX: u32 = 2_000;
/// Fewest of a class, where it has as many: a spread is known from two on.
const LEAST: u32 = 2;

/// How sure an answer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Wrong once in ten.
    Ninety,
    /// Wrong once in twenty.
    NinetyFive,
    /// Wrong once in a hundred.
    NinetyNine,
}

/// What speaks for asking a family rather than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign that is there or not")]
pub struct Signs {
    /// Somebody complained about its payment: 4 points.
    pub complaint: bool,
    /// Its proof was questioned: 2 points.
    pub questioned: bool,
    /// Its teller has complaints of two other payments of the tranche, or a hand-over of it that was not proven: 2 points.
    pub teller: bool,
    /// Three proofs of the tranche or more from its device were questioned: 1 point.
    pub device: bool,
}

/// Members of one weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// 1, 2, 4 or 8.
    pub weight: u32,
    /// How many there are.
    pub members: u32,
    /// How many of them are drawn.
    pub drawn: u32,
}

impl Confidence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ninety, Self::NinetyFive, Self::NinetyNine];

    /// As people say it.
    pub const fn percent(self) -> i16 {
        match self {
            Self::Ninety => 90,
            Self::NinetyFive => 95,
            Self::NinetyNine => 99,
        }
    }

    /// Reads it.
    ///
    /// ```
    /// use salur_domain::callback::Confidence;
    /// assert_eq!(Confidence::parse(95), Some(Confidence::NinetyFive));
    /// assert_eq!(Confidence::parse(80), None);
    /// ```
    pub fn parse(percent: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|confidence| confidence.percent() == percent)
    }

    /// Standard deviations on each side, in ten-thousandths.
    const fn deviations(self) -> u32 {
        match self {
            Self::Ninety => 16_449,
            Self::NinetyFive => 19_600,
            Self::NinetyNine => 25_758,
        }
    }
}

impl Signs {
    /// Their names, in order; as they stand with a family that was drawn.
    pub const NAMES: [&str; 4] = ["complaint", "questioned", "teller", "device"];

    /// The names of those that are there.
    pub fn names(self) -> Vec<&'static str> {
        let there = [self.complaint, self.questioned, self.teller, self.device];
        Self::NAMES.into_iter().zip(there).filter(|(_, there)| *there).map(|(name, _)| name).collect()
    }

    /// 1 without any; 2, 4 and 8 from one, three and five points on.
    ///
    /// ```
    /// use salur_domain::callback::Signs;
    /// assert_eq!(Signs::default().weight(), 1);
    /// assert_eq!(Signs { device: true, ..Signs::default() }.weight(), 2);
    /// assert_eq!(Signs { complaint: true, ..Signs::default() }.weight(), 4);
    /// assert_eq!(Signs { complaint: true, questioned: true, ..Signs::default() }.weight(), 8);
    /// ```
    pub fn weight(self) -> u32 {
        let points = 4 * u32::from(self.complaint) + 2 * u32::from(self.questioned) + 2 * u32::from(self.teller) + u32::from(self.device);
        match points {
            0 => 1,
            1..=2 => 2,
            3..=4 => 4,
            _ => 8,
        }
    }
}

/// The classes of members, by weight, nothing drawn yet.
pub fn classes(members: &[(u64, u32)]) -> Vec<Class> {
    let mut weights: Vec<u32> = members.iter().map(|(_, weight)| *weight).collect();
    weights.sort_unstable();
    let of = |same: &[u32]| Class { weight: same[0], members: u32::try_from(same.len()).unwrap_or(u32::MAX), drawn: 0 };
    weights.chunk_by(|a, b| a == b).map(of).collect()
}

/// How many to draw so that a share is known within a margin (in tenths of a per cent).
///
/// With d = z² / (4 · margin²) times the design effect (Σ members · weight) (Σ members / weight) / members², it is d / (1 + (d − 1) / members), rounded up.
///
/// ```
/// use salur_domain::callback::{Class, Confidence, number};
/// // the textbook's 384.16 for five per cent, and less of few
/// assert_eq!(number(&[Class { weight: 1, members: 1_000_000, drawn: 0 }], Confidence::NinetyFive, 50), 385);
/// assert_eq!(number(&[Class { weight: 1, members: 500, drawn: 0 }], Confidence::NinetyFive, 50), 218);
/// ```
pub fn number(classes: &[Class], confidence: Confidence, margin_per_mille: u32) -> u32 {
    let sum = |of: fn(&Class) -> u32| classes.iter().map(|class| u128::from(of(class))).sum::<u128>();
    let (members, deviations, margin) =
        (sum(|class| class.members), u128::from(confidence.deviations()), u128::from(margin_per_mille.max(1)));
    if members == 0 {
        return 0;
    }
    let heavy = sum(|class| class.members.saturating_mul(class.weight));
    let eighths = sum(|class| class.members.saturating_mul(8 / class.weight));
    // d = over / under
    let over = deviations * deviations * heavy * eighths;
    let under = 400 * margin * margin * 8 * members * members;
    let wanted = (over * members).div_ceil(under * members + over - under.min(over));
    u32::try_from(wanted.min(members)).unwrap_or(u32::MAX)
}

/// How many of each class are drawn: a share of the number in proportion to members times weight, rounded up, two at least; a class that would give more
/// than it has gives all, and the others share what is left.
pub fn allocate(classes: &mut [Class], number: u32) {
    let load = |class: &Class| u64::from(class.members) * u64::from(class.weight);
    let mut is_whole = vec![false; classes.len()];
    loop {
        let taken: u64 = classes.iter().zip(&is_whole).filter(|(_, whole)| **whole).map(|(class, _)| u64::from(class.members)).sum();
        let left = u64::from(number).saturating_sub(taken);
        let total: u64 = classes.iter().zip(&is_whole).filter(|(_, whole)| !**whole).map(|(class, _)| load(class)).sum();
        let mut is_new = false;
        for (class, whole) in classes.iter_mut().zip(&mut is_whole).filter(|(_, whole)| !**whole) {
            let share = (left * load(class)).div_ceil(total.max(1)).max(u64::from(LEAST));
            class.drawn = u32::try_from(share).unwrap_or(u32::MAX).min(class.members);
            if left * u64::from(class.weight) >= total {
                (*whole, class.drawn, is_new) = (true, class.members, true);
            }
        }
        if !is_new {
            return;
        }
    }
}

/// Those that a seed draws of members (number and weight), the heaviest class first and by rank within it; and the classes as drawn.
pub fn draw(members: &[(u64, u32)], seed: &Seed, confidence: Confidence, margin_per_mille: u32) -> (Vec<u64>, Vec<Class>) {
    let mut found = classes(members);
    let wanted = number(&found, confidence, margin_per_mille);
    allocate(&mut found, wanted);
    let ranks = Ranks::of(seed);
    let mut drawn = Vec::new();
    for class in found.iter().rev() {
        let mut of_class: Vec<(u64, u64)> =
            members.iter().filter(|(_, weight)| *weight == class.weight).map(|(number, _)| (ranks.rank(*number), *number)).collect();
        of_class.sort_unstable();
        let many = usize::try_from(class.drawn).unwrap_or(usize::MAX);
        drawn.extend(of_class.into_iter().take(many).map(|(_, number)| number));
    }
    (drawn, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(weight: u32, members: u32) -> Class {
        Class { weight, members, drawn: 0 }
    }

    fn drawn(classes: &[(u32, u32)], number: u32) -> Vec<u32> {
        let mut classes: Vec<Class> = classes.iter().map(|(weight, members)| class(*weight, *members)).collect();
        allocate(&mut classes, number);
        classes.iter().map(|class| class.drawn).collect()
    }

    #[test]
    fn shares_go_by_members_times_weight_and_a_small_heavy_class_is_taken_whole() {
        assert_eq!(drawn(&[(1, 8_000), (8, 1_000)], 400), [200, 200]);
        // 8 would give 40 of its 10: it gives all, and the others share 90; then 2 would give 30 of its 20
        assert_eq!(drawn(&[(1, 80), (2, 20), (8, 10)], 100), [70, 20, 10]);
    }

    #[test]
    fn a_class_gives_two_at_least_and_never_more_than_it_has() {
        assert_eq!(drawn(&[(1, 100_000), (2, 3), (4, 1)], 50), [50, 2, 1]);
        assert_eq!(drawn(&[(1, 3), (8, 2)], 100), [3, 2]);
        assert_eq!(drawn(&[], 10), Vec::<u32>::new());
    }

    #[test]
    fn unequal_weights_ask_for_more_of_them() {
        let even = number(&[class(1, 100_000)], Confidence::NinetyFive, 50);
        let uneven = number(&[class(1, 90_000), class(8, 10_000)], Confidence::NinetyFive, 50);
        // Kish: (170,000 · 91,250) / 100,000² = 1.55125 times 384.16, less the correction for 100,000
        assert_eq!((even, uneven), (383, 593));
    }

    #[test]
    fn a_member_is_drawn_as_often_as_its_class_says() {
        let members: Vec<(u64, u32)> =
            (1..=400).map(|number| (number * 3, if number % 20 == 0 { 8 } else { 1 + u32::from(number % 3 == 0) })).collect();
        let mut times = vec![0_u32; 1_201];
        for seed in 0..2_000 {
            let seed = Seed::parse(&format!("s-{seed}")).expect("a seed");
            let (drawn, classes) = draw(&members, &seed, Confidence::Ninety, 50);
            assert_eq!(drawn.len(), usize::try_from(classes.iter().map(|class| class.drawn).sum::<u32>()).expect("small"));
            for number in drawn {
                times[usize::try_from(number).expect("small")] += 1;
            }
        }
        let (_, classes) = draw(&members, &Seed::parse("s").expect("a seed"), Confidence::Ninety, 50);
        assert!(classes.iter().any(|class| class.weight == 8 && class.drawn == class.members), "the heavy are few, and all are asked");
        for class in classes.into_iter().filter(|class| class.drawn < class.members) {
            let of_class: Vec<u32> = members
                .iter()
                .filter(|(_, weight)| *weight == class.weight)
                .map(|(number, _)| times[usize::try_from(*number).expect("small")])
                .collect();
            let chance = f64::from(class.drawn) / f64::from(class.members);
            let expected = 2_000.0 * chance;
            // chi-square per degree of freedom is near 1, where each is drawn with this chance
            let sum: f64 = of_class.iter().map(|times| (f64::from(*times) - expected).powi(2) / (expected * (1.0 - chance))).sum();
            let per_degree = sum / f64::from(class.members - 1);
            assert!((0.6..1.5).contains(&per_degree), "{class:?}: {per_degree}");
        }
    }
}
