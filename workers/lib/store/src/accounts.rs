//! Accounts: one per person for all tranches.

use std::collections::HashMap;

use salur_domain::{AccountId, BatchId, RowKey, TrancheId};
use uuid::Uuid;

use crate::{Error, Tx, sql};

sql! {
    OPEN = "INSERT INTO accounts (id, verification, name_digest, first_tranche)
        SELECT id, 'structural', digest, tranche FROM unnest($1::uuid[], $2::bytea[], $3::int[]) AS a(id, digest, tranche) ORDER BY id
        ON CONFLICT DO NOTHING";
    READ = "SELECT id, name_digest FROM accounts WHERE id = ANY($1)";
    WARN = "INSERT INTO row_warnings (batch, row, code) SELECT batch, row, $3 FROM unnest($1::uuid[], $2::text[]) AS w(batch, row)
        ON CONFLICT DO NOTHING";
}

/// Opens accounts that do not exist: (account, keyed digest of the name, tranche). Sorted, so that two flights with the same persons wait for
/// each other in one order. Returns whether all of them are new.
pub async fn open(tx: &mut Tx, accounts: &[(AccountId, &[u8], TrancheId)]) -> Result<bool, Error> {
    let opened = sqlx::query(OPEN)
        .bind(accounts.iter().map(|account| account.0.0).collect::<Vec<_>>())
        .bind(accounts.iter().map(|account| account.1).collect::<Vec<_>>())
        .bind(accounts.iter().map(|account| account.2.0).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map_err(Error::database("opening accounts"))?;
    Ok(opened.rows_affected() == accounts.len() as u64)
}

/// Keyed digest of the name under which each account is known.
pub async fn names(tx: &mut Tx, accounts: &[AccountId]) -> Result<HashMap<AccountId, Vec<u8>>, Error> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.0).collect();
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as(READ).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading accounts"))?;
    Ok(rows.into_iter().map(|(id, digest)| (AccountId(id), digest)).collect())
}

/// Remembers a warning about rows.
pub async fn warn(tx: &mut Tx, rows: &[(BatchId, &RowKey)], code: &'static str) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(WARN)
        .bind(rows.iter().map(|row| row.0.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.1.0.as_str()).collect::<Vec<_>>())
        .bind(code)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("writing warnings"))
}
