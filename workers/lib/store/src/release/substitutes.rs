//! A family in the place of another: the one is taken back, the other gets its money, in one transaction.
//!
//! The substitute passed the rules of one row; here it must pass those that need others, live in the same regency (the money lies in that part's reserve),
//! and come while the place is free. If it does not, nothing changes for the one it was to replace, and the substitute's row ends with the reason.

use salur_domain::BatchId;

use super::{
    AGAINST, Batch,
    sweep::{self, SweepRow},
    withdrawals::{self, Decision, Withdrawal, end_row},
};
use crate::{
    Error, Timestamp, Tx, sql,
    tallies::{Deltas, Measure},
};

sql! {
    READ = "SELECT s.replaces, s.reason, s.document, d.code AS ended, d.decided_at AS ended_at, p.accepted_at
        FROM substitutes s JOIN recipients r ON r.batch = s.batch AND r.row = s.row
        LEFT JOIN row_decisions d ON d.batch = s.batch AND d.row = s.row
        LEFT JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
        WHERE s.batch = $1 AND s.row = $2";
    PLACE = "SELECT left(o.village, 4) = left(s.village, 4) AND o.tranche = s.tranche AND o.amount = s.amount AND b.tranche = s.tranche, p.id
        FROM recipients s JOIN recipients o ON o.batch = s.batch AND o.row = $3 JOIN batches b ON b.id = s.batch
        LEFT JOIN payments p ON p.tranche = o.tranche AND p.id = o.payment AND p.batch = o.batch AND p.row = o.row
        WHERE s.batch = $1 AND s.row = $2";
}

/// A substitute as it is remembered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Substitute {
    /// The row that it replaces.
    pub replaces: String,
    reason: String,
    document: String,
    ended: Option<String>,
    ended_at: Option<Timestamp>,
    accepted_at: Option<Timestamp>,
}

impl Substitute {
    /// When it took the place, if it did.
    pub fn accepted_at(&self) -> Option<Timestamp> {
        self.accepted_at
    }
    /// Under which code it ended, and when.
    pub fn ended(&self) -> Option<(&str, Timestamp)> {
        self.ended.as_deref().zip(self.ended_at)
    }
    /// The withdrawal that it is part of.
    pub fn withdrawal<'a>(&'a self, batch: BatchId, row: &'a str) -> Withdrawal<'a> {
        Withdrawal { batch, row: &self.replaces, substitute: Some(row), reason: &self.reason, document: &self.document }
    }
}

/// A substitute with what was decided about it.
pub async fn substitute(tx: &mut Tx, batch: BatchId, row: &str) -> Result<Substitute, Error> {
    let found = sqlx::query_as(READ).bind(batch.0).bind(row).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading a substitute"))?.ok_or_else(|| Error::invariant(format!("batch {batch} has no such substitute")))
}

/// Puts a substitute into the place of the row it replaces, or ends its row; once. `is_patient`: a batch that is not released may still be.
pub async fn replace(tx: &mut Tx, batch: BatchId, row: &str, substitute: &Substitute, is_patient: bool) -> Result<Decision, Error> {
    let failed = || Error::database("reading a place");
    let Some(found) = withdrawals::find(tx, batch).await? else { return Ok(Decision::Unknown) };
    let family = sweep::one(tx, batch.0, row).await?;
    match found.released_at {
        None if found.release_started_at.is_none() && is_patient => return Ok(Decision::Unknown),
        None if found.release_started_at.is_none() => return end(tx, &found, &family, "SUB01").await,
        Some(_) if !super::is_under_release(tx, found.tranche()?).await? => {}
        _ => return Ok(Decision::Releasing),
    }
    let place: Option<(Option<bool>, Option<uuid::Uuid>)> =
        sqlx::query_as(PLACE).bind(batch.0).bind(row).bind(&substitute.replaces).fetch_optional(tx.connection()).await.map_err(failed())?;
    let Some((Some(true), Some(old))) = place else { return end(tx, &found, &family, "SUB01").await };
    if let Some(code) = against(tx, &family, old).await? {
        return end(tx, &found, &family, &code).await;
    }
    let asked = substitute.withdrawal(batch, row);
    if withdrawals::withdrawal(tx, batch, &substitute.replaces).await?.is_none() {
        match withdrawals::withdraw(tx, &asked).await? {
            Decision::Made => {}
            other => return Ok(other),
        }
    }
    let made = withdrawals::withdrawal(tx, batch, &substitute.replaces).await?;
    if !made.is_some_and(|made| made.agrees(&asked) && !made.is_refused()) {
        return end(tx, &found, &family, "SUB02").await;
    }
    sweep::accept(tx, batch, &[&family]).await?;
    let mut deltas = Deltas::default();
    deltas.add(family.tranche(), &family.village, &family.pay_point, Measure::Accepted, family.amount())?;
    deltas.write(tx).await?;
    Ok(Decision::Made)
}

/// What speaks against a payment, as if the one it replaces were gone.
async fn against(tx: &mut Tx, family: &SweepRow, old: uuid::Uuid) -> Result<Option<String>, Error> {
    if super::is_over(tx, family.tranche()).await? {
        return Ok(Some("TRN03".into()));
    }
    if family.pay_point.is_empty() {
        return Ok(Some("PAY01".into()));
    }
    let (account, household) = family.family();
    let none: Vec<String> = Vec::new();
    let against =
        sqlx::query_as(AGAINST).bind(family.tranche().0).bind(family.payment().0).bind(account).bind(household).bind(none).bind(old);
    let against: Option<(String, uuid::Uuid, String)> =
        against.fetch_optional(tx.connection()).await.map_err(Error::database("asking the rules about a substitute"))?;
    Ok(against.map(|(code, ..)| code))
}

async fn end(tx: &mut Tx, batch: &Batch, family: &SweepRow, code: &str) -> Result<Decision, Error> {
    end_row(tx, batch.id, &family.row().0, code).await?;
    let mut deltas = Deltas::default();
    deltas.add(family.tranche(), &family.village, &family.pay_point, Measure::Rejected, family.amount())?;
    deltas.write(tx).await?;
    Ok(Decision::Made)
}
