//! Rules about place: the photo's GPS and the device's own position, against the pay point and against each other.

use super::{Capture, Code, Findings, Place};

/// Where something is by one source, and how far off that may be.
#[derive(Clone, Copy)]
struct Sighting {
    source: &'static str,
    place: Place,
    allowance_m: f64,
}

/// Every finding about place.
pub fn examine(capture: &Capture, findings: &mut Findings<'_>) {
    let Capture { exif, statement, .. } = capture;
    let limit_m = findings.policy.accuracy_limit_m;
    let accuracy_m = if statement.accuracy_m.is_finite() { statement.accuracy_m.clamp(0.0, limit_m) } else { 0.0 };
    let sighting = |source, place: Option<Place>, allowance_m| place.map(|place| Sighting { source, place, allowance_m });
    let (photo, device) = (sighting("exif", exif.position, 0.0), sighting("statement", statement.position, accuracy_m));
    let credible = |sighting: Option<Sighting>| sighting.filter(|sighting| sighting.place.is_on_earth());
    distance(Code::Plc01, credible(photo), capture, findings);
    distance(Code::Plc02, credible(device), capture, findings);
    findings.note_unless(credible(photo).or(credible(device)).is_some(), Code::Plc03);
    for (code, odd) in [(Code::Plc04, Place::is_nowhere as fn(&Place) -> bool), (Code::Plc05, Place::is_whole_degrees)] {
        if let Some(sighting) = [photo, device].into_iter().flatten().find(|sighting| odd(&sighting.place)) {
            findings.note(code, &[("source", sighting.source.to_owned())]);
        }
    }
    if statement.position.is_some() && (!statement.accuracy_m.is_finite() || statement.accuracy_m > limit_m) {
        findings.note(Code::Plc06, &[("stated_m", metres(statement.accuracy_m)), ("most_m", metres(limit_m))]);
    }
    if let (Some(photo), Some(device)) = (credible(photo), credible(device)) {
        apart(photo, device, findings);
    }
}

fn distance(code: Code, sighting: Option<Sighting>, capture: &Capture, findings: &mut Findings<'_>) {
    let Some(Sighting { source, place, allowance_m }) = sighting else { return };
    let pay_point = &capture.pay_point;
    let distance_m = place.distance_m(pay_point.place);
    if distance_m > pay_point.radius_m + allowance_m {
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

/// Camera and device are in one hand: what both say must agree.
fn apart(photo: Sighting, device: Sighting, findings: &mut Findings<'_>) {
    let apart_m = photo.place.distance_m(device.place);
    if apart_m > findings.policy.sources_apart_m + device.allowance_m {
        findings.note(Code::Plc07, &[("apart_m", metres(apart_m)), ("accuracy_m", metres(device.allowance_m))]);
    }
}

fn metres(value: f64) -> String {
    format!("{value:.0}")
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
        !self.is_nowhere() && (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }

    /// Where the equator meets Greenwich, in the sea.
    pub fn is_nowhere(&self) -> bool {
        self.latitude == 0.0 && self.longitude == 0.0
    }

    /// Degrees without any part: somebody typed them.
    pub fn is_whole_degrees(&self) -> bool {
        self.is_on_earth() && self.latitude.fract() == 0.0 && self.longitude.fract() == 0.0
    }
}
