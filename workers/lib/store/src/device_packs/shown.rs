//! Device packs as they are shown: how each stands, and what shows that one was copied.

use chrono::NaiveDate;
use salur_domain::DevicePackId;
use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// Packs of one answer.
pub const PAGE: i64 = 200;

sql! {
    LIST = "SELECT k.id AS pack, k.device, k.teller, k.pay_point, k.day, k.families, k.rupiah, k.actor, k.made_at, k.ends_at, k.checked_in_at, k.said,
          k.revoked_at, k.state,
          (SELECT count(*) FROM device_pack_claims g WHERE g.pack = k.id AND EXISTS (SELECT FROM proofs p WHERE p.claim = g.claim)) AS photographed,
          (SELECT count(*) FROM device_pack_doubts u WHERE u.pack = k.id) AS doubts
        FROM device_packs_now k WHERE ($1::text IS NULL OR k.device = $1) AND (NOT $2 OR k.state = 'live') AND ($3 = ''
          OR EXISTS (SELECT FROM pay_point_villages v WHERE v.pay_point = k.pay_point AND starts_with(v.village, $3)))
        ORDER BY k.made_at DESC, k.id LIMIT $4";
    ONE = "SELECT EXISTS (SELECT FROM device_packs k JOIN pay_point_villages v ON v.pay_point = k.pay_point WHERE k.id = $1 AND starts_with(v.village, $2))";
    DOUBTS_OF = "SELECT u.pack, u.doubt, u.device, u.teller, count(DISTINCT u.capture) AS hand_overs, coalesce(sum(u.rupiah), 0)::bigint AS rupiah,
          max(u.at) AS at FROM device_pack_doubts u WHERE u.pack = $1 GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4";
    DOUBTS = "SELECT u.pack, u.doubt, u.device, u.teller, count(DISTINCT u.capture) AS hand_overs, coalesce(sum(u.rupiah), 0)::bigint AS rupiah, max(u.at) AS at
        FROM device_pack_doubts u JOIN device_packs k ON k.id = u.pack WHERE ($1::text IS NULL OR k.device = $1) AND ($2 = ''
          OR EXISTS (SELECT FROM pay_point_villages v WHERE v.pay_point = k.pay_point AND starts_with(v.village, $2)))
        GROUP BY 1, 2, 3, 4 ORDER BY max(u.at) DESC, u.pack, u.doubt, u.device, u.teller LIMIT $3";
}

/// A pack as it stands.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of packs")]
pub struct Shown {
    pub pack: Uuid,
    pub device: String,
    pub teller: String,
    pub pay_point: String,
    pub day: NaiveDate,
    pub families: i32,
    pub rupiah: i64,
    pub actor: String,
    pub made_at: Timestamp,
    pub ends_at: Timestamp,
    pub checked_in_at: Option<Timestamp>,
    /// Hand-overs that the device named.
    pub said: Option<i32>,
    pub revoked_at: Option<Timestamp>,
    /// `live`, `checked_in`, `revoked`, `over`.
    pub state: String,
    /// Families with a photo.
    pub photographed: i64,
    /// Hand-overs that show a copy.
    pub doubts: i64,
}

/// What shows that a pack was copied: who, and how much.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the view of doubts")]
pub struct Doubt {
    pub pack: Uuid,
    /// `said_twice`, `not_said`.
    pub doubt: String,
    pub device: String,
    pub teller: String,
    pub hand_overs: i64,
    pub rupiah: i64,
    pub at: Timestamp,
}

/// At most [`PAGE`] packs of a region (empty: the country), newest first.
pub async fn list(tx: &mut Tx, device: Option<&str>, is_live: bool, region: &str) -> Result<Vec<Shown>, Error> {
    let query = sqlx::query_as(LIST).bind(device).bind(is_live).bind(region).bind(PAGE);
    query.fetch_all(tx.connection()).await.map_err(Error::database("reading device packs"))
}

/// Whether there is such a pack in a region.
pub async fn one(tx: &mut Tx, pack: DevicePackId, region: &str) -> Result<bool, Error> {
    sqlx::query_scalar(ONE).bind(pack.0).bind(region).fetch_one(tx.connection()).await.map_err(Error::database("finding a device pack"))
}

/// Doubts about one pack.
pub async fn doubts_of(tx: &mut Tx, pack: DevicePackId) -> Result<Vec<Doubt>, Error> {
    sqlx::query_as(DOUBTS_OF).bind(pack.0).fetch_all(tx.connection()).await.map_err(Error::database("reading doubts about a device pack"))
}

/// At most [`PAGE`] doubts about packs of a region.
pub async fn doubts(tx: &mut Tx, device: Option<&str>, region: &str) -> Result<Vec<Doubt>, Error> {
    let query = sqlx::query_as(DOUBTS).bind(device).bind(region).bind(PAGE);
    query.fetch_all(tx.connection()).await.map_err(Error::database("reading doubts about device packs"))
}
