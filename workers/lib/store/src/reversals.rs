//! Reversals: hand-overs that do not stand, and the decisions of people that ended them.
//!
//! A review is of a capture, an undo of a claim; what either reverses is remembered by payment and round. Whoever decides holds the locks of all payments of
//! the visit, so that decisions about one visit follow each other. A decision heard again is answered from its row. Bounds: a visit.

use std::collections::{HashMap, HashSet};

use salur_domain::{
    CaptureId, ClaimId, DecisionId, PaymentId, TrancheId,
    reversal::{Reversal, ReviewGround, UndoGround},
};
use uuid::Uuid;

use crate::{Database, Error, Timestamp, Tx, payments::Key, proofs::HandOver, sql};

pub mod questions;

sql! {
    REVIEW = "SELECT effect, reason, reviewed_at AS at FROM proof_reviews WHERE id = $1";
    KEEP_REVIEW = "INSERT INTO proof_reviews (id, capture, verdict, ground, document, actor, effect, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    UNDO = "SELECT effect, reason, undone_at AS at FROM hand_over_undos WHERE id = $1";
    KEEP_UNDO = "INSERT INTO hand_over_undos (id, claim, ground, document, device, actor, effect, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    STANDING = "SELECT actor, effect FROM hand_over_undos WHERE claim = $1 AND effect <> 'refused' ORDER BY undone_at, id";
    CLOSED = "SELECT EXISTS (SELECT FROM tranches WHERE id = ANY($1) AND closed_at IS NOT NULL)";
    CHEQUE = "SELECT k.tranche, k.payment, (2 + count(v.n))::smallint FROM unnest($1::int[], $2::uuid[]) AS k(tranche, payment)
        LEFT JOIN reversals v ON v.tranche = k.tranche AND v.payment = k.payment AND v.kind = 'not_proven' GROUP BY 1, 2";
    KEEP = "INSERT INTO reversals (tranche, payment, n, kind, claim, capture, teller, decision, cheque)
        SELECT tranche, payment, n, $1, $2, capture, teller, $3, cheque
        FROM unnest($4::int[], $5::uuid[], $6::smallint[], $7::uuid[], $8::text[], $9::smallint[]) AS r(tranche, payment, n, capture, teller, cheque)";
    BY_DECISION = "SELECT tranche, payment, n, kind, cheque, at FROM reversals WHERE decision = $1 ORDER BY tranche, payment";
    UNDONE = "SELECT claim FROM hand_over_undos WHERE claim = ANY($1) AND effect = 'carried_out'";
    SPENT = "SELECT v.tranche, v.payment, v.claim FROM reversals v JOIN unnest($1::int[], $2::uuid[]) AS k(tranche, payment) USING (tranche, payment)";
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Effect {
    /// `signed` (another person must sign too), `carried_out` or `refused`.
    pub effect: String,
    /// Why refused: `unknown` (no such capture or claim), `settled` (nothing of it is in question), `undone` (already), `late` (the teller's ten minutes are
    /// over), `nothing` (nothing of it stands handed over), `signed` (by this person already), `closed` (the tranche is); else empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A review to remember.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in ProofReviewed")]
pub struct NewReview<'a> {
    pub decision: DecisionId,
    pub capture: CaptureId,
    pub ground: ReviewGround,
    pub document: &'a str,
    pub actor: &'a str,
}

/// An undo to remember.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in HandOverUndone")]
pub struct NewUndo<'a> {
    pub decision: DecisionId,
    pub claim: ClaimId,
    pub ground: UndoGround,
    pub document: &'a str,
    pub device: Option<&'a str>,
    pub actor: Option<&'a str>,
}

/// Hand-overs of one visit that do not stand.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in the table")]
pub struct NewReversal<'a> {
    pub kind: Reversal,
    pub claim: ClaimId,
    pub decision: DecisionId,
    pub hand_overs: &'a [&'a HandOver],
}

/// A hand-over that does not stand, as remembered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reversed {
    tranche: i32,
    payment: Uuid,
    /// The round that ended.
    pub n: i16,
    kind: String,
    /// Version of the cheque to be made.
    pub cheque: Option<i16>,
    /// When.
    pub at: Timestamp,
}

/// Claims that hand nothing over any more.
#[derive(Debug, Default)]
pub struct Spent {
    undone: HashSet<ClaimId>,
    reversed: HashSet<(Key, ClaimId)>,
}

impl Spent {
    /// The cash of the claim went back to the drawer.
    pub fn is_undone(&self, claim: ClaimId) -> bool {
        self.undone.contains(&claim)
    }

    /// What the claim did for a payment, or would do, does not stand.
    pub fn covers(&self, key: Key, claim: ClaimId) -> bool {
        self.is_undone(claim) || self.reversed.contains(&(key, claim))
    }
}

impl Reversed {
    /// Key of the payment.
    pub fn key(&self) -> Key {
        (TrancheId(self.tranche), PaymentId(self.payment))
    }
    /// What ended the round.
    pub fn kind(&self) -> Result<Reversal, Error> {
        Reversal::parse(&self.kind).ok_or_else(|| Error::invariant(format!("reversal kind {}", self.kind)))
    }
}

fn columns(keys: &[Key]) -> (Vec<i32>, Vec<Uuid>) {
    keys.iter().map(|(tranche, id)| (tranche.0, id.0)).unzip()
}

/// What came of a review; none: nothing yet.
pub async fn review(tx: &mut Tx, decision: DecisionId) -> Result<Option<Effect>, Error> {
    sqlx::query_as(REVIEW).bind(decision.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading a review"))
}

/// What came of an undo; none: nothing yet.
pub async fn undo(tx: &mut Tx, decision: DecisionId) -> Result<Option<Effect>, Error> {
    sqlx::query_as(UNDO).bind(decision.0).fetch_optional(tx.connection()).await.map_err(Error::database("reading an undo"))
}

/// What came of a review, outside a transaction.
pub async fn effect_of_review(database: &Database, decision: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(REVIEW).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading a review"))
}

/// What came of an undo, outside a transaction.
pub async fn effect_of_undo(database: &Database, decision: Uuid) -> Result<Option<Effect>, Error> {
    sqlx::query_as(UNDO).bind(decision).fetch_optional(database.pool()).await.map_err(Error::database("reading an undo"))
}

/// Remembers a review, carried out or refused.
pub async fn keep_review(tx: &mut Tx, new: &NewReview<'_>, refused: Option<&'static str>) -> Result<Effect, Error> {
    let (effect, reason) = (if refused.is_some() { "refused" } else { "carried_out" }, refused.unwrap_or_default());
    let (verdict, ground) = (new.ground.verdict().as_str(), new.ground.as_str());
    let keep = sqlx::query(KEEP_REVIEW).bind(new.decision.0).bind(new.capture.0).bind(verdict).bind(ground).bind(new.document);
    let keep = keep.bind(new.actor).bind(effect).bind(reason);
    keep.execute(tx.connection()).await.map_err(Error::database("keeping a review"))?;
    tx.wrote("proof_reviews");
    Ok(Effect { effect: effect.to_owned(), reason: reason.to_owned(), at: tx.now })
}

/// Remembers an undo: signed, carried out or refused.
pub async fn keep_undo(tx: &mut Tx, new: &NewUndo<'_>, (effect, reason): (&'static str, &'static str)) -> Result<Effect, Error> {
    let keep = sqlx::query(KEEP_UNDO).bind(new.decision.0).bind(new.claim.0).bind(new.ground.as_str()).bind(new.document);
    let keep = keep.bind(new.device).bind(new.actor).bind(effect).bind(reason);
    keep.execute(tx.connection()).await.map_err(Error::database("keeping an undo"))?;
    tx.wrote("hand_over_undos");
    Ok(Effect { effect: effect.to_owned(), reason: reason.to_owned(), at: tx.now })
}

/// Who signed that a claim is undone, and whether it was carried out.
pub async fn standing(tx: &mut Tx, claim: ClaimId) -> Result<(Vec<String>, bool), Error> {
    let rows = sqlx::query_as(STANDING).bind(claim.0).fetch_all(tx.connection()).await;
    let rows: Vec<(Option<String>, String)> = rows.map_err(Error::database("reading undos of a claim"))?;
    let is_done = rows.iter().any(|(_, effect)| effect == "carried_out");
    Ok((rows.into_iter().filter_map(|(actor, _)| actor).collect(), is_done))
}

/// Whether a tranche of these is closed.
pub async fn any_closed(tx: &mut Tx, keys: &[Key]) -> Result<bool, Error> {
    let (tranches, _) = columns(keys);
    sqlx::query_scalar(CLOSED).bind(tranches).fetch_one(tx.connection()).await.map_err(Error::database("reading tranches"))
}

/// Remembers what does not stand; a hand-over that is not proven gets another cheque, by the next version.
pub async fn keep(tx: &mut Tx, new: &NewReversal<'_>) -> Result<(), Error> {
    let failed = || Error::database("keeping reversals");
    let keys: Vec<Key> = new.hand_overs.iter().map(|done| done.key()).collect();
    let (tranches, ids) = columns(&keys);
    let versions: HashMap<(i32, Uuid), i16> = if new.kind == Reversal::NotProven {
        let rows = sqlx::query_as(CHEQUE).bind(&tranches).bind(&ids).fetch_all(tx.connection()).await;
        let rows: Vec<(i32, Uuid, i16)> = rows.map_err(failed())?;
        rows.into_iter().map(|(tranche, id, version)| ((tranche, id), version)).collect()
    } else {
        HashMap::new()
    };
    let cheques: Vec<Option<i16>> = keys.iter().map(|key| versions.get(&(key.0.0, key.1.0)).copied()).collect();
    let keep = sqlx::query(KEEP).bind(new.kind.as_str()).bind(new.claim.0).bind(new.decision.0).bind(tranches).bind(ids);
    let keep = keep.bind(new.hand_overs.iter().map(|done| done.n).collect::<Vec<_>>());
    let keep = keep.bind(new.hand_overs.iter().map(|done| done.capture().0).collect::<Vec<_>>());
    let keep = keep.bind(new.hand_overs.iter().map(|done| done.teller.as_str()).collect::<Vec<_>>()).bind(&cheques);
    keep.execute(tx.connection()).await.map_err(failed())?;
    tx.wrote("reversals");
    Ok(())
}

/// What a decision reversed.
pub async fn by_decision(tx: &mut Tx, decision: DecisionId) -> Result<Vec<Reversed>, Error> {
    sqlx::query_as(BY_DECISION).bind(decision.0).fetch_all(tx.connection()).await.map_err(Error::database("reading reversals"))
}

/// Which of these claims hand nothing over any more, and which do not for payments that were reversed.
pub async fn spent(tx: &mut Tx, claims: &[ClaimId], reversed: &[Key]) -> Result<Spent, Error> {
    let failed = || Error::database("reading spent claims");
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.0).collect();
    let undone: Vec<Uuid> = sqlx::query_scalar(UNDONE).bind(ids).fetch_all(tx.connection()).await.map_err(failed())?;
    let undone = undone.into_iter().map(ClaimId).collect();
    if reversed.is_empty() {
        return Ok(Spent { undone, reversed: HashSet::new() });
    }
    let (tranches, payments) = columns(reversed);
    let reversed = sqlx::query_as(SPENT).bind(tranches).bind(payments).fetch_all(tx.connection()).await;
    let reversed: Vec<(i32, Uuid, Uuid)> = reversed.map_err(failed())?;
    let of = |(tranche, payment, claim)| ((TrancheId(tranche), PaymentId(payment)), ClaimId(claim));
    Ok(Spent { undone, reversed: reversed.into_iter().map(of).collect() })
}
