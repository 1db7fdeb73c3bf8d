//! The keeper of dead letters: moves them from `salur.dead` to where people can work on them, and replays them.
//!
//! Outside the typed contract, since it takes raw bytes. A letter is acked once it is kept; keeping twice is recognised by its fingerprint.
//! While the store fails the keeper waits and holds. Bounds: [`BATCH`] letters at once.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use lapin::{
    Acker, Consumer,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    broker::{self, Broker, FIRST_BACKOFF, LAST_BACKOFF, inbound},
    health::Health,
    message::{Headers, Inbound, OutMessage, derived_id},
    stage::Failure,
    topology,
};

/// Letters kept at once.
pub const BATCH: u16 = 64;
const COMPANY: Duration = Duration::from_millis(20);
const PART: &str = "dead letters";

/// What could not be processed.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Derived from stage and message id, which for a single fact is derived from the message it came in and its place there: the same
    /// letter, the same fingerprint.
    pub fingerprint: String,
    /// Id of the message, the one a replay carries.
    pub message_id: String,
    /// Stage that could not process it; `unknown` where nobody said.
    pub stage: String,
    /// Why; no personal data.
    pub cause: String,
    /// The body as it came; holds personal data: to be encrypted where it is kept.
    pub body: Vec<u8>,
    /// Trace.
    pub traceparent: Option<String>,
    /// The routing key under which it first came, where known: a replay is judged by it again.
    pub key: Option<String>,
    /// Delays before.
    pub attempts: u32,
    /// Age.
    pub first_published_at: Option<DateTime<Utc>>,
}

impl From<Inbound> for DeadLetter {
    fn from(inbound: Inbound) -> Self {
        let message_id = inbound.fallback_id();
        let Headers { traceparent, attempt, first_published_at, key, stage, cause } = inbound.headers;
        let stage = stage.unwrap_or_else(|| "unknown".to_owned());
        Self {
            fingerprint: derived_id(&["dead-letter", &stage, &message_id]),
            message_id,
            stage,
            cause: cause.unwrap_or_else(|| "given up by the broker".to_owned()),
            body: inbound.body,
            traceparent,
            key,
            attempts: attempt,
            first_published_at,
        }
    }
}

/// Where letters are kept.
pub trait DeadLetterStore: Send + Sync + 'static {
    /// `Ok`: durable. A letter whose fingerprint is there already changes nothing but a count.
    fn keep(&self, letters: Vec<DeadLetter>) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Why the keeper starts over.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the broker is not there")]
    Broker(#[from] broker::Error),
    #[error("the consumer of dead letters failed")]
    Consumer(#[source] lapin::Error),
    #[error("the broker ended the consumer of dead letters")]
    Ended,
    #[error("an ack found its channel gone")]
    AckLost,
}

/// Keeps letters until told to stop.
pub async fn keep<D: DeadLetterStore>(store: &D, broker: &Broker, health: &Health, shutdown: &CancellationToken) {
    let mut backoff = FIRST_BACKOFF;
    while !shutdown.is_cancelled() {
        match session(store, broker, health, shutdown).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, "the keeper of dead letters starts over");
                health.unready(PART, error.to_string());
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(backoff) => backoff = (backoff * 2).min(LAST_BACKOFF),
        }
    }
}

async fn session<D: DeadLetterStore>(store: &D, broker: &Broker, health: &Health, shutdown: &CancellationToken) -> Result<(), Error> {
    let channel = broker.consume_channel().await?;
    channel.basic_qos(BATCH, BasicQosOptions::default()).await.map_err(Error::Consumer)?;
    let tag = format!("dead-letters-{}", std::process::id());
    let consumer =
        channel.basic_consume(topology::DEAD.into(), tag.as_str().into(), BasicConsumeOptions::default(), FieldTable::default()).await;
    let mut consumer = consumer.map_err(Error::Consumer)?;
    health.ready(PART);
    let mut outcome = Ok(());
    while outcome.is_ok() {
        let gathered = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            gathered = gather(&mut consumer) => gathered,
        };
        outcome = match gathered {
            Ok((letters, acker)) => {
                if !keep_patiently(store, letters, health, shutdown).await {
                    break;
                }
                ack(&acker).await
            }
            Err(error) => Err(error),
        };
    }
    broker::close(&channel).await;
    outcome
}

async fn gather(consumer: &mut Consumer) -> Result<(Vec<DeadLetter>, Acker), Error> {
    let (first, mut acker) = receive(consumer).await?;
    let mut letters = vec![first];
    let until = Instant::now() + COMPANY;
    while letters.len() < usize::from(BATCH) {
        let Ok(next) = timeout_at(until, receive(consumer)).await else { break };
        let (letter, its_acker) = next?;
        letters.push(letter);
        acker = its_acker;
    }
    Ok((letters, acker))
}

async fn receive(consumer: &mut Consumer) -> Result<(DeadLetter, Acker), Error> {
    let delivery = consumer.next().await.ok_or(Error::Ended)?.map_err(Error::Consumer)?;
    let acker = delivery.acker.clone();
    Ok((inbound(delivery).into(), acker))
}

/// Until the store has them; `false` on shutdown.
async fn keep_patiently<D: DeadLetterStore>(store: &D, letters: Vec<DeadLetter>, health: &Health, shutdown: &CancellationToken) -> bool {
    let mut backoff = FIRST_BACKOFF;
    loop {
        let Err(failure) = store.keep(letters.clone()).await else {
            health.ready(PART);
            return true;
        };
        tracing::warn!(%failure, letters = letters.len(), "dead letters cannot be kept yet");
        health.unready(PART, failure.to_string());
        tokio::select! {
            () = shutdown.cancelled() => return false,
            () = sleep(backoff) => backoff = (backoff * 2).min(LAST_BACKOFF),
        }
    }
}

async fn ack(acker: &Acker) -> Result<(), Error> {
    match acker.ack(BasicAckOptions { multiple: true }).await {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(Error::AckLost),
    }
}

/// Sends a letter to its stage's own queue, with the same id and as if it had never been put off. `Ok`: confirmed; then mark the row.
pub async fn replay(broker: &Broker, letter: &DeadLetter) -> Result<(), Failure> {
    let headers = Headers {
        traceparent: letter.traceparent.clone(),
        first_published_at: letter.first_published_at,
        key: letter.key.clone(),
        ..Headers::default()
    };
    let message = OutMessage {
        exchange: "".into(),
        routing_key: topology::queue(&letter.stage),
        mandatory: true,
        id: letter.message_id.clone(),
        body: letter.body.clone(),
        facts: 1,
        headers,
    };
    broker.publisher().publish_all(vec![message]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_letter_has_the_same_fingerprint() {
        let inbound = |id: &str, body: &[u8]| Inbound { id: Some(id.into()), body: body.to_vec(), ..Inbound::default() };
        let letter = |id, body| DeadLetter::from(inbound(id, body));
        assert_eq!(letter("a", b"x").fingerprint, letter("a", b"x").fingerprint);
        assert_ne!(letter("a", b"x").fingerprint, letter("b", b"x").fingerprint);
        let nameless = |body: &[u8]| DeadLetter::from(Inbound { body: body.to_vec(), ..Inbound::default() }).fingerprint;
        assert_eq!(nameless(b"x"), nameless(b"x"));
        assert_ne!(nameless(b"x"), nameless(b"y"));
    }
}
