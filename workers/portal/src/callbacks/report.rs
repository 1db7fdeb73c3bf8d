//! What the answers of a sample say: how far the calls have come, and of everybody, how many got all and how much is missing.

use salur_domain::callback::{
    Class, Confidence,
    estimate::{Answers, Estimate, share, total},
};
use salur_store::callbacks::Family;
use serde::Serialize;

/// Where the calls stand, and what they say.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub drawn: usize,
    /// Nobody called yet.
    pub waiting: usize,
    pub not_reached: usize,
    /// Reached, and could or would not say.
    pub not_known: usize,
    pub got_all: usize,
    pub kept_back: usize,
    pub did_not_get: usize,
    /// Of all members; none before two families of the sample answered.
    pub shares: Option<Shares>,
    /// Rupiah that are missing among all members.
    pub missing: Option<Between<i64>>,
}

/// Shares of all members, from 0 to 1.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Shares {
    pub got_all: Between<f64>,
    pub kept_back: Between<f64>,
    pub did_not_get: Between<f64>,
}

/// A number and the ends of its interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Between<T> {
    pub low: T,
    pub value: T,
    pub high: T,
}

/// The report of a sample.
pub(crate) fn report(classes: &[Class], families: &[Family], confidence: i16) -> Report {
    let confidence = Confidence::parse(confidence).unwrap_or(Confidence::NinetyFive);
    let of = |outcome: Option<&str>| families.iter().filter(|family| family.outcome.as_deref() == outcome).count();
    let one =
        |outcome| share(&answers(classes, families, |family| f64::from(u8::from(family.outcome.as_deref() == Some(outcome)))), confidence);
    let shares = one("got_all").zip(one("kept_back")).zip(one("did_not_get"));
    let shares = shares.map(|((all, kept), none)| Shares { got_all: part(all), kept_back: part(kept), did_not_get: part(none) });
    Report {
        drawn: families.len(),
        waiting: of(None),
        not_reached: of(Some("not_reached")),
        not_known: of(Some("not_known")),
        got_all: of(Some("got_all")),
        kept_back: of(Some("kept_back")),
        did_not_get: of(Some("did_not_get")),
        shares,
        missing: total(&answers(classes, families, missing), confidence).map(rupiah),
    }
}

/// Those who answered, by class.
fn answers(classes: &[Class], families: &[Family], value: impl Fn(&Family) -> f64) -> Vec<Answers> {
    let answered = |family: &&Family| matches!(family.outcome.as_deref(), Some("got_all" | "kept_back" | "did_not_get"));
    let of = |class: &Class| {
        let its = families.iter().filter(answered).filter(|family| u32::from(family.weight.unsigned_abs()) == class.weight);
        Answers { members: class.members, values: its.map(&value).collect() }
    };
    classes.iter().map(of).collect()
}

/// What a family did not get, in rupiah.
fn missing(family: &Family) -> f64 {
    let rupiah = match family.outcome.as_deref() {
        Some("kept_back") => family.rupiah.unwrap_or_default(),
        Some("did_not_get") => family.amount,
        _ => 0,
    };
    rupiah.to_string().parse().unwrap_or_default()
}

/// To four digits: more would pretend.
fn part(estimate: Estimate) -> Between<f64> {
    let round = |value: f64| (value * 10_000.0).round() / 10_000.0;
    Between { low: round(estimate.low), value: round(estimate.value), high: round(estimate.high) }
}

fn rupiah(estimate: Estimate) -> Between<i64> {
    let whole = |value: f64| format!("{value:.0}").parse().unwrap_or(i64::MAX);
    Between { low: whole(estimate.low), value: whole(estimate.value), high: whole(estimate.high) }
}
