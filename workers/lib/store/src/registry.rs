//! What a civil registry was asked and answered: the rows that account-creation decides by.
//!
//! An answer is remembered once per payment and never changed. It is about a NIK and a name: a confirmation counts for later payments of the account
//! under the same name, and a new name is a new question. Nothing here is personal data but the sealed rows, which are opened in memory alone.

use std::collections::HashMap;

use salur_domain::{AccountId, BatchId, PaymentId, RowKey, TrancheId, reason::Code};
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx,
    payments::{Key, Payment},
    sql,
};

sql! {
    // payments that wait for their account; one that was stopped waits for a person, one that is paused for its resumption
    OPEN = "SELECT p.tranche, p.id, p.batch, p.row, r.sealed, b.data_key, EXISTS (SELECT FROM registry_answers a
            WHERE a.account = p.account AND a.answer = 'confirmed' AND a.name_digest = r.name_digest) AS is_known
        FROM payments p JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id
        JOIN recipients r ON r.batch = p.batch AND r.row = p.row JOIN batches b ON b.id = p.batch
        WHERE p.account_opened_at IS NULL AND p.unverified_at IS NULL AND p.cancelled_at IS NULL AND p.returned_at IS NULL AND NOT EXISTS (SELECT FROM paused s
          WHERE (s.kind = 'tranche' AND s.tranche = p.tranche) OR (s.kind = 'regency' AND s.scope = p.regency))";
    REMEMBER = "INSERT INTO registry_answers (tranche, payment, account, name_digest, answer, fields)
        SELECT tranche, payment, account, digest, answer, string_to_array(fields, ',')
        FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::text[]) AS a(tranche, payment, account, digest, answer, fields)";
    STOPPED = "SELECT u.tranche, u.id, b.source, b.name AS batch, u.row, u.code, u.answered_at,
          CASE u.effect WHEN 'released' THEN u.decided_at END AS released_at
        FROM unverified_payments u JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, id) ON u.tranche = k.tranche AND u.id = k.id
        JOIN batches b ON b.id = u.batch";
}

/// A payment that waits for its account.
#[derive(Debug, Clone)]
pub struct Open {
    /// The batch it came from.
    pub batch: BatchId,
    /// The row it came from.
    pub row: RowKey,
    /// The row's personal data, sealed.
    pub sealed: Vec<u8>,
    /// The batch's data key, wrapped; none: it was destroyed.
    pub data_key: Option<Vec<u8>>,
    /// The registry confirmed this NIK under this name before.
    pub is_known: bool,
}

/// An answer to remember.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// About the person of this payment.
    pub payment: &'a Payment,
    /// Keyed digest of the name that was asked about.
    pub name_digest: &'a [u8],
    /// `confirmed`, `differs`, `unknown` or `deceased`.
    pub answer: &'static str,
    /// Names of the columns that differ, with commas.
    pub fields: &'a str,
}

/// A payment that a registry's answer stopped.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Stopped {
    tranche: i32,
    id: Uuid,
    /// The upstream system.
    pub source: String,
    /// Its own name for the batch.
    pub batch: String,
    /// Its own reference of the row.
    pub row: String,
    code: String,
    /// When the registry answered.
    pub answered_at: Timestamp,
    /// When a person released it all the same.
    pub released_at: Option<Timestamp>,
}

impl Stopped {
    /// The rule it waits under.
    pub fn code(&self) -> Result<Code, Error> {
        Code::parse(&self.code).ok_or_else(|| Error::invariant(format!("code {} of an answer", self.code)))
    }
}

/// Which of these payments wait for their account.
pub async fn open(database: &Database, keys: &[Key]) -> Result<HashMap<Key, Open>, Error> {
    type Row = (i32, Uuid, Uuid, String, Vec<u8>, Option<Vec<u8>>, bool);
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = keys.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let rows: Vec<Row> = sqlx::query_as(OPEN)
        .bind(tranches)
        .bind(ids)
        .fetch_all(database.pool())
        .await
        .map_err(Error::database("reading whom to ask a registry about"))?;
    let open = rows.into_iter().map(|(tranche, id, batch, row, sealed, data_key, is_known)| {
        ((TrancheId(tranche), PaymentId(id)), Open { batch: BatchId(batch), row: RowKey(row), sealed, data_key, is_known })
    });
    Ok(open.collect())
}

/// Remembers answers about payments that are locked and have none yet.
pub async fn remember(tx: &mut Tx, answers: &[Answered<'_>]) -> Result<(), Error> {
    if answers.is_empty() {
        return Ok(());
    }
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = answers.iter().map(|a| a.payment.key()).map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let accounts: Vec<Uuid> = answers.iter().map(|answer| answer.payment.account()).map(|AccountId(id)| id).collect();
    sqlx::query(REMEMBER)
        .bind(tranches)
        .bind(ids)
        .bind(accounts)
        .bind(answers.iter().map(|answer| answer.name_digest).collect::<Vec<_>>())
        .bind(answers.iter().map(|answer| answer.answer).collect::<Vec<_>>())
        .bind(answers.iter().map(|answer| answer.fields).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("remembering a registry's answers"))
}

/// Those of these payments that a registry's answer stopped, with what was decided about them since.
pub async fn stopped(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, Stopped>, Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let (tranches, ids): (Vec<i32>, Vec<Uuid>) = keys.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip();
    let rows: Vec<Stopped> = sqlx::query_as(STOPPED)
        .bind(tranches)
        .bind(ids)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading what a registry's answers stopped"))?;
    Ok(rows.into_iter().map(|stopped| ((TrancheId(stopped.tranche), PaymentId(stopped.id)), stopped)).collect())
}
