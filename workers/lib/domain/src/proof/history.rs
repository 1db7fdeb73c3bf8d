//! Rules that compare a capture with others: whether its picture proves another visit, and whether one person can have done or received all this.
//!
//! Visits are compared, not payments: the two photos of one visit may look alike. What exists beside a capture is known only where captures are decided one
//! after the other, in the transaction that remembers them; so the caller says what it found there, and these rules say what it means.

use super::{Code, Finding, Findings, Policy};
use crate::CaptureId;

/// A capture of another visit whose picture looks like this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike {
    /// That capture.
    pub capture: CaptureId,
    /// How far apart they are, in thousandths of the difference between unlike pictures: 0 is the same.
    pub apart_per_mille: u32,
}

/// How often the proxy of a visit was named until then, within a month, this visit included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeats {
    /// For so many families.
    pub families: i64,
    /// Of so many household cards.
    pub households: i64,
}

/// What is known of other captures when this one is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct History {
    /// The capture of another visit that had the same bytes first.
    pub same_bytes: Option<CaptureId>,
    /// The most alike of the programme.
    pub alike_anywhere: Option<Alike>,
    /// The most alike of the same pay point on the same day.
    pub alike_nearby: Option<Alike>,
    /// Seconds between this hand-over and the nearest other one of the same teller.
    pub since_other_s: Option<i64>,
    /// Who received for the family, where somebody did.
    pub proxy: Option<Repeats>,
}

/// Every finding about a capture beside others, in the order of [`Code::ALL`]. The same bytes are named once, not as alike too.
pub fn examine_history(history: &History, policy: &Policy) -> Vec<Finding> {
    let mut findings = Findings { policy, list: Vec::new() };
    let other = |capture: CaptureId| ("other_capture", capture.to_string());
    if let Some(capture) = history.same_bytes {
        findings.note(Code::Sam01, &[other(capture)]);
    } else if let Some(Alike { capture, apart_per_mille }) = history.alike_anywhere {
        findings.note(Code::Sam02, &[other(capture), ("apart_per_mille", apart_per_mille.to_string())]);
    } else if let Some(Alike { capture, apart_per_mille }) = history.alike_nearby {
        findings.note(Code::Sam03, &[other(capture), ("apart_per_mille", apart_per_mille.to_string())]);
    }
    if let Some(since) = history.since_other_s.filter(|since| since.abs() < policy.least_seconds_a_visit) {
        findings.note(Code::Tel01, &[("between_s", since.abs().to_string()), ("least_s", policy.least_seconds_a_visit.to_string())]);
    }
    let is_told = |repeats: &Repeats| policy.proxy_max_households > 0 && repeats.households > policy.proxy_max_households;
    if let Some(Repeats { families, households }) = history.proxy.filter(is_told) {
        let most = policy.proxy_max_households.to_string();
        findings.note(Code::Prx01, &[("households", households.to_string()), ("families", families.to_string()), ("most", most)]);
    }
    findings.list
}
