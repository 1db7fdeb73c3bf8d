//! A person decided about a held row: what comes of it.
//!
//! The decision is stored with its effect and answered from there for ever. A released row must pass every rule again that nobody set aside for it (it
//! may be paid elsewhere by now), and reserves its own sum. While a batch of the tranche or of a rival is under release it waits, as that release decides
//! by what is in the tranche. The allocation is locked before the payment is inserted: only releases touch either, and they go one after another.

use salur_domain::{BatchId, DecisionId, PaymentId, Rupiah, TrancheId, hold::Ruling, reason};
use uuid::Uuid;

use super::{AGAINST, Batch, LOCK_RIVALS, accounts_in, sweep, sweep::SweepRow, unverified};
use crate::{
    Error, Timestamp, Tx,
    ledger::{self, Kind, Transfer},
    sql,
    tallies::{Deltas, Measure},
};

sql! {
    INSERT = "INSERT INTO hold_decisions (id, batch, row, regency, tranche, code, ruling, reason, actor, effect, held_code, other_batch, other_row,
          families, rupiah) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    READ = "SELECT h.id, h.batch, h.row, h.regency, h.tranche, h.code, h.ruling, h.effect, h.held_code, h.decided_at, r.payment,
          array_to_string(r.findings, ',') AS findings, s.finished_at
        FROM hold_decisions h LEFT JOIN recipients r ON r.batch = h.batch AND r.row = h.row LEFT JOIN hold_sweeps s ON s.decision = h.id
        WHERE h.id = $1";
    HELD = "SELECT r.intake, coalesce(r.pay_point, '') AS pay_point, d.code, o.account AS other FROM recipients r
        LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
        LEFT JOIN recipients o ON o.batch = d.other_batch AND o.row = d.other_row
        WHERE r.batch = $1 AND r.row = $2 AND (r.intake = 'held' OR d.decision = 'held')";
    HISTORY = "SELECT code, ruling, effect, held_code FROM hold_decisions WHERE batch = $1 AND row = $2 ORDER BY decided_at, id";
    INSERT_DISTINCT = "INSERT INTO distinct_pairs (account, other, decision)
        SELECT a.account, a.other, $1 FROM (SELECT account AS other FROM payments WHERE tranche = $3 AND household = $4
            UNION SELECT $5::uuid WHERE $5::uuid IS NOT NULL) AS o
          CROSS JOIN LATERAL (VALUES ($2::uuid, o.other), (o.other, $2::uuid)) AS a(account, other)
        WHERE o.other <> $2::uuid ORDER BY 1, 2 ON CONFLICT DO NOTHING";
    KEEP_ACCOUNTS = "INSERT INTO hold_reserves (batch, regency, reserve_account, recipient_account) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
}

/// What a person decided.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Its id.
    pub id: DecisionId,
    /// The rule it waits under, as the person saw it.
    pub code: &'a str,
    /// What was decided.
    pub ruling: Ruling,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub actor: &'a str,
}

/// A decision as it is remembered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Decided {
    id: Uuid,
    batch: Uuid,
    /// The row; none where a part was decided.
    pub row: Option<String>,
    /// Four digits.
    pub regency: String,
    tranche: i32,
    /// The rule it was held under.
    pub code: String,
    /// As in the table.
    pub ruling: String,
    effect: String,
    held_code: Option<String>,
    /// When.
    pub decided_at: Timestamp,
    payment: Option<Uuid>,
    findings: Option<String>,
    /// When the last row of a part was answered.
    pub finished_at: Option<Timestamp>,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It goes on.
    Released,
    /// It ended.
    Rejected,
    /// It waits still, under this rule and beside this row.
    Held(String, Option<(Uuid, String)>),
    /// It was decided before, is held under another rule than the person saw, or cannot go on here at all.
    Refused,
}

#[derive(sqlx::FromRow)]
struct Held {
    intake: String,
    pay_point: String,
    code: Option<String>,
    other: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct Past {
    code: String,
    ruling: String,
    effect: String,
    held_code: Option<String>,
}

impl Decided {
    /// Its batch.
    pub fn batch(&self) -> BatchId {
        BatchId(self.batch)
    }
    /// Its id.
    pub fn id(&self) -> DecisionId {
        DecisionId(self.id)
    }
    /// Its tranche.
    pub fn tranche(&self) -> TrancheId {
        TrancheId(self.tranche)
    }
    /// The payment that the row becomes.
    pub fn payment(&self) -> Result<PaymentId, Error> {
        self.payment.map(PaymentId).ok_or_else(|| Error::invariant(format!("decision {}: a held row has a payment to become", self.id)))
    }
    /// Codes of the row's findings.
    pub fn findings(&self) -> impl Iterator<Item = &str> {
        self.findings.as_deref().unwrap_or_default().split(',').filter(|code| !code.is_empty())
    }
    /// Whether it was about a payment that a civil registry's answer stopped.
    pub fn is_of_payment(&self) -> bool {
        reason::Code::parse(&self.code).is_some_and(reason::Code::is_of_registry)
    }
    /// What came of it; the row beside which it waits is not read again.
    pub fn effect(&self) -> Effect {
        match (self.effect.as_str(), &self.held_code) {
            ("released", _) => Effect::Released,
            ("rejected", _) => Effect::Rejected,
            ("held", Some(code)) => Effect::Held(code.clone(), None),
            _ => Effect::Refused,
        }
    }
}

/// A decision, if it was stored.
pub async fn read(tx: &mut Tx, id: DecisionId) -> Result<Option<Decided>, Error> {
    sqlx::query_as(READ).bind(id.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading a decision"))
}

/// Locks the tranche and its rivals; whether a batch of theirs is under release.
pub async fn is_under_release(tx: &mut Tx, tranche: TrancheId) -> Result<bool, Error> {
    let tranches: Vec<(i32, Option<Timestamp>, Option<Uuid>)> =
        sqlx::query_as(LOCK_RIVALS).bind(tranche.0).fetch_all(tx.connection()).await.map_err(Error::database("locking a tranche"))?;
    Ok(tranches.iter().any(|(_, _, releasing)| releasing.is_some()))
}

/// Decides about a row of a released batch, whose tranche is locked; once.
pub async fn decide_row(tx: &mut Tx, batch: &Batch, row: &str, asked: &Asked<'_>) -> Result<(), Error> {
    if unverified::decide(tx, batch, row, asked).await? {
        return Ok(());
    }
    let failed = || Error::database("reading a hold");
    let held: Option<Held> = sqlx::query_as(HELD).bind(batch.id).bind(row).fetch_optional(tx.connection()).await.map_err(failed())?;
    let Some(held) = held else { return store(tx, batch, (Some(row), ""), asked, (&Effect::Refused, 0, Rupiah::default())).await };
    let past: Vec<Past> = sqlx::query_as(HISTORY).bind(batch.id).bind(row).fetch_all(tx.connection()).await.map_err(failed())?;
    let family = sweep::one(tx, batch.id, row).await?;
    let effect = match ruled(&held, &past, &family, asked) {
        Some(effect) => effect,
        None if super::is_over(tx, family.tranche()).await? => Effect::Refused,
        None => release(tx, batch, &family, &held, &past, asked).await?,
    };
    let mut deltas = Deltas::default();
    let (tranche, amount) = (family.tranche(), family.amount());
    let measure = match effect {
        Effect::Released => Some(Measure::Accepted),
        Effect::Rejected => Some(Measure::Rejected),
        Effect::Held(..) | Effect::Refused => None,
    };
    if let Some(measure) = measure {
        deltas.take(tranche, &family.village, &held.pay_point, Measure::Held, amount)?;
        let pay_point = if measure == Measure::Accepted { &family.pay_point } else { &held.pay_point };
        deltas.add(tranche, &family.village, pay_point, measure, amount)?;
    }
    let ended = if measure.is_some() { (1, amount) } else { (0, Rupiah::default()) };
    store(tx, batch, (Some(row), &family.village[..4]), asked, (&effect, ended.0, ended.1)).await?;
    deltas.write(tx).await
}

/// What needs no look at others: none when the row is to be released if nothing speaks against it.
fn ruled(held: &Held, past: &[Past], row: &SweepRow, asked: &Asked<'_>) -> Option<Effect> {
    let now = past.iter().rev().find_map(|past| past.held_code.as_deref()).or(held.code.as_deref());
    let of_intake = || row.findings().find(|code| reason::Code::parse(code).is_some_and(|code| code.outcome() == reason::Outcome::Hold));
    let now = now.or_else(|| (held.intake == "held").then(of_intake).flatten());
    let is_over = past.iter().any(|past| ["released", "rejected"].contains(&past.effect.as_str()));
    match asked.ruling {
        _ if is_over || now != Some(asked.code) => Some(Effect::Refused),
        Ruling::Reject => Some(Effect::Rejected),
        // the batch has no money in the tranche that the row names
        Ruling::Release | Ruling::Distinct if asked.code == "TRN02" => Some(Effect::Refused),
        Ruling::Distinct if asked.code != "NIK10" => Some(Effect::Refused),
        Ruling::Release | Ruling::Distinct => None,
    }
}

/// Releases a row if nothing speaks against it and its money is there.
async fn release(tx: &mut Tx, batch: &Batch, row: &SweepRow, held: &Held, past: &[Past], asked: &Asked<'_>) -> Result<Effect, Error> {
    let failed = || Error::database("releasing a hold");
    let (account, household) = row.family();
    if asked.ruling == Ruling::Distinct {
        let insert = sqlx::query(INSERT_DISTINCT).bind(asked.id.0).bind(account).bind(row.tranche().0).bind(household).bind(held.other);
        insert.execute(tx.connection()).await.map_err(failed())?;
    }
    // NIK09b, PAY01 and MON01 cannot be set aside: they are asked again
    let aside = past.iter().filter(|past| past.ruling != "reject").map(|past| past.code.as_str()).chain([asked.code]);
    let aside: Vec<&str> = aside.filter(|code| ["NIK10", "NIK11"].contains(code)).collect();
    let against =
        sqlx::query_as(AGAINST).bind(row.tranche().0).bind(row.payment().0).bind(account).bind(household).bind(aside).bind(None::<Uuid>);
    let against: Option<(String, Uuid, String)> = against.fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some((code, batch, row)) = against {
        return Ok(Effect::Held(code, Some((batch, row))));
    }
    if row.pay_point.is_empty() {
        return Ok(Effect::Held("PAY01".into(), None));
    }
    if !reserve(tx, batch, &row.village[..4], row.payment().0, row.amount()).await? {
        return Ok(Effect::Held("MON01".into(), None));
    }
    let (_, new) = sweep::accept(tx, BatchId(batch.id), &[row]).await?;
    assert_eq!(new, [row.payment()], "the tranche is locked, and there was no payment");
    Ok(Effect::Released)
}

/// Reserves the money of a hold that ends, for itself; false where the allocation does not cover it.
pub(super) async fn reserve(tx: &mut Tx, batch: &Batch, regency: &str, subject: Uuid, amount: Rupiah) -> Result<bool, Error> {
    let tranche = batch.tranche()?;
    let (allocation, reserve, recipient) = accounts_in(tx, batch, regency).await?;
    if ledger::lock_available(tx, &[allocation]).await?[&allocation] < amount.get() {
        return Ok(false);
    }
    let keep = sqlx::query(KEEP_ACCOUNTS).bind(batch.id).bind(regency).bind(reserve).bind(recipient);
    keep.execute(tx.connection()).await.map_err(Error::database("keeping a reserve"))?;
    let (kind, document) = (Kind::HoldReserved, batch.name.clone());
    ledger::post(tx, &[Transfer { tranche, subject, kind, n: 1, debit: allocation, credit: reserve, amount, document }]).await?;
    Ok(true)
}

/// Remembers a decision with its effect, and what left the hold by it.
pub(super) async fn store(
    tx: &mut Tx,
    batch: &Batch,
    (row, regency): (Option<&str>, &str),
    asked: &Asked<'_>,
    (effect, families, rupiah): (&Effect, i64, Rupiah),
) -> Result<(), Error> {
    let (word, held, other) = match effect {
        Effect::Released => ("released", None, None),
        Effect::Rejected => ("rejected", None, None),
        Effect::Held(code, other) => ("held", Some(code), other.clone()),
        Effect::Refused => ("refused", None, None),
    };
    let (other_batch, other_row) = other.unzip();
    let tranche = batch.tranche()?.0;
    let insert = sqlx::query(INSERT).bind(asked.id.0).bind(batch.id).bind(row).bind(regency).bind(tranche).bind(asked.code);
    let insert = insert.bind(asked.ruling.as_str()).bind(asked.reason).bind(asked.actor).bind(word).bind(held);
    let insert = insert.bind(other_batch).bind(other_row).bind(families).bind(rupiah.get());
    insert.execute(tx.connection()).await.map_err(Error::database("keeping a decision"))?;
    tx.wrote("hold_decisions");
    Ok(())
}
