//! The envelope: CloudEvents 1.0, structured mode, one JSON body (there is no CloudEvents binding for AMQP 0-9-1).
//!
//! ```json
//! {"specversion":"1.0","id":"..","source":"salur/transfer-posting","type":"transfers.posted","dataschema":"transfers.posted/1",
//!  "time":"2020-07-14T02:03:04.000005Z","datacontenttype":"application/json","data":{"facts":[{..},{..}]}}
//! ```
//!
//! Bounds: [`MAX_FACTS`] facts and [`MAX_BYTES`] bytes per message. Reading accepts up to [`READ_LIMIT`], far below what would kill a channel.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fact::{FactType, Message};

/// Most facts in one message.
pub const MAX_FACTS: usize = 500;
/// Largest body written.
pub const MAX_BYTES: usize = 256 * 1024;
/// Largest body read; more is refused unread.
pub const READ_LIMIT: usize = 1024 * 1024;
/// AMQP content type.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// A message as it arrived; facts still raw, so that one that does not parse cannot take the others with it.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    /// Id of the message.
    pub id: String,
    /// Fact type.
    #[serde(rename = "type")]
    pub kind: String,
    /// `<type>/<major version>`.
    pub dataschema: Option<String>,
    /// When it was decided, as the producer wrote it: what a derived message says where its facts carry no time of their own.
    pub time: Option<DateTime<Utc>>,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    facts: Vec<&'a RawValue>,
}

/// Why a body is not a message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Larger than [`READ_LIMIT`].
    #[error("message has {0} bytes, more than the {READ_LIMIT} allowed")]
    TooLarge(usize),
    /// Not a CloudEvent with facts.
    #[error("message is not a CloudEvents 1.0 JSON with data.facts")]
    Malformed(#[source] serde_json::Error),
    /// More facts than [`MAX_FACTS`], or none.
    #[error("message has {0} facts; 1 to {MAX_FACTS} are allowed")]
    Count(usize),
}

impl<'a> Envelope<'a> {
    /// Reads the envelope, not the facts.
    pub fn parse(body: &'a [u8]) -> Result<Self, Error> {
        if body.len() > READ_LIMIT {
            return Err(Error::TooLarge(body.len()));
        }
        let envelope: Self = serde_json::from_slice(body).map_err(Error::Malformed)?;
        match envelope.data.facts.len() {
            1..=MAX_FACTS => Ok(envelope),
            count => Err(Error::Count(count)),
        }
    }

    /// The major version: 1 where the producer says none.
    pub fn version(&self) -> u16 {
        self.dataschema.as_deref().and_then(|schema| schema.rsplit('/').next()).and_then(|text| text.parse().ok()).unwrap_or(1)
    }

    /// The facts' JSON, each alone.
    pub fn facts(&self) -> impl Iterator<Item = &'a str> {
        self.data.facts.iter().map(|raw| raw.get())
    }
}

/// Writes a message body. The same arguments give the same bytes.
pub fn write<M: Message>(id: &str, producer: &str, kind: FactType, time: DateTime<Utc>, facts: &[&M]) -> Vec<u8> {
    let encoded = facts.iter().map(|fact| {
        let mut json = Vec::with_capacity(256);
        fact.encode(&mut json);
        json
    });
    write_raw(id, producer, kind, time, encoded)
}

/// [`write`] for facts that are JSON already.
pub fn write_raw(id: &str, producer: &str, kind: FactType, time: DateTime<Utc>, facts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let FactType { name, version, .. } = kind;
    let time = time.to_rfc3339_opts(SecondsFormat::Micros, true);
    let attributes = format!(
        r#""specversion":"1.0","id":"{id}","source":"salur/{producer}","type":"{name}","dataschema":"{name}/{version}","time":"{time}""#
    );
    let mut body = format!(r#"{{{attributes},"datacontenttype":"application/json","data":{{"facts":["#).into_bytes();
    for (at, fact) in facts.enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&fact);
    }
    body.extend_from_slice(b"]}}");
    body
}
