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
        picture: Picture { readable: true, as_stated: true, pixels: Some(1_000_000), used_before: false },
        exif: ExifFacts {
            present: true,
            malformed: false,
            taken_at: Some("2020-07-14T09:04:30".parse().expect("a time")),
            offset_min: Some(420),
            position: Some(TANJUNG_PANDAN),
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
    assert_eq!(codes(|c| c.picture.used_before = true), [Code::Sam01]);
    assert_eq!(codes(|c| c.picture.pixels = Some(499_999)), [Code::Pic01]);
    assert_eq!(codes(|c| c.picture.pixels = Some(500_000)), []);
    assert_eq!(codes(|c| c.exif = ExifFacts::default()), [Code::Exf01]);
    assert_eq!(codes(|c| c.exif.malformed = true), [Code::Exf02]);
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
    assert_eq!(codes(fast), [], "a clock known to be an hour fast");
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
    assert_eq!(codes(|c| c.received_at = at("2020-07-20T00:00:00Z")), [], "uploaded days later: the scan counts");
    let absurd = |c: &mut Capture| c.statement.clock_offset_s = i64::MIN;
    assert_eq!(codes(absurd), [], "an offset that is no time is no offset");
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
    assert_eq!(codes(vague), [Code::Plc02], "but not any accuracy");
    let broken = |c: &mut Capture| c.statement = Statement { position: Some(shifted(301.0)), accuracy_m: f64::NAN, ..c.statement };
    assert_eq!(codes(broken), [Code::Plc02]);
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
    assert_eq!(nowhere(Some(Place { latitude: 0.0, longitude: 0.0 })), [Code::Plc03]);
    assert_eq!(nowhere(Some(Place { latitude: f64::NAN, longitude: 107.0 })), [Code::Plc03]);
    assert_eq!(nowhere(Some(Place { latitude: 91.0, longitude: 107.0 })), [Code::Plc03]);
    assert_eq!(codes(|c| c.exif.position = None), [], "one source is enough");
}

#[test]
fn findings_stand_in_the_order_of_the_list_and_codes_read_back() {
    let everything = codes(|c| {
        c.origin = Origin { signature_valid: false, token_of_claim: false, device_of_claim: false };
        c.picture = Picture { readable: false, as_stated: false, pixels: Some(1), used_before: true };
        c.exif = ExifFacts { present: false, malformed: true, position: Some(shifted(5_000.0)), ..c.exif };
        c.statement = Statement { taken_at: taken("2021-01-01T00:00:00+07:00"), position: Some(shifted(5_000.0)), ..c.statement };
    });
    assert_eq!(everything, Code::ALL[..Code::ALL.len() - 1], "all but PLC03, which excludes PLC01 and PLC02");
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
