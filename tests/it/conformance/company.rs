//! Redelivery, grouping and order.

use std::collections::BTreeMap;

use salur_runtime::testkit::Delivery;

use super::{Calm, Dice, everything, fixture::Fixture, interleaved, level, said, same, singles, timeless};

const SEED: u64 = 0x5a1a_2020;

/// The same messages in many companies: all, backwards, one by one, in shuffled pairs.
fn companies(all: &[Delivery]) -> Vec<(&'static str, Vec<Vec<Delivery>>)> {
    let mut backwards = all.to_vec();
    backwards.reverse();
    let mut shuffled = all.to_vec();
    Dice(SEED).shuffle(&mut shuffled);
    let pairs = shuffled.chunks(2).map(<[Delivery]>::to_vec).collect();
    let alone = all.iter().map(|one| vec![one.clone()]).collect();
    vec![("all again", vec![all.to_vec()]), ("backwards", vec![backwards]), ("one by one", alone), ("shuffled pairs", pairs)]
}

pub async fn a_redelivery_in_any_company_says_the_same_bytes_and_changes_nothing(fixture: &Fixture) {
    let Fixture { stage, world, .. } = fixture;
    world.rewind().await;
    let all = fixture.all();
    let first = fixture.hear(all.clone()).await;
    let (said_first, dump) = (said(&first), world.dump().await);
    for (company, flights) in companies(&all) {
        let again = fixture.hear_in(flights).await;
        same(&format!("{stage}: redelivery: {company}: the same ids and bytes"), &text(&said(&again)), &text(&said_first));
        let new: Vec<_> = level(&again).difference(&level(&first)).cloned().collect();
        assert!(new.is_empty(), "{stage}: redelivery: {company}: level-triggered facts are those of the first time: {new:?}");
        same(&format!("{stage}: redelivery: {company}: nothing changed"), &world.dump().await, &dump);
    }
}

/// Bodies as text, for a readable difference.
fn text(said: &BTreeMap<String, (String, String, Vec<u8>)>) -> Vec<String> {
    said.iter().map(|(id, (exchange, key, body))| format!("{id} {exchange} {key} {}", String::from_utf8_lossy(body))).collect()
}

pub async fn what_was_said_stays_said_when_others_join_the_flight(fixture: &Fixture) {
    fixture.world.rewind().await;
    let all = fixture.all();
    let first = fixture.hear(all[..all.len().div_ceil(2)].to_vec()).await;
    let joined = said(&fixture.hear(all).await);
    for (id, message) in said(&first) {
        assert_eq!(joined.get(&id), Some(&message), "{}: message {id} is the same in larger company", fixture.stage);
    }
}

pub async fn a_flight_of_many_facts_says_what_many_flights_of_one_say(fixture: &Fixture, calm: &Calm) {
    let Fixture { stage, world, .. } = fixture;
    world.rewind().await;
    let many = fixture.hear_in(singles(&fixture.all()).into_iter().map(|single| vec![single]).collect()).await;
    let expected = timeless(everything(&calm.outcome));
    same(&format!("{stage}: one by one: the same facts"), &timeless(everything(&many)), &expected);
    same(&format!("{stage}: one by one: the same rows and sums"), &world.shape().await, &calm.shape);
}

pub async fn the_order_of_independent_keys_is_free(fixture: &Fixture, calm: &Calm) {
    let Fixture { stage, world, chains, .. } = fixture;
    for seed in [SEED, SEED + 1] {
        world.rewind().await;
        let merged = interleaved(chains, &mut Dice(seed));
        let outcome = fixture.hear_in(merged.chunks(3).map(<[Delivery]>::to_vec).collect()).await;
        let expected = timeless(everything(&calm.outcome));
        same(&format!("{stage}: order of seed {seed}: the same facts"), &timeless(everything(&outcome)), &expected);
        same(&format!("{stage}: order of seed {seed}: the same rows and sums"), &world.shape().await, &calm.shape);
    }
}
