//! How far everything is, from rows and the ledger: what `salur status` prints.
//!
//! Boards read tallies, this reads what tallies are checked against. One REPEATABLE READ snapshot, so that the numbers fit each other. Bounds:
//! [`BATCHES`] batches, those that wait first, and [`ROWS_NAMED`] unreadable rows of each.

use serde::Serialize;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, sql};

pub mod gauges;
pub mod verification;

/// Batches told of one by one.
pub const BATCHES: i64 = 200;
/// Unreadable rows named of each.
pub const ROWS_NAMED: i64 = 5;
/// One moment of the whole database, to be read only.
pub(crate) const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

sql! {
    NOW = "SELECT now()";
    TRANCHES = "SELECT id, code, programme, amount, opens_at, closes_at, opened_at FROM tranches ORDER BY id";
    INTAKE = "SELECT coalesce(tranche, 0) AS tranche, intake AS what, count(*) AS families, coalesce(sum(amount), 0)::bigint AS rupiah
        FROM recipients GROUP BY 1, 2";
    DECISIONS = "SELECT d.tranche, d.decision AS what, count(*) AS families, coalesce(sum(r.amount), 0)::bigint AS rupiah
        FROM row_decisions d JOIN recipients r ON r.batch = d.batch AND r.row = d.row GROUP BY 1, 2";
    HOLDS = "SELECT h.tranche, m.what, (m.sign * sum(h.families))::bigint AS families, (m.sign * sum(h.rupiah))::bigint AS rupiah FROM ended_holds h
        CROSS JOIN LATERAL (VALUES ('held', CASE WHEN h.row IS NOT NULL THEN -1 END), ('rejected', CASE WHEN h.effect = 'rejected' THEN 1 END)) AS m(what, sign)
        WHERE m.sign IS NOT NULL GROUP BY 1, 2, m.sign";
    HELD_PARTS = "SELECT b.tranche, 'held' AS what, sum(q.families)::bigint AS families, sum(q.rupiah)::bigint AS rupiah
        FROM waiting_parts q JOIN batches b ON b.id = q.batch GROUP BY 1";
    PAYMENTS = "SELECT tranche, status AS what, count(*) AS families, sum(amount)::bigint AS rupiah FROM payments GROUP BY 1, 2";
    FUNDED = "SELECT tranche, 'funded' AS what, count(*) AS families, sum(amount)::bigint AS rupiah FROM payments WHERE funded_at IS NOT NULL GROUP BY 1";
    // totals of accounts, less what was booked back; hand-overs from the transfers themselves
    LEDGER = "SELECT tranche, what, 0::bigint AS families, sum(rupiah)::bigint AS rupiah FROM (
          SELECT tranche, CASE kind WHEN 'allocation' THEN kind WHEN 'reserve' THEN 'reserved' ELSE 'funded' END AS what, sum(rupiah) AS rupiah
            FROM (SELECT tranche, kind, credits AS rupiah FROM ledger_accounts UNION ALL SELECT tranche, account, -rupiah FROM booked_back) AS a
            WHERE kind IN ('allocation', 'reserve', 'recipient') GROUP BY 1, 2
          UNION ALL SELECT tranche, 'handed_over', sum(amount) FROM transfers WHERE kind = 'hand_over' GROUP BY 1
          UNION ALL SELECT tranche, 'handed_over', -rupiah FROM booked_back WHERE kind IN ('hand_over_undone', 'not_proven')) AS l GROUP BY 1, 2";
    BATCHES_LIST = "SELECT b.id, b.source, b.name, t.code AS tranche, b.declared_mismatch, b.declared_count, b.declared_sum, b.declared_at, b.seen_count,
          b.seen_sum, b.unreadable_count, b.completed_at, b.release_started_at, b.released_at, t.opened_at IS NOT NULL AS open,
          EXISTS (SELECT FROM tranches r WHERE r.releasing <> b.id
            AND (r.id = t.id OR r.id IN (SELECT rival FROM rival_tranches WHERE tranche = t.id))) AS behind_another,
          ARRAY(SELECT r.row FROM recipients r WHERE b.unreadable_count > 0 AND r.batch = b.id AND r.amount IS NULL ORDER BY r.row LIMIT $2)
            AS unreadable_rows
        FROM batches b LEFT JOIN tranches t ON t.id = b.tranche ORDER BY b.released_at IS NOT NULL, b.source, b.name LIMIT $1";
    BATCHES_COUNT = "SELECT count(*) FROM batches";
    HELD_PARTS_LIST = "SELECT batch, regency, families, rupiah, available FROM waiting_parts ORDER BY batch, regency LIMIT $1";
    CASES = "SELECT kind, count(*) FROM open_cases GROUP BY kind ORDER BY kind";
    DEAD = "SELECT stage, count(*) FROM dead_letters WHERE replayed_at IS NULL GROUP BY stage ORDER BY stage";
    CONFLICTS = "SELECT count(*) FROM row_conflicts";
}

/// Families (or rows) and their rupiah.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many.
    pub families: i64,
    /// How much.
    pub rupiah: i64,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// All rows seen, at their stated amount.
    pub submitted: Sum,
    /// Ended.
    pub rejected: Sum,
    /// Waiting for a person or for money.
    pub held: Sum,
    /// Answered as already accepted.
    pub already: Sum,
    /// Payments.
    pub accepted: Sum,
    /// Staged, not released yet.
    pub staged: Sum,
}

/// Where the payments stand, each in exactly one; `funded_ever` and `open` are sums over them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Payments {
    /// By release.
    pub accepted: Sum,
    /// Account attached.
    pub account_open: Sum,
    /// Funded, no cheque yet.
    pub funded: Sum,
    /// Cheque issued, not handed over.
    pub cheque_issued: Sum,
    /// Handed over, in question.
    pub in_question: Sum,
    /// Paid.
    pub paid: Sum,
    /// Returned.
    pub returned: Sum,
    /// Cancelled.
    pub cancelled: Sum,
    /// Everything that was ever funded.
    pub funded_ever: Sum,
    /// Funded, not handed over, not ended.
    pub open: Sum,
}

/// What the ledger says, in rupiah.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Granted by documents.
    pub allocation: i64,
    /// Reserved for batches.
    pub reserved: i64,
    /// Moved to recipients.
    pub funded: i64,
    /// Handed over.
    pub handed_over: i64,
}

/// A tranche; the one with id 0 gathers rows whose tranche is unknown.
#[derive(Debug, Clone, Serialize)]
pub struct Tranche {
    /// Its number.
    pub id: i32,
    /// Upstream's code.
    pub code: String,
    /// Whether release is allowed.
    pub open: bool,
    /// Rows.
    pub rows: Rows,
    /// Payments.
    pub payments: Payments,
    /// Money.
    pub ledger: Ledger,
}

/// A part held for lack of money.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct HeldPart {
    #[serde(skip)]
    batch: Uuid,
    /// Four digits.
    pub regency: String,
    /// Families.
    pub families: i64,
    /// What they need.
    pub rupiah: i64,
    /// What the allocation had left.
    pub available: Option<i64>,
}

/// A batch.
#[derive(Debug, Clone, Serialize)]
pub struct Batch {
    /// Its id.
    pub id: Uuid,
    /// The upstream system.
    pub source: String,
    /// Its own name for it.
    pub name: String,
    /// Code of the tranche, where it is known.
    pub tranche: Option<String>,
    /// Declared rows and sum.
    pub declared: Option<Sum>,
    /// Rows and sum seen.
    pub seen: Sum,
    /// Declared less seen.
    pub missing: Option<Sum>,
    /// `released`, `releasing` or `waiting`.
    pub state: &'static str,
    /// Why it waits.
    pub why: Option<String>,
    /// Parts held whole.
    pub held_parts: Vec<HeldPart>,
}

/// Everything.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The moment of the snapshot.
    pub at: Timestamp,
    /// Tranches.
    pub tranches: Vec<Tranche>,
    /// The first [`BATCHES`] batches, waiting ones first.
    pub batches: Vec<Batch>,
    /// How many there are.
    pub batches_total: i64,
    /// Accounts, and what stands behind them.
    pub verification: verification::Verification,
    /// Cases by kind.
    pub cases: Vec<(String, i64)>,
    /// Open dead letters by stage.
    pub dead_letters: Vec<(String, i64)>,
    /// Rows and declarations that came again with other content.
    pub conflicts: i64,
}

#[derive(sqlx::FromRow)]
struct TrancheRow {
    id: i32,
    code: String,
    opened_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Line {
    tranche: i32,
    what: String,
    families: i64,
    rupiah: i64,
}

#[derive(sqlx::FromRow)]
struct BatchRow {
    id: Uuid,
    source: String,
    name: String,
    tranche: Option<String>,
    declared_mismatch: Option<String>,
    declared_count: Option<i64>,
    declared_sum: Option<i64>,
    seen_count: i64,
    seen_sum: i64,
    unreadable_count: i64,
    completed_at: Option<Timestamp>,
    release_started_at: Option<Timestamp>,
    released_at: Option<Timestamp>,
    open: bool,
    behind_another: bool,
    unreadable_rows: Vec<String>,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.families += other.families;
        self.rupiah += other.rupiah;
    }

    pub(crate) fn less(self, other: Self) -> Self {
        Self { families: self.families - other.families, rupiah: self.rupiah - other.rupiah }
    }
}

impl Tranche {
    fn empty(id: i32, code: &str, open: bool) -> Self {
        Self { id, code: code.to_owned(), open, rows: Rows::default(), payments: Payments::default(), ledger: Ledger::default() }
    }

    fn row(&mut self, what: &str, sum: Sum) {
        let rows = &mut self.rows;
        match what {
            "rejected" | "ended" => rows.rejected.add(sum),
            "held" => rows.held.add(sum),
            "already" => rows.already.add(sum),
            // staged rows are what is left when all fates are known
            _ => {}
        }
    }

    fn payment(&mut self, what: &str, sum: Sum) {
        let payments = &mut self.payments;
        let place = match what {
            "accepted" => &mut payments.accepted,
            "account_open" => &mut payments.account_open,
            "funded" => &mut payments.funded,
            "cheque_issued" => &mut payments.cheque_issued,
            "in_question" => &mut payments.in_question,
            "paid" => &mut payments.paid,
            "returned" => &mut payments.returned,
            _ => &mut payments.cancelled,
        };
        place.add(sum);
        self.rows.accepted.add(sum);
        if matches!(what, "funded" | "cheque_issued") {
            payments.open.add(sum);
        }
    }

    fn money(&mut self, what: &str, rupiah: i64) {
        let ledger = &mut self.ledger;
        match what {
            "allocation" => ledger.allocation += rupiah,
            "reserved" => ledger.reserved += rupiah,
            "funded" => ledger.funded += rupiah,
            _ => ledger.handed_over += rupiah,
        }
    }

    fn finish(&mut self) {
        let rows = &mut self.rows;
        rows.staged = rows.submitted.less(rows.rejected).less(rows.held).less(rows.already).less(rows.accepted);
    }
}

impl BatchRow {
    fn why(&self) -> String {
        let Some((count, sum)) = self.declared_count.zip(self.declared_sum) else { return "not declared yet".into() };
        if self.unreadable_count > 0 {
            let more = if self.unreadable_count > ROWS_NAMED { ", .." } else { "" };
            return format!("unreadable amount in {} rows: {}{more}", self.unreadable_count, self.unreadable_rows.join(", "));
        }
        if self.tranche.is_none() {
            return self.declared_mismatch.clone().unwrap_or_else(|| "declared for an unknown tranche".into());
        }
        if self.completed_at.is_some() {
            return match (self.seen_count == count, self.open, self.behind_another) {
                (false, ..) => "late rows came before its release".into(),
                (_, false, _) => "complete; its tranche is not open".into(),
                (.., true) => "complete; behind another batch of its tranche or of a programme that excludes it".into(),
                _ => "complete; its release has not begun".into(),
            };
        }
        match self.seen_count.cmp(&count) {
            std::cmp::Ordering::Less => format!("incomplete: {} rows missing", count - self.seen_count),
            std::cmp::Ordering::Greater => format!("overflow: {} rows more than declared", self.seen_count - count),
            std::cmp::Ordering::Equal => format!("sum differs from the declared one by {}", i128::from(self.seen_sum) - i128::from(sum)),
        }
    }

    fn told(self, held: &[HeldPart]) -> Batch {
        let begun = if self.release_started_at.is_some() { "releasing" } else { "waiting" };
        let state = if self.released_at.is_some() { "released" } else { begun };
        let why = (state == "waiting").then(|| self.why());
        let declared = self.declared_count.zip(self.declared_sum).map(|(families, rupiah)| Sum { families, rupiah });
        let seen = Sum { families: self.seen_count, rupiah: self.seen_sum };
        Batch {
            held_parts: held.iter().filter(|part| part.batch == self.id).cloned().collect(),
            id: self.id,
            source: self.source,
            name: self.name,
            tranche: self.tranche,
            declared,
            seen,
            missing: declared.map(|declared| declared.less(seen)),
            state,
            why,
        }
    }
}

impl Status {
    /// Adds up all tranches.
    pub fn total<T>(&self, of: impl Fn(&Tranche) -> T) -> T
    where
        T: std::iter::Sum<T>,
    {
        self.tranches.iter().map(of).sum()
    }
}

/// Reads everything.
pub async fn read(database: &Database) -> Result<Status, Error> {
    let failed = || Error::database("reading the status");
    let mut snapshot = database.pool().begin_with(SNAPSHOT).await.map_err(failed())?;
    let tx = &mut *snapshot;
    let at = sqlx::query_scalar(NOW).fetch_one(&mut *tx).await.map_err(failed())?;
    let batches: Vec<BatchRow> = sqlx::query_as(BATCHES_LIST).bind(BATCHES).bind(ROWS_NAMED).fetch_all(&mut *tx).await.map_err(failed())?;
    let held: Vec<HeldPart> = sqlx::query_as(HELD_PARTS_LIST).bind(BATCHES).fetch_all(&mut *tx).await.map_err(failed())?;
    let status = Status {
        at,
        tranches: tranches(&mut snapshot).await?,
        batches: batches.into_iter().map(|batch| batch.told(&held)).collect(),
        batches_total: sqlx::query_scalar(BATCHES_COUNT).fetch_one(&mut *snapshot).await.map_err(failed())?,
        verification: verification::read(&mut snapshot).await?,
        cases: sqlx::query_as(CASES).fetch_all(&mut *snapshot).await.map_err(failed())?,
        dead_letters: sqlx::query_as(DEAD).fetch_all(&mut *snapshot).await.map_err(failed())?,
        conflicts: sqlx::query_scalar(CONFLICTS).fetch_one(&mut *snapshot).await.map_err(failed())?,
    };
    snapshot.rollback().await.map_err(failed())?;
    Ok(status)
}

async fn tranches(tx: &mut Transaction<'static, Postgres>) -> Result<Vec<Tranche>, Error> {
    let failed = || Error::database("counting tranches");
    let known: Vec<TrancheRow> = sqlx::query_as(TRANCHES).fetch_all(&mut **tx).await.map_err(failed())?;
    let mut found: Vec<Tranche> = std::iter::once(Tranche::empty(0, "-", false))
        .chain(known.into_iter().map(|row| Tranche::empty(row.id, &row.code, row.opened_at.is_some())))
        .collect();
    for statement in [INTAKE, DECISIONS, HOLDS, HELD_PARTS, PAYMENTS, FUNDED, LEDGER] {
        let lines: Vec<Line> = sqlx::query_as(statement).fetch_all(&mut **tx).await.map_err(failed())?;
        for line in lines {
            let Some(tranche) = found.iter_mut().find(|tranche| tranche.id == line.tranche) else { continue };
            let sum = Sum { families: line.families, rupiah: line.rupiah };
            if statement == INTAKE {
                tranche.rows.submitted.add(sum);
            }
            match statement {
                INTAKE | DECISIONS | HOLDS | HELD_PARTS => tranche.row(&line.what, sum),
                PAYMENTS => tranche.payment(&line.what, sum),
                FUNDED => tranche.payments.funded_ever.add(sum),
                _ => tranche.money(&line.what, line.rupiah),
            }
        }
    }
    found.iter_mut().for_each(Tranche::finish);
    found.retain(|tranche| tranche.id != 0 || tranche.rows.submitted.families > 0);
    Ok(found)
}
