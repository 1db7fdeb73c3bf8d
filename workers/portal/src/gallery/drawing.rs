//! Two small drawings of a case: where the photo was taken, around the pay point, and when, on one line.
//!
//! Pure: places and moments in, coordinates out; the template makes SVG of them, with classes for colours since the policy for content forbids inline style.

use chrono::{DateTime, Utc};
use salur_domain::proof::Place;

/// Half the side of the map, in its own units.
const HALF: f64 = 100.0;
/// Length of the line of time, in hundredths of its width.
const LINE: f64 = 100.0;
/// Metres of a degree of latitude, and of longitude at the equator (WGS 84, to a thousandth; a drawing needs no more).
const METRES: (f64, f64) = (110_574.0, 111_320.0);
/// The map shows this much more than what is farthest.
const MARGIN: f64 = 1.2;
/// A line of time spans this much at least, in seconds: photos a moment apart are a moment apart.
const SPAN_MIN_S: i64 = 60;

/// A place on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Class of its colour.
    pub class: &'static str,
    /// What it is.
    pub name: &'static str,
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
    /// How far it may be off, in units of the map.
    pub radius: f64,
    /// Metres from the pay point.
    pub metres: f64,
}

/// A ring at a round distance.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// In units of the map.
    pub radius: f64,
    /// In metres.
    pub metres: f64,
}

/// The surroundings of a pay point.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The limit within which photos are taken.
    pub limit: f64,
    /// At round distances.
    pub rings: Vec<Ring>,
    /// What is known of places.
    pub dots: Vec<Dot>,
}

/// A place to draw: class, name, where, and how many metres it may be off.
pub type Spot = (&'static str, &'static str, Place, f64);

/// Draws places around a pay point; none where no place is known.
pub fn map(pay_point: Place, limit_m: f64, spots: &[Spot]) -> Option<Map> {
    let placed: Vec<(&Spot, f64, f64)> = spots.iter().map(|spot| (spot, east(pay_point, spot.2), north(pay_point, spot.2))).collect();
    let farthest = placed.iter().map(|(_, east, north)| east.hypot(*north)).fold(limit_m, f64::max);
    let scale = HALF / (farthest * MARGIN);
    let dots = placed.into_iter().map(|(spot, east, north)| Dot {
        class: spot.0,
        name: spot.1,
        x: east * scale,
        y: -north * scale,
        radius: (spot.3 * scale).min(HALF),
        metres: east.hypot(north),
    });
    let dots: Vec<Dot> = dots.collect();
    let step = round_step(farthest);
    let rings = (1..=4)
        .map(|ring| f64::from(ring) * step)
        .filter(|metres| metres * scale <= HALF)
        .map(|metres| Ring { radius: metres * scale, metres })
        .collect();
    (!dots.is_empty()).then_some(Map { limit: limit_m * scale, rings, dots })
}

fn east(from: Place, to: Place) -> f64 {
    (to.longitude - from.longitude) * METRES.1 * from.latitude.to_radians().cos()
}

fn north(from: Place, to: Place) -> f64 {
    (to.latitude - from.latitude) * METRES.0
}

/// 1, 2 or 5 times a power of ten, so that two to four rings fit.
fn round_step(farthest: f64) -> f64 {
    let ten = 10_f64.powf((farthest / 2.0).log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|times| times * ten).find(|step| *step <= farthest / 2.0).unwrap_or(ten)
}

/// `250 m`, `3,4 km`.
pub fn distance(metres: f64, english: bool) -> String {
    let text = if metres < 995.0 { format!("{metres:.0} m") } else { format!("{:.1} km", metres / 1_000.0) };
    if english { text } else { text.replace('.', ",") }
}

/// A moment on the line: class, name, when.
pub type Moment = (&'static str, &'static str, DateTime<Utc>);

/// Where each moment stands on the line, in the order of time.
pub fn line(moments: &[Moment]) -> Vec<(Moment, f64)> {
    let mut sorted = moments.to_vec();
    sorted.sort_by_key(|moment| moment.2);
    let (Some(first), Some(last)) = (sorted.first().map(|moment| moment.2), sorted.last().map(|moment| moment.2)) else { return vec![] };
    let span = (last - first).num_seconds().max(SPAN_MIN_S);
    #[expect(clippy::cast_precision_loss, reason = "a drawing needs no more than a float holds")]
    let place = |at: DateTime<Utc>| (at - first).num_seconds() as f64 / span as f64 * LINE;
    sorted.into_iter().map(|moment| (moment, place(moment.2))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TANJUNG_PANDAN: Place = Place { latitude: -2.7500, longitude: 107.6400 };

    #[test]
    fn a_place_to_the_north_east_is_drawn_up_and_right_and_at_its_distance() {
        let there = Place { latitude: -2.7410, longitude: 107.6490 };
        let map = map(TANJUNG_PANDAN, 500.0, &[("photo", "photo", there, 20.0)]).expect("a place is known");
        let dot = &map.dots[0];
        assert!((dot.metres - 1_412.0).abs() < 5.0, "{}", dot.metres);
        assert!(dot.x > 50.0 && dot.y < -50.0 && dot.x.hypot(dot.y) < HALF, "{dot:?}");
        assert!(map.limit < dot.x.hypot(dot.y), "it is outside");
        assert_eq!(map.rings.iter().map(|ring| ring.metres).collect::<Vec<_>>(), [500.0, 1_000.0, 1_500.0]);
    }

    #[test]
    fn no_place_is_no_map_and_the_pay_point_itself_is_in_the_middle() {
        assert_eq!(map(TANJUNG_PANDAN, 500.0, &[]), None);
        let at_home = map(TANJUNG_PANDAN, 500.0, &[("photo", "photo", TANJUNG_PANDAN, 0.0)]).expect("a place is known");
        assert_eq!((at_home.dots[0].x, at_home.dots[0].metres), (0.0, 0.0));
    }

    #[test]
    fn moments_keep_their_order_and_their_distances() {
        let at = |seconds: i64| DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a moment");
        let line = line(&[("c", "c", at(300)), ("a", "a", at(0)), ("b", "b", at(75))]);
        assert_eq!(line.iter().map(|(moment, x)| (moment.0, *x)).collect::<Vec<_>>(), [("a", 0.0), ("b", 25.0), ("c", 100.0)]);
        assert!(super::line(&[]).is_empty());
    }

    #[test]
    fn distances_read_well() {
        assert_eq!(
            ["3", "994", "1000", "12340"].map(|m| distance(m.parse().expect("a number"), true)),
            ["3 m", "994 m", "1.0 km", "12.3 km"]
        );
        assert_eq!(distance(3_400.0, false), "3,4 km");
    }
}
