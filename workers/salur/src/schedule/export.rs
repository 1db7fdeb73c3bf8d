//! Slots as files: a table of families, masked, and a calendar of hours that names none. Bound: a page of slots, or the hours of one pay point, in memory.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use chrono::{NaiveDate, NaiveTime, TimeDelta, Utc};
use salur_domain::{VillageCode, region};
use salur_formats::{
    icalendar::{Calendar, Event},
    table::{Cell, Csv},
};
use serde_json::Value;
use uuid::Uuid;

use super::{rows, text};
use crate::{api::Api, cli::Outcome};

const TEXTS: [&str; 13] = [
    "day",
    "starts",
    "pay_point",
    "village",
    "masked_name",
    "masked_nik",
    "serial",
    "payment",
    "reason",
    "was_at",
    "was_on",
    "was_from",
    "version",
];

/// Writes slots, page by page.
pub async fn table(api: &Api, tranche: &str, pay_point: &str, changes_of: Option<Uuid>, out: &Path) -> Outcome {
    let schedule = changes_of.map(|id| id.to_string()).unwrap_or_default();
    let mut csv = Csv::new(BufWriter::new(File::create(out)?), &TEXTS)?;
    let (mut after, mut lines) = (String::new(), 0_u64);
    loop {
        let query = [("tranche", tranche), ("pay_point", pay_point), ("schedule", schedule.as_str()), ("after", after.as_str())];
        let told = api.get("/api/slots", &query).await?;
        for slot in rows(&told, "slots") {
            csv.write(TEXTS.map(|field| slot[field].as_i64().map_or_else(|| Cell::Text(text(slot, field).to_owned()), Cell::Number)))?;
            lines += 1;
        }
        match told["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    csv.finish()?.flush()?;
    eprintln!("{lines} families in {}", out.display());
    Ok(ExitCode::SUCCESS)
}

/// Writes the hours of a pay point.
pub async fn calendar(api: &Api, tranche: &str, pay_point: &str, out: &Path) -> Outcome {
    let told = api.get("/api/slots/hours", &[("tranche", tranche), ("pay_point", pay_point)]).await?;
    let point = &told["pay_point"];
    let (name, address) = (text(point, "name"), text(point, "address"));
    let offset = TimeDelta::minutes(point["utc_offset_minutes"].as_i64().unwrap_or_default());
    let mut calendar = Calendar::begin(BufWriter::new(File::create(out)?), &format!("{name}, {tranche}"))?;
    let (stamp, mut events) = (Utc::now(), 0_u64);
    let hours: Vec<&Value> = rows(&told, "hours").collect();
    for hour in hours.chunk_by(|a, b| (&a["day"], &a["starts"]) == (&b["day"], &b["starts"])) {
        let (day, starts): (NaiveDate, NaiveTime) = (text(hour[0], "day").parse()?, text(hour[0], "starts").parse()?);
        let from = (day.and_time(starts) - offset).and_utc();
        let sum = |field: &str| hour.iter().filter_map(|village| village[field].as_i64()).sum::<i64>();
        let (families, sequence) = (sum("families"), sum("changes"));
        let coming = hour.iter().filter(|one| one["families"] != 0);
        let villages: Vec<String> = coming.map(|one| format!("{} {}", village(text(one, "village")), one["families"])).collect();
        let summary = format!("{families} keluarga: {}", villages.join(", "));
        let uid = format!("{tranche}-{pay_point}-{day}-{}@salur", starts.format("%H%M"));
        let location = format!("{name}, {address}");
        let (to, is_cancelled) = (from + TimeDelta::hours(1), families == 0);
        let event = Event { uid: &uid, sequence, is_cancelled, stamp, from, to, summary: &summary, location: &location };
        calendar.event(&event)?;
        events += 1;
    }
    calendar.end()?.flush()?;
    eprintln!("{events} hours in {}", out.display());
    Ok(ExitCode::SUCCESS)
}

fn village(code: &str) -> String {
    VillageCode::parse(code).ok().and_then(region::village_name).unwrap_or(code).to_owned()
}
