//! schemas/messages/asyncapi.json: what an upstream system says and hears on the broker, from its own point of view, as `AsyncAPI` 3.0
//! (<https://www.asyncapi.com/docs/reference/specification/v3.0.0>).
//!
//! Derived from the fact types that come from upstream and from the names of the topology; only the sentences stand here.

use salur_runtime::topology;
use salur_schemas::{FactType, Route, envelope};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Output,
    schemas::{Entry, FACTS, FOLDER, envelope_of, pretty},
};

const ABOUT: &str = "Publish lists of families and hear what becomes of each row. An operator gives a source its user of the broker with \
    `salur broker-access SOURCE`: it publishes under the keys of its source, reads its own outcome queue, and may do nothing else. \
    Publish persistent and mandatory messages with confirms; the same message id again does nothing twice. \
    docs/quickstart.md shows it with a program that runs.";
const SECURITY: &str = "#/components/securitySchemes/broker-user";

/// The document.
pub(super) fn document() -> Output {
    let mut generator =
        SchemaSettings::draft07().with(|settings| settings.definitions_path = "/components/schemas".into()).into_generator();
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for fact in FACTS.iter().filter(|fact| matches!(fact.kind.route, Route::Upstream | Route::Outcomes)) {
        let name = fact.kind.name;
        channels.insert(name.into(), channel(&fact.kind));
        operations.insert(name.into(), operation(&fact.kind));
        messages.insert(name.into(), message(fact, &mut generator));
    }
    let document = json!({
        "asyncapi": "3.0.0",
        "info": { "title": "salur for upstream systems", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "defaultContentType": envelope::CONTENT_TYPE,
        "servers": { "broker": {
            "host": "broker.example:5671", "protocol": "amqps", "protocolVersion": "0.9.1",
            "description": "RabbitMQ; the address comes from the operator.", "security": [{ "$ref": SECURITY }],
        } },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": generator.take_definitions(false),
            "securitySchemes": { "broker-user": {
                "type": "userPassword", "description": "A user of the broker, `upstream-<source>`, bound to one source by topic permissions.",
            } },
        },
    });
    Output { path: format!("{FOLDER}/asyncapi.json"), text: pretty(document) }
}

fn channel(kind: &FactType) -> Value {
    let heard = kind.route == Route::Outcomes;
    let address = if heard { topology::outcomes("{source}") } else { format!("{}.{{source}}", kind.name) };
    let binding = if heard {
        json!({ "is": "queue", "queue": { "durable": true, "exclusive": false, "autoDelete": false, "vhost": "/" } })
    } else {
        json!({ "is": "routingKey", "exchange": { "name": topology::FACTS, "type": "topic", "durable": true, "autoDelete": false, "vhost": "/" } })
    };
    let what = if heard {
        format!("The queue of the source's outcomes. It keeps the newest {} bytes.", topology::OUTCOMES_BYTES)
    } else {
        format!("Exchange `{}`, routing key as the address.", topology::FACTS)
    };
    json!({
        "address": address,
        "description": what,
        "parameters": { "source": { "description": "Name of the source: 1 to 32 lower-case letters, digits and hyphens." } },
        "messages": { kind.name: { "$ref": format!("#/components/messages/{}", kind.name) } },
        "bindings": { "amqp": binding },
    })
}

/// As the source does it.
fn operation(kind: &FactType) -> Value {
    let heard = kind.route == Route::Outcomes;
    let channel = format!("#/channels/{}", kind.name);
    let binding = if heard { json!({ "ack": true }) } else { json!({ "deliveryMode": 2, "mandatory": true }) };
    json!({
        "action": if heard { "receive" } else { "send" },
        "channel": { "$ref": channel },
        "messages": [{ "$ref": format!("{channel}/messages/{}", kind.name) }],
        "security": [{ "$ref": SECURITY }],
        "bindings": { "amqp": binding },
    })
}

fn message(fact: &Entry, generator: &mut SchemaGenerator) -> Value {
    let of_fact = (fact.reference)(generator).to_value();
    let mut payload = envelope_of(&[fact.kind.name], &of_fact);
    payload["title"] = format!("Envelope of {}", fact.kind.name).into();
    json!({ "name": fact.kind.name, "contentType": envelope::CONTENT_TYPE, "payload": payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_says_is_sent_and_what_it_hears_is_received() {
        let document: Value = serde_json::from_str(&document().text).expect("JSON");
        let action = |name: &str| document["operations"][name]["action"].as_str();
        for kind in salur_schemas::ALL {
            let expected = match kind.route {
                Route::Upstream => Some("send"),
                Route::Outcomes => Some("receive"),
                Route::Stage | Route::End => None,
            };
            assert_eq!(action(kind.name), expected, "{}", kind.name);
        }
        assert_eq!(document["channels"]["recipients.submitted"]["address"], "recipients.submitted.{source}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(&document().text).expect("JSON");
        let mut waiting = vec![&document];
        let mut found = 0;
        while let Some(value) = waiting.pop() {
            if let Some(path) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
                assert!(document.pointer(path).is_some(), "{path}");
                found += 1;
            }
            waiting.extend(value.as_object().into_iter().flat_map(Map::values).chain(value.as_array().into_iter().flatten()));
        }
        assert!(found > 10, "{found} references");
    }
}
