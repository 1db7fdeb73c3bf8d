//! Actors, their tokens and one-time codes.
//!
//! Secrets come in as digests only. A revoked actor's tokens are dead with it; a code is used once, by one conditional write. What pages show of actors
//! stands in [`shown`].

pub mod shown;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Actors of a page.
pub const PAGE: i64 = 1_000;

sql! {
    INSERT = "INSERT INTO actors (name, kind, role, source, region, teller, pay_point, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING";
    LIST = "SELECT name, kind, role, source, region, teller, pay_point, public_key, created_by, created_at, revoked_at FROM actors
        WHERE ($1::text IS NULL OR name = $1) AND starts_with(region, $2) AND name > $3 COLLATE \"C\" ORDER BY name COLLATE \"C\" LIMIT $4";
    HAS_TELLER = "SELECT EXISTS (SELECT FROM tellers t JOIN offices o ON o.code = t.office WHERE t.code = $1 AND starts_with(o.regency, $2))";
    BY_TOKEN = "SELECT a.name, a.kind, a.role, a.source, a.region, a.teller, a.pay_point, a.public_key, a.created_by, a.created_at, a.revoked_at,
          t.secret_digest, t.why
        FROM actor_tokens t JOIN actors a ON a.name = t.actor
        WHERE t.id = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND a.revoked_at IS NULL";
    INSERT_TOKEN = "INSERT INTO actor_tokens (id, actor, secret_digest, purpose, expires_at)
        VALUES ($1, $2, $3, $4, now() + make_interval(hours => $5)) RETURNING expires_at";
    SAY_WHY = "UPDATE actor_tokens SET why = $2 WHERE id = $1";
    REVOKE_TOKENS = "UPDATE actor_tokens SET revoked_at = now() WHERE actor = $1 AND revoked_at IS NULL AND ($2::text IS NULL OR id = $2)";
    REVOKE = "UPDATE actors SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL";
    INSERT_CODE = "INSERT INTO enrolments (code_digest, actor, expires_at) VALUES ($1, $2, now() + make_interval(hours => $3)) RETURNING expires_at";
    USE_CODE = "UPDATE enrolments e SET used_at = now() FROM actors a WHERE e.code_digest = $1 AND e.used_at IS NULL AND e.expires_at > now()
        AND a.name = e.actor AND a.revoked_at IS NULL RETURNING e.actor";
    SET_KEY = "UPDATE actors SET public_key = $2 WHERE name = $1";
    ADMINISTRATORS = "SELECT count(*) FROM actors WHERE role = 'administrator' AND revoked_at IS NULL AND public_key IS NOT NULL";
    LOCK = "SELECT pg_advisory_xact_lock(7226310005)";
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Actor {
    /// As in audit and on the command line.
    pub name: String,
    /// `person` or `system`.
    pub kind: String,
    /// As [`salur_domain::actor::Role`].
    pub role: String,
    /// Whose lists it sends and sees.
    pub source: Option<String>,
    /// Empty: the country; two digits: a province; four: a regency.
    pub region: String,
    /// Whose drawer a teller sees.
    pub teller: Option<String>,
    /// Where a teller pays.
    pub pay_point: Option<String>,
    /// Ed25519, once a person handed it in.
    pub public_key: Option<Vec<u8>>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it ended.
    pub revoked_at: Option<Timestamp>,
}

/// A new actor.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in Actor")]
pub struct NewActor<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub role: &'a str,
    pub source: Option<&'a str>,
    pub region: &'a str,
    pub teller: Option<&'a str>,
    pub pay_point: Option<&'a str>,
    pub created_by: &'a str,
}

/// A token that is good.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Known {
    /// Whose it is.
    #[sqlx(flatten)]
    pub actor: Actor,
    /// Digest of its secret.
    pub secret_digest: Vec<u8>,
    /// Why its holder looks at photos, once they said so.
    pub why: Option<String>,
}

/// Makes an actor; whether the name was free.
pub async fn create(tx: &mut Tx, new: &NewActor<'_>) -> Result<bool, Error> {
    let NewActor { name, kind, role, source, region, teller, pay_point, created_by } = *new;
    let done = sqlx::query(INSERT).bind(name).bind(kind).bind(role).bind(source).bind(region).bind(teller).bind(pay_point).bind(created_by);
    let done = done.execute(tx.connection()).await.map_err(Error::database("making an actor"))?;
    Ok(done.rows_affected() > 0)
}

/// The actor of a name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Actor>, Error> {
    let found = sqlx::query_as(LIST).bind(name).bind("").bind("").bind(1_i64).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading an actor"))
}

/// Whether there is such a teller, of an office of the region.
pub async fn has_teller(tx: &mut Tx, code: &str, region: &str) -> Result<bool, Error> {
    let found = sqlx::query_scalar(HAS_TELLER).bind(code).bind(region).fetch_one(tx.connection()).await;
    found.map_err(Error::database("reading a teller"))
}

/// The next [`PAGE`] actors of a region after a name.
pub async fn page(tx: &mut Tx, region: &str, after: &str) -> Result<Vec<Actor>, Error> {
    sqlx::query_as(LIST)
        .bind(None::<String>)
        .bind(region)
        .bind(after)
        .bind(PAGE)
        .fetch_all(tx.connection())
        .await
        .map_err(Error::database("reading actors"))
}

/// What is known of a token that is good.
pub async fn by_token(database: &Database, id: &str) -> Result<Option<Known>, Error> {
    sqlx::query_as(BY_TOKEN).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("looking a token up"))
}

/// Remembers why the holder of a token looks at photos.
pub async fn say_why(tx: &mut Tx, token: &str, why: &str) -> Result<(), Error> {
    let done = sqlx::query(SAY_WHY).bind(token).bind(why).execute(tx.connection()).await;
    done.map(drop).map_err(Error::database("remembering why somebody looks"))
}

/// Keeps a token; until when it is good.
pub async fn add_token(tx: &mut Tx, id: &str, actor: &str, digest: &[u8], purpose: &str, hours: i32) -> Result<Timestamp, Error> {
    let insert = sqlx::query_scalar(INSERT_TOKEN).bind(id).bind(actor).bind(digest).bind(purpose).bind(hours);
    insert.fetch_one(tx.connection()).await.map_err(Error::database("keeping a token"))
}

/// Ends tokens of an actor, all or one; how many.
pub async fn revoke_tokens(tx: &mut Tx, actor: &str, id: Option<&str>) -> Result<u64, Error> {
    let done = sqlx::query(REVOKE_TOKENS).bind(actor).bind(id).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("revoking tokens"))?.rows_affected())
}

/// Ends an actor; whether it was alive.
pub async fn revoke(tx: &mut Tx, name: &str) -> Result<bool, Error> {
    let done = sqlx::query(REVOKE).bind(name).execute(tx.connection()).await.map_err(Error::database("revoking an actor"))?;
    Ok(done.rows_affected() > 0)
}

/// Keeps a one-time code; until when it is good.
pub async fn add_code(tx: &mut Tx, actor: &str, digest: &[u8], hours: i32) -> Result<Timestamp, Error> {
    let insert = sqlx::query_scalar(INSERT_CODE).bind(digest).bind(actor).bind(hours);
    insert.fetch_one(tx.connection()).await.map_err(Error::database("keeping a one-time code"))
}

/// Uses a code up; its actor, unless the code is unknown, used, over or its actor revoked.
pub async fn use_code(tx: &mut Tx, code_digest: &[u8]) -> Result<Option<String>, Error> {
    sqlx::query_scalar(USE_CODE).bind(code_digest).fetch_optional(tx.connection()).await.map_err(Error::database("using a code up"))
}

/// Uses a code up and takes the key it was for; its actor, as [`use_code`].
pub async fn enrol(tx: &mut Tx, code_digest: &[u8], public_key: &[u8]) -> Result<Option<String>, Error> {
    let actor = use_code(tx, code_digest).await?;
    if let Some(actor) = &actor {
        let taken = sqlx::query(SET_KEY).bind(actor).bind(public_key).execute(tx.connection()).await;
        taken.map_err(Error::database("taking a key"))?;
    }
    Ok(actor)
}

/// How many administrators can sign in; the transaction has the only look at it.
pub async fn administrators(tx: &mut Tx) -> Result<i64, Error> {
    let failed = || Error::database("counting administrators");
    sqlx::query(LOCK).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query_scalar(ADMINISTRATORS).fetch_one(tx.connection()).await.map_err(failed())
}
