//! Passwords of people who sign in at a browser.
//!
//! A name is locked while its password is looked at: of guesses at one moment one counts, and the others find nothing and wait for nobody. After
//! [`FREE_FAILURES`] in a row each further failure makes the name wait, twice as long as the one before, up to [`WAIT_MAX_S`]. What is secret comes in
//! hashed or sealed.

use crate::{Error, Tx, actors, sql};

/// Failures in a row that cost no wait.
pub const FREE_FAILURES: i32 = 4;
/// Longest wait, in seconds.
pub const WAIT_MAX_S: i32 = 900;
/// The first wait, in seconds.
const WAIT_FIRST_S: i32 = 30;

sql! {
    SET = "INSERT INTO passwords (actor, hash, authenticator, last_step) VALUES ($1, $2, $3, $4)
        ON CONFLICT (actor) DO UPDATE SET hash = excluded.hash, authenticator = excluded.authenticator, last_step = excluded.last_step, failures = 0,
          wait_until = now(), set_at = now()";
    LOCK = "SELECT p.hash, p.authenticator, p.last_step, p.wait_until > now() AS waits FROM passwords p JOIN actors a ON a.name = p.actor
        WHERE p.actor = $1 AND a.revoked_at IS NULL FOR NO KEY UPDATE OF p SKIP LOCKED";
    FAILED = "UPDATE passwords SET failures = failures + 1,
          wait_until = CASE WHEN failures >= $2 THEN now() + make_interval(secs => least($3::float8 * 2 ^ least(failures - $2, 20), $4)) ELSE wait_until END
        WHERE actor = $1";
    SUCCEEDED = "UPDATE passwords SET failures = 0, last_step = $2 WHERE actor = $1";
    WHO = "SELECT actor FROM enrolments e JOIN actors a ON a.name = e.actor
        WHERE e.code_digest = $1 AND e.used_at IS NULL AND e.expires_at > now() AND a.revoked_at IS NULL";
}

/// What is kept of a person's secrets.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// Argon2id, in PHC form.
    pub hash: String,
    /// The authenticator's secret, sealed.
    pub authenticator: Vec<u8>,
    /// Last time step whose digits were used.
    pub last_step: i64,
    /// No guess counts now.
    pub waits: bool,
}

/// The person of a one-time code that can still be used.
pub async fn who(tx: &mut Tx, code_digest: &[u8]) -> Result<Option<String>, Error> {
    sqlx::query_scalar(WHO).bind(code_digest).fetch_optional(tx.connection()).await.map_err(Error::database("looking a code up"))
}

/// Uses a code up and keeps what its person signs in with; whether the code was good.
pub async fn set(tx: &mut Tx, code_digest: &[u8], hash: &str, authenticator: &[u8], step: i64) -> Result<bool, Error> {
    let Some(actor) = actors::use_code(tx, code_digest).await? else { return Ok(false) };
    let set = sqlx::query(SET).bind(actor).bind(hash).bind(authenticator).bind(step);
    set.execute(tx.connection()).await.map(|_| true).map_err(Error::database("keeping a password"))
}

/// What is kept of somebody, locked; none for who has no password, was revoked, or is being looked at.
pub async fn lock(tx: &mut Tx, actor: &str) -> Result<Option<Kept>, Error> {
    sqlx::query_as(LOCK).bind(actor).fetch_optional(tx.connection()).await.map_err(Error::database("looking at a password"))
}

/// Counts a wrong guess.
pub async fn failed(tx: &mut Tx, actor: &str) -> Result<(), Error> {
    let count = sqlx::query(FAILED).bind(actor).bind(FREE_FAILURES).bind(WAIT_FIRST_S).bind(WAIT_MAX_S);
    count.execute(tx.connection()).await.map(drop).map_err(Error::database("counting a wrong password"))
}

/// Forgets the failures, and remembers the step whose digits were used.
pub async fn succeeded(tx: &mut Tx, actor: &str, step: i64) -> Result<(), Error> {
    let done = sqlx::query(SUCCEEDED).bind(actor).bind(step).execute(tx.connection()).await;
    done.map(drop).map_err(Error::database("remembering a sign-in"))
}
