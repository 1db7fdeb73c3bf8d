//! Doors and shapes of returns: statements to the treasury, signatures, reasons.

use serde_json::json;

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, perhaps, perhaps_moment, perhaps_of, text, told, whole},
};

const NO_TRANCHE: (u16, &str) = (404, "There is no tranche of this code.");
const NO_STATEMENT: (u16, &str) = (404, "There is no tranche of this code, or no statement of this number.");
const NO_ID: (u16, &str) = (400, "The id is none.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        answers: &[(200, "Returns", "What the next statement would say, what was stated, and what keeps the tranche from closing.")],
        refusals: &[BAD_ROLE, NO_TRANCHE],
        ..get("/api/tranches/{code}/returns", "returns", "What goes back to the treasury", Who::Token)
    },
    Door {
        body: Some("Signing"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_TRANCHE, NO_JSON, NO_SENSE],
        ..post("/api/tranches/{code}/signatures", "sign", "Sign a statement to the treasury, or that a tranche closes", Who::Token)
    },
    Door {
        answers: &[(200, "SignatureEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/signatures/{id}", "signatureEffect", "What came of a signature", Who::Token)
    },
    Door {
        query: &[("format", false, "string", "json (the default), xlsx or pdf.")],
        answers: &[(200, "StatementPaper", "JSON; a workbook or a PDF where asked for.")],
        refusals: &[(400, "The number or the query cannot be read."), BAD_ROLE, NO_STATEMENT],
        ..get("/api/tranches/{code}/statements/{n}", "statement", "A statement to the treasury", Who::Token)
    },
    Door {
        body: Some("Remitting"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_STATEMENT, NO_JSON, NO_SENSE],
        ..post(
            "/api/tranches/{code}/statements/{n}/remittance",
            "remit",
            "Say that a statement was paid, with the treasury's receipt",
            Who::Token,
        )
    },
    Door {
        answers: &[(200, "RemittanceEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/remittances/{id}", "remittanceEffect", "What came of a payment to the treasury", Who::Token)
    },
    Door {
        body: Some("ReasonGiving"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, (404, "There is no such payment that the caller may speak about."), NO_JSON, NO_SENSE],
        ..post("/api/return-reasons", "giveReturnReason", "Say why a family did not come", Who::Token)
    },
    Door {
        answers: &[(200, "ReasonEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/return-reasons/{id}", "reasonEffect", "What came of a reason", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    [statements(), acts()].concat()
}

fn statements() -> Shapes {
    let line = [("regency", text()), ("reason", text()), ("families", whole()), ("rupiah", whole())];
    let statement = [
        ("n", whole()),
        ("families", whole()),
        ("rupiah", whole()),
        ("prepared_by", text()),
        ("approved_by", text()),
        ("document", text()),
        ("approved_at", moment()),
        ("receipt", perhaps("string")),
        ("remitted_at", perhaps_moment()),
    ];
    let returns = [
        ("tranche", text()),
        ("closes_at", moment()),
        ("returns_at", moment()),
        ("swept_at", perhaps_moment()),
        ("closed_at", perhaps_moment()),
        ("next", of("NextStatement")),
        ("statements", list_of("Statement")),
        ("signatures", list_of("WaitingSignature")),
        ("open", list_of("OpenThing")),
        ("unused", json!({ "type": ["integer", "null"], "description": "Null for who acts for a region." })),
    ];
    vec![
        object("StatementLine", &line),
        object("Statement", &statement),
        object("NextStatement", &[("n", whole()), ("families", whole()), ("rupiah", whole()), ("lines", list_of("StatementLine"))]),
        object("StatementPaper", &[("tranche", text()), ("statement", of("Statement")), ("lines", list_of("StatementLine"))]),
        object("OpenThing", &[("what", text()), ("count", whole())]),
        object("Returns", &returns),
    ]
}

fn acts() -> Shapes {
    let waiting = [("id", id()), ("act", text()), ("actor", text()), ("rupiah", whole()), ("document", text()), ("signed_at", moment())];
    let signature = [
        ("effect", told("signed (another must sign the same sum), carried_out or refused")),
        ("reason", told("early, open, empty, changed, signed, closed; or nothing")),
        ("statement", perhaps("integer")),
        ("signed_at", moment()),
    ];
    let remittance = [
        ("effect", told("remitted or refused")),
        ("reason", told("remitted, unknown, short; or nothing")),
        ("decided_at", moment()),
        ("rupiah", whole()),
    ];
    let signing =
        [("request?", id()), ("act", json!({ "enum": ["return_statement", "close"] })), ("rupiah", whole()), ("document", text())];
    let giving = [
        ("request?", id()),
        ("batch?", perhaps("string")),
        ("row?", perhaps("string")),
        ("serial?", perhaps("string")),
        ("reason", told("absent, deceased, moved, unknown, refused, ineligible or duplicate")),
        ("document", text()),
    ];
    vec![
        object("WaitingSignature", &waiting),
        object("Signing", &signing),
        object("Signature", &signature),
        object("SignatureEffect", &[("decision", id()), ("effect", perhaps_of("Signature"))]),
        object("Remitting", &[("request?", id()), ("document", text())]),
        object("Remittance", &remittance),
        object("RemittanceEffect", &[("decision", id()), ("effect", perhaps_of("Remittance"))]),
        object("ReasonGiving", &giving),
        object("ReasonGiven", &[("effect", told("kept, or refused since the payment had ended")), ("given_at", moment())]),
        object("ReasonEffect", &[("decision", id()), ("effect", perhaps_of("ReasonGiven"))]),
        object("Decision", &[("decision", id())]),
    ]
}
