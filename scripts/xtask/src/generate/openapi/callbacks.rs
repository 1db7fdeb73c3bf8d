//! Doors and shapes of families who are called back.

use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, perhaps, perhaps_moment, perhaps_of, text, told, whole},
};

const NO_SAMPLE: (u16, &str) = (404, "There is no such sample in the caller's region, or it has no such family.");
const NO_PATH: (u16, &str) = (400, "The path or body cannot be read.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        body: Some("CallbackDrawing"),
        answers: &[(201, "CallbackSample", "Drawn; the same request again gives the same sample.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_JSON, NO_SENSE],
        ..post("/api/callbacks", "drawCallbacks", "Draw families who were paid, to call them back", Who::Token)
    },
    Door {
        answers: &[(200, "CallbackSamples", "At most 100, the newest first, within the caller's region.")],
        refusals: &[BAD_ROLE],
        ..get("/api/callbacks", "listCallbacks", "Samples of families who are called back", Who::Token)
    },
    Door {
        answers: &[(200, "CallbackWhole", "With its families, masked, and what their answers say of everybody.")],
        refusals: &[NO_PATH, BAD_ROLE, NO_SAMPLE],
        ..get("/api/callbacks/{sample}", "seeCallbacks", "A sample with its families and its estimates", Who::Token)
    },
    Door {
        query: &[("after", false, "integer", "The `next` of the page before.")],
        answers: &[(200, "CallbackFrame", "At most 10,000 by number: the sample can be drawn again from it.")],
        refusals: &[(400, "The path or query cannot be read."), BAD_ROLE, NO_SAMPLE, (422, "The query makes no sense.")],
        ..get("/api/callbacks/{sample}/frame", "seeCallbackFrame", "What a sample was drawn from: numbers and weights", Who::Token)
    },
    Door {
        body: Some("CallbackOpening"),
        answers: &[(200, "CallbackContact", "Recorded before it is told.")],
        refusals: &[
            NO_PATH,
            BAD_ROLE,
            NO_SAMPLE,
            (410, "Its key was destroyed."),
            NO_JSON,
            NO_SENSE,
            (429, "Too many families in ten minutes."),
        ],
        ..post("/api/callbacks/{sample}/families/{payment}/contact", "openCallback", "How a family of a sample is reached", Who::Token)
    },
    Door {
        body: Some("CallbackResult"),
        answers: &[(200, "CallbackFamily", "It stands; the same call told again is the same.")],
        refusals: &[NO_PATH, BAD_ROLE, NO_SAMPLE, (409, "The answer of this family is known."), NO_JSON, NO_SENSE],
        ..post("/api/callbacks/{sample}/families/{payment}/results", "recordCallback", "Keep what a call came to", Who::Token)
    },
];

fn number() -> Value {
    json!({ "type": "number" })
}

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let outcomes = json!({ "type": "string", "enum": ["not_reached", "got_all", "kept_back", "did_not_get", "not_known"] });
    let drawing = [
        ("request?", id()),
        ("tranche", told("Code of a tranche")),
        ("region?", told("Digits of a province or regency; empty: the country")),
        ("seed?", text()),
        ("confidence?", whole()),
        ("margin?", whole()),
        ("as_of?", whole()),
        ("why", told("3 to 200 characters; kept")),
    ];
    let mut sample = vec![("sample", id()), ("drawn_at", moment())];
    sample.extend(["tranche", "region", "seed", "why", "actor"].map(|name| (name, text())));
    sample.extend(["as_of", "confidence", "margin", "members", "drawn", "answered"].map(|name| (name, whole())));
    let mut family = vec![("payment", id()), ("signs", json!({ "type": "array", "items": { "type": "string" } }))];
    family.extend(["place", "n", "weight", "amount", "calls"].map(|name| (name, whole())));
    family.extend(["village", "pay_point", "status", "teller"].map(|name| (name, text())));
    family.extend(["outcome", "note", "actor", "complaint"].map(|name| (name, perhaps("string"))));
    family.extend([("rupiah", perhaps("integer")), ("recorded_at", perhaps_moment())]);
    let counts = ["drawn", "waiting", "not_reached", "not_known", "got_all", "kept_back", "did_not_get"].map(|name| (name, whole()));
    let report = [counts.as_slice(), &[("shares", perhaps_of("CallbackShares")), ("missing", perhaps_of("CallbackRupiah"))]].concat();
    let shares = ["got_all", "kept_back", "did_not_get"].map(|name| (name, of("CallbackShare")));
    let whole_sample = [
        ("sample", of("CallbackSample")),
        ("classes", list_of("CallbackClass")),
        ("report", of("CallbackReport")),
        ("families", list_of("CallbackFamily")),
    ];
    let result = [("request?", id()), ("outcome", outcomes), ("rupiah?", perhaps("integer")), ("note?", text())];
    vec![
        object("CallbackDrawing", &drawing),
        object("CallbackSample", &sample),
        object("CallbackSamples", &[("samples", list_of("CallbackSample"))]),
        object("CallbackWhole", &whole_sample),
        object("CallbackClass", &["weight", "members", "drawn"].map(|name| (name, whole()))),
        object("CallbackFamily", &family),
        object("CallbackReport", &report),
        object("CallbackShares", &shares),
        object("CallbackShare", &["low", "value", "high"].map(|name| (name, number()))),
        object("CallbackRupiah", &["low", "value", "high"].map(|name| (name, whole()))),
        object("CallbackFrame", &[("members", list_of("CallbackMember")), ("next", perhaps("integer"))]),
        object("CallbackMember", &[("n", whole()), ("weight", whole())]),
        object("CallbackOpening", &[("why", told("3 to 200 characters; kept in the audit"))]),
        object("CallbackContact", &[("name", text()), ("address", text()), ("village", text())]),
        object("CallbackResult", &result),
    ]
}
