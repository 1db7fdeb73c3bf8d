//! photo-ingest: a capture is fetched, examined, judged and kept.
//!
//! The worker believes nothing of the message but what it can check: the device's signature over the statement, the cheque's token, the stored
//! claim (the payments of the visit are read from there, never from the message), the bytes it fetched and hashed itself. The original is
//! sealed under its own key and stored before the row exists; the first commit wins, and an orphan is swept later. Whether the same bytes
//! prove another visit, or bytes that look like them, is decided in `commit`, where twins wait for each other.
//!
//! Bounds: one photo of at most 16 MiB per fact; decoding in a child process ([`crate::examiners`]) that limits itself; an absent object is waited for up
//! to a day.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use salur_domain::{
    proof::Policy as ProofPolicy,
    token::{self, ChequeClaims},
};
use salur_runtime::stage::{Delay, Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{CaseOpened, ProofAccepted, ProofCaptured, ProofQuestioned, messages};
use salur_store::{
    Error, Timestamp, Tx,
    cheque_keys::{self, Found},
    claims::{self, Claim},
    master::{self, PayPoint},
    payments::Key,
    proofs::{self, NewCase, Proof},
};

use crate::{Tools, Work};

mod comparison;
mod examination;

use examination::Examination;

messages! {
    /// What photo-ingest hears.
    pub enum In { ProofCaptured }
}
messages! {
    /// What photo-ingest says.
    pub enum Out { ProofAccepted, ProofQuestioned, CaseOpened }
}

/// How long an upload may come after its message.
const UPLOAD_PATIENCE: TimeDelta = TimeDelta::days(1);

/// The stage.
#[derive(Debug)]
pub struct PhotoIngest(Arc<Tools>);

/// What is known about the visits of a flight.
#[derive(Debug)]
pub struct Known {
    claims: HashMap<salur_domain::ClaimId, Claim>,
    devices: HashMap<String, master::Device>,
    pay_points: HashMap<String, PayPoint>,
    tranches: Vec<master::Tranche>,
    judged: HashMap<salur_domain::CaptureId, Proof>,
    keys: HashMap<Vec<u8>, Found>,
}

/// A capture, examined.
#[derive(Debug)]
pub enum Ready {
    /// Examined by itself; beside others it is in the transaction.
    Examined(Box<Examination>),
    /// The photo is not there yet.
    Absent(Box<ProofCaptured>),
    /// Judged in an earlier delivery: answered from the row.
    Judged(Box<ProofCaptured>, Vec<u8>),
    /// No such claim: not a capture of ours.
    Unclaimed(Box<ProofCaptured>),
}

impl PhotoIngest {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for PhotoIngest {
    const NAME: &'static str = "photo-ingest";
    type In = In;
    type Out = Out;
    type Context = Known;
    type Ready = Ready;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 32, prefetch: 64, concurrency: 4, deadline: Duration::from_mins(2), ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Known, Failure> {
        let database = &self.0.database;
        let captured: Vec<&ProofCaptured> = facts.iter().map(|In::ProofCaptured(captured)| captured).collect();
        let claims = claims::read(database, &captured.iter().map(|fact| fact.claim).collect::<Vec<_>>()).await?;
        let mut devices: Vec<String> = captured.iter().map(|fact| fact.statement.device.clone()).collect();
        devices.extend(claims.iter().map(|claim| claim.device.clone()));
        // the portal turns a revoked device away: what lies here came before that, and its cash has left the drawer
        let devices = master::devices_of_old(database, &devices).await?;
        let points: Vec<String> = devices.values().map(|device| device.pay_point.clone()).collect();
        Ok(Known {
            claims: claims.into_iter().map(|claim| (claim.id(), claim)).collect(),
            pay_points: master::pay_points(database, Some(&points)).await?,
            devices,
            tranches: master::tranches(database).await?,
            keys: cheque_keys::by_id(database).await?,
            judged: proofs::judged(database, &captured.iter().map(|fact| fact.capture).collect::<Vec<_>>()).await?,
        })
    }

    async fn prepare(&self, fact: &In, known: &Known) -> Result<Ready, Failure> {
        let In::ProofCaptured(captured) = fact;
        let content = content_of(captured);
        if known.judged.contains_key(&captured.capture) {
            return Ok(Ready::Judged(Box::new(captured.clone()), content));
        }
        let Some(claim) = known.claims.get(&captured.claim) else { return Ok(Ready::Unclaimed(Box::new(captured.clone()))) };
        let Some(bytes) = self.0.blobs.get(&proofs::incoming_key(captured.capture)).await? else {
            return Ok(Ready::Absent(Box::new(captured.clone())));
        };
        examination::examine(&self.0, captured, claim, known, bytes, content).await
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        let stored = remember(tx, flight, &self.0.proof_policy).await?;
        let courses: Vec<Course> = flight.facts().map(|ready| course(ready, &stored, tx.now)).collect();
        let cases: Vec<NewCase> = courses.iter().filter_map(Course::case).cloned().collect();
        let opened = proofs::open_cases(tx, &cases).await?;
        let captures: Vec<_> = stored.keys().copied().collect();
        let questions = proofs::questions(tx, &captures).await?;
        let mut courses = courses.into_iter();
        Ok(flight.judge(|ready| {
            let capture = ready.capture();
            match courses.next().expect("one course per fact") {
                Course::Wait(delay) => Verdict::Later(delay, "the photo is not uploaded yet"),
                Course::Case(case) => {
                    let (kind, payment, at) = (case.kind.into(), case.payment.map(|key| key.1), opened[&case.id()]);
                    Verdict::emit(CaseOpened { kind, capture, payment, at })
                }
                Course::Answer => Verdict::emit(answer(&stored[&capture], questions.get(&capture).cloned().unwrap_or_default())),
            }
        }))
    }
}

/// What follows for one fact, whoever else is in the flight.
enum Course {
    /// Look again.
    Wait(Delay),
    /// A person has to look at it.
    Case(NewCase),
    /// Its row answers.
    Answer,
}

impl Course {
    fn case(&self) -> Option<&NewCase> {
        match self {
            Self::Case(case) => Some(case),
            Self::Wait(_) | Self::Answer => None,
        }
    }
}

impl Ready {
    fn examined(&self) -> Option<&Examination> {
        if let Self::Examined(examination) = self { Some(examination) } else { None }
    }

    fn capture(&self) -> salur_domain::CaptureId {
        match self {
            Self::Examined(examination) => examination.proof.capture,
            Self::Absent(captured) | Self::Judged(captured, _) | Self::Unclaimed(captured) => captured.capture,
        }
    }
}

/// Compares the flight with what is remembered, judges it, remembers it, and reads all of it back.
async fn remember(tx: &mut Tx, flight: &Flight<'_, Ready>, policy: &ProofPolicy) -> Result<HashMap<salur_domain::CaptureId, Proof>, Error> {
    let examined: Vec<&Examination> = flight.facts().filter_map(Ready::examined).collect();
    let histories = comparison::histories(tx, &examined, policy).await?;
    for (examination, history) in examined.iter().zip(&histories) {
        proofs::insert(tx, &examination.judged(history, policy)).await?;
    }
    proofs::read(tx, &flight.facts().map(Ready::capture).collect::<Vec<_>>()).await
}

fn course(ready: &Ready, stored: &HashMap<salur_domain::CaptureId, Proof>, now: Timestamp) -> Course {
    let case = |kind, captured: &ProofCaptured| {
        let teller = captured.statement.teller.clone();
        Course::Case(NewCase { kind, capture: captured.capture, payment: None, teller, other: None })
    };
    match (ready, stored.get(&ready.capture())) {
        (Ready::Unclaimed(captured), _) => case("capture_refused", captured),
        (Ready::Absent(captured), None) if now - captured.received_at > UPLOAD_PATIENCE => case("photo_missing", captured),
        (Ready::Absent(captured), None) => Course::Wait(patience(now - captured.received_at)),
        (Ready::Absent(captured), Some(proof)) => about(proof, &content_of(captured)),
        (Ready::Examined(examination), _) => about(&stored[&examination.proof.capture], &examination.proof.content),
        (Ready::Judged(captured, content), _) => about(&stored[&captured.capture], content),
    }
}

/// The longer a photo is missing, the less often it is looked for: about 45 looks in the day.
fn patience(missing: TimeDelta) -> Delay {
    match missing.num_seconds() {
        ..30 => Delay::Seconds5,
        30..180 => Delay::Seconds30,
        180..900 => Delay::Minutes2,
        900..3_600 => Delay::Minutes10,
        _ => Delay::Hour1,
    }
}

/// The same capture with other content is a conflict, a refused one a case; any other is answered from its row.
fn about(stored: &Proof, content: &[u8]) -> Course {
    let kind = if stored.content != content {
        "capture_conflict"
    } else if stored.judgement == "refused" {
        "capture_refused"
    } else {
        return Course::Answer;
    };
    Course::Case(NewCase { kind, capture: stored.capture(), payment: None, teller: stored.teller.clone(), other: None })
}

/// What follows from a capture that was not refused, from its row alone.
fn answer(proof: &Proof, findings: Vec<String>) -> Out {
    let (capture, at) = (proof.capture(), proof.judged_at);
    let payments = proof.payments().into_iter().map(|key| key.1).collect();
    if proof.judgement == "accepted" {
        return ProofAccepted { capture, payments, at }.into();
    }
    ProofQuestioned { capture, payments, findings, at }.into()
}

/// Digest of what was captured: the same capture again, or a conflict?
fn content_of(captured: &ProofCaptured) -> Vec<u8> {
    crate::digest(&[captured.statement.to_sign().as_slice(), captured.signature.as_bytes(), captured.token.as_bytes()].concat())
}

/// The token's claims, if it is a cheque of ours for a payment of the visit.
fn token_of_claim(tools: &Tools, keys: &HashMap<Vec<u8>, Found>, text: &str, payments: &[Key]) -> Option<ChequeClaims> {
    let own = tools.cheque_key.verifying_key();
    let found = |kid: &[u8]| if kid == token::key_id(&own) { Some(Found { key: own, tranche: None }) } else { keys.get(kid).copied() };
    let claims = token::verify(text, |kid| found(kid).map(|found| found.key)).ok()?;
    let of = found(&token::kid(text).ok()?)?.tranche;
    payments.iter().any(|(tranche, id)| *id == claims.payment && of.is_none_or(|of| of == *tranche)).then_some(claims)
}

/// The scan by the server's clock, as far as a stated clock can be believed.
fn captured_at(captured: &ProofCaptured) -> Timestamp {
    let offset = TimeDelta::try_seconds(captured.statement.clock_offset_s).unwrap_or_default();
    captured.statement.taken_at.with_timezone(&Utc).checked_sub_signed(offset).unwrap_or(captured.received_at)
}
