//! Door and shapes of finding a family.

use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, TOO_LARGE, Who, post},
    shapes::{Shapes, id, list_of, object, perhaps, text, told, whole},
};

/// The doors.
pub(super) const DOORS: &[Door] = &[Door {
    body: Some("FamilySought"),
    answers: &[(200, "FamiliesFound", "At most 50 families, or an answer to each line of a list; recorded before it is told.")],
    refusals: &[BAD_BODY, BAD_ROLE, TOO_LARGE, NO_JSON, NO_SENSE, (429, "Too many searches in a minute.")],
    ..post("/api/families", "findFamilies", "Find a family by NIK, household card, serial or name, or many by a list", Who::Token)
}];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let kind = json!({ "type": "string", "enum": ["nik", "kk", "serial", "name", "list"] });
    let sought = [
        ("kind", kind),
        ("text", told("The NIK, card, serial or name; of a list up to 10,000 lines, a NIK or serial at the beginning of each")),
        ("village?", told("Ten digits: where a name is looked for")),
        ("why", told("3 to 200 characters; kept in the audit")),
    ];
    let found = [
        ("families", list_of("FamilyFound")),
        ("more", json!({ "type": "boolean", "description": "More names were alike." })),
        ("unreadable", whole()),
        ("lines", list_of("LineAnswered")),
        ("counts", counts()),
    ];
    let line = [
        ("line", whole()),
        ("result", told("found, not_found or wrong")),
        ("code", perhaps("string")),
        ("nik", perhaps("string")),
        ("payments", list_of("PaymentFound")),
    ];
    let payment = [
        ("payment", id()),
        ("tranche", text()),
        ("amount", whole()),
        ("status", text()),
        ("serial", perhaps("string")),
        ("village", text()),
        ("pay_point", text()),
    ];
    vec![
        object("FamilySought", &sought),
        object("FamiliesFound", &found),
        object("FamilyFound", &[("name", text()), ("nik", told("Masked")), ("village", text()), ("payments", list_of("PaymentFound"))]),
        object("LineAnswered", &line),
        object("PaymentFound", &payment),
    ]
}

fn counts() -> Value {
    let of_lines = ["lines", "found", "not_found", "wrong", "again"].map(|name| (name, whole()));
    let payments = ("payments", json!({ "type": "object", "additionalProperties": whole(), "description": "By status." }));
    let (_, mut shape) = object("", &[of_lines.as_slice(), &[payments]].concat());
    shape["type"] = json!(["object", "null"]);
    shape
}
