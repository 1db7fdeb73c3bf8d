//! Packs of a village: which cheques lie in none yet, what was made of them, and what an office says of handing them out.
//!
//! A pack is the cheques that wait when it is made, so a late cheque is in the next one and each cheque is in one pack at most: the key of
//! `pack_cheques` says
//! so. Whoever makes or confirms a pack holds the lock of its village. Bounds: [`CHEQUES_MAX`] cheques of a pack, [`PAGE`] packs of an answer.

pub mod shown;
pub mod waiting;

use std::collections::HashMap;

use salur_domain::{PaymentId, Rupiah, TrancheId};
use salur_schemas::PackHandedOut;
use sha2::{Digest, Sha256};
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

pub use shown::{PAGE, Shown};
pub use waiting::{Contents, Family, LOADED_MAX, Point, Standing, Standings, Title, Wanted, complete, standings, waiting};

/// Cheques of one pack: 6 MB of file. What is more waits for the next.
pub const CHEQUES_MAX: i64 = 5_000;

sql! {
    PLACES = "SELECT k.tranche, k.payment, p.village, i.generation FROM unnest($1::int[], $2::uuid[], $3::smallint[]) AS k(tranche, payment, version)
        JOIN payments p ON p.tranche = k.tranche AND p.id = k.payment
        LEFT JOIN pack_cheques i ON i.tranche = k.tranche AND i.payment = k.payment AND i.version = k.version";
    NUMBER = "SELECT (count(*) + 1)::smallint FROM packs WHERE tranche = $1 AND village = $2";
    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(format('pack %s %s', $1::int, $2::text), 0))";
    TAKEN = "SELECT count(*) FROM unnest($2::uuid[], $3::smallint[]) AS k(payment, version)
        JOIN pack_cheques i ON i.tranche = $1 AND i.payment = k.payment AND i.version = k.version";
    WRITE = "INSERT INTO packs (tranche, village, generation, number, cheques, rupiah, pages, size, sha256, unreadable, asked_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    WRITE_CHEQUES = "INSERT INTO pack_cheques (tranche, payment, version, village, generation)
        SELECT $1, k.payment, k.version, $4, $5 FROM unnest($2::uuid[], $3::smallint[]) AS k(payment, version)";
    MADE = "SELECT tranche, village, generation, number, cheques, made_at FROM packs WHERE tranche = $1 AND village = $2 AND generation = $3";
    HAND_OUT = "INSERT INTO pack_hand_outs (id, tranche, village, number, handed_out_on, kept, document, actor, effect, refused)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, CASE why WHEN '' THEN 'handed_out' ELSE 'refused' END, why FROM (SELECT CASE
            WHEN k.number IS NULL THEN 'unknown' WHEN h.id IS NOT NULL THEN 'again' WHEN $6 > k.cheques THEN 'kept'
            WHEN $5 < (k.made_at AT TIME ZONE 'Asia/Jayapura')::date - 1 THEN 'early' ELSE '' END AS why
          FROM (SELECT) AS one LEFT JOIN packs k ON k.tranche = $2 AND k.village = $3 AND k.number = $4
          LEFT JOIN pack_hand_outs h ON h.tranche = $2 AND h.village = $3 AND h.number = $4 AND h.effect = 'handed_out') AS judged
        ON CONFLICT (id) DO NOTHING";
}

/// A village of a tranche.
pub type Place = (TrancheId, String);

/// A pack that was made.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of packs")]
pub struct Made {
    tranche: i32,
    pub village: String,
    pub generation: String,
    number: i16,
    cheques: i32,
    pub made_at: Timestamp,
}

/// A pack, drawn and stored.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in the table of packs")]
pub struct NewPack {
    pub place: Place,
    pub generation: String,
    pub cheques: Vec<(Uuid, i16)>,
    pub rupiah: Rupiah,
    pub pages: i32,
    pub size: i32,
    pub sha256: Vec<u8>,
    pub unreadable: i32,
    pub asked_by: String,
}

impl Made {
    /// Its tranche.
    pub fn tranche(&self) -> TrancheId {
        TrancheId(self.tranche)
    }
    /// Its village.
    pub fn place(&self) -> Place {
        (self.tranche(), self.village.clone())
    }
    /// Counts the packs of the village up from 1.
    pub fn number(&self) -> u16 {
        self.number.unsigned_abs()
    }
    /// Cheques in it.
    pub fn cheques(&self) -> u32 {
        self.cheques.unsigned_abs()
    }
}

/// Object key of a pack.
pub fn object_key((tranche, village): &Place, generation: &str) -> String {
    format!("packs/{}/{village}/{generation}.pdf", tranche.0)
}

/// What a pack's seal is bound to.
pub fn context((tranche, village): &Place, generation: &str) -> Vec<u8> {
    format!("pack\0{}\0{village}\0{generation}", tranche.0).into_bytes()
}

/// The digest of the ids of cheques, in the order of payments: as the database makes it.
pub fn generation(cheques: impl Iterator<Item = (Uuid, i16)>) -> String {
    let mut hash = Sha256::new();
    for (payment, version) in cheques {
        hash.update(payment.as_bytes());
        hash.update(version.to_be_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

/// For each of these cheques its village, and the generation of the pack in which it lies; what is not there has no payment.
pub async fn places(
    tx: &mut Tx,
    cheques: &[(TrancheId, PaymentId, i16)],
) -> Result<HashMap<(TrancheId, PaymentId), (String, Option<String>)>, Error> {
    let tranches: Vec<i32> = cheques.iter().map(|cheque| cheque.0.0).collect();
    let payments: Vec<Uuid> = cheques.iter().map(|cheque| cheque.1.0).collect();
    let versions: Vec<i16> = cheques.iter().map(|cheque| cheque.2).collect();
    let read = sqlx::query_as(PLACES).bind(tranches).bind(payments).bind(versions).fetch_all(tx.connection()).await;
    let rows: Vec<(i32, Uuid, String, Option<String>)> = read.map_err(Error::database("reading where cheques lie"))?;
    Ok(rows
        .into_iter()
        .map(|(tranche, payment, village, generation)| ((TrancheId(tranche), PaymentId(payment)), (village, generation)))
        .collect())
}

/// A pack that was made of this generation.
pub async fn made(tx: &mut Tx, (tranche, village): &Place, generation: &str) -> Result<Option<Made>, Error> {
    let read = sqlx::query_as(MADE).bind(tranche.0).bind(village).bind(generation).fetch_optional(tx.connection());
    read.await.map_err(Error::database("reading a pack"))
}

/// Remembers a pack; none where one of its cheques lies in another by now.
pub async fn write(tx: &mut Tx, pack: &NewPack) -> Result<Option<Made>, Error> {
    let failed = || Error::database("writing a pack");
    let (tranche, village) = &pack.place;
    sqlx::query(LOCK).bind(tranche.0).bind(village).execute(tx.connection()).await.map_err(failed())?;
    if let Some(made) = made(tx, &pack.place, &pack.generation).await? {
        return Ok(Some(made));
    }
    let (payments, versions): (Vec<Uuid>, Vec<i16>) = pack.cheques.iter().copied().unzip();
    let taken: i64 =
        sqlx::query_scalar(TAKEN).bind(tranche.0).bind(&payments).bind(&versions).fetch_one(tx.connection()).await.map_err(failed())?;
    if taken > 0 {
        return Ok(None);
    }
    let number: i16 = sqlx::query_scalar(NUMBER).bind(tranche.0).bind(village).fetch_one(tx.connection()).await.map_err(failed())?;
    let cheques = i32::try_from(pack.cheques.len()).map_err(|_| Error::invariant("a pack is bounded"))?;
    sqlx::query(WRITE)
        .bind(tranche.0)
        .bind(village)
        .bind(&pack.generation)
        .bind(number)
        .bind(cheques)
        .bind(pack.rupiah.get())
        .bind(pack.pages)
        .bind(pack.size)
        .bind(&pack.sha256)
        .bind(pack.unreadable)
        .bind(&pack.asked_by)
        .execute(tx.connection())
        .await
        .map_err(failed())?;
    let wrote = sqlx::query(WRITE_CHEQUES).bind(tranche.0).bind(payments).bind(versions).bind(village).bind(&pack.generation);
    let wrote = wrote.execute(tx.connection()).await.map_err(failed())?.rows_affected();
    if wrote != u64::from(cheques.unsigned_abs()) {
        return Err(Error::invariant(format!("{wrote} cheques written of a pack of {cheques}")));
    }
    made(tx, &pack.place, &pack.generation).await
}

/// Remembers what an office says of handing a pack out, and what came of it.
pub async fn hand_out(tx: &mut Tx, fact: &PackHandedOut) -> Result<(), Error> {
    let failed = || Error::database("writing that a pack was handed out");
    let number = i16::try_from(fact.number).unwrap_or(i16::MAX);
    let on: NaiveDate = fact.on;
    sqlx::query(LOCK).bind(fact.tranche.0).bind(&fact.village).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query(HAND_OUT)
        .bind(fact.decision.0)
        .bind(fact.tranche.0)
        .bind(&fact.village)
        .bind(number)
        .bind(on)
        .bind(i32::try_from(fact.kept).unwrap_or(i32::MAX))
        .bind(&fact.document)
        .bind(&fact.actor)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(failed())
}
