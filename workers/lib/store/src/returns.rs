//! Returns: the sweep over what was never handed over, and what it remembers.
//!
//! Pass by pass over the payments of a tranche by key, so many a step. A step is remembered with the range it looked at, so that one heard again tells
//! the same returns. A payment whose family stands at a counter is skipped and left to the next pass; a pass that skipped nothing ends the sweep. A paused
//! tranche is not swept, and of a paused regency nothing goes back: a pass that begins after its resumption returns that.
//! Bounds: one step at a time per tranche (its row is locked); a step reads its payments along the key.

pub mod acts;
pub mod captures;
pub mod reasons;
pub mod statements;

use std::collections::HashMap;

use salur_domain::{PaymentId, Rupiah, TrancheId, returns::ReturnReason};
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    pauses,
    payments::{self, Key, Moment, Payment},
    release, sql,
    tallies::{Deltas, Measure},
};

sql! {
    DUE = "SELECT id, return_pass + 1 AS pass, returns_at FROM tranches
        WHERE returns_at <= now() AND opened_at IS NOT NULL AND return_ended_at IS NULL AND (return_pass = 0 OR return_pass_ended_at IS NOT NULL)
          AND NOT EXISTS (SELECT FROM paused s WHERE s.kind = 'tranche' AND s.tranche = tranches.id)
          -- while a regency is paused, a pass begins where a counter held a cheque in the last one, or a regency was resumed since: a decision may be
          -- seen a moment later than its own
          AND (return_pass = 0 OR EXISTS (SELECT FROM return_steps r WHERE r.tranche = tranches.id AND r.pass = return_pass AND r.skipped > r.paused)
            OR NOT EXISTS (SELECT FROM paused s JOIN allocations a ON a.regency = s.scope WHERE s.kind = 'regency' AND a.tranche = tranches.id)
            OR EXISTS (SELECT FROM pauses d WHERE d.kind = 'regency' AND d.effect = 'resumed'
              AND d.decided_at >= return_pass_ended_at - interval '1 minute'))";
    STEP = "SELECT last, at FROM return_steps WHERE tranche = $1 AND pass = $2 AND after = $3";
    ALONG_THE_INDEX = "SELECT set_config('enable_' || plan, 'off', true) FROM unnest(ARRAY['sort', 'seqscan', 'bitmapscan']) AS s(plan)";
    // a payment whose return was reversed waits for the capture that did it
    UNPAID = "SELECT id FROM payments p WHERE tranche = $1 AND id > $2 AND handed_over_at IS NULL AND returned_at IS NULL AND cancelled_at IS NULL
          AND (round = 1 OR NOT EXISTS (SELECT FROM return_reversals v WHERE v.tranche = p.tranche AND v.payment = p.id AND v.n = p.round - 1))
        ORDER BY id LIMIT $3";
    LOCK_TRANCHE = "SELECT programme, returns_at <= now() AS is_over, return_pass, return_pass_ended_at IS NOT NULL OR return_pass = 0 AS rests
        FROM tranches WHERE id = $1 FOR NO KEY UPDATE";
    LOCK = "SELECT FROM tranches WHERE id = $1 FOR NO KEY UPDATE";
    // a visit that did not stand is over: no capture of its claim hands anything over any more
    AT_COUNTERS = "SELECT l.account FROM claim_leases l WHERE l.programme = $1 AND l.account = ANY($2) AND l.expires_at > now()
        AND NOT EXISTS (SELECT FROM reversals v WHERE v.claim = l.claim)";
    REASONS = "SELECT DISTINCT ON (r.payment) r.payment, r.reason FROM return_reasons r JOIN unnest($2::uuid[]) AS k(payment) USING (payment)
        WHERE r.tranche = $1 AND r.effect = 'kept' ORDER BY r.payment, r.given_at DESC, r.id";
    STOPPED = "SELECT a.payment, a.answer FROM registry_answers a JOIN unnest($2::uuid[]) AS k(payment) USING (payment)
        WHERE a.tranche = $1 AND a.answer <> 'confirmed'";
    INSERT = "INSERT INTO returns (tranche, payment, n, regency, reason, amount, statement)
        SELECT $1, payment, n, regency, reason, amount, $2
        FROM unnest($3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::bigint[]) AS r(payment, n, regency, reason, amount)";
    BEGIN_PASS = "UPDATE tranches SET return_pass = $2, return_pass_ended_at = NULL WHERE id = $1";
    REMEMBER = "INSERT INTO return_steps (tranche, pass, after, last, skipped, paused) VALUES ($1, $2, $3, $4, $5, $6)";
    SKIPPED = "SELECT coalesce(sum(skipped), 0)::bigint FROM return_steps WHERE tranche = $1 AND pass = $2";
    END_PASS = "UPDATE tranches SET return_pass_ended_at = now(), return_ended_at = CASE WHEN $2 THEN now() END WHERE id = $1";
    RETURNED_IN_ROUND = "SELECT payment, reason, amount, returned_at FROM returns WHERE tranche = $1 AND payment = $2 AND n = $3";
    RETURNED = "SELECT payment, reason, amount, returned_at FROM returns
        WHERE tranche = $1 AND payment > $2 AND ($3::uuid IS NULL OR payment <= $3) AND returned_at = $4 ORDER BY payment";
}

/// Statements of the parts of this module.
pub(crate) const ALL_STATEMENTS: [&[(&str, &str)]; 4] =
    [acts::STATEMENTS, captures::STATEMENTS, reasons::STATEMENTS, statements::STATEMENTS];

/// A step of the sweep, as asked for.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The tranche.
    pub tranche: TrancheId,
    /// Number of the pass.
    pub pass: i32,
    /// The payment after which it begins.
    pub after: Option<PaymentId>,
}

/// What came of a step.
#[derive(Debug)]
pub enum Swept {
    /// It was carried out, now or earlier.
    Done {
        /// What it returned.
        returned: Vec<Returned>,
        /// Where the next step begins; none: the pass ended.
        next: Option<PaymentId>,
        /// When.
        at: Timestamp,
    },
    /// Not its turn: the window is not over, or another pass is under way.
    Idle,
    /// A release of the tranche is under way.
    Releasing,
    /// The tranche is paused.
    Paused,
}

/// What comes of a payment that is open again.
#[derive(Debug)]
pub enum Reopened {
    /// Its window is open, a sweep comes by, or it went on meanwhile.
    Waits,
    /// A counter has the family's cheque.
    AtCounter,
    /// Its tranche or regency is paused.
    Paused,
    /// It goes back, now or earlier.
    Returned(Returned),
}

/// A payment returned.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Returned {
    payment: Uuid,
    reason: String,
    amount: i64,
    /// When.
    pub returned_at: Timestamp,
}

/// A tranche, locked.
#[derive(Debug, sqlx::FromRow)]
struct Tranche {
    programme: String,
    is_over: bool,
    return_pass: i32,
    rests: bool,
}

impl Returned {
    /// The payment.
    pub fn payment(&self) -> PaymentId {
        PaymentId(self.payment)
    }
    /// Why.
    pub fn reason(&self) -> Result<ReturnReason, Error> {
        ReturnReason::parse(&self.reason).ok_or_else(|| Error::invariant(format!("return reason {}", self.reason)))
    }
    /// How much.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("the table checks that amounts are positive")
    }
}

/// Tranches whose next pass may begin: the tranche, the pass, and since when.
pub async fn due(database: &Database) -> Result<Vec<(TrancheId, i32, Timestamp)>, Error> {
    let rows: Vec<(i32, i32, Timestamp)> =
        sqlx::query_as(DUE).fetch_all(database.pool()).await.map_err(Error::database("finding tranches to return"))?;
    Ok(rows.into_iter().map(|(tranche, pass, since)| (TrancheId(tranche), pass, since)).collect())
}

/// Locks a tranche: one return, statement or closing of it after the other.
async fn lock(tx: &mut Tx, tranche: TrancheId) -> Result<(), Error> {
    let locked = sqlx::query(LOCK).bind(tranche.0).fetch_optional(tx.connection()).await.map_err(Error::database("locking a tranche"))?;
    locked.map(drop).ok_or_else(|| Error::invariant(format!("there is no tranche {}", tranche.0)))
}

/// Carries a step out, once; it looks at so many payments.
pub async fn sweep(tx: &mut Tx, step: Step, rows: i64) -> Result<Swept, Error> {
    let failed = || Error::database("reading a step of a return");
    let (tranche, after) = (step.tranche, step.after.map_or(Uuid::nil(), |after| after.0));
    let known: Option<(Option<Uuid>, Timestamp)> =
        sqlx::query_as(STEP).bind(tranche.0).bind(step.pass).bind(after).fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some((last, at)) = known {
        return remembered(tx, tranche, after, last, at).await;
    }
    let paused = pauses::of_payments(tx).await?;
    if paused.stops_tranche(tranche) {
        return Ok(Swept::Paused);
    }
    sqlx::query(ALONG_THE_INDEX).execute(tx.connection()).await.map_err(failed())?;
    let ids: Vec<Uuid> =
        sqlx::query_scalar(UNPAID).bind(tranche.0).bind(after).bind(rows).fetch_all(tx.connection()).await.map_err(failed())?;
    let keys: Vec<Key> = ids.iter().map(|id| (tranche, PaymentId(*id))).collect();
    let locked = payments::lock(tx, &keys).await?;
    if release::is_under_release(tx, tranche).await? {
        return Ok(Swept::Releasing);
    }
    let stands: Tranche = sqlx::query_as(LOCK_TRANCHE).bind(tranche.0).fetch_one(tx.connection()).await.map_err(failed())?;
    let is_first = step.after.is_none() && stands.rests && step.pass == stands.return_pass + 1;
    if !stands.is_over || !(is_first || (step.after.is_some() && !stands.rests && step.pass == stands.return_pass)) {
        return Ok(Swept::Idle);
    }
    if is_first {
        sqlx::query(BEGIN_PASS).bind(tranche.0).bind(step.pass).execute(tx.connection()).await.map_err(failed())?;
    }
    let mut unpaid: Vec<Payment> =
        locked.into_values().filter(|payment| payment.handed_over_at.is_none() && !payment.ended_unpaid()).collect();
    unpaid.sort_unstable_by_key(Payment::key);
    let left = leave_paused(&paused, &mut unpaid);
    let skipped = left + leave_those_at_counters(tx, &stands.programme, &mut unpaid).await?;
    give_back(tx, &stands.programme, tranche, &unpaid).await?;
    let is_full = i64::try_from(ids.len()).is_ok_and(|count| count == rows);
    let last = ids.last().copied().filter(|_| is_full);
    remember(tx, step, after, last, (skipped, left)).await?;
    remembered(tx, tranche, after, last, tx.now).await
}

/// Returns a payment whose round began after the sweeps, once the window is over.
pub async fn reopened(tx: &mut Tx, key: Key, round: u16) -> Result<Reopened, Error> {
    let failed = || Error::database("returning a payment that is open again");
    let n = i16::try_from(round).map_err(|_| Error::invariant(format!("round {round} of a payment")))?;
    let (tranche, id) = (key.0.0, key.1.0);
    let mut locked = payments::lock(tx, &[key]).await?;
    let payment = locked.remove(&key).ok_or_else(|| Error::invariant(format!("payment {} does not exist", key.1)))?;
    let known = sqlx::query_as(RETURNED_IN_ROUND).bind(tranche).bind(id).bind(n).fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some(known) = known {
        return Ok(Reopened::Returned(known));
    }
    let stands: Tranche = sqlx::query_as(LOCK_TRANCHE).bind(tranche).fetch_one(tx.connection()).await.map_err(failed())?;
    if !stands.is_over || payment.round != n || payment.handed_over_at.is_some() || payment.ended_unpaid() {
        return Ok(Reopened::Waits);
    }
    if pauses::of_payments(tx).await?.stops(&payment) {
        return Ok(Reopened::Paused);
    }
    let mut unpaid = vec![payment];
    if leave_those_at_counters(tx, &stands.programme, &mut unpaid).await? > 0 {
        return Ok(Reopened::AtCounter);
    }
    give_back(tx, &stands.programme, key.0, &unpaid).await?;
    let returned = sqlx::query_as(RETURNED_IN_ROUND).bind(tranche).bind(id).bind(n).fetch_one(tx.connection()).await;
    returned.map(Reopened::Returned).map_err(failed())
}

/// What a step returned, from its rows.
async fn remembered(tx: &mut Tx, tranche: TrancheId, after: Uuid, last: Option<Uuid>, at: Timestamp) -> Result<Swept, Error> {
    let returned = sqlx::query_as(RETURNED).bind(tranche.0).bind(after).bind(last).bind(at).fetch_all(tx.connection()).await;
    let returned = returned.map_err(Error::database("reading returns"))?;
    Ok(Swept::Done { returned, next: last.map(PaymentId), at })
}

async fn remember(tx: &mut Tx, step: Step, after: Uuid, last: Option<Uuid>, (skipped, paused): (usize, usize)) -> Result<(), Error> {
    let failed = || Error::database("remembering a step of a return");
    let [skipped, paused] = [skipped, paused].map(|count| i32::try_from(count).expect("at most a step"));
    let tranche = step.tranche.0;
    let remember = sqlx::query(REMEMBER).bind(tranche).bind(step.pass).bind(after).bind(last).bind(skipped).bind(paused);
    remember.execute(tx.connection()).await.map_err(failed())?;
    if last.is_none() {
        let all: i64 = sqlx::query_scalar(SKIPPED).bind(tranche).bind(step.pass).fetch_one(tx.connection()).await.map_err(failed())?;
        sqlx::query(END_PASS).bind(tranche).bind(all == 0).execute(tx.connection()).await.map_err(failed())?;
    }
    Ok(())
}

/// Families of a paused regency keep their payments until it is resumed, since they could not come; how many payments that leaves.
fn leave_paused(paused: &pauses::Paused, unpaid: &mut Vec<Payment>) -> usize {
    let before = unpaid.len();
    unpaid.retain(|payment| !paused.stops(payment));
    before - unpaid.len()
}

/// Families at a counter keep their payments until its lease is over; how many payments that leaves.
async fn leave_those_at_counters(tx: &mut Tx, programme: &str, unpaid: &mut Vec<Payment>) -> Result<usize, Error> {
    let accounts: Vec<Uuid> = unpaid.iter().map(|payment| payment.account().0).collect();
    let at_counters = sqlx::query_scalar(AT_COUNTERS).bind(programme).bind(accounts).fetch_all(tx.connection()).await;
    let at_counters: std::collections::HashSet<Uuid> = at_counters.map_err(Error::database("reading leases"))?.into_iter().collect();
    let before = unpaid.len();
    unpaid.retain(|payment| !at_counters.contains(&payment.account().0));
    Ok(before - unpaid.len())
}

/// Books locked payments back: recipient, or the reserve of what was never funded, to what the treasury is due.
async fn give_back(tx: &mut Tx, programme: &str, tranche: TrancheId, unpaid: &[Payment]) -> Result<(), Error> {
    if unpaid.is_empty() {
        return Ok(());
    }
    let reasons = reasons(tx, tranche, unpaid).await?;
    let keys: Vec<Key> = unpaid.iter().map(Payment::key).collect();
    payments::set(tx, Moment::Returned, &unpaid.iter().collect::<Vec<_>>()).await?;
    let statement = statements::open_number(tx, tranche).await?;
    let insert = sqlx::query(INSERT).bind(tranche.0).bind(statement);
    let insert = insert.bind(keys.iter().map(|key| key.1.0).collect::<Vec<_>>()).bind(unpaid.iter().map(|p| p.round).collect::<Vec<_>>());
    let insert = insert.bind(unpaid.iter().map(|payment| payment.regency.as_str()).collect::<Vec<_>>());
    let insert = insert.bind(keys.iter().map(|key| reasons[&key.1].as_str()).collect::<Vec<_>>());
    let insert = insert.bind(unpaid.iter().map(|payment| payment.amount().get()).collect::<Vec<_>>());
    insert.execute(tx.connection()).await.map_err(Error::database("remembering returns"))?;
    tx.wrote("returns");
    let transfers = transfers(tx, programme, tranche, unpaid).await?;
    ledger::post_new(tx, &transfers).await?;
    let mut deltas = Deltas::default();
    for payment in unpaid {
        let measure = if payment.funded_at.is_some() { Measure::Returned } else { Measure::ReturnedUnfunded };
        deltas.add(tranche, &payment.village, &payment.pay_point, measure, payment.amount())?;
    }
    deltas.write(tx).await
}

async fn transfers(tx: &mut Tx, programme: &str, tranche: TrancheId, unpaid: &[Payment]) -> Result<Vec<Transfer>, Error> {
    let mut batches: Vec<_> = unpaid.iter().map(Payment::batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let parts = release::accounts(tx, &batches).await?;
    let due: Vec<AccountKey> = unpaid.iter().map(|payment| AccountKey::return_due(programme, tranche, &payment.regency)).collect();
    let due_ids = ledger::accounts(tx, &due, true).await?;
    let of = |(payment, due): (&Payment, &AccountKey)| {
        let (reserve, recipient) = *parts
            .get(&(payment.batch(), payment.regency.clone()))
            .ok_or_else(|| Error::invariant(format!("nothing was reserved for payment {}", payment.key().1)))?;
        let (kind, debit) = if payment.funded_at.is_some() { (Kind::Return, recipient) } else { (Kind::ReturnUnfunded, reserve) };
        let (subject, n, amount) = (payment.key().1.0, payment.round, payment.amount());
        Ok(Transfer { tranche, subject, kind, n, debit, credit: due_ids[due], amount, document: String::new() })
    };
    unpaid.iter().zip(&due).map(of).collect()
}

/// Why each goes back: what was said of it, what a registry answered, else that nobody came, or that it never got its money.
async fn reasons(tx: &mut Tx, tranche: TrancheId, unpaid: &[Payment]) -> Result<HashMap<PaymentId, ReturnReason>, Error> {
    let failed = || Error::database("reading reasons of returns");
    let ids: Vec<Uuid> = unpaid.iter().map(|payment| payment.key().1.0).collect();
    let given: Vec<(Uuid, String)> =
        sqlx::query_as(REASONS).bind(tranche.0).bind(&ids).fetch_all(tx.connection()).await.map_err(failed())?;
    let stopped: Vec<Uuid> = unpaid.iter().filter(|payment| payment.unverified_at.is_some()).map(|payment| payment.key().1.0).collect();
    let answers: Vec<(Uuid, String)> = if stopped.is_empty() {
        Vec::new()
    } else {
        sqlx::query_as(STOPPED).bind(tranche.0).bind(stopped).fetch_all(tx.connection()).await.map_err(failed())?
    };
    let by_itself = |payment: &Payment| if payment.funded_at.is_some() { ReturnReason::Absent } else { ReturnReason::Unfunded };
    let mut found: HashMap<PaymentId, ReturnReason> = unpaid.iter().map(|payment| (payment.key().1, by_itself(payment))).collect();
    for (payment, answer) in answers {
        let reason = match answer.as_str() {
            "deceased" => ReturnReason::Deceased,
            "unknown" => ReturnReason::Unknown,
            _ => ReturnReason::Ineligible,
        };
        found.entry(PaymentId(payment)).and_modify(|by_itself| {
            if *by_itself == ReturnReason::Unfunded {
                *by_itself = reason;
            }
        });
    }
    for (payment, reason) in given {
        let reason = ReturnReason::parse(&reason).ok_or_else(|| Error::invariant(format!("return reason {reason}")))?;
        found.insert(PaymentId(payment), reason);
    }
    Ok(found)
}
