//! Payments: moved on by one writer per status, in key order.
//!
//! Whoever decides about a payment has its row as it was [`read`], or [`lock`]ed. [`set`] moves that very [`Version`] and no other: if somebody moved one of
//! them meanwhile nothing is written, the error says [`Error::Raced`], and the flight is tried again on what is there now. So stages that
//! move thousands of payments on, which nobody else touches, need not lock them first (a third of what both cost); where several may want the same
//! payment, or other rows are read because of it, it is locked.

use std::collections::HashMap;

use salur_domain::{AccountId, BatchId, PaymentId, PaymentStatus, RowKey, Rupiah, TrancheId};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::{
    Error, Timestamp, Tx, sql,
    version::{Place, Version, Writer},
};

/// A payment by its key, in the order of the fields of [`Payment`].
macro_rules! payment {
    () => {
        "SELECT p.tranche, p.id, p.account, p.batch, p.row, p.amount, p.village, p.regency, p.pay_point, p.unverified_at, p.account_opened_at,
          p.funded_at, p.cheque_issued_at, p.handed_over_at, p.questioned_at, p.paid_at, p.returned_at, p.cancelled_at, p.round, p.accepted_at,
          p.ctid, p.xmin
        FROM payments p JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id"
    };
}

/// Moves payments as they were read, in the order in which they are named. A moment is never before the one it follows, though the database's clock went
/// back between them.
macro_rules! moved {
    ($set:literal, $before:literal) => {
        concat!(
            "UPDATE payments p SET ",
            $set,
            " FROM unnest($1::tid[], $2::xid[]) AS k(place, writer) WHERE p.ctid = k.place AND p.xmin = k.writer AND ",
            $before
        )
    };
}

sql! {
    LOCK = concat!(payment!(), " ORDER BY p.tranche, p.id FOR NO KEY UPDATE OF p");
    READ = payment!();
    NAMES = "SELECT r.batch, r.row, r.name_digest FROM recipients r JOIN unnest($1::uuid[], $2::text[]) AS k(batch, row)
        ON r.batch = k.batch AND r.row = k.row";
    SET_ACCOUNT_OPENED = moved!("account_opened_at = greatest(now(), p.accepted_at)", "p.account_opened_at IS NULL");
    SET_UNVERIFIED = moved!("unverified_at = now()", "p.unverified_at IS NULL");
    SET_FUNDED = moved!("funded_at = greatest(now(), p.account_opened_at)", "p.funded_at IS NULL");
    SET_CHEQUE_ISSUED = moved!("cheque_issued_at = greatest(now(), p.funded_at)", "p.cheque_issued_at IS NULL");
    SET_PAID = moved!("handed_over_at = greatest(now(), p.cheque_issued_at), paid_at = greatest(now(), p.cheque_issued_at)", "p.handed_over_at IS NULL");
    SET_IN_QUESTION = moved!("handed_over_at = greatest(now(), p.cheque_issued_at), questioned_at = greatest(now(), p.cheque_issued_at)",
        "p.handed_over_at IS NULL");
    SET_RETURNED = moved!("returned_at = now()", "p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL");
    SET_BELIEVED = moved!("paid_at = greatest(now(), p.questioned_at)", "p.questioned_at IS NOT NULL AND p.paid_at IS NULL");
    REOPEN = moved!("handed_over_at = NULL, questioned_at = NULL, paid_at = NULL, round = p.round + 1", "p.handed_over_at IS NOT NULL");
    ORIGIN = "SELECT p.tranche, p.id, b.source, b.name AS batch, p.row FROM payments p
        JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id JOIN batches b ON b.id = p.batch";
}

/// Key of a payment.
pub type Key = (TrancheId, PaymentId);

/// A payment, as it was read.
#[derive(Debug, Clone)]
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
    accepted_at: Timestamp,
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
    version: Version,
}

/// By place: thousands of rows a second are looked up by no name.
impl sqlx::FromRow<'_, PgRow> for Payment {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tranche: row.try_get(0)?,
            id: row.try_get(1)?,
            account: row.try_get(2)?,
            batch: row.try_get(3)?,
            row: row.try_get(4)?,
            amount: row.try_get(5)?,
            village: row.try_get(6)?,
            regency: row.try_get(7)?,
            pay_point: row.try_get(8)?,
            unverified_at: row.try_get(9)?,
            account_opened_at: row.try_get(10)?,
            funded_at: row.try_get(11)?,
            cheque_issued_at: row.try_get(12)?,
            handed_over_at: row.try_get(13)?,
            questioned_at: row.try_get(14)?,
            paid_at: row.try_get(15)?,
            returned_at: row.try_get(16)?,
            cancelled_at: row.try_get(17)?,
            round: row.try_get(18)?,
            accepted_at: row.try_get(19)?,
            version: Version { place: row.try_get(20)?, writer: row.try_get(21)? },
        })
    }
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
    /// When its account was attached, if that was before or is now.
    pub fn account_opened_by(&self, now: Timestamp) -> Timestamp {
        self.account_opened_at.unwrap_or(now.max(self.accepted_at))
    }
    /// When it was funded, if that was before or is now.
    pub fn funded_by(&self, now: Timestamp) -> Timestamp {
        self.funded_at.unwrap_or(now.max(self.account_opened_by(now)))
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

/// Locks payments in key order: the first lock of every stage that takes any. Asking twice for one gives it once.
pub async fn lock(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, Payment>, Error> {
    look(tx, LOCK, keys).await
}

/// Reads payments without a lock: for those who change nothing but by [`set`]. Asking twice for one gives it once.
pub async fn read(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, Payment>, Error> {
    look(tx, READ, keys).await
}

async fn look(tx: &mut Tx, statement: &'static str, keys: &[Key]) -> Result<HashMap<Key, Payment>, Error> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let (tranches, ids) = columns(&keys);
    let rows: Vec<Payment> =
        sqlx::query_as(statement).bind(tranches).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading payments"))?;
    Ok(rows.into_iter().map(|payment| (payment.key(), payment)).collect())
}

/// Keyed digest of the name in the row of each payment.
pub async fn names(tx: &mut Tx, payments: &[&Payment]) -> Result<HashMap<Key, Vec<u8>>, Error> {
    let (batches, rows): (Vec<Uuid>, Vec<&str>) = payments.iter().map(|payment| (payment.batch, payment.row.as_str())).unzip();
    let found: Vec<(Uuid, String, Vec<u8>)> =
        sqlx::query_as(NAMES).bind(batches).bind(rows).fetch_all(tx.connection()).await.map_err(Error::database("reading names"))?;
    let mut digests: HashMap<(Uuid, String), Vec<u8>> = found.into_iter().map(|(batch, row, digest)| ((batch, row), digest)).collect();
    payments
        .iter()
        .map(|payment| {
            let digest = digests.remove(&(payment.batch, payment.row.clone()));
            Ok((payment.key(), digest.ok_or_else(|| Error::invariant(format!("payment {} has no row", payment.id)))?))
        })
        .collect()
}

/// Where payments came from.
pub async fn origins(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, Origin>, Error> {
    let (tranches, ids) = columns(keys);
    let rows: Vec<Origin> =
        sqlx::query_as(ORIGIN).bind(tranches).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading origins"))?;
    Ok(rows.into_iter().map(|origin| (origin.key(), origin)).collect())
}

/// Sets a moment to the transaction's `now`, in key order. None may have it yet; if one was moved since it was read, nothing is written.
pub async fn set(tx: &mut Tx, moment: Moment, read: &[&Payment]) -> Result<(), Error> {
    if read.is_empty() {
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
    let mut read = read.to_vec();
    read.sort_unstable_by_key(|payment| payment.key());
    let (places, writers): (Vec<Place>, Vec<Writer>) = read.iter().map(|payment| (payment.version.place, payment.version.writer)).unzip();
    let done =
        sqlx::query(statement).bind(places).bind(writers).execute(tx.connection()).await.map_err(Error::database("moving payments on"))?;
    if done.rows_affected() == read.len() as u64 { Ok(()) } else { Err(Error::Raced("moving payments on")) }
}
