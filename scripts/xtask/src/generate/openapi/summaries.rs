//! Doors and shapes of summaries and of the timeline of a payment.

use salur_store::summaries::By;
use serde_json::json;

use super::{
    doors::{BAD_ROLE, Door, Who, get},
    shapes::{Shapes, id, list_of, moment, object, perhaps, text, told, whole},
};

const NO_QUERY: (u16, &str) = (400, "The path or query cannot be read.");
const NO_PAYMENT: (u16, &str) = (404, "There is no such payment in the caller's region.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[
            ("tranche", false, "string", "Code of the tranche: BST-4; by tranche alone it may be left out, which is all of them."),
            ("format", false, "string", "json, csv or xlsx; default: json."),
        ],
        answers: &[(200, "Summary", "Every line and their total, of one moment, in the caller's region; at most 100,000 lines.")],
        refusals: &[
            NO_QUERY,
            BAD_ROLE,
            (404, "A summary is by tranche, regency, pay-point, office, teller or day; or there is no such tranche."),
            (422, "Name the tranche; or the summary is too long."),
        ],
        ..get("/api/summaries/{by}", "summary", "A tranche summed up, equal to the ledger", Who::Token)
    },
    Door {
        query: &[("serial", true, "string", "Of one of its cheques, as typed.")],
        answers: &[(200, "Timeline", "At most 1,000 events, the first.")],
        refusals: &[NO_QUERY, BAD_ROLE, NO_PAYMENT, (422, "This is no serial.")],
        ..get("/api/payments", "findPayment", "The payment of a cheque and what happened to it, masked", Who::Token)
    },
    Door {
        answers: &[(200, "Timeline", "At most 1,000 events, the first.")],
        refusals: &[NO_QUERY, BAD_ROLE, NO_PAYMENT],
        ..get("/api/payments/{id}", "payment", "A payment and what happened to it, masked", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let words = By::ALL.map(By::as_str).join(", ");
    let figures = json!({
        "type": "object", "additionalProperties": whole(), "description": "By the names in `columns`: .._families and .._rupiah.",
    });
    let summary = [
        ("by", told(&words)),
        ("tranche", perhaps("string")),
        ("region", told("Regencies that begin so; empty: the country")),
        ("at", moment()),
        ("columns", json!({ "type": "array", "items": text() })),
        ("lines", list_of("SummaryLine")),
        ("total", figures.clone()),
        ("differences", list_of("SummaryDifference")),
    ];
    let difference = [("tranche", text()), ("regency", text()), ("what", text()), ("summary", whole()), ("ledger", whole())];
    vec![
        object("Summary", &summary),
        object("SummaryLine", &[("code", text()), ("name", text()), ("figures", figures)]),
        object("SummaryDifference", &difference),
        object("Timeline", &timeline()),
        object("TimelineEvent", &event()),
    ]
}

fn timeline() -> Vec<(&'static str, serde_json::Value)> {
    let texts = ["tranche", "programme", "source", "batch", "row", "status", "village", "regency", "pay_point"];
    let mut fields: Vec<_> = texts.into_iter().map(|name| (name, text())).collect();
    fields.extend(["name", "nik", "serial"].map(|name| (name, perhaps("string"))));
    fields.extend([("payment", id()), ("amount", whole()), ("as_of", moment()), ("events", list_of("TimelineEvent"))]);
    fields.push(("more", json!({ "type": "boolean" })));
    fields
}

fn event() -> Vec<(&'static str, serde_json::Value)> {
    let mut fields = vec![("at", moment()), ("event", text()), ("rupiah", perhaps("integer")), ("detail", perhaps("object"))];
    fields.extend(["actor", "code", "transfer", "document"].map(|name| (name, perhaps("string"))));
    fields
}
