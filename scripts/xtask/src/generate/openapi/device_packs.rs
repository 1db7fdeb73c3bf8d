//! Doors and shapes of device packs.

use serde_json::{Value, json};

use super::{
    doors::{BAD_BODY, BAD_ROLE, Door, NO_JSON, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps, perhaps_moment, text, told, whole},
};

const NO_PACK: (u16, &str) = (404, "There is no such pack, or its pay point serves no village of the caller's region.");

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        query: &[
            ("device", false, "string", "Only of this device."),
            ("live", false, "string", "true: only those that keep families from other counters now."),
        ],
        answers: &[(200, "DevicePacks", "At most 200 packs of the caller's region, newest first, and what shows that one was copied.")],
        refusals: &[(400, "The query cannot be read."), BAD_ROLE],
        ..get("/api/device-packs", "devicePacks", "Packs with which devices pay without a network", Who::Token)
    },
    Door {
        body: Some("DevicePackWanted"),
        answers: &[(201, "DevicePackFile", "Made now, or before under the same id. Its families are locked online until it ends.")],
        refusals: &[BAD_BODY, BAD_ROLE, (409, "No family is left for it, or another pack has this id."), NO_JSON, NO_SENSE],
        ..post("/api/device-packs", "makeDevicePack", "Lock the families of a day for one device, and get its pack", Who::Token)
    },
    Door {
        body: Some("DevicePackSaid"),
        answers: &[(200, "DevicePackHeard", "Kept. The first word of the pack's own device ends the pack; any other shows a copy.")],
        refusals: &[NO_PACK, NO_SENSE],
        ..post("/api/device-packs/check-in", "checkInDevicePack", "Say what a device did with its pack", Who::Device)
    },
    Door {
        body: Some("Reason"),
        answers: &[(200, "DevicePackRevoked", "Revoked, now or before: its families may be paid at any counter.")],
        refusals: &[BAD_BODY, BAD_ROLE, NO_PACK, (409, "It was checked in, or its time is over."), NO_JSON, NO_SENSE],
        ..post("/api/device-packs/{pack}/revoke", "revokeDevicePack", "End a pack whose device is lost", Who::Token)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let day = || json!({ "type": "string", "format": "date" });
    let few = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 500 });
    let wanted: [(&str, Value); 6] =
        [("pack?", id()), ("device", text()), ("teller", text()), ("day", day()), ("pay_point?", perhaps("string")), ("families?", few)];
    let shown: [(&str, Value); 16] = [
        ("pack", id()),
        ("device", text()),
        ("teller", text()),
        ("pay_point", text()),
        ("day", day()),
        ("families", whole()),
        ("rupiah", whole()),
        ("actor", text()),
        ("made_at", moment()),
        ("ends_at", moment()),
        ("checked_in_at", perhaps_moment()),
        ("said", perhaps("integer")),
        ("revoked_at", perhaps_moment()),
        ("state", told("live, checked_in, revoked or over")),
        ("photographed", whole()),
        ("doubts", whole()),
    ];
    let doubt: [(&str, Value); 7] = [
        ("pack", id()),
        ("doubt", told("said_twice: another word about the pack; not_said: a photo that the word does not name")),
        ("device", text()),
        ("teller", text()),
        ("hand_overs", whole()),
        ("rupiah", whole()),
        ("at", moment()),
    ];
    vec![
        object("DevicePackWanted", &wanted),
        object("DevicePackFile", &[("pack", id()), ("file", told("The pack, base64: docs/device-packs.md."))]),
        object("DevicePacks", &[("packs", list_of("DevicePack")), ("doubts", list_of("DevicePackDoubt"))]),
        object("DevicePack", &shown),
        object("DevicePackDoubt", &doubt),
        object("DevicePackRevoked", &[("pack", id()), ("state", text())]),
        object("DevicePackHandOver", &[("claim", id()), ("capture", id())]),
        object("DevicePackSaid", &[("pack", id()), ("teller", text()), ("hand_overs", list_of("DevicePackHandOver")), ("at", moment())]),
        object(
            "DevicePackHeard",
            &[
                ("pack", id()),
                ("effect", told("checked_in, again or copy")),
                ("families", whole()),
                ("handed_over", whole()),
                ("doubts", list_of("DevicePackDoubt")),
            ],
        ),
    ]
}
