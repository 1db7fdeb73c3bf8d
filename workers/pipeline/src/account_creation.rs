//! account-creation: one account per person for all tranches, found or created, and attached to the payment.
//!
//! Verification is structural: the rules of the NIK passed and pairs were decided; no registry was asked, and the account says so. The same
//! person under another name than the account knows is a warning (`NIK10b`), never a second account.

use std::{collections::HashMap, sync::Arc};

use salur_domain::{AccountId, TrancheId, reason::Code};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{AccountOpened, RecipientAccepted, messages};
use salur_store::{
    Error, Tx, accounts,
    payments::{self, Key, Moment, Payment},
};

use crate::{Tools, Work};

messages! {
    /// What account-creation hears.
    pub enum In { RecipientAccepted }
}
messages! {
    /// What account-creation says.
    pub enum Out { AccountOpened }
}

/// The stage.
#[derive(Debug)]
pub struct AccountCreation;

impl AccountCreation {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for AccountCreation {
    const NAME: &'static str = "account-creation";
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
        let In::RecipientAccepted(accepted) = fact;
        Ok((accepted.tranche, accepted.payment))
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Key>) -> Result<Verdicts<Out>, Failure> {
        let keys: Vec<Key> = flight.facts().copied().collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        let new: Vec<&Payment> = locked.values().filter(|payment| payment.account_opened_at.is_none() && !payment.ended_unpaid()).collect();
        open(tx, &new).await?;
        payments::set(tx, Moment::AccountOpened, &new.iter().map(|payment| payment.key()).collect::<Vec<_>>()).await?;
        let now = tx.now;
        Ok(flight.judge(|key| {
            let payment = &locked[key];
            if payment.account_opened_at.is_none() && payment.ended_unpaid() {
                return Verdict::Done;
            }
            let at = payment.account_opened_at.unwrap_or(now);
            Verdict::emit(AccountOpened { payment: key.1, tranche: key.0, account: payment.account(), at })
        }))
    }
}

/// Opens the accounts that do not exist and warns where one exists under another name.
async fn open(tx: &mut Tx, new: &[&Payment]) -> Result<(), Error> {
    if new.is_empty() {
        return Ok(());
    }
    let names = payments::names(tx, new).await?;
    let mut wanted: HashMap<AccountId, (&[u8], TrancheId)> = HashMap::new();
    for payment in new {
        wanted.entry(payment.account()).or_insert((names[&payment.key()].as_slice(), payment.key().0));
    }
    let rows: Vec<(AccountId, &[u8], TrancheId)> = wanted.iter().map(|(account, (name, tranche))| (*account, *name, *tranche)).collect();
    let opened = accounts::open(tx, &rows).await?;
    // a fresh statement sees the twin that another flight inserted meanwhile
    let found: Vec<AccountId> = wanted.keys().filter(|account| !opened.contains(account)).copied().collect();
    let known = accounts::names(tx, &found).await?;
    if known.len() != found.len() {
        return Err(Error::invariant(format!("{} accounts found taken, {} read", found.len(), known.len())));
    }
    let name_of = |payment: &Payment| known.get(&payment.account()).map_or(wanted[&payment.account()].0, Vec::as_slice);
    let renamed: Vec<_> = new.iter().filter(|payment| name_of(payment) != names[&payment.key()]).map(|p| (p.batch(), p.row())).collect();
    let renamed: Vec<_> = renamed.iter().map(|(batch, row)| (*batch, row)).collect();
    accounts::warn(tx, &renamed, Code::Nik10b.as_str()).await
}
