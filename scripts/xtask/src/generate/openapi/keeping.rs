//! Doors and shapes of how long photos are kept, of their destruction, and of what is held about one person.

use salur_domain::keeping::Ground;
use serde_json::json;

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps, perhaps_moment, perhaps_of, text, told, whole},
};

const NO_ID: (u16, &str) = (400, "The id is none.");
const NO_COUNTRY: (u16, &str) = (403, "The caller's role does not do this, or the caller acts for a region.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        body: Some("Destroying"),
        answers: &[(202, "Decision", "Published; its effect tells what comes of it.")],
        refusals: &[BAD_BODY, BAD_ROLE, (404, "There is no such capture that the caller may decide about."), NO_JSON, NO_SENSE],
        ..post("/api/proofs/{capture}/destroy", "destroyPhoto", "Destroy a photo: two people must ask for it", Who::Token)
    },
    Door {
        answers: &[(200, "DestructionEffect", "The effect is null until a worker has decided.")],
        refusals: &[NO_ID, BAD_ROLE],
        ..get("/api/destructions/{id}", "destructionEffect", "What came of a wish to destroy a photo", Who::Token)
    },
    Door {
        answers: &[(200, "LegalHolds", "At most 1,000, those that stand first.")],
        refusals: &[BAD_ROLE],
        ..get("/api/legal-holds", "legalHolds", "What is not destroyed, whatever else is said", Who::Token)
    },
    Door {
        body: Some("HoldPlaced"),
        answers: &[(201, "LegalHoldNamed", "It stands.")],
        refusals: &[BAD_BODY, NO_COUNTRY, NO_JSON, NO_SENSE],
        ..post("/api/legal-holds", "placeLegalHold", "Hold a programme, a tranche or a capture", Who::Token)
    },
    Door {
        body: Some("HoldEnded"),
        answers: &[(200, "LegalHoldNamed", "It stands no longer.")],
        refusals: &[BAD_BODY, NO_COUNTRY, (404, "There is no such hold that stands."), NO_JSON, NO_SENSE],
        ..post("/api/legal-holds/{id}/end", "endLegalHold", "End a legal hold", Who::Token)
    },
    Door {
        answers: &[(200, "Retentions", "At most 1,000, newest first.")],
        refusals: &[BAD_ROLE],
        ..get("/api/retentions", "retentions", "How long programmes keep photos, as it was said and as it is in force", Who::Token)
    },
    Door {
        body: Some("RetentionAsked"),
        answers: &[(201, "RetentionSaid", "It is in force when another person says the same next.")],
        refusals: &[BAD_BODY, NO_COUNTRY, NO_JSON, NO_SENSE],
        ..post("/api/retentions", "sayRetention", "Say how many years after a tranche a programme keeps photos", Who::Token)
    },
    Door {
        body: Some("SubjectAsked"),
        answers: &[(200, "SubjectReport", "Recorded before.")],
        refusals: &[BAD_BODY, NO_COUNTRY, (404, "Nothing is held about a person with this NIK."), NO_JSON, NO_SENSE],
        ..post("/api/subjects/report", "reportSubject", "Everything that is held about one person, and who looked", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let grounds = json!({ "type": "string", "enum": Ground::ALL.map(Ground::as_str) });
    let effect = [
        ("effect", told("signed (another person must sign too), carried_out or refused")),
        ("reason", told("unknown, destroyed, held, in_question, kept, signed; or nothing")),
        ("at", moment()),
    ];
    let hold = [
        ("id", id()),
        ("programme", perhaps("string")),
        ("tranche", perhaps("string")),
        ("capture", perhaps("string")),
        ("document", text()),
        ("actor", text()),
        ("placed_at", moment()),
        ("ended_by", perhaps("string")),
        ("ended_at", perhaps_moment()),
    ];
    let placed = [
        ("request?", id()),
        ("programme?", perhaps("string")),
        ("tranche?", perhaps("string")),
        ("capture?", perhaps("string")),
        ("document", text()),
    ];
    let said = [
        ("programme", text()),
        ("years", whole()),
        ("document", text()),
        ("actor", text()),
        ("said_at", moment()),
        ("in_force", perhaps("integer")),
    ];
    vec![
        object("Destroying", &[("request?", id()), ("ground", grounds), ("document", text())]),
        object("Destruction", &effect),
        object("DestructionEffect", &[("decision", id()), ("effect", perhaps_of("Destruction"))]),
        object("LegalHold", &hold),
        ("LegalHolds".to_owned(), list_of("LegalHold")),
        object("HoldPlaced", &placed),
        object("HoldEnded", &[("document", text())]),
        object("LegalHoldNamed", &[("hold", id())]),
        object("Retention", &said),
        ("Retentions".to_owned(), list_of("Retention")),
        object("RetentionAsked", &[("request?", id()), ("programme", text()), ("years", whole()), ("document", text())]),
        object("RetentionSaid", &[("retention", id()), ("in_force", perhaps("integer"))]),
    ]
}

/// Shapes of what is held about one person.
pub(super) fn shapes_of_subjects() -> Shapes {
    let anything = || json!({ "type": "array", "items": { "type": "object" } });
    let look = [("at", moment()), ("actor", text()), ("act", text()), ("why", perhaps("string")), ("page", text())];
    let report = [
        ("format", text()),
        ("at", moment()),
        ("rows", anything()),
        ("payments", anything()),
        ("proofs", anything()),
        ("proxied", anything()),
        ("looks", list_of("SubjectLook")),
        ("looks_cut", json!({ "type": "boolean" })),
    ];
    vec![object("SubjectAsked", &[("nik", text()), ("why", text())]), object("SubjectLook", &look), object("SubjectReport", &report)]
}
