//! Cheques that are replaced: what two people said, and what came of it.
//!
//! Decided under the lock of the payment, which the caller holds: of any number of people at once two are heard, in the order in which they got it. A decision
//! heard again is answered from its row. A cheque whose pay point closed needs no two people: the rows of the closing say so. Bounds: the wishes of one flight.

use std::collections::HashSet;

use salur_domain::{DecisionId, PaymentId, TrancheId, replacement::Loss};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, payments::Key, sql};

sql! {
    EFFECT = "SELECT effect, reason, decided_at AS at FROM cheque_replacements WHERE id = $1";
    SECONDED = "SELECT k.id FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::smallint[], $5::text[], $6::text[])
          AS k(id, tranche, payment, version, loss, actor)
        WHERE k.loss = 'moved' OR EXISTS (SELECT FROM cheque_replacements d WHERE d.tranche = k.tranche AND d.payment = k.payment AND d.version = k.version
          AND d.loss = k.loss AND d.effect = 'signed' AND d.actor <> k.actor)";
    STANDING = "SELECT (SELECT max(c.version) FROM cheques c WHERE c.tranche = $1 AND c.payment = $2) AS newest,
          EXISTS (SELECT FROM cheque_replacements d WHERE d.tranche = $1 AND d.payment = $2 AND d.version = $3 AND d.effect = 'carried_out') AS is_replaced,
          ARRAY(SELECT d.actor FROM cheque_replacements d WHERE d.tranche = $1 AND d.payment = $2 AND d.version = $3 AND d.loss = $4
            AND d.effect = 'signed') AS signers,
          EXISTS (SELECT FROM cheques_moved m WHERE m.tranche = $1 AND m.payment = $2 AND m.version = $3) AS is_moved";
    KEEP = "INSERT INTO cheque_replacements (id, tranche, payment, version, loss, document, actor, effect, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        RETURNING effect, reason, decided_at AS at";
    WHICH = "SELECT c.tranche, c.payment, c.version FROM cheques c WHERE c.serial = $1";
}

/// What came of a wish to replace a cheque.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Effect {
    /// `signed` (another person must sign too), `carried_out` or `refused`.
    pub effect: String,
    /// Why refused: `unknown` (no such cheque), `replaced` (by a newer one already), `handed_over` (its money), `ended` (returned or cancelled), `signed` (by
    /// this person already), `not_moved` (no pay point that stands on it closed); else empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A wish to replace a cheque.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in ChequeReplaced")]
pub struct Wish<'a> {
    pub decision: DecisionId,
    pub payment: Key,
    pub version: i16,
    pub loss: Loss,
    pub document: &'a str,
    pub actor: &'a str,
}

/// How a cheque stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Standing {
    /// Version of the last cheque of the payment; none: it has none.
    pub newest: Option<i16>,
    /// Two people had it replaced.
    pub is_replaced: bool,
    /// Who signed for it, on the same ground.
    pub signers: Vec<String>,
    /// The pay point that stands on it closed, and who closed it wants such cheques drawn anew.
    pub is_moved: bool,
}

/// What came of a wish; none: nothing yet.
pub async fn effect(tx: &mut Tx, decision: DecisionId) -> Result<Option<Effect>, Error> {
    sqlx::query_as(EFFECT).bind(decision.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading a replacement"))
}

/// What came of a wish, outside a transaction.
pub async fn effect_of(database: &Database, decision: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(EFFECT).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading a replacement"))
}

/// Those of these wishes that need no other person, or that another person signed before.
pub async fn seconded(database: &Database, wishes: &[Wish<'_>]) -> Result<HashSet<DecisionId>, Error> {
    let read = sqlx::query_scalar(SECONDED)
        .bind(wishes.iter().map(|wish| wish.decision.0).collect::<Vec<_>>())
        .bind(wishes.iter().map(|wish| wish.payment.0.0).collect::<Vec<_>>())
        .bind(wishes.iter().map(|wish| wish.payment.1.0).collect::<Vec<_>>())
        .bind(wishes.iter().map(|wish| wish.version).collect::<Vec<_>>())
        .bind(wishes.iter().map(|wish| wish.loss.as_str()).collect::<Vec<_>>())
        .bind(wishes.iter().map(|wish| wish.actor).collect::<Vec<_>>());
    let ids: Vec<Uuid> = read.fetch_all(database.pool()).await.map_err(Error::database("looking for who signed before"))?;
    Ok(ids.into_iter().map(DecisionId).collect())
}

/// How a cheque stands.
pub async fn standing(tx: &mut Tx, wish: &Wish<'_>) -> Result<Standing, Error> {
    let (tranche, payment) = wish.payment;
    let read = sqlx::query_as(STANDING).bind(tranche.0).bind(payment.0).bind(wish.version).bind(wish.loss.as_str());
    read.fetch_one(tx.connection()).await.map_err(Error::database("reading how a cheque stands"))
}

/// Remembers what came of a wish.
pub async fn keep(tx: &mut Tx, wish: &Wish<'_>, (effect, reason): (&'static str, &'static str)) -> Result<Effect, Error> {
    let (tranche, payment) = wish.payment;
    let keep = sqlx::query_as(KEEP).bind(wish.decision.0).bind(tranche.0).bind(payment.0).bind(wish.version).bind(wish.loss.as_str());
    let keep = keep.bind(wish.document).bind(wish.actor).bind(effect).bind(reason);
    let kept = keep.fetch_one(tx.connection()).await.map_err(Error::database("keeping a replacement"))?;
    tx.wrote("cheque_replacements");
    Ok(kept)
}

/// The payment of a cheque, and its version; none: no cheque has this serial.
pub async fn which(database: &Database, serial: &str) -> Result<Option<(Key, i16)>, Error> {
    let read = sqlx::query_as(WHICH).bind(serial).fetch_optional(database.pool());
    let found: Option<(i32, Uuid, i16)> = read.await.map_err(Error::database("finding a cheque"))?;
    Ok(found.map(|(tranche, payment, version)| ((TrancheId(tranche), PaymentId(payment)), version)))
}
