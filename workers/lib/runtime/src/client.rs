//! For those who publish from outside a stage: submit, portal, clock, sweeps' first steps.
//!
//! Ids derive from (producer, seed, type, part): publishing the same facts again under the same seed gives the same ids. Chunks as in
//! [`crate::outbox`].

use chrono::Utc;
use futures::FutureExt;
use salur_domain::{Disposed, Disposition};
use salur_schemas::Message;

use crate::{
    broker::{Broker, Publisher},
    outbox::{self, Cause},
    stage::Failure,
    trace::TraceParent,
};

/// Why facts were not published; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A fact fits no message.
    #[error("facts cannot be published")]
    Oversized(#[source] outbox::Oversized),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// What was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Messages.
    pub messages: usize,
    /// Facts in them, equal ones once.
    pub facts: usize,
}

/// Publishes facts, confirmed.
#[derive(Debug)]
pub struct Client {
    publisher: Publisher,
}

impl Client {
    /// A client with a channel of its own.
    pub fn new(broker: &Broker) -> Self {
        Self { publisher: broker.publisher() }
    }

    /// Publishes in chunks; `Ok` means that every chunk is confirmed and reached the queues that must have it. On failure some may have been:
    /// call again with the same seed.
    pub async fn publish_facts<M: Message>(&self, producer: &str, id_seed: &str, facts: &[M]) -> Result<Published, Failure> {
        let encoded = outbox::encode(facts).map_err(Error::Oversized)?;
        let now = Utc::now();
        let cause = Cause { producer, input_id: id_seed, time: now, trace: TraceParent::root(id_seed), now };
        let messages = outbox::messages(&cause, encoded);
        let published = Published { messages: messages.len(), facts: messages.iter().map(|message| message.facts).sum() };
        self.publisher.publish_all(messages).boxed().await?;
        Ok(published)
    }
}
