//! What waited for the end of a pause, from its rows: the sweep of a resumption.
//!
//! Where a payment stands says whose turn it is, and its moment is what the fact said that brought it there: said again it is the same fact. Bounds: a step
//! looks at [`SWEEP_ROWS`] payments along their key, whether they waited or not.

use salur_domain::{AccountId, BatchId, PaymentId, RowKey, Rupiah, SourceName, TrancheId};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, payments::Key, registry, sql};

/// Payments looked at in a step.
pub const SWEEP_ROWS: i64 = 5_000;

sql! {
    ALONG_THE_INDEX = "SELECT set_config('enable_' || plan, 'off', true) FROM unnest(ARRAY['sort', 'seqscan', 'bitmapscan']) AS s(plan)";
    LOOK = "SELECT p.id, p.batch, p.row, (SELECT b.source FROM batches b WHERE b.id = p.batch) AS source, p.account, p.amount, p.accepted_at,
          p.unverified_at, p.account_opened_at, p.funded_at,
          p.cheque_issued_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL AND ($2::text IS NULL OR p.regency = $2) AS waits
        FROM payments p WHERE p.tranche = $1 AND p.id > $3 ORDER BY p.id LIMIT $4";
}

/// A step of a resumption.
#[derive(Debug)]
pub struct Step {
    /// Payments that wait for a stage.
    pub waiting: Vec<Waiting>,
    /// Where the next step begins; none after the last payment.
    pub next: Option<PaymentId>,
}

/// A payment that waits, and for which stage.
#[derive(Debug)]
pub struct Waiting {
    /// The payment.
    pub payment: PaymentId,
    /// What it waits for.
    pub turn: Turn,
    /// Since when.
    pub since: Timestamp,
}

/// Whose turn it is.
#[derive(Debug)]
pub enum Turn {
    /// account-creation's.
    Account {
        /// The upstream system.
        source: SourceName,
        /// The batch it came from.
        batch: BatchId,
        /// The row it came from.
        row: RowKey,
    },
    /// transfer-posting's.
    Funding(AccountId),
    /// cheque-rendering's.
    Cheque(Rupiah),
}

#[derive(sqlx::FromRow)]
struct Looked {
    id: Uuid,
    batch: Uuid,
    row: String,
    source: String,
    account: Uuid,
    amount: i64,
    accepted_at: Timestamp,
    unverified_at: Option<Timestamp>,
    account_opened_at: Option<Timestamp>,
    funded_at: Option<Timestamp>,
    waits: bool,
}

/// The next payments of a tranche, of one regency or of all, that wait for a stage. One that a civil registry's answer stopped waits for a person, until
/// that person released it.
pub async fn next(tx: &mut Tx, tranche: TrancheId, regency: Option<&str>, after: Option<PaymentId>) -> Result<Step, Error> {
    let failed = || Error::database("reading what waits");
    sqlx::query(ALONG_THE_INDEX).execute(tx.connection()).await.map_err(failed())?;
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let looked = sqlx::query_as(LOOK).bind(tranche.0).bind(regency).bind(after).bind(SWEEP_ROWS);
    let looked: Vec<Looked> = looked.fetch_all(tx.connection()).await.map_err(failed())?;
    let is_full = i64::try_from(looked.len()).is_ok_and(|count| count == SWEEP_ROWS);
    let next = looked.last().filter(|_| is_full).map(|last| PaymentId(last.id));
    let key = |looked: &Looked| (tranche, PaymentId(looked.id));
    let stopped: Vec<Key> = looked.iter().filter(|looked| looked.waits && looked.is_stopped()).map(key).collect();
    let stopped = registry::stopped(tx, &stopped).await?;
    let mut waiting = Vec::with_capacity(looked.len());
    for looked in looked.into_iter().filter(|looked| looked.waits) {
        let released_at = stopped.get(&key(&looked)).and_then(|stopped| stopped.released_at);
        match (looked.is_stopped(), released_at) {
            (true, None) => {}
            (true, Some(at)) => waiting.push(Looked { accepted_at: at, ..looked }.waiting()?),
            (false, _) => waiting.push(looked.waiting()?),
        }
    }
    Ok(Step { waiting, next })
}

impl Looked {
    fn is_stopped(&self) -> bool {
        self.unverified_at.is_some() && self.account_opened_at.is_none()
    }

    fn waiting(self) -> Result<Waiting, Error> {
        let (turn, since) = match (self.account_opened_at, self.funded_at) {
            (_, Some(at)) => {
                let amount = Rupiah::new(self.amount).map_err(|error| Error::invariant(error.to_string()))?;
                (Turn::Cheque(amount), at)
            }
            (Some(at), None) => (Turn::Funding(AccountId(self.account)), at),
            (None, None) => {
                let (source, batch, row) = (SourceName(self.source), BatchId(self.batch), RowKey(self.row));
                (Turn::Account { source, batch, row }, self.accepted_at)
            }
        };
        Ok(Waiting { payment: PaymentId(self.id), turn, since })
    }
}
