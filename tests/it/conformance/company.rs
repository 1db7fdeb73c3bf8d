//! Redelivery, grouping and order.

use salur_runtime::testkit::{Delivery, Outcome};
use salur_tests::{
    World,
    chain::{STAGES, fly},
    in_lab,
};

use super::{Dice, everything, fixture, interleaved, level, said, singles, timeless};

const SEED: u64 = 0x5a1a_2020;

async fn hear(world: &World, stage: &str, deliveries: Vec<Delivery>) -> Outcome {
    let count = deliveries.len();
    let outcome = fly(&world.tools, stage, deliveries, None).await;
    assert_eq!((&outcome.stopped, outcome.acked.len()), (&None, count), "{stage} finishes its flight");
    outcome
}

/// One flight after the other.
async fn hear_in(world: &World, stage: &str, flights: Vec<Vec<Delivery>>) -> Outcome {
    let mut all = Outcome::default();
    for flight in flights {
        let outcome = hear(world, stage, flight).await;
        all.emitted.extend(outcome.emitted);
        all.delayed.extend(outcome.delayed);
        all.dead.extend(outcome.dead);
    }
    all
}

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

#[tokio::test]
async fn a_redelivery_in_any_company_says_the_same_bytes_and_changes_nothing() {
    in_lab(async |lab| {
        for stage in STAGES {
            let fixture = fixture::of(&lab, stage).await;
            let world = fixture.frozen.open().await;
            let all = fixture.all();
            let first = hear(&world, stage, all.clone()).await;
            assert!(!said(&first).is_empty(), "{stage}: the fixture makes it speak");
            assert!(first.dead.is_empty(), "{stage}: nothing in the fixture is poison: {:?}", first.dead[0].headers.cause);
            let (said_first, dump) = (said(&first), world.dump().await);
            for (company, flights) in companies(&all) {
                let again = hear_in(&world, stage, flights).await;
                assert_eq!(text(&said(&again)), text(&said_first), "{stage}: {company}: the same ids and bytes");
                let new: Vec<_> = level(&again).difference(&level(&first)).cloned().collect();
                assert!(new.is_empty(), "{stage}: {company}: level-triggered facts are those of the first time: {new:?}");
                assert_eq!(world.dump().await, dump, "{stage}: {company}: nothing changed");
            }
        }
    })
    .await;
}

/// Bodies as text, for a readable difference.
fn text(said: &std::collections::BTreeMap<String, (String, String, Vec<u8>)>) -> Vec<String> {
    said.iter().map(|(id, (exchange, key, body))| format!("{id} {exchange} {key} {}", String::from_utf8_lossy(body))).collect()
}

#[tokio::test]
async fn what_was_said_stays_said_when_others_join_the_flight() {
    in_lab(async |lab| {
        for stage in STAGES {
            let fixture = fixture::of(&lab, stage).await;
            let world = fixture.frozen.open().await;
            let all = fixture.all();
            let half = all.len().div_ceil(2);
            let first = hear(&world, stage, all[..half].to_vec()).await;
            let joined = hear(&world, stage, all).await;
            let joined = said(&joined);
            for (id, message) in said(&first) {
                assert_eq!(joined.get(&id), Some(&message), "{stage}: message {id} is the same in larger company");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_flight_of_many_facts_says_what_many_flights_of_one_say() {
    in_lab(async |lab| {
        for stage in STAGES {
            let fixture = fixture::of(&lab, stage).await;
            let (together, apart) = (fixture.frozen.open().await, fixture.frozen.open().await);
            let all = fixture.all();
            let one = hear(&together, stage, all.clone()).await;
            let many = hear_in(&apart, stage, singles(&all).into_iter().map(|single| vec![single]).collect()).await;
            assert_eq!(timeless(everything(&many)), timeless(everything(&one)), "{stage}: the same facts");
            assert_eq!(apart.shape().await, together.shape().await, "{stage}: the same rows and sums");
        }
    })
    .await;
}

#[tokio::test]
async fn the_order_of_independent_keys_is_free() {
    in_lab(async |lab| {
        for stage in STAGES {
            let fixture = fixture::of(&lab, stage).await;
            let ordered = fixture.frozen.open().await;
            let expected = hear(&ordered, stage, fixture.all()).await;
            for seed in [SEED, SEED + 1] {
                let world = fixture.frozen.open().await;
                let merged = interleaved(&fixture.chains, &mut Dice(seed));
                let flights = merged.chunks(3).map(<[Delivery]>::to_vec).collect();
                let outcome = hear_in(&world, stage, flights).await;
                assert_eq!(timeless(everything(&outcome)), timeless(everything(&expected)), "{stage}: seed {seed}: the same facts");
                assert_eq!(world.shape().await, ordered.shape().await, "{stage}: seed {seed}: the same rows and sums");
            }
        }
    })
    .await;
}
