//! How tellers, pay points and devices hand over, in numbers, to be sorted: `GET /proofs/conduct`, and `GET /api/proofs/conduct` for programs.
//!
//! Numbers of a province or a regency within some days; who acts for a region sees the proofs of its families alone. Nobody's photo or name is in it, so no
//! reason is asked; what it leads to is looked at for one. Bounds: [`DAYS_MAX`] days, a province, [`conduct::LINES`] lines, [`SHOWN`] on the page.

mod words;

use askama::Template;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use chrono::{Days, NaiveDate, TimeDelta, Utc};
use salur_domain::{
    ProvinceCode,
    actor::{Act, covers},
    reason::Language,
    region,
};
use salur_store::gallery::conduct::{self, By, Line, Range};
use serde::Deserialize;
use serde_json::{Value, json};

use super::midnight;
use crate::{
    Portal,
    access::Caller,
    pages::{Frame, PageRefusal, Viewer, escaped, show},
    refusal::Refusal,
    told::Sought,
    words::count,
};
use words::Words;

/// Days that are counted together: two tranches.
const DAYS_MAX: i64 = 62;
/// Days, where nobody names any.
const DAYS: i64 = 31;
/// Lines on the page; programs are told all.
const SHOWN: usize = 200;
/// What lines are sorted by; the first where nobody says.
const SORTS: [&str; 7] = ["questioned", "proofs", "not_proven", "complaints", "seconds", "metres", "hours"];
/// The finding that a visit was out of hours.
const OUT_OF_HOURS: &str = "TIM04";

pub(super) fn routes() -> Router<Portal> {
    Router::new().route("/proofs/conduct", get(page)).route("/api/proofs/conduct", get(door))
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    by: String,
    place: String,
    from: String,
    to: String,
    sort: String,
}

#[derive(Template)]
#[template(path = "conduct.html")]
struct ConductPage {
    f: Frame,
    w: &'static Words,
    bys: Vec<(&'static str, &'static str, bool)>,
    sorts: Vec<(&'static str, &'static str, bool)>,
    asked: Asked,
    lines: Vec<Row>,
}

/// A line as texts; bars are hundredths of the longest.
struct Row {
    code: String,
    proofs: String,
    questioned: String,
    wide: i64,
    not_proven: String,
    complaints: String,
    hours: String,
    seconds: String,
    metres: String,
    findings: Vec<(String, String, i64)>,
    see: String,
}

/// What is counted, and how it is sorted.
struct Wanted {
    by: By,
    range: Range,
    sort: &'static str,
}

fn wrong(field: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, field, message)
}

impl Asked {
    fn read(&mut self, region: &str) -> Result<Wanted, Refusal> {
        let by = match self.by.as_str() {
            "" | "teller" => By::Teller,
            "pay_point" => By::PayPoint,
            "device" => By::Device,
            _ => return Err(wrong("by", "numbers are by teller, pay_point or device")),
        };
        let sort = if self.sort.is_empty() { Some(&SORTS[0]) } else { SORTS.iter().find(|sort| **sort == self.sort) };
        let sort = *sort
            .ok_or_else(|| wrong("sort", "lines are sorted by questioned, proofs, not_proven, complaints, seconds, metres or hours"))?;
        if self.place.is_empty() {
            region.clone_into(&mut self.place);
        }
        let regencies = regencies(&self.place).ok_or_else(|| wrong("place", "name a province by two digits, or a regency by four"))?;
        if !covers(region, &self.place) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "region", "this place is outside the region that you act for"));
        }
        let day = |field, text: &str, default: NaiveDate| match text {
            "" => Ok(default),
            text => NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong(field, "a day is written YYYY-MM-DD")),
        };
        let to = day("to", &self.to, (Utc::now() + TimeDelta::hours(7)).date_naive())?;
        let from = day("from", &self.from, to - TimeDelta::days(DAYS - 1))?;
        if !(0..DAYS_MAX).contains(&(to - from).num_days()) {
            return Err(wrong("from", "from the first day to the last there are 1 to 62 days"));
        }
        (self.from, self.to) = (from.to_string(), to.to_string());
        let end = to.checked_add_days(Days::new(1)).ok_or_else(|| wrong("to", "this day is too far off"))?;
        Ok(Wanted { by, range: Range { regencies, from: midnight(from), to: midnight(end) }, sort })
    }
}

/// The regencies of a place that is one or a province.
fn regencies(place: &str) -> Option<Vec<String>> {
    let is_number = place.bytes().all(|byte| byte.is_ascii_digit());
    match place.len() {
        4 if is_number => Some(vec![place.to_owned()]),
        2 => {
            let found: Vec<String> = region::regencies(ProvinceCode::parse(place).ok()?).map(|(code, _)| code.to_string()).collect();
            (!found.is_empty()).then_some(found)
        }
        _ => None,
    }
}

async fn read(portal: &Portal, caller: &Caller, asked: &mut Asked) -> Result<Vec<Line>, Refusal> {
    caller.must(Act::SeeProofs)?;
    let Wanted { by, range, sort } = asked.read(&caller.actor.region)?;
    let mut tx = portal.database().snapshot_portal().await?;
    let mut lines = conduct::read(&mut tx, by, &range).await?;
    lines.sort_by(|a, b| weight(b, sort).total_cmp(&weight(a, sort)).then_with(|| a.code.cmp(&b.code)));
    Ok(lines)
}

/// What a line is sorted by, the largest first; the fastest stand first among seconds.
fn weight(line: &Line, sort: &str) -> f64 {
    match sort {
        "proofs" => float(line.proofs),
        "not_proven" => float(line.not_proven),
        "complaints" => float(line.complaints),
        "seconds" => line.seconds.map_or(f64::NEG_INFINITY, |seconds| -seconds),
        "metres" => line.metres.unwrap_or(f64::NEG_INFINITY),
        "hours" => float(line.found(OUT_OF_HOURS)),
        _ => float(line.questioned) / float(line.proofs.max(1)),
    }
}

fn float(number: i64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

async fn door(State(portal): State<Portal>, caller: Caller, Sought(mut asked): Sought<Asked>) -> Result<Json<Value>, Refusal> {
    let lines = read(&portal, &caller, &mut asked).await?;
    Ok(Json(json!({ "place": asked.place, "from": asked.from, "to": asked.to, "lines": lines })))
}

async fn page(State(portal): State<Portal>, viewer: Viewer, Query(mut asked): Query<Asked>) -> Result<Response, PageRefusal> {
    let w = Words::of(viewer.language);
    let lines = if viewer.caller.actor.region.is_empty() && asked.place.is_empty() {
        // of the country nothing is counted at once: a place is asked for first
        viewer.caller.must(Act::SeeProofs).map(|()| Vec::new())
    } else {
        read(&portal, &viewer.caller, &mut asked).await
    };
    let lines = lines.map_err(|refusal| viewer.refused(refusal))?;
    let is_chosen = |word: &str, chosen: &str, first: &str| word == chosen || (chosen.is_empty() && word == first);
    let bys = [("teller", w.teller), ("pay_point", w.pay_point), ("device", w.device)];
    let names = [w.questioned, w.proofs, w.not_proven, w.complaints, w.seconds, w.metres, w.hours];
    Ok(show(&ConductPage {
        f: viewer.frame(),
        w,
        bys: bys.map(|(word, name)| (word, name, is_chosen(word, &asked.by, "teller"))).to_vec(),
        sorts: SORTS.into_iter().zip(names).map(|(word, name)| (word, name, is_chosen(word, &asked.sort, SORTS[0]))).collect(),
        lines: lines.iter().take(SHOWN).map(|line| row(line, &asked, viewer.language)).collect(),
        asked,
    }))
}

fn row(line: &Line, asked: &Asked, language: Language) -> Row {
    let share = line.questioned.saturating_mul(1_000) / line.proofs.max(1);
    let whole = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"));
    let mut findings: Vec<(&String, &i64)> = line.findings.iter().collect();
    findings.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let bar = |(code, number): (&String, &i64)| (code.clone(), count(*number, language), number.saturating_mul(100) / line.proofs.max(1));
    let by = if asked.by.is_empty() { "teller" } else { asked.by.as_str() };
    Row {
        code: line.code.clone(),
        proofs: count(line.proofs, language),
        questioned: format!("{} ({}.{} %)", count(line.questioned, language), share / 10, share % 10),
        wide: share / 10,
        not_proven: count(line.not_proven, language),
        complaints: count(line.complaints, language),
        hours: count(line.found(OUT_OF_HOURS), language),
        seconds: whole(line.seconds),
        metres: whole(line.metres),
        findings: findings.into_iter().take(6).map(bar).collect(),
        see: format!("/proofs?place={}&{by}={}&from={}&to={}", asked.place, escaped(&line.code), asked.from, asked.to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_is_its_regencies_and_a_country_is_too_much() {
        assert_eq!(regencies("1902"), Some(vec!["1902".to_owned()]));
        assert!(regencies("19").is_some_and(|found| found.len() > 3 && found.contains(&"1906".to_owned())));
        assert_eq!([regencies(""), regencies("99"), regencies("19x2"), regencies("1902011001")], [const { None }; 4]);
    }

    #[test]
    fn what_cannot_be_counted_is_refused_by_field() {
        let read = |by: &str, place: &str, from: &str, sort: &str| {
            let mut asked = Asked { by: by.into(), place: place.into(), from: from.into(), to: "2026-03-31".into(), sort: sort.into() };
            asked.read("19").map(|wanted| wanted.range.regencies.len()).map_err(|refusal| refusal.code())
        };
        assert_eq!(read("", "1902", "", ""), Ok(1));
        assert_eq!(read("family", "1902", "", ""), Err("by"));
        assert_eq!(read("", "1102", "", ""), Err("region"));
        assert_eq!(read("", "1902", "2025-01-01", ""), Err("from"));
        assert_eq!(read("", "1902", "2026-04-01", ""), Err("from"));
        assert_eq!(read("", "1902", "", "beauty"), Err("sort"));
    }
}
