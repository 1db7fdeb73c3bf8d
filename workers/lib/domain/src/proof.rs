//! What a capture proves, and what speaks against it.
//!
//! A photo alone proves little: villages staged it and took the money back. So a capture is compared with everything known about the moment:
//! the camera's EXIF, the device's signed statement, the claim, the window, the pay point, the cheque's token, other captures. Each
//! disagreement is a [`Finding`] with code, severity and evidence; [`judge`] turns findings into accepted, questioned or refused.
//!
//! Pure: times and facts are handed in, the same input gives the same findings in the same order ([`Code::ALL`]). Findings carry no personal
//! data; their evidence is times, places of pay points and cameras, sizes, and says which source a value came from. Who may soften
//! what: a policy may change Info and Question, never Refuse.

use chrono::{DateTime, FixedOffset, NaiveDateTime, NaiveTime, TimeDelta, Utc};

mod finding;

pub use finding::{Code, Finding, Judgement, Policy, Severity, judge};

/// A place on earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// What the picture's EXIF says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ExifFacts {
    /// There is an EXIF segment.
    pub present: bool,
    /// It could not be read within limits.
    pub malformed: bool,
    /// `DateTimeOriginal`, by the camera's clock.
    pub taken_at: Option<NaiveDateTime>,
    /// `OffsetTimeOriginal`, minutes ahead of UTC.
    pub offset_min: Option<i32>,
    /// GPS.
    pub position: Option<Place>,
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
    /// The same bytes were captured for another visit.
    pub used_before: bool,
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capture {
    /// Who captured it.
    pub origin: Origin,
    /// Its bytes.
    pub picture: Picture,
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

/// Every finding about a capture, in the order of [`Code::ALL`].
pub fn examine(capture: &Capture, policy: &Policy) -> Vec<Finding> {
    let mut findings = Findings { policy, list: Vec::new() };
    origin(capture.origin, &mut findings);
    picture(&capture.picture, &mut findings);
    exif(&capture.exif, &mut findings);
    times(capture, &mut findings);
    places(capture, &mut findings);
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

fn origin(origin: Origin, findings: &mut Findings<'_>) {
    findings.note_unless(origin.signature_valid, Code::Sig01);
    findings.note_unless(origin.token_of_claim, Code::Tok01);
    findings.note_unless(origin.device_of_claim, Code::Dev01);
}

fn picture(picture: &Picture, findings: &mut Findings<'_>) {
    findings.note_unless(picture.readable, Code::Fil01);
    findings.note_unless(picture.as_stated, Code::Fil02);
    findings.note_unless(!picture.used_before, Code::Sam01);
    let least = findings.policy.min_pixels;
    if let Some(pixels) = picture.pixels.filter(|pixels| *pixels < least) {
        findings.note(Code::Pic01, &[("pixels", pixels.to_string()), ("least", least.to_string())]);
    }
}

fn exif(exif: &ExifFacts, findings: &mut Findings<'_>) {
    findings.note_unless(exif.present, Code::Exf01);
    findings.note_unless(!exif.malformed, Code::Exf02);
}

fn times(capture: &Capture, findings: &mut Findings<'_>) {
    let Capture { exif, statement, claim, window, pay_point, received_at, .. } = capture;
    if let Some(camera) = exif.taken_at.and_then(|naive| camera_time(naive, exif.offset_min.unwrap_or(pay_point.offset_min))) {
        // Camera and statement are read off the same clock, so the offset of that clock does not enter.
        let apart = camera.signed_duration_since(statement.taken_at).num_seconds();
        if apart.saturating_abs() > findings.policy.exif_tolerance_s {
            let evidence = [("exif", camera.to_rfc3339()), ("statement", statement.taken_at.to_rfc3339()), ("apart_s", apart.to_string())];
            findings.note(Code::Tim01, &evidence);
        }
    }
    let scanned_at = server_time(statement);
    let scanned = ("scanned_at", scanned_at.to_rfc3339());
    if !(window.opens_at..=window.closes_at).contains(&scanned_at) {
        let evidence = [scanned.clone(), ("opens_at", window.opens_at.to_rfc3339()), ("closes_at", window.closes_at.to_rfc3339())];
        findings.note(Code::Tim02, &evidence);
    }
    let late = scanned_at.signed_duration_since(claim.expires_at.min(*received_at)).num_seconds();
    let early = claim.at.signed_duration_since(scanned_at).num_seconds();
    if early.max(late) > findings.policy.lease_allowance_s {
        let evidence = [
            scanned.clone(),
            ("claimed_at", claim.at.to_rfc3339()),
            ("expires_at", claim.expires_at.to_rfc3339()),
            ("received_at", received_at.to_rfc3339()),
        ];
        findings.note(Code::Tim03, &evidence);
    }
    if let Some((opens, closes)) = pay_point.hours {
        let local = (scanned_at.naive_utc() + TimeDelta::minutes(i64::from(pay_point.offset_min))).time();
        if !(opens..=closes).contains(&local) {
            findings.note(Code::Tim04, &[("local_time", local.to_string()), ("opens", opens.to_string()), ("closes", closes.to_string())]);
        }
    }
}

/// The time of the scan by the server's clock.
pub fn server_time(statement: &Statement) -> DateTime<Utc> {
    let taken_at = statement.taken_at.to_utc();
    let offset = TimeDelta::try_seconds(statement.clock_offset_s);
    offset.and_then(|offset| taken_at.checked_sub_signed(offset)).unwrap_or(taken_at)
}

fn camera_time(naive: NaiveDateTime, offset_min: i32) -> Option<DateTime<FixedOffset>> {
    let offset = FixedOffset::east_opt(offset_min.checked_mul(60)?)?;
    naive.and_local_timezone(offset).single()
}

fn places(capture: &Capture, findings: &mut Findings<'_>) {
    let Capture { exif, statement, pay_point, .. } = capture;
    let photo = exif.position.filter(Place::is_on_earth);
    let device = statement.position.filter(Place::is_on_earth);
    let accuracy_limit_m = findings.policy.accuracy_limit_m;
    let accuracy_m = if statement.accuracy_m.is_finite() { statement.accuracy_m.clamp(0.0, accuracy_limit_m) } else { 0.0 };
    for (code, source, place, allowance_m) in [(Code::Plc01, "exif", photo, 0.0), (Code::Plc02, "statement", device, accuracy_m)] {
        let Some(place) = place else { continue };
        let distance_m = place.distance_m(pay_point.place);
        if distance_m > pay_point.radius_m + allowance_m {
            let metres = |value: f64| format!("{value:.0}");
            let evidence = [
                ("source", source.to_owned()),
                ("latitude", format!("{:.5}", place.latitude)),
                ("longitude", format!("{:.5}", place.longitude)),
                ("distance_m", metres(distance_m)),
                ("radius_m", metres(pay_point.radius_m)),
                ("accuracy_m", metres(allowance_m)),
            ];
            findings.note(code, &evidence);
        }
    }
    findings.note_unless(photo.is_some() || device.is_some(), Code::Plc03);
}

impl Place {
    /// Mean radius of the earth in metres (IUGG).
    const EARTH_M: f64 = 6_371_008.8;

    /// Distance in metres over a round earth (haversine); right to half a percent.
    ///
    /// ```
    /// use salur_domain::proof::Place;
    /// let tanjung_pandan = Place { latitude: -2.7333, longitude: 107.6333 };
    /// let manggar = Place { latitude: -2.8833, longitude: 108.2667 };
    /// assert!((tanjung_pandan.distance_m(manggar) - 72_300.0).abs() < 200.0);
    /// ```
    pub fn distance_m(self, other: Self) -> f64 {
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let across = half(other.latitude - self.latitude);
        let along = self.latitude.to_radians().cos() * other.latitude.to_radians().cos() * half(other.longitude - self.longitude);
        2.0 * Self::EARTH_M * (across + along).clamp(0.0, 1.0).sqrt().asin()
    }

    /// Whether the numbers are a place at all. (0, 0) is what broken receivers write.
    pub fn is_on_earth(&self) -> bool {
        let somewhere = self.latitude != 0.0 || self.longitude != 0.0;
        somewhere && (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }
}

#[cfg(test)]
mod tests;
