//! Schedules as they are shown: what came of one, how full each pay point is, and the slots of a pay point in order.

use salur_domain::{DecisionId, TrancheId};
use serde::Serialize;
use sqlx::types::chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use super::hours;
use crate::{Database, Error, Page, Timestamp, Tx, page::asked, sql};

/// Slots of one answer.
pub const PAGE: i64 = 500;
/// Before every slot.
const FIRST: &str = "0001-01-01/00:00:00//00000000-0000-0000-0000-000000000000";
/// Where families without a slot stand: last.
const NO_DAY: &str = "infinity";
const NO_HOUR: &str = "24:00:00";
/// Digits of a village.
const VILLAGE_LEN: usize = 10;

sql! {
    EFFECT = "SELECT effect, refused, decided_at FROM pay_point_closings WHERE id = $1 UNION ALL
        SELECT effect, refused, decided_at FROM schedules WHERE id = $1 AND closing IS NULL LIMIT 1";
    STANDS = "SELECT t.code AS tranche, s.rule, coalesce(sum(d.placed), 0)::bigint AS placed, coalesce(sum(d.missing), 0)::bigint AS missing,
          bool_or(d.after IS NOT NULL AND d.last IS NULL) AS is_made
        FROM schedules s JOIN tranches t ON t.id = s.tranche
        LEFT JOIN schedule_steps d ON d.schedule = s.id AND d.tranche = s.tranche WHERE s.id = $1 GROUP BY t.id, s.rule ORDER BY t.id";
    // families without a slot beside the hours that their pay points have
    POINTS = "SELECT q.code AS pay_point, q.name, q.kind, q.per_hour, q.per_day,
          count(p.id) FILTER (WHERE s.day IS NOT NULL AND s.pay_point = q.code) AS placed, count(p.id) FILTER (WHERE s.day IS NULL) AS without,
          min(s.day) FILTER (WHERE s.pay_point = q.code) AS first_day, max(s.day) FILTER (WHERE s.pay_point = q.code) AS last_day
        FROM tranches t JOIN payments p ON p.tranche = t.id LEFT JOIN slots_now s ON s.tranche = p.tranche AND s.payment = p.id
        JOIN pay_points q ON q.code = CASE WHEN s.day IS NULL THEN p.pay_point ELSE s.pay_point END
        WHERE t.code = $1 AND starts_with(p.village, $2) AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
        GROUP BY q.code ORDER BY q.code";
    MISSING = "SELECT s.reason, count(*) AS families FROM tranches t JOIN slots_now s ON s.tranche = t.id AND s.day IS NULL
        JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment WHERE t.code = $1 AND starts_with(p.village, $2)
          AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL GROUP BY 1 ORDER BY 1";
    SLOTS = "SELECT s.payment, s.pay_point, s.day, s.starts, s.reason, s.version, p.village, r.masked_name, r.masked_nik, p.amount,
          (SELECT c.serial FROM cheques c WHERE c.tranche = p.tranche AND c.payment = p.id ORDER BY c.version DESC LIMIT 1) AS serial,
          b.pay_point AS was_at, b.day AS was_on, b.starts AS was_from
        FROM tranches t JOIN slots_now s ON s.tranche = t.id JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment
        JOIN recipients r ON r.batch = p.batch AND r.row = p.row
        LEFT JOIN slots b ON b.tranche = s.tranche AND b.payment = s.payment AND b.version = s.version - 1 AND b.day IS NOT NULL
        WHERE t.code = $1 AND starts_with(p.village, $2) AND ($3 = '' OR s.pay_point = $3) AND ($4::uuid IS NULL OR s.schedule = $4)
          AND p.cancelled_at IS NULL AND p.returned_at IS NULL
          AND (coalesce(s.day, 'infinity'), coalesce(s.starts, '24:00'), p.village, s.payment) > ($5::text::date, $6::text::time, $7, $8)
        ORDER BY coalesce(s.day, 'infinity'), coalesce(s.starts, '24:00'), p.village, s.payment LIMIT $9";
    ASKED = "SELECT p.pay_point, count(*) FROM tranches t JOIN payments p ON p.tranche = t.id WHERE t.code = $1 AND p.handed_over_at IS NULL
          AND p.returned_at IS NULL AND p.cancelled_at IS NULL
          AND NOT EXISTS (SELECT FROM slots_now s WHERE s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL) GROUP BY 1 ORDER BY 1";
    HOURS = "SELECT day, starts, village, count(*) FILTER (WHERE comes) AS families, count(*) + count(*) FILTER (WHERE NOT comes) AS changes
        FROM (SELECT s.day, s.starts, p.village, n.version = s.version AND p.cancelled_at IS NULL AND p.returned_at IS NULL AS comes
          FROM tranches t JOIN slots s ON s.tranche = t.id JOIN slots_now n ON n.tranche = s.tranche AND n.payment = s.payment
          JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment
          WHERE t.code = $1 AND starts_with(p.village, $2) AND s.pay_point = $3) AS ever GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    PAY_POINT = "SELECT code, name, address, utc_offset_minutes FROM pay_points WHERE code = $1";
}

/// What came of asking for a schedule, or of closing a pay point.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of schedules and closings")]
pub struct Effect {
    pub effect: String,
    pub refused: String,
    pub decided_at: Timestamp,
}

/// How far a schedule is in a tranche.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Stands {
    /// Code of the tranche.
    pub tranche: String,
    /// Who comes on which days.
    pub rule: String,
    /// Families with a slot by now.
    pub placed: i64,
    /// Families without.
    pub missing: i64,
    /// Whether nothing more comes.
    pub is_made: bool,
}

/// A pay point and its families of a tranche.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Point {
    /// Its code.
    pub pay_point: String,
    /// Its name.
    pub name: String,
    /// `post_office`, `community`, `home_visit`.
    pub kind: String,
    /// Families of an hour; none: nobody said.
    pub per_hour: Option<i32>,
    /// Families of a day; none: what its hours take.
    pub per_day: Option<i32>,
    /// Families with a slot there.
    pub placed: i64,
    /// Families that are paid there and have no slot.
    pub without: i64,
    /// First day with a slot.
    pub first_day: Option<NaiveDate>,
    /// Last day with a slot.
    pub last_day: Option<NaiveDate>,
}

/// Families without a slot, by reason.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Missing {
    /// As in the table of slots.
    pub reason: String,
    /// How many.
    pub families: i64,
}

/// A slot as it is shown, masked.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of slots, payments and recipients")]
pub struct Shown {
    pub payment: Uuid,
    pub pay_point: String,
    pub day: Option<NaiveDate>,
    pub starts: Option<NaiveTime>,
    /// Why there is none; empty where there is one.
    pub reason: String,
    pub version: i16,
    pub village: String,
    pub masked_name: String,
    pub masked_nik: String,
    pub amount: i64,
    pub serial: Option<String>,
    /// Where the version before was.
    pub was_at: Option<String>,
    pub was_on: Option<NaiveDate>,
    pub was_from: Option<NaiveTime>,
}

/// Families of a village in an hour.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of slots")]
pub struct Hour {
    pub day: NaiveDate,
    pub starts: NaiveTime,
    pub village: String,
    /// Families that come; none where all who were to come have another slot or no payment.
    pub families: i64,
    /// Families that were ever to come in this hour, and once more those of them that are not any longer: grows with each change.
    pub changes: i64,
}

/// A pay point as a calendar names it.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of pay points")]
pub struct Named {
    pub code: String,
    pub name: String,
    pub address: String,
    pub utc_offset_minutes: i32,
}

/// Which slots are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// Code of a tranche.
    pub tranche: &'a str,
    /// The caller's region; empty: the country.
    pub region: &'a str,
    /// Code of a pay point; empty: all, and those without.
    pub pay_point: &'a str,
    /// Only what this schedule planned: whom to tell.
    pub schedule: Option<Uuid>,
    /// [`Shown::place`] of the last one seen; empty: from the beginning.
    pub after: &'a str,
}

impl Shown {
    /// Where a list goes on after it.
    pub fn place(&self) -> String {
        let day = self.day.map_or_else(|| NO_DAY.to_owned(), |day| day.to_string());
        let starts = self.starts.map_or_else(|| NO_HOUR.to_owned(), |starts| starts.format("%H:%M:%S").to_string());
        format!("{day}/{starts}/{}/{}", self.village, self.payment)
    }
}

/// What a schedule would begin with at a pay point.
#[derive(Debug, Clone, Serialize)]
pub struct Look {
    /// Its code.
    pub pay_point: String,
    /// Families that have no slot.
    pub families: i64,
    /// How many its hours take from tomorrow on.
    pub room: u64,
}

/// What a schedule would begin with: families without a slot beside the room of their pay points.
pub async fn look(tx: &mut Tx, tranche: (TrancheId, &str), per_hour: Option<i32>) -> Result<Vec<Look>, Error> {
    let asked = sqlx::query_as(ASKED).bind(tranche.1).fetch_all(tx.connection()).await;
    let asked: Vec<(String, i64)> = asked.map_err(Error::database("looking at what a schedule would begin with"))?;
    let codes = asked.iter().map(|(code, _)| code.clone()).collect();
    let points = hours::of(tx, (DecisionId(Uuid::nil()), tranche.0), per_hour, codes).await?;
    let look = |(pay_point, families): (String, i64)| {
        let room = points.get(pay_point.as_str()).map_or(0, salur_domain::schedule::Hours::room);
        Look { pay_point, families, room }
    };
    Ok(asked.into_iter().map(look).collect())
}

/// What came of a decision.
pub async fn effect(database: &Database, decision: DecisionId) -> Result<Option<Effect>, Error> {
    let read = sqlx::query_as(EFFECT).bind(decision.0).fetch_optional(database.pool()).await;
    read.map_err(Error::database("reading what came of a schedule"))
}

/// How far a schedule is, by tranche.
pub async fn stands(database: &Database, decision: DecisionId) -> Result<Vec<Stands>, Error> {
    let read = sqlx::query_as(STANDS).bind(decision.0).fetch_all(database.pool()).await;
    read.map_err(Error::database("reading how far a schedule is"))
}

/// Pay points of a tranche, and why families have no slot.
pub async fn points(database: &Database, tranche: &str, region: &str) -> Result<(Vec<Point>, Vec<Missing>), Error> {
    let failed = || Error::database("reading the schedule of a tranche");
    let points = sqlx::query_as(POINTS).bind(tranche).bind(region).fetch_all(database.pool()).await.map_err(failed())?;
    let missing = sqlx::query_as(MISSING).bind(tranche).bind(region).fetch_all(database.pool()).await.map_err(failed())?;
    Ok((points, missing))
}

/// Slots in the order of time, at most [`PAGE`]; those without one last. None where `after` is no place of a list.
pub async fn slots(database: &Database, sought: &Sought<'_>) -> Result<Option<Page<Shown>>, Error> {
    let mut place = if sought.after.is_empty() { FIRST } else { sought.after }.split('/');
    let (Some(day), Some(starts), Some(village), Some(payment), None) =
        (place.next(), place.next(), place.next(), place.next(), place.next())
    else {
        return Ok(None);
    };
    let Ok(payment) = payment.parse::<Uuid>() else { return Ok(None) };
    let is_place = (day == NO_DAY || day.parse::<NaiveDate>().is_ok()) && (starts == NO_HOUR || starts.parse::<NaiveTime>().is_ok());
    if !is_place || village.len() > VILLAGE_LEN || village.contains('\0') {
        return Ok(None);
    }
    let read = sqlx::query_as(SLOTS).bind(sought.tranche).bind(sought.region).bind(sought.pay_point).bind(sought.schedule);
    let read = read.bind(day).bind(starts).bind(village).bind(payment).bind(asked(PAGE)).fetch_all(database.pool()).await;
    Ok(Some(Page::of(read.map_err(Error::database("listing slots"))?, PAGE)))
}

/// Hours of a pay point with the villages that come.
pub async fn hours(database: &Database, tranche: &str, region: &str, pay_point: &str) -> Result<Vec<Hour>, Error> {
    let read = sqlx::query_as(HOURS).bind(tranche).bind(region).bind(pay_point).fetch_all(database.pool()).await;
    read.map_err(Error::database("reading the hours of a pay point"))
}

/// A pay point.
pub async fn pay_point(database: &Database, code: &str) -> Result<Option<Named>, Error> {
    let read = sqlx::query_as(PAY_POINT).bind(code).fetch_optional(database.pool()).await;
    read.map_err(Error::database("reading a pay point"))
}
