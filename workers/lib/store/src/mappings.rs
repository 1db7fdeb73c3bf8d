//! What a source calls our columns, kept with it: the newest version counts.

use crate::{Database, Error, Timestamp, Tx, sql};

sql! {
    READ = "SELECT source, version, content, actor, set_at FROM mappings WHERE source = $1 ORDER BY version DESC LIMIT 1";
    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('mapping of ' || $1, 0))";
    // the same content again is the same version
    SET = "INSERT INTO mappings (source, version, content, actor)
        SELECT $1, coalesce(max(version), 0) + 1, $2, $3 FROM mappings WHERE source = $1
        HAVING coalesce((array_agg(content ORDER BY version DESC))[1], '') <> $2";
}

/// A mapping as kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Mapping {
    /// Whose.
    pub source: String,
    /// From 1.
    pub version: i32,
    /// The text of the file; empty: none any more.
    pub content: String,
    /// Who set it.
    pub actor: String,
    /// When.
    pub set_at: Timestamp,
}

/// The mapping of a source, if it ever set one.
pub async fn read(database: &Database, source: &str) -> Result<Option<Mapping>, Error> {
    sqlx::query_as(READ).bind(source).fetch_optional(database.pool()).await.map_err(Error::database("reading a mapping"))
}

/// Sets it; whether it is another than before. Of two at once one waits for the other, and is the next version.
pub async fn set(tx: &mut Tx, source: &str, content: &str, actor: &str) -> Result<bool, Error> {
    let failed = || Error::database("keeping a mapping");
    sqlx::query(LOCK).bind(source).execute(tx.connection()).await.map_err(failed())?;
    let set = sqlx::query(SET).bind(source).bind(content).bind(actor).execute(tx.connection()).await;
    Ok(set.map_err(failed())?.rows_affected() > 0)
}
