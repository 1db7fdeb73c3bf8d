//! Payments: locked in key order, moved on by one writer per status.

use salur_domain::{AccountId, BatchId, PaymentId, PaymentStatus, RowKey, Rupiah, TrancheId};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

sql! {
    LOCK = "SELECT p.tranche, p.id, p.account, p.batch, p.row, p.amount, p.village, p.regency, p.pay_point, p.unverified_at, p.account_opened_at,
          p.funded_at, p.cheque_issued_at, p.handed_over_at, p.questioned_at, p.paid_at, p.returned_at, p.cancelled_at, p.round
        FROM payments p JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id
        ORDER BY p.tranche, p.id FOR NO KEY UPDATE OF p";
    NAMES = "SELECT r.batch, r.row, r.name_digest FROM recipients r JOIN unnest($1::uuid[], $2::text[]) AS k(batch, row)
        ON r.batch = k.batch AND r.row = k.row";
    SET_ACCOUNT_OPENED = "UPDATE payments p SET account_opened_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.account_opened_at IS NULL";
    SET_UNVERIFIED = "UPDATE payments p SET unverified_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.unverified_at IS NULL";
    SET_FUNDED = "UPDATE payments p SET funded_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.funded_at IS NULL";
    SET_CHEQUE_ISSUED = "UPDATE payments p SET cheque_issued_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.cheque_issued_at IS NULL";
    SET_PAID = "UPDATE payments p SET handed_over_at = now(), paid_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.handed_over_at IS NULL";
    SET_IN_QUESTION = "UPDATE payments p SET handed_over_at = now(), questioned_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.handed_over_at IS NULL";
    SET_RETURNED = "UPDATE payments p SET returned_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL";
    SET_BELIEVED = "UPDATE payments p SET paid_at = now() FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id)
        WHERE p.tranche = k.tranche AND p.id = k.id AND p.questioned_at IS NOT NULL AND p.paid_at IS NULL";
    REOPEN = "UPDATE payments p SET handed_over_at = NULL, questioned_at = NULL, paid_at = NULL, round = p.round + 1
        FROM unnest($1::int[], $2::uuid[]) AS k(tranche, id) WHERE p.tranche = k.tranche AND p.id = k.id AND p.handed_over_at IS NOT NULL";
    ORIGIN = "SELECT p.tranche, p.id, b.source, b.name AS batch, p.row FROM payments p
        JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id JOIN batches b ON b.id = p.batch";
}

/// Key of a payment.
pub type Key = (TrancheId, PaymentId);

/// A payment, locked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Payment {
    tranche: i32,
    id: Uuid,
    account: Uuid,
    batch: Uuid,
    row: String,
    amount: i64,
    /// Ten digits.
    pub village: String,
    /// Four digits.
    pub regency: String,
    /// Where the family is paid.
    pub pay_point: String,
    /// When a civil registry's answer stopped it.
    pub unverified_at: Option<Timestamp>,
    /// When its account was attached.
    pub account_opened_at: Option<Timestamp>,
    /// When it was funded.
    pub funded_at: Option<Timestamp>,
    /// When its first cheque was issued.
    pub cheque_issued_at: Option<Timestamp>,
    /// When the cash left the drawer.
    pub handed_over_at: Option<Timestamp>,
    /// When its proof was questioned.
    pub questioned_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was returned.
    pub returned_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Number of its next way out: 1, and one more for each that was undone.
    pub round: i16,
}

/// Where a payment came from, for the outcome.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Origin {
    tranche: i32,
    id: Uuid,
    /// The upstream system.
    pub source: String,
    /// Its own name for the batch.
    pub batch: String,
    /// Its own reference of the row.
    pub row: String,
}

/// A moment of a payment; each belongs to one stage, and the database grants it to no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// account-creation: a civil registry did not confirm the person
    Unverified,
    /// account-creation
    AccountOpened,
    /// transfer-posting
    Funded,
    /// cheque-rendering
    ChequeIssued,
    /// status-finalizer: handed over, proof accepted
    Paid,
    /// status-finalizer: handed over, proof questioned
    InQuestion,
    /// status-finalizer: a supervisor believes what was in question
    Believed,
    /// status-finalizer: the hand-over does not stand; the payment is open again, in its next round
    Reopened,
    /// fund-return
    Returned,
}

impl Payment {
    /// Its key.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.id))
    }
    /// Its account's id.
    pub fn account(&self) -> AccountId {
        AccountId(self.account)
    }
    /// The batch it came from.
    pub fn batch(&self) -> BatchId {
        BatchId(self.batch)
    }
    /// The row it came from.
    pub fn row(&self) -> RowKey {
        RowKey(self.row.clone())
    }
    /// What the family gets.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("the table checks that amounts are positive")
    }
    /// Where it stands, as the table derives it.
    pub fn status(&self) -> PaymentStatus {
        let moments = [
            (self.paid_at, PaymentStatus::Paid),
            (self.questioned_at, PaymentStatus::InQuestion),
            (self.returned_at, PaymentStatus::Returned),
            (self.cancelled_at, PaymentStatus::Cancelled),
            (self.cheque_issued_at, PaymentStatus::ChequeIssued),
            (self.funded_at, PaymentStatus::Funded),
            (self.account_opened_at, PaymentStatus::AccountOpen),
        ];
        moments.into_iter().find_map(|(moment, status)| moment.map(|_| status)).unwrap_or(PaymentStatus::Accepted)
    }
    /// Whether it ended before a hand-over.
    pub fn ended_unpaid(&self) -> bool {
        self.returned_at.is_some() || self.cancelled_at.is_some()
    }
}

impl Origin {
    /// Key of the payment.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.id))
    }
}

fn columns(keys: &[Key]) -> (Vec<i32>, Vec<Uuid>) {
    keys.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip()
}

/// Locks payments in key order: the first lock of every stage that moves them. Asking twice for one gives it once.
pub async fn lock(tx: &mut Tx, keys: &[Key]) -> Result<std::collections::HashMap<Key, Payment>, Error> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let (tranches, ids) = columns(&keys);
    let rows: Vec<Payment> =
        sqlx::query_as(LOCK).bind(tranches).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("locking payments"))?;
    Ok(rows.into_iter().map(|payment| (payment.key(), payment)).collect())
}

/// Keyed digest of the name in the row of each payment.
pub async fn names(tx: &mut Tx, payments: &[&Payment]) -> Result<std::collections::HashMap<Key, Vec<u8>>, Error> {
    let (batches, rows): (Vec<Uuid>, Vec<&str>) = payments.iter().map(|payment| (payment.batch, payment.row.as_str())).unzip();
    let found: Vec<(Uuid, String, Vec<u8>)> =
        sqlx::query_as(NAMES).bind(batches).bind(rows).fetch_all(tx.connection()).await.map_err(Error::database("reading names"))?;
    let mut digests: std::collections::HashMap<(Uuid, String), Vec<u8>> =
        found.into_iter().map(|(batch, row, digest)| ((batch, row), digest)).collect();
    payments
        .iter()
        .map(|payment| {
            let digest = digests.remove(&(payment.batch, payment.row.clone()));
            Ok((payment.key(), digest.ok_or_else(|| Error::invariant(format!("payment {} has no row", payment.id)))?))
        })
        .collect()
}

/// Where payments came from.
pub async fn origins(tx: &mut Tx, keys: &[Key]) -> Result<std::collections::HashMap<Key, Origin>, Error> {
    let (tranches, ids) = columns(keys);
    let rows: Vec<Origin> =
        sqlx::query_as(ORIGIN).bind(tranches).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading origins"))?;
    Ok(rows.into_iter().map(|origin| (origin.key(), origin)).collect())
}

/// Sets a moment to the transaction's `now`. Every payment named must be locked and not have it yet.
pub async fn set(tx: &mut Tx, moment: Moment, keys: &[Key]) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let statement = match moment {
        Moment::Unverified => SET_UNVERIFIED,
        Moment::AccountOpened => SET_ACCOUNT_OPENED,
        Moment::Funded => SET_FUNDED,
        Moment::ChequeIssued => SET_CHEQUE_ISSUED,
        Moment::Paid => SET_PAID,
        Moment::InQuestion => SET_IN_QUESTION,
        Moment::Believed => SET_BELIEVED,
        Moment::Reopened => REOPEN,
        Moment::Returned => SET_RETURNED,
    };
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    let (tranches, ids) = columns(&keys);
    let done =
        sqlx::query(statement).bind(tranches).bind(ids).execute(tx.connection()).await.map_err(Error::database("moving payments on"))?;
    if done.rows_affected() == keys.len() as u64 {
        return Ok(());
    }
    Err(Error::invariant(format!("{moment:?}: {} payments named, {} moved", keys.len(), done.rows_affected())))
}
