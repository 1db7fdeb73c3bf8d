//! Batches: control totals, counted as rows come in; completion is level-triggered.
//!
//! The batch row is hot: it is touched once per flight, last, in id order. Whoever leaves `seen = declared` completes the batch; a row that
//! comes after completion is held (`BAT02`), so that what release sums and what it pays are the same set of rows.

use std::collections::{BTreeMap, HashMap};

use salur_domain::{BatchId, Rupiah, TrancheId};
use uuid::Uuid;

use crate::{Error, Timestamp, Tx, sql};

sql! {
    KEYS = "SELECT id, data_key FROM batches WHERE id = ANY($1)";
    CREATE = "INSERT INTO batches (id, source, name, data_key) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) ON CONFLICT DO NOTHING";
    LOCK = "SELECT id FROM batches WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    DECLARE = "UPDATE batches SET tranche = d.tranche, declared_count = d.count, declared_sum = d.sum, declared_mismatch = d.mismatch, declared_at = now()
        FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::text[]) AS d(id, tranche, count, sum, mismatch)
        WHERE batches.id = d.id AND batches.declared_at IS NULL RETURNING batches.id";
    COUNT = "UPDATE batches SET seen_count = seen_count + s.count, seen_sum = seen_sum + s.sum, unreadable_count = unreadable_count + s.unreadable
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) AS s(id, count, sum, unreadable) WHERE batches.id = s.id";
    COMPLETE = "UPDATE batches SET completed_at = now() WHERE id = ANY($1) AND completed_at IS NULL AND declared_at IS NOT NULL
        AND seen_count = declared_count AND seen_sum = declared_sum AND unreadable_count = 0";
    READ = "SELECT id, tranche, declared_count, declared_sum, declared_mismatch, declared_at, completed_at FROM batches WHERE id = ANY($1)";
}

/// A batch's state as intake sees it after its commit.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct State {
    id: Uuid,
    tranche: Option<i32>,
    declared_count: Option<i64>,
    declared_sum: Option<i64>,
    declared_mismatch: Option<String>,
    /// When upstream declared it.
    pub declared_at: Option<Timestamp>,
    /// When the last declared row was seen.
    pub completed_at: Option<Timestamp>,
}

/// What upstream declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The tranche, where it is known.
    pub tranche: Option<TrancheId>,
    /// Rows.
    pub count: i64,
    /// Sum of stated amounts.
    pub sum: Rupiah,
    /// How it differs from the tranche it names; then it has none, and waits.
    pub mismatch: Option<String>,
}

/// What a flight saw of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    /// New rows.
    pub count: i64,
    /// Their stated amounts.
    pub sum: i64,
    /// Rows whose amount could not be read: the batch waits.
    pub unreadable: i64,
}

impl State {
    /// Whether a declaration says the same as the stored one.
    pub fn agrees(&self, declared: &Declaration) -> bool {
        self.tranche == declared.tranche.map(|tranche| tranche.0)
            && self.declared_count == Some(declared.count)
            && self.declared_sum == Some(declared.sum.get())
            && self.declared_mismatch == declared.mismatch
    }
}

/// Wrapped data keys of the batches that exist.
pub async fn data_keys(tx: &mut Tx, batches: &[BatchId]) -> Result<HashMap<BatchId, Option<Vec<u8>>>, Error> {
    let ids: Vec<Uuid> = batches.iter().map(|batch| batch.0).collect();
    let rows: Vec<(Uuid, Option<Vec<u8>>)> =
        sqlx::query_as(KEYS).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading batch keys"))?;
    Ok(rows.into_iter().map(|(id, key)| (BatchId(id), key)).collect())
}

/// Makes batches that do not exist; who exists keeps its key.
pub async fn create(tx: &mut Tx, batches: &[(BatchId, String, String, Vec<u8>)]) -> Result<(), Error> {
    if batches.is_empty() {
        return Ok(());
    }
    let (mut ids, mut sources, mut names, mut keys) = (vec![], vec![], vec![], vec![]);
    for (id, source, name, key) in batches {
        ids.push(id.0);
        sources.push(source.as_str());
        names.push(name.as_str());
        keys.push(key.as_slice());
    }
    sqlx::query(CREATE)
        .bind(ids)
        .bind(sources)
        .bind(names)
        .bind(keys)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("creating batches"))
}

/// Locks the batches in id order and reads them: the last lock a flight of intake takes.
pub async fn lock(tx: &mut Tx, batches: &[BatchId]) -> Result<HashMap<BatchId, State>, Error> {
    let ids: Vec<Uuid> = batches.iter().map(|batch| batch.0).collect();
    sqlx::query(LOCK).bind(&ids).execute(tx.connection()).await.map_err(Error::database("locking batches"))?;
    read(tx, &ids).await
}

/// Writes declarations that are the first of their batch, adds what was seen, completes what is complete, and reads the result.
pub async fn advance(
    tx: &mut Tx,
    declared: &BTreeMap<BatchId, Declaration>,
    seen: &BTreeMap<BatchId, Seen>,
) -> Result<HashMap<BatchId, State>, Error> {
    let failed = || Error::database("counting batches");
    let (mut ids, mut tranches, mut counts, mut sums, mut mismatches) = (vec![], vec![], vec![], vec![], vec![]);
    for (id, declaration) in declared {
        ids.push(id.0);
        tranches.push(declaration.tranche.map(|tranche| tranche.0));
        counts.push(declaration.count);
        sums.push(declaration.sum.get());
        mismatches.push(declaration.mismatch.as_deref());
    }
    if !ids.is_empty() {
        let declare = sqlx::query(DECLARE).bind(ids).bind(tranches).bind(counts).bind(sums).bind(mismatches);
        declare.execute(tx.connection()).await.map_err(failed())?;
    }
    let (mut ids, mut counts, mut sums, mut unreadable) = (vec![], vec![], vec![], vec![]);
    for (id, seen) in seen.iter().filter(|(_, seen)| seen.count > 0) {
        ids.push(id.0);
        counts.push(seen.count);
        sums.push(seen.sum);
        unreadable.push(seen.unreadable);
    }
    if !ids.is_empty() {
        sqlx::query(COUNT).bind(ids).bind(counts).bind(sums).bind(unreadable).execute(tx.connection()).await.map_err(failed())?;
    }
    let touched: Vec<Uuid> = declared.keys().chain(seen.keys()).map(|id| id.0).collect();
    sqlx::query(COMPLETE).bind(&touched).execute(tx.connection()).await.map_err(failed())?;
    read(tx, &touched).await
}

async fn read(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<BatchId, State>, Error> {
    let rows: Vec<State> = sqlx::query_as(READ).bind(ids).fetch_all(tx.connection()).await.map_err(Error::database("reading batches"))?;
    Ok(rows.into_iter().map(|state| (BatchId(state.id), state)).collect())
}
