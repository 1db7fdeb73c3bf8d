//! Doors and shapes of cash.

use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, of, perhaps, text, told, whole},
};

const BAD_PLACE: (u16, &str) =
    (403, "The caller's role does not do this, or the office lies outside the caller's region, or the bank is meant.");
const OTHER: (u16, &str) = (409, "This request came before and said something else.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[("programme", false, "string", "Only of this programme."), ("office", false, "string", "Only of this office.")],
        answers: &[(200, "Cash", "At most 10,000 offices and tellers, of the caller's region.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/cash", "cash", "Who holds how much cash: received, paid out, given back, missing", Who::Token)
    },
    Door {
        body: Some("CashMove"),
        answers: &[
            (202, "CashMoveTaken", "Published, or decided before; its effect tells what comes of it."),
            (200, "CashMoveLook", "A dry run: what would come of it now."),
        ],
        refusals: &[
            BAD_BODY,
            BAD_PLACE,
            (409, "The giver holds less, the taker is paused, or this request came before and said something else."),
            NO_JSON,
            NO_SENSE,
        ],
        ..post(
            "/api/cash/moves",
            "moveCash",
            "Move cash between bank, office and tellers; from difference:CODE where a teller makes good",
            Who::Token,
        )
    },
    Door {
        answers: &[(200, "CashMoveEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/cash/moves/{id}", "cashMove", "What came of a move", Who::Token)
    },
    Door {
        body: Some("CashCount"),
        answers: &[
            (202, "CashCountTaken", "Published, or decided before; its effect tells what comes of it."),
            (200, "CashCountLook", "A dry run: what would come of it now."),
        ],
        refusals: &[BAD_BODY, BAD_PLACE, OTHER, NO_JSON, NO_SENSE],
        ..post("/api/cash/counts", "closeDay", "Close a teller's day with what was counted, and why it differs", Who::Token)
    },
    Door {
        answers: &[(200, "CashCountEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/cash/counts/{id}", "cashCount", "What came of a count", Who::Token)
    },
    Door {
        body: Some("DeviceCount"),
        answers: &[
            (202, "DeviceCountTold", "Published; send the same again to hear what came of it."),
            (200, "DeviceCountTold", "Decided. What the books say is not told here."),
        ],
        refusals: &[OTHER, NO_SENSE],
        ..post(
            "/api/cash/device-counts",
            "countAtDevice",
            "A teller's own count: it closes the day where it is what the books say",
            Who::Device,
        )
    },
];

fn or_null(shape: &str) -> Value {
    json!({ "anyOf": [of(shape), { "type": "null" }] })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn place() -> Value {
    told("bank, office:CODE, teller:CODE or difference:CODE")
}

fn reason() -> Value {
    let words: Vec<&str> = salur_domain::cash::Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    told(&format!("nothing, or one of {}", words.join(", ")))
}

fn yes_or_no() -> Value {
    json!({ "type": "boolean" })
}

/// The shapes.
pub(super) fn shapes() -> Shapes {
    [moves(), counts(), report()].concat()
}

fn moves() -> Shapes {
    let said = [("programme", text()), ("from", place()), ("to", place()), ("amount", whole()), ("document", text())];
    let asked = [&[("request?", id())], said.as_slice(), &[("dry_run?", yes_or_no())]].concat();
    let came = [
        ("effect", told("booked or refused")),
        ("reason", reason()),
        ("held", perhaps("integer")),
        ("decided_at", moment()),
        ("conflicts", whole()),
    ];
    let known = [&[("movement", id())], said.as_slice(), &[("actor", text())], &came].concat();
    vec![
        object("CashMove", &asked),
        object("CashMoveTaken", &[("movement", id())]),
        object("CashMoveLook", &[("would", told("booked")), ("held", whole())]),
        object("CashMoveEffect", &[("movement", id()), ("effect", or_null("CashMoveKnown"))]),
        object("CashMoveKnown", &known),
    ]
}

fn counts() -> Shapes {
    let said = [("programme", text()), ("teller", text()), ("day", day()), ("counted", whole()), ("unsynchronised", whole())];
    let asked = [&[("request?", id())], said.as_slice(), &[("explanation?", text()), ("dry_run?", yes_or_no())]].concat();
    let under_way = [("unjudged", whole()), ("claimed", whole())];
    let came = [
        ("effect", told("closed or refused")),
        ("reason", reason()),
        ("books", perhaps("integer")),
        ("decided_at", moment()),
        ("conflicts", whole()),
    ];
    let known = [&[("count", id())], said.as_slice(), &[("explanation", text()), ("actor", text())], &came, &under_way].concat();
    let look = [&[("would", told("closed or refused")), ("reason", reason()), ("books", whole())], under_way.as_slice()].concat();
    let at_device =
        [&[("effect", told("closed or refused")), ("reason", reason()), ("words", perhaps("string"))], under_way.as_slice()].concat();
    vec![
        object("CashCount", &asked),
        object("CashCountTaken", &[("count", id())]),
        object("CashCountLook", &look),
        object("CashCountEffect", &[("count", id()), ("effect", or_null("CashCountKnown"))]),
        object("CashCountKnown", &known),
        object("DeviceCount", &[&[("count", id())], said.as_slice()].concat()),
        object("DeviceCountTold", &[("count", id()), ("effect", or_null("DeviceCountEffect"))]),
        object("DeviceCountEffect", &at_device),
    ]
}

fn report() -> Shapes {
    let sums = |names: &[&'static str]| names.iter().map(|name| (*name, whole())).collect::<Vec<_>>();
    let texts = |names: &[&'static str]| names.iter().map(|name| (*name, text())).collect::<Vec<_>>();
    let office =
        [texts(&["programme", "office", "name"]), sums(&["received", "paid_in", "given", "given_back", "settled", "books"])].concat();
    let teller = [
        texts(&["programme", "teller", "name", "office"]),
        sums(&["received", "paid_out", "given_back", "short", "over", "books", "difference"]),
        vec![("closed", perhaps("string"))],
    ]
    .concat();
    vec![
        object("Cash", &[("offices", list_of("OfficeCash")), ("tellers", list_of("TellerCash"))]),
        object("OfficeCash", &office),
        object("TellerCash", &teller),
    ]
}
