//! Rules about time: the camera, the statement, the claim, the window, the pay point's hours, and when the photo came.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, Utc};

use super::{Capture, Code, Findings, Statement};

/// Every finding about time.
pub fn examine(capture: &Capture, findings: &mut Findings<'_>) {
    let scanned_at = server_time(&capture.statement);
    camera(capture, findings);
    window(capture, scanned_at, findings);
    lease(capture, scanned_at, findings);
    hours(capture, scanned_at, findings);
    arrival(capture, scanned_at, findings);
}

/// The time of the scan by the server's clock.
pub fn server_time(statement: &Statement) -> DateTime<Utc> {
    let taken_at = statement.taken_at.to_utc();
    let offset = TimeDelta::try_seconds(statement.clock_offset_s);
    offset.and_then(|offset| taken_at.checked_sub_signed(offset)).unwrap_or(taken_at)
}

/// Camera and statement are read off the same clock, so the offset of that clock does not enter.
fn camera(capture: &Capture, findings: &mut Findings<'_>) {
    let Capture { exif, statement, pay_point, .. } = capture;
    let offset_min = exif.offset_min.unwrap_or(pay_point.offset_min);
    let Some(camera) = exif.taken_at.and_then(|naive| camera_time(naive, offset_min)) else { return };
    let apart = camera.signed_duration_since(statement.taken_at).num_seconds();
    if apart.saturating_abs() > findings.policy.exif_tolerance_s {
        let evidence = [("exif", camera.to_rfc3339()), ("statement", statement.taken_at.to_rfc3339()), ("apart_s", apart.to_string())];
        findings.note(Code::Tim01, &evidence);
    }
}

fn window(capture: &Capture, scanned_at: DateTime<Utc>, findings: &mut Findings<'_>) {
    let window = capture.window;
    if !(window.opens_at..=window.closes_at).contains(&scanned_at) {
        let evidence = [
            ("scanned_at", scanned_at.to_rfc3339()),
            ("opens_at", window.opens_at.to_rfc3339()),
            ("closes_at", window.closes_at.to_rfc3339()),
        ];
        findings.note(Code::Tim02, &evidence);
    }
}

fn lease(capture: &Capture, scanned_at: DateTime<Utc>, findings: &mut Findings<'_>) {
    let Capture { claim, received_at, .. } = capture;
    let late = scanned_at.signed_duration_since(claim.expires_at.min(*received_at)).num_seconds();
    let early = claim.at.signed_duration_since(scanned_at).num_seconds();
    if early.max(late) > findings.policy.lease_allowance_s {
        let evidence = [
            ("scanned_at", scanned_at.to_rfc3339()),
            ("claimed_at", claim.at.to_rfc3339()),
            ("expires_at", claim.expires_at.to_rfc3339()),
            ("received_at", received_at.to_rfc3339()),
        ];
        findings.note(Code::Tim03, &evidence);
    }
}

fn hours(capture: &Capture, scanned_at: DateTime<Utc>, findings: &mut Findings<'_>) {
    let Some((opens, closes)) = capture.pay_point.hours else { return };
    let local = (scanned_at.naive_utc() + TimeDelta::minutes(i64::from(capture.pay_point.offset_min))).time();
    if !(opens..=closes).contains(&local) {
        findings.note(Code::Tim04, &[("local_time", local.to_string()), ("opens", opens.to_string()), ("closes", closes.to_string())]);
    }
}

/// When it came, and how far the device's clock was off.
fn arrival(capture: &Capture, scanned_at: DateTime<Utc>, findings: &mut Findings<'_>) {
    let Capture { statement, received_at, .. } = capture;
    let later_s = received_at.signed_duration_since(scanned_at).num_seconds();
    if later_s > findings.policy.offline_allowance_s {
        findings.note(Code::Tim05, &[("scanned_at", scanned_at.to_rfc3339()), ("received_at", received_at.to_rfc3339())]);
    }
    if statement.clock_offset_s.saturating_abs() > findings.policy.clock_tolerance_s {
        findings.note(Code::Tim06, &[("clock_off_s", statement.clock_offset_s.to_string())]);
    }
}

fn camera_time(naive: NaiveDateTime, offset_min: i32) -> Option<DateTime<FixedOffset>> {
    let offset = FixedOffset::east_opt(offset_min.checked_mul(60)?)?;
    naive.and_local_timezone(offset).single()
}
