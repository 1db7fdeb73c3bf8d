//! The hours of pay points as a plan sees them: when each is open, for how many, and who is in them already, of whatever tranche.

use std::sync::Arc;

use chrono::{DateTime, Days, FixedOffset, NaiveDateTime, NaiveTime};
use salur_domain::{
    DecisionId, TrancheId,
    schedule::{DAYS_MAX, Hours, Opening, Points},
};
use sqlx::types::chrono::NaiveDate;

use crate::{Error, Timestamp, Tx, sql};

sql! {
    OPENINGS = "SELECT q.code, q.opens, q.closes, q.utc_offset_minutes, q.per_hour, q.per_day, q.closed, t.opens_at, t.closes_at,
          (SELECT min(c.from_day) FROM pay_point_closings c WHERE c.pay_point = q.code AND c.effect = 'closed') AS closed_from,
          (SELECT e.families FROM schedule_points e WHERE e.schedule = $3 AND e.tranche = $2 AND e.pay_point = q.code) AS families
        FROM pay_points q, tranches t WHERE q.code = ANY($1) AND t.id = $2";
    LOADS = "SELECT pay_point, day, starts, count(*) FROM slots_now WHERE pay_point = ANY($1) AND day >= $2 GROUP BY 1, 2, 3";
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    code: String,
    opens: NaiveTime,
    closes: NaiveTime,
    utc_offset_minutes: i32,
    per_hour: Option<i32>,
    per_day: Option<i32>,
    closed: Vec<NaiveDate>,
    opens_at: Timestamp,
    closes_at: Timestamp,
    closed_from: Option<NaiveDate>,
    families: Option<i64>,
}

impl Row {
    /// What is open of the tranche's window from tomorrow on: nobody is told to come today.
    fn opening(&self, now: Timestamp, per_hour: Option<i32>) -> Opening {
        let zone = FixedOffset::east_opt(self.utc_offset_minutes * 60).expect("the table bounds offsets to a day");
        let local = |at: DateTime<chrono::Utc>| -> NaiveDateTime { at.with_timezone(&zone).naive_local() };
        let tomorrow = local(now).date().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN);
        let window = (local(self.opens_at).max(tomorrow), local(self.closes_at));
        let is_open = |day: &NaiveDate| !self.closed.contains(day) && self.closed_from.is_none_or(|from| *day < from);
        let days = window.0.date().iter_days().take_while(|day| *day <= window.1.date()).take(DAYS_MAX).filter(is_open);
        let limit = |families: Option<i32>| families.map(i32::unsigned_abs);
        Opening {
            days: days.collect(),
            opens: self.opens,
            closes: self.closes,
            window,
            per_hour: limit(self.per_hour.or(per_hour)),
            per_day: limit(self.per_day),
        }
    }
}

/// The hours of these pay points for a tranche, at the pace of a schedule.
pub async fn of(
    tx: &mut Tx,
    (schedule, tranche): (DecisionId, TrancheId),
    per_hour: Option<i32>,
    mut codes: Vec<String>,
) -> Result<Points, Error> {
    let failed = || Error::database("reading the hours of pay points");
    codes.sort_unstable();
    codes.dedup();
    let rows = sqlx::query_as(OPENINGS).bind(&codes).bind(tranche.0).bind(schedule.0).fetch_all(tx.connection()).await;
    let rows: Vec<Row> = rows.map_err(failed())?;
    let loads = sqlx::query_as(LOADS).bind(&codes).bind(tx.now.date_naive()).fetch_all(tx.connection()).await;
    let loads: Vec<(String, NaiveDate, NaiveTime, i64)> = loads.map_err(failed())?;
    let mut points = Points::with_capacity(rows.len());
    for row in rows {
        let hours = Hours::new(row.opening(tx.now, per_hour));
        // who visits is asked by whom it meets: the pace is for counters
        let hours = match row.families {
            Some(families) => hours.paced(families.unsigned_abs()),
            None => hours,
        };
        points.insert(Arc::from(row.code.as_str()), hours);
    }
    for (code, day, starts, families) in loads {
        if let Some(hours) = points.get_mut(code.as_str()) {
            hours.load(day, starts, u32::try_from(families).unwrap_or(u32::MAX));
        }
    }
    Ok(points)
}
