//! Proofs: a photo of the family at the counter, with what the device says about it.

use chrono::{DateTime, FixedOffset, Utc};
use salur_domain::{CaptureId, ClaimId, DecisionId, PaymentId, reversal::ReviewGround};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactType, to_stage};

/// A device captured a proof and uploaded it to `incoming/<capture>`.
///
/// The payments of the visit are *not* in here: they are read from the stored claim, so that a forged message cannot pay anyone else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProofCaptured {
    /// Made up by the device.
    pub capture: CaptureId,
    /// The claim under which it was taken.
    pub claim: ClaimId,
    /// The cheque's token as scanned: `SLR1:..`.
    pub token: String,
    /// What the device says and signs.
    pub statement: CaptureStatement,
    /// Ed25519 signature of the device over [`CaptureStatement::to_sign`], base64.
    pub signature: String,
    /// When the server received it.
    pub received_at: DateTime<Utc>,
}

/// What the device states about a capture, and signs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureStatement {
    /// The capture.
    pub capture: CaptureId,
    /// The claim.
    pub claim: ClaimId,
    /// SHA-256 of the photo's bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Size of the photo in bytes.
    pub size: u64,
    /// Code of the device.
    pub device: String,
    /// Code of the teller.
    pub teller: String,
    /// Time of the scan by the device's clock, with its offset.
    pub taken_at: DateTime<FixedOffset>,
    /// Device clock minus server clock at the claim, in seconds.
    pub clock_offset_s: i64,
    /// Where the device was, if it knew.
    pub position: Option<Position>,
}

/// A place on earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Radius in metres within which the device believes to be.
    pub accuracy_m: f64,
}

impl CaptureStatement {
    /// The bytes that the device signs: a prefix against reuse in another protocol, then the statement's JSON.
    pub fn to_sign(&self) -> Vec<u8> {
        let mut bytes = b"salur-capture-1\n".to_vec();
        serde_json::to_writer(&mut bytes, self).expect("plain data: writing it to memory cannot fail");
        bytes
    }
}

/// The proof is believed: its payments may become paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofAccepted {
    /// The capture.
    pub capture: CaptureId,
    /// The payments of the visit.
    pub payments: Vec<PaymentId>,
    /// When it was judged.
    pub at: DateTime<Utc>,
}

/// The proof is not believed yet: the cash has left the drawer, a supervisor decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofQuestioned {
    /// The capture.
    pub capture: CaptureId,
    /// The payments of the visit.
    pub payments: Vec<PaymentId>,
    /// Codes of the findings that question it.
    pub findings: Vec<String>,
    /// When it was judged.
    pub at: DateTime<Utc>,
}

/// A supervisor looked at a proof in question; the ground decides whether its payments are paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofReviewed {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The capture in question.
    pub capture: CaptureId,
    /// Why it is believed or not.
    pub ground: ReviewGround,
    /// The paper behind it.
    pub document: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A reviewer wants another photo of a visit in question. status-finalizer decides whether it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhotoAsked {
    /// Made by who asked, so that a repeated request is recognised.
    pub decision: DecisionId,
    /// The capture in question.
    pub capture: CaptureId,
    /// What the new photo is to show, for the teller; nobody is named in it.
    pub wish: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Fact for PhotoAsked {
    const TYPE: FactType = to_stage("photos.asked");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ProofReviewed {
    const TYPE: FactType = to_stage("proofs.reviewed");
    fn key(&self) -> String {
        self.decision.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ProofCaptured {
    const TYPE: FactType = to_stage("proofs.captured");
    fn key(&self) -> String {
        self.capture.to_string()
    }
}

impl Fact for ProofAccepted {
    const TYPE: FactType = to_stage("proofs.accepted");
    fn key(&self) -> String {
        self.capture.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}

impl Fact for ProofQuestioned {
    const TYPE: FactType = to_stage("proofs.questioned");
    fn key(&self) -> String {
        self.capture.to_string()
    }
    fn at(&self) -> Option<DateTime<Utc>> {
        Some(self.at)
    }
}
