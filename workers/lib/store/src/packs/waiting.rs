//! What waits for a pack, village by village: whether a village is complete, and everything that its pack is drawn from.
//!
//! Asked for many villages at once, since a stage hears of many at once. Bounds: [`CHEQUES_MAX`] cheques of a village, [`LOADED_MAX`] families of several
//! villages in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use salur_domain::{BatchId, RowKey, Rupiah, TrancheId};
use sqlx::types::chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use super::{CHEQUES_MAX, Made, Place, generation};
use crate::{Database, Error, Timestamp, Tx, sql};

/// Families of several villages that are held in memory at once; the packs of others are looked at again. A village of more is held alone.
pub const LOADED_MAX: usize = 2_000;

/// Cheques of a village of a tranche that lie in no pack and can be brought to a counter; `$3` bounds them.
macro_rules! waiting {
    ($tranche:literal, $village:literal, $columns:literal, $joins:literal) => {
        concat!(
            "SELECT ", $columns, " FROM payments p JOIN cheques c ON c.tranche = p.tranche AND c.payment = p.id ", $joins,
            " WHERE p.tranche = ", $tranche, " AND p.village = ", $village, " AND p.status = 'cheque_issued'
              AND NOT EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version)
              AND NOT EXISTS (SELECT FROM pack_cheques k WHERE k.tranche = c.tranche AND k.payment = c.payment AND k.version = c.version)
            ORDER BY c.payment LIMIT $3"
        )
    };
}

/// The digest of those cheques, as [`generation`] makes it.
macro_rules! digest {
    ($tranche:literal, $village:literal) => {
        concat!(
            "SELECT left(encode(sha256(string_agg(uuid_send(w.payment) || int2send(w.version), ''::bytea ORDER BY w.payment)), 'hex'), 32) FROM (",
            waiting!($tranche, $village, "c.payment, c.version", ""), ") AS w"
        )
    };
}

sql! {
    // funded in the village = issued in the village: ends at the first that is not
    COMPLETE = concat!("SELECT v.tranche, v.village, (", digest!("v.tranche", "v.village"), ") FROM unnest($1::int[], $2::text[]) AS v(tranche, village)
        WHERE NOT EXISTS (SELECT FROM payments p WHERE p.tranche = v.tranche AND p.village = v.village AND p.funded_at IS NOT NULL
          AND p.cheque_issued_at IS NULL AND p.cancelled_at IS NULL AND p.returned_at IS NULL)");
    // a release under way makes more payments; one that was accepted an hour ago and is not funded is paused, or waits for a person
    MORE_TO_COME = "SELECT v.tranche, v.village FROM unnest($1::int[], $2::text[]) AS v(tranche, village)
        WHERE EXISTS (SELECT FROM batches b WHERE b.tranche = v.tranche AND b.release_started_at IS NOT NULL AND b.released_at IS NULL)
        OR EXISTS (SELECT FROM payments p WHERE p.tranche = v.tranche AND p.village = v.village AND p.cheque_issued_at IS NULL AND p.unverified_at IS NULL
          AND p.cancelled_at IS NULL AND p.returned_at IS NULL AND (p.funded_at IS NOT NULL OR p.accepted_at > now() - interval '1 hour'))";
    MADE = "SELECT p.tranche, p.village, p.generation, p.number, p.cheques, p.made_at FROM packs p
        JOIN unnest($1::int[], $2::text[], $3::text[]) AS k(tranche, village, generation) USING (tranche, village, generation)";
    GENERATION = digest!("$1", "$2");
    FAMILIES = waiting!("$1", "$2", "c.payment, c.version, c.serial, c.token, p.amount, p.batch, p.row, r.masked_name, r.masked_nik, r.sealed,
        coalesce(s.pay_point, p.pay_point) AS pay_point, s.day AS slot_day, s.starts AS slot_from",
        "JOIN recipients r ON r.batch = p.batch AND r.row = p.row
        LEFT JOIN slots_now s ON s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL");
    DATA_KEYS = "SELECT id, data_key FROM batches WHERE id = ANY($1) AND data_key IS NOT NULL";
    TITLES = "SELECT t.id, g.name AS programme, t.name AS tranche, t.opens_at, t.closes_at, t.specimen FROM tranches t
        JOIN programmes g ON g.code = t.programme WHERE t.id = ANY($1)";
    POINTS = "SELECT code, name, address, utc_offset_minutes FROM pay_points WHERE code = ANY($1)";
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
    id: i32,
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
    pub points: Arc<HashMap<String, Point>>,
    /// Wrapped data keys; one that was destroyed is not there.
    pub data_keys: Arc<HashMap<BatchId, Vec<u8>>>,
}

/// A pack that is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Of which village.
    pub place: Place,
    /// Of which cheques.
    pub generation: String,
    /// A person wants it, whether or not more cheques are on their way.
    pub is_asked_for: bool,
}

/// How villages stand to the packs that are wanted of them.
#[derive(Debug, Default)]
pub struct Standings {
    made: HashMap<(Place, String), Made>,
    early: HashSet<Place>,
    waiting: HashMap<Place, Option<Arc<Contents>>>,
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
    /// It found no room in memory.
    Crowded,
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

impl Standings {
    /// How a village stands to one of these.
    pub fn of(&self, wanted: &Wanted) -> Standing {
        let Wanted { place, generation, is_asked_for } = wanted;
        if let Some(made) = self.made.get(&(place.clone(), generation.clone())) {
            return Standing::Made(made.clone());
        }
        if !is_asked_for && self.early.contains(place) {
            return Standing::Early;
        }
        self.waiting.get(place).map_or(Standing::Crowded, |contents| Standing::Waits(contents.clone()))
    }
}

fn columns<'a>(places: impl Iterator<Item = &'a Place>) -> (Vec<i32>, Vec<&'a str>) {
    places.map(|(tranche, village)| (tranche.0, village.as_str())).unzip()
}

/// The generations of what waits in those of these villages whose funded families all have cheques; where nothing waits there is none.
pub async fn complete(tx: &mut Tx, places: &[Place]) -> Result<HashMap<Place, String>, Error> {
    let (tranches, villages) = columns(places.iter());
    let read = sqlx::query_as(COMPLETE).bind(tranches).bind(villages).bind(CHEQUES_MAX).fetch_all(tx.connection()).await;
    let rows: Vec<(i32, String, Option<String>)> = read.map_err(Error::database("asking whether villages are complete"))?;
    Ok(rows.into_iter().filter_map(|(tranche, village, generation)| Some(((TrancheId(tranche), village), generation?))).collect())
}

/// The generation of what waits in a village.
pub async fn waiting(tx: &mut Tx, (tranche, village): &Place) -> Result<Option<String>, Error> {
    let read = sqlx::query_scalar(GENERATION).bind(tranche.0).bind(village).bind(CHEQUES_MAX).fetch_one(tx.connection());
    read.await.map_err(Error::database("reading what waits for a pack"))
}

/// How villages stand to the packs that are wanted of them; whether more is to come counts only where nobody asked for one anyway.
pub async fn standings(database: &Database, wanted: &[Wanted]) -> Result<Standings, Error> {
    let failed = || Error::database("reading how villages stand");
    let pool = database.pool();
    let (tranches, villages) = columns(wanted.iter().map(|wanted| &wanted.place));
    let generations: Vec<&str> = wanted.iter().map(|wanted| wanted.generation.as_str()).collect();
    let made = sqlx::query_as(MADE).bind(&tranches).bind(&villages).bind(generations).fetch_all(pool).await;
    let made: Vec<Made> = made.map_err(failed())?;
    let early = sqlx::query_as(MORE_TO_COME).bind(&tranches).bind(&villages).fetch_all(pool).await;
    let early: Vec<(i32, String)> = early.map_err(failed())?;
    let mut standings = Standings {
        made: made.into_iter().map(|made| ((made.place(), made.generation.clone()), made)).collect(),
        early: early.into_iter().map(|(tranche, village)| (TrancheId(tranche), village)).collect(),
        waiting: HashMap::new(),
    };
    let crowded = wanted.iter().filter(|wanted| matches!(standings.of(wanted), Standing::Crowded)).map(|wanted| wanted.place.clone());
    let read = read(database, crowded.collect()).await?;
    standings.waiting = read;
    Ok(standings)
}

/// Everything that waits in villages, as far as there is room: at least the first.
async fn read(database: &Database, places: Vec<Place>) -> Result<HashMap<Place, Option<Arc<Contents>>>, Error> {
    let (failed, pool) = (|| Error::database("reading what waits for a pack"), database.pool());
    let (mut found, mut loaded): (HashMap<Place, Vec<Family>>, usize) = (HashMap::new(), 0);
    for place in places {
        if found.contains_key(&place) {
            continue;
        }
        let read = sqlx::query_as(FAMILIES).bind(place.0.0).bind(&place.1).bind(CHEQUES_MAX).fetch_all(pool).await;
        let families: Vec<Family> = read.map_err(failed())?;
        if loaded > 0 && loaded + families.len() > LOADED_MAX {
            break;
        }
        loaded += families.len();
        found.insert(place, families);
    }
    let families = || found.values().flatten();
    let points: HashSet<&str> = families().map(|family| family.pay_point.as_str()).collect();
    let batches: HashSet<Uuid> = families().map(|family| family.batch).collect();
    let tranches: HashSet<i32> = found.keys().map(|place| place.0.0).collect();
    let points = sqlx::query_as(POINTS).bind(points.into_iter().collect::<Vec<_>>()).fetch_all(pool).await;
    let points: Vec<Point> = points.map_err(failed())?;
    let keys = sqlx::query_as(DATA_KEYS).bind(batches.into_iter().collect::<Vec<_>>()).fetch_all(pool).await;
    let keys: Vec<(Uuid, Vec<u8>)> = keys.map_err(failed())?;
    let titles = sqlx::query_as(TITLES).bind(tranches.into_iter().collect::<Vec<_>>()).fetch_all(pool).await;
    let titles: Vec<Title> = titles.map_err(failed())?;
    let titles: HashMap<i32, Title> = titles.into_iter().map(|title| (title.id, title)).collect();
    let points = Arc::new(points.into_iter().map(|point| (point.code.clone(), point)).collect());
    let data_keys = Arc::new(keys.into_iter().map(|(batch, key)| (BatchId(batch), key)).collect());
    let contents = |(place, families): (Place, Vec<Family>)| {
        if families.is_empty() {
            return Ok((place, None));
        }
        let title = titles.get(&place.0.0).ok_or_else(|| Error::invariant(format!("there is no tranche {}", place.0.0)))?.clone();
        let generation = generation(families.iter().map(|family| (family.payment, family.version)));
        let (points, data_keys) = (Arc::clone(&points), Arc::clone(&data_keys));
        Ok((place, Some(Arc::new(Contents { generation, title, families, points, data_keys }))))
    };
    found.into_iter().map(contents).collect()
}
