//! Device packs: the claims of many families at once, for one device, until the pack ends.
//!
//! A pack takes the leases of [`crate::claims`], so what keeps two counters apart keeps packs apart: a lease has one holder. Families are looked for first,
//! their leases are taken in key order by one statement, and what they are paid is read after the leases are ours. A family whose lease went to somebody
//! else meanwhile is simply not in the pack.
//!
//! Bounds: [`FAMILIES_MAX`](salur_domain::device_pack::FAMILIES_MAX) families of a pack; an account that somebody is paying waits for no one.

pub mod ends;
pub mod shown;

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use salur_domain::{BatchId, ClaimId, DevicePackId, RowKey, ids::NAMESPACE};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, claims, sql};

sql! {
    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 7226310046))";
    READ = "SELECT device, teller, day, file FROM device_packs WHERE id = $1";
    // by hour; then families that no schedule knows
    FAMILIES = "WITH open AS (SELECT t.id, t.programme FROM tranches t WHERE t.opens_at < $3 AND t.closes_at > now()),
        due AS (
          SELECT o.programme, p.account, s.starts, p.tranche, p.regency FROM slots_now s JOIN open o ON o.id = s.tranche
            JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment WHERE s.pay_point = $1 AND s.day = $2
              AND p.cheque_issued_at IS NOT NULL AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
          UNION ALL
          SELECT o.programme, p.account, NULL, p.tranche, p.regency FROM open o JOIN payments p ON p.tranche = o.id
            JOIN pay_point_villages v ON v.village = p.village WHERE p.pay_point = $1
              AND p.cheque_issued_at IS NOT NULL AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
              AND NOT EXISTS (SELECT FROM slots_now s WHERE s.tranche = p.tranche AND s.payment = p.id AND s.day IS NOT NULL))
        SELECT d.programme, d.account, min(d.starts) AS starts FROM due d WHERE d.account IS NOT NULL
          AND NOT EXISTS (SELECT FROM claim_leases l WHERE l.programme = d.programme AND l.account = d.account AND l.expires_at > now())
          AND NOT EXISTS (SELECT FROM paused s WHERE (s.kind = 'tranche' AND s.tranche = d.tranche) OR (s.kind = 'regency' AND s.scope = d.regency)
            OR (s.kind = 'pay_point' AND s.scope = $1) OR (s.kind = 'teller' AND s.scope = $5))
        GROUP BY d.programme, d.account ORDER BY min(d.starts) NULLS LAST, d.account LIMIT $4";
    LEASE = "INSERT INTO claim_leases (programme, account, claim, device, expires_at)
        SELECT programme, account, claim, $4, $5 FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS f(programme, account, claim) ORDER BY 1, 2
        ON CONFLICT (programme, account) DO UPDATE SET claim = excluded.claim, device = excluded.device, expires_at = excluded.expires_at, pack = NULL
          WHERE claim_leases.expires_at <= now() RETURNING claim";
    // what the families of these leases are to get, with the newest cheque of each payment
    CHEQUES = "SELECT f.claim, p.tranche, p.id AS payment, p.amount, p.batch, p.row, r.masked_name, r.sealed, b.data_key, c.token
        FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS f(programme, account, claim)
        JOIN tranches t ON t.programme = f.programme AND t.opens_at < $4 AND t.closes_at > now()
        JOIN payments p ON p.tranche = t.id AND p.account = f.account
        JOIN recipients r ON r.batch = p.batch AND r.row = p.row JOIN batches b ON b.id = p.batch
        JOIN cheques c ON c.tranche = p.tranche AND c.payment = p.id
        WHERE p.cheque_issued_at IS NOT NULL AND p.handed_over_at IS NULL AND p.returned_at IS NULL AND p.cancelled_at IS NULL
          AND NOT EXISTS (SELECT FROM cheques n WHERE n.tranche = c.tranche AND n.payment = c.payment AND n.version > c.version)
          AND NOT EXISTS (SELECT FROM paused s WHERE (s.kind = 'tranche' AND s.tranche = p.tranche) OR (s.kind = 'regency' AND s.scope = p.regency))
        ORDER BY f.claim, p.tranche, p.id";
    INSERT = "INSERT INTO device_packs (id, device, teller, pay_point, day, families, rupiah, actor, ends_at, file)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    INSERT_CLAIMS = "INSERT INTO device_pack_claims (pack, claim, rupiah) SELECT $1, claim, rupiah FROM unnest($2::uuid[], $3::bigint[]) AS f(claim, rupiah)";
    NAME_LEASES = "UPDATE claim_leases SET pack = $1 WHERE claim = ANY($2) AND device = $3 AND expires_at = $4";
    LET_GO = "UPDATE claim_leases SET expires_at = now() WHERE claim = ANY($1) AND device = $2 AND expires_at = $3";
    END_OF_DAY = "SELECT p.code, (($2::date + 1)::timestamp - make_interval(mins => p.utc_offset_minutes)) AT TIME ZONE 'UTC' AS ends_at,
          (now() AT TIME ZONE 'UTC' + make_interval(mins => p.utc_offset_minutes))::date AS today FROM pay_points p WHERE p.code = $1";
}

/// What a pack is to be.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Made by who asks.
    pub pack: DevicePackId,
    /// Which device.
    pub device: &'a str,
    /// Who pays.
    pub teller: &'a str,
    /// Where.
    pub pay_point: &'a str,
    /// When.
    pub day: NaiveDate,
    /// Families at most.
    pub families: i64,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// A pack that was made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Made {
    /// For which device.
    pub device: String,
    /// For which teller.
    pub teller: String,
    /// For which day.
    pub day: NaiveDate,
    /// The pack as it was given out.
    pub file: Vec<u8>,
}

/// A family whose lease the pack has.
#[derive(Debug, Clone)]
pub struct Leased {
    /// Its claim.
    pub claim: ClaimId,
    /// When it comes.
    pub starts: Option<NaiveTime>,
    programme: String,
    account: Uuid,
    /// What it is to get.
    pub cheques: Vec<Cheque>,
}

/// A payment with its cheque, and the row of which it came.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Cheque {
    claim: Uuid,
    tranche: i32,
    payment: Uuid,
    amount: i64,
    batch: Uuid,
    row: String,
    /// The name, masked; none where the row's personal data is gone.
    pub masked_name: Option<String>,
    /// The row's personal data, sealed.
    pub sealed: Vec<u8>,
    /// The key of its batch, wrapped.
    pub data_key: Option<Vec<u8>>,
    /// The cheque's token.
    pub token: String,
}

/// The day at a pay point.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Day {
    /// When the day ends there.
    pub ends_at: Timestamp,
    /// Which day it is there now.
    pub today: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct Due {
    programme: String,
    account: Uuid,
    starts: Option<NaiveTime>,
}

impl Cheque {
    /// The row behind it.
    pub fn key(&self) -> (BatchId, RowKey) {
        (BatchId(self.batch), RowKey(self.row.clone()))
    }
}

impl Leased {
    /// What it gets in all, in rupiah.
    pub fn rupiah(&self) -> i64 {
        self.cheques.iter().map(|cheque| cheque.amount).sum()
    }
}

/// The claim of an account in a pack: the same each time, so that nothing depends on the order.
fn claim_of(pack: DevicePackId, programme: &str, account: Uuid) -> ClaimId {
    ClaimId(Uuid::new_v5(&NAMESPACE, format!("device-pack\0{pack}\0{programme}\0{account}").as_bytes()))
}

/// A day at a pay point; none where there is no such pay point.
pub async fn day(tx: &mut Tx, pay_point: &str, day: NaiveDate) -> Result<Option<Day>, Error> {
    let found = sqlx::query_as(END_OF_DAY).bind(pay_point).bind(day).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading the day of a pay point"))
}

/// The pack of an id, if it was made. Whoever asks for it at the same time waits for this transaction.
pub async fn made(tx: &mut Tx, pack: DevicePackId) -> Result<Option<Made>, Error> {
    lock(tx, pack).await?;
    sqlx::query_as(READ).bind(pack.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading a device pack"))
}

/// Waits for whoever makes, ends or hears of this pack at the same time.
async fn lock(tx: &mut Tx, pack: DevicePackId) -> Result<(), Error> {
    sqlx::query(LOCK).bind(pack.0).execute(tx.connection()).await.map(drop).map_err(Error::database("locking a device pack"))
}

/// Takes the leases of families that come to the pay point on the day, and of those that no schedule knows, and reads what they are to get.
pub async fn lease(tx: &mut Tx, new: &New<'_>) -> Result<Vec<Leased>, Error> {
    let failed = || Error::database("leasing the families of a device pack");
    let due = sqlx::query_as(FAMILIES).bind(new.pay_point).bind(new.day).bind(new.ends_at).bind(new.families).bind(new.teller);
    let due: Vec<Due> = due.fetch_all(tx.connection()).await.map_err(failed())?;
    let claims: Vec<Uuid> = due.iter().map(|due| claim_of(new.pack, &due.programme, due.account).0).collect();
    let programmes: Vec<&str> = due.iter().map(|due| due.programme.as_str()).collect();
    let accounts: Vec<Uuid> = due.iter().map(|due| due.account).collect();
    let lease = sqlx::query_scalar(LEASE).bind(&programmes).bind(&accounts).bind(&claims).bind(new.device).bind(new.ends_at);
    let ours: std::collections::HashSet<Uuid> = lease.fetch_all(tx.connection()).await.map_err(failed())?.into_iter().collect();
    // read after the leases are ours: whoever held them before has committed
    let cheques = sqlx::query_as(CHEQUES).bind(&programmes).bind(&accounts).bind(&claims).bind(new.ends_at);
    let cheques: Vec<Cheque> = cheques.fetch_all(tx.connection()).await.map_err(failed())?;
    let mut of: BTreeMap<Uuid, Vec<Cheque>> = BTreeMap::new();
    for cheque in cheques.into_iter().filter(|cheque| ours.contains(&cheque.claim)) {
        of.entry(cheque.claim).or_default().push(cheque);
    }
    let nothing: Vec<ClaimId> = ours.into_iter().filter(|claim| !of.contains_key(claim)).map(ClaimId).collect();
    let_go(tx, new, &nothing).await?;
    let leased = due.into_iter().zip(claims).filter_map(|(Due { programme, account, starts }, claim)| {
        Some(Leased { claim: ClaimId(claim), starts, programme, account, cheques: of.remove(&claim)? })
    });
    Ok(leased.collect())
}

/// Gives the leases of some families back: they have nothing to get, or their rows do not open.
pub async fn let_go(tx: &mut Tx, new: &New<'_>, claims: &[ClaimId]) -> Result<(), Error> {
    let claims: Vec<Uuid> = claims.iter().map(|claim| claim.0).collect();
    let let_go = sqlx::query(LET_GO).bind(claims).bind(new.device).bind(new.ends_at).execute(tx.connection()).await;
    let_go.map(drop).map_err(Error::database("letting leases go"))
}

/// Remembers a pack with its claims.
pub async fn keep(tx: &mut Tx, new: &New<'_>, families: &[Leased], actor: &str, file: &[u8]) -> Result<(), Error> {
    let failed = || Error::database("keeping a device pack");
    let claims: Vec<Uuid> = families.iter().map(|family| family.claim.0).collect();
    let rupiah: Vec<i64> = families.iter().map(Leased::rupiah).collect();
    let count = i32::try_from(families.len()).map_err(|_| Error::invariant("a device pack is bounded"))?;
    let insert = sqlx::query(INSERT).bind(new.pack.0).bind(new.device).bind(new.teller).bind(new.pay_point).bind(new.day);
    let insert = insert.bind(count).bind(rupiah.iter().sum::<i64>()).bind(actor).bind(new.ends_at).bind(file);
    insert.execute(tx.connection()).await.map_err(failed())?;
    for family in families {
        let visit: Vec<(i32, Uuid)> = family.cheques.iter().map(|cheque| (cheque.tranche, cheque.payment)).collect();
        let (of, by) = ((family.programme.as_str(), family.account), (new.device, new.teller));
        let claim = claims::insert(tx, family.claim, of, by, &visit, new.ends_at).await?;
        claim.ok_or_else(|| Error::invariant("a device pack is made once"))?;
    }
    let keep = sqlx::query(INSERT_CLAIMS).bind(new.pack.0).bind(&claims).bind(&rupiah).execute(tx.connection()).await;
    keep.map_err(failed())?;
    let name = sqlx::query(NAME_LEASES).bind(new.pack.0).bind(&claims).bind(new.device).bind(new.ends_at).execute(tx.connection()).await;
    if name.map_err(failed())?.rows_affected() != claims.len() as u64 {
        return Err(Error::invariant("a device pack has the lease of each of its families"));
    }
    Ok(())
}
