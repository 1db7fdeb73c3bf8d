//! Doors and shapes of bank accounts: statements, lines, cases.

use serde_json::json;

use super::{
    doors::{BAD_BODY, Door, NO_JSON, NO_SENSE, TOO_LARGE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, perhaps, perhaps_moment, text, told, whole},
};

const BAD_ROLE: (u16, &str) = (403, "The caller's role does not do this, or acts for a region.");
const BAD_QUERY: (u16, &str) = (400, "The query cannot be read.");
const NO_PAGE: (u16, &str) = (422, "It is no page or word of this list.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[("programme", true, "string", "Code of the programme whose account it is about: BST.")],
        body: Some("BankFile"),
        answers: &[(202, "BankFileTaken", "Kept and published; its answer tells what comes of it. The same bytes are the same statement.")],
        refusals: &[
            (400, "The query cannot be read, or the body broke off."),
            BAD_ROLE,
            TOO_LARGE,
            (415, "The content type is none of those."),
            (422, "There is no programme of this code, or the file is empty."),
        ],
        ..post("/api/bank-statements", "sendBankStatement", "Send a bank statement: camt.053.001.02, camt.053.001.08 or MT940", Who::Token)
    },
    Door {
        answers: &[(200, "BankStatement", "The answer is null until a worker has read it; `matched_at` until its lines were looked at.")],
        refusals: &[(400, "The id is none."), BAD_ROLE, (404, "There is no bank statement of this id.")],
        ..get("/api/bank-statements/{id}", "bankStatement", "What came of a bank statement, and what its lines came to", Who::Token)
    },
    Door {
        query: &[
            ("programme", true, "string", "Code of the programme."),
            ("outcome", false, "string", "Only these: matched, partial, doubled, reversed, unmatched."),
            ("after", false, "string", "The `next` of the page before."),
        ],
        answers: &[(200, "BankLines", "In the order in which they were booked.")],
        refusals: &[BAD_QUERY, BAD_ROLE, NO_PAGE],
        ..get("/api/bank-lines", "listBankLines", "Lines of a programme's bank accounts", Who::Token)
    },
    Door {
        query: &[
            ("programme", false, "string", "Only of this programme."),
            ("all", false, "boolean", "Also those that are over."),
            ("after", false, "string", "The `next` of the page before."),
        ],
        answers: &[(200, "BankCases", "Oldest first.")],
        refusals: &[BAD_QUERY, BAD_ROLE, NO_PAGE],
        ..get("/api/bank-cases", "listBankCases", "What does not match", Who::Token)
    },
    Door {
        body: Some("BankCaseClosing"),
        answers: &[(202, "BankCaseClosingTaken", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, (404, "There is no case of this id."), (409, "The case is over."), NO_JSON, NO_SENSE],
        ..post("/api/bank-cases/{id}/decisions", "closeBankCase", "Close a case with a reason; it moves no money", Who::Token)
    },
    Door {
        answers: &[(200, "BankCaseEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/bank-cases/decisions/{id}", "bankCaseEffect", "What came of closing a case", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    [files(), lines(), cases()].concat()
}

fn files() -> Shapes {
    let statement = [
        ("statement", id()),
        ("programme", text()),
        ("actor", text()),
        ("bytes", whole()),
        ("file_sha256", text()),
        ("sent_at", moment()),
        ("answer", json!({ "anyOf": [of("BankAnswer"), { "type": "null" }] })),
        ("answered_at", perhaps_moment()),
        ("matched_at", perhaps_moment()),
        ("outcomes", list_of("BankOutcome")),
    ];
    let sheet = [
        ("account", text()),
        ("name", told("year and number, or day and the bank's name of the message")),
        ("opening", whole()),
        ("closing", whole()),
        ("lines", whole()),
        ("passed_over", whole()),
        ("already", json!({ "type": "boolean" })),
    ];
    let problem = [("code", told("unreadable or conflict")), ("at", text()), ("field", text()), ("what", text()), ("remedy", text())];
    vec![
        object("BankFileTaken", &[("statement", id()), ("known", json!({ "type": "boolean" }))]),
        object("BankStatement", &statement),
        object(
            "BankAnswer",
            &[("accepted", json!({ "type": "boolean" })), ("problem?", of("BankProblem")), ("statements", list_of("BankSheet"))],
        ),
        object("BankProblem", &problem),
        object("BankSheet", &sheet),
        object("BankOutcome", &[("outcome", text()), ("lines", whole()), ("rupiah", whole())]),
    ]
}

fn lines() -> Shapes {
    let line = [
        ("programme", text()),
        ("account", text()),
        ("statement", text()),
        ("sheet", id()),
        ("n", whole()),
        ("booked_on", text()),
        ("value_on", text()),
        ("direction", told("credit or debit")),
        ("is_reversal", json!({ "type": "boolean" })),
        ("amount", whole()),
        ("bank_reference", text()),
        ("refs", json!({ "type": "array", "items": text() })),
        ("text", text()),
        ("outcome", told("matched, partial, doubled, reversed or unmatched")),
        ("document", text()),
        ("missing", whole()),
        ("transfers", whole()),
    ];
    vec![object("BankLines", &[("lines", list_of("BankLine")), ("next", perhaps("string"))]), object("BankLine", &line)]
}

fn cases() -> Shapes {
    let case = [
        ("id", id()),
        ("kind", told("unmatched, partial, doubled, reversed or missing")),
        ("programme", text()),
        ("account", perhaps("string")),
        ("statement", perhaps("string")),
        ("line", perhaps("integer")),
        ("booked_on", perhaps("string")),
        ("tranche", perhaps("integer")),
        ("transfer_kind", perhaps("string")),
        ("document", text()),
        ("amount", whole()),
        ("expected", perhaps("integer")),
        ("text", perhaps("string")),
        ("other_n", perhaps("integer")),
        ("other_statement", perhaps("string")),
        ("opened_at", moment()),
        ("resolved", json!({ "type": "boolean" })),
        ("closed_by", perhaps("string")),
        ("reason", perhaps("string")),
        ("closed_at", perhaps_moment()),
    ];
    let effect = [
        ("id", id()),
        ("bank_case", id()),
        ("actor", text()),
        ("reason", text()),
        ("effect", told("closed, or refused: it was over already")),
        ("decided_at", moment()),
    ];
    vec![
        object("BankCases", &[("cases", list_of("BankCase")), ("next", perhaps("string")), ("undocumented", of("Undocumented"))]),
        object("BankCase", &case),
        object("Undocumented", &[("transfers", whole()), ("rupiah", whole())]),
        object("BankCaseClosing", &[("request?", id()), ("reason", text())]),
        object("BankCaseClosingTaken", &[("decision", id())]),
        object("BankCaseEffect", &[("decision", id()), ("effect", json!({ "anyOf": [of("BankCaseDecision"), { "type": "null" }] }))]),
        object("BankCaseDecision", &effect),
    ]
}
