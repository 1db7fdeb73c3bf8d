//! A right capture has no findings; each wrong one has its own.

use super::*;

const TANJUNG_PANDAN: Place = Place { latitude: -2.7333, longitude: 107.6333 };

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// Scanned at 09:04 WIB, a minute after the claim, at the post office.
fn right() -> Capture {
    Capture {
        origin: Origin { signature_valid: true, token_of_claim: true, device_of_claim: true },
        picture: Picture {
            readable: true,
            as_stated: true,
            pixels: Some(1_000_000),
            light: Some(Light { mean: 120, blown_per_mille: 20, spread: 55, sharpness: 400 }),
            embedded_apart: Some(4),
        },
        file: File { quality: Some(90), ..File::default() },
        exif: ExifFacts {
            present: true,
            malformed: false,
            taken_at: Some("2020-07-14T09:04:30".parse().expect("a time")),
            offset_min: Some(420),
            position: Some(TANJUNG_PANDAN),
            software: Some("OPM8.190605.003".into()),
        },
        statement: Statement {
            taken_at: "2020-07-14T09:04:00+07:00".parse().expect("a time"),
            clock_offset_s: 0,
            position: Some(TANJUNG_PANDAN),
            accuracy_m: 20.0,
        },
        claim: Claim { at: at("2020-07-14T02:03:00Z"), expires_at: at("2020-07-14T02:13:00Z") },
        window: Window { opens_at: at("2020-07-14T01:00:00Z"), closes_at: at("2020-08-14T09:00:00Z") },
        pay_point: PayPoint {
            place: TANJUNG_PANDAN,
            radius_m: 300.0,
            offset_min: 420,
            hours: Some((NaiveTime::from_hms_opt(8, 0, 0).expect("a time"), NaiveTime::from_hms_opt(16, 0, 0).expect("a time"))),
        },
        received_at: at("2020-07-14T02:05:00Z"),
    }
}

fn codes(change: impl FnOnce(&mut Capture)) -> Vec<Code> {
    let mut capture = right();
    change(&mut capture);
    examine(&capture, &Policy::default()).into_iter().map(|finding| finding.code).collect()
}

/// A place so many metres north of the pay point.
fn shifted(metres_north: f64) -> Place {
    Place { latitude: TANJUNG_PANDAN.latitude + metres_north / 111_195.0, ..TANJUNG_PANDAN }
}

fn taken(text: &str) -> DateTime<FixedOffset> {
    text.parse().expect("a time")
}

#[test]
fn a_right_capture_has_no_findings_and_is_accepted() {
    assert_eq!(codes(|_| ()), []);
    assert_eq!(judge(&[]), Judgement::Accepted);
}

#[test]
fn forged_captures_are_refused_and_no_policy_softens_that() {
    assert_eq!(codes(|c| c.origin.signature_valid = false), [Code::Sig01]);
    assert_eq!(codes(|c| c.origin.token_of_claim = false), [Code::Tok01]);
    assert_eq!(codes(|c| c.origin.device_of_claim = false), [Code::Dev01]);
    let soft = Policy { severities: Code::ALL.into_iter().map(|code| (code, Severity::Info)).collect(), ..Policy::default() };
    let mut capture = right();
    capture.origin.signature_valid = false;
    capture.exif.present = false;
    let findings = examine(&capture, &soft);
    assert_eq!((findings[0].severity, findings[1].severity, judge(&findings)), (Severity::Refuse, Severity::Info, Judgement::Refused));
}

#[test]
fn wrong_pictures_are_questioned() {
    assert_eq!(codes(|c| c.picture = Picture { readable: false, pixels: None, ..c.picture }), [Code::Fil01]);
    assert_eq!(codes(|c| c.picture.as_stated = false), [Code::Fil02]);
    assert_eq!(codes(|c| c.picture.pixels = Some(499_999)), [Code::Pic01]);
    assert_eq!(codes(|c| c.picture.pixels = Some(500_000)), []);
    assert_eq!(codes(|c| c.exif = ExifFacts::default()), [Code::Exf01]);
    assert_eq!(codes(|c| c.exif.malformed = true), [Code::Exf02]);
}

/// A picture of nothing: black, white and even at once, as no camera makes it.
const NOTHING: Light = Light { mean: 0, blown_per_mille: 1_000, spread: 0, sharpness: 0 };

#[test]
fn what_cannot_be_seen_is_questioned_at_the_limit_of_the_policy() {
    let seen = |change: fn(&mut Light)| {
        codes(|c| {
            let mut light = c.picture.light.expect("it decodes");
            change(&mut light);
            c.picture.light = Some(light);
        })
    };
    assert_eq!((seen(|l| l.mean = 19), seen(|l| l.mean = 20)), (vec![Code::Pic02], vec![]));
    assert_eq!((seen(|l| l.blown_per_mille = 600), seen(|l| l.blown_per_mille = 599)), (vec![Code::Pic03], vec![]));
    assert_eq!((seen(|l| l.sharpness = 11), seen(|l| l.sharpness = 12)), (vec![Code::Pic04], vec![]));
    assert_eq!((seen(|l| l.spread = 7), seen(|l| l.spread = 8)), (vec![Code::Pic05], vec![]));
}

#[test]
fn a_file_that_is_something_else_too_is_questioned_and_a_trailer_is_told() {
    assert_eq!(codes(|c| c.file.trailing = 1), [Code::Fil03]);
    assert_eq!(codes(|c| c.file = File { trailing: 90, second: Some("zip"), ..c.file.clone() }), [Code::Fil03, Code::Fil04]);
}

#[test]
fn editors_and_copies_leave_marks_and_firmware_does_not() {
    assert_eq!(codes(|c| c.file.editor = Some("Adobe Photoshop 25.0".into())), [Code::Ori01]);
    assert_eq!(codes(|c| c.exif.software = Some("Snapseed 2.0".into())), [Code::Ori01]);
    for firmware in ["OPM8.190605.003", "MediaTek Camera Application", "16.5.1", "A515FXXU5"] {
        assert_eq!(codes(|c| c.exif.software = Some(firmware.into())), [], "{firmware}");
    }
    assert_eq!(
        (codes(|c| c.picture.embedded_apart = Some(21)), codes(|c| c.picture.embedded_apart = Some(20))),
        (vec![Code::Ori02], vec![])
    );
    assert_eq!((codes(|c| c.file.quality = Some(69)), codes(|c| c.file.quality = Some(70))), (vec![Code::Ori03], vec![]));
}

#[test]
fn a_late_photo_and_a_wrong_clock_are_told() {
    let after = |received| codes(|c| c.received_at = at(received));
    assert_eq!((after("2020-07-17T02:04:00Z"), after("2020-07-17T02:04:01Z")), (vec![], vec![Code::Tim05]));
    let off = |seconds| {
        codes(|c| {
            c.statement.clock_offset_s = seconds;
            c.statement.taken_at += chrono::TimeDelta::seconds(seconds);
            c.exif.taken_at = Some(c.statement.taken_at.naive_local());
        })
    };
    assert_eq!((off(600), off(601), off(-601)), (vec![], vec![Code::Tim06], vec![Code::Tim06]));
}

#[test]
fn odd_places_are_told_and_sources_that_disagree_are_questioned() {
    let whole = Place { latitude: -3.0, longitude: 107.0 };
    assert_eq!(codes(|c| c.exif.position = Some(whole)), [Code::Plc01, Code::Plc05, Code::Plc07]);
    assert_eq!(codes(|c| c.statement.position = Some(Place { latitude: 0.0, longitude: 0.0 })), [Code::Plc04]);
    assert_eq!(codes(|c| c.statement.accuracy_m = 501.0), [Code::Plc06]);
    let wide = |accuracy_m: f64| {
        codes(|c| {
            c.pay_point.radius_m = 5_000.0;
            c.exif.position = Some(shifted(1_100.0));
            c.statement.accuracy_m = accuracy_m;
        })
    };
    assert_eq!((wide(20.0), wide(150.0)), (vec![Code::Plc07], vec![]));
}

#[test]
fn a_capture_is_compared_with_other_visits_and_the_strongest_likeness_is_named() {
    let found =
        |history: History| -> Vec<Code> { examine_history(&history, &Policy::default()).into_iter().map(|finding| finding.code).collect() };
    let capture = crate::CaptureId(uuid::Uuid::nil());
    let (same_bytes, alike) = (Some(capture), Some(Alike { capture, apart_per_mille: 30 }));
    assert_eq!(found(History::default()), []);
    assert_eq!(found(History { same_bytes, alike_anywhere: alike, alike_nearby: alike, ..History::default() }), [Code::Sam01]);
    assert_eq!(found(History { alike_anywhere: alike, alike_nearby: alike, ..History::default() }), [Code::Sam02]);
    assert_eq!(found(History { alike_nearby: alike, ..History::default() }), [Code::Sam03]);
    let since = |seconds| found(History { since_other_s: Some(seconds), ..History::default() });
    assert_eq!((since(14), since(-14), since(15)), (vec![Code::Tel01], vec![Code::Tel01], vec![]));
    let received = |families, households| found(History { proxy: Some(Repeats { families, households }), ..History::default() });
    assert_eq!((received(1, 1), received(3, 1), received(2, 2)), (vec![], vec![], vec![Code::Prx01]));
    let anybody = Policy { proxy_max_households: 0, ..Policy::default() };
    assert_eq!(examine_history(&History { proxy: Some(Repeats { families: 9, households: 9 }), ..History::default() }, &anybody), []);
}

#[test]
fn tim01_compares_camera_and_statement_by_the_same_clock() {
    let camera = |text: &str| Some(text.parse::<NaiveDateTime>().expect("a time"));
    assert_eq!(codes(|c| c.exif.taken_at = camera("2020-07-14T09:09:00")), [], "five minutes");
    assert_eq!(codes(|c| c.exif.taken_at = camera("2020-07-14T09:09:01")), [Code::Tim01]);
    assert_eq!(codes(|c| c.exif.taken_at = camera("2020-07-14T08:58:59")), [Code::Tim01]);
    assert_eq!(codes(|c| c.exif.offset_min = None), [], "without an offset it is the pay point's clock");
    assert_eq!(codes(|c| c.exif.offset_min = Some(480)), [Code::Tim01], "the same digits in another zone");
    let fast = |c: &mut Capture| {
        c.statement = Statement { taken_at: taken("2020-07-14T10:04:00+07:00"), clock_offset_s: 3_600, ..c.statement };
        c.exif.taken_at = camera("2020-07-14T10:04:30");
    };
    assert_eq!(codes(fast), [Code::Tim06], "a clock known to be an hour fast: told, not questioned");
}

#[test]
fn tim02_holds_the_scan_against_the_window() {
    assert_eq!(codes(|c| c.window.opens_at = at("2020-07-14T02:04:00Z")), [], "the first moment");
    assert_eq!(codes(|c| c.window.opens_at = at("2020-07-14T02:04:01Z")), [Code::Tim02]);
    assert_eq!(codes(|c| c.window.closes_at = at("2020-07-14T02:04:00Z")), [], "the last moment");
    assert_eq!(codes(|c| c.window.closes_at = at("2020-07-14T02:03:59Z")), [Code::Tim02]);
}

#[test]
fn tim03_holds_the_scan_against_lease_and_receipt() {
    assert_eq!(codes(|c| c.claim.at = at("2020-07-14T02:09:00Z")), [], "within the allowance");
    assert_eq!(codes(|c| c.claim.at = at("2020-07-14T02:09:01Z")), [Code::Tim03]);
    assert_eq!(codes(|c| c.claim.expires_at = at("2020-07-14T01:58:59Z")), [Code::Tim03]);
    assert_eq!(codes(|c| c.received_at = at("2020-07-14T01:58:59Z")), [Code::Tim03], "scanned after it was received");
    assert_eq!(codes(|c| c.received_at = at("2020-07-20T00:00:00Z")), [Code::Tim05], "uploaded days later: the scan counts");
    let absurd = |c: &mut Capture| c.statement.clock_offset_s = i64::MIN;
    assert_eq!(codes(absurd), [Code::Tim06], "an offset that is no time is no offset");
}

#[test]
fn tim04_tells_of_hours_and_questions_nothing() {
    let mut capture = right();
    capture.pay_point.hours = Some((NaiveTime::from_hms_opt(9, 5, 0).expect("a time"), NaiveTime::MIN));
    let findings = examine(&capture, &Policy::default());
    assert_eq!((findings[0].code, judge(&findings)), (Code::Tim04, Judgement::Accepted));
    assert_eq!(findings[0].evidence["local_time"], "09:04:00");
    assert_eq!(codes(|c| c.pay_point.hours = None), []);
}

#[test]
fn places_are_held_against_the_pay_point() {
    assert_eq!(codes(|c| c.exif.position = Some(shifted(299.0))), []);
    assert_eq!(codes(|c| c.exif.position = Some(shifted(301.0))), [Code::Plc01]);
    assert_eq!(codes(|c| c.statement.position = Some(shifted(319.0))), [], "its accuracy is allowed for");
    assert_eq!(codes(|c| c.statement.position = Some(shifted(321.0))), [Code::Plc02]);
    let vague = |c: &mut Capture| c.statement = Statement { position: Some(shifted(900.0)), accuracy_m: 50_000.0, ..c.statement };
    assert_eq!(codes(vague), [Code::Plc02, Code::Plc06], "but not any accuracy");
    let broken = |c: &mut Capture| c.statement = Statement { position: Some(shifted(301.0)), accuracy_m: f64::NAN, ..c.statement };
    assert_eq!(codes(broken), [Code::Plc02, Code::Plc06]);
}

#[test]
fn plc03_tells_that_no_source_knows_a_place() {
    let nowhere = |place: Option<Place>| {
        codes(|c| {
            c.exif.position = place;
            c.statement.position = place;
        })
    };
    assert_eq!(nowhere(None), [Code::Plc03]);
    assert_eq!(nowhere(Some(Place { latitude: 0.0, longitude: 0.0 })), [Code::Plc03, Code::Plc04]);
    assert_eq!(nowhere(Some(Place { latitude: f64::NAN, longitude: 107.0 })), [Code::Plc03]);
    assert_eq!(nowhere(Some(Place { latitude: 91.0, longitude: 107.0 })), [Code::Plc03]);
    assert_eq!(codes(|c| c.exif.position = None), [], "one source is enough");
}

#[test]
fn findings_stand_in_the_order_of_the_list_and_codes_read_back() {
    let everything = codes(|c| {
        c.origin = Origin { signature_valid: false, token_of_claim: false, device_of_claim: false };
        c.picture = Picture { readable: false, as_stated: false, pixels: Some(1), light: Some(NOTHING), embedded_apart: Some(40) };
        c.file = File { trailing: 9, second: Some("zip"), editor: Some("GIMP 2.10".into()), quality: Some(40) };
        c.exif = ExifFacts { present: false, malformed: true, position: Some(shifted(9_000.0)), ..c.exif.clone() };
        c.statement = Statement {
            taken_at: taken("2021-01-01T00:00:00+07:00"),
            position: Some(Place { latitude: -3.0, longitude: 108.0 }),
            ..c.statement
        };
        c.statement = Statement { accuracy_m: 9_000.0, clock_offset_s: 700, ..c.statement };
        c.received_at = at("2021-02-01T00:00:00Z");
    });
    let of_history = [Code::Sam01, Code::Sam02, Code::Sam03, Code::Tel01, Code::Prx01];
    let excluded = [Code::Plc03, Code::Plc04]; // a place is known
    let expected: Vec<Code> = Code::ALL.into_iter().filter(|code| !of_history.contains(code) && !excluded.contains(code)).collect();
    assert_eq!(everything, expected);
    assert!(Code::ALL.is_sorted());
    for code in Code::ALL {
        assert_eq!(Code::parse(code.as_str()), Some(code));
        assert_eq!(serde_json::to_value(code).expect("JSON"), code.as_str());
    }
}

#[test]
fn evidence_says_which_source_a_place_came_from() {
    let mut capture = right();
    capture.exif.position = Some(shifted(1_000.0));
    let findings = examine(&capture, &Policy::default());
    let json = serde_json::to_value(&findings).expect("JSON");
    assert_eq!(
        (&json[0]["code"], &json[0]["severity"], &json[0]["evidence"]["source"]),
        (&"PLC01".into(), &"question".into(), &"exif".into())
    );
    assert_eq!(json[0]["evidence"]["distance_m"], "1000");
}
