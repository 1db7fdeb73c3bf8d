//! Captures hand over: what each capture of a flight does for the payments of its visit, and what is said of it.
//!
//! The first capture of an open payment hands it over; another is a case. What was returned is reviewed by fund-return first. A capture of a claim that was
//! undone hands nothing over, since its cash is back in the drawer, nor does one of a claim whose hand-over was not proven. All of it is read back from
//! rows, so that a capture heard again is told what it was told, whatever happened to the payment since.

use std::collections::{HashMap, HashSet};

use salur_domain::{CaptureId, ClaimId, PaymentStatus};
use salur_schemas::{CaptureLate, CaseOpened};
use salur_store::{
    Error, Timestamp, Tx,
    payments::{self, Key, Moment, Payment},
    photo_requests::{self, Requests},
    proofs::{self, HandOver, NewCase, NewHandOver, Proof},
    returns,
    reversals::{self, Spent},
    tallies::Measure,
};
use uuid::Uuid;

use super::{Out, Programmes, books::Books, settled};

/// A capture and what was heard of it.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    capture: CaptureId,
    heard: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// Its judgement.
    Proof { believed: bool },
    /// It was late for this payment, which is open again or not.
    Review { payment: Key, reopened: bool },
}

/// What is known of the captures of a flight.
pub(super) struct Seen {
    visits: HashMap<CaptureId, Proof>,
    /// Captures of payments that had been returned when they were heard, and since when that is known.
    late: HashMap<(Key, CaptureId), Timestamp>,
    spent: Spent,
    /// Cases that they caused when they were heard before.
    cases: HashSet<Uuid>,
    /// Captures that answer a reviewer who asked for another photo.
    asked: Requests,
}

/// Hand-overs of payments, round by round.
type Done = HashMap<Key, Vec<HandOver>>;

const SECOND: &str = "second_capture";
const ENDED: &str = "ended_capture";

impl Judged {
    /// Its proof was accepted or questioned.
    pub(super) fn proof(capture: CaptureId, believed: bool) -> Self {
        Self { capture, heard: What::Proof { believed } }
    }

    /// It was late, and reviewed.
    pub(super) fn review(capture: CaptureId, payment: Key, reopened: bool) -> Self {
        Self { capture, heard: What::Review { payment, reopened } }
    }

    fn is_proof(&self) -> bool {
        matches!(self.heard, What::Proof { .. })
    }

    /// Whether a review said that the return of its payment stands.
    fn is_turned_away(&self) -> bool {
        matches!(self.heard, What::Review { reopened: false, .. })
    }
}

impl Seen {
    /// Reads it; remembers which captures found their payment returned.
    pub(super) async fn of(
        tx: &mut Tx,
        captures: &[&Judged],
        visits: HashMap<CaptureId, Proof>,
        locked: &HashMap<Key, Payment>,
    ) -> Result<Self, Error> {
        let keys: Vec<Key> = visits.values().flat_map(Proof::payments).collect();
        let claims: Vec<ClaimId> = visits.values().map(Proof::claim).collect();
        let moved_on: Vec<Key> = keys.iter().copied().filter(|key| locked[key].round > 1).collect();
        let spent = reversals::spent(tx, &claims, &moved_on).await?;
        let asked = photo_requests::of_claims(tx, &claims).await?;
        let mut seen = Self { visits, late: HashMap::new(), spent, cases: HashSet::new(), asked };
        if !seen.asked.is_empty() || !moved_on.is_empty() || claims.iter().any(|claim| seen.spent.is_undone(*claim)) {
            let asked: Vec<Uuid> = captures.iter().flat_map(|judged| seen.possible(judged)).map(|case| case.id()).collect();
            seen.cases = proofs::known_cases(tx, &asked).await?;
        }
        seen.set_answers_aside(tx, captures, &keys).await?;
        seen.set_late_aside(tx, captures, locked, &keys).await?;
        Ok(seen)
    }

    /// Remembers which captures are the photos that reviewers asked for: those that handed nothing over and are no case from before.
    async fn set_answers_aside(&mut self, tx: &mut Tx, captures: &[&Judged], keys: &[Key]) -> Result<(), Error> {
        if self.asked.is_empty() {
            return Ok(());
        }
        let done = proofs::hand_overs(tx, keys).await?;
        let handed_over: HashSet<CaptureId> = done.values().flatten().map(HandOver::capture).collect();
        let mut new = Vec::new();
        for judged in captures.iter().filter(|judged| judged.is_proof()) {
            let is_known = self.asked.is_answer(judged.capture) || handed_over.contains(&judged.capture);
            if !is_known && !self.possible(judged).iter().any(|case| self.cases.contains(&case.id())) {
                let claim = self.visit(judged).claim();
                new.extend(self.asked.take(claim, judged.capture).map(|request| (judged.capture, request)));
            }
        }
        photo_requests::answer(tx, &new).await
    }

    async fn set_late_aside(
        &mut self,
        tx: &mut Tx,
        captures: &[&Judged],
        locked: &HashMap<Key, Payment>,
        keys: &[Key],
    ) -> Result<(), Error> {
        let known = returns::captures::late(tx, keys).await?;
        self.late.extend(known.into_iter().map(|(key, capture, at)| ((key, capture), at)));
        let mut new = Vec::new();
        for judged in captures.iter().filter(|judged| judged.is_proof()) {
            for key in self.visits[&judged.capture].payments() {
                let is_new = !self.late.contains_key(&(key, judged.capture)) && !new.contains(&(key, judged.capture));
                if is_new && locked[&key].returned_at.is_some() && !self.is_spent(judged, key) {
                    new.push((key, judged.capture));
                }
            }
        }
        returns::captures::keep_late(tx, &new).await?;
        self.late.extend(new.into_iter().map(|one| (one, tx.now)));
        Ok(())
    }

    fn visit(&self, judged: &Judged) -> &Proof {
        &self.visits[&judged.capture]
    }

    /// Whether it hands this payment over no more.
    fn is_spent(&self, judged: &Judged, key: Key) -> bool {
        self.asked.is_answer(judged.capture)
            || self.spent.covers(key, self.visit(judged).claim())
            || [SECOND, ENDED].iter().any(|kind| self.has_case(kind, judged, key))
    }

    fn has_case(&self, kind: &'static str, judged: &Judged, key: Key) -> bool {
        !self.cases.is_empty() && self.cases.contains(&self.case(kind, judged, key, None).id())
    }

    fn case(&self, kind: &'static str, judged: &Judged, key: Key, other: Option<&HandOver>) -> NewCase {
        let other = other.map(|done| (done.capture(), done.teller.clone()));
        NewCase { kind, capture: judged.capture, payment: Some(key), teller: self.visit(judged).teller.clone(), other }
    }

    /// Every case that a capture can be.
    fn possible(&self, judged: &Judged) -> Vec<NewCase> {
        let of = |key: Key| [SECOND, ENDED].map(|kind| self.case(kind, judged, key, None));
        self.visit(judged).payments().into_iter().flat_map(of).collect()
    }

    /// Payments of its visit that a capture decides about: late ones are decided by their review.
    fn payments(&self, judged: &Judged) -> Vec<Key> {
        let is_its = |key: &Key| match judged.heard {
            What::Proof { .. } => !self.late.contains_key(&(*key, judged.capture)),
            What::Review { payment, .. } => payment == *key,
        };
        self.visit(judged).payments().into_iter().filter(is_its).collect()
    }

    /// What is said of payments that had been returned when a judgement was heard.
    fn late(&self, judged: &Judged) -> Vec<Out> {
        let capture = judged.capture;
        let of =
            |key: Key| self.late.get(&(key, capture)).map(|at| CaptureLate { payment: key.1, tranche: key.0, capture, at: *at }.into());
        let visit = if judged.is_proof() { self.visit(judged).payments() } else { Vec::new() };
        visit.into_iter().filter_map(of).collect()
    }

    /// Payments that another capture had handed over already, or that had ended: somebody has to ask where that money went.
    fn cases(&self, judged: &Judged, done: &Done, locked: &HashMap<Key, Payment>) -> Vec<NewCase> {
        let case_of = |key: Key| {
            let rounds = done.get(&key).map(Vec::as_slice).unwrap_or_default();
            if self.asked.is_answer(judged.capture) || rounds.iter().any(|done| done.capture() == judged.capture) {
                return None;
            }
            let case = |kind, other| Some(self.case(kind, judged, key, other));
            match rounds.last() {
                Some(other) if self.has_case(SECOND, judged, key) => case(SECOND, Some(other)),
                _ if self.has_case(ENDED, judged, key) => case(ENDED, None),
                _ if self.spent.is_undone(self.visit(judged).claim()) => None,
                _ if judged.is_turned_away() => case(ENDED, None),
                Some(other) => case(SECOND, Some(other)),
                None => locked[&key].ended_unpaid().then(|| self.case(ENDED, judged, key, None)),
            }
        };
        self.payments(judged).into_iter().filter_map(case_of).collect()
    }
}

/// The stored proofs of a flight: payments and judgement are read from there, the message only names the capture.
pub(super) async fn visits(tx: &mut Tx, captures: &[&Judged]) -> Result<HashMap<CaptureId, Proof>, Error> {
    if captures.is_empty() {
        return Ok(HashMap::new());
    }
    let visits = proofs::read(tx, &captures.iter().map(|judged| judged.capture).collect::<Vec<_>>()).await?;
    for judged in captures {
        let expected: &[&str] = match judged.heard {
            What::Proof { believed: true } => &["accepted"],
            What::Proof { believed: false } => &["questioned"],
            What::Review { .. } => &["accepted", "questioned"],
        };
        let capture = judged.capture;
        match visits.get(&capture) {
            Some(proof) if expected.contains(&proof.judgement.as_str()) => {}
            Some(proof) => {
                return Err(Error::invariant(format!("capture {capture} was judged {}, not {}", proof.judgement, expected.join(" or "))));
            }
            None => return Err(Error::invariant(format!("capture {capture} was never judged"))),
        }
    }
    Ok(visits)
}

/// Hands over every payment that was not handed over before; the first capture of the flight wins.
pub(super) async fn hand_over(
    tx: &mut Tx,
    captures: &[&Judged],
    seen: &Seen,
    locked: &HashMap<Key, Payment>,
    programmes: &Programmes,
    books: &mut Books,
) -> Result<(), Error> {
    let mut taken: HashSet<Key> = HashSet::new();
    let mut rows: Vec<NewHandOver<'_>> = Vec::new();
    for judged in captures.iter().filter(|judged| !judged.is_turned_away()) {
        let (visit, capture) = (seen.visit(judged), judged.capture);
        for key in seen.payments(judged).into_iter().filter(|key| !seen.is_spent(judged, *key)) {
            let payment = &locked[&key];
            if payment.handed_over_at.is_none() && !payment.ended_unpaid() && taken.insert(key) {
                let (teller, believed) = (visit.teller.as_str(), visit.judgement == "accepted");
                rows.push(NewHandOver { payment: key, n: payment.round, capture, teller, believed });
            }
        }
    }
    let pick = |believed: bool| rows.iter().filter(|row| row.believed == believed).map(|row| &locked[&row.payment]).collect::<Vec<_>>();
    payments::set(tx, Moment::Paid, &pick(true)).await?;
    payments::set(tx, Moment::InQuestion, &pick(false)).await?;
    proofs::hand_over(tx, &rows).await?;
    for row in &rows {
        let measure = if row.believed { Measure::Paid } else { Measure::InQuestion };
        books.hand_over(programmes, &locked[&row.payment], row.teller, measure)?;
    }
    Ok(())
}

/// What is said of each capture, from rows: what it handed over, what was late, what is a case.
pub(super) async fn say(tx: &mut Tx, captures: &[&Judged], seen: &Seen, locked: &HashMap<Key, Payment>) -> Result<Vec<Vec<Out>>, Error> {
    let keys: Vec<Key> = captures.iter().flat_map(|judged| seen.visit(judged).payments()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (done, origins) = (proofs::hand_overs(tx, &keys).await?, payments::origins(tx, &keys).await?);
    let cases: Vec<NewCase> = captures.iter().flat_map(|judged| seen.cases(judged, &done, locked)).collect();
    let opened = proofs::open_cases(tx, &cases).await?;
    let said = |judged: &&Judged| {
        let by_it = |key: Key| done.get(&key).into_iter().flatten().find(|done| done.capture() == judged.capture);
        let mut out: Vec<Out> = Vec::new();
        for handed in seen.payments(judged).into_iter().filter_map(by_it) {
            let status = if handed.believed { PaymentStatus::Paid } else { PaymentStatus::InQuestion };
            out.extend(settled(handed.key(), judged.capture, status, handed.at, &origins[&handed.key()]));
        }
        out.extend(seen.late(judged));
        out.extend(seen.cases(judged, &done, locked).iter().map(|case| case_opened(case, &opened)));
        out
    };
    Ok(captures.iter().map(said).collect())
}

fn case_opened(case: &NewCase, opened: &HashMap<Uuid, Timestamp>) -> Out {
    CaseOpened { kind: case.kind.into(), capture: case.capture, payment: case.payment.map(|key| key.1), at: opened[&case.id()] }.into()
}
