//! Whether a hand-over stands, as people decide: a proof in question is reviewed, a wrong hand-over undone.
//!
//! A review is of one capture and decides all that it put in question: paid, or not proven, and then the teller answers for the cash and the family gets
//! another cheque. An undo is of one claim: the teller's word is enough within the claim's ten minutes, later two people sign. It also stops captures of
//! the claim that are not heard yet, since the cash is back in the drawer. A closed tranche stands. Decisions of a flight follow its captures, one after
//! another, on payments that are locked already.

use std::collections::HashMap;

use salur_domain::{
    CaptureId, ClaimId, DecisionId, PaymentStatus,
    reversal::{Reversal, Verdict},
};
use salur_schemas::{HandOverUndone, PaymentReopened, PhotoAsked, ProofReviewed, UndoneBy};
use salur_store::{
    Error, Tx,
    claims::{self, Claim},
    ledger::Kind,
    payments::{self, Key, Moment, Payment},
    photo_requests::{self, NewRequest},
    proofs::{self, HandOver, Proof},
    reversals::{self, Effect, NewReversal, NewReview, NewUndo},
};

use super::{Out, Programmes, books::Books, settled};
use crate::answer::{of_payment, reasons};

/// A decision of people.
#[derive(Debug, Clone)]
pub enum Decision {
    /// About a proof in question.
    Review(ProofReviewed),
    /// That a proof in question needs another photo.
    Photo(PhotoAsked),
    /// About a visit.
    Undo(HandOverUndone),
}

/// What the decisions of a flight are about, as stored.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    proofs: HashMap<CaptureId, Proof>,
    claims: HashMap<ClaimId, Claim>,
}

/// Hand-overs that stand, with their payments.
type Standing = Vec<(Payment, HandOver)>;

impl Decision {
    pub(super) fn id(&self) -> DecisionId {
        match self {
            Self::Review(review) => review.decision,
            Self::Photo(asked) => asked.decision,
            Self::Undo(undo) => undo.decision,
        }
    }
}

impl Subjects {
    /// Reads them; nothing is asked where nothing was decided.
    pub(super) async fn of(tx: &mut Tx, decisions: &[&Decision]) -> Result<Self, Error> {
        let (mut captures, mut claims) = (Vec::new(), Vec::new());
        for decision in decisions {
            match decision {
                Decision::Review(review) => captures.push(review.capture),
                Decision::Photo(asked) => captures.push(asked.capture),
                Decision::Undo(undo) => claims.push(undo.claim),
            }
        }
        let proofs = if captures.is_empty() { HashMap::new() } else { proofs::read(tx, &captures).await? };
        let claims = if claims.is_empty() { Vec::new() } else { claims::read_in(tx, &claims).await? };
        Ok(Self { proofs, claims: claims.into_iter().map(|claim| (claim.id(), claim)).collect() })
    }

    /// Every payment of their visits.
    pub(super) fn payments(&self) -> impl Iterator<Item = Key> {
        self.proofs.values().flat_map(Proof::payments).chain(self.claims.values().flat_map(Claim::payments))
    }
}

/// Carries decisions out, once each, in their order; what is said of each.
pub(super) async fn decide(
    tx: &mut Tx,
    decisions: &[&Decision],
    subjects: &Subjects,
    programmes: &Programmes,
    books: &mut Books,
) -> Result<HashMap<DecisionId, Vec<Out>>, Error> {
    let mut said = HashMap::new();
    for decision in decisions {
        let out = match decision {
            Decision::Review(fact) => review(tx, fact, subjects.proofs.get(&fact.capture), programmes, books).await?,
            Decision::Photo(fact) => {
                ask(tx, fact, subjects.proofs.get(&fact.capture)).await?;
                Vec::new()
            }
            Decision::Undo(fact) => undo(tx, fact, subjects.claims.get(&fact.claim), programmes, books).await?,
        };
        said.insert(decision.id(), out);
    }
    Ok(said)
}

async fn review(
    tx: &mut Tx,
    fact: &ProofReviewed,
    proof: Option<&Proof>,
    programmes: &Programmes,
    books: &mut Books,
) -> Result<Vec<Out>, Error> {
    let effect = match reversals::review(tx, fact.decision).await? {
        Some(known) => known,
        None => judge(tx, fact, proof, programmes, books).await?,
    };
    match (effect.effect.as_str(), fact.ground.verdict(), proof) {
        ("carried_out", Verdict::Paid, Some(proof)) => believed(tx, proof, &effect).await,
        ("carried_out", Verdict::NotProven, Some(_)) => reopened(tx, fact.decision).await,
        _ => Ok(Vec::new()),
    }
}

/// Hand-overs that a capture put in question, and nobody decided about.
async fn in_question(tx: &mut Tx, proof: &Proof) -> Result<Standing, Error> {
    let mut found = standing(tx, &proof.payments(), |done| done.capture() == proof.capture() && !done.believed).await?;
    found.retain(|(payment, _)| payment.paid_at.is_none());
    Ok(found)
}

/// Asks for another photo of a visit in question, unless one is asked for already; what came of it is a row, and nothing else is said.
async fn ask(tx: &mut Tx, fact: &PhotoAsked, proof: Option<&Proof>) -> Result<(), Error> {
    if photo_requests::effect(tx, fact.decision).await?.is_some() {
        return Ok(());
    }
    let refused = match proof {
        None => Some("unknown"),
        Some(proof) if in_question(tx, proof).await?.is_empty() => Some("settled"),
        Some(_) if photo_requests::is_waiting(tx, fact.capture).await? => Some("asked"),
        Some(_) => None,
    };
    let (wish, actor) = (fact.wish.as_str(), fact.actor.as_str());
    let new = NewRequest { decision: fact.decision, capture: fact.capture, claim: proof.map(Proof::claim), wish, actor };
    photo_requests::keep(tx, &new, refused).await.map(drop)
}

/// A review that was not heard before.
async fn judge(
    tx: &mut Tx,
    fact: &ProofReviewed,
    proof: Option<&Proof>,
    programmes: &Programmes,
    books: &mut Books,
) -> Result<Effect, Error> {
    let (ground, document, actor) = (fact.ground, fact.document.as_str(), fact.actor.as_str());
    let new = NewReview { decision: fact.decision, capture: fact.capture, ground, document, actor };
    let Some(proof) = proof else { return reversals::keep_review(tx, &new, Some("unknown")).await };
    let in_question = in_question(tx, proof).await?;
    if in_question.is_empty() {
        return reversals::keep_review(tx, &new, Some("settled")).await;
    }
    match fact.ground.verdict() {
        Verdict::Paid => {
            payments::set(tx, Moment::Believed, &in_question.iter().map(|(payment, _)| payment).collect::<Vec<_>>()).await?;
            in_question.iter().try_for_each(|(payment, _)| books.believe(payment))?;
        }
        Verdict::NotProven => reverse(tx, (Reversal::NotProven, proof.claim(), fact.decision), &in_question, programmes, books).await?,
    }
    reversals::keep_review(tx, &new, None).await
}

async fn undo(
    tx: &mut Tx,
    fact: &HandOverUndone,
    claim: Option<&Claim>,
    programmes: &Programmes,
    books: &mut Books,
) -> Result<Vec<Out>, Error> {
    let known = reversals::undo(tx, fact.decision).await?;
    if known.is_none() {
        let (device, actor) = match &fact.by {
            UndoneBy::Device(device) => (Some(device.as_str()), None),
            UndoneBy::Actor(actor) => (None, Some(actor.as_str())),
        };
        let new = NewUndo { decision: fact.decision, claim: fact.claim, ground: fact.ground, document: &fact.document, device, actor };
        let visit = claim.map(Claim::payments).unwrap_or_default();
        let stands = stands(tx, fact.claim, &visit).await?;
        let effect = may(tx, fact, claim, &visit, &stands).await?;
        if effect == ("carried_out", "") {
            reverse(tx, (Reversal::HandOverUndone, fact.claim, fact.decision), &stands, programmes, books).await?;
        }
        reversals::keep_undo(tx, &new, effect).await?;
    }
    reopened(tx, fact.decision).await
}

/// Whether a visit may be undone: what comes of it, and why not.
async fn may(
    tx: &mut Tx,
    fact: &HandOverUndone,
    claim: Option<&Claim>,
    visit: &[Key],
    stands: &Standing,
) -> Result<(&'static str, &'static str), Error> {
    let Some(claim) = claim else { return Ok(("refused", "unknown")) };
    let (signers, is_done) = reversals::standing(tx, fact.claim).await?;
    if is_done {
        return Ok(("refused", "undone"));
    }
    if reversals::any_closed(tx, visit).await? {
        return Ok(("refused", "closed"));
    }
    Ok(match &fact.by {
        UndoneBy::Device(device) if *device != claim.device => ("refused", "unknown"),
        UndoneBy::Device(_) if fact.at > claim.expires_at => ("refused", "late"),
        UndoneBy::Device(_) => ("carried_out", ""),
        UndoneBy::Actor(_) if stands.is_empty() => ("refused", "nothing"),
        UndoneBy::Actor(actor) if signers.iter().any(|signer| signer != actor) => ("carried_out", ""),
        UndoneBy::Actor(_) if signers.is_empty() => ("signed", ""),
        UndoneBy::Actor(_) => ("refused", "signed"),
    })
}

/// What a claim handed over, and stands.
async fn stands(tx: &mut Tx, claim: ClaimId, visit: &[Key]) -> Result<Standing, Error> {
    let all = standing(tx, visit, |_| true).await?;
    let captures: Vec<CaptureId> = all.iter().map(|(_, done)| done.capture()).collect();
    let proofs = proofs::read(tx, &captures).await?;
    Ok(all.into_iter().filter(|(_, done)| proofs.get(&done.capture()).is_some_and(|proof| proof.claim() == claim)).collect())
}

/// Hand-overs of the rounds under way.
async fn standing(tx: &mut Tx, visit: &[Key], is_meant: impl Fn(&HandOver) -> bool) -> Result<Standing, Error> {
    let locked = payments::lock(tx, visit).await?;
    let mut done = proofs::hand_overs(tx, visit).await?;
    let mut found: Standing = Vec::new();
    for payment in locked.into_values().filter(|payment| payment.handed_over_at.is_some()) {
        let rounds = done.remove(&payment.key()).unwrap_or_default();
        found.extend(rounds.into_iter().find(|done| done.n == payment.round && is_meant(done)).map(|done| (payment, done)));
    }
    found.sort_unstable_by_key(|(payment, _)| payment.key());
    Ok(found)
}

/// Books hand-overs back; their payments are open again, in their next round.
async fn reverse(
    tx: &mut Tx,
    (kind, claim, decision): (Reversal, ClaimId, DecisionId),
    hand_overs: &Standing,
    programmes: &Programmes,
    books: &mut Books,
) -> Result<(), Error> {
    let in_ledger = match kind {
        Reversal::HandOverUndone => Kind::HandOverUndone,
        Reversal::NotProven => Kind::NotProven,
    };
    for (payment, done) in hand_overs {
        books.reverse(programmes, payment, &done.teller, in_ledger)?;
    }
    payments::set(tx, Moment::Reopened, &hand_overs.iter().map(|(payment, _)| payment).collect::<Vec<_>>()).await?;
    let hand_overs: Vec<&HandOver> = hand_overs.iter().map(|(_, done)| done).collect();
    reversals::keep(tx, &NewReversal { kind, claim, decision, hand_overs: &hand_overs }).await
}

/// Paid since a supervisor believes it: what is said, from rows.
async fn believed(tx: &mut Tx, proof: &Proof, effect: &Effect) -> Result<Vec<Out>, Error> {
    let visit = proof.payments();
    let (done, origins) = (proofs::hand_overs(tx, &visit).await?, payments::origins(tx, &visit).await?);
    let by_it = |key: &Key| done.get(key).into_iter().flatten().any(|done| done.capture() == proof.capture());
    let of = |key: &Key| settled(*key, proof.capture(), PaymentStatus::Paid, effect.at, &origins[key]);
    Ok(visit.iter().filter(|key| by_it(key)).flat_map(of).collect())
}

/// Open again: what is said of a decision, from rows.
async fn reopened(tx: &mut Tx, decision: DecisionId) -> Result<Vec<Out>, Error> {
    let rows = reversals::by_decision(tx, decision).await?;
    let keys: Vec<Key> = rows.iter().map(reversals::Reversed::key).collect();
    let origins = payments::origins(tx, &keys).await?;
    let mut said = Vec::with_capacity(rows.len() * 2);
    for row in &rows {
        let ((tranche, payment), at) = (row.key(), row.at);
        let round = u16::try_from(row.n + 1).expect("the table bounds rounds");
        let cheque = row.cheque.map(|version| u16::try_from(version).expect("the table bounds versions"));
        said.push(PaymentReopened { payment, tranche, round, cheque, at }.into());
        let codes = reasons(std::iter::once(row.kind()?.code().as_str()));
        said.push(of_payment(&origins[&row.key()], PaymentStatus::ChequeIssued, codes, at).into());
    }
    Ok(said)
}
