//! Doors and shapes of packs of cheques.

use serde_json::json;

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps, perhaps_moment, text, told, whole},
};

const NO_PACK: (u16, &str) = (404, "There is no such pack in the caller's region.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[
            ("tranche", false, "string", "Code of a tranche: BST-4."),
            ("village", false, "string", "Ten digits."),
            ("after", false, "string", "`next` of the page before."),
        ],
        answers: &[(200, "Packs", "At most 100 packs of the caller's region, the newest tranche first, by village.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/packs", "packs", "Printable packs of cheques by village, and whether they were handed out", Who::Token)
    },
    Door {
        body: Some("PackAsked"),
        answers: &[
            (202, "PackTaken", "Published; a worker makes it of what waits in the village, complete or not."),
            (200, "PackLook", "A dry run: how many cheques would be in it, and how many families have none yet."),
        ],
        refusals: &[
            BAD_BODY,
            (403, "The caller's role does not do this, or the village lies outside the caller's region."),
            (409, "Nothing waits: all cheques of the village lie in packs, or none was issued."),
            NO_JSON,
            NO_SENSE,
        ],
        ..post("/api/packs", "makePack", "Have a pack made of a village that is not complete", Who::Token)
    },
    Door {
        answers: &[(200, "PackEffect", "The effect is null until a worker has decided.")],
        refusals: &[(400, "The id is none."), BAD_ROLE],
        ..get("/api/packs/hand-outs/{id}", "packHandedOut", "What came of saying that a pack was handed out", Who::Token)
    },
    Door {
        answers: &[(200, "Pdf", "The list with full names, then the cheques; recorded before it is told.")],
        refusals: &[(400, "The number is none."), BAD_ROLE, NO_PACK, (410, "The file is missing or was changed.")],
        ..get("/api/packs/{tranche}/{village}/{number}/file", "packFile", "The file of a pack, to print", Who::Token)
    },
    Door {
        body: Some("PackGiven"),
        answers: &[(202, "PackTaken", "Published, or said before; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_PACK, (409, "It was said before; the first word stands."), NO_JSON, NO_SENSE],
        ..post(
            "/api/packs/{tranche}/{village}/{number}/hand-out",
            "handOutPack",
            "Say that the cheques of a pack are with the families",
            Who::Token,
        )
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let day = || json!({ "type": "string", "format": "date" });
    let pack = [
        ("tranche", text()),
        ("tranche_name", text()),
        ("village", told("Ten digits")),
        ("number", told_number("Counts the packs of the village up from 1")),
        ("generation", told("A digest of the cheques in it")),
        ("cheques", whole()),
        ("rupiah", whole()),
        ("pages", whole()),
        ("size", whole()),
        ("sha256", text()),
        ("unreadable", told_number("Families that stand masked in the list since their row does not open")),
        ("asked_by", told("Empty: made by itself")),
        ("made_at", moment()),
        ("handed_out_on", json!({ "type": ["string", "null"], "format": "date" })),
        ("kept", perhaps("integer")),
        ("document", perhaps("string")),
        ("handed_out_by", perhaps("string")),
        ("said_at", perhaps_moment()),
    ];
    let asked = [("request?", id()), ("tranche", text()), ("village", told("Ten digits")), ("dry_run?", json!({ "type": "boolean" }))];
    let kept = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "Cheques that nobody took" });
    let given = [("request?", id()), ("on", day()), ("kept?", kept), ("document", told("The signed list"))];
    let effect = json!({ "anyOf": [{ "$ref": "#/components/schemas/PackOutcome" }, { "type": "null" }] });
    vec![
        object("Packs", &[("packs", list_of("Pack")), ("next", perhaps("string"))]),
        object("Pack", &pack),
        object("PackAsked", &asked),
        object("PackTaken", &[("decision", id())]),
        object("PackLook", &[("decision", json!({ "type": "null" })), ("cheques", whole()), ("without_cheque", whole())]),
        object("PackGiven", &given),
        object("PackOutcome", &[("effect", text()), ("refused", text())]),
        object("PackEffect", &[("decision", id()), ("effect", effect)]),
    ]
}

fn told_number(description: &str) -> serde_json::Value {
    let mut number = whole();
    number["description"] = description.into();
    number
}
