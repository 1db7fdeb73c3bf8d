//! Drives any stage without a broker, with the very engine that runs in production.
//!
//! A test hands in deliveries, may kill the engine at a [`Point`], looks at what left, and delivers again.

pub mod toy;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use salur_schemas::{
    Message,
    envelope::{self, MAX_FACTS},
};
use tokio_util::sync::CancellationToken;

use crate::{
    flight::{Engine, Go, Outlet, PAUSE_LIMIT, Report, Source, Stopped, Watch},
    message::{Inbound, OutMessage},
    stage::{Failure, Stage},
    topology,
};

pub use crate::{
    flight::Point as CrashPoint,
    message::{Headers, OutMessage as Emitted},
};

/// Pauses a test sits through before the harness gives up.
const PATIENCE: u32 = 3;

/// A message handed to a stage.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// AMQP message id.
    pub id: String,
    /// Body.
    pub body: Vec<u8>,
    /// Headers.
    pub headers: Headers,
    /// `x-delivery-count`.
    pub delivery_count: u32,
}

impl Delivery {
    /// Raw bytes.
    pub fn raw(id: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { id: id.to_owned(), body: body.into(), ..Self::default() }
    }

    /// A well-formed message of these facts, which must be of one type, 1 to 500.
    pub fn of<M: Message>(id: &str, time: DateTime<Utc>, facts: &[M]) -> Self {
        assert!((1..=MAX_FACTS).contains(&facts.len()), "a message has 1 to {MAX_FACTS} facts");
        let kind = facts[0].fact_type();
        assert!(facts.iter().all(|fact| fact.fact_type() == kind), "a message has facts of one type");
        let facts: Vec<&M> = facts.iter().collect();
        Self::raw(id, envelope::write(id, "test", kind, time, &facts))
    }
}

impl From<Emitted> for Delivery {
    /// What left one stage arrives at the next.
    fn from(message: Emitted) -> Self {
        let mut headers = message.headers;
        if message.exchange == topology::FACTS {
            headers.key = Some(message.routing_key);
        }
        Self { id: message.id, body: message.body, headers, delivery_count: 0 }
    }
}

/// What became of the deliveries.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What reached the broker for other stages and for upstream.
    pub emitted: Vec<Emitted>,
    /// What went to the delay ladder.
    pub delayed: Vec<Emitted>,
    /// What went to the dead letters.
    pub dead: Vec<Emitted>,
    /// What went to the suspects queue.
    pub suspects: Vec<Emitted>,
    /// Ids of the deliveries acked: all of them or none.
    pub acked: Vec<String>,
    /// Why they were not.
    pub stopped: Option<Stopped>,
    /// The closing account of a flight that ended.
    pub report: Option<Report>,
}

impl Outcome {
    /// Message id -> exchange, key and body: what must be equal when the same deliveries come again.
    pub fn identity(&self) -> BTreeMap<String, (String, String, Vec<u8>)> {
        let all = self.emitted.iter().chain(&self.delayed).chain(&self.dead);
        all.map(|message| (message.id.clone(), (message.exchange.to_string(), message.routing_key.clone(), message.body.clone()))).collect()
    }
}

/// A stage under test.
#[derive(Debug)]
pub struct Harness<S: Stage> {
    stage: Arc<S>,
    work: Arc<S::Work>,
    crash: Option<CrashPoint>,
    source: Source,
    ack_first: bool,
    hold: Duration,
}

impl<S: Stage> Harness<S> {
    /// A harness around a stage and its unit of work.
    pub fn new(stage: Arc<S>, work: Arc<S::Work>) -> Self {
        Self { stage, work, crash: None, source: Source::Main, ack_first: false, hold: PAUSE_LIMIT }
    }

    /// Dies at this point, every time. At [`CrashPoint::Publish`] only the first half of the messages got out.
    #[must_use]
    pub fn crashing_at(mut self, point: CrashPoint) -> Self {
        self.crash = Some(point);
        self
    }

    /// Serves the suspects queue.
    #[must_use]
    pub fn suspects(mut self) -> Self {
        self.source = Source::Suspects;
        self
    }

    /// Parks messages that are held for longer than this.
    #[must_use]
    pub fn holding(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// Breaks the first law: acks before anything happened. A negative control.
    #[must_use]
    pub fn ack_first(mut self) -> Self {
        self.ack_first = true;
        self
    }

    /// One flight of these deliveries.
    pub async fn deliver(&self, deliveries: Vec<Delivery>) -> Outcome {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let outlet = Memory { sent: sent.clone(), crash: self.crash };
        let watch = Arc::new(Fuse { crash: self.crash, pauses: Mutex::new(0) });
        let engine =
            Engine::new(self.stage.clone(), self.work.clone(), outlet, watch, CancellationToken::new(), self.source).holding(self.hold);
        let ids: Vec<String> = deliveries.iter().map(|delivery| delivery.id.clone()).collect();
        let arrived = deliveries.into_iter().map(|delivery| engine.decode(delivery.into())).collect();
        let flown = engine.fly(arrived).await;
        let mut outcome = sorted::<S>(std::mem::take(&mut sent.lock().expect("no holder panics")));
        match flown {
            Ok(report) => (outcome.acked, outcome.report) = (ids.clone(), Some(report)),
            Err(Stopped::Paused(_)) if self.crash == Some(CrashPoint::Publish) => {
                outcome.stopped = Some(Stopped::Crashed(CrashPoint::Publish));
            }
            Err(stopped) => outcome.stopped = Some(stopped),
        }
        if self.ack_first {
            outcome.acked = ids;
        }
        outcome
    }
}

impl From<Delivery> for Inbound {
    fn from(delivery: Delivery) -> Self {
        let Delivery { id, body, headers, delivery_count } = delivery;
        Self { tag: 0, id: Some(id).filter(|id| !id.is_empty()), body, headers, delivery_count }
    }
}

fn sorted<S: Stage>(messages: Vec<Emitted>) -> Outcome {
    let mut outcome = Outcome::default();
    for message in messages {
        let place = match &*message.exchange {
            topology::DEAD => &mut outcome.dead,
            "" if message.routing_key == topology::suspects(S::NAME) => &mut outcome.suspects,
            exchange if exchange.starts_with("salur.delay.") => &mut outcome.delayed,
            _ => &mut outcome.emitted,
        };
        place.push(message);
    }
    outcome
}

struct Memory {
    sent: Arc<Mutex<Vec<OutMessage>>>,
    crash: Option<CrashPoint>,
}

/// How a publication ends when the process dies in it.
#[derive(Debug, thiserror::Error)]
#[error("the test killed the process")]
struct Killed;

impl Outlet for Memory {
    async fn publish(&self, messages: &mut Vec<OutMessage>) -> Result<(), Failure> {
        let mut sent = self.sent.lock().expect("no holder panics");
        if self.crash == Some(CrashPoint::Publish) {
            let half = messages.len().div_ceil(2);
            sent.extend(messages.drain(..half));
            return Err(Failure { disposition: salur_domain::Disposition::Down, error: Box::new(Killed) });
        }
        sent.append(messages);
        Ok(())
    }
}

struct Fuse {
    crash: Option<CrashPoint>,
    pauses: Mutex<u32>,
}

impl Watch for Fuse {
    fn reached(&self, point: CrashPoint) -> Go {
        if self.crash == Some(point) { Go::Stop } else { Go::On }
    }

    fn paused(&self, _why: &str) -> Go {
        let mut pauses = self.pauses.lock().expect("no holder panics");
        *pauses += 1;
        if *pauses > PATIENCE || self.crash == Some(CrashPoint::Publish) { Go::Stop } else { Go::On }
    }
}
