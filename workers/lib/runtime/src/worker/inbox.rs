//! What a lane has received and not yet flown.

use std::time::Duration;

use futures::StreamExt;
use lapin::{Acker, Consumer, options::BasicAckOptions};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::WATCHDOG;
use crate::{
    broker::{self, Broker, inbound},
    decode::Arrived,
    flight::{Engine, Outlet},
    stage::{Policy, Stage},
};

/// Between the two looks that tell a dead consumer from a busy moment.
const SECOND_LOOK: Duration = Duration::from_secs(3);

/// Why a lane must be built again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the broker ended the consumer")]
    Ended,
    #[error("the consumer failed")]
    Consumer(#[source] lapin::Error),
    #[error("{0} messages wait and none arrives")]
    Silent(u32),
    #[error("an ack found its channel gone")]
    AckLost,
    #[error("the broker is not there")]
    Broker(#[from] broker::Error),
    #[error("the flight ended without an end: {0:?}")]
    Stopped(crate::flight::Stopped),
}

/// Deliveries of one flight; the acker of the last acks them all.
pub(super) struct Gathered<I> {
    pub(super) arrived: Vec<Arrived<I>>,
    acker: Acker,
}

impl<I> Gathered<I> {
    /// Acks every delivery of the flight.
    pub(super) async fn ack(acker: Acker) -> Result<(), Error> {
        match acker.ack(BasicAckOptions { multiple: true }).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Error::AckLost),
        }
    }

    pub(super) fn split(self) -> (Vec<Arrived<I>>, Acker) {
        (self.arrived, self.acker)
    }
}

pub(super) struct Inbox<I> {
    consumer: Consumer,
    broker: Broker,
    queue: String,
    /// Arrived, but did not fit the last flight.
    carry: Option<(Arrived<I>, Acker)>,
}

impl<I: salur_schemas::Message> Inbox<I> {
    pub(super) fn new(consumer: Consumer, broker: Broker, queue: String) -> Self {
        Self { consumer, broker, queue, carry: None }
    }

    /// The next flight: what is there, and company for at most `linger` once the queue ran dry. `None` when told to stop.
    pub(super) async fn gather<S: Stage<In = I>, O: Outlet>(
        &mut self,
        engine: &Engine<S, O>,
        policy: &Policy,
        stop: &CancellationToken,
    ) -> Result<Option<Gathered<I>>, Error> {
        let Some((first, mut acker)) = self.first(engine, stop).await? else { return Ok(None) };
        let mut facts = first.facts();
        let mut arrived = vec![first];
        let until = Instant::now() + policy.linger;
        while facts < policy.flight_facts && arrived.len() < usize::from(policy.prefetch) {
            let Ok(next) = timeout_at(until, self.receive(engine)).await else { break };
            let (message, its_acker) = next?;
            if facts + message.facts() > policy.flight_facts {
                self.carry = Some((message, its_acker));
                break;
            }
            facts += message.facts();
            arrived.push(message);
            acker = its_acker;
        }
        Ok(Some(Gathered { arrived, acker }))
    }

    async fn first<S: Stage<In = I>, O: Outlet>(
        &mut self,
        engine: &Engine<S, O>,
        stop: &CancellationToken,
    ) -> Result<Option<(Arrived<I>, Acker)>, Error> {
        if stop.is_cancelled() {
            return Ok(None);
        }
        if let Some(carried) = self.carry.take() {
            return Ok(Some(carried));
        }
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(None),
                received = self.receive(engine) => return received.map(Some),
                () = sleep(WATCHDOG) => {}
            }
            if let Some(received) = self.look_twice(engine).await? {
                return Ok(Some(received));
            }
        }
    }

    /// After a long silence: fails when messages wait, twice, and none arrives in between.
    async fn look_twice<S: Stage<In = I>, O: Outlet>(&mut self, engine: &Engine<S, O>) -> Result<Option<(Arrived<I>, Acker)>, Error> {
        if self.waiting().await? == 0 {
            return Ok(None);
        }
        if let Ok(received) = timeout_at(Instant::now() + SECOND_LOOK, self.receive(engine)).await {
            return received.map(Some);
        }
        match self.waiting().await? {
            0 => Ok(None),
            waiting => Err(Error::Silent(waiting)),
        }
    }

    async fn waiting(&self) -> Result<u32, Error> {
        Ok(self.broker.ask_depth(&self.queue).await?.0)
    }

    async fn receive<S: Stage<In = I>, O: Outlet>(&mut self, engine: &Engine<S, O>) -> Result<(Arrived<I>, Acker), Error> {
        match self.consumer.next().await {
            None => Err(Error::Ended),
            Some(Err(error)) => Err(Error::Consumer(error)),
            Some(Ok(delivery)) => {
                let acker = delivery.acker.clone();
                Ok((engine.decode(inbound(delivery)), acker))
            }
        }
    }
}
