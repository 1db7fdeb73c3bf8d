//! The examination of one capture: from bytes and claims to findings, a judgement and a sealed original.

use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use ed25519_dalek::{Signature, VerifyingKey};
use salur_domain::{
    CaptureId,
    proof::{self, Capture, Code, ExifFacts, Finding, Judgement, Origin, Picture, Place, Policy, Severity, Statement, Window},
};
use salur_media::{exif, hash, photo};
use salur_runtime::stage::Failure;
use salur_schemas::ProofCaptured;
use salur_store::{
    Error,
    claims::Claim,
    proofs::{self, NewProof},
};

use super::{Known, Ready, captured_at, token_of_claim, word};
use crate::Tools;

/// Longest that reading and decoding one photo may take before it counts as unreadable.
const DECODE_TIMEOUT: Duration = Duration::from_secs(5);

/// What decoding found.
struct Decoded {
    sha256: [u8; 32],
    exif: Result<exif::Exif, exif::Error>,
    picture: Result<photo::Picture, photo::Error>,
}

/// Examines the bytes of a capture and keeps them, sealed.
pub async fn examine(
    tools: &Tools,
    captured: &ProofCaptured,
    claim: &Claim,
    known: &Known,
    bytes: Bytes,
    content: Vec<u8>,
) -> Result<Ready, Failure> {
    let size = bytes.len();
    let decoded = decode(bytes.clone()).await?;
    let evidence = evidence(tools, captured, claim, known, &decoded, size)?;
    let findings = proof::examine(&evidence, &Policy::default());
    let judgement = proof::judge(&findings);
    let (photo_key, sealed_size) = keep(tools, captured.capture, &bytes, &decoded).await?;
    let picture = decoded.picture.ok().map(|picture| {
        let side = |side: u32| i32::try_from(side).expect("sides are bounded to 8192");
        (side(picture.width), side(picture.height), picture.dhash.cast_signed())
    });
    let statement = serde_json::to_value(&captured.statement).map_err(|error| Error::invariant(error.to_string()))?;
    let proof = NewProof {
        capture: captured.capture,
        claim: captured.claim,
        device: captured.statement.device.clone(),
        teller: claim.teller.clone(),
        sha256: decoded.sha256,
        size: i64::try_from(size).expect("objects are bounded"),
        statement,
        signature: captured.signature.clone(),
        content,
        photo_key: Some(photo_key),
        sealed_size: Some(sealed_size),
        picture,
        judgement: word(judgement),
        payments: claim.payments(),
        captured_at: captured_at(captured),
        received_at: captured.received_at,
        findings: findings.iter().map(row_of).collect(),
    };
    Ok(Ready::Examined(Box::new(proof), judgement))
}

/// The same proof, found to use bytes that prove another visit.
pub fn with_reuse(proof: &NewProof, judgement: Judgement, other: CaptureId) -> NewProof {
    let mut proof = proof.clone();
    proof.findings.push((Code::Sam01.as_str(), severity(Severity::Question), serde_json::json!({ "other_capture": other })));
    if judgement == Judgement::Accepted {
        proof.judgement = word(Judgement::Questioned);
    }
    proof
}

/// Digest, EXIF and picture, away from the async threads.
async fn decode(bytes: Bytes) -> Result<Decoded, Failure> {
    let work = tokio::task::spawn_blocking(move || {
        let picture = photo::examine(&bytes);
        Decoded { sha256: *hash::sha256(&bytes).as_bytes(), exif: exif::read(&bytes), picture }
    });
    let done =
        tokio::time::timeout(DECODE_TIMEOUT, work).await.map_err(|_| Error::invariant("a photo took longer to decode than allowed"))?;
    Ok(done.map_err(|_| Error::invariant("decoding a photo panicked"))?)
}

/// Everything known about the moment, for the rules of `salur_domain::proof`.
fn evidence(
    tools: &Tools,
    captured: &ProofCaptured,
    claim: &Claim,
    known: &Known,
    decoded: &Decoded,
    size: usize,
) -> Result<Capture, Error> {
    let statement = &captured.statement;
    let device = known.devices.get(&claim.device);
    let pay_point = device
        .and_then(|device| known.pay_points.get(&device.pay_point))
        .ok_or_else(|| Error::invariant(format!("device {} of the claim has no pay point", claim.device)))?;
    let payments = claim.payments();
    let window = known
        .tranches
        .iter()
        .filter(|tranche| payments.iter().any(|key| key.0 == tranche.id()))
        .map(|tranche| Window { opens_at: tranche.opens_at, closes_at: tranche.closes_at })
        .reduce(|a, b| Window { opens_at: a.opens_at.max(b.opens_at), closes_at: a.closes_at.min(b.closes_at) })
        .ok_or_else(|| Error::invariant("a claim covers payments of known tranches"))?;
    let signer = known.devices.get(&statement.device);
    let as_stated = hash::Digest(decoded.sha256).to_string() == statement.sha256 && statement.size == size as u64;
    let same_ids = statement.capture == captured.capture && statement.claim == captured.claim;
    Ok(Capture {
        origin: Origin {
            signature_valid: same_ids && signer.is_some_and(|device| signature_holds(&device.public_key, captured)),
            token_of_claim: token_of_claim(tools, &known.keys, &captured.token, &payments).is_some(),
            device_of_claim: statement.device == claim.device,
        },
        picture: Picture {
            readable: decoded.picture.is_ok(),
            as_stated,
            pixels: decoded.picture.as_ref().ok().map(|picture| u64::from(picture.width) * u64::from(picture.height)),
            used_before: false,
        },
        exif: exif_facts(&decoded.exif),
        statement: Statement {
            taken_at: statement.taken_at,
            clock_offset_s: statement.clock_offset_s,
            position: statement.position.map(|place| Place { latitude: place.latitude, longitude: place.longitude }),
            accuracy_m: statement.position.map_or(0.0, |place| place.accuracy_m),
        },
        claim: proof::Claim { at: claim.claimed_at, expires_at: claim.expires_at },
        window,
        pay_point: proof::PayPoint {
            place: Place { latitude: pay_point.latitude, longitude: pay_point.longitude },
            radius_m: f64::from(pay_point.radius_m),
            offset_min: pay_point.utc_offset_minutes,
            hours: Some((pay_point.opens, pay_point.closes)),
        },
        received_at: captured.received_at,
    })
}

fn exif_facts(read: &Result<exif::Exif, exif::Error>) -> ExifFacts {
    match read {
        Ok(exif) => ExifFacts {
            present: exif.present,
            malformed: false,
            taken_at: exif.taken_at,
            offset_min: exif.offset_minutes,
            position: exif.position.map(|(latitude, longitude)| Place { latitude, longitude }),
        },
        Err(_) => ExifFacts { present: true, malformed: true, ..ExifFacts::default() },
    }
}

fn signature_holds(public_key: &[u8], captured: &ProofCaptured) -> bool {
    let Some(key) = public_key.try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok()) else { return false };
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(&captured.signature) else { return false };
    Signature::from_slice(&bytes).is_ok_and(|signature| key.verify_strict(&captured.statement.to_sign(), &signature).is_ok())
}

/// Seals the original and its thumbnail under a fresh key and stores them. Objects are named after the key, so that a repeated examination
/// writes beside the first and never over it: the row that wins names its own object, the others are orphans for the sweep.
async fn keep(tools: &Tools, capture: CaptureId, bytes: &Bytes, decoded: &Decoded) -> Result<(Vec<u8>, i64), Failure> {
    let context = crate::photo_context(capture);
    let key = crate::fresh_key()?;
    let wrapped = key.wrap(&tools.photo_key, &context);
    let sealed = Bytes::from(key.seal(&context, bytes));
    let sealed_size = i64::try_from(sealed.len()).map_err(|_| Error::invariant("a sealed photo fits i64"))?;
    tools.blobs.put(&proofs::original_key(capture, &wrapped), sealed, "application/octet-stream").await?;
    if let Ok(picture) = &decoded.picture {
        let thumbnail = Bytes::from(key.seal(&context, &picture.thumbnail));
        tools.blobs.put(&proofs::thumbnail_key(capture, &wrapped), thumbnail, "application/octet-stream").await?;
    }
    Ok((wrapped, sealed_size))
}

fn row_of(finding: &Finding) -> (&'static str, &'static str, serde_json::Value) {
    let evidence = serde_json::to_value(&finding.evidence).expect("a map of texts");
    (finding.code.as_str(), severity(finding.severity), evidence)
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Question => "question",
        Severity::Refuse => "refuse",
    }
}
