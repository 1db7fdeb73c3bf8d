//! The doors: method, path, who may, what goes in, what comes out, and what else may be answered.

/// Who may knock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Everybody.
    Anyone,
    /// A person or system with a token.
    Token,
    /// A registered device that signs the request.
    Device,
    /// A person who signs with their own key.
    Key,
}

type Refusal = (u16, &'static str);
type Parameter = (&'static str, bool, &'static str, &'static str);

const BAD_TOKEN: Refusal = (401, "No token, or one that is wrong, over or revoked.");
pub(super) const BAD_ROLE: Refusal = (403, "The caller's role does not do this.");
const BAD_SIGNATURE: Refusal = (401, "Not signed, by nobody known, wrongly, or by a clock that is off; with `server_time`.");
pub(super) const BAD_BODY: Refusal = (400, "The body is not what this door takes.");
pub(super) const TOO_LARGE: Refusal = (413, "The body is too large.");
pub(super) const NO_SENSE: Refusal = (422, "The body can be read and is wrong; the code names the field.");
pub(super) const NO_JSON: Refusal = (415, "The content type is not application/json.");
const NO_WEBHOOK: Refusal = (404, "There is no such webhook.");
const NO_ACTOR: Refusal = (404, "There is no actor of this name.");

const NO_DEVICE: Refusal = (404, "There is no device of this code in the caller's region.");

const LETTERS: &[Parameter] = &[
    ("stage", false, "string", "Only of this stage."),
    ("fingerprint", false, "string", "Only of this cause."),
    ("all", false, "boolean", "Replayed ones too."),
    ("limit", false, "integer", "So many at most: 1 to 10,000, which is also the default."),
];

impl Who {
    pub(super) const fn refusals(self) -> &'static [Refusal] {
        match self {
            Self::Anyone => &[],
            Self::Token => &[BAD_TOKEN],
            Self::Device => &[BAD_BODY, BAD_SIGNATURE, TOO_LARGE],
            Self::Key => &[BAD_SIGNATURE],
        }
    }
}

/// A door.
pub(super) struct Door {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) who: Who,
    /// Name, whether it must be there, type, what it says.
    pub(super) query: &'static [Parameter],
    /// Name of a shape.
    pub(super) body: Option<&'static str>,
    /// Status, name of a shape, what it means.
    pub(super) answers: &'static [(u16, &'static str, &'static str)],
    pub(super) refusals: &'static [Refusal],
}

pub(super) const fn get(path: &'static str, id: &'static str, summary: &'static str, who: Who) -> Door {
    Door { method: "get", path, id, summary, who, query: &[], body: None, answers: &[], refusals: &[] }
}

pub(super) const fn post(path: &'static str, id: &'static str, summary: &'static str, who: Who) -> Door {
    Door { method: "post", ..get(path, id, summary, who) }
}

/// Every door.
pub(super) fn all() -> impl Iterator<Item = &'static Door> {
    DOORS
        .iter()
        .chain(super::treasury::DOORS)
        .chain(super::cash::DOORS)
        .chain(super::pauses::DOORS)
        .chain(super::keeping::DOORS)
        .chain(super::returns::DOORS)
        .chain(super::proofs::DOORS)
        .chain(super::bank::DOORS)
        .chain(super::sources::DOORS)
        .chain(super::summaries::DOORS)
        .chain(super::board::DOORS)
        .chain(super::families::DOORS)
        .chain(super::cheques::DOORS)
        .chain(super::packs::DOORS)
        .chain(super::schedules::DOORS)
        .chain(super::device_packs::DOORS)
        .chain(super::complaints::DOORS)
        .chain(super::callbacks::DOORS)
        .chain(super::uploads::DOORS)
}

const DOORS: &[Door] = &[
    Door {
        query: &[
            ("tranche", true, "string", "Code of the tranche: BST-4."),
            ("batch", false, "string", "Your own name of the list, which makes sending it again safe; default: digest of the content."),
            ("dry_run", false, "boolean", "Say what would be found; send nothing."),
        ],
        body: Some("List"),
        answers: &[
            (202, "Submission", "Taken in: every row is on its way."),
            (200, "Submission", "A dry run, with what was found by code."),
        ],
        refusals: &[
            (400, "The query cannot be read, or the list broke off."),
            BAD_ROLE,
            (409, "Another list came under this name before; both are shown."),
            (413, "More than 16 GiB."),
            (415, "None of the formats that are taken."),
            (422, "The list has faults, which are named with line, column and remedy; nothing of it was sent."),
        ],
        ..post("/api/batches", "submitBatch", "Send a list of recipients; the source is the caller's", Who::Token)
    },
    Door {
        query: &[
            ("after", false, "string", "Name of the last list that was told before."),
            ("after_source", false, "string", "Its source, for a caller who has none."),
        ],
        answers: &[(200, "[Batch]", "At most 1,000 lists, by source and name; of the caller's source, where it has one.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/batches", "listBatches", "Lists and how they fare", Who::Token)
    },
    Door {
        query: &[
            ("after", false, "string", "The `next` of the page before."),
            ("source", false, "string", "For callers without a source of their own."),
        ],
        answers: &[(200, "Rows", "At most 1,000 rows, by reference.")],
        refusals: &[
            (400, "The query cannot be read."),
            BAD_ROLE,
            (404, "This source has no list of this name."),
            (422, "Say which source."),
        ],
        ..get("/api/batches/{batch}/rows", "listRows", "What became of each row, why, and what to do", Who::Token)
    },
    Door {
        query: &[
            ("format", false, "string", "csv, xlsx or pain002; default: what Accept names first, else csv."),
            ("source", false, "string", "For callers without a source of their own."),
        ],
        answers: &[(200, "Report", "The file, row by row.")],
        refusals: &[
            (400, "The query cannot be read."),
            BAD_ROLE,
            (404, "This source has no list of this name."),
            (406, "None of the formats that are written."),
            (409, "The list did not come as pain.001."),
            (422, "Say which source."),
        ],
        ..get("/api/batches/{batch}/report", "report", "Every row of a list as a file: CSV, XLSX, pain.002", Who::Token)
    },
    Door {
        body: Some("Withdrawal"),
        answers: &[
            (202, "Taken", "Published; the row's outcome tells what comes of it."),
            (200, "Taken", "A dry run: where the row stands."),
        ],
        refusals: &[BAD_BODY, BAD_ROLE, (404, "This source has no such row."), NO_JSON, NO_SENSE],
        ..post(
            "/api/batches/{batch}/rows/{row}/withdrawal",
            "withdraw",
            "Take a row back, with or without a family in its place",
            Who::Token,
        )
    },
    Door {
        query: &[
            ("source", false, "string", "Only this source's; a caller with a source sees its own."),
            ("batch", false, "string", "Only of lists of this name."),
            ("after", false, "string", "The `next` of the page before."),
        ],
        answers: &[(200, "Holds", "At most 500 rows, and on the first page every part that waits for money.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_SENSE],
        ..get("/api/holds", "listHolds", "What waits for a person or for money, with the row beside which it waits", Who::Token)
    },
    Door {
        body: Some("HoldsDecided"),
        answers: &[(202, "Decided", "Published; ask for the decisions by their ids.")],
        refusals: &[
            BAD_BODY,
            (403, "The caller's role, place or own list forbids it."),
            (409, "It does not wait, not under this rule, or its batch is not released."),
            NO_JSON,
            NO_SENSE,
        ],
        ..post("/api/holds/decisions", "decideHolds", "Release or reject holds, or judge families distinct", Who::Token)
    },
    Door {
        query: &[("ids", true, "string", "Ids of decisions, with commas.")],
        answers: &[(200, "[HoldDecision]", "Those of them that were carried out.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_SENSE],
        ..get("/api/holds/decisions", "listDecisions", "What came of decisions", Who::Token)
    },
    Door {
        body: Some("ReplayWanted"),
        answers: &[(202, "Replay", "Asked for; outcomes come where the source listens.")],
        refusals: &[BAD_BODY, BAD_ROLE, (404, "This source has no list of this name."), NO_JSON, NO_SENSE],
        ..post("/api/feed/replay", "replayFeed", "Outcomes since a moment, once more", Who::Token)
    },
    Door {
        query: &[("source", false, "string", "Only this source's; a caller with a source sees its own.")],
        answers: &[(200, "[Webhook]", "At most 500, live ones first.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/webhooks", "listWebhooks", "Who hears of batches over HTTP", Who::Token)
    },
    Door {
        body: Some("WebhookWanted"),
        answers: &[(201, "WebhookAdded", "Added; its secret, shown this once.")],
        refusals: &[
            BAD_BODY,
            BAD_ROLE,
            (409, "The source has ten of them."),
            NO_JSON,
            NO_SENSE,
            (501, "This installation sends no webhooks."),
        ],
        ..post("/api/webhooks", "addWebhook", "Hear of each phase of the batches of a source, signed as Standard Webhooks", Who::Token)
    },
    Door {
        query: &[("dead", false, "boolean", "Only those that nobody took.")],
        answers: &[(200, "[WebhookDelivery]", "At most 500: dead ones, then those that wait, then those that were taken.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_WEBHOOK],
        ..get("/api/webhooks/{webhook}/deliveries", "listDeliveries", "What was or is to be delivered", Who::Token)
    },
    Door {
        body: Some("RetryWanted"),
        answers: &[(200, "Retried", "Dead deliveries that are at the beginning of the ladder again.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_WEBHOOK, (409, "It is revoked."), NO_JSON, NO_SENSE],
        ..post("/api/webhooks/{webhook}/retry", "retryWebhook", "Try dead deliveries again", Who::Token)
    },
    Door {
        body: Some("Reason"),
        answers: &[(200, "Webhook", "Revoked, now or before; it is told nothing more.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_WEBHOOK, NO_JSON, NO_SENSE],
        ..post("/api/webhooks/{webhook}/revoke", "revokeWebhook", "End a webhook", Who::Token)
    },
    Door { answers: &[(200, "Actor", "Who you are.")], ..get("/api/me", "whoAmI", "The caller", Who::Token) },
    Door {
        query: &[("after", false, "string", "Name of the last actor that was told before.")],
        answers: &[(200, "[Actor]", "At most 1,000, by name.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/actors", "listActors", "Who may act", Who::Token)
    },
    Door {
        body: Some("ActorWanted"),
        answers: &[(201, "Secret", "Made; a person's one-time code, shown this once.")],
        refusals: &[BAD_BODY, BAD_ROLE, (409, "There is an actor of this name."), NO_JSON, NO_SENSE],
        ..post("/api/actors", "createActor", "Make an actor", Who::Token)
    },
    Door {
        body: Some("Reason"),
        answers: &[(200, "Actor", "Revoked, now or before; its tokens are dead.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_ACTOR, (409, "Nobody revokes themselves."), NO_JSON, NO_SENSE],
        ..post("/api/actors/{name}/revoke", "revokeActor", "End an actor and its tokens", Who::Token)
    },
    Door {
        answers: &[(201, "Secret", "The code, shown this once.")],
        refusals: &[BAD_ROLE, NO_ACTOR, (409, "It is revoked, or no person.")],
        ..post("/api/actors/{name}/codes", "createCode", "A one-time code for a person who lost the key", Who::Token)
    },
    Door {
        body: Some("TokenWanted"),
        answers: &[(201, "Secret", "The token, shown this once.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_ACTOR, (409, "It is revoked, or no system."), NO_JSON, NO_SENSE],
        ..post("/api/actors/{name}/tokens", "createToken", "A token for a system", Who::Token)
    },
    Door {
        answers: &[(200, "[Identity]", "The accounts that are linked now.")],
        refusals: &[BAD_ROLE, NO_ACTOR],
        ..get("/api/actors/{name}/identities", "identities", "Accounts of other systems by which a person signs in", Who::Token)
    },
    Door {
        body: Some("Account"),
        answers: &[(201, "[Identity]", "Linked; the accounts that are linked now.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_ACTOR, (409, "It is somebody's, or the actor is revoked, or no person."), NO_JSON, NO_SENSE],
        ..post("/api/actors/{name}/identities", "linkIdentity", "Say whose an account of another system is", Who::Token)
    },
    Door {
        body: Some("Account"),
        answers: &[(200, "[Identity]", "Ended, now or before; the accounts that are left.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_ACTOR, NO_JSON, NO_SENSE],
        ..post("/api/actors/{name}/identities/end", "endIdentity", "End the link of an account", Who::Token)
    },
    Door {
        body: Some("Enrolment"),
        answers: &[(200, "Secret", "Whose key it is now.")],
        refusals: &[BAD_BODY, (410, "The code is not known, was used or is over."), NO_JSON, NO_SENSE],
        ..post("/api/enrolments", "enrol", "Hand in the public half of a person's key for a one-time code", Who::Anyone)
    },
    Door {
        query: &[("pay_point", false, "string", "Only of this pay point."), ("after", false, "string", "The `next` of the page before.")],
        answers: &[(200, "Devices", "At most 1,000, by code; of the caller's region.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/devices", "listDevices", "Devices of the counter", Who::Token)
    },
    Door {
        body: Some("DeviceWanted"),
        answers: &[(201, "DeviceCode", "Registered; its one-time code, shown this once.")],
        refusals: &[BAD_BODY, BAD_ROLE, (409, "There is a device of this code."), NO_JSON, NO_SENSE],
        ..post("/api/devices", "registerDevice", "Register a device at a pay point", Who::Token)
    },
    Door {
        body: Some("Enrolment"),
        answers: &[(200, "DeviceEnrolled", "Which device has this key now.")],
        refusals: &[BAD_BODY, (410, "The code is not known, was used or is over, or the device was revoked."), NO_JSON, NO_SENSE],
        ..post("/api/devices/enrolments", "enrolDevice", "Hand in the public half of a device's key for a one-time code", Who::Anyone)
    },
    Door {
        answers: &[(201, "DeviceCode", "The code, shown this once; the one before is dead.")],
        refusals: &[BAD_ROLE, NO_DEVICE, (409, "It is revoked, or has its key.")],
        ..post("/api/devices/{code}/codes", "createDeviceCode", "A one-time code for a device that has not enrolled", Who::Token)
    },
    Door {
        body: Some("Reason"),
        answers: &[(200, "DeviceState", "Revoked, now or before.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_DEVICE, NO_JSON, NO_SENSE],
        ..post("/api/devices/{code}/revoke", "revokeDevice", "End a device: its next request is refused", Who::Token)
    },
    Door {
        query: LETTERS,
        answers: &[(200, "DeadLetters", "Open ones, oldest first; bodies stay sealed.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_SENSE],
        ..get("/api/dead-letters", "listDeadLetters", "Messages that could not be processed", Who::Token)
    },
    Door {
        query: LETTERS,
        answers: &[(200, "DeadLetterGroups", "By stage and cause, the largest first.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE, NO_SENSE],
        ..get("/api/dead-letters/groups", "groupDeadLetters", "The same, counted by stage and cause", Who::Token)
    },
    Door {
        body: Some("LettersWanted"),
        answers: &[
            (202, "ReplayAsked", "Written; a worker publishes them. Ask for the request by its id."),
            (200, "ReplayAsked", "A dry run: how many are open and wait for no replay yet."),
        ],
        refusals: &[BAD_BODY, BAD_ROLE, NO_JSON, NO_SENSE],
        ..post("/api/dead-letters/replays", "replayDeadLetters", "Have letters processed again", Who::Token)
    },
    Door {
        answers: &[(200, "Replays", "In letters.")],
        refusals: &[BAD_ROLE, (404, "No replay was asked for under this id.")],
        ..get("/api/dead-letters/replays/{request}", "replays", "What came of a request for replays", Who::Token)
    },
    Door {
        answers: &[(201, "Secret", "A token for twelve hours.")],
        ..post("/api/sessions", "signIn", "Sign in by one's own key; the body is empty", Who::Key)
    },
    Door {
        answers: &[(200, "Time", "By the server's clock.")],
        ..get("/api/time", "time", "For a device to learn how far its clock is off", Who::Anyone)
    },
    Door {
        body: Some("ClaimWanted"),
        answers: &[(200, "Claim", "Hand over exactly this, within ten minutes.")],
        refusals: &[
            (409, "Another counter is paying this family; the proxy may not receive; the claim was made for another proxy (`error`)."),
            (410, "Nothing is open on this cheque."),
            (422, "No valid cheque, no registered teller, or a proxy that cannot be kept."),
            (423, "The tranche, the regency, the pay point or the teller is paused (`kind`)."),
        ],
        ..post("/api/claims", "claim", "Claim a cheque before cash moves", Who::Device)
    },
    Door {
        body: Some("UploadWanted"),
        answers: &[(200, "Upload", "Where to PUT the photo: exactly the bytes stated.")],
        refusals: &[(403, "The claim is another device's."), (404, "There is no such claim."), NO_SENSE],
        ..post("/api/captures/upload-url", "uploadUrl", "Where to upload the photo of a capture", Who::Device)
    },
    Door {
        body: Some("CaptureWanted"),
        answers: &[(202, "Captured", "Taken in, to be judged.")],
        refusals: &[(403, "The claim or the statement is another device's."), (404, "There is no such claim."), NO_SENSE],
        ..post("/api/captures", "capture", "Say what was captured, after the upload", Who::Device)
    },
];
