//! Doors and shapes of programmes and tranches.

use serde_json::json;

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, TOO_LARGE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, perhaps, perhaps_moment, text, told, whole},
};

const NO_TRANCHE: (u16, &str) = (404, "There is no tranche of this code.");
const BAD_TREASURER: (u16, &str) = (403, "The caller's role does not do this, or acts for a region, or entered the tranche.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[
            ("dry_run", false, "boolean", "Say what would change; change nothing."),
            ("request", false, "string", "A UUID of your own, which makes sending it again safe."),
        ],
        body: Some("SetupFile"),
        answers: &[(202, "SetupTaken", "Kept and published; its answer tells what comes of it.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, TOO_LARGE, (422, "The file is not text.")],
        ..post("/api/setups", "sendSetup", "Set a programme up: master data and its funding", Who::Token)
    },
    Door {
        answers: &[(200, "Setup", "The answer is null until a worker has carried it out.")],
        refusals: &[(400, "The id is none."), BAD_ROLE, (404, "There is no setup of this id.")],
        ..get("/api/setups/{id}", "setup", "What came of a setup file", Who::Token)
    },
    Door {
        answers: &[(200, "[Tranche]", "All tranches.")],
        refusals: &[BAD_ROLE],
        ..get("/api/tranches", "listTranches", "Tranches: money, window, who entered and who approved", Who::Token)
    },
    Door {
        body: Some("Approval"),
        answers: &[(202, "ApprovalTaken", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_TREASURER, NO_TRANCHE, (409, "It is open already, or its allocation is another."), NO_JSON, NO_SENSE],
        ..post("/api/tranches/{code}/approvals", "approveTranche", "Approve a tranche that somebody else entered", Who::Token)
    },
    Door {
        answers: &[(200, "ApprovalEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/tranches/approvals/{id}", "approvalEffect", "What came of an approval", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    [setups(), tranches()].concat()
}

fn tranches() -> Shapes {
    let tranche = [
        ("code", text()),
        ("programme", text()),
        ("name", text()),
        ("amount", whole()),
        ("opens_at", moment()),
        ("closes_at", moment()),
        ("returns_at", moment()),
        ("opened_at", perhaps_moment()),
        ("paused", json!({ "type": "boolean" })),
        ("return_ended_at", perhaps_moment()),
        ("closed_at", perhaps_moment()),
        ("threshold", whole()),
        ("allocation", whole()),
        ("entered_by", json!({ "type": "array", "items": text() })),
        ("approved_by", perhaps("string")),
        ("document", perhaps("string")),
        ("approved_at", perhaps_moment()),
    ];
    let effect =
        [("effect", told("approved or refused")), ("reason", told("entered, open, changed, empty; or nothing")), ("decided_at", moment())];
    vec![
        object("Tranche", &tranche),
        object("Approval", &[("request?", id()), ("allocation", whole()), ("document", text())]),
        object("ApprovalTaken", &[("decision", id())]),
        object("ApprovalEffect", &[("decision", id()), ("effect", json!({ "anyOf": [of("Effect"), { "type": "null" }] }))]),
        object("Effect", &effect),
    ]
}

fn setups() -> Shapes {
    let setup = [
        ("setup", id()),
        ("actor", text()),
        ("file_sha256", text()),
        ("dry_run", json!({ "type": "boolean" })),
        ("sent_at", moment()),
        ("answer", json!({ "anyOf": [of("SetupAnswer"), { "type": "null" }] })),
        ("answered_at", perhaps_moment()),
    ];
    let yes_or_no = || json!({ "type": "boolean" });
    let answer = [
        ("applied", yes_or_no()),
        ("dry_run", yes_or_no()),
        ("nothing_to_change", yes_or_no()),
        ("problems", list_of("SetupProblem")),
        ("warnings", json!({ "type": "array", "items": text() })),
        ("changes", json!({ "type": "array", "items": { "type": "object" } })),
        ("unchanged", json!({ "type": "object" })),
        ("posted", json!({ "type": "array", "items": { "type": "object" } })),
        ("tranches", json!({ "type": "array", "items": { "type": "object" } })),
        ("opened", json!({ "type": "array", "items": whole() })),
    ];
    vec![
        object("SetupTaken", &[("setup", id())]),
        object("Setup", &setup),
        object("SetupAnswer", &answer),
        object("SetupProblem", &[("path", text()), ("reason", text()), ("remedy", text())]),
    ]
}
