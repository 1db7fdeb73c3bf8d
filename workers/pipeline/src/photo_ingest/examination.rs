//! The examination of one capture: from bytes and claims to findings, a judgement and a sealed original.

use base64::Engine;
use bytes::Bytes;
use chrono::TimeDelta;
use ed25519_dalek::{Signature, VerifyingKey};
use salur_domain::{
    CaptureId,
    proof::{self, Capture, ExifFacts, Finding, History, Judgement, Origin, Picture, Place, Policy, Severity, Statement, Window},
    vault::DataKey,
};
use salur_media::{exif, file, hash, likeness::Likeness, wire::Examined};
use salur_runtime::stage::Failure;
use salur_schemas::ProofCaptured;
use salur_store::{
    Error,
    claims::Claim,
    likenesses::NewLikeness,
    master::PayPoint,
    proofs::{self, NewProof},
};

use super::{Known, Ready, captured_at, token_of_claim};
use crate::Tools;

/// What was found in the bytes.
struct Found {
    sha256: [u8; 32],
    examined: Examined,
}

/// A capture, examined by itself.
#[derive(Debug)]
pub struct Examination {
    /// What will be remembered, but for its judgement and findings.
    pub proof: NewProof,
    /// What was found.
    pub findings: Vec<Finding>,
    /// How it looks, and where that is looked for; nothing for what is no picture or no capture of ours.
    pub look: Option<(Likeness, NewLikeness)>,
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
    let keeper = Keeper::new(tools, captured.capture)?;
    // the original is sealed and written while another process decodes it
    let (examined, sealed_size) = futures::try_join!(keeper.examined(&bytes), keeper.original(&bytes))?;
    let found = Found { sha256: *hash::sha256(&bytes).as_bytes(), examined };
    let evidence = evidence(tools, captured, claim, known, &found, bytes.len())?;
    let findings = proof::examine(&evidence, &tools.proof_policy);
    let is_ours = proof::judge(&findings) != Judgement::Refused;
    let look = if is_ours { look(captured, claim, known, &found) } else { None };
    let picture = found.examined.picture.ok().map(|picture| {
        let side = |side: u32| i32::try_from(side).expect("sides are bounded to 8192");
        (side(picture.width), side(picture.height), picture.likeness.difference_hash().cast_signed())
    });
    let proof = NewProof {
        capture: captured.capture,
        claim: captured.claim,
        device: captured.statement.device.clone(),
        teller: claim.teller.clone(),
        sha256: found.sha256,
        size: i64::try_from(bytes.len()).expect("objects are bounded"),
        statement: serde_json::to_value(&captured.statement).map_err(|error| Error::invariant(error.to_string()))?,
        signature: captured.signature.clone(),
        content,
        photo_key: Some(keeper.wrapped),
        sealed_size: Some(sealed_size),
        picture,
        judgement: "",
        payments: claim.payments(),
        captured_at: captured_at(captured),
        received_at: captured.received_at,
        findings: Vec::new(),
    };
    Ok(Ready::Examined(Box::new(Examination { proof, findings, look })))
}

impl Examination {
    /// The proof as it is remembered, with what was found beside other captures.
    pub fn judged(&self, history: &History, policy: &Policy) -> NewProof {
        let mut findings = [self.findings.as_slice(), &proof::examine_history(history, policy)].concat();
        findings.sort_by_key(|finding| finding.code);
        let judgement = word(proof::judge(&findings));
        NewProof { judgement, findings: findings.iter().map(row_of).collect(), ..self.proof.clone() }
    }
}

/// How the picture looks and where others like it would be.
fn look(captured: &ProofCaptured, claim: &Claim, known: &Known, found: &Found) -> Option<(Likeness, NewLikeness)> {
    let likeness = found.examined.picture.as_ref().ok()?.likeness.clone();
    let pay_point = pay_point(claim, known)?;
    let first = claim.payments().first()?.0;
    let programme = known.tranches.iter().find(|tranche| tranche.id() == first)?.programme.clone();
    let mirrored = likeness.mirrored();
    let day = (captured_at(captured).naive_utc() + TimeDelta::minutes(i64::from(pay_point.utc_offset_minutes))).date();
    let new = NewLikeness {
        capture: captured.capture,
        claim: captured.claim,
        programme,
        pay_point: pay_point.code.clone(),
        day,
        difference: [&likeness, &mirrored].map(|look| look.difference_hash().cast_signed()),
        dct: [&likeness, &mirrored].map(|look| look.dct_hash().cast_signed()),
        cells: likeness.cells().to_vec(),
    };
    Some((likeness, new))
}

/// The pay point of the claim's device.
fn pay_point<'a>(claim: &Claim, known: &'a Known) -> Option<&'a PayPoint> {
    known.pay_points.get(&known.devices.get(&claim.device)?.pay_point)
}

/// Everything known about the moment, for the rules of `salur_domain::proof`.
fn evidence(tools: &Tools, captured: &ProofCaptured, claim: &Claim, known: &Known, found: &Found, size: usize) -> Result<Capture, Error> {
    let statement = &captured.statement;
    let pay_point =
        pay_point(claim, known).ok_or_else(|| Error::invariant(format!("device {} of the claim has no pay point", claim.device)))?;
    let payments = claim.payments();
    let window = known
        .tranches
        .iter()
        .filter(|tranche| payments.iter().any(|key| key.0 == tranche.id()))
        .map(|tranche| Window { opens_at: tranche.opens_at, closes_at: tranche.closes_at })
        .reduce(|a, b| Window { opens_at: a.opens_at.max(b.opens_at), closes_at: a.closes_at.min(b.closes_at) })
        .ok_or_else(|| Error::invariant("a claim covers payments of known tranches"))?;
    let (picture, traits) = (found.examined.picture.as_ref().ok(), &found.examined.file);
    let signer = known.devices.get(&statement.device);
    let as_stated = hash::Digest(found.sha256).to_string() == statement.sha256 && statement.size == size as u64;
    let same_ids = statement.capture == captured.capture && statement.claim == captured.claim;
    Ok(Capture {
        origin: Origin {
            signature_valid: same_ids && signer.is_some_and(|device| signature_holds(&device.public_key, captured)),
            token_of_claim: token_of_claim(tools, &known.keys, &captured.token, &payments).is_some(),
            device_of_claim: statement.device == claim.device,
        },
        picture: Picture {
            readable: picture.is_some(),
            as_stated,
            pixels: picture.map(|picture| u64::from(picture.width) * u64::from(picture.height)),
            light: picture.map(|picture| picture.light),
            embedded_apart: picture.and_then(|picture| picture.embedded_apart),
        },
        file: proof::File {
            trailing: traits.trailing,
            second: traits.second.map(file::Second::name),
            editor: traits.editor.clone(),
            quality: traits.quality,
        },
        exif: exif_facts(&found.examined.exif),
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
            software: exif.software.clone(),
        },
        Err(_) => ExifFacts { present: true, malformed: true, ..ExifFacts::default() },
    }
}

fn signature_holds(public_key: &[u8], captured: &ProofCaptured) -> bool {
    let Some(key) = public_key.try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok()) else { return false };
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(&captured.signature) else { return false };
    Signature::from_slice(&bytes).is_ok_and(|signature| key.verify_strict(&captured.statement.to_sign(), &signature).is_ok())
}

/// A fresh key under which a capture's original and thumbnail are sealed and stored. Objects are named after the key, so that a repeated examination writes
/// beside the first and never over it: the row that wins names its own object, the others are orphans for the sweep.
struct Keeper<'a> {
    tools: &'a Tools,
    capture: CaptureId,
    context: Vec<u8>,
    key: DataKey,
    wrapped: Vec<u8>,
}

impl<'a> Keeper<'a> {
    fn new(tools: &'a Tools, capture: CaptureId) -> Result<Self, Failure> {
        let (context, key) = (crate::photo_context(capture), crate::fresh_key()?);
        let wrapped = key.wrap(&tools.photo_key, &context);
        Ok(Self { tools, capture, context, key, wrapped })
    }

    /// Gives back the size of the sealed original.
    async fn original(&self, bytes: &[u8]) -> Result<i64, Failure> {
        let sealed = Bytes::from(self.key.seal(&self.context, bytes));
        let size = i64::try_from(sealed.len()).map_err(|_| Error::invariant("a sealed photo fits i64"))?;
        self.tools.blobs.put_original(&proofs::original_key(self.capture, &self.wrapped), sealed).await?;
        Ok(size)
    }

    /// What is found in a photo, whose thumbnail is kept where there is one.
    async fn examined(&self, bytes: &[u8]) -> Result<Examined, Failure> {
        let examined = self.tools.examiners.examine(bytes).await?;
        if let Ok(picture) = &examined.picture {
            let sealed = Bytes::from(self.key.seal(&self.context, &picture.thumbnail));
            self.tools.blobs.put(&proofs::thumbnail_key(self.capture, &self.wrapped), sealed, "application/octet-stream").await?;
        }
        Ok(examined)
    }
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

const fn word(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Accepted => "accepted",
        Judgement::Questioned => "questioned",
        Judgement::Refused => "refused",
    }
}
