//! Doors and shapes of complaints.

use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, TOO_LARGE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, perhaps, perhaps_moment, text, told, whole},
};

const NO_COMPLAINT: (u16, &str) = (404, "There is no such complaint in the caller's region, or nothing was written.");
const NO_PATH: (u16, &str) = (400, "The path or body cannot be read.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        body: Some("ComplaintSent"),
        answers: &[(201, "ComplaintKept", "Whether the cheque is known or not; the same complaint again has the same number.")],
        refusals: &[BAD_BODY, TOO_LARGE, NO_JSON, NO_SENSE, (429, "Too many complaints from this address, or altogether.")],
        ..post("/api/complaints", "complain", "Complain of a cheque, by its serial", Who::Anyone)
    },
    Door {
        query: &[
            ("state", false, "string", "open, which is the default, answered or all."),
            ("after", false, "string", "The `next` of the page before."),
        ],
        answers: &[(200, "Complaints", "At most 100, the oldest first, and what all of the caller's region come to.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_SENSE],
        ..get("/api/complaints", "listComplaints", "Complaints, the oldest first, without what was written", Who::Token)
    },
    Door {
        body: Some("ComplaintRead"),
        answers: &[(200, "ComplaintWritten", "Recorded before it is told.")],
        refusals: &[NO_PATH, BAD_ROLE, NO_COMPLAINT, (410, "Its key was destroyed."), NO_JSON, NO_SENSE],
        ..post("/api/complaints/{id}/words", "readComplaint", "What was written in a complaint", Who::Token)
    },
    Door {
        body: Some("ComplaintAnswering"),
        answers: &[(200, "ComplaintAnswered", "It stands; the same answer again is the same.")],
        refusals: &[NO_PATH, BAD_ROLE, NO_COMPLAINT, (409, "Somebody answered before, and otherwise."), NO_JSON, NO_SENSE],
        ..post("/api/complaints/{id}/answer", "answerComplaint", "Say what came of a complaint", Who::Token)
    },
];

fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let kind = || one_of(&["not_received", "kept_back", "not_me", "other"]);
    let verdict = || one_of(&["upheld", "not_upheld"]);
    let sent = [
        ("complaint?", id()),
        ("serial", told("As typed")),
        ("kind", kind()),
        ("rupiah?", perhaps("integer")),
        ("text?", text()),
        ("contact?", text()),
    ];
    let mut complaint = vec![("complaint", id()), ("number", text()), ("kind", kind()), ("serial", text()), ("lodged_at", moment())];
    complaint.extend([("rupiah", perhaps("integer")), ("has_words", json!({ "type": "boolean" })), ("answered_at", perhaps_moment())]);
    complaint.extend(
        ["payment", "tranche", "village", "pay_point", "status", "teller", "verdict", "note", "actor"]
            .map(|name| (name, perhaps("string"))),
    );
    let counted = ["complaints", "open", "upheld", "stated", "kept_back"].map(|name| (name, whole()));
    let counts = ["kinds", "tellers", "villages"].map(|name| (name, list_of("ComplaintsCounted")));
    vec![
        object("ComplaintSent", &sent),
        object("ComplaintKept", &[("number", told("What the family keeps"))]),
        object("Complaints", &[("complaints", list_of("Complaint")), ("next", perhaps("string")), ("counts", of("ComplaintCounts"))]),
        object("Complaint", &complaint),
        object("ComplaintCounts", &counts),
        object("ComplaintsCounted", &[[("code", text())].as_slice(), &counted].concat()),
        object("ComplaintRead", &[("why", told("3 to 200 characters; kept in the audit"))]),
        object("ComplaintWritten", &[("text", text()), ("contact", text())]),
        object("ComplaintAnswering", &[("verdict", verdict()), ("note", told("3 to 500 characters on one line"))]),
        object("ComplaintAnswered", &[("complaint", id()), ("verdict", verdict()), ("answered_at", moment())]),
    ]
}
