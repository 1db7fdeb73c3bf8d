//! Bytes to facts, each alone: one that does not parse cannot take its neighbours with it.
//!
//! Reasons name the place of a mistake and never its content, which may be personal data.
//!
//! What came through the exchange of facts must be what its routing key says, type and source: the broker lets an upstream system publish under its
//! own keys only, so that the key is who speaks, whatever the body claims.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use salur_schemas::{
    FactType, Message,
    envelope::{self, Envelope},
    fact,
};

use crate::message::Inbound;

/// A message after decoding.
#[derive(Debug)]
pub struct Arrived<I> {
    /// As it came.
    pub inbound: Inbound,
    /// Id of the message.
    pub id: String,
    /// What it holds.
    pub letter: Letter<I>,
    /// What decoding took.
    pub took: Duration,
}

impl<I> Arrived<I> {
    /// Facts that the stage will see.
    pub fn facts(&self) -> usize {
        match &self.letter {
            Letter::Open(open) => open.facts.len(),
            Letter::Newer(_) | Letter::Dead(_) => 0,
        }
    }
}

/// What a message holds.
#[derive(Debug)]
pub enum Letter<I> {
    /// Facts, and those of its facts that do not parse.
    Open(Open<I>),
    /// Of a version this worker does not know.
    Newer(String),
    /// Not a message for this stage.
    Dead(String),
}

/// The content of a message that parses.
#[derive(Debug)]
pub struct Open<I> {
    /// Type and version as the producer wrote them.
    pub kind: FactType,
    /// When the producer decided.
    pub time: DateTime<Utc>,
    /// Position in the message, and the fact.
    pub facts: Vec<(usize, I)>,
    /// Position in the message, and why it does not parse.
    pub broken: Vec<(usize, String)>,
}

/// Reads one message.
pub fn decode<I: Message>(inbound: Inbound) -> Arrived<I> {
    let started = Instant::now();
    let (id, letter) = match Envelope::parse(&inbound.body) {
        Err(error) => (None, Letter::Dead(envelope_reason(&error))),
        Ok(envelope) => (Some(envelope.id.clone()), open(&envelope, inbound.headers.key.as_deref())),
    };
    let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| inbound.fallback_id());
    Arrived { inbound, id, letter, took: started.elapsed() }
}

/// A message that is not to be looked at: it is known to kill.
pub fn condemned<I>(inbound: Inbound, why: &str) -> Arrived<I> {
    let id = inbound.fallback_id();
    Arrived { inbound, id, letter: Letter::Dead(why.to_owned()), took: Duration::ZERO }
}

fn open<I: Message>(envelope: &Envelope<'_>, key: Option<&str>) -> Letter<I> {
    let Some(known) = I::TYPES.iter().find(|known| known.name == envelope.kind) else {
        return Letter::Dead("this stage does not hear messages of this type: a binding is wrong".to_owned());
    };
    let version = envelope.version();
    if version > known.version {
        let error = fact::Error::NewerVersion { name: known.name, version, known: known.version };
        return Letter::Newer(error.to_string());
    }
    let time = envelope.time.unwrap_or(DateTime::UNIX_EPOCH);
    let mut open = Open { kind: FactType { version, ..*known }, time, facts: Vec::new(), broken: Vec::new() };
    for (index, json) in envelope.facts().enumerate() {
        match I::decode(known.name, version, json) {
            Ok(fact) => match key.and_then(|key| foreign(&fact, key)) {
                None => open.facts.push((index, fact)),
                Some(why) => open.broken.push((index, why)),
            },
            Err(error) => open.broken.push((index, fact_reason(&error))),
        }
    }
    Letter::Open(open)
}

/// Why a fact may not come under this key. The bare type is what releases before this one published under, and salur's own user alone can.
fn foreign<I: Message>(fact: &I, key: &str) -> Option<String> {
    let kind = fact.fact_type();
    if key == kind.name || key == fact.routing_key() {
        return None;
    }
    let whose = fact.source().map(|source| format!(" of source `{source}`")).unwrap_or_default();
    Some(format!("a `{}`{whose} came under the key `{key}`: who publishes there does not speak for it", kind.name))
}

fn envelope_reason(error: &envelope::Error) -> String {
    match error {
        envelope::Error::Malformed(json) => format!("{error} ({})", place(json)),
        envelope::Error::TooLarge(_) | envelope::Error::Count(_) => error.to_string(),
    }
}

fn fact_reason(error: &fact::Error) -> String {
    match error {
        fact::Error::Malformed(json) => format!("{error} ({})", place(json)),
        fact::Error::UnknownType(_) | fact::Error::NewerVersion { .. } => error.to_string(),
    }
}

fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "a value of the wrong kind, or one missing",
        serde_json::error::Category::Eof => "cut off",
    };
    format!("{what}, line {} column {}", error.line(), error.column())
}

/// The JSON of one fact of a message that parsed before.
pub(crate) fn fact_json(body: &[u8], index: usize) -> Vec<u8> {
    let envelope = Envelope::parse(body).expect("this body parsed when it arrived");
    envelope.facts().nth(index).expect("this index was counted when it arrived").as_bytes().to_vec()
}
