//! A message on its way in or out, apart from any broker library.
//!
//! Bounds: bodies as in [`salur_schemas::envelope`]; a cause is cut at [`MAX_CAUSE`] characters.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Longest cause carried in a header.
pub const MAX_CAUSE: usize = 500;

/// What travels beside the body. Never part of identity: a message published again may differ here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// W3C Trace Context.
    pub traceparent: Option<String>,
    /// How often the fact was already put off.
    pub attempt: u32,
    /// When the fact first left its producer: its age.
    pub first_published_at: Option<DateTime<Utc>>,
    /// The routing key under which it came through the exchange of facts: what the broker let its publisher say. Written into messages that
    /// go on by another way (delayed, suspected, replayed), so that they are judged by it again.
    pub key: Option<String>,
    /// Dead letters only: the stage that could not process it.
    pub stage: Option<String>,
    /// Dead letters only: why. No personal data.
    pub cause: Option<String>,
}

/// A message to publish: persistent, confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutMessage {
    /// Exchange; empty for the default one, whose key is a queue's name.
    pub exchange: Cow<'static, str>,
    /// Routing key.
    pub routing_key: String,
    /// Whether being heard by nobody is a failure.
    pub mandatory: bool,
    /// Message id, the same in the body.
    pub id: String,
    /// The body.
    pub body: Vec<u8>,
    /// How many facts it carries, for counting.
    pub facts: usize,
    /// Beside the body.
    pub headers: Headers,
}

/// A message that arrived.
#[derive(Debug, Clone, Default)]
pub struct Inbound {
    /// Position in its channel, for the ack.
    pub tag: u64,
    /// The AMQP message id, where there is one; the body's id counts where both exist.
    pub id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// Beside the body.
    pub headers: Headers,
    /// How often it was delivered before and came back: `x-delivery-count`.
    pub delivery_count: u32,
}

/// An id derived from parts: equal parts give equal ids, in every process and for ever.
pub fn derived_id(parts: &[&str]) -> String {
    Uuid::new_v5(&salur_domain::ids::NAMESPACE, parts.join("\u{0}").as_bytes()).to_string()
}

/// A cause fit for a header.
pub(crate) fn cut(cause: &str) -> String {
    cause.chars().filter(|letter| !letter.is_control()).take(MAX_CAUSE).collect()
}

impl Inbound {
    /// The id of a message whose body does not tell: the AMQP one, else one derived from the bytes.
    pub fn fallback_id(&self) -> String {
        self.id.clone().unwrap_or_else(|| Uuid::new_v5(&salur_domain::ids::NAMESPACE, &self.body).to_string())
    }
}
