//! status-finalizer: the hand-over is booked once, and the payment becomes paid or in question.
//!
//! Accepted -> paid. Questioned -> handed over, in question: the cash has left the drawer, so it is booked and never returned by the clock. A
//! second capture of a payment that was handed over is a case naming both tellers; no money moves twice. One visit may cover several payments. A
//! capture of a payment that was returned meanwhile is late: fund-return reviews it, and `returns.reviewed` says whether it is booked or a case.
//!
//! Whether a hand-over stands is decided by people ([`decisions`]): a supervisor reviews what is in question, and a wrong hand-over is undone by its claim.
//! What does not stand is open again, and no capture of that claim hands it over. A reviewer may ask for another photo first: the next capture of the claim
//! answers, and changes nothing until somebody decides.

use std::{collections::HashMap, sync::Arc};

use salur_domain::{CaptureId, PaymentStatus};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{
    CaptureLate, CaseOpened, HandOverUndone, Outcome, PaymentQuestioned, PaymentReopened, PaymentSettled, PhotoAsked, ProofAccepted,
    ProofQuestioned, ProofReviewed, ReturnReviewed, messages,
};
use salur_store::{
    Timestamp, Tx, master,
    payments::{self, Key, Origin},
    proofs::Proof,
};

use crate::{Tools, Work, answer::of_payment};
use books::Books;
use captures::{Judged, Seen};
use decisions::{Decision, Subjects};

mod books;
mod captures;
mod decisions;

messages! {
    /// What status-finalizer hears.
    pub enum In { ProofAccepted, ProofQuestioned, ReturnReviewed, ProofReviewed, PhotoAsked, HandOverUndone }
}
messages! {
    /// What status-finalizer says.
    pub enum Out { PaymentSettled, PaymentQuestioned, PaymentReopened, CaptureLate, CaseOpened, Outcome }
}

/// The stage.
#[derive(Debug)]
pub struct StatusFinalizer(Arc<Tools>);

/// Programme of each tranche.
pub type Programmes = HashMap<i32, String>;

/// What was heard.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Of a capture: it was judged, or reviewed since it was late.
    Capture(Judged),
    /// That a hand-over stands or does not.
    Decision(Decision),
}

impl StatusFinalizer {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for StatusFinalizer {
    const NAME: &'static str = "status-finalizer";
    type In = In;
    type Out = Out;
    type Context = Programmes;
    type Ready = (Heard, Arc<Programmes>);
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 200, prefetch: 200, ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<Programmes, Failure> {
        let tranches = master::tranches(&self.0.database).await?;
        Ok(tranches.into_iter().map(|tranche| (tranche.id().0, tranche.programme)).collect())
    }

    async fn prepare(&self, fact: &In, programmes: &Programmes) -> Result<Self::Ready, Failure> {
        let heard = match fact {
            In::ProofAccepted(fact) => Heard::Capture(Judged::proof(fact.capture, true)),
            In::ProofQuestioned(fact) => Heard::Capture(Judged::proof(fact.capture, false)),
            In::ReturnReviewed(fact) => Heard::Capture(Judged::review(fact.capture, (fact.tranche, fact.payment), fact.reopened)),
            In::ProofReviewed(fact) => Heard::Decision(Decision::Review(fact.clone())),
            In::PhotoAsked(fact) => Heard::Decision(Decision::Photo(fact.clone())),
            In::HandOverUndone(fact) => Heard::Decision(Decision::Undo(fact.clone())),
        };
        Ok((heard, Arc::new(programmes.clone())))
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Self::Ready>) -> Result<Verdicts<Out>, Failure> {
        let (captures, decisions) = apart(flight);
        let programmes = flight.facts().next().map(|ready| Arc::clone(&ready.1)).unwrap_or_default();
        let visits = captures::visits(tx, &captures).await?;
        let subjects = Subjects::of(tx, &decisions).await?;
        let keys: Vec<Key> = visits.values().flat_map(Proof::payments).chain(subjects.payments()).collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        let mut books = Books::default();
        let seen = Seen::of(tx, &captures, visits, &locked).await?;
        captures::hand_over(tx, &captures, &seen, &locked, &programmes, &mut books).await?;
        let decided = decisions::decide(tx, &decisions, &subjects, &programmes, &mut books).await?;
        books.close(tx).await?;
        let mut said = captures::say(tx, &captures, &seen, &locked).await?.into_iter();
        Ok(flight.judge(|(heard, _)| {
            let out = match heard {
                Heard::Capture(_) => said.next().expect("something or nothing is said of each capture"),
                Heard::Decision(decision) => decided[&decision.id()].clone(),
            };
            if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) }
        }))
    }
}

/// Captures and decisions of a flight, each in the flight's order.
fn apart<'a>(flight: &Flight<'a, (Heard, Arc<Programmes>)>) -> (Vec<&'a Judged>, Vec<&'a Decision>) {
    let (mut captures, mut decisions) = (Vec::new(), Vec::new());
    for (heard, _) in flight.facts() {
        match heard {
            Heard::Capture(judged) => captures.push(judged),
            Heard::Decision(decision) => decisions.push(decision),
        }
    }
    (captures, decisions)
}

/// What a payment became by a capture, and what upstream hears of it.
fn settled((tranche, payment): Key, capture: CaptureId, status: PaymentStatus, at: Timestamp, origin: &Origin) -> [Out; 2] {
    let outcome = of_payment(origin, status, Vec::new(), at);
    match status {
        PaymentStatus::Paid => [PaymentSettled { payment, tranche, capture, at }.into(), outcome.into()],
        _ => [PaymentQuestioned { payment, tranche, capture, at }.into(), outcome.into()],
    }
}
