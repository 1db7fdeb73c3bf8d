//! Devices of the counter as administrators see them: registered, enrolled by a one-time code, revoked.
//!
//! Codes come in as digests only. A key is taken once, by conditional writes, and never replaced. What doors and stages need of a device stands in
//! [`crate::master`].

use crate::{Error, Page, Timestamp, Tx, device_packs, page::asked, sql};

/// Devices in one answer.
pub const PAGE: i64 = 1_000;

sql! {
    PAY_POINT = "SELECT EXISTS (SELECT FROM pay_points p WHERE p.code = $1 AND ($2 = ''
        OR EXISTS (SELECT FROM pay_point_villages v WHERE v.pay_point = p.code AND starts_with(v.village, $2))))";
    INSERT = "INSERT INTO devices (code, pay_point) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    LIST = "SELECT d.code, d.pay_point, d.public_key IS NOT NULL AS enrolled, d.revoked_at,
          (SELECT max(c.expires_at) FROM device_codes c WHERE c.device = d.code AND c.ended_at IS NULL AND c.expires_at > now()) AS code_expires_at
        FROM devices d WHERE ($1::text IS NULL OR d.code = $1) AND ($2::text IS NULL OR d.pay_point = $2) AND d.code > $3 AND ($4 = ''
        OR EXISTS (SELECT FROM pay_point_villages v WHERE v.pay_point = d.pay_point AND starts_with(v.village, $4))) ORDER BY d.code LIMIT $5";
    SHOWN = "SELECT d.code, d.pay_point, p.name AS pay_point_name, d.public_key IS NOT NULL AS enrolled, d.revoked_at,
          (SELECT max(c.expires_at) FROM device_codes c WHERE c.device = d.code AND c.ended_at IS NULL AND c.expires_at > now()) AS code_expires_at,
          (SELECT max(f.captured_at) FROM proofs f WHERE f.device = d.code) AS last_used_at
        FROM devices d JOIN pay_points p ON p.code = d.pay_point
        WHERE ($1 = '' OR d.code = $1) AND ($2 = '' OR d.pay_point = $2)
          AND CASE $3 WHEN 'active' THEN d.revoked_at IS NULL AND d.public_key IS NOT NULL WHEN 'invited' THEN d.revoked_at IS NULL AND d.public_key IS NULL
            WHEN 'revoked' THEN d.revoked_at IS NOT NULL ELSE true END
          AND (d.pay_point, d.code) > ($4, $5) AND ($6 = ''
            OR EXISTS (SELECT FROM pay_point_villages v WHERE v.pay_point = d.pay_point AND starts_with(v.village, $6)))
        ORDER BY d.pay_point, d.code LIMIT $7";
    END_CODES = "UPDATE device_codes SET ended_at = now() WHERE device = $1 AND ended_at IS NULL";
    INSERT_CODE = "INSERT INTO device_codes (code_digest, device, expires_at) VALUES ($1, $2, now() + make_interval(hours => $3)) RETURNING expires_at";
    USE_CODE = "UPDATE device_codes SET ended_at = now() WHERE code_digest = $1 AND ended_at IS NULL AND expires_at > now() RETURNING device";
    SET_KEY = "UPDATE devices SET public_key = $2 WHERE code = $1 AND public_key IS NULL AND revoked_at IS NULL RETURNING pay_point";
    KEY_TAKEN = "SELECT EXISTS (SELECT FROM devices WHERE public_key = $1)";
    REVOKE = "UPDATE devices SET revoked_at = now() WHERE code = $1 AND revoked_at IS NULL";
}

/// A device as shown.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Registered {
    /// Its code.
    pub code: String,
    /// Where it belongs.
    pub pay_point: String,
    /// Whether it handed in its key.
    pub enrolled: bool,
    /// When it ended.
    pub revoked_at: Option<Timestamp>,
    /// Until when its one-time code is good, if it has one.
    pub code_expires_at: Option<Timestamp>,
}

/// Which devices.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// The one of this code.
    pub code: Option<&'a str>,
    /// Only of this pay point.
    pub pay_point: Option<&'a str>,
    /// Only of pay points that serve a village of this region; empty: the country.
    pub region: &'a str,
    /// Behind this code.
    pub after: &'a str,
}

/// Devices of a page.
pub const SHOWN_MAX: i64 = 50;

/// A device with its pay point and when it was last used.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Shown {
    /// The device.
    #[sqlx(flatten)]
    pub device: Registered,
    /// Name of its pay point.
    pub pay_point_name: String,
    /// When a hand-over was photographed with it last.
    pub last_used_at: Option<Timestamp>,
}

/// Which devices a page shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// The one of this code; empty: all.
    pub code: &'a str,
    /// Only of this pay point; empty: all.
    pub pay_point: &'a str,
    /// `active`, `invited` (without a key yet), `revoked`; anything else: all.
    pub state: &'a str,
    /// Only of pay points that serve a village of this region; empty: the country.
    pub region: &'a str,
    /// Behind this pay point and code.
    pub after: (&'a str, &'a str),
}

/// Whether there is such a pay point, and it serves a village of the region.
pub async fn has_pay_point(tx: &mut Tx, code: &str, region: &str) -> Result<bool, Error> {
    let found = sqlx::query_scalar(PAY_POINT).bind(code).bind(region).fetch_one(tx.connection()).await;
    found.map_err(Error::database("reading a pay point"))
}

/// Registers a device without a key; whether the code was free.
pub async fn register(tx: &mut Tx, code: &str, pay_point: &str) -> Result<bool, Error> {
    let done = sqlx::query(INSERT).bind(code).bind(pay_point).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("registering a device"))?.rows_affected() > 0)
}

/// At most [`PAGE`] devices, by code.
pub async fn list(tx: &mut Tx, sought: &Sought<'_>) -> Result<Page<Registered>, Error> {
    let Sought { code, pay_point, region, after } = *sought;
    let query = sqlx::query_as(LIST).bind(code).bind(pay_point).bind(after).bind(region).bind(asked(PAGE));
    Ok(Page::of(query.fetch_all(tx.connection()).await.map_err(Error::database("reading devices"))?, PAGE))
}

/// At most [`SHOWN_MAX`] devices, by pay point and code.
pub async fn shown(tx: &mut Tx, filter: &Filter<'_>) -> Result<Page<Shown>, Error> {
    let Filter { code, pay_point, state, region, after } = *filter;
    let query =
        sqlx::query_as(SHOWN).bind(code).bind(pay_point).bind(state).bind(after.0).bind(after.1).bind(region).bind(asked(SHOWN_MAX));
    Ok(Page::of(query.fetch_all(tx.connection()).await.map_err(Error::database("reading devices with their last use"))?, SHOWN_MAX))
}

/// Keeps a one-time code, the only good one of its device; until when it is good.
pub async fn add_code(tx: &mut Tx, device: &str, digest: &[u8], hours: i32) -> Result<Timestamp, Error> {
    let failed = || Error::database("keeping a device's code");
    sqlx::query(END_CODES).bind(device).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query_scalar(INSERT_CODE).bind(digest).bind(device).bind(hours).fetch_one(tx.connection()).await.map_err(failed())
}

/// Uses a code up and takes the device's key; device and pay point, unless the code is unknown, used or over, or the device has its key or ended.
pub async fn enrol(tx: &mut Tx, code_digest: &[u8], public_key: &[u8]) -> Result<Option<(String, String)>, Error> {
    let failed = || Error::database("taking a device's key");
    let device: Option<String> = sqlx::query_scalar(USE_CODE).bind(code_digest).fetch_optional(tx.connection()).await.map_err(failed())?;
    let Some(device) = device else { return Ok(None) };
    let taken = sqlx::query_scalar(SET_KEY).bind(&device).bind(public_key).fetch_optional(tx.connection()).await.map_err(failed())?;
    Ok(taken.map(|pay_point| (device, pay_point)))
}

/// Whether a device has this key.
pub async fn key_is_taken(tx: &mut Tx, public_key: &[u8]) -> Result<bool, Error> {
    sqlx::query_scalar(KEY_TAKEN).bind(public_key).fetch_one(tx.connection()).await.map_err(Error::database("looking a key up"))
}

/// Ends a device, its code, and the leases of its packs; whether it was alive.
pub async fn revoke(tx: &mut Tx, code: &str) -> Result<bool, Error> {
    let failed = || Error::database("revoking a device");
    sqlx::query(END_CODES).bind(code).execute(tx.connection()).await.map_err(failed())?;
    device_packs::ends::end_of_device(tx, code).await?;
    Ok(sqlx::query(REVOKE).bind(code).execute(tx.connection()).await.map_err(failed())?.rows_affected() > 0)
}
