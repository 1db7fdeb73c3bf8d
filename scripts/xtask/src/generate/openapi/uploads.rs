//! Doors and shapes of photos that come in pieces, and of many at once.

use serde_json::json;

use super::{
    doors::{Door, NO_SENSE, Who, get, post},
    shapes::{Shapes, id, list_of, moment, object, perhaps},
};

const NO_CLAIM: (u16, &str) = (404, "There is no such claim.");
const NO_UPLOAD: (u16, &str) = (404, "No upload of this capture was begun, or it was given up.");
const OTHERS: (u16, &str) = (403, "The claim is another device's.");
const PATH: &str = "/api/captures/uploads/{capture}";

/// The doors.
pub(super) const DOORS: &[Door] = &[
    Door {
        body: Some("UploadsWanted"),
        answers: &[(200, "Uploads", "In the order asked: where to PUT each, that it is there, or why it is refused.")],
        refusals: &[NO_SENSE],
        ..post("/api/captures/upload-urls", "uploadUrls", "Where to upload the photos of 1 to 100 captures", Who::Device)
    },
    Door {
        body: Some("UploadWanted"),
        answers: &[(
            201,
            "Captured",
            "Begun, now or before: Location names the upload, Upload-Offset says where to go on, Upload-Limit what is taken.",
        )],
        refusals: &[OTHERS, NO_CLAIM, (409, "Begun before with another claim, size or digest."), NO_SENSE],
        ..post("/api/captures/uploads", "beginUpload", "Begin the upload of a photo in pieces", Who::Device)
    },
    Door {
        method: "head",
        answers: &[(204, "None", "Upload-Offset, Upload-Complete and Upload-Length say how far the photo has come.")],
        refusals: &[OTHERS, NO_UPLOAD],
        ..get(PATH, "uploadReached", "How far the upload of a photo has come", Who::Device)
    },
    Door {
        method: "patch",
        body: Some("Piece"),
        answers: &[
            (200, "Captured", "It was the last piece (Upload-Complete: ?1): the photo is there as after one PUT."),
            (204, "None", "Added: go on at Upload-Offset."),
        ],
        refusals: &[
            (
                400,
                "No Upload-Offset or Upload-Complete, a length other than stated, too small or too many pieces, or the photo is there already.",
            ),
            OTHERS,
            NO_UPLOAD,
            (409, "The photo has come to another place: Upload-Offset says to which."),
            (415, "The content type is not application/partial-upload."),
            (422, "The pieces make another photo than was stated, and are forgotten."),
        ],
        ..get(PATH, "appendUpload", "Add the next piece of a photo", Who::Device)
    },
    Door {
        method: "delete",
        answers: &[(204, "None", "Forgotten; a photo that is there whole stays.")],
        refusals: &[OTHERS, NO_UPLOAD],
        ..get(PATH, "giveUpUpload", "Give the upload of a photo up", Who::Device)
    },
];

/// The shapes.
pub(super) fn shapes() -> Shapes {
    let state = json!({ "enum": ["wanted", "there", "claim", "size", "sha256"] });
    let one = [("capture", id()), ("state", state), ("url", perhaps("string")), ("detail", perhaps("string"))];
    vec![
        object("UploadsWanted", &[("uploads", list_of("UploadWanted"))]),
        object("OneUpload", &one),
        object("Uploads", &[("uploads", list_of("OneUpload")), ("expires_at", moment())]),
    ]
}
