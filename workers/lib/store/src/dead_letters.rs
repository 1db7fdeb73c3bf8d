//! Dead letters: messages we could not process, kept where they can be listed, counted and replayed.

use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

sql! {
    KEEP = "INSERT INTO dead_letters (id, stage, cause, fingerprint, message_id, fact_type, attempts, body, headers, first_published_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET kept_at = now(), replayed_at = NULL";
    LIST = "SELECT id, stage, cause, fingerprint, message_id, fact_type, attempts, first_published_at, kept_at, replayed_at
        FROM dead_letters WHERE ($1::text IS NULL OR stage = $1) AND ($2::text IS NULL OR fingerprint = $2) AND ($3 OR replayed_at IS NULL)
        ORDER BY kept_at, id LIMIT $4";
    READ = "SELECT id, stage, cause, fingerprint, message_id, fact_type, attempts, body, headers, first_published_at, kept_at, replayed_at
        FROM dead_letters WHERE id = $1";
    REPLAYED = "UPDATE dead_letters SET replayed_at = now() WHERE id = $1 AND kept_at = $2 AND replayed_at IS NULL";
    GROUPS = "SELECT stage, fingerprint, min(cause) AS cause, min(fact_type) AS fact_type, count(*) AS letters, min(kept_at) AS oldest,
          max(kept_at) AS newest FROM dead_letters
        WHERE ($1::text IS NULL OR stage = $1) AND ($2::text IS NULL OR fingerprint = $2) AND ($3 OR replayed_at IS NULL)
        GROUP BY stage, fingerprint ORDER BY count(*) DESC, stage, fingerprint LIMIT $4";
    OPEN = "SELECT stage, count(*) FROM dead_letters WHERE replayed_at IS NULL GROUP BY stage ORDER BY stage";
}

/// A dead letter as kept; the body is sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeadLetter {
    /// Function of stage, message and fact: the same letter again is one row.
    pub id: Uuid,
    /// Which stage could not process it.
    pub stage: String,
    /// Why.
    pub cause: String,
    /// Groups letters of one cause.
    pub fingerprint: String,
    /// Id of the message.
    pub message_id: String,
    /// Type of its facts, as far as known.
    pub fact_type: String,
    /// How often it was tried.
    pub attempts: i32,
    /// The body, sealed.
    pub body: Vec<u8>,
    /// AMQP headers.
    pub headers: serde_json::Value,
    /// When it was first published.
    pub first_published_at: Option<Timestamp>,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// When it was replayed.
    pub replayed_at: Option<Timestamp>,
}

/// What may be seen of a letter without opening it.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in DeadLetter")]
pub struct Outside {
    pub id: Uuid,
    pub stage: String,
    pub cause: String,
    pub fingerprint: String,
    pub message_id: String,
    pub fact_type: String,
    pub attempts: i32,
    pub first_published_at: Option<Timestamp>,
    pub kept_at: Timestamp,
    pub replayed_at: Option<Timestamp>,
}

impl From<DeadLetter> for Outside {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { id, stage, cause, fingerprint, message_id, fact_type, attempts, first_published_at, kept_at, replayed_at, .. } =
            letter;
        Self { id, stage, cause, fingerprint, message_id, fact_type, attempts, first_published_at, kept_at, replayed_at }
    }
}

/// Letters of one stage and cause.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Group {
    /// Which stage could not process them.
    pub stage: String,
    /// Their common cause, without ids and numbers.
    pub fingerprint: String,
    /// The cause of one of them.
    pub cause: String,
    /// Type of the facts of one of them.
    pub fact_type: String,
    /// How many.
    pub letters: i64,
    /// When the oldest was kept.
    pub oldest: Timestamp,
    /// When the newest was kept.
    pub newest: Timestamp,
}

/// Keeps a letter; one that was replayed and died again is open again.
pub async fn keep(tx: &mut Tx, letter: &DeadLetter) -> Result<(), Error> {
    sqlx::query(KEEP)
        .bind(letter.id)
        .bind(&letter.stage)
        .bind(&letter.cause)
        .bind(&letter.fingerprint)
        .bind(&letter.message_id)
        .bind(&letter.fact_type)
        .bind(letter.attempts)
        .bind(&letter.body)
        .bind(&letter.headers)
        .bind(letter.first_published_at)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("keeping a dead letter"))
}

/// Open letters (or all), oldest first.
pub async fn list(
    database: &Database,
    stage: Option<&str>,
    fingerprint: Option<&str>,
    all: bool,
    limit: i64,
) -> Result<Vec<Outside>, Error> {
    sqlx::query_as(LIST)
        .bind(stage)
        .bind(fingerprint)
        .bind(all)
        .bind(limit)
        .fetch_all(database.pool())
        .await
        .map_err(Error::database("listing dead letters"))
}

/// Letters by stage and cause, the largest group first.
pub async fn groups(
    database: &Database,
    stage: Option<&str>,
    fingerprint: Option<&str>,
    all: bool,
    limit: i64,
) -> Result<Vec<Group>, Error> {
    sqlx::query_as(GROUPS)
        .bind(stage)
        .bind(fingerprint)
        .bind(all)
        .bind(limit)
        .fetch_all(database.pool())
        .await
        .map_err(Error::database("grouping dead letters"))
}

/// One letter.
pub async fn read(database: &Database, id: Uuid) -> Result<Option<DeadLetter>, Error> {
    sqlx::query_as(READ).bind(id).fetch_optional(database.pool()).await.map_err(Error::database("reading a dead letter"))
}

/// Marks a letter as replayed, after the confirm; false when it died again meanwhile, so that it was kept at another moment and stays open.
pub async fn mark_replayed(tx: &mut Tx, id: Uuid, kept_at: Timestamp) -> Result<bool, Error> {
    let done =
        sqlx::query(REPLAYED).bind(id).bind(kept_at).execute(tx.connection()).await.map_err(Error::database("marking a dead letter"))?;
    Ok(done.rows_affected() == 1)
}

/// Open letters per stage.
pub async fn open(database: &Database) -> Result<Vec<(String, i64)>, Error> {
    sqlx::query_as(OPEN).fetch_all(database.pool()).await.map_err(Error::database("counting dead letters"))
}
