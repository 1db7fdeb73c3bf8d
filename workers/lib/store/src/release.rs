//! Release: the set-based SQL by which a complete batch becomes payments.
//!
//! Start (one batch at a time of a tranche and its rivals, the tranches of programmes that exclude its own) -> decide pairs, rows already in the
//! tranche, persons whom a rival pays and households -> reserve per regency -> emit by keyset. Every step remembers what it decided, so a
//! redelivered step is answered from rows. Late rows (`BAT02`) are left out throughout: what is summed and what is paid are the same set.

mod held_parts;
mod holds;
mod substitutes;
mod sweep;
mod unverified;
mod withdrawals;

pub use held_parts::{decide_part, finish_part, sweep_part};
pub use holds::{Asked, Decided, Effect, decide_row, is_under_release, read as decision};
pub use substitutes::{Substitute, replace, substitute};
pub use sweep::{Fate, SWEEP_ROWS, Step, SweepRow, accept, sweep};
pub use withdrawals::{Decision, Withdrawal, Withdrawn, refuse, withdraw, withdrawal};

/// Statements of the parts of this module.
pub(crate) const ALL_STATEMENTS: [&[(&str, &str)]; 6] = [
    held_parts::STATEMENTS,
    holds::STATEMENTS,
    substitutes::STATEMENTS,
    sweep::STATEMENTS,
    unverified::STATEMENTS,
    withdrawals::STATEMENTS,
];

use std::collections::HashMap;

use salur_domain::{BatchId, Rupiah, TrancheId};
use uuid::Uuid;

use crate::{
    Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    sql,
};

sql! {
    LOCK_BATCH = "SELECT b.id, b.source, b.name, b.tranche, b.completed_at, b.release_started_at, b.decided_at, b.released_at
        FROM batches b WHERE b.id = $1 FOR NO KEY UPDATE";
    LOCK_TRANCHE = "SELECT programme FROM tranches WHERE id = $1 FOR NO KEY UPDATE";
    LOCK_RIVALS = "SELECT id, opened_at, releasing FROM tranches
        WHERE id = $1 OR id IN (SELECT rival FROM rival_tranches WHERE tranche = $1) ORDER BY id FOR NO KEY UPDATE";
    RIVALS = "SELECT rival FROM rival_tranches WHERE tranche = $1";
    IS_OVER = "SELECT returns_at <= now() FROM tranches WHERE id = $1";
    // TRN03: what would be paid could only be returned
    DECIDE_OVER = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account)
        SELECT r.batch, r.row, 'ended', 'TRN03', r.tranche, r.account FROM recipients r JOIN batches b ON b.id = r.batch
        JOIN tranches t ON t.id = b.tranche AND t.returns_at <= now() WHERE r.batch = $1 AND r.intake = 'staged' ON CONFLICT DO NOTHING";
    START_BATCH = "UPDATE batches SET release_started_at = now() WHERE id = $1";
    SET_RELEASING = "UPDATE tranches SET releasing = $2 WHERE id = $1";
    WAITING = "SELECT id, completed_at FROM batches WHERE (tranche = $1 OR tranche IN (SELECT rival FROM rival_tranches WHERE tranche = $1))
        AND completed_at IS NOT NULL AND release_started_at IS NULL ORDER BY id";
    // TRN02: the row names another tranche than its batch, whose money it cannot use
    DECIDE_STRANGERS = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account)
        SELECT r.batch, r.row, 'held', 'TRN02', r.tranche, r.account FROM recipients r JOIN batches b ON b.id = r.batch
        WHERE r.batch = $1 AND r.intake = 'staged' AND r.tranche <> b.tranche ON CONFLICT DO NOTHING";
    // WDR01: its source took it back before the batch was decided
    DECIDE_WITHDRAWN = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account)
        SELECT r.batch, r.row, 'ended', 'WDR01', r.tranche, r.account FROM withdrawals w JOIN recipients r ON r.batch = w.batch AND r.row = w.row
        WHERE w.batch = $1 AND w.effect = 'awaited' ON CONFLICT DO NOTHING";
    // NIK09: the same NIK twice in one batch holds both
    DECIDE_PAIRS = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account, other_batch, other_row)
        SELECT batch, row, 'held', 'NIK09', tranche, account, batch,
          CASE WHEN row = first_row THEN last_row ELSE first_row END
        FROM (SELECT batch, row, tranche, account, intake, count(*) OVER w AS twins, min(row) OVER w AS first_row, max(row) OVER w AS last_row
              FROM recipients c WHERE batch = $1 AND intake <> 'rejected'
                AND account IN (SELECT account FROM recipients WHERE batch = $1 AND intake <> 'rejected' GROUP BY account HAVING count(*) > 1)
                AND NOT EXISTS
                (SELECT FROM row_decisions d WHERE d.batch = c.batch AND d.row = c.row AND d.code IN ('BAT02', 'WDR01'))
              WINDOW w AS (PARTITION BY account)) AS r
        WHERE twins > 1 AND intake = 'staged' ON CONFLICT DO NOTHING";
    // NIK09b: already in the tranche; the same amount, name and place is the same claim, anything else a conflict
    DECIDE_ALREADY = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account, other_batch, other_row)
        SELECT r.batch, r.row, CASE WHEN o.person = r.person THEN 'already' ELSE 'held' END, 'NIK09b', r.tranche, r.account, p.batch, p.row
        FROM recipients r JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment
        JOIN recipients o ON o.batch = p.batch AND o.row = p.row
        WHERE r.batch = $1 AND ($2::text IS NULL OR left(r.village, 4) = $2) AND r.intake = 'staged' ON CONFLICT DO NOTHING";
    // NIK09b: the same person waits in another batch of the tranche
    DECIDE_WAITING = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account, other_batch, other_row)
        SELECT DISTINCT ON (r.batch, r.row) r.batch, r.row, 'held', 'NIK09b', r.tranche, r.account, h.batch, h.row
        FROM recipients r JOIN (
          SELECT tranche, account, batch, row FROM recipients WHERE intake = 'held' AND account IS NOT NULL
          UNION ALL SELECT tranche, account, batch, row FROM row_decisions WHERE decision = 'held') AS h
          ON h.tranche = r.tranche AND h.account = r.account AND h.batch <> r.batch
        WHERE r.batch = $1 AND ($2::text IS NULL OR left(r.village, 4) = $2) AND r.intake = 'staged'
          AND NOT EXISTS (SELECT FROM ended_holds e WHERE e.batch = h.batch AND e.row = h.row)
        ORDER BY r.batch, r.row, h.batch, h.row ON CONFLICT DO NOTHING";
    // NIK11: a programme that excludes this one has a payment of the person that was neither returned nor cancelled
    DECIDE_EXCLUDED = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account, other_batch, other_row)
        SELECT DISTINCT ON (r.batch, r.row) r.batch, r.row, 'held', 'NIK11', r.tranche, r.account, p.batch, p.row
        FROM recipients r CROSS JOIN unnest($3::int[]) AS rival
        JOIN payments p ON p.tranche = rival AND p.account = r.account AND p.returned_at IS NULL AND p.cancelled_at IS NULL
        WHERE r.batch = $1 AND ($2::text IS NULL OR left(r.village, 4) = $2) AND r.intake = 'staged'
        ORDER BY r.batch, r.row, p.batch, p.row ON CONFLICT DO NOTHING";
    // NIK10: the household is in the tranche already
    DECIDE_HOUSEHOLDS = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account, other_batch, other_row)
        SELECT DISTINCT ON (r.batch, r.row) r.batch, r.row, 'held', 'NIK10', r.tranche, r.account, p.batch, p.row
        FROM recipients r JOIN payments p ON p.tranche = r.tranche AND p.household = r.household
        WHERE r.batch = $1 AND ($2::text IS NULL OR left(r.village, 4) = $2) AND r.intake = 'staged'
          AND p.cancelled_at IS NULL AND NOT EXISTS (SELECT FROM distinct_pairs x WHERE x.account = r.account AND x.other = p.account)
          AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = r.batch AND d.row = r.row)
        ORDER BY r.batch, r.row, p.batch, p.row ON CONFLICT DO NOTHING";
    // a batch beside itself: on tables that nothing analysed the planner expects one row, and nests loops (14 s for 10,000 rows, 73 s for 20,000)
    // or sorts all rows instead of hashing them (three times the time); a million rows are hashed in memory
    AS_A_WHOLE = "SELECT set_config('work_mem', '64MB', true), set_config('enable_' || plan, $1, true)
        FROM unnest(ARRAY['nestloop', 'mergejoin', 'sort']) AS p(plan)";
    // NIK10: of a household twice in the batch, the later rows are held, but for those judged distinct from every earlier one
    DECIDE_HOUSEHOLD_PAIRS = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account, other_batch, other_row)
        SELECT batch, row, 'held', 'NIK10', tranche, account, batch, first_row
        FROM (WITH h AS (SELECT r.batch, r.row, r.tranche, r.account, r.household, row_number() OVER w AS place, first_value(r.row) OVER w AS first_row
              FROM recipients r WHERE r.batch = $1 AND r.intake = 'staged' AND r.household IN
                  (SELECT household FROM recipients WHERE batch = $1 AND intake = 'staged' GROUP BY household HAVING count(*) > 1)
                AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = r.batch AND d.row = r.row)
              WINDOW w AS (PARTITION BY r.household ORDER BY length(r.row), r.row))
            SELECT h.*, coalesce(x.others, 0) AS others FROM h LEFT JOIN
              (SELECT h.row, count(*) AS others FROM h JOIN distinct_pairs x ON x.account = h.account
                JOIN h AS e ON e.account = x.other AND e.household = h.household AND e.place < h.place GROUP BY h.row) AS x ON x.row = h.row) AS h
        WHERE place - 1 > others ON CONFLICT DO NOTHING";
    // what speaks against a payment now, worst first, besides the rules set aside; $6: as if that payment were gone
    AGAINST = "SELECT code, batch, row FROM (
          SELECT 1 AS place, 'NIK09b' AS code, batch, row FROM payments WHERE tranche = $1 AND id = $2
          UNION ALL SELECT 2, 'NIK11', p.batch, p.row FROM rival_tranches v JOIN payments p ON p.tranche = v.rival AND p.account = $3
            WHERE v.tranche = $1 AND p.returned_at IS NULL AND p.cancelled_at IS NULL
          UNION ALL SELECT 3, 'NIK10', batch, row FROM payments p WHERE tranche = $1 AND household = $4 AND account <> $3 AND cancelled_at IS NULL
            AND id IS DISTINCT FROM $6::uuid AND NOT EXISTS (SELECT FROM distinct_pairs x WHERE x.account = $3 AND x.other = p.account)) AS a
        WHERE code <> ALL($5) ORDER BY place, batch, row LIMIT 1";
    MAKE_PARTS = "INSERT INTO batch_parts (batch, regency, families, rupiah)
        SELECT r.batch, left(r.village, 4), count(*), sum(r.amount)
        FROM recipients r WHERE r.batch = $1 AND r.intake = 'staged'
          AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = r.batch AND d.row = r.row)
        GROUP BY 1, 2 ON CONFLICT DO NOTHING";
    TALLY_DECISIONS = "INSERT INTO tally_deltas (tranche, village, pay_point, measure, families, rupiah)
        SELECT d.tranche, r.village, r.pay_point, CASE d.decision WHEN 'ended' THEN 'rejected' ELSE d.decision END, count(*), sum(r.amount)
        FROM row_decisions d JOIN recipients r ON r.batch = d.batch AND r.row = d.row
        WHERE d.batch = $1 AND d.code <> 'BAT02' GROUP BY 1, 2, 3, 4";
    TALLY_HELD_PARTS = "INSERT INTO tally_deltas (tranche, village, pay_point, measure, families, rupiah)
        SELECT r.tranche, r.village, r.pay_point, 'held', count(*), sum(r.amount)
        FROM recipients r WHERE r.batch = $1 AND left(r.village, 4) = ANY($2) AND r.intake = 'staged'
          AND NOT EXISTS (SELECT FROM row_decisions d WHERE d.batch = r.batch AND d.row = r.row) GROUP BY 1, 2, 3";
    SET_DECIDED = "UPDATE batches SET decided_at = now() WHERE id = $1";
    PARTS = "SELECT regency, families, rupiah, reserve_account, reserved_at, held_at FROM batch_parts WHERE batch = $1 ORDER BY regency";
    ACCOUNTS = "SELECT batch, regency, reserve_account, recipient_account FROM part_accounts WHERE batch = ANY($1)";
    SET_RESERVED = "UPDATE batch_parts b SET reserve_account = p.reserve, recipient_account = p.recipient, reserved_at = now()
        FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS p(regency, reserve, recipient) WHERE b.batch = $1 AND b.regency = p.regency";
    SET_HELD = "UPDATE batch_parts b SET held_at = now(), available = p.available
        FROM unnest($2::text[], $3::bigint[]) AS p(regency, available) WHERE b.batch = $1 AND b.regency = p.regency";
    SET_RELEASED = "UPDATE batches SET released_at = now() WHERE id = $1 AND released_at IS NULL";
}

/// A batch under release, locked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Batch {
    id: Uuid,
    /// The upstream system.
    pub source: String,
    /// Its own name for the batch.
    pub name: String,
    tranche: Option<i32>,
    /// When the last declared row was seen.
    pub completed_at: Option<Timestamp>,
    /// When release began.
    pub release_started_at: Option<Timestamp>,
    /// When pairs were decided.
    pub decided_at: Option<Timestamp>,
    /// When the last row was emitted.
    pub released_at: Option<Timestamp>,
}

/// Whether a release may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It began at this moment, now or earlier.
    Started(Timestamp),
    /// Not complete, its tranche is not open, or another batch of the tranche or of a rival one is being released: the next row,
    /// `tranches.opened` or the end of that release will try again.
    Waits,
}

/// A batch's part of one regency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Part {
    /// Four digits.
    pub regency: String,
    /// Families.
    pub families: i64,
    rupiah: i64,
    /// When it was reserved.
    pub reserved_at: Option<Timestamp>,
    /// When it was held for lack of money.
    pub held_at: Option<Timestamp>,
}

impl Batch {
    /// Its tranche; completion implies one.
    pub fn tranche(&self) -> Result<TrancheId, Error> {
        self.tranche.map(TrancheId).ok_or_else(|| Error::invariant(format!("batch {} is complete without a tranche", self.id)))
    }
}

impl Part {
    /// Whether money for it was reserved or found missing.
    pub fn is_settled(&self) -> bool {
        self.reserved_at.is_some() || self.held_at.is_some()
    }
    /// Its sum.
    pub fn rupiah(&self) -> Result<Rupiah, Error> {
        Rupiah::new(self.rupiah).map_err(|error| Error::invariant(error.to_string()))
    }
}

/// Whether the time of a tranche is over: nothing new is paid in it.
pub(crate) async fn is_over(tx: &mut Tx, tranche: TrancheId) -> Result<bool, Error> {
    sqlx::query_scalar(IS_OVER).bind(tranche.0).fetch_one(tx.connection()).await.map_err(Error::database("reading a tranche"))
}

/// Locks a batch.
pub async fn lock(tx: &mut Tx, batch: BatchId) -> Result<Batch, Error> {
    sqlx::query_as(LOCK_BATCH)
        .bind(batch.0)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::database("locking a batch"))?
        .ok_or_else(|| Error::invariant(format!("batch {batch} does not exist")))
}

/// A row as a payment is made of it.
pub async fn family(tx: &mut Tx, batch: BatchId, row: &str) -> Result<SweepRow, Error> {
    sweep::one(tx, batch.0, row).await
}

/// Begins the release of a batch if it may begin.
pub async fn start(tx: &mut Tx, batch: BatchId) -> Result<Start, Error> {
    let failed = || Error::database("starting a release");
    let locked = lock(tx, batch).await?;
    if let Some(at) = locked.release_started_at {
        return Ok(Start::Started(at));
    }
    // Complete is complete: the totals agreed when intake said so, and rows that come later are held.
    let (Some(_), Some(tranche)) = (locked.completed_at, locked.tranche) else { return Ok(Start::Waits) };
    let tranches: Vec<(i32, Option<Timestamp>, Option<Uuid>)> =
        sqlx::query_as(LOCK_RIVALS).bind(tranche).fetch_all(tx.connection()).await.map_err(failed())?;
    let is_open = tranches.iter().any(|(id, opened_at, _)| *id == tranche && opened_at.is_some());
    let is_taken = tranches.iter().any(|(_, _, releasing)| releasing.is_some_and(|other| other != batch.0));
    if !is_open || is_taken {
        return Ok(Start::Waits);
    }
    sqlx::query(SET_RELEASING).bind(tranche).bind(batch.0).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query(START_BATCH).bind(batch.0).execute(tx.connection()).await.map_err(failed())?;
    Ok(Start::Started(tx.now))
}

/// Complete batches of a tranche and its rivals whose release has not begun.
pub async fn waiting(tx: &mut Tx, tranche: TrancheId) -> Result<Vec<(BatchId, Timestamp)>, Error> {
    let rows: Vec<(Uuid, Timestamp)> =
        sqlx::query_as(WAITING).bind(tranche.0).fetch_all(tx.connection()).await.map_err(Error::database("finding complete batches"))?;
    Ok(rows.into_iter().map(|(id, at)| (BatchId(id), at)).collect())
}

/// Decides pairs, rows already in the tranche, excluded persons and households, and makes the parts; once.
pub async fn decide(tx: &mut Tx, batch: &Batch) -> Result<Timestamp, Error> {
    if let Some(at) = batch.decided_at {
        return Ok(at);
    }
    // The order matters: a row that is "already" accepted must not be held by its own household.
    if is_over(tx, batch.tranche()?).await? {
        run(tx, batch, &[DECIDE_WITHDRAWN]).await?;
        run_everywhere(tx, batch, &[DECIDE_ALREADY]).await?;
        run(tx, batch, &[DECIDE_OVER]).await?;
    }
    run(tx, batch, &[DECIDE_WITHDRAWN, DECIDE_STRANGERS]).await?;
    run_as_a_whole(tx, batch, &[DECIDE_PAIRS]).await?;
    run_everywhere(tx, batch, &[DECIDE_ALREADY, DECIDE_WAITING]).await?;
    exclude(tx, batch).await?;
    run_everywhere(tx, batch, &[DECIDE_HOUSEHOLDS]).await?;
    run_as_a_whole(tx, batch, &[DECIDE_HOUSEHOLD_PAIRS, TALLY_DECISIONS, MAKE_PARTS]).await?;
    run(tx, batch, &[SET_DECIDED]).await?;
    Ok(tx.now)
}

/// Those that lay a batch beside itself.
async fn run_as_a_whole(tx: &mut Tx, batch: &Batch, statements: &[&'static str]) -> Result<(), Error> {
    let failed = || Error::database("deciding a batch");
    sqlx::query(AS_A_WHOLE).bind("off").execute(tx.connection()).await.map_err(failed())?;
    run(tx, batch, statements).await?;
    sqlx::query(AS_A_WHOLE).bind("on").execute(tx.connection()).await.map(drop).map_err(failed())
}

async fn run(tx: &mut Tx, batch: &Batch, statements: &[&'static str]) -> Result<(), Error> {
    for statement in statements {
        sqlx::query(*statement).bind(batch.id).execute(tx.connection()).await.map_err(Error::database("deciding a batch"))?;
    }
    Ok(())
}

/// Those that can be asked about one regency too.
async fn run_everywhere(tx: &mut Tx, batch: &Batch, statements: &[&'static str]) -> Result<(), Error> {
    for statement in statements {
        let run = sqlx::query(*statement).bind(batch.id).bind(None::<String>).execute(tx.connection()).await;
        run.map_err(Error::database("deciding a batch"))?;
    }
    Ok(())
}

/// Holds whom a rival tranche pays. Most tranches have no rivals, and then no row is looked at.
async fn exclude(tx: &mut Tx, batch: &Batch) -> Result<(), Error> {
    let failed = || Error::database("deciding whom another programme pays");
    let rivals: Vec<i32> = sqlx::query_scalar(RIVALS).bind(batch.tranche()?.0).fetch_all(tx.connection()).await.map_err(failed())?;
    if rivals.is_empty() {
        return Ok(());
    }
    sqlx::query(DECIDE_EXCLUDED).bind(batch.id).bind(None::<String>).bind(rivals).execute(tx.connection()).await.map(drop).map_err(failed())
}

/// The parts of a batch, by regency.
pub async fn parts(tx: &mut Tx, batch: BatchId) -> Result<Vec<Part>, Error> {
    sqlx::query_as(PARTS).bind(batch.0).fetch_all(tx.connection()).await.map_err(Error::database("reading batch parts"))
}

/// Allocation, reserve and recipients of a batch, in one regency.
type Accounts = (i64, i64, i64);

/// Those of each regency, in their order; locks the tranche.
async fn accounts_of(tx: &mut Tx, batch: &Batch, regencies: &[&str]) -> Result<Vec<Accounts>, Error> {
    let (tranche, failed) = (batch.tranche()?, Error::database("locking a tranche"));
    let programme: String = sqlx::query_scalar(LOCK_TRANCHE).bind(tranche.0).fetch_one(tx.connection()).await.map_err(failed)?;
    let of = |regency: &&str| {
        [
            AccountKey::allocation(&programme, tranche, regency),
            AccountKey::reserve(&programme, tranche, regency, batch.id),
            AccountKey::recipient(&programme, tranche, regency),
        ]
    };
    let keys: Vec<[AccountKey; 3]> = regencies.iter().map(of).collect();
    let ids = ledger::accounts(tx, &keys.concat(), true).await?;
    Ok(keys.iter().map(|[allocation, reserve, recipient]| (ids[allocation], ids[reserve], ids[recipient])).collect())
}

async fn accounts_in(tx: &mut Tx, batch: &Batch, regency: &str) -> Result<Accounts, Error> {
    Ok(accounts_of(tx, batch, &[regency]).await?.remove(0))
}

/// Reserves the sum of each part from its allocation, or holds the part whole when the allocation does not cover it.
pub async fn reserve(tx: &mut Tx, batch: &Batch, parts: &[&Part]) -> Result<(), Error> {
    if parts.is_empty() {
        return Ok(());
    }
    let regencies: Vec<&str> = parts.iter().map(|part| part.regency.as_str()).collect();
    let accounts = accounts_of(tx, batch, &regencies).await?;
    let available = ledger::lock_available(tx, &accounts.iter().map(|(allocation, ..)| *allocation).collect::<Vec<_>>()).await?;
    let parts = parts.iter().copied().zip(accounts);
    let (covered, short): (Vec<_>, Vec<_>) = parts.partition(|(part, (allocation, ..))| available[allocation] >= part.rupiah);
    hold(tx, batch, &short.iter().map(|(part, (allocation, ..))| (part.regency.as_str(), available[allocation])).collect::<Vec<_>>())
        .await?;
    let of = |(part, (debit, credit, _)): &(&Part, Accounts)| {
        let subject = Uuid::new_v5(&batch.id, part.regency.as_bytes());
        let (tranche, amount, document) = (batch.tranche()?, part.rupiah()?, batch.name.clone());
        Ok(Transfer { tranche, subject, kind: Kind::BatchReserved, n: 1, debit: *debit, credit: *credit, amount, document })
    };
    ledger::post(tx, &covered.iter().map(of).collect::<Result<Vec<_>, Error>>()?).await?;
    let set = sqlx::query(SET_RESERVED).bind(batch.id).bind(covered.iter().map(|(part, _)| part.regency.as_str()).collect::<Vec<_>>());
    let set = set.bind(covered.iter().map(|(_, (_, reserve, _))| *reserve).collect::<Vec<_>>());
    let set = set.bind(covered.iter().map(|(_, (_, _, recipient))| *recipient).collect::<Vec<_>>());
    set.execute(tx.connection()).await.map(drop).map_err(Error::database("reserving parts"))
}

/// Holds parts whole, with what was available for each.
async fn hold(tx: &mut Tx, batch: &Batch, short: &[(&str, i64)]) -> Result<(), Error> {
    if short.is_empty() {
        return Ok(());
    }
    let failed = || Error::database("holding parts");
    let (regencies, available): (Vec<&str>, Vec<i64>) = short.iter().copied().unzip();
    sqlx::query(SET_HELD).bind(batch.id).bind(&regencies).bind(available).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query(TALLY_HELD_PARTS).bind(batch.id).bind(regencies).execute(tx.connection()).await.map(drop).map_err(failed())
}

/// The last row was emitted: the tranche or a rival may release its next batch.
pub async fn finish(tx: &mut Tx, batch: &Batch) -> Result<(), Error> {
    let failed = || Error::database("finishing a release");
    let done = sqlx::query(SET_RELEASED).bind(batch.id).execute(tx.connection()).await.map_err(failed())?;
    if done.rows_affected() > 0 {
        sqlx::query(SET_RELEASING).bind(batch.tranche()?.0).bind(None::<Uuid>).execute(tx.connection()).await.map_err(failed())?;
    }
    Ok(())
}

/// Reserve and recipient accounts of the parts of batches that were reserved.
pub async fn accounts(tx: &mut Tx, batches: &[BatchId]) -> Result<HashMap<(BatchId, String), (i64, i64)>, Error> {
    let ids: Vec<Uuid> = batches.iter().map(|batch| batch.0).collect();
    let rows: Vec<(Uuid, String, i64, i64)> =
        sqlx::query_as(ACCOUNTS).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading reserves"))?;
    Ok(rows.into_iter().map(|(batch, regency, reserve, recipient)| ((BatchId(batch), regency), (reserve, recipient))).collect())
}
