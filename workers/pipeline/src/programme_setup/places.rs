//! Pay points: where they stand, when they are open and which villages they serve.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use salur_domain::{DistrictCode, RegencyCode, VillageCode, region};
use salur_store::setup::MasterData;

use super::{check::Checker, file};

/// Zones on Earth, minutes east of UTC.
const OFFSETS: std::ops::RangeInclusive<i32> = -720..=840;
/// Days on which a pay point is closed, of two years.
const CLOSED_MAX: usize = 800;
const VILLAGE_REMEDY: &str = "give 10 digits for a village, 6 for all of a district, 4 for all of a regency";

/// Villages with the pay point that serves them and the path that said so.
pub type Served = BTreeMap<VillageCode, (String, String)>;

/// Expands the villages of a pay point; each village is served by one.
pub fn villages(checker: &mut Checker, path: &str, point: &file::PayPoint, served: &mut Served) {
    // who only visits serves no village as a counter
    if point.villages.is_empty() && point.visits.is_empty() {
        checker.wrong(&format!("{path}.villages"), "empty".into(), VILLAGE_REMEDY);
    }
    serve(checker, &format!("{path}.villages"), &point.code, &point.villages, served);
}

/// Expands the villages whose families that cannot come a pay point visits.
pub fn visits(checker: &mut Checker, path: &str, point: &file::PayPoint, served: &mut Served) {
    if !point.visits.is_empty() && point.kind != "home_visit" {
        checker.wrong(&format!("{path}.visits"), "no home visit".into(), "only a pay point of kind home_visit visits families");
    }
    serve(checker, &format!("{path}.visits"), &point.code, &point.visits, served);
}

fn serve(checker: &mut Checker, path: &str, code: &str, given: &[String], served: &mut Served) {
    for (at, text) in given.iter().enumerate() {
        let field = format!("{path}[{at}]");
        let found = expand(text);
        if found.is_empty() {
            checker.wrong(&field, format!("`{text}` is no village, district or regency"), VILLAGE_REMEDY);
        }
        for village in found {
            if let Some((_, first)) = served.insert(village, (code.to_owned(), field.clone())) {
                checker.wrong(&field, format!("village {village} is served by {first} already"), "let one pay point serve it");
            }
        }
    }
}

/// The villages whose code begins so.
fn expand(text: &str) -> Vec<VillageCode> {
    if let Ok(village) = VillageCode::parse(text) {
        return if village.is_known() { vec![village] } else { Vec::new() };
    }
    if let Ok(district) = DistrictCode::parse(text) {
        return codes(district.regency()).filter(|village| village.district() == district).collect();
    }
    RegencyCode::parse(text).map(|regency| codes(regency).collect()).unwrap_or_default()
}

fn codes(regency: RegencyCode) -> impl Iterator<Item = VillageCode> {
    region::villages(regency).map(|(code, _)| code)
}

/// The kind, as the table writes it.
pub fn kind(checker: &mut Checker, path: &str, text: &str) -> &'static str {
    const KINDS: [&str; 3] = ["post_office", "community", "home_visit"];
    KINDS.into_iter().find(|kind| *kind == text).unwrap_or_else(|| {
        checker.wrong(&format!("{path}.kind"), "unknown kind".into(), "use post_office, community or home_visit");
        KINDS[0]
    })
}

/// Families of an hour and of a day, which are some, and the days on which it is closed.
pub fn capacity(checker: &mut Checker, path: &str, point: &file::PayPoint) -> Vec<NaiveDate> {
    for (field, families) in [("per_hour", point.per_hour), ("per_day", point.per_day)] {
        if families.is_some_and(|families| families < 1) {
            checker.wrong(&format!("{path}.{field}"), "not positive".into(), "give how many families it takes, or leave it out");
        }
    }
    if point.closed.len() > CLOSED_MAX {
        checker.wrong(&format!("{path}.closed"), format!("more than {CLOSED_MAX} days"), "leave out days that are over");
    }
    let mut closed = Vec::with_capacity(point.closed.len());
    for (at, text) in point.closed.iter().enumerate() {
        match text.parse::<NaiveDate>() {
            Ok(day) => closed.push(day),
            Err(_) => checker.wrong(&format!("{path}.closed[{at}]"), format!("`{text}` is no day"), "give days as 2026-08-17"),
        }
    }
    closed.sort_unstable();
    closed.dedup();
    closed
}

/// Coordinates, radius and zone.
pub fn position(checker: &mut Checker, path: &str, point: &file::PayPoint) {
    if !(-90.0..=90.0).contains(&point.latitude) {
        checker.wrong(&format!("{path}.latitude"), "not between -90 and 90".into(), "give degrees north");
    }
    if !(-180.0..=180.0).contains(&point.longitude) {
        checker.wrong(&format!("{path}.longitude"), "not between -180 and 180".into(), "give degrees east");
    }
    if point.radius_m < 1 {
        checker.wrong(&format!("{path}.radius_m"), "not positive".into(), "give how many metres away photos may be taken");
    }
    if !OFFSETS.contains(&point.utc_offset_minutes) {
        checker.wrong(&format!("{path}.utc_offset_minutes"), "no zone".into(), "give 420 for WIB, 480 for WITA, 540 for WIT");
    }
}

/// Regencies that have money and villages that no pay point serves: rows from there will be held.
pub fn uncovered(data: &MasterData) -> Vec<String> {
    let served: BTreeSet<&str> = data.villages.iter().map(|village| village.village.as_str()).collect();
    let regencies: BTreeSet<&str> = data.allocations.iter().map(|allocation| allocation.regency.as_str()).collect();
    let missing = |regency: &str| {
        let code = RegencyCode::parse(regency).ok()?;
        let count = codes(code).filter(|village| !served.contains(village.to_string().as_str())).count();
        (count > 0)
            .then(|| format!("{count} villages of {regency} have an allocation and no pay point: rows from there will be held (PAY01)"))
    };
    regencies.into_iter().filter_map(missing).collect()
}
