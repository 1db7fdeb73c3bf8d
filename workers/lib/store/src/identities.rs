//! Accounts of other systems by which people sign in, and the states of such sign-ins that were used.
//!
//! An account is linked to one actor at a time. Bounds: [`MOST`] links shown of an actor; a used state is kept for [`KEPT_MINUTES`].

use crate::{Error, Timestamp, Tx, sql};

/// Links shown of an actor.
pub const MOST: i64 = 20;
/// How long a used state is remembered: longer than a sign-in may take.
const KEPT_MINUTES: i32 = 60;

sql! {
    LINK = "INSERT INTO identities (issuer, subject, actor, linked_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    END = "UPDATE identities SET ended_at = now() WHERE issuer = $1 AND subject = $2 AND actor = $3 AND ended_at IS NULL";
    OF = "SELECT issuer, subject, linked_by, linked_at FROM identities WHERE actor = $1 AND ended_at IS NULL ORDER BY issuer, subject LIMIT $2";
    WHO = "SELECT a.name FROM identities i JOIN actors a ON a.name = i.actor
        WHERE i.issuer = $1 AND i.subject = $2 AND i.ended_at IS NULL AND a.revoked_at IS NULL AND a.kind = 'person'";
    IS_USED = "SELECT EXISTS (SELECT FROM used_states WHERE digest = $1)";
    FORGET = "DELETE FROM used_states WHERE used_at < now() - make_interval(mins => $1)";
    USE = "INSERT INTO used_states (digest) VALUES ($1) ON CONFLICT DO NOTHING";
}

/// An account by which somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Identity {
    /// Who keeps it.
    pub issuer: String,
    /// What it is called there.
    pub subject: String,
    /// Who said that it is this person's.
    pub linked_by: String,
    /// When.
    pub linked_at: Timestamp,
}

/// Links an account to an actor; whether it was nobody's.
pub async fn link(tx: &mut Tx, issuer: &str, subject: &str, actor: &str, by: &str) -> Result<bool, Error> {
    let done = sqlx::query(LINK).bind(issuer).bind(subject).bind(actor).bind(by).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("linking an account"))?.rows_affected() > 0)
}

/// Ends the link of an account to an actor; whether there was one.
pub async fn end(tx: &mut Tx, issuer: &str, subject: &str, actor: &str) -> Result<bool, Error> {
    let done = sqlx::query(END).bind(issuer).bind(subject).bind(actor).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("ending the link of an account"))?.rows_affected() > 0)
}

/// The accounts of an actor; at most [`MOST`].
pub async fn of(tx: &mut Tx, actor: &str) -> Result<Vec<Identity>, Error> {
    let found = sqlx::query_as(OF).bind(actor).bind(MOST).fetch_all(tx.connection()).await;
    found.map_err(Error::database("reading the accounts of an actor"))
}

/// The person of an account, unless revoked.
pub async fn who(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<String>, Error> {
    let found = sqlx::query_scalar(WHO).bind(issuer).bind(subject).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("looking for the person of an account"))
}

/// Whether a state was used.
pub async fn is_used(tx: &mut Tx, digest: &[u8]) -> Result<bool, Error> {
    sqlx::query_scalar(IS_USED).bind(digest).fetch_one(tx.connection()).await.map_err(Error::database("looking for a state"))
}

/// Uses a state up; whether it was good. Those that nobody can come back with are forgotten.
pub async fn use_state(tx: &mut Tx, digest: &[u8]) -> Result<bool, Error> {
    let failed = || Error::database("using a state up");
    sqlx::query(FORGET).bind(KEPT_MINUTES).execute(tx.connection()).await.map_err(failed())?;
    Ok(sqlx::query(USE).bind(digest).execute(tx.connection()).await.map_err(failed())?.rows_affected() > 0)
}
