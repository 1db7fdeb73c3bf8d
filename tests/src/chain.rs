//! Carries facts through the real stages without a broker: what one says, those hear that are bound to it.
//!
//! Bound: [`MOST_FLIGHTS`]; a chain that does not come to rest is a loop.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use futures::{FutureExt, future::BoxFuture};
use salur_pipeline::{Tools, Work};
use salur_runtime::{
    stage::Stage,
    testkit::{CrashPoint, Delivery, Emitted, Harness, Outcome},
    topology,
};
use salur_schemas::{Fact, Message, envelope::Envelope, outcome};

use crate::{World, example::ReminderPlanning};

const MOST_FLIGHTS: usize = 500;

macro_rules! stages {
    ($($stage:ty),+ $(,)?) => {
        /// Names of all stages, in the order money moves.
        pub const STAGES: &[&str] = &[$(<$stage as Stage>::NAME),+];

        /// One flight of a stage, or of the example of `docs/adding-a-worker.md`; it may die at a point. Boxed: the futures of all stages are a
        /// type that compiles for minutes wherever it is part of another.
        pub fn fly<'a>(tools: &'a Arc<Tools>, stage: &str, deliveries: Vec<Delivery>, crash: Option<CrashPoint>) -> BoxFuture<'a, Outcome> {
            $(if stage == <$stage as Stage>::NAME {
                return fly_one(<$stage>::new(Arc::clone(tools)), tools, deliveries, crash).boxed();
            })+
            assert_eq!(stage, ReminderPlanning::NAME, "there is no such stage");
            fly_one(ReminderPlanning::new(Arc::clone(tools)), tools, deliveries, crash).boxed()
        }

        /// The most facts that a stage takes into one transaction.
        pub fn largest_flight(tools: &Arc<Tools>, stage: &str) -> usize {
            $(if stage == <$stage as Stage>::NAME {
                return <$stage>::new(Arc::clone(tools)).policy().flight_facts;
            })+
            panic!("there is no stage {stage}");
        }

        fn hears(stage: &str) -> Vec<&'static str> {
            $(if stage == <$stage as Stage>::NAME {
                return <$stage as Stage>::In::TYPES.iter().map(|kind| kind.name).collect();
            })+
            panic!("there is no stage {stage}");
        }
    };
}
salur_pipeline::stages!(stages);

async fn fly_one<S: Stage<Work = Work>>(stage: S, tools: &Tools, deliveries: Vec<Delivery>, crash: Option<CrashPoint>) -> Outcome {
    let harness = Harness::new(Arc::new(stage), Arc::new(Work(tools.database.clone())));
    let harness = match crash {
        Some(point) => harness.crashing_at(point),
        None => harness,
    };
    harness.deliver(deliveries).await
}

/// Messages on their way, and all that was said.
#[derive(Debug)]
pub struct Chain {
    tools: Arc<Tools>,
    waiting: BTreeMap<&'static str, VecDeque<Delivery>>,
    /// Every message that a stage said.
    pub said: Vec<Emitted>,
    /// Every message that was put off: not heard again by itself.
    pub delayed: Vec<(&'static str, Emitted)>,
    /// Every message that was set aside.
    pub dead: Vec<Emitted>,
    /// Every delivery, by stage, in the order of hearing.
    pub heard: Vec<(&'static str, Delivery)>,
    /// Every flight dies here once, and flies again.
    pub crash: Option<CrashPoint>,
}

impl Chain {
    /// A chain over a world.
    pub fn new(world: &World) -> Self {
        let waiting = STAGES.iter().map(|stage| (*stage, VecDeque::new())).collect();
        Self { tools: Arc::clone(&world.tools), waiting, said: vec![], delayed: vec![], dead: vec![], heard: vec![], crash: None }
    }

    /// Hands in messages from outside; they go where a broker would bring them.
    pub fn publish(&mut self, deliveries: impl IntoIterator<Item = Delivery>) {
        for delivery in deliveries {
            let kind = Envelope::parse(&delivery.body).expect("tests publish well-formed messages").kind;
            self.route(&kind, &delivery);
        }
    }

    /// Hands in facts, in messages of at most 200.
    pub fn tell<M: Message>(&mut self, seed: &str, facts: &[M]) {
        self.publish(crate::facts::deliveries(seed, facts, 200));
    }

    fn route(&mut self, kind: &str, delivery: &Delivery) {
        for stage in STAGES.iter().filter(|stage| hears(stage).contains(&kind)) {
            self.waiting.get_mut(stage).expect("every stage has a queue").push_back(delivery.clone());
        }
    }

    /// Runs all stages until nothing waits.
    pub async fn run(&mut self) {
        self.run_until(&[]).await;
    }

    /// Runs until nothing waits but for the stages named.
    pub async fn run_until(&mut self, stop: &[&str]) {
        for _ in 0..MOST_FLIGHTS {
            let next = STAGES.iter().find(|stage| !stop.contains(stage) && !self.waiting[**stage].is_empty());
            let Some(stage) = next else { return };
            let deliveries = self.take(stage);
            self.fly(stage, deliveries).await;
        }
        panic!("the chain does not come to rest");
    }

    /// Takes what waits for a stage.
    pub fn take(&mut self, stage: &str) -> Vec<Delivery> {
        self.waiting.get_mut(stage).expect("every stage has a queue").drain(..).collect()
    }

    async fn fly(&mut self, stage: &'static str, deliveries: Vec<Delivery>) {
        self.heard.extend(deliveries.iter().cloned().map(|delivery| (stage, delivery)));
        if self.crash.is_some() {
            let killed = fly(&self.tools, stage, deliveries.clone(), self.crash).await;
            assert!(killed.stopped.is_some(), "{stage} dies as told");
            self.forward(stage, killed);
        }
        let outcome = fly(&self.tools, stage, deliveries, None).await;
        assert_eq!(outcome.stopped, None, "{stage} stopped");
        self.forward(stage, outcome);
    }

    /// What left goes where a broker would bring it.
    pub fn forward(&mut self, stage: &'static str, outcome: Outcome) {
        for message in outcome.emitted {
            if message.exchange == topology::FACTS {
                self.route(&message.routing_key, &message.clone().into());
            }
            self.said.push(message);
        }
        self.delayed.extend(outcome.delayed.into_iter().map(|message| (stage, message)));
        self.dead.extend(outcome.dead);
    }

    /// Hands what was put off to its stage again, as the ladder does.
    pub fn undelay(&mut self) {
        for (stage, message) in std::mem::take(&mut self.delayed) {
            self.waiting.get_mut(stage).expect("every stage has a queue").push_back(message.into());
        }
    }

    /// All facts of a type that were said.
    pub fn facts<F: Fact>(&self) -> Vec<F> {
        self.said.iter().flat_map(facts_of).collect()
    }

    /// What upstream heard: (row, status, codes), each once, in order.
    pub fn outcomes(&self) -> Vec<(String, String, Vec<String>)> {
        let mut all: Vec<_> = self
            .facts::<salur_schemas::Outcome>()
            .into_iter()
            .map(|outcome| (outcome.row.0, outcome.status.as_str().to_owned(), codes(outcome.reasons)))
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

fn codes(reasons: Vec<outcome::Reason>) -> Vec<String> {
    reasons.into_iter().map(|reason| reason.code).collect()
}

/// The facts of a type in a message; none where it is of another type.
pub fn facts_of<F: Fact>(message: &Emitted) -> Vec<F> {
    let envelope = Envelope::parse(&message.body).expect("stages say well-formed messages");
    if envelope.kind != F::TYPE.name {
        return Vec::new();
    }
    envelope.facts().map(|json| serde_json::from_str(json).expect("stages say facts that fit their type")).collect()
}
