//! Doors and shapes of proofs in question, their reviews, and hand-overs that are undone.

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps, perhaps_of, text, told, whole},
};

const NO_ID: (u16, &str) = (400, "The id is none.");
const NO_VISIT: (u16, &str) = (404, "There is no visit of this name that the caller may decide about.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[
            ("at", false, "string", "Moment of the last proof of the page before."),
            ("capture", false, "string", "Capture of the last proof of the page before."),
        ],
        answers: &[(200, "Questions", "At most 200, oldest first, of the caller's region.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/proofs/in-question", "questions", "Proofs that wait for a supervisor", Who::Token)
    },
    Door {
        body: Some("Reviewing"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_VISIT, NO_JSON, NO_SENSE],
        ..post("/api/proofs/{capture}/review", "reviewProof", "Decide about a proof in question: paid, or not proven", Who::Token)
    },
    Door {
        answers: &[(200, "ReversalEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/reviews/{id}", "reviewEffect", "What came of a review", Who::Token)
    },
    Door {
        body: Some("UndoAtDevice"),
        answers: &[(202, "Decision", "Published; the cash is back in the drawer.")],
        refusals: &[(404, "This device made no such claim."), (410, "The claim's ten minutes are over."), NO_SENSE],
        ..post("/api/claims/undo", "undoClaim", "Undo a wrong hand-over at its device, within ten minutes", Who::Device)
    },
    Door {
        body: Some("Undoing"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_VISIT, NO_JSON, NO_SENSE],
        ..post("/api/hand-overs/undo", "undoHandOver", "Undo a wrong hand-over: two people must ask for it", Who::Token)
    },
    Door {
        answers: &[(200, "ReversalEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/undos/{id}", "undoEffect", "What came of an undo", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let question = [
        ("capture", id()),
        ("claim", id()),
        ("teller", text()),
        ("device", text()),
        ("regency", text()),
        ("payments", whole()),
        ("rupiah", whole()),
        ("findings", serde_json::json!({ "type": "array", "items": text() })),
        ("judged_at", moment()),
        ("at", moment()),
    ];
    let review = told("photo_suffices, family_confirmed or witnesses: paid; family_denied, photo_false or no_answer: not proven");
    let undo = told("wrong_family, wrong_amount, given_back or not_paid_out");
    let effect = [
        ("effect", told("signed (another person must sign too), carried_out or refused")),
        ("reason", told("unknown, settled, undone, late, nothing, signed, closed; or nothing")),
        ("at", moment()),
    ];
    vec![
        object("Question", &question),
        ("Questions".to_owned(), list_of("Question")),
        object("Reviewing", &[("request?", id()), ("ground", review), ("document", text())]),
        object("UndoAtDevice", &[("claim", id()), ("ground", undo.clone())]),
        object(
            "Undoing",
            &[
                ("request?", id()),
                ("claim?", perhaps("string")),
                ("capture?", perhaps("string")),
                ("serial?", perhaps("string")),
                ("ground", undo),
                ("document", text()),
            ],
        ),
        object("HandOverDecision", &effect),
        object("ReversalEffect", &[("decision", id()), ("effect", perhaps_of("HandOverDecision"))]),
    ]
}
