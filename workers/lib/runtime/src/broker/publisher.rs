//! Publishing with confirms.
//!
//! All messages are sent, then all confirms awaited. A confirm that is refused, lost or late leaves its message *unknown*: it is published
//! again, and whoever hears it twice recognises it. An unroutable mandatory message is an *ack* that carries the message back: here a
//! failure. Bounds: [`WINDOW`] messages unconfirmed at once, [`ROUNDS`] rounds per call; then the caller holds what is left.

use std::time::Duration;

use lapin::{
    Channel, Confirmation, PublisherConfirm,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{Broker, Error, close, wire};
use crate::{
    message::OutMessage,
    stage::Failure,
    telemetry::{Metric, count},
};

/// Rounds of sending within one call.
pub const ROUNDS: u32 = 4;
/// Messages sent before their confirms are awaited.
pub const WINDOW: usize = 1_000;
const PAUSE: Duration = Duration::from_millis(50);

/// Publishes on a channel of its own, opened when needed and again after any error.
#[derive(Debug)]
pub struct Publisher {
    broker: Broker,
    channel: Mutex<Option<Channel>>,
}

/// What became of one round.
#[derive(Default)]
struct Round {
    again: Vec<OutMessage>,
    returned: Vec<OutMessage>,
    channel_failed: bool,
}

impl Publisher {
    pub(super) fn new(broker: Broker) -> Self {
        Self { broker, channel: Mutex::new(None) }
    }

    /// `Ok`: every message is confirmed, and every mandatory one reached a queue.
    pub async fn publish_all(&self, mut messages: Vec<OutMessage>) -> Result<(), Failure> {
        Ok(self.publish(&mut messages, || ()).await?)
    }

    /// As [`Publisher::publish_all`]; on failure `messages` keeps what is not confirmed. `sent` is called between sending and confirming.
    pub(crate) async fn publish(&self, messages: &mut Vec<OutMessage>, sent: impl Fn() + Send + Sync) -> Result<(), Error> {
        let mut unroutable = None;
        for round in 0..ROUNDS {
            if messages.is_empty() {
                return Ok(());
            }
            if round > 0 {
                count(Metric::PublishAgain, &[], messages.len() as u64);
                sleep(PAUSE * round).await;
            }
            let outcome = self.round(messages, &sent).await?;
            if !outcome.returned.is_empty() {
                unroutable = Some(self.returned(&outcome.returned).await?);
            }
            messages.extend(outcome.again);
            messages.extend(outcome.returned);
        }
        match (messages.len(), unroutable) {
            (0, _) => Ok(()),
            (_, Some(error)) => Err(error),
            (left, None) => Err(Error::Unconfirmed(left)),
        }
    }

    /// A queue may have been deleted under us: declare again, then count it as a failure if that does not help.
    async fn returned(&self, returned: &[OutMessage]) -> Result<Error, Error> {
        count(Metric::Unroutable, &[], returned.len() as u64);
        self.broker.redeclare().await?;
        let first = returned.first().expect("called with at least one");
        Ok(Error::Unroutable { exchange: first.exchange.to_string(), routing_key: first.routing_key.clone(), count: returned.len() })
    }

    /// Sends what is given and awaits the confirms. Without a channel nothing is sent and `messages` keeps all.
    async fn round(&self, messages: &mut Vec<OutMessage>, sent: &(impl Fn() + Send + Sync)) -> Result<Round, Error> {
        let mut outcome = Round::default();
        while !messages.is_empty() && !outcome.channel_failed {
            let channel = self.channel().await?;
            let window: Vec<OutMessage> = messages.drain(..messages.len().min(WINDOW)).collect();
            let deadline = Instant::now() + self.broker.confirm_timeout();
            let confirms = send(&channel, window, deadline, &mut outcome).await;
            sent();
            confirm(confirms, deadline, &mut outcome).await;
            if outcome.channel_failed {
                self.forget(&channel).await;
            }
        }
        Ok(outcome)
    }

    async fn channel(&self) -> Result<Channel, Error> {
        let mut held = self.channel.lock().await;
        if let Some(channel) = held.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        let channel = self.broker.publish_channel().await?;
        let patience = self.broker.confirm_timeout();
        let selected = timeout(patience, channel.confirm_select(ConfirmSelectOptions::default())).await;
        selected.map_err(|_| Error::Silent("confirm messages", patience))?.map_err(|error| Error::Call("confirm messages", error))?;
        *held = Some(channel.clone());
        Ok(channel)
    }

    async fn forget(&self, failed: &Channel) {
        let mut held = self.channel.lock().await;
        if held.as_ref().is_some_and(|channel| channel.id() == failed.id()) {
            *held = None;
        }
        drop(held);
        if failed.status().connected() {
            close(failed).await;
        }
    }
}

async fn send(channel: &Channel, window: Vec<OutMessage>, deadline: Instant, outcome: &mut Round) -> Vec<(OutMessage, PublisherConfirm)> {
    let mut confirms = Vec::with_capacity(window.len());
    for message in window {
        if outcome.channel_failed {
            outcome.again.push(message);
            continue;
        }
        let options = BasicPublishOptions { mandatory: message.mandatory, ..BasicPublishOptions::default() };
        let publish = channel.basic_publish(
            message.exchange.as_ref().into(),
            message.routing_key.as_str().into(),
            options,
            &message.body,
            wire::properties(&message),
        );
        match timeout_at(deadline, publish).await {
            Ok(Ok(confirm)) => confirms.push((message, confirm)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "publish failed");
                outcome.channel_failed = true;
                outcome.again.push(message);
            }
            Err(_) => {
                outcome.channel_failed = true;
                outcome.again.push(message);
            }
        }
    }
    confirms
}

async fn confirm(confirms: Vec<(OutMessage, PublisherConfirm)>, deadline: Instant, outcome: &mut Round) {
    for (message, confirm) in confirms {
        match timeout_at(deadline, confirm).await {
            Ok(Ok(Confirmation::Ack(None))) => {}
            Ok(Ok(Confirmation::Ack(Some(_)))) => outcome.returned.push(message),
            Ok(Ok(Confirmation::Nack(_))) => outcome.again.push(message),
            Ok(Ok(Confirmation::NotRequested) | Err(_)) | Err(_) => {
                outcome.channel_failed = true;
                outcome.again.push(message);
            }
        }
    }
}
