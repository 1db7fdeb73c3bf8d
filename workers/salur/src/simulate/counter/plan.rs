//! Who comes, who does not, and what goes wrong: decided by the seed before the first family is served.
//!
//! | what | how many | constant or option |
//! |---|---|---|
//! | families that do not come | 2 % | `--no-show` |
//! | families that come once for both tranches | 300, at most 5 % of the first tranche's | `--both`, [`BOTH_PER_MILLE_MAX`] |
//! | captures wrong on purpose | 3 %, the seven kinds of [`Twist::WRONG`] in turn | `--wrong` |
//!
//! A claim covers all open payments of a family, so "once for both" is a matter of time: who is to come once for both stays away while the
//! first tranche is played alone, and comes when both are. Which of them will be on the second list nobody knows yet, so
//! [`WAITING_PERCENT`] as many wait; those who turn out to be too many do not come at all. Orders are per first tranche of a family, so
//! that a run over both tranches decides about the first one's families as the run before it did. Pure: no clock, no database.

use std::collections::BTreeMap;

use salur_domain::TrancheId;
use uuid::Uuid;

use super::{dice::rank, paper::Cheque};

/// Families of the first tranche that come once for both, at most, in thousandths: a small trial has few of them.
pub const BOTH_PER_MILLE_MAX: usize = 50;
/// Families that wait for the second tranche, in percent of those who shall come for both: one in twenty is gone by then.
pub const WAITING_PERCENT: usize = 110;

/// How a visit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Twist {
    /// As it should.
    Good,
    /// Scanned an hour after the window or, every other time, after the claim's lease.
    Late,
    /// Photographed 20 km from the pay point.
    WrongPlace,
    /// The photo has no EXIF.
    NoExif,
    /// The upload is the first part of a JPEG.
    Truncated,
    /// The photo is one that proves an earlier visit.
    ReusedPhoto,
    /// Two counters claim the cheque at the same moment: one wins, and pays as it should.
    TwoCounters,
    /// A second photo is captured for the claim after the hand-over: a case, while the payment stays paid.
    SecondCapture,
}

/// The shares that the options say.
#[derive(Debug, Clone, Copy)]
pub struct Shares {
    /// Families that do not come, as a part of 1.
    pub no_show: f64,
    /// Families that come once for both tranches.
    pub both: usize,
    /// Captures wrong on purpose, as a part of 1.
    pub wrong: f64,
}

/// A family comes with a cheque.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The cheque it shows: the newest it has.
    pub cheque: Cheque,
    /// How the visit goes.
    pub twist: Twist,
    /// Decides what is left to chance in this visit.
    pub chance: u64,
}

/// Everything decided.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of the queue.
    pub visits: Vec<Visit>,
    /// Families that do not come.
    pub no_shows: usize,
    /// Families that wait for the next tranche.
    pub waiting: usize,
}

impl Twist {
    /// What goes wrong on purpose.
    pub const WRONG: [Self; 7] =
        [Self::Late, Self::WrongPlace, Self::NoExif, Self::Truncated, Self::ReusedPhoto, Self::TwoCounters, Self::SecondCapture];

    /// As it is told to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Late => "late",
            Self::WrongPlace => "wrong place",
            Self::NoExif => "no exif",
            Self::Truncated => "truncated",
            Self::ReusedPhoto => "photo used twice",
            Self::TwoCounters => "two counters",
            Self::SecondCapture => "second capture",
        }
    }

    /// Whether the proof is questioned, and so the payments with it.
    pub const fn is_questioned(self) -> bool {
        matches!(self, Self::Late | Self::WrongPlace | Self::NoExif | Self::Truncated | Self::ReusedPhoto)
    }
}

/// A family on its way to the counter.
struct Family {
    account: Uuid,
    cheques: Vec<Cheque>,
}

impl Family {
    fn first_tranche(&self) -> TrancheId {
        self.cheques[0].payment.0
    }

    fn newest(&self) -> &Cheque {
        self.cheques.last().expect("a family has a cheque")
    }
}

/// Decides about every family that holds a cheque of these tranches. `cheques` has one per payment.
pub fn plan(seed: u64, tranches: &[TrancheId], cheques: Vec<Cheque>, shares: Shares) -> Plan {
    let mut plan = Plan::default();
    let mut coming = Vec::new();
    for (first, families) in by_first_tranche(cheques) {
        let both = shares.both.min(families.len() * BOTH_PER_MILLE_MAX / 1_000);
        let mut staying = in_order(seed, "no show", families);
        let rest = staying.split_off(share_of(shares.no_show, staying.len()));
        plan.no_shows += staying.len();
        if Some(&first) == tranches.iter().min() {
            coming.extend(for_both(seed, tranches.len(), both, rest, &mut plan));
        } else {
            coming.extend(rest.into_iter().map(|family| (family, true)));
        }
    }
    plan.visits = visits(seed, tranches, coming, shares.wrong);
    plan
}

/// Takes out who waits for the next tranche; true stands for a family that was not expected before.
fn for_both(seed: u64, tranches: usize, both: usize, families: Vec<Family>, plan: &mut Plan) -> Vec<(Family, bool)> {
    let mut waiting = in_order(seed, "both", families);
    let others = waiting.split_off((both * WAITING_PERCENT).div_ceil(100).min(waiting.len()));
    let mut coming: Vec<(Family, bool)> = others.into_iter().map(|family| (family, tranches == 1)).collect();
    if tranches == 1 {
        plan.waiting = waiting.len();
        return coming;
    }
    let mut places = both;
    for family in waiting {
        let has_both = family.cheques.len() > 1;
        if has_both && places == 0 {
            plan.no_shows += 1;
            continue;
        }
        places -= usize::from(has_both);
        coming.push((family, true));
    }
    coming
}

/// The queue, and what goes wrong in it. Only who has something new to get can go wrong: others may have been paid in an earlier run.
fn visits(seed: u64, tranches: &[TrancheId], coming: Vec<(Family, bool)>, wrong: f64) -> Vec<Visit> {
    let last = tranches.iter().max();
    let mut visits: Vec<(bool, Visit)> = coming
        .into_iter()
        .map(|(family, new)| {
            let cheque = family.newest().clone();
            let chance = rank(seed, "visit", cheque.payment.1.0.as_bytes());
            (new || Some(&cheque.payment.0) == last, Visit { cheque, twist: Twist::Good, chance })
        })
        .collect();
    visits.sort_by_key(|(_, visit)| visit.chance);
    let mut candidates: Vec<&mut Visit> = visits.iter_mut().filter(|(eligible, _)| *eligible).map(|(_, visit)| visit).collect();
    candidates.sort_by_cached_key(|visit| rank(seed, "wrong", &visit.chance.to_be_bytes()));
    let count = share_of(wrong, candidates.len());
    for (visit, twist) in candidates.into_iter().take(count).zip(Twist::WRONG.into_iter().cycle()) {
        visit.twist = twist;
    }
    visits.into_iter().map(|(_, visit)| visit).collect()
}

fn by_first_tranche(cheques: Vec<Cheque>) -> BTreeMap<TrancheId, Vec<Family>> {
    let mut by_account: BTreeMap<Uuid, Vec<Cheque>> = BTreeMap::new();
    for cheque in cheques {
        by_account.entry(cheque.account).or_default().push(cheque);
    }
    let mut by_tranche: BTreeMap<TrancheId, Vec<Family>> = BTreeMap::new();
    for (account, mut cheques) in by_account {
        cheques.sort_by_key(|cheque| cheque.payment);
        let family = Family { account, cheques };
        by_tranche.entry(family.first_tranche()).or_default().push(family);
    }
    by_tranche
}

fn in_order(seed: u64, purpose: &str, mut families: Vec<Family>) -> Vec<Family> {
    families.sort_by_cached_key(|family| rank(seed, purpose, family.account.as_bytes()));
    families
}

/// A share of a number, rounded; few have none of a small share.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "families are counted in thousands, shares lie between 0 and 1"
)]
fn share_of(share: f64, number: usize) -> usize {
    (number as f64 * share.clamp(0.0, 1.0)).round() as usize
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
