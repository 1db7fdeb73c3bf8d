//! What goes in and comes out, by name: small enough to be written by hand, and not all of it is a type.

use serde_json::{Map, Value, json};

/// Content types of lists, one per format.
pub(super) fn list_types() -> [&'static str; 4] {
    salur_formats::Format::ALL.map(|format| format.media_types()[0])
}

/// All shapes by name.
pub(super) fn all() -> Map<String, Value> {
    listed().into_iter().collect()
}

/// All shapes.
pub(super) fn listed() -> Shapes {
    [
        refusal(),
        batches(),
        holds(),
        feed(),
        webhooks(),
        actors(),
        devices(),
        letters(),
        counter(),
        super::board::shapes(),
        super::treasury::shapes(),
        super::cash::shapes(),
        super::pauses::shapes(),
        super::keeping::shapes(),
        super::keeping::shapes_of_subjects(),
        super::returns::shapes(),
        super::proofs::shapes(),
        super::proofs::shapes_of_auditors(),
        super::bank::shapes(),
        super::sources::shapes(),
        super::summaries::shapes(),
        super::families::shapes(),
        super::cheques::shapes(),
        super::packs::shapes(),
        super::schedules::shapes(),
        super::device_packs::shapes(),
        super::complaints::shapes(),
        super::callbacks::shapes(),
        super::uploads::shapes(),
    ]
    .concat()
}

pub(super) type Shapes = Vec<(String, Value)>;

/// An object of these fields: a name that ends with `?` may be left out.
pub(super) fn object(name: &str, fields: &[(&str, Value)]) -> (String, Value) {
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, shape)| (name.trim_end_matches('?').to_owned(), shape.clone())).collect();
    (name.to_owned(), json!({ "type": "object", "required": required, "properties": properties }))
}

pub(super) fn told(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn perhaps(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

pub(super) fn whole() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

pub(super) fn id() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

pub(super) fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(super) fn perhaps_moment() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

pub(super) fn list_of(item: &str) -> Value {
    json!({ "type": "array", "items": of(item) })
}

pub(super) fn of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn perhaps_of(name: &str) -> Value {
    json!({ "anyOf": [of(name), { "type": "null" }] })
}

fn refusal() -> Shapes {
    let fields = [
        ("type", told("urn:salur:problem: and the code.")),
        ("title", told("The status in words.")),
        ("status", whole()),
        ("detail", told("A sentence for people: what is wrong and what to do. No personal data.")),
        ("error", told("A code for programs.")),
    ];
    let (name, mut shape) = object("Refusal", &fields);
    shape["description"] = "A door that stays closed: problem details (RFC 9457). Some say more in fields of their own.".into();
    vec![(name, shape)]
}

fn batches() -> Shapes {
    let words = || object("", &[("id", text()), ("en", text())]).1;
    let (submission, mut shape) = object(
        "Submission",
        &[
            ("source", text()),
            ("tranche", text()),
            ("batch", text()),
            ("batch_id", id()),
            ("rows", whole()),
            ("sum", whole()),
            ("sent", json!({ "type": "boolean" })),
        ],
    );
    shape["properties"]["findings"] =
        json!({ "type": "object", "additionalProperties": whole(), "description": "Dry runs: rows by code." });
    vec![
        (submission, shape),
        object(
            "Batch",
            &[
                ("id", id()),
                ("source", text()),
                ("name", text()),
                ("tranche", perhaps("string")),
                ("declared_count", perhaps("integer")),
                ("declared_sum", perhaps("integer")),
                ("declared_mismatch", perhaps("string")),
                ("seen_count", whole()),
                ("seen_sum", whole()),
                ("unreadable_count", whole()),
                ("declared_at", perhaps_moment()),
                ("completed_at", perhaps_moment()),
                ("released_at", perhaps_moment()),
            ],
        ),
        object(
            "Rows",
            &[("rows", list_of("Row")), ("next", json!({ "type": ["string", "null"], "description": "`after` of the next page." }))],
        ),
        object("Row", &[("row", text()), ("status", text()), ("amount", perhaps("integer")), ("reasons", list_of("RowReason"))]),
        object("RowReason", &[("code", told("NIK01")), ("column?", perhaps("string")), ("message?", words()), ("remedy?", words())]),
    ]
}

fn holds() -> Shapes {
    let words = || object("", &[("id", perhaps("string")), ("en", perhaps("string"))]).1;
    let ruling = || json!({ "enum": ["release", "distinct", "reject"] });
    let hold = [
        ("source", text()),
        ("batch", text()),
        ("batch_id", id()),
        ("row?", told("Left out: all that is left of the regency.")),
        ("tranche", text()),
        ("regency", text()),
        ("village?", text()),
        ("families", whole()),
        ("rupiah", perhaps("integer")),
        ("code", told("NIK10")),
        ("message", words()),
        ("remedy", words()),
        ("name?", told("Masked.")),
        ("nik?", told("Masked.")),
        ("held_at", perhaps_moment()),
        ("decidable", json!({ "type": "boolean" })),
        ("available?", whole()),
        ("registry?", told("differs: name")),
        ("other?", json!({ "type": "object" })),
    ];
    let named = [("batch_id", id()), ("row?", perhaps("string")), ("regency?", perhaps("string")), ("code", text())];
    let decided = [("request?", perhaps("string")), ("holds", list_of("HoldNamed")), ("ruling", ruling()), ("reason", text())];
    let decision = [
        ("id", id()),
        ("source", text()),
        ("batch", text()),
        ("row", perhaps("string")),
        ("regency", text()),
        ("code", text()),
        ("ruling", ruling()),
        ("actor", text()),
        ("effect", json!({ "enum": ["released", "rejected", "held", "refused"] })),
        ("held_code", perhaps("string")),
        ("families", whole()),
        ("rupiah", whole()),
        ("decided_at", moment()),
    ];
    vec![
        object("Holds", &[("holds", list_of("Hold")), ("next", perhaps("string"))]),
        object("Hold", &hold),
        object("HoldNamed", &named),
        object("HoldsDecided", &decided),
        object("Decided", &[("request", id()), ("decisions", json!({ "type": "array", "items": { "type": "object" } }))]),
        object("HoldDecision", &decision),
        object("Withdrawal", &withdrawal()),
        object(
            "Taken",
            &[("batch", text()), ("row", text()), ("status", text()), ("sent", json!({ "type": "boolean" })), ("substitute?", text())],
        ),
    ]
}

fn withdrawal() -> [(&'static str, Value); 4] {
    [
        ("reason", text()),
        ("document", text()),
        ("substitute?", json!({ "type": ["object", "null"], "description": "A row's fields, under a reference of its own." })),
        ("dry_run?", json!({ "type": "boolean" })),
    ]
}

fn feed() -> Shapes {
    vec![
        object("ReplayWanted", &[("from", moment()), ("batch?", perhaps("string")), ("after?", text()), ("source?", perhaps("string"))]),
        object("Replay", &[("source", text()), ("from", moment()), ("until", moment())]),
    ]
}

fn webhooks() -> Shapes {
    let phase = || json!({ "enum": ["completed", "released", "funded", "settled"] });
    let counts = [("delivered", whole()), ("waiting", whole()), ("dead", whole())];
    let mut webhook = vec![("id", id()), ("source", text()), ("url", text()), ("created_by", text()), ("created_at", moment())];
    webhook.push(("revoked_at", perhaps_moment()));
    webhook.extend(counts);
    let delivery = [
        ("id", told("`webhook-id` of every attempt.")),
        ("batch", text()),
        ("phase", phase()),
        ("made_at", moment()),
        ("attempts", whole()),
        ("tried_at", perhaps_moment()),
        ("next_at", perhaps_moment()),
        ("failure", perhaps("string")),
        ("delivered_at", perhaps_moment()),
        ("dead_at", perhaps_moment()),
    ];
    let sums = object("", &[("families", whole()), ("rupiah", whole())]).1;
    let about = [
        ("source", text()),
        ("batch", text()),
        ("batch_id", id()),
        ("tranche", perhaps("string")),
        ("phase", phase()),
        ("totals", json!({ "type": "object", "additionalProperties": sums, "description": "By status, when it was noticed." })),
    ];
    let reached = [("type", told("batch.settled")), ("timestamp", moment()), ("data", object("", &about).1)];
    let secret = || told("whsec_..: what signatures are checked with.");
    vec![
        object("PhaseReached", &reached),
        object("Webhook", &webhook),
        object("WebhookWanted", &[("url", told("https, to a public address.")), ("source?", perhaps("string"))]),
        object("WebhookAdded", &[("id", id()), ("source", text()), ("url", text()), ("created_at", moment()), ("secret", secret())]),
        object("WebhookDelivery", &delivery),
        object("RetryWanted", &[("delivery?", json!({ "type": ["string", "null"], "format": "uuid" }))]),
        object("Retried", &[("id", id()), ("retried", whole())]),
    ]
}

fn actors() -> Shapes {
    let kind = || json!({ "enum": ["person", "system"] });
    let region = || told("Empty: the country; two digits: a province; four: a regency.");
    vec![
        object(
            "Actor",
            &[
                ("name", text()),
                ("kind", kind()),
                ("role", text()),
                ("source?", text()),
                ("region", region()),
                ("teller?", told("Of a teller: whose drawer.")),
                ("pay_point?", told("Of a teller: where.")),
                ("enrolled", json!({ "type": "boolean" })),
                ("created_by", text()),
                ("created_at", moment()),
                ("revoked_at", perhaps_moment()),
            ],
        ),
        object(
            "ActorWanted",
            &[
                ("name", text()),
                ("kind", kind()),
                ("role", text()),
                ("source?", perhaps("string")),
                ("region?", region()),
                ("teller?", perhaps("string")),
                ("pay_point?", perhaps("string")),
            ],
        ),
        object("Account", &[("issuer", told("As its tokens say it.")), ("subject", told("What the account is called there."))]),
        object("Identity", &[("issuer", text()), ("subject", text()), ("linked_by", text()), ("linked_at", moment())]),
        object("Reason", &[("reason", text())]),
        object("TokenWanted", &[("purpose", text()), ("days", json!({ "type": "integer", "minimum": 1, "maximum": 366 }))]),
        object("Enrolment", &[("code", text()), ("public_key", told("Ed25519, 64 hexadecimal digits."))]),
        object("Secret", &[("actor", text()), ("code?", text()), ("token?", text()), ("expires_at?", moment())]),
    ]
}

fn devices() -> Shapes {
    let state = [
        ("code", text()),
        ("pay_point", text()),
        ("enrolled", json!({ "type": "boolean" })),
        ("revoked_at", perhaps_moment()),
        ("code_expires_at", perhaps_moment()),
    ];
    vec![
        object("Devices", &[("devices", list_of("DeviceState")), ("next", perhaps("string"))]),
        object("DeviceState", &state),
        object("DeviceWanted", &[("code", text()), ("pay_point", text())]),
        object("DeviceCode", &[("device", text()), ("code", text()), ("expires_at", moment())]),
        object("DeviceEnrolled", &[("device", text()), ("pay_point", text())]),
    ]
}

fn letters() -> Shapes {
    let letter = [
        ("id", id()),
        ("stage", text()),
        ("cause", told("Why; no personal data.")),
        ("fingerprint", told("The cause without ids and numbers.")),
        ("message_id", text()),
        ("fact_type", text()),
        ("attempts", whole()),
        ("first_published_at", perhaps_moment()),
        ("kept_at", moment()),
        ("replayed_at", perhaps_moment()),
    ];
    let group = [
        ("stage", text()),
        ("fingerprint", text()),
        ("cause", text()),
        ("fact_type", text()),
        ("letters", whole()),
        ("oldest", moment()),
        ("newest", moment()),
    ];
    let ids = || json!({ "type": "array", "items": id() });
    let wanted = [
        ("ids?", json!({ "type": ["array", "null"], "items": id() })),
        ("stage?", perhaps("string")),
        ("fingerprint?", perhaps("string")),
        ("limit?", perhaps("integer")),
        ("reason?", told("Must be there unless it is a dry run.")),
        ("dry_run?", json!({ "type": "boolean" })),
    ];
    let effects = ["asked", "replayed", "died_again", "refused", "waiting"].map(|field| (field, whole()));
    vec![
        object("DeadLetters", &[("letters", list_of("DeadLetter"))]),
        object("DeadLetter", &letter),
        object("DeadLetterGroups", &[("groups", list_of("DeadLetterGroup"))]),
        object("DeadLetterGroup", &group),
        object("LettersWanted", &wanted),
        object("ReplayAsked", &[("dry_run", json!({ "type": "boolean" })), ("request?", id()), ("asked", whole()), ("letters", ids())]),
        object("Replays", &effects),
    ]
}

/// What a proxy is to the recipient.
const RELATIONS: &str = "spouse, child, parent, sibling, grandchild or other.";

fn counter() -> Shapes {
    let base64 = || told("Ed25519 over the statement, base64.");
    vec![
        object("Time", &[("now", moment())]),
        object("ClaimWanted", &[("claim", id()), ("token", told("As scanned: SLR1:..")), ("teller", text()), ("proxy?", of("ProxyNamed"))]),
        object("ProxyNamed", &[("nik", text()), ("kk", text()), ("name", text()), ("relation", told(RELATIONS)), ("document", text())]),
        object(
            "Claim",
            &[("claim", id()), ("claimed_at", moment()), ("expires_at", moment()), ("payments", list_of("Payable")), ("total", whole())],
        ),
        object("Payable", &[("tranche", whole()), ("payment", id()), ("amount", whole())]),
        object("UploadWanted", &[("capture", id()), ("claim", id()), ("size", whole()), ("sha256", told("64 hexadecimal digits."))]),
        object("Upload", &[("url", text()), ("expires_at", moment())]),
        object("CaptureWanted", &[("statement", of("CaptureStatement")), ("signature", base64()), ("token", text())]),
        object("Captured", &[("capture", id())]),
    ]
}
