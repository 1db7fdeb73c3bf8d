//! status-finalizer: the hand-over is booked once, and the payment becomes paid or in question.
//!
//! Accepted -> paid. Questioned -> handed over, in question: the cash has left the drawer, so it is booked and never returned by the clock. A
//! second capture of a payment that was handed over is a case naming both tellers; no money moves twice. One visit may cover several payments.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use salur_domain::{CaptureId, PaymentStatus};
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{CaseOpened, Outcome, PaymentQuestioned, PaymentSettled, ProofAccepted, ProofQuestioned, messages};
use salur_store::{
    Error, Timestamp, Tx,
    ledger::{self, AccountKey, Kind, Transfer},
    master,
    payments::{self, Key, Moment, Origin, Payment},
    proofs::{self, HandOver, NewCase, Proof},
    tallies::{Deltas, Measure},
};
use uuid::Uuid;

use crate::{Tools, Work, answer::of_payment};

messages! {
    /// What status-finalizer hears.
    pub enum In { ProofAccepted, ProofQuestioned }
}
messages! {
    /// What status-finalizer says.
    pub enum Out { PaymentSettled, PaymentQuestioned, CaseOpened, Outcome }
}

/// The stage.
#[derive(Debug)]
pub struct StatusFinalizer(Arc<Tools>);

/// Programme of each tranche.
pub type Programmes = HashMap<i32, String>;

/// A judged capture.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    capture: CaptureId,
    believed: bool,
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
        let judged = match fact {
            In::ProofAccepted(fact) => Judged { capture: fact.capture, believed: true },
            In::ProofQuestioned(fact) => Judged { capture: fact.capture, believed: false },
        };
        Ok((judged, Arc::new(programmes.clone())))
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Self::Ready>) -> Result<Verdicts<Out>, Failure> {
        let visits = visits(tx, flight).await?;
        let keys: Vec<Key> = visits.values().flat_map(Proof::payments).collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        let programmes = flight.facts().next().map(|ready| Arc::clone(&ready.1)).unwrap_or_default();
        hand_over(tx, flight, &visits, &locked, &programmes).await?;
        let done = proofs::hand_overs(tx, &keys).await?;
        let origins = payments::origins(tx, &keys).await?;
        let cases: Vec<NewCase> = visits.values().flat_map(|visit| cases_of(visit, &done, &locked)).collect();
        let opened = proofs::open_cases(tx, &cases).await?;
        Ok(flight.judge(|(judged, _)| {
            let visit = &visits[&judged.capture];
            let mut out: Vec<Out> = visit
                .payments()
                .iter()
                .filter_map(|key| done.get(key).map(|done| (key, done)))
                .flat_map(|(key, done)| settled(done, visit, &origins[key]))
                .collect();
            let mine = cases.iter().filter(|case| case.capture == judged.capture);
            out.extend(mine.map(|case| case_opened(case, &opened)));
            if out.is_empty() { Verdict::Done } else { Verdict::Emit(out) }
        }))
    }
}

/// The stored proofs of a flight: payments and judgement are read from there, the message only names the capture.
async fn visits(tx: &mut Tx, flight: &Flight<'_, (Judged, Arc<Programmes>)>) -> Result<HashMap<CaptureId, Proof>, Error> {
    let captures: Vec<CaptureId> = flight.facts().map(|(judged, _)| judged.capture).collect();
    let visits = proofs::read(tx, &captures).await?;
    for (judged, _) in flight.facts() {
        let expected = if judged.believed { "accepted" } else { "questioned" };
        match visits.get(&judged.capture) {
            Some(proof) if proof.judgement == expected => {}
            Some(proof) => {
                return Err(Error::invariant(format!("capture {} was judged {}, not {expected}", judged.capture, proof.judgement)));
            }
            None => return Err(Error::invariant(format!("capture {} was never judged", judged.capture))),
        }
    }
    Ok(visits)
}

/// Books the hand-over of every payment that was not handed over before; the first capture of the flight wins.
async fn hand_over(
    tx: &mut Tx,
    flight: &Flight<'_, (Judged, Arc<Programmes>)>,
    visits: &HashMap<CaptureId, Proof>,
    locked: &HashMap<Key, Payment>,
    programmes: &Programmes,
) -> Result<(), Error> {
    let mut taken: HashSet<Key> = HashSet::new();
    let mut rows: Vec<(Key, CaptureId, &str, bool)> = Vec::new();
    for (judged, _) in flight.facts() {
        let visit = &visits[&judged.capture];
        for key in visit.payments() {
            let payment = &locked[&key];
            if payment.handed_over_at.is_none() && !payment.ended_unpaid() && taken.insert(key) {
                rows.push((key, judged.capture, visit.teller.as_str(), judged.believed));
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let pick = |believed: bool| rows.iter().filter(|row| row.3 == believed).map(|row| row.0).collect::<Vec<_>>();
    payments::set(tx, Moment::Paid, &pick(true)).await?;
    payments::set(tx, Moment::InQuestion, &pick(false)).await?;
    proofs::hand_over(tx, &rows).await?;
    let transfers = transfers(tx, &rows, locked, programmes).await?;
    let posted = ledger::post(tx, &transfers).await?;
    if posted.len() != rows.len() {
        return Err(Error::invariant(format!("{} hand-overs, {} transfers new", rows.len(), posted.len())));
    }
    let mut deltas = Deltas::default();
    for (key, _, _, believed) in &rows {
        let payment = &locked[key];
        let measure = if *believed { Measure::Paid } else { Measure::InQuestion };
        deltas.add(key.0, &payment.village, &payment.pay_point, measure, payment.amount())?;
    }
    deltas.write(tx).await
}

/// recipient / teller cash, per payment.
async fn transfers(
    tx: &mut Tx,
    rows: &[(Key, CaptureId, &str, bool)],
    locked: &HashMap<Key, Payment>,
    programmes: &Programmes,
) -> Result<Vec<Transfer>, Error> {
    let accounts_of = |key: &Key, teller: &str| {
        let programme = programmes.get(&key.0.0).ok_or_else(|| Error::invariant("a payment's tranche has a programme"))?;
        Ok::<_, Error>((AccountKey::recipient(programme, key.0, &locked[key].regency), AccountKey::teller(programme, teller)))
    };
    let mut wanted = Vec::with_capacity(rows.len() * 2);
    for (key, _, teller, _) in rows {
        wanted.extend(<[_; 2]>::from(accounts_of(key, teller)?));
    }
    let ids = ledger::accounts(tx, &wanted, false).await?;
    rows.iter()
        .map(|(key, _, teller, _)| {
            let (recipient, cash) = accounts_of(key, teller)?;
            let (amount, n) = (locked[key].amount(), locked[key].round);
            let (debit, credit) = (ids[&recipient], ids[&cash]);
            Ok(Transfer { tranche: key.0, subject: key.1.0, kind: Kind::HandOver, n, debit, credit, amount, document: String::new() })
        })
        .collect()
}

/// Payments of a visit that another capture had handed over already, or that had ended: somebody has to ask where that money went.
fn cases_of(visit: &Proof, done: &HashMap<Key, HandOver>, locked: &HashMap<Key, Payment>) -> Vec<NewCase> {
    let ended = visit.payments().into_iter().filter(|key| locked[key].ended_unpaid() && !done.contains_key(key)).map(|key| NewCase {
        kind: "ended_capture",
        capture: visit.capture(),
        payment: Some(key),
        teller: visit.teller.clone(),
        other: None,
    });
    second_captures(visit, done).chain(ended).collect()
}

fn second_captures<'a>(visit: &'a Proof, done: &'a HashMap<Key, HandOver>) -> impl Iterator<Item = NewCase> + 'a {
    visit.payments().into_iter().filter_map(|key| done.get(&key)).filter(move |first| first.capture() != visit.capture()).map(
        move |first| NewCase {
            kind: "second_capture",
            capture: visit.capture(),
            payment: Some(first.key()),
            teller: visit.teller.clone(),
            other: Some((first.capture(), first.teller.clone())),
        },
    )
}

/// What a payment that this capture handed over became, from its row alone.
fn settled(done: &HandOver, visit: &Proof, origin: &Origin) -> Vec<Out> {
    if done.capture() != visit.capture() {
        return Vec::new();
    }
    let (capture, at, (tranche, payment)) = (visit.capture(), done.at, done.key());
    if done.believed {
        let outcome = of_payment(origin, PaymentStatus::Paid, Vec::new(), at);
        vec![PaymentSettled { payment, tranche, capture, at }.into(), outcome.into()]
    } else {
        let outcome = of_payment(origin, PaymentStatus::InQuestion, Vec::new(), at);
        vec![PaymentQuestioned { payment, tranche, capture, at }.into(), outcome.into()]
    }
}

fn case_opened(case: &NewCase, opened: &HashMap<Uuid, Timestamp>) -> Out {
    CaseOpened { kind: case.kind.into(), capture: case.capture, payment: case.payment.map(|key| key.1), at: opened[&case.id()] }.into()
}
