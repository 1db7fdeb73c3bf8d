//! The fixture of feed-replay: rows that were rejected, held, accepted and paid, told again from the beginning, from a moment and for one batch.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use salur_domain::{BatchId, SourceName};
use salur_pipeline::{feed_replay, photo_ingest};
use salur_runtime::testkit::Delivery;
use salur_schemas::FeedReplayed;
use salur_tests::{
    Chain, Lab, Person,
    facts::moment,
    programme::{SOURCE, counters},
};

use super::fixture::{Fixture, staged};

fn step(seed: &str, fact: FeedReplayed) -> Delivery {
    Delivery::of(seed, moment(), &[feed_replay::In::from(fact)])
}

/// Batches to the end, one family paid; the steps of a replay are recorded in a first run.
pub async fn replayed(lab: &Arc<Lab>) -> Fixture {
    let (world, mut chain) = staged(lab).await;
    chain.run().await;
    let paper = world.paper(4, &Person::new(3)).await;
    let capture = world.visit(1, &paper, &counters()[0]).await;
    chain.tell("capture", &[photo_ingest::In::from(capture)]);
    chain.run().await;
    let until: DateTime<Utc> = world.one("SELECT now() + interval '1 minute'").await;
    let all = FeedReplayed { source: SourceName(SOURCE.into()), batch: None, alone: false, after: String::new(), from: moment(), until };
    let one = FeedReplayed { batch: Some(BatchId::of(SOURCE, "five")), alone: true, after: "3".into(), ..all.clone() };
    let none = FeedReplayed { from: until, ..all.clone() };
    let mut recording = Chain::new(&world);
    recording.publish([step("all", all.clone()), step("none", none)]);
    recording.run().await;
    let mut chains: Vec<Vec<Delivery>> = recording.heard.into_iter().map(|(_, delivery)| vec![delivery]).collect();
    chains.push(vec![step("one", one)]);
    let theirs = FeedReplayed { source: SourceName("dinsos-timur".into()), batch: Some(BatchId::of(SOURCE, "five")), ..all };
    Fixture::new("feed-replay", world, chains, vec![(step("of-another", theirs), "does not exist")]).await
}
