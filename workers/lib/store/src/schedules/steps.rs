//! A step of a schedule: which families it is about, and what they are told.
//!
//! Bounds: a step has [`STEP_FAMILIES`] families of whole villages, or one village of [`VILLAGE_MAX`]; what is more waits for another schedule.

use std::{collections::HashMap, sync::Arc};

use salur_domain::{
    BatchId, PaymentId, RowKey, TrancheId,
    schedule::{Family, Hints, Planned, Slot, Ways},
};
use salur_schemas::ScheduleAdvanced;
use sqlx::types::chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use super::{LOCK, SCHEDULE, Schedule, hours, read};
use crate::{Database, Error, Timestamp, Tx, sql};

/// Families of a step.
pub const STEP_FAMILIES: i64 = 5_000;
/// Families of one village that a schedule plans.
pub const VILLAGE_MAX: i64 = 50_000;

/// Families without a slot: newest first of what is known of each.
macro_rules! waiting {
    ($villages:literal) => {
        concat!(
            "SELECT p.village, p.id, p.batch, p.row, r.sealed FROM payments p JOIN recipients r ON r.batch = p.batch AND r.row = p.row
            WHERE p.tranche = $1 AND p.village ",
            $villages,
            " AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
              AND NOT EXISTS (SELECT FROM slots_now s WHERE s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL)
            ORDER BY p.village, p.id LIMIT $3"
        )
    };
}

/// Families whose slot is at a pay point that closes.
macro_rules! stranded {
    ($villages:literal) => {
        concat!(
            "SELECT p.village, p.id, p.batch, p.row, r.sealed FROM slots_now s JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment
            JOIN recipients r ON r.batch = p.batch AND r.row = p.row WHERE s.tranche = $1 AND p.village ", $villages, "
              AND s.pay_point = $4 AND s.day >= $5 AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
            ORDER BY p.village, p.id LIMIT $3"
        )
    };
}

sql! {
    WAITING = waiting!("> $2");
    WAITING_IN = waiting!("= $2");
    STRANDED = stranded!("> $2");
    STRANDED_IN = stranded!("= $2");
    DATA_KEYS = "SELECT id, data_key FROM batches WHERE id = ANY($1) AND data_key IS NOT NULL";
    WINDOW = "SELECT opens_at FROM tranches WHERE id = $1";
    STEP = "SELECT last, at FROM schedule_steps WHERE schedule = $1 AND tranche = $2 AND after = $3";
    STANDING = "SELECT p.id, p.household, p.village, p.pay_point AS counter, v.pay_point AS visits, (SELECT c.instead FROM pay_point_closings c
            WHERE c.pay_point = p.pay_point AND c.effect = 'closed' ORDER BY c.from_day, c.id LIMIT 1) AS stand_in,
          s.version, s.pay_point, s.day, s.starts, s.reason
        FROM payments p JOIN unnest($2::uuid[]) AS k(id) ON p.id = k.id LEFT JOIN home_visit_villages v ON v.village = p.village
        LEFT JOIN slots_now s ON s.tranche = p.tranche AND s.payment = p.id
        WHERE p.tranche = $1 AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL";
    WITH = "SELECT DISTINCT ON (p.household) p.household, s.pay_point, s.day, s.starts FROM payments p
        JOIN slots_now s ON s.tranche = p.tranche AND s.payment = p.id AND s.day > $3
        WHERE p.tranche = $1 AND p.household = ANY($2) ORDER BY p.household, p.id";
    WRITE = "INSERT INTO slots (tranche, payment, version, schedule, pay_point, day, starts, reason)
        SELECT $1, payment, version, $2, pay_point, day, starts, reason
        FROM unnest($3::uuid[], $4::smallint[], $5::text[], $6::date[], $7::time[], $8::text[]) AS s(payment, version, pay_point, day, starts, reason)";
    REMEMBER = "INSERT INTO schedule_steps (schedule, tranche, after, last, placed, missing) VALUES ($1, $2, $3, $4, $5, $6)";
    // after the slots of the step were written: what is on a day now less what was
    MOVE = "INSERT INTO schedule_days (schedule, tranche, after, regency, day, families, rupiah)
        SELECT $1, $2, $3, left(p.village, 4), m.day, sum(m.sign), sum(m.sign * p.amount) FROM slots s
        JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment
        LEFT JOIN slots b ON b.tranche = s.tranche AND b.payment = s.payment AND b.version = s.version - 1
        CROSS JOIN LATERAL (VALUES (s.day, 1), (b.day, -1)) AS m(day, sign)
        JOIN unnest($4::uuid[], $5::smallint[]) AS k(payment, version) ON s.payment = k.payment AND s.version = k.version
        WHERE s.tranche = $2 AND m.day IS NOT NULL GROUP BY 4, 5 HAVING sum(m.sign) <> 0 OR sum(m.sign * p.amount) <> 0";
    // who was moved by the step and had a cheque by then; from rows that nobody changes, so that a step heard again says the same
    OUTDATED = "SELECT s.payment, (SELECT max(c.version) FROM cheques c WHERE c.tranche = s.tranche AND c.payment = s.payment
            AND c.issued_at < s.planned_at) AS version, g.document, g.actor
        FROM schedules h JOIN pay_point_closings g ON g.id = h.closing AND g.reissue
        JOIN slots b ON b.tranche = h.tranche AND b.pay_point = g.pay_point AND b.day >= g.from_day
        JOIN slots s ON s.tranche = b.tranche AND s.payment = b.payment AND s.version = b.version + 1 AND s.schedule = h.id AND s.day IS NOT NULL
        JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment AND p.village > $3 AND ($4::text IS NULL OR p.village <= $4)
        WHERE h.id = $1 AND h.tranche = $2 ORDER BY s.payment";
    TOTALS = "SELECT coalesce(sum(placed), 0)::bigint, coalesce(sum(missing), 0)::bigint FROM schedule_steps WHERE schedule = $1 AND tranche = $2";
}

/// A family that waits for a slot, with its row still sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    village: String,
    id: Uuid,
    batch: Uuid,
    row: String,
    /// Its row, sealed.
    pub sealed: Vec<u8>,
}

/// Families of a step.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// In order of villages and payments.
    pub families: Vec<Waiting>,
    /// The last village; none: nothing comes after this step.
    pub last: Option<String>,
    /// Wrapped data keys; one that was destroyed is not there.
    pub data_keys: HashMap<BatchId, Vec<u8>>,
    /// First moment of payment, to which ages are counted.
    pub opens_at: Option<Timestamp>,
}

/// What came of a step.
#[derive(Debug)]
pub enum Stepped {
    /// The villages after this one come next.
    Next(String, Timestamp),
    /// It was the last: families with a slot and without, over all steps.
    Made(u64, u64, Timestamp),
}

/// A family whose slot may be decided.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Standing {
    id: Uuid,
    household: Uuid,
    village: String,
    counter: String,
    visits: Option<String>,
    stand_in: Option<String>,
    version: Option<i16>,
    pay_point: Option<String>,
    day: Option<NaiveDate>,
    starts: Option<NaiveTime>,
    reason: Option<String>,
}

impl Schedule {
    /// Whether it is about a family as it stands.
    fn concerns(&self, family: &Standing) -> bool {
        match (&self.closed, self.from_day) {
            (Some(closed), Some(from)) => family.pay_point.as_ref() == Some(closed) && family.day.is_some_and(|day| day >= from),
            _ => family.day.is_none(),
        }
    }

    fn ways(&self, family: &Standing) -> Ways {
        let counter = self.instead.as_ref().unwrap_or(&family.counter);
        let code = |code: &Option<String>| code.as_deref().map(Arc::from);
        Ways { visits: code(&family.visits), counter: Some(counter.as_str().into()), stand_in: code(&family.stand_in) }
    }
}

impl Waiting {
    /// Its payment.
    pub fn payment(&self) -> PaymentId {
        PaymentId(self.id)
    }

    /// The row it came from.
    pub fn key(&self) -> (BatchId, RowKey) {
        (BatchId(self.batch), RowKey(self.row.clone()))
    }
}

/// A cheque that names a pay point which closed, where who closed it wants such cheques drawn anew.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Outdated {
    payment: Uuid,
    version: Option<i16>,
    /// The paper behind the closing.
    pub document: String,
    /// Who closed it.
    pub actor: String,
}

impl Outdated {
    /// The payment.
    pub fn payment(&self) -> PaymentId {
        PaymentId(self.payment)
    }

    /// The version that is out of date; none: the family had no cheque yet, and its first will say the new place.
    pub fn version(&self) -> Option<u16> {
        self.version.map(i16::cast_unsigned)
    }
}

/// The families of a step, of whole villages.
pub async fn contents(database: &Database, step: &ScheduleAdvanced) -> Result<Contents, Error> {
    let failed = || Error::database("reading who has no slot");
    let pool = database.pool();
    let schedule = sqlx::query_as(SCHEDULE).bind(step.schedule.0).bind(step.tranche.0).fetch_optional(pool).await.map_err(failed())?;
    let Some(schedule): Option<Schedule> = schedule else { return Ok(Contents::default()) };
    let [many, one] = if schedule.closed.is_some() { [STRANDED, STRANDED_IN] } else { [WAITING, WAITING_IN] };
    let look = async |text: &'static str, village: &str, limit: i64| -> Result<Vec<Waiting>, Error> {
        let read = sqlx::query_as(text).bind(step.tranche.0).bind(village).bind(limit);
        let read = if schedule.closed.is_some() { read.bind(&schedule.closed).bind(schedule.from_day) } else { read };
        read.fetch_all(pool).await.map_err(failed())
    };
    let mut families = look(many, step.after.as_deref().unwrap_or_default(), STEP_FAMILIES).await?;
    let is_full = i64::try_from(families.len()).is_ok_and(|count| count == STEP_FAMILIES);
    let mut last = None;
    if let Some(end) = families.last().map(|family| family.village.clone()).filter(|_| is_full) {
        families.retain(|family| family.village != end);
        last = families.last().map(|family| family.village.clone());
        if last.is_none() {
            families = look(one, &end, VILLAGE_MAX).await?;
            last = Some(end);
        }
    }
    let mut batches: Vec<Uuid> = families.iter().map(|family| family.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let keys: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(DATA_KEYS).bind(batches).fetch_all(pool).await.map_err(failed())?;
    let opens_at = sqlx::query_scalar(WINDOW).bind(step.tranche.0).fetch_optional(pool).await.map_err(failed())?;
    Ok(Contents { families, last, data_keys: keys.into_iter().map(|(batch, key)| (BatchId(batch), key)).collect(), opens_at })
}

/// What a step answered earlier.
pub async fn remembered(tx: &mut Tx, step: &ScheduleAdvanced) -> Result<Option<Stepped>, Error> {
    let failed = || Error::database("reading a step of a schedule");
    let (schedule, tranche, after) = (step.schedule.0, step.tranche.0, step.after.as_deref().unwrap_or_default());
    sqlx::query(LOCK).execute(tx.connection()).await.map_err(failed())?;
    let known = sqlx::query_as(STEP).bind(schedule).bind(tranche).bind(after).fetch_optional(tx.connection()).await;
    let known: Option<(Option<String>, Timestamp)> = known.map_err(failed())?;
    match known {
        None => Ok(None),
        Some((Some(last), at)) => Ok(Some(Stepped::Next(last, at))),
        Some((None, at)) => {
            let totals = sqlx::query_as(TOTALS).bind(schedule).bind(tranche).fetch_one(tx.connection()).await;
            let (placed, missing): (i64, i64) = totals.map_err(failed())?;
            Ok(Some(Stepped::Made(placed.unsigned_abs(), missing.unsigned_abs(), at)))
        }
    }
}

/// Plans the families of a step by what is known of each, village by village, and remembers it.
#[expect(clippy::implicit_hasher, reason = "one caller, with the usual map")]
pub async fn step(tx: &mut Tx, step: &ScheduleAdvanced, hints: &HashMap<PaymentId, Hints>, last: Option<&str>) -> Result<Stepped, Error> {
    if let Some(known) = remembered(tx, step).await? {
        return Ok(known);
    }
    let schedule = read(tx, step.schedule, step.tranche).await?;
    let ids: Vec<Uuid> = hints.keys().map(|payment| payment.0).collect();
    let standing = sqlx::query_as(STANDING).bind(step.tranche.0).bind(ids).fetch_all(tx.connection()).await;
    let mut standing: Vec<Standing> = standing.map_err(Error::database("reading who has no slot"))?;
    standing.retain(|family| schedule.concerns(family));
    standing.sort_unstable_by(|a, b| (&a.village, a.id).cmp(&(&b.village, b.id)));
    let with = households(tx, step.tranche, &standing).await?;
    let mut codes: Vec<String> = standing
        .iter()
        .flat_map(|family| [Some(family.counter.clone()), family.visits.clone(), family.stand_in.clone()])
        .flatten()
        .collect();
    codes.extend(schedule.instead.clone());
    codes.extend(with.values().map(|slot| slot.pay_point.to_string()));
    let mut points = hours::of(tx, (step.schedule, step.tranche), schedule.per_hour, codes).await?;
    let mut planned: Vec<Planned> = Vec::with_capacity(standing.len());
    for village in standing.chunk_by(|a, b| a.village == b.village) {
        let family = |family: &Standing| Family {
            payment: PaymentId(family.id),
            household: family.household,
            hints: hints[&PaymentId(family.id)],
            with: with.get(&family.household).filter(|_| schedule.closed.is_none()).cloned(),
        };
        // the families of a village have one counter, unless master data changed between their lists
        for alike in by_counter(village) {
            let families: Vec<Family> = alike.iter().map(|one| family(one)).collect();
            planned.extend(salur_domain::schedule::plan(schedule.rule()?, &families, &schedule.ways(alike[0]), &mut points));
        }
    }
    write(tx, step, &standing, &planned, last).await?;
    remembered(tx, step).await?.ok_or_else(|| Error::invariant("a step is remembered"))
}

/// Families that a step moved off a pay point whose cheques are drawn anew; `last` as the step told it.
pub async fn outdated(tx: &mut Tx, step: &ScheduleAdvanced, last: Option<&str>) -> Result<Vec<Outdated>, Error> {
    let read =
        sqlx::query_as(OUTDATED).bind(step.schedule.0).bind(step.tranche.0).bind(step.after.as_deref().unwrap_or_default()).bind(last);
    read.fetch_all(tx.connection()).await.map_err(Error::database("reading cheques that name a closed pay point"))
}

fn by_counter(village: &[Standing]) -> Vec<Vec<&Standing>> {
    let mut alike: std::collections::BTreeMap<&str, Vec<&Standing>> = std::collections::BTreeMap::new();
    for family in village {
        alike.entry(&family.counter).or_default().push(family);
    }
    alike.into_values().collect()
}

/// Slots that households have already.
async fn households(tx: &mut Tx, tranche: TrancheId, standing: &[Standing]) -> Result<HashMap<Uuid, Slot>, Error> {
    let households: Vec<Uuid> = standing.iter().map(|family| family.household).collect();
    let read = sqlx::query_as(WITH).bind(tranche.0).bind(households).bind(tx.now.date_naive()).fetch_all(tx.connection()).await;
    let rows: Vec<(Uuid, String, NaiveDate, NaiveTime)> = read.map_err(Error::database("reading slots of households"))?;
    let slot = |(household, pay_point, day, starts): (Uuid, String, NaiveDate, NaiveTime)| {
        (household, Slot { pay_point: Arc::from(pay_point), day, starts })
    };
    Ok(rows.into_iter().map(slot).collect())
}

async fn write(tx: &mut Tx, step: &ScheduleAdvanced, standing: &[Standing], planned: &[Planned], last: Option<&str>) -> Result<(), Error> {
    let failed = || Error::database("writing slots");
    if planned.len() != standing.len() {
        return Err(Error::invariant(format!("{} families planned of {}", planned.len(), standing.len())));
    }
    let before: HashMap<Uuid, &Standing> = standing.iter().map(|family| (family.id, family)).collect();
    let (mut payments, mut versions, mut points, mut days, mut starts, mut reasons) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    for (payment, slot) in planned {
        let known = before[&payment.0];
        let reason = slot.as_ref().err().map_or("", |missing| missing.as_str());
        if !reason.is_empty() && known.reason.as_deref() == Some(reason) {
            continue; // said before
        }
        let slot = slot.as_ref().ok();
        payments.push(payment.0);
        versions.push(known.version.unwrap_or(0) + 1);
        points.push(slot.map_or_else(String::new, |slot| slot.pay_point.to_string()));
        days.push(slot.map(|slot| slot.day));
        starts.push(slot.map(|slot| slot.starts));
        reasons.push(reason);
    }
    debug_assert!(standing.iter().all(|family| family.starts.is_some() == family.day.is_some()), "a slot has a day and an hour");
    let write = sqlx::query(WRITE).bind(step.tranche.0).bind(step.schedule.0).bind(&payments).bind(&versions).bind(points);
    write.bind(days).bind(starts).bind(reasons).execute(tx.connection()).await.map_err(failed())?;
    let small = |number: usize| i32::try_from(number).expect("a step is bounded");
    let missing = planned.iter().filter(|(_, slot)| slot.is_err()).count();
    let remember = sqlx::query(REMEMBER).bind(step.schedule.0).bind(step.tranche.0).bind(step.after.as_deref().unwrap_or_default());
    let remember = remember.bind(last).bind(small(planned.len() - missing)).bind(small(missing));
    remember.execute(tx.connection()).await.map_err(failed())?;
    let after = step.after.as_deref().unwrap_or_default();
    let moved = sqlx::query(MOVE).bind(step.schedule.0).bind(step.tranche.0).bind(after).bind(payments).bind(versions);
    moved.execute(tx.connection()).await.map(drop).map_err(failed())
}
