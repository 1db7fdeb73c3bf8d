//! Doors and shapes of sources: what they call our columns, and their users of the broker.

use serde_json::json;

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, TOO_LARGE, Who, get, post},
    shapes::{Shapes, object, perhaps, perhaps_moment, text, whole},
};

const NO_SOURCE: (u16, &str) = (404, "There is no source of this name.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        answers: &[(200, "Mapping", "Version 0: the source uses our own names of columns.")],
        refusals: &[BAD_ROLE],
        ..get("/api/mapping", "mapping", "What the caller's source calls our columns", Who::Token)
    },
    Door {
        method: "put",
        body: Some("MappingFile"),
        answers: &[(200, "Mapping", "It counts for every list that comes from now on.")],
        refusals: &[(400, "The body is not UTF-8."), BAD_ROLE, TOO_LARGE, (422, "It is no mapping; the message says why.")],
        ..get("/api/mapping", "setMapping", "Keep what the caller's source calls our columns; an empty body takes it back", Who::Token)
    },
    Door {
        answers: &[(200, "BrokerUser", "The queue, and the commands that take the access away.")],
        refusals: &[BAD_ROLE, NO_SOURCE],
        ..get("/api/sources/{name}/broker-user", "brokerUser", "The broker user of a source", Who::Token)
    },
    Door {
        body: Some("BrokerUserAsked"),
        answers: &[(201, "BrokerUserMade", "The address with its password is told this once.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_SOURCE, NO_JSON, NO_SENSE],
        ..post("/api/sources/{name}/broker-user", "makeBrokerUser", "A user of the broker, or a new password, for a source", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    vec![
        object(
            "Mapping",
            &[("source", text()), ("version", whole()), ("content", text()), ("actor", perhaps("string")), ("set_at", perhaps_moment())],
        ),
        object(
            "BrokerUser",
            &[("source", text()), ("user", text()), ("queue", text()), ("commands", json!({ "type": "array", "items": text() }))],
        ),
        object("BrokerUserAsked", &[("at?", perhaps("string"))]),
        object(
            "BrokerUserMade",
            &[("source", text()), ("user", text()), ("url", text()), ("queue", text()), ("definitions", json!({ "type": "object" }))],
        ),
    ]
}
