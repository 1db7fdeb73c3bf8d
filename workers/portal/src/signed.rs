//! Who asks: every request of a device is signed with the device's own key.
//!
//! Signed are method, path, time and the digest of the body, so that nothing of a request can be swapped; a request is good for
//! [`MAX_CLOCK_ERROR`] around its time. Within that time it may be heard twice, which is harmless: what devices ask for is keyed by ids that they
//! made up. A handler that takes [`Signed`] cannot be reached otherwise.

use std::time::Duration;

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, request::Parts},
};
use base64::Engine;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use salur_store::master::{self, Device};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{Portal, refusal::Refusal, told::refuse_zeros};

/// How far the clock of a device may be off: more, and a photo's time proves nothing.
pub const MAX_CLOCK_ERROR: Duration = Duration::from_mins(15);
/// Largest body of a signed request: photos go to the object store, what comes here is a page of text.
pub const MAX_BODY: usize = 64 * 1024;
/// Largest piece of a photo: on a line that carries more within [`crate::counter::PIECE_TIMEOUT`], one PUT to the store is better.
pub const MAX_PIECE: usize = 1024 * 1024;
/// Longest value of one of our headers: a signature has 88 characters, a code at most 64.
const MAX_HEADER: usize = 128;

/// Code of the device.
pub const DEVICE_HEADER: &str = "x-salur-device";
/// Time of the request by the device's clock, RFC 3339.
pub const TIME_HEADER: &str = "x-salur-time";
/// Ed25519 over [`to_sign`], base64.
pub const SIGNATURE_HEADER: &str = "x-salur-signature";

/// The doors of devices: `tests/it/portal/matrix` holds this list to its table.
const DOORS: [&str; 9] = [
    "/api/claims",
    "/api/claims/undo",
    "/api/captures/upload-url",
    "/api/captures/upload-urls",
    "/api/captures/uploads",
    "/api/captures",
    "/api/captures/requests",
    "/api/cash/device-counts",
    "/api/device-packs/check-in",
];

/// Whether only devices knock there.
pub fn is_of_devices(path: &str) -> bool {
    DOORS.contains(&path) || path.starts_with(crate::counter::UPLOADS)
}

/// The bytes that a device signs: a prefix against reuse in another protocol, then one line per part.
///
/// ```
/// let bytes = salur_portal::signed::to_sign("POST", "/api/claims", "2026-03-02T09:00:00+07:00", b"{}");
/// assert!(bytes.starts_with(b"salur-request-1\nPOST\n/api/claims\n2026-03-02T09:00:00+07:00\n44136fa3"));
/// ```
pub fn to_sign(method: &str, path: &str, time: &str, body: &[u8]) -> Vec<u8> {
    let digest = hex::encode(Sha256::digest(body));
    format!("salur-request-1\n{method}\n{path}\n{time}\n{digest}").into_bytes()
}

/// The body of a request, and the device that signed it.
#[derive(Debug)]
pub struct Signed<T> {
    /// Not revoked, key checked.
    pub device: Device,
    /// The body: every field known.
    pub body: T,
}

/// A piece of a photo, or nothing, and the device that signed it.
#[derive(Debug)]
pub struct SignedPiece {
    /// Not revoked, key checked.
    pub device: Device,
    /// At most [`MAX_PIECE`] bytes.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<Portal> for Signed<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Refusal> {
        let (device, body) = read(request, portal, MAX_BODY, too_large).await?;
        Ok(Self { device, body: parse(&body)? })
    }
}

impl FromRequest<Portal> for SignedPiece {
    type Rejection = Refusal;

    async fn from_request(request: Request, portal: &Portal) -> Result<Self, Refusal> {
        let (device, bytes) = read(request, portal, MAX_PIECE, piece_too_large).await?;
        Ok(Self { device, bytes })
    }
}

/// The body and who signed it. Nobody is let in for a body that broke off: what was signed is the whole.
async fn read(request: Request, portal: &Portal, most: usize, too_large: fn() -> Refusal) -> Result<(Device, Bytes), Refusal> {
    let (parts, body) = request.into_parts();
    let claimed = Claimed::read(&parts, Utc::now())?;
    let body = to_bytes(body, most).await.map_err(|_| too_large())?;
    let device = known(portal, &claimed.device).await?;
    claimed.check(&device, &parts, &body)?;
    Ok((device, body))
}

/// What the headers say, not believed yet.
struct Claimed {
    device: String,
    time: String,
    signature: Signature,
}

impl Claimed {
    fn read(parts: &Parts, now: DateTime<Utc>) -> Result<Self, Refusal> {
        if parts.uri.query().is_some() {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "query", "a signed request has no query; put everything into the body"));
        }
        let device = text(&parts.headers, DEVICE_HEADER)?;
        let time = text(&parts.headers, TIME_HEADER)?;
        check_clock(&time, now)?;
        let signature = text(&parts.headers, SIGNATURE_HEADER)?;
        let signature = base64::engine::general_purpose::STANDARD.decode(signature).map_err(|_| wrong_signature())?;
        let signature = Signature::from_slice(&signature).map_err(|_| wrong_signature())?;
        Ok(Self { device, time, signature })
    }

    /// Strict: no second signature for the same bytes, no key of small order.
    fn check(&self, device: &Device, parts: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let bytes = to_sign(parts.method.as_str(), parts.uri.path(), &self.time, body);
        public_key(device)?.verify_strict(&bytes, &self.signature).map_err(|_| wrong_signature())
    }
}

/// The key of a device.
pub fn public_key(device: &Device) -> Result<VerifyingKey, Refusal> {
    let bytes: &[u8; 32] = device.public_key.as_slice().try_into().map_err(|_| unusable_key(device))?;
    VerifyingKey::from_bytes(bytes).map_err(|_| unusable_key(device))
}

fn unusable_key(device: &Device) -> Refusal {
    tracing::error!(device = device.code, "the registered key of a device is no Ed25519 key");
    unauthorized("device", "the key registered for this device cannot be used; register the device again")
}

async fn known(portal: &Portal, code: &str) -> Result<Device, Refusal> {
    let mut found = master::devices(portal.database(), &[code.to_owned()]).await?;
    found
        .remove(code)
        .ok_or_else(|| unauthorized("device", "this device is not registered or was revoked; ask the supervisor to register it"))
}

pub(crate) fn check_clock(time: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    let Ok(time) = DateTime::parse_from_rfc3339(time) else {
        return Err(unauthorized("clock", "X-Salur-Time is not an RFC 3339 time; send the device's time with its offset"));
    };
    let error = now.signed_duration_since(time).abs();
    if error <= TimeDelta::from_std(MAX_CLOCK_ERROR).expect("a quarter of an hour fits") {
        return Ok(());
    }
    Err(unauthorized("clock", "the device's clock is more than 15 minutes off; set it by server_time and send the request again"))
}

fn text(headers: &HeaderMap, name: &'static str) -> Result<String, Refusal> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    first
        .filter(|_| second.is_none())
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty() && value.len() <= MAX_HEADER)
        .map(str::to_owned)
        .ok_or_else(|| {
            unauthorized("signature", "the request is not signed; send X-Salur-Device, X-Salur-Time and X-Salur-Signature, each once")
        })
}

fn wrong_signature() -> Refusal {
    unauthorized("signature", "the signature does not fit this request and device; sign method, path, time and the body exactly as sent")
}

fn unauthorized(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, code, message).with("server_time", Utc::now())
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "size", "the body is larger than 64 KiB or broke off; photos go to the upload URL")
}

fn piece_too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "size",
        "the piece is larger than 1 MiB or broke off; ask by HEAD how far the photo has come",
    )
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    refuse_zeros(body)?;
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "json", format!("the body is not what this door takes: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_fixed_to_the_byte() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let expected = format!("salur-request-1\nPOST\n/api/captures\n2026-03-02T09:00:00+07:00\n{empty}");
        assert_eq!(to_sign("POST", "/api/captures", "2026-03-02T09:00:00+07:00", b""), expected.into_bytes());
    }

    #[test]
    fn every_part_of_a_request_changes_what_is_signed() {
        let all = [
            ("POST", "/a", "t", b"x"),
            ("PUT", "/a", "t", b"x"),
            ("POST", "/b", "t", b"x"),
            ("POST", "/a", "u", b"x"),
            ("POST", "/a", "t", b"y"),
        ];
        let signed: std::collections::HashSet<_> = all.map(|(method, path, time, body)| to_sign(method, path, time, body)).into();
        assert_eq!(signed.len(), all.len());
    }

    #[test]
    fn a_clock_may_be_off_by_fifteen_minutes_either_way() {
        let now = DateTime::parse_from_rfc3339("2026-03-02T09:00:00Z").expect("a time").to_utc();
        for time in ["2026-03-02T09:15:00Z", "2026-03-02T15:45:00+07:00"] {
            assert!(check_clock(time, now).is_ok(), "{time}");
        }
        for time in ["2026-03-02T09:15:01Z", "2026-03-02T08:44:59Z", "2026-03-02 soon", "2026-03-02T09:00:00"] {
            assert!(check_clock(time, now).is_err(), "{time}");
        }
    }
}
