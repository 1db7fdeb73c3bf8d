//! What happened at the counters, and what must come of it.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::Serialize;

use super::{
    plan::{Plan, Twist},
    visit::{Ended, Served},
};

/// Reasons of failed visits that are told.
const TOLD_MAX: usize = 10;

/// Counted while families are served.
#[derive(Debug, Default)]
pub struct Tally {
    visits: u64,
    captures: u64,
    both: u64,
    represented: u64,
    turned_away: u64,
    claims_lost: u64,
    wrong: BTreeMap<Twist, u64>,
    paid: i64,
    in_question: i64,
    cases: i64,
    scan: Duration,
    photo: Duration,
    bytes: u64,
    /// Visits that did not go as they must.
    pub failed: u64,
    reasons: Vec<String>,
}

/// What became of the payments of these tranches, earlier runs included.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub struct Standing {
    /// Paid.
    pub paid: i64,
    /// In question.
    pub in_question: i64,
    /// Cheque issued and nothing handed over.
    pub open: i64,
    /// Cases.
    pub cases: i64,
}

/// Everything, for people and programs.
#[derive(Debug, Serialize)]
pub struct Told {
    visits: u64,
    captures: u64,
    no_shows: usize,
    waiting: usize,
    both: u64,
    represented: u64,
    turned_away: u64,
    wrong: BTreeMap<Twist, u64>,
    claims_lost: u64,
    failed: u64,
    reasons: Vec<String>,
    seconds: f64,
    captures_per_s: f64,
    ms_per_scan: f64,
    ms_per_photo: f64,
    bytes_per_photo: u64,
    expected: Standing,
    settled: Option<Standing>,
}

impl Tally {
    /// A visit ended.
    pub fn ended(&mut self, ended: &Ended) {
        match ended {
            Ended::TurnedAway => self.turned_away += 1,
            Ended::Served(served) => self.served(served),
        }
    }

    fn served(&mut self, served: &Served) {
        let payments = i64::try_from(served.payments.len()).expect("a visit covers a few payments");
        self.visits += 1;
        self.captures += 1;
        self.both += u64::from(payments > 1);
        self.represented += u64::from(served.represented);
        self.claims_lost += u64::from(served.twist == Twist::TwoCounters);
        if served.twist != Twist::Good {
            *self.wrong.entry(served.twist).or_default() += 1;
        }
        if served.twist.is_questioned() {
            self.in_question += payments;
        } else {
            self.paid += payments;
        }
        self.scan += served.took.0;
        self.photo += served.took.1;
        self.bytes += served.photo.len() as u64;
    }

    /// A second capture was sent for a visit of so many payments.
    pub fn captured_again(&mut self, payments: usize) {
        self.captures += 1;
        self.cases += i64::try_from(payments).expect("a visit covers a few payments");
    }

    /// A visit failed.
    pub fn failed(&mut self, error: &(dyn std::error::Error + 'static)) {
        self.failed += 1;
        if self.reasons.len() < TOLD_MAX {
            self.reasons.push(crate::cli::chain(error));
        }
    }

    /// What must come of everything so far, when this was the standing before.
    pub fn expected(&self, before: Standing) -> Standing {
        Standing {
            paid: before.paid + self.paid,
            in_question: before.in_question + self.in_question,
            open: before.open - self.paid - self.in_question,
            cases: before.cases + self.cases,
        }
    }

    /// Everything together.
    pub fn tell(self, plan: &Plan, before: Standing, settled: Option<Standing>, took: Duration) -> Told {
        let expected = self.expected(before);
        Told {
            visits: self.visits,
            captures: self.captures,
            no_shows: plan.no_shows,
            waiting: plan.waiting,
            both: self.both,
            represented: self.represented,
            turned_away: self.turned_away,
            claims_lost: self.claims_lost,
            failed: self.failed,
            reasons: self.reasons,
            seconds: rounded(took.as_secs_f64()),
            captures_per_s: rounded(number(self.captures) / took.as_secs_f64().max(f64::EPSILON)),
            ms_per_scan: rounded(self.scan.as_secs_f64() * 1_000.0 / number(self.visits.max(1))),
            ms_per_photo: rounded(self.photo.as_secs_f64() * 1_000.0 / number(self.visits.max(1))),
            bytes_per_photo: self.bytes.checked_div(self.visits).unwrap_or_default(),
            expected,
            wrong: self.wrong,
            settled,
        }
    }
}

impl Told {
    /// Whether everything went as it must.
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.settled.is_none_or(|settled| settled == self.expected)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: String| writeln!(f, "  {name:<32}{value:>12}");
        line("families served", self.visits.to_string())?;
        line("captures", self.captures.to_string())?;
        line("did not come", self.no_shows.to_string())?;
        line("wait for the next tranche", self.waiting.to_string())?;
        line("came once for several tranches", self.both.to_string())?;
        line("sent somebody", self.represented.to_string())?;
        line("turned away: nothing open", self.turned_away.to_string())?;
        for (twist, count) in &self.wrong {
            line(&format!("on purpose: {}", twist.name()), count.to_string())?;
        }
        line("claims lost to another counter", self.claims_lost.to_string())?;
        line("failed", self.failed.to_string())?;
        let standings = [("expected", Some(self.expected)), ("settled", self.settled)];
        for (kind, Standing { paid, in_question, open, cases }) in standings.into_iter().filter_map(|(kind, it)| Some((kind, it?))) {
            line(&format!("{kind}: paid"), paid.to_string())?;
            line(&format!("{kind}: in question"), in_question.to_string())?;
            line(&format!("{kind}: open"), open.to_string())?;
            line(&format!("{kind}: cases"), cases.to_string())?;
        }
        line("seconds", format!("{:.1}", self.seconds))?;
        line("captures per second", format!("{:.0}", self.captures_per_s))?;
        line("ms per scan", format!("{:.2}", self.ms_per_scan))?;
        line("ms per photo", format!("{:.2}", self.ms_per_photo))?;
        line("bytes per photo", self.bytes_per_photo.to_string())?;
        self.reasons.iter().try_for_each(|reason| writeln!(f, "  ! {reason}"))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of visits are far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}

/// Three decimals are enough to read.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
