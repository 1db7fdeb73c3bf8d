//! Reminders, one per payment: the first plan stands.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use salur_domain::{PaymentId, TrancheId};
use salur_store::{Error, Tx};
use uuid::Uuid;

/// What a worker like this one adds as a migration.
pub const MIGRATION: &str = include_str!("reminders.sql");

const PLAN: &str = "INSERT INTO reminders (tranche, payment, due_at)
    SELECT DISTINCT ON (tranche, payment) tranche, payment, due_at
    FROM unnest($1::int[], $2::uuid[], $3::timestamptz[]) AS r(tranche, payment, due_at) ORDER BY tranche, payment, due_at
    ON CONFLICT DO NOTHING";
const READ: &str = "SELECT tranche, payment, due_at, planned_at FROM reminders
    WHERE (tranche, payment) IN (SELECT * FROM unnest($1::int[], $2::uuid[]))";

/// Key of a payment.
pub type Key = (TrancheId, PaymentId);

/// A reminder as wanted.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// Whose.
    pub key: Key,
    /// When.
    pub due_at: DateTime<Utc>,
}

/// Plans those that are not planned yet, in key order: two flights with the same payments wait for each other, and never in a circle.
pub async fn plan(tx: &mut Tx, wanted: &[&Reminder]) -> Result<(), Error> {
    sqlx::query(PLAN)
        .bind(wanted.iter().map(|reminder| reminder.key.0.0).collect::<Vec<_>>())
        .bind(wanted.iter().map(|reminder| reminder.key.1.0).collect::<Vec<_>>())
        .bind(wanted.iter().map(|reminder| reminder.due_at).collect::<Vec<_>>())
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("planning reminders"))
}

/// When each is due and when that was decided. A statement of its own: it sees what another flight inserted meanwhile.
pub async fn read(tx: &mut Tx, keys: &BTreeSet<Key>) -> Result<HashMap<Key, (DateTime<Utc>, DateTime<Utc>)>, Error> {
    let rows: Vec<(i32, Uuid, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(READ)
        .bind(keys.iter().map(|key| key.0.0).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.1.0).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading reminders"))?;
    Ok(rows.into_iter().map(|(tranche, payment, due, at)| ((TrancheId(tranche), PaymentId(payment)), (due, at))).collect())
}
