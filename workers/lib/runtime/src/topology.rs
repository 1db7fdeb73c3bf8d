//! Exchanges, queues and bindings, derived from the list of stages.
//!
//! ```text
//! salur (topic) ── fact type[.source] ──> salur.<stage> ── dead ──> salur.dead (fanout) ──> salur.dead
//! salur.outcomes (topic) ── <source>.# ──> salur.outcomes.<source>    salur.<stage>.suspects ── dead ──^
//! salur.delay.<rung> (fanout) ──> salur.delay.<rung> ── ttl ──> salur.retry (direct) ── stage name ──> salur.<stage>
//! ```
//!
//! All queues are quorum queues with at-least-once dead lettering, which needs `overflow=reject-publish`: with `drop-head` it silently falls
//! back to at-most-once. Every process declares all of it at start, so that the order of starting never makes a fact unroutable.
//! Outcome queues are no part of that: each is declared when its source gets access to the broker ([`crate::broker::Broker::declare_outcomes`]).
//! Bounds: [`DELIVERY_LIMIT`] deliveries per message as a backstop; the poison is isolated by the suspects queue long before. [`OUTCOMES_BYTES`]
//! per outcome queue, the newest stay.

use salur_domain::StageName;
use salur_schemas::{FactType, Message};

use crate::stage::{Delay, Stage};

/// Topic exchange of facts; the routing key is the fact type, for what comes from upstream `<type>.<source>`.
pub const FACTS: &str = "salur";
/// Topic exchange of outcomes; the routing key is `<source>.<status>`.
pub const OUTCOMES: &str = "salur.outcomes";
/// Direct exchange by which delayed messages come back; the routing key is the stage.
pub const RETRY: &str = "salur.retry";
/// Fanout exchange and queue of what could not be processed.
pub const DEAD: &str = "salur.dead";
/// Deliveries of one message before the broker itself gives it up. High: a crash loop counts every outstanding message, innocent ones too.
pub const DELIVERY_LIMIT: i32 = 50;
/// "No limit" for brokers that set one by default (RabbitMQ 4: 20).
pub(crate) const NO_DELIVERY_LIMIT: i32 = 2_000_000_000;
/// After so many returns without an end a message is suspected of killing its worker.
pub const SUSPECT_AFTER: u32 = 3;

/// Largest outcome queue: a source that stopped listening must not fill the broker's disk. What falls out at the old end is still a row, and can
/// be asked for or replayed.
pub const OUTCOMES_BYTES: i32 = 1024 * 1024 * 1024;

/// Name, ears and mouth of a stage.
#[derive(Debug, Clone, Copy)]
pub struct StageSpec {
    /// As in queues: `transfer-posting`.
    pub name: StageName,
    /// Fact types it consumes.
    pub hears: &'static [FactType],
    /// Fact types it publishes.
    pub says: &'static [FactType],
}

impl StageSpec {
    /// The spec of a stage type.
    pub const fn of<S: Stage>() -> Self {
        Self { name: S::NAME, hears: <S::In as Message>::TYPES, says: <S::Out as Message>::TYPES }
    }
}

/// `salur.<stage>`.
pub fn queue(stage: &str) -> String {
    format!("salur.{stage}")
}

/// `salur.<stage>.suspects`.
pub fn suspects(stage: &str) -> String {
    format!("salur.{stage}.suspects")
}

/// `salur.outcomes.<source>`: what a source hears about its rows.
pub fn outcomes(source: &str) -> String {
    format!("{OUTCOMES}.{source}")
}

/// Exchange and queue of a rung: `salur.delay.5s`.
pub const fn delay(rung: Delay) -> &'static str {
    match rung {
        Delay::Seconds5 => "salur.delay.5s",
        Delay::Seconds30 => "salur.delay.30s",
        Delay::Minutes2 => "salur.delay.2m",
        Delay::Minutes10 => "salur.delay.10m",
        Delay::Hour1 => "salur.delay.1h",
    }
}

/// All queues of these stages, for status and export.
pub fn queues(specs: &[StageSpec]) -> Vec<String> {
    let of_stages = specs.iter().flat_map(|spec| [queue(spec.name), suspects(spec.name)]);
    of_stages.chain(Delay::LADDER.map(|rung| delay(rung).to_owned())).chain([DEAD.to_owned()]).collect()
}

/// Facts that must be heard and that no stage of these hears.
pub fn dead_ends(specs: &[StageSpec], all: &[FactType]) -> Vec<FactType> {
    let heard = |kind: &FactType| specs.iter().any(|spec| spec.hears.iter().any(|hears| hears.name == kind.name));
    all.iter().filter(|kind| kind.is_mandatory() && !heard(kind)).copied().collect()
}

/// Facts that a stage of these says or hears and that `all` does not list.
pub fn unlisted(specs: &[StageSpec], all: &[FactType]) -> Vec<FactType> {
    let listed = |kind: &FactType| all.iter().any(|known| known.name == kind.name);
    specs.iter().flat_map(|spec| spec.hears.iter().chain(spec.says)).filter(|kind| !listed(kind)).copied().collect()
}

#[cfg(test)]
mod tests {
    use salur_schemas::Route;

    use super::*;

    const A: FactType = FactType { name: "a", version: 1, route: Route::Stage };
    const B: FactType = FactType { name: "b", version: 1, route: Route::Stage };
    const END: FactType = FactType { name: "end", version: 1, route: Route::End };
    const SPECS: &[StageSpec] = &[StageSpec { name: "one", hears: &[A], says: &[B, END] }];

    #[test]
    fn a_fact_that_must_be_heard_and_is_not_is_a_dead_end() {
        let ends = dead_ends(SPECS, &[A, B, END]);
        assert_eq!(ends, [B]);
        assert!(unlisted(SPECS, &[A, B]).contains(&END));
    }

    #[test]
    fn every_queue_is_listed_once() {
        let names = queues(SPECS);
        assert_eq!(names.len(), 2 + Delay::LADDER.len() + 1);
        assert!(names.contains(&"salur.one.suspects".to_owned()));
    }
}
