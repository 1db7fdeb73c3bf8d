//! transfer-posting: reserve -> recipient, once per payment.
//!
//! The reserve was filled by release, per batch and regency, so the hot allocation row is not touched here: a flight moves the totals of the
//! few reserve and recipient accounts once. The transfer's key is (tranche, payment, `recipient_funded`, 1): a second one cannot exist.

use std::{collections::HashMap, sync::Arc};

use salur_domain::BatchId;
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{AccountOpened, TransferPosted, messages};
use salur_store::{
    Error, Tx,
    ledger::{self, Kind, Transfer},
    payments::{self, Key, Moment, Payment},
    release,
    tallies::{Deltas, Measure},
};

use crate::{Tools, Work};

messages! {
    /// What transfer-posting hears.
    pub enum In { AccountOpened }
}
messages! {
    /// What transfer-posting says.
    pub enum Out { TransferPosted }
}

/// The stage.
#[derive(Debug)]
pub struct TransferPosting;

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
    type Ready = Key;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 2_000, ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &In, (): &()) -> Result<Key, Failure> {
        let In::AccountOpened(opened) = fact;
        Ok((opened.tranche, opened.payment))
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Key>) -> Result<Verdicts<Out>, Failure> {
        let keys: Vec<Key> = flight.facts().copied().collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        if let Some(early) = locked.values().find(|payment| payment.account_opened_at.is_none()) {
            return Err(Error::invariant(format!("payment {} has no verified account", early.key().1)).into());
        }
        let new: Vec<&Payment> = locked.values().filter(|payment| payment.funded_at.is_none() && !payment.ended_unpaid()).collect();
        fund(tx, &new).await?;
        let now = tx.now;
        Ok(flight.judge(|key| {
            let payment = &locked[key];
            if payment.funded_at.is_none() && payment.ended_unpaid() {
                return Verdict::Done;
            }
            let at = payment.funded_at.unwrap_or(now);
            Verdict::emit(TransferPosted { payment: key.1, tranche: key.0, amount: payment.amount(), at })
        }))
    }
}

/// Posts the transfers of payments that have none, and counts them.
async fn fund(tx: &mut Tx, new: &[&Payment]) -> Result<(), Error> {
    if new.is_empty() {
        return Ok(());
    }
    let mut batches: Vec<BatchId> = new.iter().map(|payment| payment.batch()).collect();
    batches.sort_unstable();
    batches.dedup();
    let accounts: HashMap<(BatchId, String), (i64, i64)> = release::accounts(tx, &batches).await?;
    let mut transfers = Vec::with_capacity(new.len());
    let mut deltas = Deltas::default();
    for payment in new {
        let (debit, credit) = *accounts
            .get(&(payment.batch(), payment.regency.clone()))
            .ok_or_else(|| Error::invariant(format!("nothing was reserved for payment {}", payment.key().1)))?;
        let (tranche, subject, amount) = (payment.key().0, payment.key().1.0, payment.amount());
        transfers.push(Transfer { tranche, subject, kind: Kind::RecipientFunded, n: 1, debit, credit, amount, document: String::new() });
        deltas.add(tranche, &payment.village, &payment.pay_point, Measure::Funded, amount)?;
    }
    payments::set(tx, Moment::Funded, &new.iter().map(|payment| payment.key()).collect::<Vec<_>>()).await?;
    let posted = ledger::post(tx, &transfers).await?;
    if posted.len() != new.len() {
        return Err(Error::invariant(format!("{} payments without funds, {} transfers new", new.len(), posted.len())));
    }
    deltas.write(tx).await
}
