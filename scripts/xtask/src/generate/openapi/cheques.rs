//! Doors and shapes of cheques: another key, another cheque.

use salur_domain::replacement::Loss;
use serde_json::json;

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, moment, object, perhaps_of, text, told},
};

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        body: Some("ChequeKeyRotation"),
        answers: &[(202, "Decision", "Published; cheques of the tranche are signed with the next key from then on.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_JSON, NO_SENSE],
        ..post("/api/cheque-keys/rotations", "rotateChequeKey", "Have a tranche sign its cheques with another key", Who::Token)
    },
    Door {
        body: Some("ChequeReplacement"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, (404, "There is no such cheque in the caller's region."), NO_JSON, NO_SENSE],
        ..post("/api/cheques/replacements", "replaceCheque", "Have a cheque replaced: two people must ask for it", Who::Token)
    },
    Door {
        answers: &[(200, "ChequeReplacementEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/cheques/replacements/{id}", "chequeReplacementEffect", "What came of a wish to replace a cheque", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let loss = json!({ "enum": Loss::SAID.map(Loss::as_str), "description": "What happened to it" });
    let serial = told("Of the cheque that shall be worth nothing");
    vec![
        object("ChequeKeyRotation", &[("request?", id()), ("tranche", text()), ("reason", told("3 to 300 characters, without a NIK"))]),
        object("ChequeReplacement", &[("request?", id()), ("serial", serial), ("loss", loss), ("document", told("The paper behind it"))]),
        object(
            "ChequeReplaced",
            &[
                ("effect", json!({ "enum": ["signed", "carried_out", "refused"] })),
                ("reason", json!({ "enum": ["", "unknown", "replaced", "handed_over", "ended", "signed"] })),
                ("at", moment()),
            ],
        ),
        object("ChequeReplacementEffect", &[("decision", id()), ("effect", perhaps_of("ChequeReplaced"))]),
    ]
}
