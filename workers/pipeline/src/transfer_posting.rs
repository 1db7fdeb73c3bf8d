//! transfer-posting: reserve -> recipient, once per payment; and cash between bank, office and tellers, where notes back what is owed.
//!
//! The reserve was filled by release, per batch and regency, so the hot allocation row is not touched here: a flight moves the totals of the
//! few reserve and recipient accounts once. The transfer's key is (tranche, payment, `recipient_funded`, 1): a second one cannot exist. What is paused
//! rests as it is ([`pauses`]).
//!
//! What people say of cash (`cash.moved`, `cash.counted`) is decided in the order in which it came, on locked balances ([`salur_store::cash::decide`]), and
//! answered by its row alone. A flight that hears nothing of cash asks nothing about it; one that does locks all its ledger accounts at once.

use std::{collections::HashMap, sync::Arc};

use salur_domain::BatchId;
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{AccountOpened, CashCounted, CashMoved, TransferPosted, messages};
use salur_store::{
    Error, Tx,
    cash::{self, Said},
    ledger::{self, Kind, Transfer},
    pauses::{self, Paused},
    payments::{self, Key, Moment, Payment},
    release,
    tallies::{Deltas, Measure},
};

use crate::{Tools, Work};

messages! {
    /// What transfer-posting hears.
    pub enum In { AccountOpened, CashMoved, CashCounted }
}
messages! {
    /// What transfer-posting says.
    pub enum Out { TransferPosted }
}

/// What a fact asks for.
#[derive(Debug)]
pub enum Ready {
    /// To fund a payment.
    Fund(Key),
    /// To decide about cash.
    Cash(Said),
}

/// The stage.
#[derive(Debug)]
pub struct TransferPosting;

/// Reserve and recipient accounts by part of a batch.
type Reserves = HashMap<(BatchId, String), (i64, i64)>;

impl TransferPosting {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for TransferPosting {
    const NAME: &'static str = "transfer-posting";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = Ready;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 2_000, ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &In, (): &()) -> Result<Ready, Failure> {
        Ok(match fact {
            In::AccountOpened(opened) => Ready::Fund((opened.tranche, opened.payment)),
            In::CashMoved(moved) => Ready::Cash(Said::Moved(moved.clone())),
            In::CashCounted(counted) => Ready::Cash(Said::Counted(counted.clone())),
        })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let keys: Vec<Key> = flight.facts().filter_map(Ready::key).collect();
        let stands = payments::read(tx, &keys).await?;
        crate::all_exist(&keys, &stands)?;
        if let Some(early) = stands.values().find(|payment| payment.account_opened_at.is_none()) {
            return Err(Error::invariant(format!("payment {} has no verified account", early.key().1)).into());
        }
        let paused = if keys.is_empty() { Paused::default() } else { pauses::of_payments(tx).await? };
        let is_open = |payment: &Payment| payment.funded_at.is_none() && !payment.ended_unpaid();
        let new: Vec<&Payment> = stands.values().filter(|payment| is_open(payment) && !paused.stops(payment)).collect();
        let reserves = reserves(tx, &new).await?;
        let said: Vec<&Said> = flight.facts().filter_map(Ready::said).collect();
        if !said.is_empty() {
            let funding: Vec<i64> = reserves.values().flat_map(|(reserve, recipient)| [*reserve, *recipient]).collect();
            cash::decide(tx, &said, &funding).await?;
        }
        fund(tx, &new, &reserves).await?;
        let now = tx.now;
        Ok(flight.judge(|ready| {
            let Ready::Fund(key) = ready else { return Verdict::Done };
            let payment = &stands[key];
            // ended, or resting while it is paused: the resumption says the fact again
            if payment.funded_at.is_none() && (payment.ended_unpaid() || paused.stops(payment)) {
                return Verdict::Done;
            }
            let at = payment.funded_by(now);
            Verdict::emit(TransferPosted { payment: key.1, tranche: key.0, amount: payment.amount(), at })
        }))
    }
}

impl Ready {
    fn key(&self) -> Option<Key> {
        if let Self::Fund(key) = self { Some(*key) } else { None }
    }

    fn said(&self) -> Option<&Said> {
        if let Self::Cash(said) = self { Some(said) } else { None }
    }
}

async fn reserves(tx: &mut Tx, new: &[&Payment]) -> Result<Reserves, Error> {
    let mut batches: Vec<BatchId> = new.iter().map(|payment| payment.batch()).collect();
    batches.sort_unstable();
    batches.dedup();
    if batches.is_empty() { Ok(Reserves::new()) } else { release::accounts(tx, &batches).await }
}

/// Posts the transfers of payments that have none, and counts them.
async fn fund(tx: &mut Tx, new: &[&Payment], reserves: &Reserves) -> Result<(), Error> {
    if new.is_empty() {
        return Ok(());
    }
    let mut transfers = Vec::with_capacity(new.len());
    let mut deltas = Deltas::default();
    for payment in new {
        let (debit, credit) = *reserves
            .get(&(payment.batch(), payment.regency.clone()))
            .ok_or_else(|| Error::invariant(format!("nothing was reserved for payment {}", payment.key().1)))?;
        let (tranche, subject, amount) = (payment.key().0, payment.key().1.0, payment.amount());
        transfers.push(Transfer { tranche, subject, kind: Kind::RecipientFunded, n: 1, debit, credit, amount, document: String::new() });
        deltas.add(tranche, &payment.village, &payment.pay_point, Measure::Funded, amount)?;
    }
    payments::set(tx, Moment::Funded, new).await?;
    ledger::post_new(tx, &transfers).await?;
    deltas.write(tx).await
}
