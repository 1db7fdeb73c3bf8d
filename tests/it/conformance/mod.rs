//! Every registered stage keeps the contract. The list of stages is the list of the workers: a stage without a fixture fails here.

pub mod bank;
mod cash;
mod company;
mod crashes;
mod feed;
mod fixture;
mod keeping;
mod packs;
mod pauses;
mod poison;
mod proofs;
mod returns;
mod schedules;
mod setups;
mod sizes;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use salur_runtime::{
    message::OutMessage,
    stage::Stage,
    testkit::{Delivery, Emitted, Outcome},
    topology,
};
use salur_schemas::envelope::Envelope;
use salur_tests::in_lab;

macro_rules! every_stage {
    ($($root:tt :: $module:ident :: $stage:ident),+ $(,)?) => {
        $(mod $module {
            #[tokio::test]
            async fn keeps_the_contract_of_stages() {
                super::conforms(<$root::$module::$stage as super::Stage>::NAME).await;
            }
        })+
    };
}
salur_pipeline::stages!(every_stage);

mod example {
    #[tokio::test]
    async fn the_worker_of_adding_a_worker_keeps_the_contract_of_stages() {
        super::conforms(<salur_tests::example::ReminderPlanning as super::Stage>::NAME).await;
    }
}

/// Everything a stage must keep, each from the same beginning.
async fn conforms(stage: &'static str) {
    in_lab(async move |lab| {
        let fixture = fixture::of(&lab, stage).await;
        let calm = Calm::of(&fixture).await;
        sizes::nothing_follows_from_nothing_and_one_is_counted(&fixture).await;
        company::a_redelivery_in_any_company_says_the_same_bytes_and_changes_nothing(&fixture).await;
        company::what_was_said_stays_said_when_others_join_the_flight(&fixture).await;
        company::a_flight_of_many_facts_says_what_many_flights_of_one_say(&fixture, &calm).await;
        company::the_order_of_independent_keys_is_free(&fixture, &calm).await;
        crashes::a_crash_at_any_point_loses_and_doubles_nothing(&fixture, &calm).await;
        poison::poison_is_set_aside_with_its_reason_and_its_neighbours_are_decided(&fixture, &calm).await;
    })
    .await;
}

/// What one flight of everything comes to when nothing happens to it.
struct Calm {
    outcome: Outcome,
    shape: BTreeMap<String, String>,
}

impl Calm {
    async fn of(fixture: &fixture::Fixture) -> Self {
        let outcome = fixture.hear(fixture.all()).await;
        assert!(!outcome.emitted.is_empty(), "{}: the fixture makes it speak", fixture.stage);
        assert!(outcome.dead.is_empty(), "{}: nothing in the fixture is poison: {:?}", fixture.stage, outcome.dead[0].headers.cause);
        Self { outcome, shape: fixture.world.shape().await }
    }
}

/// Level-triggered: said by whoever leaves the condition true, again or not at all when heard again. Their facts must be equal all the same.
const LEVEL: [&str; 3] = ["batches.completed", "releases.advanced", "packs.wanted"];

fn is_level(message: &OutMessage) -> bool {
    message.exchange == topology::FACTS && LEVEL.contains(&message.routing_key.as_str())
}

/// Id -> (exchange, key, body) of everything that left, level-triggered messages apart.
fn said(outcome: &Outcome) -> BTreeMap<String, (String, String, Vec<u8>)> {
    let all = outcome.emitted.iter().chain(&outcome.delayed).chain(&outcome.dead).filter(|message| !is_level(message));
    all.map(|message| (message.id.clone(), (message.exchange.to_string(), message.routing_key.clone(), message.body.clone()))).collect()
}

/// Key and JSON of level-triggered facts.
fn level(outcome: &Outcome) -> BTreeSet<(String, String)> {
    facts(outcome.emitted.iter().filter(|message| is_level(message)))
}

/// Exchange key and JSON of every fact, once.
fn facts<'a>(messages: impl Iterator<Item = &'a Emitted>) -> BTreeSet<(String, String)> {
    let facts_of = |message: &Emitted| {
        let envelope = Envelope::parse(&message.body).expect("stages say well-formed messages");
        envelope.facts().map(|json| (message.routing_key.clone(), json.to_owned())).collect::<Vec<_>>()
    };
    messages.flat_map(facts_of).collect()
}

/// [`facts`] without the moments of decision, which differ between two courses of events.
fn timeless<'a>(messages: impl Iterator<Item = &'a Emitted>) -> BTreeSet<(String, String)> {
    let without = |json: &str| {
        let mut fact: serde_json::Value = serde_json::from_str(json).expect("a fact is JSON");
        fact.as_object_mut().expect("a fact is an object").remove("at");
        fact.to_string()
    };
    facts(messages).into_iter().map(|(key, json)| (key, without(&json))).collect()
}

/// Everything that left: for other stages, upstream, the ladder and the dead letters.
fn everything(outcome: &Outcome) -> impl Iterator<Item = &Emitted> {
    outcome.emitted.iter().chain(&outcome.delayed).chain(&outcome.dead)
}

/// The facts of messages, one message each.
fn singles(deliveries: &[Delivery]) -> Vec<Delivery> {
    let mut singles = Vec::new();
    for delivery in deliveries {
        let envelope = Envelope::parse(&delivery.body).expect("fixtures are well-formed");
        let body: serde_json::Value = serde_json::from_slice(&delivery.body).expect("fixtures are JSON");
        for (at, json) in envelope.facts().enumerate() {
            let mut alone = body.clone();
            alone["id"] = format!("{}-{at}", delivery.id).into();
            alone["data"]["facts"] = serde_json::from_str::<serde_json::Value>(&format!("[{json}]")).expect("a fact is JSON");
            singles.push(Delivery { id: format!("{}-{at}", delivery.id), body: alone.to_string().into_bytes(), ..delivery.clone() });
        }
    }
    singles
}

/// Asserts that two collections are equal, and shows only what differs.
fn same<'a, C, T>(what: &str, found: &'a C, expected: &'a C)
where
    &'a C: IntoIterator<Item = T>,
    T: PartialEq + std::fmt::Debug,
{
    let without = |these: &'a C, those: &'a C| -> Vec<String> {
        let those: Vec<T> = those.into_iter().collect();
        these.into_iter().filter(|item| !those.contains(item)).map(|item| format!("{item:?}")).collect()
    };
    let (extra, missing) = (without(found, expected), without(expected, found));
    assert!(extra.is_empty() && missing.is_empty(), "{what}\n  extra: {extra:#?}\n  missing: {missing:#?}");
}

/// A shuffler: the same seed gives the same order (xorshift; Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("less than the bound")
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Merges chains at random, each in its own order.
fn interleaved(chains: &[Vec<Delivery>], dice: &mut Dice) -> Vec<Delivery> {
    let mut left: Vec<_> = chains.iter().map(|chain| chain.iter().cloned().peekable()).collect();
    let mut merged = Vec::new();
    loop {
        let open: Vec<usize> = (0..left.len()).filter(|at| left[*at].peek().is_some()).collect();
        if open.is_empty() {
            return merged;
        }
        merged.extend(left[open[dice.below(open.len())]].next());
    }
}
