//! Tranches as people see them, and their approval.
//!
//! A tranche above its programme's threshold is opened by a second person: not one who entered it, and on the sum that person saw. Decided under the
//! lock of setups, so that neither changes under the other. Insert-only: a refusal is a row too, and a repeated approval gets the same answer.

use salur_domain::{DecisionId, Rupiah, TrancheId};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    Database, Error, Timestamp, Tx,
    setup::{self, Field},
    sql,
};

/// Most entries of a tranche that are shown.
const ENTRIES_MAX: i64 = 200;

sql! {
    LIST = "SELECT t.id, t.code, t.programme, t.name, t.amount, t.opens_at, t.closes_at, t.returns_at, t.opened_at,
          EXISTS (SELECT FROM paused s WHERE s.kind = 'tranche' AND s.tranche = t.id) AS paused,
          t.return_ended_at, t.closed_at, p.approval_threshold AS threshold,
          coalesce((SELECT sum(a.amount) FROM allocations a WHERE a.tranche = t.id), 0)::bigint AS allocation,
          ARRAY(SELECT e.actor FROM tranche_entries e WHERE e.tranche = t.id ORDER BY e.actor) AS entered_by,
          d.actor AS approved_by, d.document, d.decided_at AS approved_at
        FROM tranches t JOIN programmes p ON p.code = t.programme
        LEFT JOIN tranche_decisions d ON d.tranche = t.id AND d.effect = 'approved'
        WHERE $1::text IS NULL OR t.code = $1 ORDER BY t.id";
    PARTS = "SELECT regency, sum(amount)::bigint AS rupiah FROM allocations WHERE tranche = $1 GROUP BY 1 ORDER BY 1";
    // what each setup that was applied did to the tranche and to its money
    ENTRIES = "SELECT s.actor, a.answered_at AS at, bool_or(c.what = 'tranche' AND c.is_new) AS is_first,
          count(*) FILTER (WHERE c.what = 'allocation' AND c.is_new) AS allocations,
          coalesce(sum(c.amount) FILTER (WHERE c.what = 'allocation' AND c.is_new), 0)::bigint AS rupiah,
          coalesce(jsonb_agg(c.fields) FILTER (WHERE NOT c.is_new), '[]') AS changed
        FROM setups s JOIN setup_answers a ON a.setup = s.id CROSS JOIN LATERAL (
          SELECT x ->> 'what' AS what, (x ->> 'new')::boolean AS is_new, x -> 'fields' AS fields,
            (SELECT (f ->> 'new')::bigint FROM jsonb_array_elements(x -> 'fields') AS f WHERE f ->> 'name' = 'amount') AS amount
          FROM jsonb_array_elements(a.answer -> 'changes') AS x
          WHERE x ->> 'what' IN ('tranche', 'allocation') AND split_part(x ->> 'key', '/', 1) = $1::int::text) AS c
        WHERE NOT s.dry_run AND (a.answer ->> 'applied')::boolean GROUP BY s.id, s.actor, a.answered_at ORDER BY a.answered_at DESC, s.id LIMIT $2";
    DECISION = "SELECT effect, reason, decided_at FROM tranche_decisions WHERE id = $1";
    STANDS = "SELECT t.opened_at IS NOT NULL AS open, coalesce((SELECT sum(a.amount) FROM allocations a WHERE a.tranche = t.id), 0)::bigint AS allocation,
          EXISTS (SELECT FROM tranche_entries e WHERE e.tranche = t.id AND e.actor = $2) AS entered
        FROM tranches t WHERE t.id = $1";
    OPEN = "UPDATE tranches SET opened_at = now() WHERE id = $1";
    DECIDE = "INSERT INTO tranche_decisions (id, tranche, actor, effect, reason, allocation, document) VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// A tranche as people see it.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
pub struct Tranche {
    /// Its number in this installation.
    #[serde(skip)]
    pub id: i32,
    /// Upstream's code: `BST-4`.
    pub code: String,
    /// Code of the programme.
    pub programme: String,
    /// As printed: `Tahap 4`.
    pub name: String,
    /// What each family gets, in rupiah.
    pub amount: i64,
    /// First hand-over.
    pub opens_at: Timestamp,
    /// Last hand-over.
    pub closes_at: Timestamp,
    /// When what was never handed over goes back.
    pub returns_at: Timestamp,
    /// When release was allowed; none: it waits for approval.
    pub opened_at: Option<Timestamp>,
    /// Whether people paused it: nothing new moves in it.
    pub paused: bool,
    /// When the last of what was never handed over had gone back.
    pub return_ended_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Above this sum somebody else must approve, in rupiah.
    pub threshold: i64,
    /// Sum of its allocations, in rupiah.
    pub allocation: i64,
    /// Who entered something of it.
    pub entered_by: Vec<String>,
    /// Who approved it; none: nobody had to, or nobody has.
    pub approved_by: Option<String>,
    /// The paper behind the approval.
    pub document: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

/// What a setup did to a tranche.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// Who sent it.
    pub actor: String,
    /// When it was applied.
    pub at: Timestamp,
    /// Whether it made the tranche.
    pub is_first: bool,
    /// Allocations that it added.
    pub allocations: i64,
    /// Their sum, in rupiah.
    pub rupiah: i64,
    changed: Json<Vec<Vec<Field>>>,
}

impl Entry {
    /// What stood otherwise before.
    pub fn changed(&self) -> impl Iterator<Item = &Field> {
        self.changed.0.iter().flatten()
    }
}

/// An approval as asked for.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in TrancheApproved")]
pub struct Approval<'a> {
    pub decision: DecisionId,
    pub tranche: TrancheId,
    pub allocation: Rupiah,
    pub document: &'a str,
    pub actor: &'a str,
}

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Effect {
    /// `approved` or `refused`.
    pub effect: String,
    /// Why refused: `entered` (by the approver), `open` (already), `changed` (the sum is another), `empty` (no money); else empty.
    pub reason: String,
    /// When.
    pub decided_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Stands {
    open: bool,
    allocation: i64,
    entered: bool,
}

/// All tranches, or the one of a code.
pub async fn list(database: &Database, code: Option<&str>) -> Result<Vec<Tranche>, Error> {
    sqlx::query_as(LIST).bind(code).fetch_all(database.pool()).await.map_err(Error::database("reading tranches"))
}

/// What each regency was allocated, in rupiah.
pub async fn parts(database: &Database, tranche: TrancheId) -> Result<Vec<(String, i64)>, Error> {
    sqlx::query_as(PARTS).bind(tranche.0).fetch_all(database.pool()).await.map_err(Error::database("reading allocations"))
}

/// What was entered of a tranche and what was changed later, the newest first.
pub async fn entries(database: &Database, tranche: TrancheId) -> Result<Vec<Entry>, Error> {
    let entries = sqlx::query_as(ENTRIES).bind(tranche.0).bind(ENTRIES_MAX).fetch_all(database.pool()).await;
    entries.map_err(Error::database("reading who entered what"))
}

/// What came of an approval; none: nothing yet.
pub async fn effect(database: &Database, decision: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(DECISION).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading an approval"))
}

/// Decides about an approval, once.
pub async fn approve(tx: &mut Tx, approval: &Approval<'_>) -> Result<Effect, Error> {
    setup::lock(tx).await?;
    let failed = || Error::database("approving a tranche");
    let known: Option<Effect> =
        sqlx::query_as(DECISION).bind(approval.decision.0).fetch_optional(tx.connection()).await.map_err(failed())?;
    if let Some(effect) = known {
        return Ok(effect);
    }
    let stands = sqlx::query_as(STANDS).bind(approval.tranche.0).bind(approval.actor);
    let stands: Option<Stands> = stands.fetch_optional(tx.connection()).await.map_err(failed())?;
    let stands = stands.ok_or_else(|| Error::invariant(format!("there is no tranche {}", approval.tranche.0)))?;
    let reason = match () {
        () if stands.open => "open",
        () if stands.entered => "entered",
        () if stands.allocation == 0 => "empty",
        () if stands.allocation != approval.allocation.get() => "changed",
        () => "",
    };
    let effect = if reason.is_empty() { "approved" } else { "refused" };
    if reason.is_empty() {
        sqlx::query(OPEN).bind(approval.tranche.0).execute(tx.connection()).await.map_err(failed())?;
    }
    let decide = sqlx::query(DECIDE).bind(approval.decision.0).bind(approval.tranche.0).bind(approval.actor).bind(effect).bind(reason);
    let decide = decide.bind(approval.allocation.get()).bind(approval.document);
    decide.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("tranche_decisions");
    Ok(Effect { effect: effect.to_owned(), reason: reason.to_owned(), decided_at: tx.now })
}
