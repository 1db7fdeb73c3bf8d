//! Our messages as AMQP properties and back. A header that does not parse counts as absent: it is never part of identity.

use chrono::{DateTime, SecondsFormat, Utc};
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable},
};
use salur_schemas::envelope::CONTENT_TYPE;

use crate::{
    message::{Headers, Inbound, OutMessage},
    topology,
};

const TRACEPARENT: &str = "traceparent";
const ATTEMPT: &str = "attempt";
const FIRST_PUBLISHED_AT: &str = "first-published-at";
const KEY: &str = "published-key";
const STAGE: &str = "stage";
const CAUSE: &str = "cause";
const DELIVERY_COUNT: &str = "x-delivery-count";
/// AMQP: survives a restart of the broker.
const PERSISTENT: u8 = 2;
/// AMQP message ids are short strings.
const MAX_ID: usize = 255;

/// Properties of a message that leaves.
pub(super) fn properties(message: &OutMessage) -> BasicProperties {
    let Headers { traceparent, attempt, first_published_at, key, stage, cause } = &message.headers;
    let mut table = FieldTable::default();
    let mut text = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            table.insert(key.into(), AMQPValue::LongString(value.into()));
        }
    };
    text(TRACEPARENT, traceparent.clone());
    text(FIRST_PUBLISHED_AT, first_published_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)));
    text(KEY, key.clone());
    text(STAGE, stage.clone());
    text(CAUSE, cause.clone());
    table.insert(ATTEMPT.into(), AMQPValue::LongUInt(*attempt));
    let properties = BasicProperties::default().with_content_type(CONTENT_TYPE.into()).with_delivery_mode(PERSISTENT).with_headers(table);
    if message.id.len() <= MAX_ID { properties.with_message_id(message.id.as_str().into()) } else { properties }
}

/// A delivery of the broker as our own.
pub(crate) fn inbound(delivery: Delivery) -> Inbound {
    let headers = delivery.properties.headers().as_ref();
    let text = |key: &str| headers.and_then(|table| table.inner().get(key)).and_then(as_text);
    let number = |key: &str| headers.and_then(|table| table.inner().get(key)).and_then(as_number).unwrap_or(0);
    let parsed = Headers {
        traceparent: text(TRACEPARENT),
        attempt: number(ATTEMPT),
        first_published_at: text(FIRST_PUBLISHED_AT).and_then(|at| DateTime::parse_from_rfc3339(&at).ok()).map(|at| at.with_timezone(&Utc)),
        // a header may say anything; of what comes straight from a publisher only the broker's word counts
        key: if delivery.exchange.as_str() == topology::FACTS { Some(delivery.routing_key.to_string()) } else { text(KEY) },
        stage: text(STAGE).or_else(|| stage_of_death(headers)),
        cause: text(CAUSE).or_else(|| text("x-first-death-reason").map(|reason| format!("given up by the broker: {reason}"))),
    };
    Inbound {
        tag: delivery.delivery_tag,
        id: delivery.properties.message_id().as_ref().map(|id| id.as_str().to_owned()),
        headers: parsed,
        delivery_count: number(DELIVERY_COUNT),
        body: delivery.data,
    }
}

/// A message dead-lettered by the broker names the queue it died in.
fn stage_of_death(headers: Option<&FieldTable>) -> Option<String> {
    let queue = headers.and_then(|table| table.inner().get("x-first-death-queue")).and_then(as_text)?;
    let stage = queue.strip_prefix("salur.")?;
    Some(stage.strip_suffix(".suspects").unwrap_or(stage).to_owned())
}

fn as_text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok().map(str::to_owned),
        AMQPValue::ShortString(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

fn as_number(value: &AMQPValue) -> Option<u32> {
    match *value {
        AMQPValue::ShortShortInt(n) => u32::try_from(n).ok(),
        AMQPValue::ShortShortUInt(n) => Some(u32::from(n)),
        AMQPValue::ShortInt(n) => u32::try_from(n).ok(),
        AMQPValue::ShortUInt(n) => Some(u32::from(n)),
        AMQPValue::LongInt(n) => u32::try_from(n).ok(),
        AMQPValue::LongUInt(n) => Some(n),
        AMQPValue::LongLongInt(n) => u32::try_from(n).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_survive_the_wire() {
        let headers = Headers {
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
            attempt: 7,
            first_published_at: DateTime::from_timestamp_millis(1_594_692_184_005),
            key: Some("coins.dropped.dinsos".into()),
            stage: Some("toy".into()),
            cause: Some("why".into()),
        };
        let message = OutMessage {
            exchange: "".into(),
            routing_key: String::new(),
            mandatory: true,
            id: "m-1".into(),
            body: vec![1],
            facts: 1,
            headers: headers.clone(),
        };
        let mut delivery = Delivery::mock(9, "".into(), "".into(), false, vec![1]);
        delivery.properties = properties(&message);
        assert_eq!(*delivery.properties.delivery_mode(), Some(PERSISTENT));
        let back = inbound(delivery);
        assert_eq!(back.headers, headers);
        assert_eq!((back.tag, back.id.as_deref(), back.delivery_count), (9, Some("m-1"), 0));
    }

    #[test]
    fn of_what_comes_from_a_publisher_the_broker_tells_the_key_and_not_a_header() {
        let headers = Headers { key: Some("coins.dropped.other".into()), ..Headers::default() };
        let message = OutMessage {
            exchange: "".into(),
            routing_key: String::new(),
            mandatory: true,
            id: "m".into(),
            body: vec![],
            facts: 1,
            headers,
        };
        let mut delivery = Delivery::mock(1, topology::FACTS.into(), "coins.dropped.dinsos".into(), false, vec![]);
        delivery.properties = properties(&message);
        assert_eq!(inbound(delivery).headers.key.as_deref(), Some("coins.dropped.dinsos"));
    }
}
