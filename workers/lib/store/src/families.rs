//! Families as an office looks for them: by blind index, by serial, or every row of a village, to be opened by who holds the keys.
//!
//! Nothing is scanned: a person, a household and a village each have an index of their tranche, and `OFFSET 0` keeps the planner from turning ten thousand
//! look-ups into one reading of the table. Each statement sees one region. Bounds: [`PORTION`] persons of a statement, [`VILLAGE_MAX`] persons of a village.

use std::collections::HashMap;

use salur_domain::{BatchId, RowKey};
use uuid::Uuid;

use crate::{Error, Tx, sql};

/// Persons or serials of one statement.
const PORTION: usize = 500;
/// Persons of a village whose names are opened: the largest lists of a village have some thousands.
pub const VILLAGE_MAX: i64 = 8_000;
/// Persons of one household card that are told.
const HOUSEHOLD_MAX: i64 = 50;

sql! {
    PAYMENTS = "SELECT p.account, p.id AS payment, t.code AS tranche, p.amount, p.status, p.village, p.pay_point, p.batch, p.row, r.masked_name AS name,
          r.masked_nik AS nik,
          (SELECT c.serial FROM cheques c WHERE c.tranche = p.tranche AND c.payment = p.id ORDER BY c.version DESC LIMIT 1) AS serial
        FROM unnest($1::uuid[]) AS k(account) CROSS JOIN tranches t
        JOIN LATERAL (SELECT * FROM payments p WHERE p.tranche = t.id AND p.account = k.account AND starts_with(p.regency, $2) OFFSET 0) AS p ON true
        JOIN recipients r ON r.batch = p.batch AND r.row = p.row ORDER BY p.account, t.id DESC";
    HOUSEHOLD = "SELECT DISTINCT p.account FROM tranches t
        JOIN LATERAL (SELECT * FROM payments p WHERE p.tranche = t.id AND p.household = $1 AND starts_with(p.regency, $2) OFFSET 0) AS p ON true
        ORDER BY 1 LIMIT $3";
    SERIALS = "SELECT c.serial, p.account FROM unnest($1::text[]) AS k(serial) JOIN cheques c ON c.serial = k.serial
        JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment WHERE starts_with(p.regency, $2)";
    VILLAGE = "SELECT k.account, k.batch, k.row, r.sealed FROM (SELECT DISTINCT ON (p.account) p.account, p.batch, p.row FROM tranches t
            JOIN LATERAL (SELECT * FROM payments p WHERE p.tranche = t.id AND p.village = $1 OFFSET 0) AS p ON true
            ORDER BY p.account, t.id DESC LIMIT $2) AS k
        JOIN recipients r ON r.batch = k.batch AND r.row = k.row";
    ROWS = "SELECT r.batch AS account, r.batch, r.row, r.sealed FROM unnest($1::uuid[], $2::text[]) AS k(batch, row)
        JOIN recipients r ON r.batch = k.batch AND r.row = k.row";
    DATA_KEYS = "SELECT id, data_key FROM batches WHERE id = ANY($1) AND data_key IS NOT NULL";
}

/// A payment of somebody who was looked for; name and NIK are masked.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of payments, tranches and recipients")]
pub struct Found {
    /// Blind index of the NIK: never leaves the house.
    pub account: Uuid,
    pub payment: Uuid,
    pub tranche: String,
    pub amount: i64,
    pub status: String,
    pub village: String,
    pub pay_point: String,
    batch: Uuid,
    row: String,
    pub name: Option<String>,
    pub nik: Option<String>,
    /// Of its last cheque.
    pub serial: Option<String>,
}

/// A row as it was sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Sealed {
    /// Blind index of the NIK, where it was asked for by village.
    pub account: Uuid,
    batch: Uuid,
    row: String,
    /// Personal data under the batch's data key.
    pub sealed: Vec<u8>,
}

impl Found {
    /// Its row.
    pub fn key(&self) -> (BatchId, RowKey) {
        (BatchId(self.batch), RowKey(self.row.clone()))
    }
}

impl Sealed {
    /// Its row.
    pub fn key(&self) -> (BatchId, RowKey) {
        (BatchId(self.batch), RowKey(self.row.clone()))
    }
}

/// The payments of persons in a region (empty: the country), by person, the newest tranche first.
pub async fn payments(tx: &mut Tx, accounts: &[Uuid], region: &str) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for portion in accounts.chunks(PORTION) {
        let read = sqlx::query_as(PAYMENTS).bind(portion).bind(region).fetch_all(tx.connection()).await;
        found.extend::<Vec<Found>>(read.map_err(Error::database("looking for payments of persons"))?);
    }
    Ok(found)
}

/// The persons of a household card who have payments in a region.
pub async fn of_household(tx: &mut Tx, household: Uuid, region: &str) -> Result<Vec<Uuid>, Error> {
    let read = sqlx::query_scalar(HOUSEHOLD).bind(household).bind(region).bind(HOUSEHOLD_MAX).fetch_all(tx.connection());
    read.await.map_err(Error::database("looking for a household"))
}

/// Whose cheques these are, by serial, in a region.
pub async fn of_serials(tx: &mut Tx, serials: &[String], region: &str) -> Result<HashMap<String, Uuid>, Error> {
    let mut found = HashMap::new();
    for portion in serials.chunks(PORTION) {
        let read = sqlx::query_as(SERIALS).bind(portion).bind(region).fetch_all(tx.connection()).await;
        found.extend::<Vec<(String, Uuid)>>(read.map_err(Error::database("looking for serials"))?);
    }
    Ok(found)
}

/// The newest row of each person of a village; none: there are more than [`VILLAGE_MAX`].
pub async fn of_village(tx: &mut Tx, village: &str) -> Result<Option<Vec<Sealed>>, Error> {
    let read = sqlx::query_as(VILLAGE).bind(village).bind(VILLAGE_MAX + 1).fetch_all(tx.connection());
    let rows: Vec<Sealed> = read.await.map_err(Error::database("reading the rows of a village"))?;
    Ok(i64::try_from(rows.len()).is_ok_and(|number| number <= VILLAGE_MAX).then_some(rows))
}

/// Rows by their keys.
pub async fn rows(tx: &mut Tx, keys: &[(BatchId, RowKey)]) -> Result<Vec<Sealed>, Error> {
    let (batches, rows): (Vec<Uuid>, Vec<&str>) = keys.iter().map(|(batch, row)| (batch.0, row.0.as_str())).unzip();
    sqlx::query_as(ROWS).bind(batches).bind(rows).fetch_all(tx.connection()).await.map_err(Error::database("reading rows"))
}

/// Wrapped data keys of batches; one that was destroyed is not there.
pub async fn data_keys(tx: &mut Tx, rows: &[Sealed]) -> Result<HashMap<BatchId, Vec<u8>>, Error> {
    let mut batches: Vec<Uuid> = rows.iter().map(|row| row.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let keys: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as(DATA_KEYS).bind(batches).fetch_all(tx.connection()).await.map_err(Error::database("reading data keys"))?;
    Ok(keys.into_iter().map(|(batch, key)| (BatchId(batch), key)).collect())
}
