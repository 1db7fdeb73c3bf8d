//! Doors and shapes of proofs in question, their reviews, and hand-overs that are undone.

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps, perhaps_of, text, told, whole},
};

const NO_ID: (u16, &str) = (400, "The id is none.");
const NO_VISIT: (u16, &str) = (404, "There is no visit of this name that the caller may decide about.");

const NO_CAPTURE: (u16, &str) = (404, "There is no such capture in the caller's region.");
const NO_REASON: (u16, &str) = (428, "The caller has not said yet why they look.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        body: Some("Why"),
        answers: &[(200, "Why", "Kept with the token, and with the record of each look.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_JSON, NO_SENSE],
        ..post("/api/proofs/why", "sayWhy", "Say why one looks at proofs, until one signs out", Who::Token)
    },
    Door {
        query: &[
            ("number", false, "integer", "So many: 1 to 500; 100 where none is named."),
            ("seed", false, "string", "1 to 40 letters, digits and hyphens; a fresh one where none is named."),
            ("as_of", false, "integer", "Number of a transaction: what was written before it. Now, where none is named."),
            ("place", false, "string", "Two, four or ten digits: of this province, regency or village."),
            ("province", false, "string", "As on the page; the finest of the three counts."),
            ("regency", false, "string", "As on the page."),
            ("pay_point", false, "string", "Code of the pay point."),
            ("teller", false, "string", "Code of the teller."),
            ("device", false, "string", "Code of the device."),
            ("from", false, "string", "Captured from this day on: YYYY-MM-DD."),
            ("to", false, "string", "Captured to the end of this day."),
            ("least", false, "integer", "The visit was worth so many rupiah at least."),
            ("most", false, "integer", "The visit was worth so many rupiah at most."),
            ("finding", false, "string", "With this finding."),
            ("state", false, "string", "accepted, questioned, paid, not_proven, refused or undone."),
        ],
        answers: &[(200, "Sample", "The same for anybody who names the same filters, number, seed and as_of.")],
        refusals: &[(400, "The query cannot be read, or names no filter."), BAD_ROLE, NO_SENSE, NO_REASON],
        ..get("/api/proofs/sample", "sampleProofs", "A random sample of proofs, which anybody can draw again", Who::Token)
    },
    Door {
        query: &[
            ("by", false, "string", "teller, which is the default, pay_point or device."),
            ("place", false, "string", "Two digits of a province or four of a regency; the caller's region where none is named."),
            ("from", false, "string", "First day: YYYY-MM-DD; 31 days before the last where none is named."),
            ("to", false, "string", "Last day; today where none is named."),
            ("sort", false, "string", "questioned (the share), proofs, not_proven, complaints, seconds, metres or hours."),
        ],
        answers: &[(200, "Conduct", "At most 1,000 lines: those with most proofs, as sorted.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_SENSE],
        ..get("/api/proofs/conduct", "conductOfCounters", "How tellers, pay points and devices hand over, in numbers", Who::Token)
    },
    Door {
        body: Some("Why"),
        answers: &[(200, "Revealed", "Once; it was recorded before.")],
        refusals: &[
            BAD_BODY,
            BAD_ROLE,
            NO_CAPTURE,
            (410, "The data behind the capture was destroyed, or does not open."),
            NO_JSON,
            NO_SENSE,
            (429, "The caller was shown 20 within an hour."),
        ],
        ..post("/api/proofs/{capture}/nik", "revealNik", "The NIK of a family, whole, for a reason given each time", Who::Token)
    },
    Door {
        answers: &[(200, "CaseFile", "The case, masked, with its photo and the proof of its seal.")],
        refusals: &[NO_ID, BAD_ROLE, NO_CAPTURE, (410, "The photo is missing or was changed."), NO_REASON],
        ..post("/api/proofs/{capture}/export", "exportCase", "Carry a case out of the house, to be checked elsewhere", Who::Token)
    },
    Door {
        answers: &[(200, "CaseTold", "As on the page, masked; the look was recorded.")],
        refusals: &[NO_ID, BAD_ROLE, NO_CAPTURE, NO_REASON],
        ..get("/api/proofs/{capture}", "case", "What is known of a capture", Who::Token)
    },
    Door {
        answers: &[(200, "Original", "The very bytes that were judged, metadata and all; it was recorded before.")],
        refusals: &[NO_ID, BAD_ROLE, NO_CAPTURE, (410, "The photo is missing, was changed or was destroyed."), NO_REASON],
        ..post("/api/proofs/{capture}/original", "takeOriginal", "The original of a photo", Who::Token)
    },
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
        body: Some("PhotoWish"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_VISIT, NO_JSON, NO_SENSE],
        ..post("/api/proofs/{capture}/photo-requests", "askForPhoto", "Ask for another photo of a visit in question", Who::Token)
    },
    Door {
        answers: &[(200, "PhotoEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/photo-requests/{id}", "photoEffect", "What came of asking for another photo", Who::Token)
    },
    Door {
        body: Some("Nothing"),
        answers: &[(200, "PhotosAsked", "At most 100, the oldest first; the photo is sent as a capture of the claim.")],
        ..post("/api/captures/requests", "photosAskedOfDevice", "What photos reviewers want of this device's visits", Who::Device)
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

/// Shapes of samples, and of what is shown or carried out for a reason.
pub(super) fn shapes_of_auditors() -> Shapes {
    let proof = [
        ("number", whole()),
        ("capture", id()),
        ("captured_at", moment()),
        ("village", text()),
        ("rupiah", whole()),
        ("state", told("as of then: accepted, questioned, paid, not_proven, refused or undone")),
        ("findings", serde_json::json!({ "type": "array", "items": text() })),
        ("opened", yes_or_no("The caller has opened its case.")),
    ];
    let sample = [
        ("seed", text()),
        ("as_of", whole()),
        ("number", whole()),
        ("members", whole()),
        ("members_counted", yes_or_no("They were counted; else reckoned from the share that fits.")),
        ("proofs", list_of("SampledProof")),
    ];
    let mut line = vec![("code", text()), ("findings", serde_json::json!({ "type": "object", "additionalProperties": whole() }))];
    line.extend(["proofs", "questioned", "refused", "not_proven", "undone", "complaints"].map(|name| (name, whole())));
    line.extend(["seconds", "metres"].map(|name| (name, perhaps("number"))));
    vec![
        object("Why", &[("why", told("8 to 200 characters on one line, without anybody's number"))]),
        ("CaseTold".to_owned(), serde_json::json!({ "type": "object" })),
        object("SampledProof", &proof),
        object("Sample", &sample),
        object("Conduct", &[("place", text()), ("from", text()), ("to", text()), ("lines", list_of("ConductLine"))]),
        object("ConductLine", &line),
        object("Revealed", &[("capture", id()), ("payment", id()), ("nik", text())]),
    ]
}

fn yes_or_no(description: &str) -> serde_json::Value {
    serde_json::json!({ "type": "boolean", "description": description })
}

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
        ("new_photo", perhaps("string")),
        ("judged_at", moment()),
        ("at", moment()),
    ];
    let photo_effect = [("effect", told("asked or refused")), ("reason", told("unknown, settled, asked; or nothing")), ("at", moment())];
    let asked = [("claim", id()), ("capture", id()), ("wish", text()), ("asked_at", moment())];
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
        object("PhotoWish", &[("request?", id()), ("wish", told("3 to 200 characters on one line; the teller reads it"))]),
        object("PhotoDecision", &photo_effect),
        object("PhotoEffect", &[("decision", id()), ("effect", perhaps_of("PhotoDecision"))]),
        object("Nothing", &[]),
        object("PhotoAskedOf", &asked),
        ("PhotosAsked".to_owned(), list_of("PhotoAskedOf")),
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
