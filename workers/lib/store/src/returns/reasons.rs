//! Why a family did not come, as an office or its source says before the return.

use salur_domain::{DecisionId, returns::ReturnReason};
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx,
    payments::{self, Key},
    sql,
};

sql! {
    READ = "SELECT effect, given_at FROM return_reasons WHERE id = $1";
    KEEP = "INSERT INTO return_reasons (id, tranche, payment, reason, actor, document, effect) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    BY_ROW = "SELECT p.tranche, p.id, p.regency, b.source FROM batches b JOIN recipients r ON r.batch = b.id JOIN payments p
        ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row WHERE b.source = $1 AND b.name = $2 AND r.row = $3";
    BY_SERIAL = "SELECT p.tranche, p.id, p.regency, b.source FROM cheques c JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment
        JOIN batches b ON b.id = p.batch WHERE c.serial = $1";
}

/// A reason as it was given.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in ReturnReasonGiven")]
pub struct Given<'a> {
    pub decision: DecisionId,
    pub payment: Key,
    pub reason: ReturnReason,
    pub document: &'a str,
    pub actor: &'a str,
}

/// What came of it: `kept`, or `refused` since the payment had ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table")]
pub struct Effect {
    pub effect: String,
    pub given_at: Timestamp,
}

/// A payment that a reason is about, and whose it is.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables")]
pub struct Named {
    pub tranche: i32,
    pub id: Uuid,
    pub regency: String,
    pub source: String,
}

/// What a reason is about.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// A row of a batch of a source.
    Row(&'a str, &'a str, &'a str),
    /// A cheque, by its serial.
    Serial(&'a str),
}

/// The payment of that name.
pub async fn find(database: &Database, name: Name<'_>) -> Result<Option<Named>, Error> {
    let query = match name {
        Name::Row(source, batch, row) => sqlx::query_as(BY_ROW).bind(source).bind(batch).bind(row),
        Name::Serial(serial) => sqlx::query_as(BY_SERIAL).bind(serial),
    };
    query.fetch_optional(database.pool()).await.map_err(Error::database("finding a payment"))
}

/// What came of a reason; none: nothing yet.
pub async fn effect(database: &Database, id: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(READ).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a reason"))
}

/// Keeps a reason, once; of a payment that has ended it says nothing any more.
pub async fn give(tx: &mut Tx, given: &Given<'_>) -> Result<Effect, Error> {
    let failed = || Error::database("keeping a reason");
    let (tranche, id) = given.payment;
    let locked = payments::lock(tx, &[given.payment]).await?;
    let payment = locked.get(&given.payment).ok_or_else(|| Error::invariant(format!("payment {id} does not exist")))?;
    let known = sqlx::query_as(READ).bind(given.decision.0).fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some(known) = known {
        return Ok(known);
    }
    let effect = if payment.handed_over_at.is_some() || payment.ended_unpaid() { "refused" } else { "kept" };
    let keep = sqlx::query(KEEP).bind(given.decision.0).bind(tranche.0).bind(id.0).bind(given.reason.as_str());
    let keep = keep.bind(given.actor).bind(given.document).bind(effect);
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("return_reasons");
    Ok(Effect { effect: effect.to_owned(), given_at: tx.now })
}
