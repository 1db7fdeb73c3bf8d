//! Packs of a village: which cheques lie in none yet, what was made of them, and what an office says of handing them out.
//!
//! A pack is the cheques that wait when it is made, so a late cheque is in the next one and each cheque is in one pack at most: the key of
//! `pack_cheques` says
//! so. Whoever makes or confirms a pack holds the lock of its village. Bounds: [`CHEQUES_MAX`] cheques of a pack, [`PAGE`] packs of an answer.

pub mod shown;

use std::{collections::HashMap, sync::Arc};

use salur_domain::{BatchId, PaymentId, RowKey, Rupiah, TrancheId};
use salur_schemas::PackHandedOut;
use sha2::{Digest, Sha256};
use sqlx::types::chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

pub use shown::{PAGE, Shown};

/// Cheques of one pack: 6 MB of file. What is more waits for the next.
pub const CHEQUES_MAX: i64 = 5_000;

/// Cheques of a village ($2) of a tranche ($1) that lie in no pack and can be brought to a counter; $3 bounds them.
macro_rules! waiting {
    ($columns:literal, $joins:literal) => {
        concat!(
            "SELECT ", $columns, " FROM payments p JOIN cheques c ON c.tranche = p.tranche AND c.payment = p.id ", $joins,
            " WHERE p.tranche = $1 AND p.village = $2 AND p.status = 'cheque_issued'
              AND NOT EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version)
              AND NOT EXISTS (SELECT FROM pack_cheques k WHERE k.tranche = c.tranche AND k.payment = c.payment AND k.version = c.version)
            ORDER BY c.payment LIMIT $3"
        )
    };
}

sql! {
    PLACES = "SELECT k.tranche, k.payment, p.village, i.generation FROM unnest($1::int[], $2::uuid[], $3::smallint[]) AS k(tranche, payment, version)
        JOIN payments p ON p.tranche = k.tranche AND p.id = k.payment
        LEFT JOIN pack_cheques i ON i.tranche = k.tranche AND i.payment = k.payment AND i.version = k.version";
    // funded in the village = issued in the village: ends at the first that is not
    UNISSUED = "SELECT EXISTS (SELECT FROM payments p WHERE p.tranche = $1 AND p.village = $2 AND p.funded_at IS NOT NULL
          AND p.cheque_issued_at IS NULL AND p.cancelled_at IS NULL AND p.returned_at IS NULL)";
    // a release under way makes more payments; one that was accepted an hour ago and is not funded is paused, or waits for a person
    MORE_TO_COME = "SELECT EXISTS (SELECT FROM batches b WHERE b.tranche = $1 AND b.release_started_at IS NOT NULL AND b.released_at IS NULL)
        OR EXISTS (SELECT FROM payments p WHERE p.tranche = $1 AND p.village = $2 AND p.cheque_issued_at IS NULL AND p.unverified_at IS NULL
          AND p.cancelled_at IS NULL AND p.returned_at IS NULL AND (p.funded_at IS NOT NULL OR p.accepted_at > now() - interval '1 hour'))";
    GENERATION = concat!("SELECT left(encode(sha256(string_agg(uuid_send(w.payment) || int2send(w.version), ''::bytea ORDER BY w.payment)), 'hex'), 32)
        FROM (", waiting!("c.payment, c.version", ""), ") AS w");
    FAMILIES = waiting!("c.payment, c.version, c.serial, c.token, p.amount, p.batch, p.row, r.masked_name, r.masked_nik, r.sealed,
        coalesce(s.pay_point, p.pay_point) AS pay_point, s.day AS slot_day, s.starts AS slot_from",
        "JOIN recipients r ON r.batch = p.batch AND r.row = p.row
        LEFT JOIN slots_now s ON s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL");
    DATA_KEYS = "SELECT id, data_key FROM batches WHERE id = ANY($1) AND data_key IS NOT NULL";
    TITLE = "SELECT g.name AS programme, t.name AS tranche, t.opens_at, t.closes_at, t.specimen FROM tranches t JOIN programmes g ON g.code = t.programme
        WHERE t.id = $1";
    POINTS = "SELECT code, name, address, utc_offset_minutes FROM pay_points WHERE code = ANY($1)";
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

/// A family whose cheque lies in no pack yet.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of cheques, payments and recipients")]
pub struct Family {
    pub payment: Uuid,
    pub version: i16,
    pub serial: String,
    pub token: String,
    amount: i64,
    batch: Uuid,
    row: String,
    pub masked_name: String,
    pub masked_nik: String,
    pub sealed: Vec<u8>,
    /// Where it comes.
    pub pay_point: String,
    pub slot_day: Option<NaiveDate>,
    pub slot_from: Option<NaiveTime>,
}

/// What stands on all cheques of a tranche.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the tables of programmes and tranches")]
pub struct Title {
    pub programme: String,
    pub tranche: String,
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
    pub specimen: bool,
}

/// A pay point as it stands on a cheque.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of pay points")]
pub struct Point {
    pub code: String,
    pub name: String,
    pub address: String,
    pub utc_offset_minutes: i32,
}

/// Everything that a pack is drawn from.
#[derive(Debug, Clone)]
pub struct Contents {
    /// Its cheques' digest.
    pub generation: String,
    /// What stands on all.
    pub title: Title,
    /// In the order of payments.
    pub families: Vec<Family>,
    /// By code.
    pub points: HashMap<String, Point>,
    /// Wrapped data keys; one that was destroyed is not there.
    pub data_keys: HashMap<BatchId, Vec<u8>>,
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

/// How a village stands.
#[derive(Debug, Clone)]
pub enum Standing {
    /// A pack of this generation was made.
    Made(Made),
    /// More cheques are on their way.
    Early,
    /// These wait; none, where all lie in packs.
    Waits(Option<Arc<Contents>>),
}

impl Made {
    /// Its tranche.
    pub fn tranche(&self) -> TrancheId {
        TrancheId(self.tranche)
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

impl Family {
    /// What the family gets.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("the table checks that amounts are positive")
    }
    /// The row in which it came.
    pub fn key(&self) -> (BatchId, RowKey) {
        (BatchId(self.batch), RowKey(self.row.clone()))
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

/// The generation of what waits in a village whose funded families all have cheques; none where one has none, or nothing waits.
pub async fn complete(tx: &mut Tx, place: &Place) -> Result<Option<String>, Error> {
    let failed = || Error::database("asking whether a village is complete");
    let unissued: bool = sqlx::query_scalar(UNISSUED).bind(place.0.0).bind(&place.1).fetch_one(tx.connection()).await.map_err(failed())?;
    if unissued { Ok(None) } else { waiting(tx, place).await }
}

/// The generation of what waits in a village.
pub async fn waiting(tx: &mut Tx, (tranche, village): &Place) -> Result<Option<String>, Error> {
    let read = sqlx::query_scalar(GENERATION).bind(tranche.0).bind(village).bind(CHEQUES_MAX).fetch_one(tx.connection());
    read.await.map_err(Error::database("reading what waits for a pack"))
}

/// How a village stands to a pack of this generation; whether more is to come counts only where nobody asked for it anyway.
pub async fn standing(database: &Database, place: &Place, generation: &str, is_asked_for: bool) -> Result<Standing, Error> {
    let failed = || Error::database("reading what waits for a pack");
    let (pool, (tranche, village)) = (database.pool(), place);
    let made = sqlx::query_as(MADE).bind(tranche.0).bind(village).bind(generation).fetch_optional(pool).await.map_err(failed())?;
    if let Some(made) = made {
        return Ok(Standing::Made(made));
    }
    if !is_asked_for && sqlx::query_scalar(MORE_TO_COME).bind(tranche.0).bind(village).fetch_one(pool).await.map_err(failed())? {
        return Ok(Standing::Early);
    }
    let read = sqlx::query_as(FAMILIES).bind(tranche.0).bind(village).bind(CHEQUES_MAX).fetch_all(pool).await;
    let families: Vec<Family> = read.map_err(failed())?;
    if families.is_empty() {
        return Ok(Standing::Waits(None));
    }
    let title = sqlx::query_as(TITLE).bind(tranche.0).fetch_one(pool).await.map_err(failed())?;
    let mut points: Vec<&str> = families.iter().map(|family| family.pay_point.as_str()).collect();
    let mut batches: Vec<Uuid> = families.iter().map(|family| family.batch).collect();
    points.sort_unstable();
    points.dedup();
    batches.sort_unstable();
    batches.dedup();
    let points: Vec<Point> = sqlx::query_as(POINTS).bind(points).fetch_all(pool).await.map_err(failed())?;
    let keys: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(DATA_KEYS).bind(batches).fetch_all(pool).await.map_err(failed())?;
    Ok(Standing::Waits(Some(Arc::new(Contents {
        generation: self::generation(families.iter().map(|family| (family.payment, family.version))),
        title,
        families,
        points: points.into_iter().map(|point| (point.code.clone(), point)).collect(),
        data_keys: keys.into_iter().map(|(batch, key)| (BatchId(batch), key)).collect(),
    }))))
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
