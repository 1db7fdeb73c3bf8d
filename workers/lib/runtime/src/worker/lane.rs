//! One lane: a channel, an engine, flights one after the other; of a main queue by a consumer, of suspects one by one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use lapin::{
    Channel,
    options::{BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    MAX_PREFETCH,
    inbox::{Error, Gathered, Inbox},
};
use crate::{
    broker::{self, Broker, FIRST_BACKOFF, LAST_BACKOFF, Publisher},
    failpoint,
    flight::{Engine, Go, Outlet, Point, Source, Stopped, Watch},
    health::Health,
    message::OutMessage,
    pauses::Gate,
    stage::{Failure, Policy, Stage},
    telemetry::{Metric, count, gauge},
    topology,
};

pub(super) struct Lane<S: Stage> {
    broker: Broker,
    gate: Gate,
    source: Source,
    name: String,
    policy: Policy,
    engine: Engine<S, StageOutlet>,
    signs: Arc<Signs>,
    built_before: AtomicBool,
}

impl<S: Stage> Lane<S> {
    pub(super) fn new(stage: Arc<S>, work: Arc<S::Work>, broker: Broker, health: Health, gate: Gate, source: Source, name: String) -> Self {
        let policy = stage.policy();
        let signs = Arc::new(Signs { stage: S::NAME, lane: name.clone(), part: format!("{} lane {name}", S::NAME), health });
        let outlet = StageOutlet { stage: S::NAME, publisher: broker.publisher() };
        let engine = Engine::new(stage, work, outlet, signs.clone(), gate.shutdown.clone(), source);
        Self { broker, gate, source, name, policy, engine, signs, built_before: AtomicBool::new(false) }
    }

    pub(super) fn shutdown(&self) -> &CancellationToken {
        &self.gate.shutdown
    }

    pub(super) fn broker(&self) -> &Broker {
        &self.broker
    }

    pub(super) fn engine(&self) -> &Engine<S, StageOutlet> {
        &self.engine
    }

    /// Says that this lane hears nothing, and why.
    pub(super) fn down(&self, why: &str) {
        self.signs.alive(false, why);
    }

    /// Until the shutdown: builds the channel, consumes, and again after any error.
    pub(super) async fn run(&self) {
        let mut backoff = FIRST_BACKOFF;
        self.down("not consuming yet");
        while !self.shutdown().is_cancelled() {
            if let Some(why) = self.gate.closed() {
                self.rest(why).await;
                continue;
            }
            let error = match self.channel().await {
                Ok(channel) => match self.serve_while_open(&channel, &mut backoff).await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let why = Failure { disposition: salur_domain::Disposition::Down, error: Box::new(error) }.to_string();
            tracing::warn!(stage = S::NAME, lane = self.name, why, "the consumer is built again");
            count(Metric::ConsumerRebuilds, &[("stage", S::NAME)], 1);
            self.down(&why);
            tokio::select! {
                () = self.shutdown().cancelled() => break,
                () = sleep(backoff) => backoff = (backoff * 2).min(LAST_BACKOFF),
            }
        }
        self.down("drained");
    }

    async fn channel(&self) -> Result<Channel, Error> {
        if self.built_before.swap(true, Ordering::AcqRel) {
            self.broker.redeclare().await?;
        }
        Ok(self.broker.consume_channel().await?)
    }

    /// Consumes nothing until the gate opens.
    async fn rest(&self, why: &str) {
        self.down(why);
        self.signs.stage_paused(self.gate.is_paused());
        tokio::select! {
            () = self.shutdown().cancelled() => {}
            () = self.gate.until(false) => self.signs.stage_paused(false),
        }
    }

    /// [`Lane::serve`] until the shutdown or until the stage is paused (`Ok`).
    async fn serve_while_open(&self, channel: &Channel, backoff: &mut Duration) -> Result<(), Error> {
        let stop = self.shutdown().child_token();
        let mut serving = std::pin::pin!(self.serve(channel, &stop, backoff));
        tokio::select! {
            outcome = &mut serving => return outcome,
            () = self.gate.until(true) => stop.cancel(),
        }
        serving.await
    }

    /// Until told to stop (`Ok`) or until the channel is of no more use; what was not acked goes back with it.
    async fn serve(&self, channel: &Channel, stop: &CancellationToken, backoff: &mut Duration) -> Result<(), Error> {
        let outcome = match self.source {
            Source::Main => match self.open(channel).await {
                Ok(mut inbox) => {
                    *backoff = FIRST_BACKOFF;
                    self.signs.alive(true, "");
                    self.flights(&mut inbox, stop).await
                }
                Err(error) => Err(error),
            },
            Source::Suspects => {
                *backoff = FIRST_BACKOFF;
                self.signs.alive(true, "");
                self.one_by_one(channel, stop).await
            }
        };
        broker::close(channel).await;
        outcome
    }

    async fn open(&self, channel: &Channel) -> Result<Inbox<S::In>, Error> {
        let prefetch = self.policy.prefetch.clamp(1, MAX_PREFETCH);
        channel.basic_qos(prefetch, BasicQosOptions::default()).await.map_err(Error::Consumer)?;
        let (queue, tag) = (topology::queue(S::NAME), format!("{}-{}-{}", S::NAME, std::process::id(), self.name));
        let consumer =
            channel.basic_consume(queue.as_str().into(), tag.as_str().into(), BasicConsumeOptions::default(), FieldTable::default());
        Ok(Inbox::new(consumer.await.map_err(Error::Consumer)?, self.broker.clone(), queue))
    }

    async fn flights(&self, inbox: &mut Inbox<S::In>, stop: &CancellationToken) -> Result<(), Error> {
        while let Some(gathered) = inbox.gather(&self.engine, &self.policy, stop).await? {
            let (arrived, acker) = gathered.split();
            let _flying = self.broker.flying().await;
            if failpoint::ack_first(S::NAME) {
                Gathered::<S::In>::ack(acker.clone()).await?;
                // an ack leaves in the background: a process that dies now must not take it along, or nothing is lost and the control shows nothing
                sleep(failpoint::ACK_LEAVES).await;
                self.engine.fly(arrived).await.map_err(Error::Stopped)?;
                continue;
            }
            match self.engine.fly(arrived).await {
                Ok(_) => Gathered::<S::In>::ack(acker).await.inspect_err(|_| count(Metric::AcksLost, &[("stage", S::NAME)], 1))?,
                Err(Stopped::Shutdown) => return Ok(()),
                Err(stopped) => return Err(Error::Stopped(stopped)),
            }
        }
        Ok(())
    }
}

/// What a lane tells the outside.
struct Signs {
    stage: &'static str,
    lane: String,
    part: String,
    health: Health,
}

impl Signs {
    fn alive(&self, alive: bool, why: &str) {
        gauge(Metric::ConsumerAlive, &self.labels(), if alive { 1.0 } else { 0.0 });
        if alive { self.health.ready(&self.part) } else { self.health.unready(&self.part, why) }
    }

    /// Of the whole stage: its lanes are paused and resumed together.
    fn stage_paused(&self, is_paused: bool) {
        gauge(Metric::StagePaused, &[("stage", self.stage)], if is_paused { 1.0 } else { 0.0 });
    }

    fn labels(&self) -> [(&'static str, &str); 2] {
        [("stage", self.stage), ("lane", &self.lane)]
    }
}

impl Watch for Signs {
    fn reached(&self, point: Point) -> Go {
        failpoint::reached(self.stage, point);
        Go::On
    }

    fn paused(&self, why: &str) -> Go {
        count(Metric::Pauses, &[("stage", self.stage)], 1);
        gauge(Metric::Paused, &self.labels(), 1.0);
        self.health.unready(&self.part, format!("paused: {why}"));
        Go::On
    }

    fn resumed(&self) {
        gauge(Metric::Paused, &self.labels(), 0.0);
        self.health.ready(&self.part);
    }
}

/// The stage's own publisher, with the point between sending and confirming.
pub(super) struct StageOutlet {
    stage: &'static str,
    publisher: Publisher,
}

impl Outlet for StageOutlet {
    async fn publish(&self, messages: &mut Vec<OutMessage>) -> Result<(), Failure> {
        Ok(self.publisher.publish(messages, || failpoint::reached(self.stage, Point::Publish)).await?)
    }
}
