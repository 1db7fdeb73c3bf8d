//! What a flight cost and came to: one log line and the metrics, from the same numbers.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    decode::Arrived,
    outbox::Encoded,
    stage::Stage,
    telemetry::{Metric, count, observe},
};

/// Time per phase.
#[derive(Debug, Clone, Default)]
pub struct Phases {
    /// Bytes to facts.
    pub decode: Duration,
    /// Reading.
    pub load: Duration,
    /// Work without a database.
    pub prepare: Duration,
    /// The transaction.
    pub commit: Duration,
    /// Sending and confirming, waiting included.
    pub publish: Duration,
}

/// Facts by verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Facts that led to others.
    pub emit: u64,
    /// Facts that led to nothing.
    pub done: u64,
    /// Facts put off.
    pub later: u64,
    /// Facts set aside.
    pub dead: u64,
}

/// A flight's closing account.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The stage.
    pub stage: &'static str,
    /// Messages.
    pub deliveries: u64,
    /// Facts in them that parsed.
    pub facts: u64,
    /// Facts by verdict, broken ones among the dead.
    pub verdicts: Tally,
    /// Facts said, by type.
    pub emitted: BTreeMap<&'static str, u64>,
    /// Messages set aside whole.
    pub dead_messages: u64,
    /// Messages put off whole: of a newer version.
    pub later_messages: u64,
    /// Messages sent to be handled alone.
    pub suspects: u64,
    /// Whether all messages were parked after a long pause.
    pub parked: bool,
    /// Time per phase.
    pub phases: Phases,
}

impl Report {
    pub(super) fn of<S: Stage>(arrived: &[Arrived<S::In>]) -> Self {
        Self {
            stage: S::NAME,
            deliveries: arrived.len() as u64,
            facts: arrived.iter().map(|message| message.facts() as u64).sum(),
            phases: Phases { decode: arrived.iter().map(|message| message.took).sum(), ..Phases::default() },
            ..Self::default()
        }
    }

    pub(super) fn count_emitted(&mut self, outputs: &[Encoded]) {
        for output in outputs {
            *self.emitted.entry(output.kind().name).or_default() += 1;
        }
    }

    /// One line and the metrics.
    pub(super) fn tell(&self) {
        let Tally { emit, done, later, dead } = self.verdicts;
        let Phases { decode, load, prepare, commit, publish } = &self.phases;
        let emitted: u64 = self.emitted.values().sum();
        tracing::info!(
            stage = self.stage,
            deliveries = self.deliveries,
            facts = self.facts,
            emitted,
            emit,
            done,
            later = later + self.later_messages,
            dead = dead + self.dead_messages,
            suspects = self.suspects,
            decode_ms = ms(*decode),
            load_ms = ms(*load),
            prepare_ms = ms(*prepare),
            commit_ms = ms(*commit),
            publish_ms = ms(*publish),
            "flight"
        );
        self.measure();
    }

    fn measure(&self) {
        let stage = ("stage", self.stage);
        count(Metric::Flights, &[stage], 1);
        count(Metric::Deliveries, &[stage], self.deliveries);
        count(Metric::Suspects, &[stage], self.suspects);
        count(Metric::DeadLetters, &[stage], self.verdicts.dead + self.dead_messages);
        let Tally { emit, done, later, dead } = self.verdicts;
        for (verdict, facts) in [("emit", emit), ("done", done), ("later", later), ("dead", dead)] {
            count(Metric::Facts, &[stage, ("verdict", verdict)], facts);
        }
        for (kind, facts) in &self.emitted {
            count(Metric::Emitted, &[stage, ("type", kind)], *facts);
        }
        #[expect(clippy::cast_precision_loss, reason = "a flight has far fewer than 2^52 facts")]
        observe(Metric::FlightFacts, &[stage], self.facts as f64);
        let Phases { decode, load, prepare, commit, publish } = &self.phases;
        for (phase, took) in [("decode", decode), ("load", load), ("prepare", prepare), ("commit", commit), ("publish", publish)] {
            observe(Metric::PhaseSeconds, &[stage, ("phase", phase)], took.as_secs_f64());
        }
    }
}

/// Milliseconds with three decimals.
fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}
