//! What a capture proves, and what speaks against it.
//!
//! A photo alone proves little: villages staged it and took the money back. So a capture is compared with everything known about the moment:
//! the camera's EXIF, the device's signed statement, the claim, the window, the pay point, the cheque's token, other captures. Each
//! disagreement is a [`Finding`] with code, severity and evidence; [`judge`] turns findings into accepted, questioned or refused.
//!
//! Pure: times and facts are handed in, the same input gives the same findings in the same order ([`Code::ALL`]). Findings carry no personal
//! data; their evidence is times, places of pay points and cameras, sizes, and says which source a value came from. Who may soften
//! what: a policy may change Info and Question, never Refuse.

use chrono::{DateTime, FixedOffset, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

mod finding;
mod history;
mod origin;
mod picture;
mod place;
mod time;

pub use finding::{Code, Finding, Judgement, Policy, Severity, judge};
pub use history::{Alike, History, Repeats, examine_history};
pub use time::server_time;

/// A place on earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// What the picture's EXIF says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExifFacts {
    /// There is an EXIF segment.
    pub present: bool,
    /// It could not be read within limits.
    pub malformed: bool,
    /// `DateTimeOriginal`, by the camera's clock.
    pub taken_at: Option<NaiveDateTime>,
    /// `OffsetTimeOriginal`, minutes ahead of UTC.
    pub offset_min: Option<i32>,
    /// GPS, also where it makes no sense.
    pub position: Option<Place>,
    /// Program that wrote the file.
    pub software: Option<String>,
}

/// What the file is beside a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// Bytes behind the end of the picture.
    pub trailing: u64,
    /// What else a program would take it for.
    pub second: Option<&'static str>,
    /// The editor whose marks it carries.
    pub editor: Option<String>,
    /// Quality of the encoder, of 100, where its tables are those of the standard.
    pub quality: Option<u8>,
}

/// How much there is to see in a picture; brightness counts from 0 to 255. Measured on the upright thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Light {
    /// Mean brightness.
    pub mean: u32,
    /// White pixels, in thousandths.
    pub blown_per_mille: u32,
    /// Standard deviation of brightness.
    pub spread: u32,
    /// Variance of the second derivative (Laplacian): edges make it large, blur makes it small.
    pub sharpness: u32,
}

/// What the device stated and signed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statement {
    /// Time of the scan by the device's clock.
    pub taken_at: DateTime<FixedOffset>,
    /// Device clock minus server clock, in seconds.
    pub clock_offset_s: i64,
    /// Where the device was, if it knew.
    pub position: Option<Place>,
    /// Radius in metres within which the device believes to be.
    pub accuracy_m: f64,
}

/// The claim under which the capture was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// When it began.
    pub at: DateTime<Utc>,
    /// When its lease ended.
    pub expires_at: DateTime<Utc>,
}

/// When the tranche may be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub opens_at: DateTime<Utc>,
    /// Last moment.
    pub closes_at: DateTime<Utc>,
}

/// Where and when the pay point pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PayPoint {
    /// Its place.
    pub place: Place,
    /// How far from it a hand-over may be, in metres.
    pub radius_m: f64,
    /// Its zone: minutes ahead of UTC (WIB 420, WITA 480, WIT 540).
    pub offset_min: i32,
    /// Daily hours by its own clock, where it has some.
    pub hours: Option<(NaiveTime, NaiveTime)>,
}

/// What was found out about the picture's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// It decodes to its end.
    pub readable: bool,
    /// Digest and size are those of the statement.
    pub as_stated: bool,
    /// Width times height, where it decodes.
    pub pixels: Option<u64>,
    /// How much there is to see, where it decodes.
    pub light: Option<Light>,
    /// Bits of 64 in which the likeness of the embedded thumbnail differs from the picture's, where there is one.
    pub embedded_apart: Option<u32>,
}

/// What was found out about who captured it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The statement's signature is right for the device's key.
    pub signature_valid: bool,
    /// The token is valid and its payment is in the claim.
    pub token_of_claim: bool,
    /// The device is the claim's.
    pub device_of_claim: bool,
}

/// Everything known about a capture.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Who captured it.
    pub origin: Origin,
    /// Its picture.
    pub picture: Picture,
    /// Its file.
    pub file: File,
    /// Its EXIF.
    pub exif: ExifFacts,
    /// The signed statement.
    pub statement: Statement,
    /// The claim.
    pub claim: Claim,
    /// The tranche's window.
    pub window: Window,
    /// The pay point.
    pub pay_point: PayPoint,
    /// When the server received it.
    pub received_at: DateTime<Utc>,
}

/// Every finding about a capture by itself, in the order of [`Code::ALL`]; what speaks against it beside others: [`examine_history`].
pub fn examine(capture: &Capture, policy: &Policy) -> Vec<Finding> {
    let mut findings = Findings { policy, list: Vec::new() };
    origin::claimed(capture.origin, &mut findings);
    picture::file(&capture.picture, &capture.file, &mut findings);
    picture::seen(&capture.picture, &mut findings);
    origin::written(capture, &mut findings);
    time::examine(capture, &mut findings);
    place::examine(capture, &mut findings);
    findings.list.sort_by_key(|finding| finding.code);
    findings.list
}

/// Findings as they are made.
struct Findings<'a> {
    policy: &'a Policy,
    list: Vec<Finding>,
}

impl Findings<'_> {
    fn note(&mut self, code: Code, evidence: &[(&str, String)]) {
        let evidence = evidence.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.list.push(Finding { code, severity: self.policy.severity(code), evidence });
    }

    fn note_unless(&mut self, good: bool, code: Code) {
        if !good {
            self.note(code, &[]);
        }
    }
}

#[cfg(test)]
mod tests;
