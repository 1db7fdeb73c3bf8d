//! Actors as administrators see them: a page of a list, when each was last here, and the tokens of systems that are good.
//!
//! A region is part of every question: an actor outside it is not found. Bounds: [`PAGE`] actors, [`TOKENS`] tokens, [`SOURCES`] sources.

use super::Actor;
use crate::{Error, Page, Timestamp, Tx, page::asked, sql};

/// Actors of a page.
pub const PAGE: i64 = 50;
/// Tokens that are shown of a system, the newest.
pub const TOKENS: i64 = 50;
/// Sources that a form may choose from.
pub const SOURCES: i64 = 500;

/// An actor with what it signs in with.
macro_rules! seen {
    () => {
        "SELECT a.name, a.kind, a.role, a.source, a.region, a.teller, a.pay_point, a.public_key, a.created_by, a.created_at, a.revoked_at,
          EXISTS (SELECT FROM passwords p WHERE p.actor = a.name) AS has_password,
          EXISTS (SELECT FROM identities i WHERE i.actor = a.name AND i.ended_at IS NULL) AS has_identity,
          EXISTS (SELECT FROM enrolments e WHERE e.actor = a.name AND e.used_at IS NULL AND e.expires_at > now()) AS has_code,
          (SELECT max(t.created_at) FROM actor_tokens t WHERE t.actor = a.name) AS last_token_at
        FROM actors a "
    };
}

/// Whether somebody can come in, over `a`.
macro_rules! is_set_up {
    () => {
        "(a.kind = 'system' OR a.public_key IS NOT NULL OR EXISTS (SELECT FROM passwords p WHERE p.actor = a.name)
            OR EXISTS (SELECT FROM identities i WHERE i.actor = a.name AND i.ended_at IS NULL))"
    };
}

sql! {
    LIST = concat!(seen!(), "WHERE starts_with(a.region, $1) AND starts_with(a.region, $2) AND ($3 = '' OR a.role = $3)
          AND CASE $4 WHEN 'active' THEN a.revoked_at IS NULL AND ", is_set_up!(), " WHEN 'invited' THEN a.revoked_at IS NULL AND NOT ", is_set_up!(), "
          WHEN 'revoked' THEN a.revoked_at IS NOT NULL ELSE true END
          AND a.name > $5 COLLATE \"C\" ORDER BY a.name COLLATE \"C\" LIMIT $6");
    ONE = concat!(seen!(), "WHERE a.name = $1 AND starts_with(a.region, $2)");
    GOOD_TOKENS = "SELECT id, purpose, created_at, expires_at FROM actor_tokens
        WHERE actor = $1 AND revoked_at IS NULL AND expires_at > now() AND purpose <> 'session' ORDER BY created_at DESC, id LIMIT $2";
    ALL_SOURCES = "SELECT name FROM sources ORDER BY name LIMIT $1";
}

/// An actor with what it signs in with.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Seen {
    /// Who.
    #[sqlx(flatten)]
    pub actor: Actor,
    /// Whether it set a password.
    pub has_password: bool,
    /// Whether an account of another system is linked.
    pub has_identity: bool,
    /// Whether a one-time code waits to be used.
    pub has_code: bool,
    /// When it signed in last, or got its last token.
    pub last_token_at: Option<Timestamp>,
}

/// A token that is good, without its secret.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Good {
    /// Its public half.
    pub id: String,
    /// What it is for.
    pub purpose: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Which actors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought<'a> {
    /// Who asks acts for this region.
    pub mine: &'a str,
    /// Only of this region.
    pub region: &'a str,
    /// Only of this role; empty: all.
    pub role: &'a str,
    /// `active`, `invited` (a person who set nothing up yet), `revoked`; anything else: all.
    pub state: &'a str,
    /// Behind this name.
    pub after: &'a str,
}

/// At most [`PAGE`] actors, by name.
pub async fn list(tx: &mut Tx, sought: &Sought<'_>) -> Result<Page<Seen>, Error> {
    let Sought { mine, region, role, state, after } = *sought;
    let query = sqlx::query_as(LIST).bind(mine).bind(region).bind(role).bind(state).bind(after).bind(asked(PAGE));
    Ok(Page::of(query.fetch_all(tx.connection()).await.map_err(Error::database("reading actors"))?, PAGE))
}

/// The actor of a name; none: the region has none.
pub async fn one(tx: &mut Tx, name: &str, mine: &str) -> Result<Option<Seen>, Error> {
    let found = sqlx::query_as(ONE).bind(name).bind(mine).fetch_optional(tx.connection()).await;
    found.map_err(Error::database("reading an actor"))
}

/// The newest tokens of an actor that are good, sessions left out.
pub async fn good_tokens(tx: &mut Tx, actor: &str) -> Result<Vec<Good>, Error> {
    let found = sqlx::query_as(GOOD_TOKENS).bind(actor).bind(TOKENS).fetch_all(tx.connection()).await;
    found.map_err(Error::database("reading tokens"))
}

/// Names of the sources that are set up.
pub async fn sources(tx: &mut Tx) -> Result<Vec<String>, Error> {
    sqlx::query_scalar(ALL_SOURCES).bind(SOURCES).fetch_all(tx.connection()).await.map_err(Error::database("reading sources"))
}
