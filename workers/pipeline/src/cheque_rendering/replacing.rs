//! A cheque that was lost, stolen, damaged, misprinted or given to the wrong family, or that names a pay point which closed.
//!
//! Two people say so of the same version on the same ground (of a closed pay point its closing says so, which two people need not repeat for each family); with
//! the second the next version is drawn, and the one before is worth nothing. What is handed
//! over, returned or cancelled keeps the cheque it had. Who speaks second is known before the transaction, so that the next cheque is drawn outside it; where
//! the first spoke only meanwhile, the fact is prepared again. Bounds: the wishes of one flight, one after the other under the locks of their payments.

use std::collections::{HashMap, HashSet};

use salur_domain::{DecisionId, replacement::Loss};
use salur_runtime::stage::{Delay, Flight, Verdict};
use salur_schemas::ChequeReplaced;
use salur_store::{
    Error, Tx,
    cheques::{self, IssuedAs, NewCheque, Which},
    payments::{Key, Payment},
    replacements::{self, Wish},
};

use super::{Out, Ready, told};

/// What comes of a wish.
pub(super) enum Comes {
    /// The next cheque.
    CarriedOut,
    /// Nothing yet, or nothing at all: its row says which.
    Nothing,
    /// The other person spoke since it was prepared.
    Again,
    /// Its payment is paused.
    Waits,
}

impl Comes {
    const fn is_carried_out(&self) -> bool {
        matches!(self, Self::CarriedOut)
    }

    pub(super) fn verdict(&self, next: Option<&NewCheque>, issued: &HashMap<Which, IssuedAs>) -> Verdict<Out> {
        match self {
            Self::Nothing => Verdict::Done,
            Self::Again => Verdict::Again,
            Self::Waits => Verdict::Wait(Delay::Seconds30, "the payment is paused"),
            // an answer from rows: the payment may have ended since the cheque was issued, and never before
            Self::CarriedOut => match next.and_then(|next| Some((next, issued.get(&next.which())?))) {
                Some((next, as_issued)) => told(next, as_issued),
                None => Verdict::Done,
            },
        }
    }
}

/// The wish of a fact.
pub(super) fn wish(fact: &ChequeReplaced) -> Wish<'_> {
    // a version that no table holds is of no cheque
    let version = i16::try_from(fact.version).unwrap_or(i16::MAX);
    let (payment, loss) = ((fact.tranche, fact.payment), fact.loss);
    Wish { decision: fact.decision, payment, version, loss, document: &fact.document, actor: &fact.actor }
}

/// Decides the wishes of a flight, under the locks of their payments.
pub(super) async fn decide(
    tx: &mut Tx,
    flight: &Flight<'_, Ready>,
    payments: &HashMap<Key, Payment>,
    is_paused: impl Fn(&Payment) -> bool,
) -> Result<HashMap<DecisionId, Comes>, Error> {
    let (mut all, mut unready) = (HashMap::new(), HashSet::new());
    for ready in flight.facts() {
        let Ready::Replacing(fact, next) = ready else { continue };
        let wish = wish(fact);
        let payment = &payments[&wish.payment];
        // what was said later is heard later
        let comes = if unready.contains(&wish.payment) {
            Comes::Again
        } else {
            one(tx, &wish, payment, next.is_some(), is_paused(payment)).await?
        };
        if matches!(comes, Comes::Again) {
            unready.insert(wish.payment);
        }
        all.insert(fact.decision, comes);
    }
    Ok(all)
}

/// Issues the next cheques of those that are replaced; serial and moment of each, also where it was issued before.
pub(super) async fn issue(
    tx: &mut Tx,
    flight: &Flight<'_, Ready>,
    comes: &HashMap<DecisionId, Comes>,
) -> Result<HashMap<Which, IssuedAs>, Error> {
    let next = |ready| match ready {
        &Ready::Replacing(ref fact, Some(ref next)) if comes[&fact.decision].is_carried_out() => Some(next),
        _ => None,
    };
    let next: Vec<&NewCheque> = flight.facts().filter_map(next).collect();
    if next.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(cheques::issue(tx, &next, |_| true).await?.1)
}

async fn one(tx: &mut Tx, wish: &Wish<'_>, payment: &Payment, is_drawn: bool, is_paused: bool) -> Result<Comes, Error> {
    if let Some(known) = replacements::effect(tx, wish.decision).await? {
        return Ok(if known.effect == "carried_out" { Comes::CarriedOut } else { Comes::Nothing });
    }
    let cheque = replacements::standing(tx, wish).await?;
    let is_newer = cheque.is_replaced || cheque.newest.is_some_and(|newest| newest > wish.version);
    let comes = match cheque.newest {
        _ if is_newer => ("refused", "replaced"),
        newest if newest != Some(wish.version) => ("refused", "unknown"),
        _ if payment.ended_unpaid() => ("refused", "ended"),
        _ if payment.handed_over_at.is_some() => ("refused", "handed_over"),
        _ if wish.loss == Loss::Moved && !cheque.is_moved => ("refused", "not_moved"),
        _ if wish.loss != Loss::Moved && cheque.signers.is_empty() => ("signed", ""),
        _ if wish.loss != Loss::Moved && cheque.signers.iter().all(|signer| signer == wish.actor) => ("refused", "signed"),
        _ if is_paused => return Ok(Comes::Waits),
        _ if !is_drawn => return Ok(Comes::Again),
        _ => ("carried_out", ""),
    };
    let kept = replacements::keep(tx, wish, comes).await?;
    Ok(if kept.effect == "carried_out" { Comes::CarriedOut } else { Comes::Nothing })
}
