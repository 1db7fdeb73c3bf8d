//! How long photos are kept: legal holds, retentions, and the destruction of photos.
//!
//! A hold and a destruction exclude each other by one lock ([`lock`]), which both take first: what was decided before a hold stands, nothing after it happens.
//! A decision heard again is answered from its row. Bounds: [`DUE_MAX`] photos of one look of the clock, [`LIST_MAX`] holds and retentions of an answer.

use salur_domain::{CaptureId, DecisionId, keeping::Ground};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, sql};

/// Photos that the clock names at once: with a look every ten seconds a million and a half a day.
const DUE_MAX: i64 = 200;
/// Rows of a list.
const LIST_MAX: i64 = 1_000;

/// Whether a photo, over its row `f`, is under a hold, or its visit in question.
macro_rules! held {
    () => {
        "EXISTS (SELECT FROM standing_legal_holds h WHERE h.capture = f.capture OR h.tranche = ANY(f.tranches)
          OR h.programme IN (SELECT t.programme FROM tranches t WHERE t.id = ANY(f.tranches)))"
    };
}
macro_rules! in_question {
    () => {
        "EXISTS (SELECT FROM unnest(f.tranches, f.payments) AS k(tranche, id) JOIN payments p ON p.tranche = k.tranche AND p.id = k.id
          WHERE p.questioned_at IS NOT NULL AND p.paid_at IS NULL)"
    };
}
/// Whether the retention of every tranche of its visit is over.
macro_rules! is_over {
    () => {
        "coalesce((SELECT bool_and(coalesce(t.closed_at + make_interval(years => y.years) <= now(), false)) FROM tranches t
          LEFT JOIN retentions_in_force y ON y.programme = t.programme WHERE t.id = ANY(f.tranches)), false)"
    };
}

sql! {
    LOCK = "SELECT pg_advisory_xact_lock(7226310058)";
    EFFECT = "SELECT effect, reason, decided_at AS at FROM photo_destructions WHERE id = $1";
    STANDING = concat!("SELECT f.photo_key IS NOT NULL AS is_kept, ", held!(), " AS is_held, ", in_question!(), " AS is_in_question, ", is_over!(),
        " AS is_over, ARRAY(SELECT d.actor FROM photo_destructions d WHERE d.capture = f.capture AND d.ground = $2 AND d.effect = 'signed') AS signers
        FROM proofs f WHERE f.capture = $1");
    KEEP = "INSERT INTO photo_destructions (id, capture, ground, document, actor, effect, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING effect, reason, decided_at AS at";
    FORGET_LOOK = "DELETE FROM likenesses WHERE capture = $1";
    FORGET_KEY = "UPDATE proofs SET photo_key = NULL WHERE capture = $1";
    // who received is forgotten with the last photo of the visit; a photo that was taken by mistake says nothing of the visit
    FORGET_PROXY = "UPDATE claim_proxies SET data_key = NULL WHERE claim = (SELECT claim FROM proofs WHERE capture = $1) AND data_key IS NOT NULL
        AND NOT EXISTS (SELECT FROM proofs f WHERE f.claim = claim_proxies.claim AND f.photo_key IS NOT NULL)";
    DUE = concat!("SELECT f.capture, current_date::text FROM proofs f WHERE f.photo_key IS NOT NULL AND f.tranches[1] IN (
          SELECT t.id FROM tranches t JOIN retentions_in_force y ON y.programme = t.programme WHERE t.closed_at + make_interval(years => y.years) <= now())
        AND NOT ", held!(), " AND NOT ", in_question!(), " AND ", is_over!(), " LIMIT $1");
    PLACE = "INSERT INTO legal_holds (id, programme, tranche, capture, document, actor) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    MEANT = "SELECT (SELECT code FROM programmes WHERE code = $1), (SELECT id FROM tranches WHERE code = $2), (SELECT capture FROM proofs WHERE capture = $3)";
    END = "INSERT INTO legal_hold_ends (hold, document, actor) SELECT id, $2, $3 FROM legal_holds WHERE id = $1 ON CONFLICT (hold) DO NOTHING";
    HOLDS = "SELECT h.id, h.programme, t.code AS tranche, h.capture, h.document, h.actor, h.placed_at, e.actor AS ended_by, e.ended_at
        FROM legal_holds h LEFT JOIN legal_hold_ends e ON e.hold = h.id LEFT JOIN tranches t ON t.id = h.tranche
        ORDER BY e.ended_at IS NOT NULL, h.placed_at DESC, h.id LIMIT $1";
    RETAIN = "INSERT INTO retentions (id, programme, years, document, actor) SELECT $1, code, $3, $4, $5 FROM programmes WHERE code = $2
        ON CONFLICT (id) DO NOTHING";
    IS_PROGRAMME = "SELECT EXISTS (SELECT FROM programmes WHERE code = $1)";
    RETENTIONS = "SELECT r.programme, r.years, r.document, r.actor, r.said_at, f.years AS in_force FROM retentions r
        LEFT JOIN retentions_in_force f ON f.programme = r.programme ORDER BY r.n DESC LIMIT $1";
}

/// What came of a wish to destroy a photo.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Effect {
    /// `signed` (another person must sign too), `carried_out` or `refused`.
    pub effect: String,
    /// Why refused: `unknown` (no such capture), `destroyed` (already), `held` (under a legal hold), `in_question` (so is its visit), `kept` (its retention is
    /// not over, and no order was named), `signed` (by this person already); else empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A wish to destroy a photo.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in PhotoCondemned")]
pub struct Wish<'a> {
    pub decision: DecisionId,
    pub capture: CaptureId,
    pub ground: Ground,
    pub document: &'a str,
    pub actor: Option<&'a str>,
}

/// How a photo stands.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to one question of the statement")]
pub struct Standing {
    /// Its key is there.
    pub is_kept: bool,
    /// It is under a legal hold.
    pub is_held: bool,
    /// Its visit is in question.
    pub is_in_question: bool,
    /// Its retention is over.
    pub is_over: bool,
    /// Who signed for its destruction, on the same ground.
    pub signers: Vec<String>,
}

/// What a legal hold is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'a> {
    /// Everything of a programme.
    Programme(&'a str),
    /// Everything of a tranche, by its code.
    Tranche(&'a str),
    /// One photo.
    Capture(CaptureId),
}

/// A legal hold.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of legal holds and of their ends")]
pub struct Hold {
    pub id: Uuid,
    pub programme: Option<String>,
    pub tranche: Option<String>,
    pub capture: Option<Uuid>,
    pub document: String,
    pub actor: String,
    pub placed_at: Timestamp,
    pub ended_by: Option<String>,
    pub ended_at: Option<Timestamp>,
}

/// What somebody said of how long a programme keeps photos.
#[derive(Debug, Clone, serde::Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "as in the table of retentions")]
pub struct Retention {
    pub programme: String,
    pub years: i16,
    pub document: String,
    pub actor: String,
    pub said_at: Timestamp,
    /// What counts for the programme now: what two people said one after the other.
    pub in_force: Option<i16>,
}

/// Waits for who decides about keeping at the same moment.
pub async fn lock(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query(LOCK).execute(tx.connection()).await.map(drop).map_err(Error::database("locking what is kept"))
}

/// What came of a wish; none: nothing yet.
pub async fn effect(tx: &mut Tx, decision: DecisionId) -> Result<Option<Effect>, Error> {
    sqlx::query_as(EFFECT).bind(decision.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading a destruction"))
}

/// What came of a wish, outside a transaction.
pub async fn effect_of(database: &Database, decision: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(EFFECT).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading a destruction"))
}

/// How a photo stands; none: there is no such capture.
pub async fn standing(tx: &mut Tx, capture: CaptureId, ground: Ground) -> Result<Option<Standing>, Error> {
    let read = sqlx::query_as(STANDING).bind(capture.0).bind(ground.as_str());
    read.fetch_optional(tx.connection()).await.map_err(Error::database("reading how a photo stands"))
}

/// Remembers what came of a wish; where it is carried out, its key and how it looks are forgotten.
pub async fn decide(tx: &mut Tx, wish: &Wish<'_>, (effect, reason): (&'static str, &'static str)) -> Result<Effect, Error> {
    let failed = || Error::database("keeping a destruction");
    let keep = sqlx::query_as(KEEP).bind(wish.decision.0).bind(wish.capture.0).bind(wish.ground.as_str()).bind(wish.document);
    let kept = keep.bind(wish.actor).bind(effect).bind(reason).fetch_one(tx.connection()).await.map_err(failed())?;
    tx.wrote("photo_destructions");
    if effect == "carried_out" {
        sqlx::query(FORGET_LOOK).bind(wish.capture.0).execute(tx.connection()).await.map_err(failed())?;
        let forgotten = sqlx::query(FORGET_KEY).bind(wish.capture.0).execute(tx.connection()).await.map_err(failed())?;
        if forgotten.rows_affected() != 1 {
            return Err(Error::invariant("a photo that is destroyed has one row"));
        }
        if wish.ground != Ground::TakenByMistake {
            sqlx::query(FORGET_PROXY).bind(wish.capture.0).execute(tx.connection()).await.map_err(failed())?;
        }
    }
    Ok(kept)
}

/// Photos whose retention is over and that nothing holds, with the day by the database's clock.
pub async fn due(database: &Database) -> Result<Vec<(CaptureId, String)>, Error> {
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as(DUE).bind(DUE_MAX).fetch_all(database.pool()).await.map_err(Error::database("looking for photos to destroy"))?;
    Ok(rows.into_iter().map(|(capture, day)| (CaptureId(capture), day)).collect())
}

/// Places a legal hold, once; false where there is nothing of that name.
pub async fn place(tx: &mut Tx, id: Uuid, on: Held<'_>, document: &str, actor: &str) -> Result<bool, Error> {
    let failed = || Error::database("placing a legal hold");
    lock(tx).await?;
    let (programme, tranche, capture) = match on {
        Held::Programme(code) => (Some(code), None, None),
        Held::Tranche(code) => (None, Some(code), None),
        Held::Capture(capture) => (None, None, Some(capture.0)),
    };
    let meant = sqlx::query_as(MEANT).bind(programme).bind(tranche).bind(capture).fetch_one(tx.connection()).await;
    let (programme, tranche, capture): (Option<String>, Option<i32>, Option<Uuid>) = meant.map_err(failed())?;
    if programme.is_none() && tranche.is_none() && capture.is_none() {
        return Ok(false);
    }
    let place = sqlx::query(PLACE).bind(id).bind(programme).bind(tranche).bind(capture).bind(document).bind(actor);
    place.execute(tx.connection()).await.map_err(failed())?;
    Ok(true)
}

/// Ends a legal hold, once; false where there is none that stands.
pub async fn end(tx: &mut Tx, hold: Uuid, document: &str, actor: &str) -> Result<bool, Error> {
    let done = sqlx::query(END).bind(hold).bind(document).bind(actor).execute(tx.connection()).await;
    Ok(done.map_err(Error::database("ending a legal hold"))?.rows_affected() > 0)
}

/// Legal holds, those that stand first.
pub async fn holds(database: &Database) -> Result<Vec<Hold>, Error> {
    sqlx::query_as(HOLDS).bind(LIST_MAX).fetch_all(database.pool()).await.map_err(Error::database("reading legal holds"))
}

/// Remembers how long somebody wants a programme to keep photos; false where there is no such programme.
pub async fn retain(tx: &mut Tx, id: Uuid, programme: &str, years: i16, document: &str, actor: &str) -> Result<bool, Error> {
    let failed = || Error::database("saying how long photos are kept");
    lock(tx).await?;
    let retain = sqlx::query(RETAIN).bind(id).bind(programme).bind(years).bind(document).bind(actor);
    retain.execute(tx.connection()).await.map_err(failed())?;
    sqlx::query_scalar(IS_PROGRAMME).bind(programme).fetch_one(tx.connection()).await.map_err(failed())
}

/// What was said of how long photos are kept, newest first.
pub async fn retentions(database: &Database) -> Result<Vec<Retention>, Error> {
    sqlx::query_as(RETENTIONS).bind(LIST_MAX).fetch_all(database.pool()).await.map_err(Error::database("reading retentions"))
}
