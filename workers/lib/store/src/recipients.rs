//! Rows as intake staged them: insert-only, answered from for ever.

use std::collections::{HashMap, HashSet};

use salur_domain::{AccountId, BatchId, PaymentId, RowKey, RowStatus, Rupiah, TrancheId};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

sql! {
    INSERT = "INSERT INTO recipients (batch, row, tranche, intake, findings, amount, village, pay_point, payment, account, household,
          content, person, name_digest, masked_name, masked_nik, sealed)
        SELECT batch, row, tranche, intake, string_to_array(findings, ','), amount, village, pay_point, payment, account, household,
          content, person, name_digest, masked_name, masked_nik, sealed
        FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::uuid[], $10::uuid[],
          $11::uuid[], $12::bytea[], $13::bytea[], $14::bytea[], $15::text[], $16::text[], $17::bytea[])
          AS r(batch, row, tranche, intake, findings, amount, village, pay_point, payment, account, household, content, person, name_digest,
          masked_name, masked_nik, sealed)
        ON CONFLICT DO NOTHING RETURNING batch, row";
    READ = "SELECT r.batch, r.row, r.intake, array_to_string(r.findings, ',') AS findings, r.content, r.staged_at, d.decided_at AS late_at
        FROM recipients r JOIN unnest($1::uuid[], $2::text[]) AS k(batch, row) ON r.batch = k.batch AND r.row = k.row
        LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row AND d.code = 'BAT02'";
    CONFLICT = "INSERT INTO row_conflicts (batch, row, content, sealed) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[])
        ON CONFLICT DO NOTHING";
    SUBSTITUTES = "INSERT INTO substitutes (batch, row, replaces, reason, document)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING";
    HOLD_LATE = "INSERT INTO row_decisions (batch, row, decision, code, tranche, account)
        SELECT r.batch, r.row, 'held', 'BAT02', r.tranche, r.account
        FROM recipients r JOIN unnest($1::uuid[], $2::text[]) AS k(batch, row) ON r.batch = k.batch AND r.row = k.row
        WHERE r.intake = 'staged' ON CONFLICT DO NOTHING";
}

/// A row to stage.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// Its batch.
    pub batch: BatchId,
    /// Its key in the batch.
    pub row: RowKey,
    /// Its tranche, where the code is known.
    pub tranche: Option<TrancheId>,
    /// Staged, held or rejected.
    pub intake: RowStatus,
    /// Codes of the findings.
    pub findings: Vec<&'static str>,
    /// The stated amount, where it can be read.
    pub amount: Option<Rupiah>,
    /// Ten digits.
    pub village: Option<String>,
    /// Where the family will be paid.
    pub pay_point: Option<String>,
    /// The payment it may become.
    pub payment: Option<PaymentId>,
    /// Blind index of the NIK.
    pub account: Option<AccountId>,
    /// Blind index of the household card.
    pub household: Option<Uuid>,
    /// Keyed digest of every field.
    pub content: Vec<u8>,
    /// Keyed digest of name, amount and village.
    pub person: Vec<u8>,
    /// Keyed digest of the name.
    pub name_digest: Vec<u8>,
    /// `S*** A*****`
    pub masked_name: String,
    /// `1902******0007`
    pub masked_nik: Option<String>,
    /// Personal data, sealed.
    pub sealed: Vec<u8>,
    /// Whose place it is to take, for a substitute.
    pub replaces: Option<Replaces>,
}

/// Why a substitute is sent.
#[derive(Debug, Clone)]
pub struct Replaces {
    /// The row it replaces.
    pub row: RowKey,
    /// Why.
    pub reason: String,
    /// The paper behind it.
    pub document: String,
}

impl NewRow {
    /// As in the table: a substitute is no row of its batch.
    fn intake_word(&self) -> &'static str {
        match (self.intake, &self.replaces) {
            (RowStatus::Staged, Some(_)) => "substitute",
            (status, _) => status.as_str(),
        }
    }
}

/// A row as it is remembered.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Staged, held or rejected by intake.
    pub intake: RowStatus,
    /// Codes of the findings.
    pub findings: Vec<String>,
    /// Keyed digest of every field.
    pub content: Vec<u8>,
    /// When it was staged.
    pub staged_at: Timestamp,
    /// When it was held because it came after its batch was complete.
    pub late_at: Option<Timestamp>,
}

/// Key of a row.
pub type Key = (BatchId, RowKey);

#[derive(sqlx::FromRow)]
struct StoredRow {
    batch: Uuid,
    row: String,
    intake: String,
    findings: String,
    content: Vec<u8>,
    staged_at: Timestamp,
    late_at: Option<Timestamp>,
}

/// Stages rows; returns the keys that were new.
pub async fn stage(tx: &mut Tx, rows: &[&NewRow]) -> Result<HashSet<Key>, Error> {
    macro_rules! column {
        ($of:expr) => {
            rows.iter().map($of).collect::<Vec<_>>()
        };
    }
    let inserted: Vec<(Uuid, String)> = sqlx::query_as(INSERT)
        .bind(column!(|r| r.batch.0))
        .bind(column!(|r| r.row.0.as_str()))
        .bind(column!(|r| r.tranche.map(|tranche| tranche.0)))
        .bind(column!(|r| r.intake_word()))
        .bind(column!(|r| r.findings.join(",")))
        .bind(column!(|r| r.amount.map(Rupiah::get)))
        .bind(column!(|r| r.village.as_deref()))
        .bind(column!(|r| r.pay_point.as_deref()))
        .bind(column!(|r| r.payment.map(|payment| payment.0)))
        .bind(column!(|r| r.account.map(|account| account.0)))
        .bind(column!(|r| r.household))
        .bind(column!(|r| r.content.as_slice()))
        .bind(column!(|r| r.person.as_slice()))
        .bind(column!(|r| r.name_digest.as_slice()))
        .bind(column!(|r| r.masked_name.as_str()))
        .bind(column!(|r| r.masked_nik.as_deref()))
        .bind(column!(|r| r.sealed.as_slice()))
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("staging rows"))?;
    Ok(inserted.into_iter().map(|(batch, row)| (BatchId(batch), RowKey(row))).collect())
}

/// Remembers whose places the substitutes among these new rows are to take.
pub async fn keep_substitutes(tx: &mut Tx, rows: &[&NewRow]) -> Result<(), Error> {
    let substitutes: Vec<(&NewRow, &Replaces)> = rows.iter().filter_map(|row| Some((*row, row.replaces.as_ref()?))).collect();
    if substitutes.is_empty() {
        return Ok(());
    }
    let keep = sqlx::query(SUBSTITUTES)
        .bind(substitutes.iter().map(|(row, _)| row.batch.0).collect::<Vec<_>>())
        .bind(substitutes.iter().map(|(row, _)| row.row.0.as_str()).collect::<Vec<_>>())
        .bind(substitutes.iter().map(|(_, replaces)| replaces.row.0.as_str()).collect::<Vec<_>>())
        .bind(substitutes.iter().map(|(_, replaces)| replaces.reason.as_str()).collect::<Vec<_>>())
        .bind(substitutes.iter().map(|(_, replaces)| replaces.document.as_str()).collect::<Vec<_>>());
    keep.execute(tx.connection()).await.map(drop).map_err(Error::database("keeping substitutes"))
}

/// Reads rows as they are remembered.
pub async fn read<'a>(tx: &mut Tx, keys: impl Iterator<Item = (BatchId, &'a RowKey)>) -> Result<HashMap<Key, Stored>, Error> {
    let (batches, rows): (Vec<Uuid>, Vec<&str>) = keys.map(|(batch, row)| (batch.0, row.0.as_str())).unzip();
    let found: Vec<StoredRow> =
        sqlx::query_as(READ).bind(batches).bind(rows).fetch_all(tx.connection()).await.map_err(Error::database("reading rows"))?;
    found
        .into_iter()
        .map(|row| {
            let intake = match row.intake.as_str() {
                "staged" | "substitute" => RowStatus::Staged,
                "held" => RowStatus::Held,
                "rejected" => RowStatus::Rejected,
                other => return Err(Error::invariant(format!("row status {other}"))),
            };
            let findings = row.findings.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
            let stored = Stored { intake, findings, content: row.content, staged_at: row.staged_at, late_at: row.late_at };
            Ok(((BatchId(row.batch), RowKey(row.row)), stored))
        })
        .collect()
}

/// Keeps what came again with other content: (batch, row, digest, sealed).
pub async fn keep_conflicts(tx: &mut Tx, conflicts: &[(BatchId, &str, &[u8], &[u8])]) -> Result<(), Error> {
    if conflicts.is_empty() {
        return Ok(());
    }
    sqlx::query(CONFLICT)
        .bind(conflicts.iter().map(|c| c.0.0).collect::<Vec<_>>())
        .bind(conflicts.iter().map(|c| c.1).collect::<Vec<_>>())
        .bind(conflicts.iter().map(|c| c.2).collect::<Vec<_>>())
        .bind(conflicts.iter().map(|c| c.3).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("keeping conflicts"))
}

/// Holds rows that came after their batch was complete.
pub async fn hold_late(tx: &mut Tx, keys: &[Key]) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query(HOLD_LATE)
        .bind(keys.iter().map(|key| key.0.0).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.1.0.as_str()).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("holding late rows"))
}
