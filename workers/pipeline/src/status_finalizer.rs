//! status-finalizer: the hand-over is booked once, and the payment becomes paid or in question.
//!
//! Accepted -> paid. Questioned -> handed over, in question: the cash has left the drawer, so it is booked and never returned by the clock. A
//! second capture of a payment that was handed over is a case naming both tellers; no money moves twice. One visit may cover several payments. A
//! capture of a payment that was returned meanwhile is late: fund-return reviews it, and `returns.reviewed` says whether it is booked or a case.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use salur_domain::{CaptureId, PaymentStatus};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{
    CaptureLate, CaseOpened, Outcome, PaymentQuestioned, PaymentSettled, ProofAccepted, ProofQuestioned, ReturnReviewed, messages,
};
use salur_store::{
    Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    master,
    payments::{self, Key, Moment, Origin, Payment},
    proofs::{self, HandOver, NewCase, NewHandOver, Proof},
    returns::captures,
    tallies::{Deltas, Measure},
};
use uuid::Uuid;

use crate::{Tools, Work, answer::of_payment};

messages! {
    /// What status-finalizer hears.
    pub enum In { ProofAccepted, ProofQuestioned, ReturnReviewed }
}
messages! {
    /// What status-finalizer says.
    pub enum Out { PaymentSettled, PaymentQuestioned, CaptureLate, CaseOpened, Outcome }
}

/// The stage.
#[derive(Debug)]
pub struct StatusFinalizer(Arc<Tools>);

/// Programme of each tranche.
pub type Programmes = HashMap<i32, String>;

/// Captures of payments that had been returned when they were heard, and since when that is known.
type Late = HashMap<(Key, CaptureId), Timestamp>;

/// A capture and what was heard of it.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    capture: CaptureId,
    heard: Heard,
}

#[derive(Debug, Clone, Copy)]
enum Heard {
    /// Its judgement.
    Proof { believed: bool },
    /// It was late for this payment, which is open again or not.
    Review { payment: Key, reopened: bool },
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
    type Ready = (Judged, Arc<Programmes>);
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 200, prefetch: 200, ..Policy::default() }
    }

    async fn load(&self, _: &[In]) -> Result<Programmes, Failure> {
        let tranches = master::tranches(&self.0.database).await?;
        Ok(tranches.into_iter().map(|tranche| (tranche.id().0, tranche.programme)).collect())
    }

    async fn prepare(&self, fact: &In, programmes: &Programmes) -> Result<Self::Ready, Failure> {
        let (capture, heard) = match fact {
            In::ProofAccepted(fact) => (fact.capture, Heard::Proof { believed: true }),
            In::ProofQuestioned(fact) => (fact.capture, Heard::Proof { believed: false }),
            In::ReturnReviewed(fact) => (fact.capture, Heard::Review { payment: (fact.tranche, fact.payment), reopened: fact.reopened }),
        };
        Ok((Judged { capture, heard }, Arc::new(programmes.clone())))
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Self::Ready>) -> Result<Verdicts<Out>, Failure> {
        let visits = visits(tx, flight).await?;
        let keys: Vec<Key> = visits.values().flat_map(Proof::payments).collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        let late = set_late_aside(tx, flight, &visits, &locked, &keys).await?;
        let programmes = flight.facts().next().map(|ready| Arc::clone(&ready.1)).unwrap_or_default();
        hand_over(tx, flight, &visits, &locked, &late, &programmes).await?;
        let done = proofs::hand_overs(tx, &keys).await?;
        let origins = payments::origins(tx, &keys).await?;
        let judged = flight.facts().map(|(judged, _)| (judged, &visits[&judged.capture]));
        let cases: Vec<NewCase> = judged.flat_map(|(judged, visit)| cases_of(judged, visit, &done, &locked, &late)).collect();
        let opened = proofs::open_cases(tx, &cases).await?;
        Ok(flight.judge(|(judged, _)| {
            let visit = &visits[&judged.capture];
            let mut out: Vec<Out> = judged
                .payments(visit, &late)
                .filter_map(|key| by_capture(&done, &key, judged.capture).map(|done| (key, done)))
                .flat_map(|(key, done)| settled(done, &origins[&key]))
                .collect();
            out.extend(judged.late(visit, &late).map(Out::from));
            out.extend(cases_of(judged, visit, &done, &locked, &late).map(|case| case_opened(&case, &opened)));
            if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) }
        }))
    }
}

impl Judged {
    /// Payments of its visit that it decides about: late ones are decided by their review.
    fn payments(&self, visit: &Proof, late: &Late) -> impl Iterator<Item = Key> {
        let (heard, capture) = (self.heard, self.capture);
        visit.payments().into_iter().filter(move |key| match heard {
            Heard::Proof { .. } => !late.contains_key(&(*key, capture)),
            Heard::Review { payment, .. } => payment == *key,
        })
    }

    /// What is said of payments that had been returned when its judgement was heard.
    fn late(&self, visit: &Proof, late: &Late) -> impl Iterator<Item = CaptureLate> {
        let (capture, is_proof) = (self.capture, matches!(self.heard, Heard::Proof { .. }));
        let of = move |key: Key| late.get(&(key, capture)).map(|at| CaptureLate { payment: key.1, tranche: key.0, capture, at: *at });
        visit.payments().into_iter().filter(move |_| is_proof).filter_map(of)
    }

    /// Whether a review said that the return of its payment stands.
    fn is_turned_away(&self) -> bool {
        matches!(self.heard, Heard::Review { reopened: false, .. })
    }
}

/// The stored proofs of a flight: payments and judgement are read from there, the message only names the capture.
async fn visits(tx: &mut Tx, flight: &Flight<'_, (Judged, Arc<Programmes>)>) -> Result<HashMap<CaptureId, Proof>, Error> {
    let captures: Vec<CaptureId> = flight.facts().map(|(judged, _)| judged.capture).collect();
    let visits = proofs::read(tx, &captures).await?;
    for (judged, _) in flight.facts() {
        let expected = match judged.heard {
            Heard::Proof { believed: true } => "accepted",
            Heard::Proof { believed: false } => "questioned",
            Heard::Review { .. } => "accepted or questioned",
        };
        match visits.get(&judged.capture) {
            Some(proof) if expected.split(" or ").any(|word| word == proof.judgement) => {}
            Some(proof) => {
                return Err(Error::invariant(format!("capture {} was judged {}, not {expected}", judged.capture, proof.judgement)));
            }
            None => return Err(Error::invariant(format!("capture {} was never judged", judged.capture))),
        }
    }
    Ok(visits)
}

/// Remembers which captures found their payment returned; all that are known of these payments.
async fn set_late_aside(
    tx: &mut Tx,
    flight: &Flight<'_, (Judged, Arc<Programmes>)>,
    visits: &HashMap<CaptureId, Proof>,
    locked: &HashMap<Key, Payment>,
    keys: &[Key],
) -> Result<Late, Error> {
    let known = captures::late(tx, keys).await?;
    let mut late: Late = known.into_iter().map(|(key, capture, at)| ((key, capture), at)).collect();
    let proofs = flight.facts().map(|(judged, _)| judged).filter(|judged| matches!(judged.heard, Heard::Proof { .. }));
    let found = proofs.flat_map(|judged| visits[&judged.capture].payments().into_iter().map(|key| (key, judged.capture)));
    let new: Vec<_> = found.filter(|late_one| locked[&late_one.0].returned_at.is_some() && !late.contains_key(late_one)).collect();
    captures::keep_late(tx, &new).await?;
    late.extend(new.into_iter().map(|one| (one, tx.now)));
    Ok(late)
}

/// Books the hand-over of every payment that was not handed over before; the first capture of the flight wins.
async fn hand_over(
    tx: &mut Tx,
    flight: &Flight<'_, (Judged, Arc<Programmes>)>,
    visits: &HashMap<CaptureId, Proof>,
    locked: &HashMap<Key, Payment>,
    late: &Late,
    programmes: &Programmes,
) -> Result<(), Error> {
    let mut taken: HashSet<Key> = HashSet::new();
    let mut rows: Vec<NewHandOver<'_>> = Vec::new();
    for (judged, _) in flight.facts().filter(|(judged, _)| !judged.is_turned_away()) {
        let (visit, capture) = (&visits[&judged.capture], judged.capture);
        for key in judged.payments(visit, late) {
            let payment = &locked[&key];
            if payment.handed_over_at.is_none() && !payment.ended_unpaid() && taken.insert(key) {
                let (teller, believed) = (visit.teller.as_str(), visit.judgement == "accepted");
                rows.push(NewHandOver { payment: key, n: payment.round, capture, teller, believed });
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let pick = |believed: bool| rows.iter().filter(|row| row.believed == believed).map(|row| row.payment).collect::<Vec<_>>();
    payments::set(tx, Moment::Paid, &pick(true)).await?;
    payments::set(tx, Moment::InQuestion, &pick(false)).await?;
    proofs::hand_over(tx, &rows).await?;
    let transfers = transfers(tx, &rows, locked, programmes).await?;
    let posted = ledger::post(tx, &transfers).await?;
    if posted.len() != rows.len() {
        return Err(Error::invariant(format!("{} hand-overs, {} transfers new", rows.len(), posted.len())));
    }
    let mut deltas = Deltas::default();
    for row in &rows {
        let payment = &locked[&row.payment];
        let measure = if row.believed { Measure::Paid } else { Measure::InQuestion };
        deltas.add(row.payment.0, &payment.village, &payment.pay_point, measure, payment.amount())?;
    }
    deltas.write(tx).await
}

/// recipient / teller cash, per payment.
async fn transfers(
    tx: &mut Tx,
    rows: &[NewHandOver<'_>],
    locked: &HashMap<Key, Payment>,
    programmes: &Programmes,
) -> Result<Vec<Transfer>, Error> {
    let accounts_of = |key: &Key, teller: &str| {
        let programme = programmes.get(&key.0.0).ok_or_else(|| Error::invariant("a payment's tranche has a programme"))?;
        Ok::<_, Error>((AccountKey::recipient(programme, key.0, &locked[key].regency), AccountKey::teller(programme, teller)))
    };
    let mut wanted = Vec::with_capacity(rows.len() * 2);
    for row in rows {
        wanted.extend(<[_; 2]>::from(accounts_of(&row.payment, row.teller)?));
    }
    let ids = ledger::accounts(tx, &wanted, false).await?;
    rows.iter()
        .map(|row| {
            let (recipient, cash) = accounts_of(&row.payment, row.teller)?;
            let (amount, (tranche, id)) = (locked[&row.payment].amount(), row.payment);
            let (debit, credit) = (ids[&recipient], ids[&cash]);
            Ok(Transfer { tranche, subject: id.0, kind: Kind::HandOver, n: row.n, debit, credit, amount, document: String::new() })
        })
        .collect()
}

/// The hand-over that a capture did of a payment.
fn by_capture<'a>(done: &'a HashMap<Key, Vec<HandOver>>, key: &Key, capture: CaptureId) -> Option<&'a HandOver> {
    done.get(key).into_iter().flatten().find(|done| done.capture() == capture)
}

/// Payments that another capture had handed over already, or that had ended: somebody has to ask where that money went.
fn cases_of(
    judged: &Judged,
    visit: &Proof,
    done: &HashMap<Key, Vec<HandOver>>,
    locked: &HashMap<Key, Payment>,
    late: &Late,
) -> impl Iterator<Item = NewCase> {
    let case_of = |key: Key| {
        if by_capture(done, &key, judged.capture).is_some() {
            return None;
        }
        let case = |kind, other| NewCase { kind, capture: judged.capture, payment: Some(key), teller: visit.teller.clone(), other };
        match done.get(&key).and_then(|rounds| rounds.last()) {
            _ if judged.is_turned_away() => Some(case("ended_capture", None)),
            Some(other) => Some(case("second_capture", Some((other.capture(), other.teller.clone())))),
            None => locked[&key].ended_unpaid().then(|| case("ended_capture", None)),
        }
    };
    judged.payments(visit, late).filter_map(case_of).collect::<Vec<_>>().into_iter()
}

/// What a payment that a capture handed over became, from its row alone.
fn settled(done: &HandOver, origin: &Origin) -> [Out; 2] {
    let (capture, at, (tranche, payment)) = (done.capture(), done.at, done.key());
    if done.believed {
        let outcome = of_payment(origin, PaymentStatus::Paid, Vec::new(), at);
        [PaymentSettled { payment, tranche, capture, at }.into(), outcome.into()]
    } else {
        let outcome = of_payment(origin, PaymentStatus::InQuestion, Vec::new(), at);
        [PaymentQuestioned { payment, tranche, capture, at }.into(), outcome.into()]
    }
}

fn case_opened(case: &NewCase, opened: &HashMap<Uuid, Timestamp>) -> Out {
    CaseOpened { kind: case.kind.into(), capture: case.capture, payment: case.payment.map(|key| key.1), at: opened[&case.id()] }.into()
}
