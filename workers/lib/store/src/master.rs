//! Master data as the stages read it. `salur setup` writes it (see [`crate::master::apply`] in the setup module).

use std::collections::HashMap;

use salur_domain::{Rupiah, TrancheId};

use crate::{Database, Error, Timestamp, sql};

sql! {
    TRANCHES = "SELECT id, code, programme, name, amount, opens_at, closes_at, returns_at, cheques_stored, opened_at IS NOT NULL AS open
        FROM tranches WHERE $1::text[] IS NULL OR code = ANY($1) ORDER BY id";
    PROGRAMMES = "SELECT code, name FROM programmes ORDER BY code";
    PLACES = "SELECT v.village, p.code AS pay_point FROM pay_point_villages v JOIN pay_points p ON p.code = v.pay_point WHERE v.village = ANY($1)";
    REGENCIES = "SELECT tranche, regency FROM allocations WHERE tranche = ANY($1)";
    ROOM = "SELECT a.regency, coalesce(sum(l.credits - l.debits), 0)::bigint FROM (SELECT DISTINCT tranche, regency FROM allocations WHERE tranche = $1) a
        LEFT JOIN ledger_accounts l ON l.kind = 'allocation' AND l.tranche = a.tranche AND l.regency = a.regency GROUP BY 1";
    ALL_VILLAGES = "SELECT village FROM pay_point_villages";
    SOURCE = "SELECT EXISTS (SELECT FROM sources WHERE name = $1)";
    SOURCES = "SELECT name FROM sources WHERE name = ANY($1)";
    PAY_POINTS = "SELECT code, name, address, latitude, longitude, radius_m, utc_offset_minutes, opens, closes FROM pay_points
        WHERE $1::text[] IS NULL OR code = ANY($1) ORDER BY code";
    DEVICE = "SELECT code, pay_point, public_key FROM devices WHERE code = ANY($1) AND public_key IS NOT NULL AND ($2 OR revoked_at IS NULL)";
    TELLERS = "SELECT t.code, o.regency, t.office FROM tellers t JOIN offices o ON o.code = t.office
        WHERE $1::text[] IS NULL OR t.code = ANY($1) ORDER BY t.code";
}

/// A tranche.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Tranche {
    id: i32,
    /// Upstream's code: `BST-4`.
    pub code: String,
    /// Code of the programme.
    pub programme: String,
    /// As printed: `Tahap 4`.
    pub name: String,
    amount: i64,
    /// First hand-over.
    pub opens_at: Timestamp,
    /// Last hand-over.
    pub closes_at: Timestamp,
    /// When what was never handed over goes back.
    pub returns_at: Timestamp,
    /// Whether cheque pictures are stored.
    pub cheques_stored: bool,
    /// Whether release is allowed.
    pub open: bool,
}

impl Tranche {
    /// Its number in this installation.
    pub fn id(&self) -> TrancheId {
        TrancheId(self.id)
    }

    /// What each family gets.
    pub fn amount(&self) -> Rupiah {
        Rupiah::new(self.amount).expect("the table checks that amounts are positive")
    }
}

/// A pay point.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayPoint {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How far from there a photo may be taken, in metres.
    pub radius_m: i32,
    /// Its zone, minutes east of UTC: 420 (WIB), 480 (WITA), 540 (WIT).
    pub utc_offset_minutes: i32,
    /// Opening time, local.
    pub opens: chrono::NaiveTime,
    /// Closing time, local.
    pub closes: chrono::NaiveTime,
}

/// A device and its key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Device {
    /// Its code.
    pub code: String,
    /// Where it belongs.
    pub pay_point: String,
    /// Ed25519 public key, 32 bytes.
    pub public_key: Vec<u8>,
}

/// A teller and the office that gives the cash.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Teller {
    /// Code of the teller.
    pub code: String,
    /// Regency of the office.
    pub regency: String,
    /// Code of the office.
    pub office: String,
}

/// What a look ahead at a list needs: the tranche, what each allocation has left, and the villages that have a pay point.
#[derive(Debug, Clone)]
pub struct Room {
    /// The tranche.
    pub tranche: Tranche,
    /// Rupiah left, by regency.
    pub regencies: HashMap<String, i64>,
    /// Ten digits each.
    pub villages: Vec<String>,
}

/// The room of a tranche; none where its code is unknown.
pub async fn room(database: &Database, tranche: &str) -> Result<Option<Room>, Error> {
    let failed = || Error::database("reading the room of a tranche");
    let tranches = sqlx::query_as::<_, Tranche>(TRANCHES).bind(vec![tranche]).fetch_optional(database.pool()).await.map_err(failed())?;
    let Some(tranche) = tranches else { return Ok(None) };
    let regencies: Vec<(String, i64)> = sqlx::query_as(ROOM).bind(tranche.id).fetch_all(database.pool()).await.map_err(failed())?;
    let villages = sqlx::query_scalar(ALL_VILLAGES).fetch_all(database.pool()).await.map_err(failed())?;
    Ok(Some(Room { tranche, regencies: regencies.into_iter().collect(), villages }))
}

/// What intake needs to know about the places, tranches and sources of a flight.
#[derive(Debug, Clone, Default)]
pub struct IntakeContext {
    /// Tranches by code.
    pub tranches: HashMap<String, Tranche>,
    /// Regencies with an allocation, per tranche.
    pub regencies: std::collections::HashSet<(i32, String)>,
    /// Pay point per village.
    pub places: HashMap<String, String>,
    /// Sources that exist.
    pub sources: std::collections::HashSet<String>,
}

/// Reads what intake needs.
pub async fn intake_context(
    database: &Database,
    sources: &[String],
    tranches: &[String],
    villages: &[String],
) -> Result<IntakeContext, Error> {
    let failed = || Error::database("reading master data");
    let pool = database.pool();
    let found: Vec<Tranche> = sqlx::query_as(TRANCHES).bind(tranches).fetch_all(pool).await.map_err(failed())?;
    let ids: Vec<i32> = found.iter().map(|tranche| tranche.id).collect();
    let regencies: Vec<(i32, String)> = sqlx::query_as(REGENCIES).bind(&ids).fetch_all(pool).await.map_err(failed())?;
    let places: Vec<(String, String)> = sqlx::query_as(PLACES).bind(villages).fetch_all(pool).await.map_err(failed())?;
    let sources: Vec<String> = sqlx::query_scalar(SOURCES).bind(sources).fetch_all(pool).await.map_err(failed())?;
    Ok(IntakeContext {
        tranches: found.into_iter().map(|tranche| (tranche.code.clone(), tranche)).collect(),
        regencies: regencies.into_iter().collect(),
        places: places.into_iter().collect(),
        sources: sources.into_iter().collect(),
    })
}

/// All tranches.
pub async fn tranches(database: &Database) -> Result<Vec<Tranche>, Error> {
    sqlx::query_as(TRANCHES).bind(None::<Vec<String>>).fetch_all(database.pool()).await.map_err(Error::database("reading tranches"))
}

/// Names of all programmes by code.
pub async fn programmes(database: &Database) -> Result<HashMap<String, String>, Error> {
    let rows: Vec<(String, String)> =
        sqlx::query_as(PROGRAMMES).fetch_all(database.pool()).await.map_err(Error::database("reading programmes"))?;
    Ok(rows.into_iter().collect())
}

/// Pay points by code; all of them for `None`.
pub async fn pay_points(database: &Database, codes: Option<&[String]>) -> Result<HashMap<String, PayPoint>, Error> {
    let rows: Vec<PayPoint> =
        sqlx::query_as(PAY_POINTS).bind(codes).fetch_all(database.pool()).await.map_err(Error::database("reading pay points"))?;
    Ok(rows.into_iter().map(|point| (point.code.clone(), point)).collect())
}

/// Devices that may act: enrolled and not revoked, by code.
pub async fn devices(database: &Database, codes: &[String]) -> Result<HashMap<String, Device>, Error> {
    enrolled(database, codes, false).await
}

/// Devices that ever had a key, by code: what one signed before it was revoked is still judged.
pub async fn devices_of_old(database: &Database, codes: &[String]) -> Result<HashMap<String, Device>, Error> {
    enrolled(database, codes, true).await
}

async fn enrolled(database: &Database, codes: &[String], revoked_too: bool) -> Result<HashMap<String, Device>, Error> {
    let query = sqlx::query_as(DEVICE).bind(codes).bind(revoked_too);
    let rows: Vec<Device> = query.fetch_all(database.pool()).await.map_err(Error::database("reading devices"))?;
    Ok(rows.into_iter().map(|device| (device.code.clone(), device)).collect())
}

/// Tellers by code; all of them for `None`.
pub async fn tellers(database: &Database, codes: Option<&[String]>) -> Result<HashMap<String, Teller>, Error> {
    let rows: Vec<Teller> =
        sqlx::query_as(TELLERS).bind(codes).fetch_all(database.pool()).await.map_err(Error::database("reading tellers"))?;
    Ok(rows.into_iter().map(|teller| (teller.code.clone(), teller)).collect())
}

/// Whether a setup named this source.
pub async fn has_source(database: &Database, name: &str) -> Result<bool, Error> {
    sqlx::query_scalar(SOURCE).bind(name).fetch_one(database.pool()).await.map_err(Error::database("looking for a source"))
}
