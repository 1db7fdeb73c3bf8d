//! What the exporter watches besides tallies: how long things wait, dead letters, and whether the boards agree with the ledger.

use crate::{Database, Error, sql};

sql! {
    OLDEST_BATCH = "SELECT coalesce(extract(epoch FROM now() - min(coalesce(completed_at, declared_at))), 0)::float8 FROM batches WHERE released_at IS NULL";
    OLDEST_LETTER = "SELECT coalesce(extract(epoch FROM now() - min(kept_at)), 0)::float8 FROM dead_letters WHERE replayed_at IS NULL";
    // one statement, one snapshot: both sides of the comparison are of the same moment
    DIFFERENCES = "WITH t AS (SELECT tranche, regency, sum(rupiah) AS rupiah FROM board_now WHERE measure = 'funded' GROUP BY 1, 2),
          l AS (SELECT tranche, regency, sum(rupiah) AS rupiah FROM (
            SELECT tranche, regency, credits AS rupiah FROM ledger_accounts WHERE kind = 'recipient'
            UNION ALL SELECT tranche, regency, -rupiah FROM booked_back WHERE account = 'recipient') AS c GROUP BY 1, 2)
        SELECT count(*) FROM t FULL JOIN l USING (tranche, regency) WHERE coalesce(t.rupiah, 0) <> coalesce(l.rupiah, 0)";
}

/// What waits, and what disagrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauges {
    /// Age of the oldest batch that is not released, in seconds; 0 for none.
    pub oldest_batch_s: f64,
    /// Age of the oldest open dead letter, in seconds; 0 for none.
    pub oldest_dead_letter_s: f64,
    /// Open dead letters per stage.
    pub dead_letters: Vec<(String, i64)>,
    /// Regencies of a tranche whose funded rupiah differ between boards and ledger.
    pub differences: i64,
}

/// Reads them.
pub async fn read(database: &Database) -> Result<Gauges, Error> {
    let failed = || Error::database("reading what waits");
    let pool = database.pool();
    Ok(Gauges {
        oldest_batch_s: sqlx::query_scalar(OLDEST_BATCH).fetch_one(pool).await.map_err(failed())?,
        oldest_dead_letter_s: sqlx::query_scalar(OLDEST_LETTER).fetch_one(pool).await.map_err(failed())?,
        dead_letters: crate::dead_letters::open(database).await?,
        differences: sqlx::query_scalar(DIFFERENCES).fetch_one(pool).await.map_err(failed())?,
    })
}
