//! From what a stage said to messages: a pure function, so that a delivery heard again gives the same ids and the same bytes.
//!
//! Outputs are grouped per input delivery, in input order: one message per fact type and source (for outcomes: and routing key), equal facts
//! once, split at [`MAX_FACTS`] and [`MAX_BYTES`]. The id is derived from (stage, input id, type, group, part); `time` is the latest time of
//! decision among the facts, else the input's own.

use std::{borrow::Cow, collections::HashSet};

use chrono::{DateTime, Utc};
use salur_schemas::{
    FactType, Message, Route,
    envelope::{self, MAX_BYTES, MAX_FACTS, READ_LIMIT},
};

use crate::{
    message::{Headers, OutMessage, derived_id},
    topology,
    trace::TraceParent,
};

/// What the envelope adds around the facts, at most: names, ids and a time.
const ENVELOPE_BYTES: usize = 1024;

/// The delivery that outputs answer.
#[derive(Debug, Clone)]
pub struct Cause<'a> {
    /// Stage or program that speaks.
    pub producer: &'a str,
    /// Id of the message heard.
    pub input_id: &'a str,
    /// Time of facts that carry none: the input's own.
    pub time: DateTime<Utc>,
    /// Trace of the input.
    pub trace: TraceParent,
    /// When these messages leave.
    pub now: DateTime<Utc>,
}

/// A fact too large for any message: the stage must say less.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a `{kind}` of {bytes} bytes fits no message")]
pub struct Oversized {
    /// Its type.
    pub kind: &'static str,
    /// Its size.
    pub bytes: usize,
}

/// The largest fact that still fits a message that is read.
pub const MAX_FACT_BYTES: usize = READ_LIMIT - ENVELOPE_BYTES;

/// A fact as JSON, with what groups it.
#[derive(Debug, Clone)]
pub struct Encoded {
    kind: FactType,
    source: String,
    routing_key: String,
    at: Option<DateTime<Utc>>,
    json: Vec<u8>,
}

impl Encoded {
    /// Type of the fact.
    pub fn kind(&self) -> FactType {
        self.kind
    }
}

/// Facts as JSON; fails when one fits no message.
pub fn encode<O: Message>(outputs: &[O]) -> Result<Vec<Encoded>, Oversized> {
    outputs.iter().map(encode_one).collect()
}

fn encode_one<O: Message>(fact: &O) -> Result<Encoded, Oversized> {
    let kind = fact.fact_type();
    let mut json = Vec::with_capacity(256);
    fact.encode(&mut json);
    if json.len() > MAX_FACT_BYTES {
        return Err(Oversized { kind: kind.name, bytes: json.len() });
    }
    Ok(Encoded { kind, source: fact.source().unwrap_or_default().to_owned(), routing_key: fact.routing_key(), at: fact.at(), json })
}

struct Group {
    kind: FactType,
    source: String,
    routing_key: String,
    time: Option<DateTime<Utc>>,
    facts: Vec<Vec<u8>>,
}

impl Group {
    fn takes(&self, fact: &Encoded) -> bool {
        self.kind.name == fact.kind.name && self.source == fact.source && self.routing_key == fact.routing_key
    }
}

/// Messages for the outputs of one delivery.
pub fn messages(cause: &Cause<'_>, outputs: Vec<Encoded>) -> Vec<OutMessage> {
    let mut groups: Vec<Group> = Vec::new();
    let mut seen: HashSet<(usize, Vec<u8>)> = HashSet::new();
    for fact in outputs {
        let at = groups.iter().position(|group| group.takes(&fact)).unwrap_or_else(|| {
            groups.push(Group {
                kind: fact.kind,
                source: fact.source.clone(),
                routing_key: fact.routing_key.clone(),
                time: None,
                facts: Vec::new(),
            });
            groups.len() - 1
        });
        if seen.insert((at, fact.json.clone())) {
            groups[at].time = groups[at].time.max(fact.at);
            groups[at].facts.push(fact.json);
        }
    }
    groups.into_iter().flat_map(|group| parts(cause, group)).collect()
}

fn parts(cause: &Cause<'_>, group: Group) -> Vec<OutMessage> {
    let Group { kind, source, routing_key, time, facts } = group;
    let time = time.unwrap_or(cause.time);
    split(facts)
        .into_iter()
        .enumerate()
        .map(|(part, facts)| {
            let id = derived_id(&[cause.producer, cause.input_id, kind.name, &source, &routing_key, &part.to_string()]);
            message(cause, kind, &routing_key, id, time, facts)
        })
        .collect()
}

fn split(facts: Vec<Vec<u8>>) -> Vec<Vec<Vec<u8>>> {
    let mut parts: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut bytes = 0;
    for fact in facts {
        let full = parts.last().is_none_or(|part| part.len() == MAX_FACTS || bytes + fact.len() + 1 + ENVELOPE_BYTES > MAX_BYTES);
        if full {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += fact.len() + 1;
        parts.last_mut().expect("a part was pushed above").push(fact);
    }
    parts
}

fn message(cause: &Cause<'_>, kind: FactType, routing_key: &str, id: String, time: DateTime<Utc>, facts: Vec<Vec<u8>>) -> OutMessage {
    let count = facts.len();
    let exchange = match kind.route {
        Route::Stage | Route::Upstream | Route::End => topology::FACTS,
        Route::Outcomes => topology::OUTCOMES,
    };
    let headers =
        Headers { traceparent: Some(cause.trace.child(&id).to_string()), first_published_at: Some(cause.now), ..Headers::default() };
    let body = envelope::write_raw(&id, cause.producer, kind, time, facts.into_iter());
    OutMessage {
        exchange: Cow::Borrowed(exchange),
        routing_key: routing_key.to_owned(),
        mandatory: kind.is_mandatory(),
        id,
        body,
        facts: count,
        headers,
    }
}
