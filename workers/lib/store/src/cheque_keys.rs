//! Public keys of cheques: which one a tranche signs with now, all that are known, and those cheques that are not payable any more.
//!
//! Who checks tokens keeps a [`Ring`]: keys are never changed, so what was read once is right for ever, and an id that is not known is asked for.
//! Bounds: keys of tranches and of people's decisions, some hundred; [`REVOKED_MAX`] serials of one reading.

use std::{collections::HashMap, sync::RwLock};

use ed25519_dalek::VerifyingKey;
use salur_domain::{
    DecisionId, TrancheId,
    cheque_keys::{ChequeKeys, KeySet, Known, Purpose},
    token::{KEY_ID_BYTES, key_id},
};

use crate::{Database, Error, Timestamp, Tx, sql};

/// Serials of one reading: as many as a list holds.
pub const REVOKED_MAX: i64 = 1_000_000;

sql! {
    TURNS = "SELECT tranche, max(turn) FROM cheque_keys WHERE tranche = ANY($1) GROUP BY tranche";
    WRITE = "INSERT INTO cheque_keys (tranche, turn, kid, public_key, decision, actor, reason) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(format('cheque key %s', $1::int), 0))";
    DECIDED = "SELECT turn FROM cheque_keys WHERE decision = $1";
    ALL = "SELECT k.tranche, k.turn, k.public_key, t.code, t.opens_at, t.closes_at FROM cheque_keys k JOIN tranches t ON t.id = k.tranche
        ORDER BY k.tranche, k.turn";
    ONE = "SELECT tranche, public_key FROM cheque_keys WHERE kid = $1";
    // replaced, and of payments that ended unpaid, in tranches whose window is not over: what is over is refused by its time
    REVOKED = "SELECT c.serial FROM tranches t JOIN cheques c ON c.tranche = t.id JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment
        WHERE t.closes_at > now() AND (p.cancelled_at IS NOT NULL OR p.returned_at IS NOT NULL
          OR EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version)) LIMIT $1";
}

/// A key as it is stored, with the window of its tranche.
type Row = (i32, i16, Vec<u8>, String, Timestamp, Timestamp);

/// What a key id leads to.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The key.
    pub key: VerifyingKey,
    /// Whose cheques it signs; none: the installation's own, of any tranche.
    pub tranche: Option<TrancheId>,
}

/// Keys that were met.
#[derive(Debug)]
pub struct Ring {
    own: VerifyingKey,
    met: RwLock<HashMap<[u8; KEY_ID_BYTES], Found>>,
}

impl Ring {
    /// With the installation's own key.
    pub fn new(own: VerifyingKey) -> Self {
        Self { own, met: RwLock::default() }
    }

    /// The installation's own.
    pub fn own(&self) -> &VerifyingKey {
        &self.own
    }

    /// The key of an id, if it is one of ours.
    pub async fn find(&self, database: &Database, kid: &[u8]) -> Result<Option<Found>, Error> {
        let Ok(kid) = <[u8; KEY_ID_BYTES]>::try_from(kid) else { return Ok(None) };
        if kid == key_id(&self.own) {
            return Ok(Some(Found { key: self.own, tranche: None }));
        }
        if let Some(found) = self.met.read().ok().and_then(|met| met.get(&kid).copied()) {
            return Ok(Some(found));
        }
        let read = sqlx::query_as(ONE).bind(kid.as_slice()).fetch_optional(database.pool()).await;
        let row: Option<(i32, Vec<u8>)> = read.map_err(Error::database("looking for a cheque key"))?;
        let Some((tranche, bytes)) = row else { return Ok(None) };
        let found = Found { key: public(&bytes)?, tranche: Some(TrancheId(tranche)) };
        if let Ok(mut met) = self.met.write() {
            met.insert(kid, found);
        }
        Ok(Some(found))
    }
}

fn public(bytes: &[u8]) -> Result<VerifyingKey, Error> {
    let key = bytes.try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
    key.ok_or_else(|| Error::invariant("a stored cheque key is no key"))
}

/// The turn in which each tranche signs now; one that is not there has signed nothing yet.
pub async fn turns(database: &Database, tranches: &[TrancheId]) -> Result<HashMap<TrancheId, u16>, Error> {
    let ids: Vec<i32> = tranches.iter().map(|tranche| tranche.0).collect();
    let read = sqlx::query_as(TURNS).bind(ids).fetch_all(database.pool()).await;
    let rows: Vec<(i32, i16)> = read.map_err(Error::database("reading turns of cheque keys"))?;
    Ok(rows.into_iter().map(|(tranche, turn)| (TrancheId(tranche), turn.unsigned_abs())).collect())
}

/// Remembers the first key of a tranche, with its first cheque.
pub async fn begin(tx: &mut Tx, keys: &ChequeKeys, tranche: TrancheId) -> Result<(), Error> {
    write(tx, keys, tranche, 1, None, ("", "the first cheque of the tranche")).await
}

/// Remembers the next key of a tranche, once for each decision.
pub async fn rotate(tx: &mut Tx, keys: &ChequeKeys, tranche: TrancheId, decision: DecisionId, said: (&str, &str)) -> Result<(), Error> {
    let failed = || Error::database("rotating a cheque key");
    sqlx::query(LOCK).bind(tranche.0).execute(tx.connection()).await.map_err(failed())?;
    let decided: Option<i16> = sqlx::query_scalar(DECIDED).bind(decision.0).fetch_optional(tx.connection()).await.map_err(failed())?;
    if decided.is_some() {
        return Ok(());
    }
    begin(tx, keys, tranche).await?;
    let last: (i32, i16) = sqlx::query_as(TURNS).bind(vec![tranche.0]).fetch_one(tx.connection()).await.map_err(failed())?;
    write(tx, keys, tranche, last.1.unsigned_abs() + 1, Some(decision), said).await
}

async fn write(
    tx: &mut Tx,
    keys: &ChequeKeys,
    tranche: TrancheId,
    turn: u16,
    decision: Option<DecisionId>,
    (actor, reason): (&str, &str),
) -> Result<(), Error> {
    let key = keys.of(tranche, turn).verifying_key();
    let written = sqlx::query(WRITE)
        .bind(tranche.0)
        .bind(turn.cast_signed())
        .bind(key_id(&key).as_slice())
        .bind(key.as_bytes().as_slice())
        .bind(decision.map(|decision| decision.0))
        .bind(actor)
        .bind(reason)
        .execute(tx.connection())
        .await;
    written.map(drop).map_err(Error::database("writing a cheque key"))
}

/// Every key of tranches.
pub async fn all(database: &Database) -> Result<KeySet, Error> {
    let rows: Vec<Row> = sqlx::query_as(ALL).fetch_all(database.pool()).await.map_err(Error::database("reading cheque keys"))?;
    rows.into_iter().map(known).collect::<Result<_, _>>().map(KeySet)
}

fn known((_, turn, bytes, code, opens_at, closes_at): Row) -> Result<Known, Error> {
    // tokens say whole seconds
    let whole = |moment: Timestamp| Timestamp::from_timestamp(moment.timestamp(), 0).unwrap_or(moment);
    let purpose = Purpose::Tranche { code, turn: turn.unsigned_abs(), opens_at: whole(opens_at), closes_at: whole(closes_at) };
    Ok(Known { key: public(&bytes)?, purpose })
}

/// Keys by id, with the tranche of each.
pub async fn by_id(database: &Database) -> Result<HashMap<Vec<u8>, Found>, Error> {
    let rows: Vec<Row> = sqlx::query_as(ALL).fetch_all(database.pool()).await.map_err(Error::database("reading cheque keys"))?;
    let found = rows.into_iter().map(|(tranche, _, bytes, ..)| {
        let key = public(&bytes)?;
        Ok((key_id(&key).to_vec(), Found { key, tranche: Some(TrancheId(tranche)) }))
    });
    found.collect()
}

/// Serials of cheques that are not payable any more though their window is not over.
pub async fn revoked(database: &Database) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(REVOKED).bind(REVOKED_MAX).fetch_all(database.pool()).await.map_err(Error::database("reading revoked cheques"))
}
