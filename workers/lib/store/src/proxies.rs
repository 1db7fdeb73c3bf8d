//! Who receives for a family: at most one proxy of a claim, of the family's household card, for few families a day.
//!
//! Claims that name one person wait for each other before anything is counted ([`admit`]), and before the lease of a family: so two counters at one moment
//! cannot pass the cap together, and locks are taken in one order. A family counts once a day, however often it was claimed. Counted are claims, since
//! before cash moves nobody knows more. Bounds: [`DAYS`] days of a repeat, [`REPEATS_MAX`] visits of one.

use std::collections::HashMap;

use salur_domain::ClaimId;
use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

/// How long a proxy is remembered as one who comes again: a tranche is paid within it.
pub const DAYS: i32 = 31;
/// Other visits of a proxy that are told.
pub const REPEATS_MAX: i64 = 100;

sql! {
    LOCK = "SELECT pg_advisory_xact_lock($1)";
    FAMILIES = "SELECT count(DISTINCT account) FROM claim_proxies
        WHERE person = $1 AND account <> $2 AND day = (now() AT TIME ZONE 'Asia/Jakarta')::date";
    NAME = "INSERT INTO claim_proxies (claim, account, person, household, relation, masked_name, masked_nik, day, max_families, content, data_key, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, (now() AT TIME ZONE 'Asia/Jakarta')::date, $8, $9, $10, $11)";
    CONTENT = "SELECT content FROM claim_proxies WHERE claim = $1";
    REPEATS = "SELECT q.claim, count(DISTINCT o.account), count(DISTINCT o.household) FROM claim_proxies q JOIN claim_proxies o ON o.person = q.person
          AND o.named_at <= q.named_at AND o.named_at > q.named_at - make_interval(days => $2)
        WHERE q.claim = ANY($1) GROUP BY q.claim";
    OF_CASE = "SELECT q.claim, q.relation, q.masked_name AS name, q.masked_nik AS nik, q.data_key IS NOT NULL AS is_kept,
          (SELECT count(DISTINCT o.account) FROM claim_proxies o WHERE o.person = q.person AND o.named_at > q.named_at - make_interval(days => $2)
            AND o.named_at < q.named_at + make_interval(days => $2)) AS families,
          (SELECT count(DISTINCT o.household) FROM claim_proxies o WHERE o.person = q.person AND o.named_at > q.named_at - make_interval(days => $2)
            AND o.named_at < q.named_at + make_interval(days => $2)) AS households
        FROM proofs f JOIN claim_proxies q ON q.claim = f.claim WHERE f.capture = $1";
    OTHERS = "SELECT f.capture, f.captured_at, f.village, f.teller, o.household = q.household AS is_same_household
        FROM claim_proxies q JOIN claim_proxies o ON o.person = q.person AND o.claim <> q.claim JOIN proofs f ON f.claim = o.claim
        WHERE q.claim = $1 AND starts_with(f.village, $2) AND o.named_at > q.named_at - make_interval(days => $3)
          AND o.named_at < q.named_at + make_interval(days => $3) ORDER BY f.captured_at DESC, f.capture LIMIT $4";
}

/// A proxy to be named in a claim, sealed.
#[derive(Debug, Clone)]
pub struct NewProxy {
    /// Blind index of the NIK.
    pub person: Uuid,
    /// Blind index of the household card.
    pub household: Uuid,
    /// Word of the relation.
    pub relation: &'static str,
    /// As on screens.
    pub masked_name: String,
    /// As on screens.
    pub masked_nik: String,
    /// Keyed digest of what was typed.
    pub content: [u8; 16],
    /// The wrapped key, and what it seals.
    pub words: (Vec<u8>, Vec<u8>),
    /// Families that one proxy may receive for within a day.
    pub max_families: u16,
}

/// Why a proxy may not receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// It is the recipient's own NIK.
    Recipient,
    /// The household card is not that of every payment.
    Household,
    /// So many families a day, and as many are claimed.
    Cap(u16),
}

/// Who received, masked, and how often within [`DAYS`] days before and after.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
pub struct Shown {
    claim: Uuid,
    /// Word of the relation.
    pub relation: String,
    /// Masked.
    pub name: String,
    /// Masked.
    pub nik: String,
    /// The name was not destroyed.
    pub is_kept: bool,
    /// Families that the same person was named for.
    pub families: i64,
    /// Household cards that the same person was said to be on.
    pub households: i64,
}

/// Another visit of the same proxy.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of proofs")]
pub struct Other {
    pub capture: Uuid,
    pub captured_at: Timestamp,
    pub village: String,
    pub teller: String,
    /// For a family of the same household card.
    pub is_same_household: bool,
}

/// Whether a person may receive for one more family today. Holds others who ask about the same person until the transaction ends.
pub(crate) async fn admit(tx: &mut Tx, account: Uuid, proxy: &NewProxy) -> Result<Option<Barred>, Error> {
    if proxy.person == account {
        return Ok(Some(Barred::Recipient));
    }
    let failed = || Error::database("counting a proxy's families");
    let key = proxy.person.as_u64_pair().0.cast_signed();
    sqlx::query(LOCK).bind(key).execute(tx.connection()).await.map_err(failed())?;
    let read = sqlx::query_scalar(FAMILIES).bind(proxy.person).bind(account);
    let families: i64 = read.fetch_one(tx.connection()).await.map_err(failed())?;
    Ok((families >= i64::from(proxy.max_families)).then_some(Barred::Cap(proxy.max_families)))
}

/// Remembers whom a new claim names.
pub(crate) async fn name(tx: &mut Tx, claim: ClaimId, account: Uuid, proxy: &NewProxy) -> Result<(), Error> {
    let cap = i16::try_from(proxy.max_families).map_err(|_| Error::invariant("a cap of families fits its column"))?;
    let named = sqlx::query(NAME).bind(claim.0).bind(account).bind(proxy.person).bind(proxy.household).bind(proxy.relation);
    let named = named.bind(&proxy.masked_name).bind(&proxy.masked_nik).bind(cap).bind(proxy.content.as_slice());
    let named = named.bind(&proxy.words.0).bind(&proxy.words.1).execute(tx.connection()).await;
    tx.wrote("claim_proxies");
    named.map(drop).map_err(Error::database("keeping a proxy"))
}

/// Whether a claim that exists names the same proxy, or none as well.
pub(crate) async fn is_same(tx: &mut Tx, claim: ClaimId, proxy: Option<&NewProxy>) -> Result<bool, Error> {
    let read = sqlx::query_scalar(CONTENT).bind(claim.0).fetch_optional(tx.connection());
    let named: Option<Vec<u8>> = read.await.map_err(Error::database("reading a claim's proxy"))?;
    Ok(named.as_deref() == proxy.map(|proxy| proxy.content.as_slice()))
}

/// For how many families, and of how many household cards, the proxies of claims were named until then: nothing later changes it.
pub async fn repeats(tx: &mut Tx, claims: &[ClaimId]) -> Result<HashMap<ClaimId, (i64, i64)>, Error> {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.0).collect();
    let read = sqlx::query_as(REPEATS).bind(ids).bind(DAYS).fetch_all(tx.connection()).await;
    let rows: Vec<(Uuid, i64, i64)> = read.map_err(Error::database("counting households of proxies"))?;
    Ok(rows.into_iter().map(|(claim, families, households)| (ClaimId(claim), (families, households))).collect())
}

/// Who received in the visit of a capture, with their other visits in a region; none: the recipient did.
pub async fn of_case(tx: &mut Tx, capture: Uuid, region: &str) -> Result<Option<(Shown, Vec<Other>)>, Error> {
    let failed = || Error::database("reading who received");
    let read = sqlx::query_as(OF_CASE).bind(capture).bind(DAYS).fetch_optional(tx.connection());
    let shown: Option<Shown> = read.await.map_err(failed())?;
    let Some(shown) = shown else { return Ok(None) };
    let read = sqlx::query_as(OTHERS).bind(shown.claim).bind(region).bind(DAYS).bind(REPEATS_MAX);
    let others = read.fetch_all(tx.connection()).await.map_err(failed())?;
    Ok(Some((shown, others)))
}
