//! Replays that a person asked for: written by the portal, carried out by a worker.
//!
//! A letter waits for one replay at a time. A worker takes wishes for [`LEASE_S`] seconds, so that two workers seldom publish one letter, and one that dies
//! leaves them to the next; a letter published twice has one id and does nothing twice.

use uuid::Uuid;

use crate::{Database, Error, Tx, dead_letters::DeadLetter, sql};

/// Seconds for which a taken wish is a worker's own: longer than a publisher tries.
pub const LEASE_S: i32 = 60;

sql! {
    OPEN = "SELECT l.id FROM dead_letters l WHERE l.replayed_at IS NULL AND ($1::uuid[] IS NULL OR l.id = ANY($1)) AND ($2::text IS NULL OR l.stage = $2)
          AND ($3::text IS NULL OR l.fingerprint = $3) AND NOT EXISTS (SELECT FROM dead_letter_replays r WHERE r.letter = l.id AND r.ended_at IS NULL)
        ORDER BY l.kept_at, l.id LIMIT $4";
    ASK = "INSERT INTO dead_letter_replays (request, letter, actor, reason) SELECT $1, letter, $3, $4 FROM unnest($2::uuid[]) AS letter
        ON CONFLICT (letter) WHERE ended_at IS NULL DO NOTHING RETURNING letter";
    EFFECTS = "SELECT count(*) AS asked, count(*) FILTER (WHERE effect = 'replayed') AS replayed, count(*) FILTER (WHERE effect = 'died_again') AS died_again,
          count(*) FILTER (WHERE effect = 'refused') AS refused, count(*) FILTER (WHERE effect IS NULL) AS waiting
        FROM dead_letter_replays WHERE request = $1";
    TAKE = "UPDATE dead_letter_replays r SET taken_until = now() + make_interval(secs => $2)
        FROM (SELECT id FROM dead_letter_replays WHERE ended_at IS NULL AND (taken_until IS NULL OR taken_until < now())
          ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) AS due, dead_letters l
        WHERE r.id = due.id AND l.id = r.letter
        RETURNING r.id AS wish, r.request, r.actor, l.id, l.stage, l.cause, l.fingerprint, l.message_id, l.fact_type, l.attempts, l.body, l.headers,
          l.first_published_at, l.kept_at, l.replayed_at";
    END = "UPDATE dead_letter_replays SET ended_at = now(), effect = $2 WHERE id = $1 AND ended_at IS NULL";
}

/// Which letters.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "as in DeadLetter")]
pub struct Which<'a> {
    pub ids: Option<&'a [Uuid]>,
    pub stage: Option<&'a str>,
    pub fingerprint: Option<&'a str>,
    /// So many at most, the oldest first.
    pub limit: i64,
}

/// What came of a request, in letters.
#[derive(Debug, Clone, Copy, serde::Serialize, sqlx::FromRow)]
pub struct Effects {
    /// Asked for.
    pub asked: i64,
    /// Published, and not seen again since.
    pub replayed: i64,
    /// Published, and dead again before that could be marked.
    pub died_again: i64,
    /// Of no stage of this version, or sealed under another key.
    pub refused: i64,
    /// No worker has taken them yet.
    pub waiting: i64,
}

/// A wish that a worker took.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Taken {
    wish: i64,
    /// What it was asked for with.
    pub request: Uuid,
    /// Who asked.
    pub actor: String,
    /// The letter as it is now.
    #[sqlx(flatten)]
    pub letter: DeadLetter,
}

/// How a replay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Published and marked.
    Replayed,
    /// Published, and kept again meanwhile.
    DiedAgain,
    /// Cannot be published.
    Refused,
}

impl Effect {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Replayed => "replayed",
            Self::DiedAgain => "died_again",
            Self::Refused => "refused",
        }
    }
}

/// Ids of letters that are open and wait for no replay yet.
pub async fn open(tx: &mut Tx, which: &Which<'_>) -> Result<Vec<Uuid>, Error> {
    let query = sqlx::query_scalar(OPEN).bind(which.ids).bind(which.stage).bind(which.fingerprint).bind(which.limit);
    query.fetch_all(tx.connection()).await.map_err(Error::database("reading open dead letters"))
}

/// Asks for replays; the letters that nobody else asked for meanwhile.
pub async fn ask(tx: &mut Tx, request: Uuid, letters: &[Uuid], actor: &str, reason: &str) -> Result<Vec<Uuid>, Error> {
    let query = sqlx::query_scalar(ASK).bind(request).bind(letters).bind(actor).bind(reason);
    query.fetch_all(tx.connection()).await.map_err(Error::database("asking for replays"))
}

/// What came of a request so far; none asked: there is no such request.
pub async fn effects(database: &Database, request: Uuid) -> Result<Effects, Error> {
    sqlx::query_as(EFFECTS).bind(request).fetch_one(database.pool()).await.map_err(Error::database("reading replays"))
}

/// Takes the oldest wishes that are nobody's.
pub async fn take(tx: &mut Tx, most: i64) -> Result<Vec<Taken>, Error> {
    let query = sqlx::query_as(TAKE).bind(most).bind(f64::from(LEASE_S));
    query.fetch_all(tx.connection()).await.map_err(Error::database("taking replays"))
}

/// Writes how a replay ended; whether another worker did not before.
pub async fn end(tx: &mut Tx, taken: &Taken, effect: Effect) -> Result<bool, Error> {
    let done = sqlx::query(END).bind(taken.wish).bind(effect.as_str()).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("ending a replay"))?.rows_affected() > 0)
}
