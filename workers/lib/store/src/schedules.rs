//! Schedules: who asked for one, which pay point closes, and what each pay point will have to take.
//!
//! Slots are advice, so nothing here locks a payment; who plans holds one lock over all schedules, since tranches share pay points. A step is remembered with
//! the village it ended at, so that one heard again tells the same. Bounds: see [`steps`].

pub mod hours;
pub mod shown;
pub mod steps;

use salur_domain::{DecisionId, TrancheId, schedule::Rule};
use salur_schemas::{PayPointClosed, ScheduleAsked};
use sqlx::types::chrono::NaiveDate;

use crate::{Error, Timestamp, Tx, sql};

sql! {
    ASK = "INSERT INTO schedules (id, tranche, rule, per_hour, closing, actor, effect, refused)
        SELECT $1, $2, $3, $4, $5, $6, CASE why WHEN '' THEN 'planned' ELSE 'refused' END, why FROM (SELECT CASE
            WHEN t.id IS NULL THEN 'unknown' WHEN t.closes_at <= now() THEN 'over' ELSE '' END AS why
          FROM (SELECT) AS one LEFT JOIN tranches t ON t.id = $2) AS judged
        ON CONFLICT DO NOTHING";
    SCHEDULE = "SELECT s.rule, s.per_hour, s.effect, s.decided_at, c.pay_point AS closed, c.from_day, c.instead
        FROM schedules s LEFT JOIN pay_point_closings c ON c.id = s.closing WHERE s.id = $1 AND s.tranche = $2";
    EXPECT = "INSERT INTO schedule_points (schedule, tranche, pay_point, families)
        WITH new AS (SELECT p.pay_point, count(*) AS families FROM payments p
            WHERE p.tranche = $2 AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
              AND NOT EXISTS (SELECT FROM slots_now s WHERE s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL) GROUP BY 1)
        SELECT $1, $2, n.pay_point, n.families + (SELECT count(*) FROM slots_now s WHERE s.pay_point = n.pay_point AND s.day >= $3)
        FROM new n ON CONFLICT DO NOTHING";
    EXPECT_ELSEWHERE = "INSERT INTO schedule_points (schedule, tranche, pay_point, families)
        SELECT $1, $2, $5, count(*) FROM slots_now s WHERE (s.pay_point = $5 AND s.day >= $3) OR (s.tranche = $2 AND s.pay_point = $4 AND s.day >= $3)
        HAVING count(*) > 0 ON CONFLICT DO NOTHING";
    CLOSE = "INSERT INTO pay_point_closings (id, pay_point, from_day, instead, document, actor, reissue, effect, refused)
        SELECT $1, $2, $3, $4, $5, $6, $7, CASE why WHEN '' THEN 'closed' ELSE 'refused' END, why FROM (SELECT CASE
            WHEN $2 = $4 THEN 'itself'
            WHEN (SELECT count(*) FROM pay_points WHERE code IN ($2, $4)) < 2 THEN 'unknown'
            WHEN EXISTS (SELECT FROM pay_point_closings c WHERE c.pay_point IN ($2, $4) AND c.effect = 'closed'
              AND c.from_day <= $3 AND c.id <> $1) THEN 'closed'
            ELSE '' END AS why) AS judged
        ON CONFLICT (id) DO NOTHING";
    CLOSED = "SELECT effect = 'closed' AS is_closed, decided_at FROM pay_point_closings WHERE id = $1";
    BEGUN = "SELECT tranche FROM schedules WHERE closing = $1 ORDER BY tranche";
    CONCERNED = "SELECT DISTINCT s.tranche FROM slots_now s JOIN tranches t ON t.id = s.tranche
        WHERE s.pay_point = $1 AND s.day >= $2 AND t.closes_at > now() ORDER BY s.tranche";
    CAPACITY = "SELECT per_hour FROM schedules WHERE tranche = $1 AND effect = 'planned' ORDER BY decided_at DESC, id DESC LIMIT 1";
    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('schedules', 0))";
}

/// A schedule as it was decided.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Schedule {
    rule: String,
    per_hour: Option<i32>,
    effect: String,
    decided_at: Timestamp,
    closed: Option<String>,
    from_day: Option<NaiveDate>,
    instead: Option<String>,
}

impl Schedule {
    /// Whether it is carried out.
    pub fn is_planned(&self) -> bool {
        self.effect == "planned"
    }

    /// When it was decided.
    pub fn decided_at(&self) -> Timestamp {
        self.decided_at
    }

    fn rule(&self) -> Result<Rule, Error> {
        Rule::parse(&self.rule).ok_or_else(|| Error::invariant(format!("rule {} of a schedule", self.rule)))
    }
}

/// Remembers that a schedule was asked for, and what each pay point will have to take.
pub async fn ask(tx: &mut Tx, fact: &ScheduleAsked) -> Result<Schedule, Error> {
    let per_hour = fact.per_hour.map(|families| i32::try_from(families).unwrap_or(i32::MAX));
    begin(tx, (fact.decision, fact.tranche), (fact.rule, per_hour), None, &fact.actor).await
}

async fn begin(
    tx: &mut Tx,
    (id, tranche): (DecisionId, TrancheId),
    (rule, per_hour): (Rule, Option<i32>),
    closing: Option<&PayPointClosed>,
    actor: &str,
) -> Result<Schedule, Error> {
    let failed = || Error::database("beginning a schedule");
    sqlx::query(LOCK).execute(tx.connection()).await.map_err(failed())?;
    let ask = sqlx::query(ASK).bind(id.0).bind(tranche.0).bind(rule.as_str()).bind(per_hour);
    let ask = ask.bind(closing.map(|closing| closing.decision.0)).bind(actor);
    let is_new = ask.execute(tx.connection()).await.map_err(failed())?.rows_affected() == 1;
    let schedule = read(tx, id, tranche).await?;
    if is_new && schedule.is_planned() {
        let expect = match closing {
            None => sqlx::query(EXPECT).bind(id.0).bind(tranche.0).bind(tx.now.date_naive()),
            Some(PayPointClosed { pay_point, from, instead, .. }) => {
                sqlx::query(EXPECT_ELSEWHERE).bind(id.0).bind(tranche.0).bind(from).bind(pay_point).bind(instead)
            }
        };
        expect.execute(tx.connection()).await.map_err(failed())?;
    }
    Ok(schedule)
}

async fn read(tx: &mut Tx, id: DecisionId, tranche: TrancheId) -> Result<Schedule, Error> {
    let read = sqlx::query_as(SCHEDULE).bind(id.0).bind(tranche.0).fetch_optional(tx.connection()).await;
    let read: Option<Schedule> = read.map_err(Error::database("reading a schedule"))?;
    read.ok_or_else(|| Error::invariant(format!("there is no schedule {id} of tranche {}", tranche.0)))
}

/// Remembers that a pay point closes; the tranches whose families are to be planned again, and since when.
pub async fn close(tx: &mut Tx, fact: &PayPointClosed) -> Result<Vec<(TrancheId, Timestamp)>, Error> {
    let failed = || Error::database("closing a pay point");
    sqlx::query(LOCK).execute(tx.connection()).await.map_err(failed())?;
    let close = sqlx::query(CLOSE).bind(fact.decision.0).bind(&fact.pay_point).bind(fact.from).bind(&fact.instead);
    let close = close.bind(&fact.document).bind(&fact.actor).bind(fact.reissue).execute(tx.connection()).await.map_err(failed())?;
    let stands = sqlx::query_as(CLOSED).bind(fact.decision.0).fetch_one(tx.connection()).await;
    let (is_closed, at): (bool, Timestamp) = stands.map_err(failed())?;
    if !is_closed {
        return Ok(Vec::new());
    }
    if close.rows_affected() == 0 {
        return begun(tx, fact.decision, at).await;
    }
    let tranches = sqlx::query_scalar(CONCERNED).bind(&fact.pay_point).bind(fact.from).fetch_all(tx.connection()).await;
    let tranches: Vec<i32> = tranches.map_err(failed())?;
    for tranche in &tranches {
        // whoever stands in takes as many an hour as the tranche was planned with, where it has no capacity of its own
        let per_hour = sqlx::query_scalar(CAPACITY).bind(tranche).fetch_optional(tx.connection()).await.map_err(failed())?.flatten();
        begin(tx, (fact.decision, TrancheId(*tranche)), (Rule::Villages, per_hour), Some(fact), &fact.actor).await?;
    }
    Ok(tranches.into_iter().map(|tranche| (TrancheId(tranche), at)).collect())
}

/// Tranches in which a closing began schedules: heard again, it tells the same.
async fn begun(tx: &mut Tx, closing: DecisionId, at: Timestamp) -> Result<Vec<(TrancheId, Timestamp)>, Error> {
    let read = sqlx::query_scalar(BEGUN).bind(closing.0).fetch_all(tx.connection()).await;
    let tranches: Vec<i32> = read.map_err(Error::database("reading what a closing began"))?;
    Ok(tranches.into_iter().map(|tranche| (TrancheId(tranche), at)).collect())
}
