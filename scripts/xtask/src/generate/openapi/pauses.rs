//! Doors and shapes of pauses.

use salur_domain::pause::{Kind, Refused};
use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, text, told, whole},
};

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[("kind", false, "string", "Only of this kind: stage, tranche, regency, pay_point or teller.")],
        answers: &[(200, "Pauses", "At most 1,000 pauses, and the 1,000 latest decisions.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/pauses", "pauses", "What is paused, since when, by whom and why; and every decision", Who::Token)
    },
    Door {
        body: Some("PauseAsked"),
        answers: &[
            (202, "PauseTaken", "Published, or decided before; its effect tells what comes of it."),
            (200, "PauseLook", "A dry run: what would come of it now."),
        ],
        refusals: &[
            BAD_BODY,
            (403, "The caller's role does not pause this, or it lies outside the caller's region."),
            (409, "It is paused already, or it is not paused; or this request came before and said something else."),
            NO_JSON,
            NO_SENSE,
        ],
        ..post("/api/pauses", "pause", "Pause or resume a stage, tranche, regency, pay point or teller", Who::Token)
    },
    Door {
        answers: &[(200, "PauseEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/pauses/{id}", "pauseDecided", "What came of a decision about a pause", Who::Token)
    },
];

fn kind() -> Value {
    let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    json!({ "type": "string", "enum": words })
}

fn yes_or_no() -> Value {
    json!({ "type": "boolean" })
}

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let refused: Vec<&str> = Refused::ALL.iter().map(|refused| refused.as_str()).collect();
    let which = [("kind", kind()), ("scope", told("name of a stage; code of a tranche, pay point or teller; four digits of a regency"))];
    let said = [which.as_slice(), &[("paused", yes_or_no()), ("reason", text())]].concat();
    let asked = [&[("request?", id())], said.as_slice(), &[("dry_run?", yes_or_no())]].concat();
    let came = [
        ("actor", text()),
        ("effect", told("paused, resumed or refused")),
        ("refused", told(&format!("nothing, or one of {}", refused.join(", ")))),
        ("decided_at", moment()),
        ("conflicts", whole()),
    ];
    let known = [&[("decision", id())], said.as_slice(), &came].concat();
    let pause = [which.as_slice(), &[("reason", text()), ("actor", text()), ("since", moment())]].concat();
    let effect = json!({ "anyOf": [of("PauseKnown"), { "type": "null" }] });
    vec![
        object("Pauses", &[("paused", list_of("Pause")), ("decisions", list_of("PauseKnown"))]),
        object("Pause", &pause),
        object("PauseAsked", &asked),
        object("PauseTaken", &[("decision", id())]),
        object("PauseLook", &[("would", told("paused or resumed"))]),
        object("PauseEffect", &[("decision", id()), ("effect", effect)]),
        object("PauseKnown", &known),
    ]
}
