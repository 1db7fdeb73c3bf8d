//! Pauses: what people stopped for a while, and what waits for it to end.
//!
//! [`decide`] is the one writer: one decision after the other (a lock of its own), each remembered with what came of it, refused ones too. Whoever moves
//! money reads [`of_payments`] in the transaction in which it decides: a payment of a paused tranche or regency stays as it is, and its fact is done. Nothing
//! is lost by that, since its row says where it stands: when the pause ends, [`waiting`] gives those rows, and the facts that moved them last are said again.

pub mod waiting;

use std::collections::{BTreeSet, HashSet};

use salur_domain::{
    BatchId, TrancheId,
    pause::{self, Kind, Refused},
};
use salur_schemas::PauseDecided;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx,
    payments::{Key, Payment},
    sql,
};

/// Decisions in one answer.
pub const PAGE: i64 = 1_000;

sql! {
    ONE_BY_ONE = "SELECT pg_advisory_xact_lock(7226310033)";
    KNOWN = "SELECT digest FROM pauses WHERE id = $1";
    KEEP_CONFLICT = "INSERT INTO pause_conflicts (id, digest, content) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    LAST = "SELECT n, paused FROM pauses WHERE kind = $1 AND scope = $2 AND n IS NOT NULL ORDER BY n DESC LIMIT 1";
    TRANCHE = "SELECT id FROM tranches WHERE code = $1";
    IS_THERE = "SELECT CASE $1 WHEN 'regency' THEN EXISTS (SELECT FROM allocations WHERE regency = $2)
        WHEN 'pay_point' THEN EXISTS (SELECT FROM pay_points WHERE code = $2) ELSE EXISTS (SELECT FROM tellers WHERE code = $2) END";
    INSERT = "INSERT INTO pauses (id, kind, scope, tranche, n, paused, reason, actor, digest, effect, refused)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    DECIDED = "SELECT id AS decision, kind, scope, paused, reason, actor, effect, refused, decided_at,
          (SELECT count(*) FROM pause_conflicts c WHERE c.id = p.id) AS conflicts
        FROM pauses p WHERE id = $1";
    // the tranches in which payments of the scope may wait: their time is not over
    TRANCHES = "SELECT t.id FROM tranches t WHERE t.opened_at IS NOT NULL AND t.return_ended_at IS NULL AND CASE $1 WHEN 'tranche' THEN t.code = $2
        ELSE EXISTS (SELECT FROM allocations a WHERE a.tranche = t.id AND a.regency = $2) END ORDER BY t.id";
    NOW = "SELECT kind, scope, tranche, reason, actor, since FROM paused WHERE $1::text IS NULL OR kind = $1 ORDER BY kind, scope LIMIT $2";
    PAST = "SELECT id AS decision, kind, scope, paused, reason, actor, effect, refused, decided_at,
          (SELECT count(*) FROM pause_conflicts c WHERE c.id = p.id) AS conflicts
        FROM pauses p WHERE ($1::text IS NULL OR kind = $1) ORDER BY decided_at DESC, id LIMIT $2";
    STAGES = "SELECT scope FROM paused WHERE kind = 'stage'";
    OF_PAYMENTS = "SELECT tranche, scope FROM paused WHERE kind IN ('tranche', 'regency')";
    OF_BATCH = "SELECT EXISTS (SELECT FROM batches b JOIN paused s ON s.kind = 'tranche' AND s.tranche = b.tranche WHERE b.id = $1)";
    OF_TELLERS = "SELECT scope FROM paused WHERE kind = 'teller' AND scope = ANY($1)";
    KINDS = "SELECT kind, count(*) FROM paused GROUP BY kind";
    // first what the whole family should hear, then what concerns the counter alone
    AT_COUNTER = "SELECT kind FROM paused WHERE (kind = 'tranche' AND tranche = $1)
          OR (kind = 'regency' AND scope = (SELECT regency FROM payments WHERE tranche = $1 AND id = $2))
          OR (kind = 'pay_point' AND scope = (SELECT pay_point FROM devices WHERE code = $3)) OR (kind = 'teller' AND scope = $4)
        ORDER BY array_position(ARRAY['tranche', 'regency', 'pay_point', 'teller'], kind) LIMIT 1";
    // a pay point lies where the villages lie that it serves, a teller where the office lies
    WITHIN = "SELECT CASE $1 WHEN 'regency' THEN starts_with($2, $3)
        WHEN 'pay_point' THEN EXISTS (SELECT FROM pay_point_villages WHERE pay_point = $2 AND starts_with(village, $3))
        WHEN 'teller' THEN EXISTS (SELECT FROM tellers t JOIN offices o ON o.code = t.office WHERE t.code = $2 AND starts_with(o.regency, $3))
        ELSE false END";
}

/// What came of a decision.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in PauseDecided")]
pub struct Decided {
    pub decision: Uuid,
    pub kind: String,
    pub scope: String,
    pub paused: bool,
    pub reason: String,
    pub actor: String,
    /// `paused`, `resumed` or `refused`.
    pub effect: String,
    /// Why refused, as [`Refused`]; else empty.
    pub refused: String,
    /// When.
    pub decided_at: Timestamp,
    /// How often other content came under its id.
    pub conflicts: i64,
}

/// Something that is paused.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Pause {
    /// As [`Kind`].
    pub kind: String,
    /// Which.
    pub scope: String,
    #[serde(skip)]
    tranche: Option<i32>,
    /// Why, in the person's words.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// Since when.
    pub since: Timestamp,
}

impl Pause {
    /// The tranche that is meant, where it is one.
    pub fn tranche(&self) -> Option<TrancheId> {
        self.tranche.map(TrancheId)
    }
}

/// Tranches and regencies that are paused.
#[derive(Debug, Default)]
pub struct Paused {
    tranches: HashSet<TrancheId>,
    regencies: HashSet<String>,
}

impl Paused {
    /// Whether nothing new moves for a payment.
    pub fn stops(&self, payment: &Payment) -> bool {
        self.stops_at(payment.key().0, &payment.regency)
    }

    /// Whether nothing new moves in a regency of a tranche.
    pub fn stops_at(&self, tranche: TrancheId, regency: &str) -> bool {
        self.stops_tranche(tranche) || self.regencies.contains(regency)
    }

    /// Whether nothing new moves in a tranche.
    pub fn stops_tranche(&self, tranche: TrancheId) -> bool {
        self.tranches.contains(&tranche)
    }
}

/// Of everything but the moment, which is another when a request is repeated.
fn digest(fact: &PauseDecided) -> Result<Vec<u8>, Error> {
    let PauseDecided { decision: _, kind, scope, paused, reason, actor, at: _ } = fact;
    let text = serde_json::to_vec(&(kind, scope, paused, reason, actor));
    Ok(Sha256::digest(text.map_err(|error| unwritable(&error))?).to_vec())
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::invariant(format!("a decision about a pause cannot be written: {error}"))
}

/// Decides, once; these are the stages that there are. What came of it, now or earlier.
pub async fn decide(tx: &mut Tx, fact: &PauseDecided, stages: &[&str]) -> Result<Decided, Error> {
    let failed = || Error::database("deciding a pause");
    sqlx::query(ONE_BY_ONE).execute(tx.connection()).await.map_err(failed())?;
    let digest = digest(fact)?;
    let known: Option<Vec<u8>> = sqlx::query_scalar(KNOWN).bind(fact.decision.0).fetch_optional(tx.connection()).await.map_err(failed())?;
    match known {
        None => keep(tx, fact, digest, stages).await?,
        Some(stands) if stands == digest => {}
        Some(_) => {
            let content = serde_json::to_value(fact).map_err(|error| unwritable(&error))?;
            let conflict = sqlx::query(KEEP_CONFLICT).bind(fact.decision.0).bind(digest).bind(content);
            conflict.execute(tx.connection()).await.map_err(failed())?;
        }
    }
    sqlx::query_as(DECIDED).bind(fact.decision.0).fetch_one(tx.connection()).await.map_err(failed())
}

async fn keep(tx: &mut Tx, fact: &PauseDecided, digest: Vec<u8>, stages: &[&str]) -> Result<(), Error> {
    let failed = || Error::database("keeping a pause");
    let PauseDecided { decision, kind, scope, paused, reason, actor, .. } = fact;
    let (is_there, tranche) = find(tx.connection(), *kind, scope, stages).await?;
    let last = sqlx::query_as(LAST).bind(kind.as_str()).bind(scope).fetch_optional(tx.connection()).await.map_err(failed())?;
    let (n, is_paused): (i32, bool) = last.unwrap_or((0, false));
    let refused = pause::judge((*kind, scope), is_there, is_paused, *paused).err();
    let (n, effect) = match (refused, paused) {
        (Some(_), _) => (None, "refused"),
        (None, true) => (Some(n + 1), "paused"),
        (None, false) => (Some(n + 1), "resumed"),
    };
    let refused = refused.map_or("", Refused::as_str);
    let insert = sqlx::query(INSERT).bind(decision.0).bind(kind.as_str()).bind(scope).bind(tranche).bind(n).bind(paused).bind(reason);
    let insert = insert.bind(actor).bind(digest).bind(effect).bind(refused);
    insert.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("pauses");
    Ok(())
}

/// Whether there is such a thing, and which tranche is meant.
async fn find(connection: &mut sqlx::PgConnection, kind: Kind, scope: &str, stages: &[&str]) -> Result<(bool, Option<i32>), Error> {
    let failed = || Error::database("finding what to pause");
    match kind {
        Kind::Stage => Ok((stages.contains(&scope), None)),
        Kind::Tranche => {
            let found: Option<i32> = sqlx::query_scalar(TRANCHE).bind(scope).fetch_optional(connection).await.map_err(failed())?;
            Ok((found.is_some(), found))
        }
        Kind::Regency | Kind::PayPoint | Kind::Teller => {
            let is_there: bool =
                sqlx::query_scalar(IS_THERE).bind(kind.as_str()).bind(scope).fetch_one(connection).await.map_err(failed())?;
            Ok((is_there, None))
        }
    }
}

/// What the stage would say now of a decision.
pub async fn look(database: &Database, (kind, scope): (Kind, &str), pause: bool, stages: &[&str]) -> Result<Option<Refused>, Error> {
    let failed = || Error::database("looking at what to pause");
    let mut connection = database.pool().acquire().await.map_err(failed())?;
    let (is_there, _) = find(&mut connection, kind, scope, stages).await?;
    let last = sqlx::query_as(LAST).bind(kind.as_str()).bind(scope).fetch_optional(&mut *connection).await.map_err(failed())?;
    let (_, is_paused): (i32, bool) = last.unwrap_or((0, false));
    Ok(pause::judge((kind, scope), is_there, is_paused, pause).err())
}

/// Whether a regency, pay point or teller lies within a region; a stage or a tranche lies in none.
pub async fn lies_within(database: &Database, kind: Kind, scope: &str, region: &str) -> Result<bool, Error> {
    let within = sqlx::query_scalar(WITHIN).bind(kind.as_str()).bind(scope).bind(region);
    within.fetch_one(database.pool()).await.map_err(Error::database("finding where a pause lies"))
}

/// What came of a decision; none: nothing yet.
pub async fn effect(database: &Database, decision: Uuid) -> Result<Option<Decided>, Error> {
    sqlx::query_as(DECIDED).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading a pause"))
}

/// What is paused now, at most [`PAGE`].
pub async fn now(database: &Database, kind: Option<Kind>) -> Result<Vec<Pause>, Error> {
    let now = sqlx::query_as(NOW).bind(kind.map(Kind::as_str)).bind(PAGE);
    now.fetch_all(database.pool()).await.map_err(Error::database("reading pauses"))
}

/// Every decision, the latest first, at most [`PAGE`].
pub async fn past(database: &Database, kind: Option<Kind>) -> Result<Vec<Decided>, Error> {
    let past = sqlx::query_as(PAST).bind(kind.map(Kind::as_str)).bind(PAGE);
    past.fetch_all(database.pool()).await.map_err(Error::database("reading decisions about pauses"))
}

/// How many of each kind are paused; kinds of which none is are missing.
pub async fn kinds(database: &Database) -> Result<Vec<(String, i64)>, Error> {
    sqlx::query_as(KINDS).fetch_all(database.pool()).await.map_err(Error::database("counting pauses"))
}

/// Names of the stages that are paused.
pub async fn stages(database: &Database) -> Result<BTreeSet<String>, Error> {
    let stages: Vec<String> =
        sqlx::query_scalar(STAGES).fetch_all(database.pool()).await.map_err(Error::database("reading which stages are paused"))?;
    Ok(stages.into_iter().collect())
}

/// The tranches and regencies that are paused, as this transaction sees it.
pub async fn of_payments(tx: &mut Tx) -> Result<Paused, Error> {
    read_of_payments(tx.connection()).await
}

/// [`of_payments`] for work that comes before the transaction.
pub async fn of_payments_now(database: &Database) -> Result<Paused, Error> {
    let failed = Error::database("reading what is paused");
    read_of_payments(&mut *database.pool().acquire().await.map_err(failed)?).await
}

async fn read_of_payments(connection: &mut sqlx::PgConnection) -> Result<Paused, Error> {
    let rows: Vec<(Option<i32>, String)> =
        sqlx::query_as(OF_PAYMENTS).fetch_all(connection).await.map_err(Error::database("reading what is paused"))?;
    let mut paused = Paused::default();
    for (tranche, scope) in rows {
        match tranche {
            Some(tranche) => drop(paused.tranches.insert(TrancheId(tranche))),
            None => drop(paused.regencies.insert(scope)),
        }
    }
    Ok(paused)
}

/// Whether the tranche of a batch is paused.
pub async fn is_batch_paused(tx: &mut Tx, batch: BatchId) -> Result<bool, Error> {
    sqlx::query_scalar(OF_BATCH).bind(batch.0).fetch_one(tx.connection()).await.map_err(Error::database("reading what is paused"))
}

/// Those of these tellers who are paused.
pub(crate) async fn of_tellers(connection: &mut sqlx::PgConnection, tellers: &[&str]) -> Result<HashSet<String>, Error> {
    if tellers.is_empty() {
        return Ok(HashSet::new());
    }
    let paused: Vec<String> =
        sqlx::query_scalar(OF_TELLERS).bind(tellers).fetch_all(connection).await.map_err(Error::database("reading who is paused"))?;
    Ok(paused.into_iter().collect())
}

/// Whether a teller is paused.
pub async fn is_teller_paused(database: &Database, teller: &str) -> Result<bool, Error> {
    let mut connection = database.pool().acquire().await.map_err(Error::database("reading who is paused"))?;
    Ok(!of_tellers(&mut connection, &[teller]).await?.is_empty())
}

/// Why a counter may not pay a payment now.
pub(crate) async fn at_counter(tx: &mut Tx, (tranche, payment): Key, device: &str, teller: &str) -> Result<Option<Kind>, Error> {
    let found: Option<String> = sqlx::query_scalar(AT_COUNTER)
        .bind(tranche.0)
        .bind(payment.0)
        .bind(device)
        .bind(teller)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::database("reading what is paused at a counter"))?;
    found.map(|kind| Kind::parse(&kind).ok_or_else(|| Error::invariant(format!("kind {kind} of a pause")))).transpose()
}

/// The tranches in which payments may have waited for the end of a pause.
pub async fn tranches(tx: &mut Tx, kind: Kind, scope: &str) -> Result<Vec<TrancheId>, Error> {
    let tranches = sqlx::query_scalar(TRANCHES).bind(kind.as_str()).bind(scope).fetch_all(tx.connection()).await;
    Ok(tranches.map_err(Error::database("finding what waited"))?.into_iter().map(TrancheId).collect())
}
