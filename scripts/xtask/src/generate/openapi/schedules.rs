//! Doors and shapes of schedules.

use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps, text, told, whole},
};

const BAD_QUERY: (u16, &str) = (400, "The query cannot be read.");
const NO_COUNTRY: (u16, &str) = (403, "The caller's role does not do this, or the caller acts for a part of the country.");
const NO_TRANCHE: (u16, &str) = (404, "There is no tranche of this code.");
const NO_POINT: (u16, &str) = (404, "There is no pay point of this code.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[("tranche", true, "string", "Code of a tranche: BST-4.")],
        answers: &[(200, "Schedule", "Pay points with the families of the caller's region, and why others have no slot.")],
        refusals: &[BAD_QUERY, BAD_ROLE, NO_TRANCHE],
        ..get("/api/schedules", "schedule", "How many families each pay point expects", Who::Token)
    },
    Door {
        body: Some("ScheduleAsked"),
        answers: &[
            (202, "ScheduleTaken", "Published; a worker plans who has no slot, village by village."),
            (200, "ScheduleLook", "A dry run: families without a slot, and the room of their pay points from tomorrow on."),
        ],
        refusals: &[BAD_BODY, NO_COUNTRY, (409, "The window of the tranche is over."), NO_JSON, NO_SENSE],
        ..post("/api/schedules", "planSchedule", "Give families that have no slot a pay point, a day and an hour", Who::Token)
    },
    Door {
        answers: &[(200, "ScheduleEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/schedules/{id}", "scheduleMade", "What came of a schedule, or of closing a pay point", Who::Token)
    },
    Door {
        query: &[
            ("tranche", true, "string", "Code of a tranche: BST-4."),
            ("pay_point", false, "string", "Code of a pay point."),
            ("schedule", false, "string", "Id of a schedule or closing: only whose slot it changed."),
            ("after", false, "string", "`next` of the page before."),
        ],
        answers: &[(200, "Slots", "At most 500 families of the caller's region in the order in which they come, masked.")],
        refusals: &[BAD_QUERY, BAD_ROLE, NO_SENSE],
        ..get("/api/slots", "slots", "Who comes when", Who::Token)
    },
    Door {
        query: &[("tranche", true, "string", "Code of a tranche: BST-4."), ("pay_point", true, "string", "Code of a pay point.")],
        answers: &[(200, "SlotHours", "Families of the caller's region by hour and village.")],
        refusals: &[BAD_QUERY, BAD_ROLE, NO_POINT],
        ..get("/api/slots/hours", "slotHours", "The hours of a pay point", Who::Token)
    },
    Door {
        body: Some("PayPointClosing"),
        answers: &[(202, "ScheduleTaken", "Published; its families get a slot at the pay point that stands in for it.")],
        refusals: &[BAD_BODY, NO_COUNTRY, NO_POINT, NO_JSON, NO_SENSE],
        ..post(
            "/api/pay-points/{code}/closings",
            "closePayPoint",
            "Have the families of a pay point that closes come elsewhere",
            Who::Token,
        )
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let day = || json!({ "type": "string", "format": "date" });
    let rule = json!({ "type": "string", "enum": ["villages", "last_digit", "birth_month"] });
    let per_hour = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 10_000,
        "description": "Families of an hour at pay points that say nothing of it" });
    let asked =
        [("request?", id()), ("tranche", text()), ("rule?", rule), ("per_hour?", per_hour), ("dry_run?", json!({ "type": "boolean" }))];
    let reissue = json!({ "type": "boolean", "description": "Cheques that name it are drawn anew, and those before are worth nothing" });
    let closing = [
        ("request?", id()),
        ("from", day()),
        ("instead", told("Code of another pay point")),
        ("document", told("The paper behind it")),
        ("reissue?", reissue),
    ];
    let look = object("ScheduleRoom", &[("pay_point", text()), ("families", whole()), ("room", whole())]);
    vec![
        object("Schedule", &[("tranche", text()), ("pay_points", list_of("SchedulePoint")), ("missing", list_of("SlotsMissing"))]),
        point(),
        object("SlotsMissing", &[("reason", text()), ("families", whole())]),
        object("ScheduleAsked", &asked),
        object("ScheduleTaken", &[("decision", id())]),
        object("ScheduleLook", &[("decision", json!({ "type": "null" })), ("pay_points", list_of("ScheduleRoom"))]),
        look,
        object(
            "ScheduleEffect",
            &[
                ("decision", id()),
                ("effect", json!({ "anyOf": [{ "$ref": "#/components/schemas/ScheduleOutcome" }, { "type": "null" }] })),
                ("tranches", list_of("ScheduleOfTranche")),
                ("is_made", json!({ "type": "boolean" })),
            ],
        ),
        object(
            "ScheduleOfTranche",
            &[("tranche", text()), ("rule", text()), ("placed", whole()), ("missing", whole()), ("is_made", json!({ "type": "boolean" }))],
        ),
        object("Slots", &[("slots", list_of("Slot")), ("next", perhaps("string"))]),
        slot(),
        object("SlotHours", &[("pay_point", json!({ "$ref": "#/components/schemas/SlotPoint" })), ("hours", list_of("SlotHour"))]),
        object(
            "SlotPoint",
            &[("code", text()), ("name", text()), ("address", text()), ("utc_offset_minutes", json!({ "type": "integer" }))],
        ),
        object("ScheduleOutcome", &[("effect", text()), ("refused", text()), ("decided_at", moment())]),
        object("SlotHour", &[("day", day()), ("starts", text()), ("village", text()), ("families", whole()), ("changes", hour_changes())]),
        object("PayPointClosing", &closing),
    ]
}

fn hour_changes() -> Value {
    json!({ "type": "integer", "minimum": 0, "description": "Grows whenever a family joins the hour or leaves it" })
}

fn perhaps_day() -> Value {
    json!({ "type": ["string", "null"], "format": "date" })
}

fn point() -> (String, Value) {
    object(
        "SchedulePoint",
        &[
            ("pay_point", text()),
            ("name", text()),
            ("kind", text()),
            ("per_hour", perhaps("integer")),
            ("per_day", perhaps("integer")),
            ("placed", whole()),
            ("without", whole()),
            ("first_day", perhaps_day()),
            ("last_day", perhaps_day()),
        ],
    )
}

fn slot() -> (String, Value) {
    object(
        "Slot",
        &[
            ("payment", id()),
            ("pay_point", text()),
            ("day", perhaps_day()),
            ("starts", perhaps("string")),
            ("reason", told("Why there is none; empty where there is one")),
            ("version", whole()),
            ("village", text()),
            ("masked_name", text()),
            ("masked_nik", text()),
            ("amount", whole()),
            ("serial", perhaps("string")),
            ("was_at", perhaps("string")),
            ("was_on", perhaps_day()),
            ("was_from", perhaps("string")),
        ],
    )
}
