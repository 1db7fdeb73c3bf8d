//! pausing: what people pause and resume is decided here, and what waited out a pause is said again.
//!
//! Hears `pauses.decided` from the portal and its own steps. A decision is remembered once, with what came of it ([`pauses::decide`]). Who obeys a pause
//! reads the rows: a worker process every two seconds which stages are paused, a flight that moves money which tranches and regencies, a counter all that
//! concerns it. While a tranche or a regency is paused the facts of its payments are done without effect, so nothing circulates however long it lasts and
//! however many families wait. When it ends, a sweep over the payments of the tranches concerned says for each that waits the fact that brought it where it
//! stands; the stage whose turn it is answers from rows, so what was said twice is done once, and what another pause still holds rests again.
//!
//! This stage cannot be paused, or nobody could resume anything. Bounds: [`waiting::SWEEP_ROWS`] payments looked at in a step.

use std::sync::Arc;

use salur_domain::pause::Kind;
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{AccountOpened, PauseDecided, RecipientAccepted, ResumptionAdvanced, TransferPosted, messages};
use salur_store::{
    Error, Tx,
    pauses::{
        self,
        waiting::{self, Turn, Waiting},
    },
};

use crate::{Tools, Work};

messages! {
    /// What pausing hears.
    pub enum In { PauseDecided, ResumptionAdvanced }
}
messages! {
    /// What pausing says.
    pub enum Out { ResumptionAdvanced, RecipientAccepted, AccountOpened, TransferPosted }
}

/// The stage.
#[derive(Debug)]
pub struct Pausing;

impl Pausing {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for Pausing {
    const NAME: &'static str = "pausing";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = In;
    type Work = Work;

    /// One step at a time: a step is thousands of payments, and a decision should not wait behind many.
    fn policy(&self) -> Policy {
        Policy { flight_facts: 1, prefetch: 2, lanes: 1, ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<(), Failure> {
        Ok(())
    }

    async fn prepare(&self, fact: &In, (): &()) -> Result<In, Failure> {
        Ok(fact.clone())
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, In>) -> Result<Verdicts<Out>, Failure> {
        let mut verdicts = Vec::with_capacity(flight.len());
        for fact in flight.facts() {
            verdicts.push(match fact {
                In::PauseDecided(decided) => decide(tx, decided).await?,
                In::ResumptionAdvanced(step) => advance(tx, step).await?,
            });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

async fn decide(tx: &mut Tx, fact: &PauseDecided) -> Result<Verdict<Out>, Error> {
    let stages: Vec<&str> = crate::specs().iter().map(|spec| spec.name).collect();
    let decided = pauses::decide(tx, fact, &stages).await?;
    let kind = Kind::parse(&decided.kind).ok_or_else(|| Error::invariant(format!("kind {} of a pause", decided.kind)))?;
    if decided.effect != "resumed" || !matches!(kind, Kind::Tranche | Kind::Regency) {
        return Ok(Verdict::Done);
    }
    let regency = (kind == Kind::Regency).then(|| decided.scope.clone());
    let (decision, at) = (fact.decision, decided.decided_at);
    let tranches = pauses::tranches(tx, kind, &decided.scope).await?.into_iter();
    let steps = tranches.map(|tranche| ResumptionAdvanced { decision, tranche, regency: regency.clone(), after: None, at }.into());
    let steps: Vec<Out> = steps.collect();
    Ok(if steps.is_empty() { Verdict::Done } else { Verdict::Emit(steps) })
}

async fn advance(tx: &mut Tx, step: &ResumptionAdvanced) -> Result<Verdict<Out>, Error> {
    let found = waiting::next(tx, step.tranche, step.regency.as_deref(), step.after).await?;
    let mut out: Vec<Out> = found.waiting.into_iter().map(|waiting| again(step, waiting)).collect();
    out.extend(found.next.map(|last| ResumptionAdvanced { after: Some(last), ..step.clone() }.into()));
    Ok(if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) })
}

/// The fact that brought a payment where it stands.
fn again(step: &ResumptionAdvanced, waiting: Waiting) -> Out {
    let Waiting { payment, turn, since: at } = waiting;
    let tranche = step.tranche;
    match turn {
        Turn::Account { source, batch, row } => RecipientAccepted { payment, tranche, source, batch, row, at }.into(),
        Turn::Funding(account) => AccountOpened { payment, tranche, account, at }.into(),
        Turn::Cheque(amount) => TransferPosted { payment, tranche, amount, at }.into(),
    }
}
