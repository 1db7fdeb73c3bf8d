//! account-creation: one account per person for all tranches, found or created, and attached to the payment.
//!
//! Only a verified account may be paid. Where a civil registry is configured it is asked while a fact is prepared, once per payment, and its answer is
//! remembered: confirmed, the account is attached; anything else stops the payment, which stays `accepted`, is shown as held (`CIV01`, `CIV02`) and goes on
//! only when a person releases it, by the same fact said again with the moment of that decision. A payment whose tranche or regency is paused rests as it is
//! ([`salur_store::pauses`]), and nobody is asked about it. Without a registry verification is structural: the rules
//! of the NIK passed and pairs were decided. The same person under another name than the account knows is a warning (`NIK10b`), never a second account.
//!
//! Bounds: a question without an answer is asked again after [`ASK_AGAIN`]; what else bounds asking stands in [`crate::registry`].

mod asking;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use salur_domain::{AccountId, RowKey, RowStatus, SourceName, TrancheId, reason::Code};
use salur_runtime::stage::{Delay, Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{AccountOpened, Outcome, RecipientAccepted, messages};
use salur_store::{
    Error, Timestamp, Tx, accounts, pauses,
    payments::{self, Key, Moment, Payment},
    registry::{self, Open, Stopped},
};

use crate::{Tools, Work, answer::reasons};
use asking::{Answers, Asked};

/// Until a question that had no answer is asked again.
const ASK_AGAIN: Delay = Delay::Minutes2;

messages! {
    /// What account-creation hears.
    pub enum In { RecipientAccepted }
}
messages! {
    /// What account-creation says.
    pub enum Out { AccountOpened, Outcome }
}

/// The stage.
#[derive(Debug)]
pub struct AccountCreation(Arc<Tools>);

/// A payment, and what is known of its person.
#[derive(Debug)]
pub struct Ready {
    key: Key,
    /// When it was accepted, or released by a person.
    at: Timestamp,
    asked: Asked,
}

impl AccountCreation {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for AccountCreation {
    const NAME: &'static str = "account-creation";
    type In = In;
    type Out = Out;
    type Context = HashMap<Key, Open>;
    type Ready = Ready;
    type Work = Work;

    fn policy(&self) -> Policy {
        let usual = Policy::default();
        let concurrency = self.0.registry.as_ref().map_or(usual.concurrency, |door| door.at_once);
        Policy { flight_facts: 2_000, concurrency, ..usual }
    }

    async fn load(&self, facts: &[In]) -> Result<HashMap<Key, Open>, Failure> {
        if self.0.registry.is_none() {
            return Ok(HashMap::new());
        }
        let keys: Vec<Key> = facts.iter().map(|In::RecipientAccepted(accepted)| (accepted.tranche, accepted.payment)).collect();
        Ok(registry::open(&self.0.database, &keys).await?)
    }

    async fn prepare(&self, fact: &In, open: &HashMap<Key, Open>) -> Result<Ready, Failure> {
        let In::RecipientAccepted(accepted) = fact;
        let key = (accepted.tranche, accepted.payment);
        let asked = match &self.0.registry {
            Some(door) => asking::ask(&self.0.keys, door, key, open.get(&key)).await?,
            None => Asked::Nobody,
        };
        Ok(Ready { key, at: accepted.at, asked })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let keys: Vec<Key> = flight.facts().map(|ready| ready.key).collect();
        let stands = payments::read(tx, &keys).await?;
        crate::all_exist(&keys, &stands)?;
        let answers = Answers::of(flight.facts());
        let paused = pauses::of_payments(tx).await?;
        // the fact of a payment that rests is done: its row says where it stands, and the resumption says the fact again
        let rests = |payment: &Payment| is_open_to_account(payment) && paused.stops(payment);
        let new: Vec<&Payment> = stands.values().filter(|payment| waits(payment) && !rests(payment)).collect();
        answers.remember(tx, &new).await?;
        let stopped = stopped(tx, &stands, &new, &answers).await?;
        let goes_on = |ready: &Ready| match stopped.get(&ready.key) {
            Some(stopped) => stopped.released_at.is_some_and(|released_at| ready.at >= released_at),
            None => answers.allow(ready.key),
        };
        let wanted: HashSet<Key> = flight.facts().filter(|ready| goes_on(ready)).map(|ready| ready.key).collect();
        let opened: HashSet<Key> = wanted.into_iter().filter(|key| is_open_to_account(&stands[key]) && !rests(&stands[key])).collect();
        let new: Vec<&Payment> = opened.iter().map(|key| &stands[key]).collect();
        open(tx, &new).await?;
        payments::set(tx, Moment::AccountOpened, &new).await?;
        answers.tally(tx, &opened, &stands).await?;
        let now = tx.now;
        let held = stopped.iter().map(|(key, stopped)| Ok((*key, outcome(stopped)?))).collect::<Result<HashMap<Key, Outcome>, Error>>()?;
        Ok(flight.judge(|ready| {
            let (key, payment) = (ready.key, &stands[&ready.key]);
            match (held.get(&key), answers.about(key)) {
                (Some(held), _) if !goes_on(ready) => return Verdict::emit(held.clone()),
                _ if rests(payment) => return Verdict::Done,
                (None, Asked::Silent) if waits(payment) => return Verdict::Later(ASK_AGAIN, "the civil registry did not answer"),
                (None, Asked::Nothing) if waits(payment) => return Verdict::Again,
                _ => {}
            }
            if payment.account_opened_at.is_none() && payment.ended_unpaid() {
                return Verdict::Done;
            }
            let at = payment.account_opened_by(now);
            Verdict::emit(AccountOpened { payment: key.1, tranche: key.0, account: payment.account(), at })
        }))
    }
}

/// Whether a payment may still get an account.
fn is_open_to_account(payment: &Payment) -> bool {
    payment.account_opened_at.is_none() && !payment.ended_unpaid()
}

/// Whether it waits for its account and for nothing else.
fn waits(payment: &Payment) -> bool {
    is_open_to_account(payment) && payment.unverified_at.is_none()
}

/// Those of a flight that a registry's answer stopped, now or before. Where nobody was, nothing is read.
async fn stopped(
    tx: &mut Tx,
    stands: &HashMap<Key, Payment>,
    new: &[&Payment],
    answers: &Answers<'_>,
) -> Result<HashMap<Key, Stopped>, Error> {
    let before = stands.values().filter(|payment| payment.unverified_at.is_some()).map(Payment::key);
    let keys: Vec<Key> = before.chain(new.iter().map(|payment| payment.key()).filter(|key| answers.stop(*key))).collect();
    let stopped = registry::stopped(tx, &keys).await?;
    if stopped.len() != keys.len() {
        return Err(Error::invariant(format!("{} payments were stopped, {} have the answer that did", keys.len(), stopped.len())));
    }
    Ok(stopped)
}

/// What upstream hears of a payment that was stopped.
fn outcome(stopped: &Stopped) -> Result<Outcome, Error> {
    Ok(Outcome {
        source: SourceName(stopped.source.clone()),
        batch: stopped.batch.clone(),
        row: RowKey(stopped.row.clone()),
        status: RowStatus::Held.into(),
        reasons: reasons(std::iter::once(stopped.code()?.as_str())),
        at: stopped.answered_at,
    })
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
    let known = if accounts::open(tx, &rows).await? {
        wanted.into_iter().map(|(account, (name, _))| (account, name.to_vec())).collect()
    } else {
        // a fresh statement sees the twin that another flight inserted meanwhile
        accounts::names(tx, &rows.iter().map(|(account, ..)| *account).collect::<Vec<_>>()).await?
    };
    if known.len() != rows.len() {
        return Err(Error::invariant(format!("{} accounts opened or found, {} read", rows.len(), known.len())));
    }
    let is_renamed = |payment: &&&Payment| known[&payment.account()] != names[&payment.key()];
    let renamed: Vec<_> = new.iter().filter(is_renamed).map(|payment| (payment.batch(), payment.row())).collect();
    let renamed: Vec<_> = renamed.iter().map(|(batch, row)| (*batch, row)).collect();
    accounts::warn(tx, &renamed, Code::Nik10b.as_str()).await
}
