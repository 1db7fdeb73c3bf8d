//! Doors and shapes of the board.

use serde_json::{Value, json};

use super::{
    doors::{Door, Who, get},
    shapes::{Shapes, list_of, moment, object, of, perhaps, text, told, whole},
};

const ASKED: &[(&str, bool, &str, &str)] = &[
    ("place", false, "string", "Two digits of a province or four of a regency; default: the country."),
    ("tranche", false, "string", "Code of one tranche: BST-4; default: all of them."),
    ("programme", false, "string", "Code of a programme, where no tranche is named: BST."),
];
const NO_QUERY: (u16, &str) = (400, "The query cannot be read.");
const NOWHERE: (u16, &str) = (404, "There is no such place, tranche or programme.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: ASKED,
        answers: &[(200, "Board", "The latest reading. Who is not signed in finds null where fewer than 5 families would be told.")],
        refusals: &[NO_QUERY, NOWHERE],
        ..get("/api/board", "board", "How much of the allocation has reached families", Who::Anyone)
    },
    Door {
        query: ASKED,
        answers: &[(
            200,
            "Events",
            "`board`: a Board without `now`, at first and at each change; `beat`: the time of the last reading, every 5 seconds.",
        )],
        refusals: &[NO_QUERY, NOWHERE],
        ..get("/api/board/events", "boardEvents", "The board as it changes, as server-sent events", Who::Anyone)
    },
    Door {
        query: ASKED,
        answers: &[(200, "BoardInside", "Exact figures of a regency by village and by pay point.")],
        refusals: &[NO_QUERY, (403, "The caller does not work in this regency, or nobody is signed in."), NOWHERE],
        ..get("/api/board/villages", "boardVillages", "A regency from inside", Who::Anyone)
    },
];

const MEASURES: [&str; 11] =
    ["submitted", "rejected", "held", "accepted", "verified", "funded", "paid", "in_question", "open", "returned", "cancelled"];

fn totals(name: &str, cell: &Value) -> (String, Value) {
    let measures = MEASURES.map(|measure| (measure, cell.clone()));
    let fields: Vec<(&str, Value)> = [("allocation", whole())].into_iter().chain(measures).collect();
    object(name, &fields)
}

fn drawn_curve() -> (String, Value) {
    let drawing = "Points of a drawing of 1000 by 260, as SVG takes them.";
    let curve = [
        ("from", text()),
        ("to", text()),
        ("top", whole()),
        ("plan", told(drawing)),
        ("paid", told(drawing)),
        ("sum", whole()),
        ("due", whole()),
    ];
    object("BoardCurve", &curve)
}

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let place = [
        ("code", told("Two or four digits; empty: the country; `-`: rows without a readable village.")),
        ("name", text()),
        ("paused", json!({ "type": "boolean" })),
        ("step", told("Paid share in quarters: s0 (nothing) to s5 (everything); none: no allocation; few: not told.")),
        ("totals", of("BoardTotals")),
    ];
    let tranche = [
        ("id", whole()),
        ("code", text()),
        ("name", text()),
        ("programme", text()),
        ("programme_name", text()),
        ("amount", whole()),
        ("specimen", json!({ "type": "boolean" })),
        ("paused", json!({ "type": "boolean" })),
        ("opens_at", moment()),
        ("closes_at", moment()),
        ("totals", of("BoardTotals")),
    ];
    let curve = json!({ "oneOf": [{ "type": "null" }, of("BoardCurve")] });
    let board = [
        ("now", moment()),
        ("place", of("BoardPlace")),
        ("tranche", perhaps("string")),
        ("programme", perhaps("string")),
        ("exact", json!({ "type": "boolean" })),
        ("methods", list_of("BoardMethod")),
        ("tranches", list_of("BoardTranche")),
        ("parts", list_of("BoardPlace")),
        ("squares", json!({ "type": "object", "additionalProperties": text() })),
        ("curve", curve),
        ("ticker", list_of("BoardLine")),
        ("differences", list_of("BoardDifference")),
    ];
    let difference = [("tranche", whole()), ("regency", text()), ("what", text()), ("board", whole()), ("ledger", whole())];
    let village = [("code", text()), ("name", text()), ("district", text()), ("pay_point", text()), ("totals", of("BoardExact"))];
    vec![
        object("Board", &board),
        object("BoardPlace", &place),
        object("BoardTranche", &tranche),
        object("BoardMethod", &[("method", told("post_office, community or home_visit")), ("totals", of("BoardTotals"))]),
        drawn_curve(),
        object("BoardLine", &[("at", moment()), ("regency", text()), ("name", text()), ("families", whole()), ("rupiah", whole())]),
        object("BoardDifference", &difference),
        totals("BoardTotals", &json!({ "oneOf": [{ "type": "null" }, of("BoardSum")] })),
        totals("BoardExact", &of("BoardSum")),
        object("BoardSum", &[("families", whole()), ("rupiah", whole())]),
        object("BoardInside", &[("villages", list_of("BoardVillage")), ("pay_points", list_of("BoardPayPoint"))]),
        object("BoardVillage", &village),
        object("BoardPayPoint", &[("code", text()), ("name", text()), ("method", text()), ("totals", of("BoardExact"))]),
    ]
}
