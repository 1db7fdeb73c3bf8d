//! The ledger: the only code that writes money.
//!
//! A [`Transfer`] names the account debited and the one credited, so entries sum to zero by construction. Natural key: (tranche, subject,
//! kind, n). Posting inserts with `ON CONFLICT DO NOTHING`, reads back in a fresh statement what had existed and compares it, and then moves
//! the running totals of the few shared accounts once per flight, in id order (ledger accounts are locked after payments, cheques and
//! proofs).
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use std::collections::{BTreeMap, HashMap, HashSet};

use salur_domain::{Rupiah, TrancheId, evidence::Row};
use sqlx::{
    Postgres, Row as _,
    postgres::{PgArguments, PgRow},
};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

pub mod chart;

pub use chart::{AccountKey, AccountKind, Kind};

sql! {
    ENSURE = "INSERT INTO ledger_accounts (kind, programme, tranche, regency, owner)
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING";
    FIND = "SELECT a.id, a.kind, a.programme, a.tranche, a.regency, a.owner FROM ledger_accounts a
        JOIN unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[]) AS k(kind, programme, tranche, regency, owner)
        USING (kind, programme, tranche, regency, owner)";
    LOCK_AVAILABLE = "SELECT id, credits - debits FROM ledger_accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    LOCK_HELD = "SELECT id, debits - credits FROM ledger_accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    POST = "INSERT INTO transfers (tranche, subject, kind, n, debit, credit, amount, document)
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])
        ON CONFLICT (tranche, subject, kind, n) DO NOTHING RETURNING tranche, subject, kind, n";
    POST_NEW = "INSERT INTO transfers (tranche, subject, kind, n, debit, credit, amount, document)
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])";
    READ = "SELECT t.tranche, t.subject, t.kind, t.n, t.debit, t.credit, t.amount, t.document, t.at FROM transfers t
        JOIN unnest($1::int[], $2::uuid[], $3::text[], $4::smallint[]) AS k(tranche, subject, kind, n) USING (tranche, subject, kind, n)";
    LOCK_ACCOUNTS = "SELECT id, kind FROM ledger_accounts WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    MOVE = "UPDATE ledger_accounts a SET debits = a.debits + m.debits, credits = a.credits + m.credits
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS m(id, debits, credits) WHERE a.id = m.id";
}

/// One movement of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Tranche; 0 for none.
    pub tranche: TrancheId,
    /// The payment, or an id derived from what caused it.
    pub subject: Uuid,
    /// What happened.
    pub kind: Kind,
    /// 1, unless it happened again after being undone.
    pub n: i16,
    /// Id of the account debited.
    pub debit: i64,
    /// Id of the account credited.
    pub credit: i64,
    /// How much.
    pub amount: Rupiah,
    /// The paper behind it, where there is one.
    pub document: String,
}

/// Natural key of a transfer.
pub type Key = (TrancheId, Uuid, Kind, i16);

impl Transfer {
    /// Its natural key.
    pub fn key(&self) -> Key {
        (self.tranche, self.subject, self.kind, self.n)
    }

    fn evidence(&self, at: Timestamp) -> Row {
        let row = Row::new("transfers", &[self.tranche.0])
            .number(self.tranche.0)
            .id(self.subject)
            .text(self.kind.as_str())
            .number(self.n)
            .keyed();
        row.number(self.debit).number(self.credit).number(self.amount.get()).digest(&self.document).moment(at)
    }
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: i64,
    kind: String,
    programme: String,
    tranche: i32,
    regency: String,
    owner: String,
}

#[derive(sqlx::FromRow)]
struct TransferRow {
    tranche: i32,
    subject: Uuid,
    kind: String,
    n: i16,
    debit: i64,
    credit: i64,
    amount: i64,
    document: String,
    at: Timestamp,
}

/// Finds accounts; with `create`, makes the missing ones first (release and setup may, the hot path may not).
pub async fn accounts(tx: &mut Tx, keys: &[AccountKey], create: bool) -> Result<HashMap<AccountKey, i64>, Error> {
    let failed = || Error::database("finding ledger accounts");
    let mut sorted: Vec<&AccountKey> = keys.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let kinds: Vec<&str> = sorted.iter().map(|key| key.kind.as_str()).collect();
    let programmes: Vec<&str> = sorted.iter().map(|key| key.programme.as_str()).collect();
    let tranches: Vec<i32> = sorted.iter().map(|key| key.tranche).collect();
    let regencies: Vec<&str> = sorted.iter().map(|key| key.regency.as_str()).collect();
    let owners: Vec<&str> = sorted.iter().map(|key| key.owner.as_str()).collect();
    if create {
        sqlx::query(ENSURE)
            .bind(&kinds)
            .bind(&programmes)
            .bind(&tranches)
            .bind(&regencies)
            .bind(&owners)
            .execute(tx.connection())
            .await
            .map_err(failed())?;
    }
    let rows: Vec<AccountRow> = sqlx::query_as(FIND)
        .bind(kinds)
        .bind(programmes)
        .bind(tranches)
        .bind(regencies)
        .bind(owners)
        .fetch_all(tx.connection())
        .await
        .map_err(failed())?;
    let found: HashMap<(String, String, i32, String, String), i64> =
        rows.into_iter().map(|row| ((row.kind, row.programme, row.tranche, row.regency, row.owner), row.id)).collect();
    sorted
        .into_iter()
        .map(|key| {
            let natural = (key.kind.as_str().to_owned(), key.programme.clone(), key.tranche, key.regency.clone(), key.owner.clone());
            let id = found.get(&natural).ok_or_else(|| Error::invariant(format!("no ledger account {natural:?}")))?;
            Ok((key.clone(), *id))
        })
        .collect()
}

/// Locks accounts in id order and reads credits less debits: what obligations still hold.
pub async fn lock_available(tx: &mut Tx, accounts: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    lock_balances(tx, LOCK_AVAILABLE, accounts).await
}

/// Locks accounts in id order and reads debits less credits: what assets hold. Whoever decides by balances locks all that the transaction will move.
pub async fn lock_held(tx: &mut Tx, accounts: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    lock_balances(tx, LOCK_HELD, accounts).await
}

async fn lock_balances(tx: &mut Tx, statement: &'static str, accounts: &[i64]) -> Result<HashMap<i64, i64>, Error> {
    let rows: Vec<(i64, i64)> =
        sqlx::query_as(statement).bind(accounts).fetch_all(tx.connection()).await.map_err(Error::database("locking ledger accounts"))?;
    Ok(rows.into_iter().collect())
}

/// Posts transfers; what was posted before is compared, and differs from nothing or fails the whole flight.
pub async fn post(tx: &mut Tx, transfers: &[Transfer]) -> Result<(), Error> {
    if transfers.is_empty() {
        return Ok(());
    }
    let transfers = in_key_order(transfers)?;
    let inserted = columns(POST, &transfers).fetch_all(tx.connection()).await.map_err(Error::database("posting transfers"))?;
    let key = |row: &PgRow| {
        let (kind, failed) = (row.try_get::<String, _>(2), || Error::database("reading what was posted"));
        let key = (row.try_get(0).map_err(failed())?, row.try_get(1).map_err(failed())?, row.try_get(3).map_err(failed())?);
        Ok((TrancheId(key.0), key.1, Kind::of(&kind.map_err(failed())?)?, key.2))
    };
    let new: HashSet<Key> = inserted.iter().map(key).collect::<Result<_, Error>>()?;
    let (new, again): (Vec<&Transfer>, Vec<&Transfer>) = transfers.into_iter().partition(|transfer| new.contains(&transfer.key()));
    compare_existing(tx, again.into_iter()).await?;
    book(tx, &new).await
}

/// Posts transfers of what this transaction moved itself, so that none can have been posted before; if one was, the whole flight fails. Reads nothing.
pub async fn post_new(tx: &mut Tx, transfers: &[Transfer]) -> Result<(), Error> {
    if transfers.is_empty() {
        return Ok(());
    }
    let transfers = in_key_order(transfers)?;
    columns(POST_NEW, &transfers).execute(tx.connection()).await.map_err(Error::database("posting new transfers"))?;
    book(tx, &transfers).await
}

/// Subjects are random, and what lies together in the index is written together. The same transfer twice is one; two with one key are a mistake.
fn in_key_order(transfers: &[Transfer]) -> Result<Vec<&Transfer>, Error> {
    let mut transfers: Vec<&Transfer> = transfers.iter().collect();
    transfers.sort_unstable_by_key(|transfer| transfer.key());
    transfers.dedup();
    match transfers.windows(2).find(|pair| pair[0].key() == pair[1].key()) {
        Some(pair) => Err(Error::invariant(format!("two transfers with the key {:?}", pair[0].key()))),
        None => Ok(transfers),
    }
}

fn columns(statement: &'static str, transfers: &[&Transfer]) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    sqlx::query(statement)
        .bind(transfers.iter().map(|t| t.tranche.0).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.subject).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.kind.as_str()).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.n).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.debit).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.credit).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.amount.get()).collect::<Vec<_>>())
        .bind(transfers.iter().map(|t| t.document.clone()).collect::<Vec<_>>())
}

/// What goes with every new transfer: its evidence, and the totals of its accounts.
async fn book(tx: &mut Tx, new: &[&Transfer]) -> Result<(), Error> {
    for transfer in new {
        tx.evidence(transfer.evidence(tx.now));
    }
    move_totals(tx, new).await
}

/// A transfer with the same key must be the same transfer.
async fn compare_existing(tx: &mut Tx, again: impl Iterator<Item = &Transfer>) -> Result<(), Error> {
    let again: HashMap<Key, &Transfer> = again.map(|transfer| (transfer.key(), transfer)).collect();
    if again.is_empty() {
        return Ok(());
    }
    let keys: Vec<Key> = again.keys().copied().collect();
    let stored = read(tx, &keys).await?;
    for (key, transfer) in again {
        match stored.get(&key) {
            Some((existing, _)) if existing == transfer => {}
            Some(_) => return Err(Error::invariant(format!("transfer {key:?} exists with other content"))),
            None => return Err(Error::invariant(format!("transfer {key:?} was neither inserted nor found"))),
        }
    }
    Ok(())
}

/// Transfers by key, with their moment.
pub async fn read(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, (Transfer, Timestamp)>, Error> {
    let rows: Vec<TransferRow> = sqlx::query_as(READ)
        .bind(keys.iter().map(|key| key.0.0).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.1).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.2.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.3).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading transfers"))?;
    rows.into_iter()
        .map(|row| {
            let transfer = Transfer {
                tranche: TrancheId(row.tranche),
                subject: row.subject,
                kind: Kind::of(&row.kind)?,
                n: row.n,
                debit: row.debit,
                credit: row.credit,
                amount: Rupiah::new(row.amount).map_err(|error| Error::invariant(error.to_string()))?,
                document: row.document,
            };
            Ok((transfer.key(), (transfer, row.at)))
        })
        .collect()
}

/// Adds to the running totals, once per account, in id order; before that, each transfer must stand between accounts that the chart allows.
async fn move_totals(tx: &mut Tx, posted: &[&Transfer]) -> Result<(), Error> {
    let mut moves: BTreeMap<i64, (Rupiah, Rupiah)> = BTreeMap::new();
    let overflow = |error: salur_domain::money::Error| Error::invariant(error.to_string());
    for transfer in posted {
        let debits = &mut moves.entry(transfer.debit).or_default().0;
        *debits = debits.plus(transfer.amount).map_err(overflow)?;
        let credits = &mut moves.entry(transfer.credit).or_default().1;
        *credits = credits.plus(transfer.amount).map_err(overflow)?;
    }
    let debits = Rupiah::sum(moves.values().map(|amounts| amounts.0)).map_err(overflow)?;
    let credits = Rupiah::sum(moves.values().map(|amounts| amounts.1)).map_err(overflow)?;
    assert_eq!(debits, credits, "entries sum to zero");
    if moves.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = moves.keys().copied().collect();
    let failed = || Error::database("moving ledger totals");
    let locked: Vec<(i64, String)> = sqlx::query_as(LOCK_ACCOUNTS).bind(&ids).fetch_all(tx.connection()).await.map_err(failed())?;
    must_follow_the_chart(posted, &locked.into_iter().collect())?;
    let done = sqlx::query(MOVE)
        .bind(&ids)
        .bind(moves.values().map(|amounts| amounts.0.get()).collect::<Vec<_>>())
        .bind(moves.values().map(|amounts| amounts.1.get()).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map_err(failed())?;
    if done.rows_affected() == ids.len() as u64 {
        return Ok(());
    }
    Err(Error::invariant(format!("{} ledger accounts to move, {} found", ids.len(), done.rows_affected())))
}

fn must_follow_the_chart(posted: &[&Transfer], kinds: &HashMap<i64, String>) -> Result<(), Error> {
    let is = |account: &i64, kind: AccountKind| kinds.get(account).is_some_and(|text| text == kind.as_str());
    let strange = posted.iter().find(|t| !is(&t.debit, t.kind.line().debit) || !is(&t.credit, t.kind.line().credit));
    match strange {
        Some(transfer) => Err(Error::invariant(format!("transfer {:?} is between accounts that the chart does not allow", transfer.key()))),
        None => Ok(()),
    }
}
