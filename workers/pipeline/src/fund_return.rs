//! fund-return: what was never handed over goes back to the treasury.
//!
//! Hears `returns.advanced`: the clock says a tranche's first step once its `returns_at` has passed, and each step says its successor ([`returns`]).
//! Every payment that was neither handed over nor ended goes from its recipient, or from the reserve if it was never funded, to what the treasury is
//! due, with a reason of the closed list ([`ReturnReasonGiven`], or nobody came); upstream hears `returned`. What was handed over is never
//! returned, and a family that stands at a counter is left until its lease is over. By the database's clock: one that goes backwards makes a step
//! idle, not wrong. While a tranche or a regency is paused nothing of it goes back.
//!
//! A payment that is open again once the window is over, since its hand-over did not stand, is returned at once: no sweep looks at it any more.
//! A capture from within the window that comes after the return reverses it for as long as its statement to the treasury is not approved. Statements, and the
//! closing of a tranche, are signed by two people under the same sum ([`returns::acts`]).

use std::sync::Arc;

use salur_domain::{PaymentStatus, TrancheId, reason::Code};
use salur_runtime::stage::{Delay, Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{
    Act, ActSigned, CaptureLate, FundsReturned, Outcome, PaymentReopened, ReturnAdvanced, ReturnReasonGiven, ReturnReviewed,
    StatementApproved, StatementRemitted, TrancheClosed, messages,
};
use salur_store::{
    Error, Tx,
    payments::{self, Key},
    returns::{self, Reopened, Returned, Step, Swept, acts, captures, reasons::Given, statements},
};

use crate::{
    Tools, Work,
    answer::{of_payment, reasons},
};

messages! {
    /// What fund-return hears.
    pub enum In { ReturnAdvanced, ReturnReasonGiven, PaymentReopened, CaptureLate, ActSigned, StatementRemitted }
}
messages! {
    /// What fund-return says.
    pub enum Out { ReturnAdvanced, FundsReturned, ReturnReviewed, StatementApproved, TrancheClosed, Outcome }
}

/// Payments looked at in a step.
const SWEEP_ROWS: i64 = 5_000;

/// The stage.
#[derive(Debug)]
pub struct FundReturn;

impl FundReturn {
    /// Needs no tools but its transaction.
    pub fn new(_: Arc<Tools>) -> Self {
        Self
    }
}

impl Stage for FundReturn {
    const NAME: &'static str = "fund-return";
    type In = In;
    type Out = Out;
    type Context = ();
    type Ready = In;
    type Work = Work;

    /// One step at a time: a step is thousands of payments.
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
                In::ReturnAdvanced(step) => advance(tx, step).await?,
                In::ReturnReasonGiven(given) => give_reason(tx, given).await?,
                In::PaymentReopened(reopened) => return_again(tx, reopened).await?,
                In::CaptureLate(late) => review(tx, late).await?,
                In::ActSigned(signed) => sign(tx, signed).await?,
                In::StatementRemitted(remitted) => remit(tx, remitted).await?,
            });
        }
        let mut verdicts = verdicts.into_iter();
        Ok(flight.judge(|_| verdicts.next().expect("one verdict per fact")))
    }
}

/// The first steps that are due, for the clock: the same for as long as nobody took them.
pub async fn due(tools: &Tools) -> Result<Vec<Out>, Failure> {
    let due = returns::due(&tools.database).await?;
    Ok(due.into_iter().map(|(tranche, pass, at)| ReturnAdvanced { tranche, pass, after: None, at }.into()).collect())
}

async fn advance(tx: &mut Tx, step: &ReturnAdvanced) -> Result<Verdict<Out>, Error> {
    let ReturnAdvanced { tranche, pass, after, .. } = *step;
    let (returned, next, at) = match returns::sweep(tx, Step { tranche, pass, after }, SWEEP_ROWS).await? {
        Swept::Done { returned, next, at } => (returned, next, at),
        Swept::Idle => return Ok(Verdict::Done),
        Swept::Paused => return Ok(Verdict::Wait(Delay::Seconds30, "the tranche is paused")),
        Swept::Releasing => return Ok(Verdict::Wait(Delay::Seconds30, "a batch of the tranche is under release")),
    };
    let mut out = Vec::with_capacity(returned.len() * 2 + 1);
    tell(tx, tranche, &returned, &mut out).await?;
    out.extend(next.map(|last| ReturnAdvanced { tranche, pass, after: Some(last), at }.into()));
    Ok(if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) })
}

async fn return_again(tx: &mut Tx, reopened: &PaymentReopened) -> Result<Verdict<Out>, Error> {
    let PaymentReopened { payment, tranche, round, .. } = *reopened;
    let mut out = Vec::new();
    match returns::reopened(tx, (tranche, payment), round).await? {
        Reopened::Waits => {}
        Reopened::Paused => return Ok(Verdict::Wait(Delay::Seconds30, "the payment is paused")),
        Reopened::AtCounter => return Ok(Verdict::Later(Delay::Minutes2, "a counter has the family's cheque")),
        Reopened::Returned(returned) => tell(tx, tranche, &[returned], &mut out).await?,
    }
    Ok(if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) })
}

async fn tell(tx: &mut Tx, tranche: TrancheId, returned: &[Returned], out: &mut Vec<Out>) -> Result<(), Error> {
    let keys: Vec<Key> = returned.iter().map(|returned| (tranche, returned.payment())).collect();
    let origins = payments::origins(tx, &keys).await?;
    for (key, returned) in keys.iter().zip(returned) {
        let (reason, at) = (returned.reason()?, returned.returned_at);
        out.push(FundsReturned { payment: key.1, tranche: key.0, reason, amount: returned.amount(), at }.into());
        let code = reason.code().map(Code::as_str);
        out.push(of_payment(&origins[key], PaymentStatus::Returned, reasons(code.into_iter()), at).into());
    }
    Ok(())
}

async fn give_reason(tx: &mut Tx, given: &ReturnReasonGiven) -> Result<Verdict<Out>, Error> {
    let ReturnReasonGiven { decision, payment, tranche, reason, document, actor, .. } = given;
    let given = Given { decision: *decision, payment: (*tranche, *payment), reason: *reason, document, actor };
    returns::reasons::give(tx, &given).await?;
    Ok(Verdict::Done)
}

async fn review(tx: &mut Tx, late: &CaptureLate) -> Result<Verdict<Out>, Error> {
    let CaptureLate { payment, tranche, capture, .. } = *late;
    let (reopened, at) = captures::review(tx, (tranche, payment), capture).await?;
    Ok(Verdict::emit(ReturnReviewed { payment, tranche, capture, reopened, at }))
}

async fn sign(tx: &mut Tx, signed: &ActSigned) -> Result<Verdict<Out>, Error> {
    let ActSigned { decision, tranche, act, rupiah, document, actor, .. } = signed;
    let asked = acts::Asked { decision: *decision, tranche: *tranche, act: act.as_str(), rupiah: *rupiah, document, actor };
    let signature = acts::sign(tx, &asked).await?;
    let (tranche, at) = (*tranche, signature.signed_at);
    Ok(match (signature.effect.as_str(), act, signature.statement) {
        ("carried_out", Act::ReturnStatement, Some(statement)) => {
            Verdict::emit(StatementApproved { tranche, statement, rupiah: *rupiah, at })
        }
        ("carried_out", Act::Close, _) => Verdict::emit(TrancheClosed { tranche, at }),
        _ => Verdict::Done,
    })
}

async fn remit(tx: &mut Tx, remitted: &StatementRemitted) -> Result<Verdict<Out>, Error> {
    let StatementRemitted { decision, tranche, statement, document, actor, .. } = remitted;
    let asked = statements::Remit { decision: *decision, tranche: *tranche, statement: *statement, document, actor };
    statements::remit(tx, &asked).await?;
    Ok(Verdict::Done)
}
