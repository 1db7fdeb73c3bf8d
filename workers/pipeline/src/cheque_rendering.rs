//! cheque-rendering: a signed token, a typable serial and a picture for each funded payment.
//!
//! Everything on a cheque is a function of stored rows: `prepare` may draw it any number of times and gets the same bytes, so the picture may
//! be put before the row exists. The stored row wins. Masked name and NIK were stored at intake, so no decryption key is needed here.
//!
//! Each tranche has a key of its own, remembered with its first cheque; `cheque-keys.rotated` gives it the next, and what was signed before stays as it is.
//!
//! A payment that is open again since its hand-over was not proven gets another cheque, of the next version; counters refuse the one before. So does one whose
//! cheque two people want replaced ([`replacing`]).

mod replacing;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use bytes::Bytes;
use chrono::FixedOffset;
use salur_domain::{
    DecisionId, TrancheId, calendar,
    reason::Language,
    serial::ChequeSerial,
    token::{self, ChequeClaims},
};
use salur_media::cheque as drawing;
use salur_runtime::stage::{Delay, Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{ChequeIssued, ChequeKeyRotated, ChequeReplaced, PaymentReopened, TransferPosted, messages};
use salur_store::{
    Error, Tx, cheque_keys,
    cheques::{self, Face, IssuedAs, NewCheque},
    master,
    pauses::{self, Paused},
    payments::{self, Key, Moment, Payment},
    replacements,
    tallies::{Deltas, Measure},
};

use crate::{Tools, Work};

messages! {
    /// What cheque-rendering hears.
    pub enum In { TransferPosted, PaymentReopened, ChequeReplaced, ChequeKeyRotated }
}
messages! {
    /// What cheque-rendering says.
    pub enum Out { ChequeIssued }
}

/// The first cheque of a payment; replacements count up.
const FIRST: u16 = 1;

/// The payment that a fact is about, and the version of the cheque that it asks for; none: it is about no payment.
fn wanted(fact: &In) -> Option<(Key, Option<u16>)> {
    match fact {
        In::TransferPosted(posted) => Some(((posted.tranche, posted.payment), Some(FIRST))),
        In::PaymentReopened(PaymentReopened { tranche, payment, cheque, .. }) => Some(((*tranche, *payment), *cheque)),
        In::ChequeReplaced(replaced) => Some(((replaced.tranche, replaced.payment), replaced.version.checked_add(1))),
        In::ChequeKeyRotated(_) => None,
    }
}

/// The stage.
#[derive(Debug)]
pub struct ChequeRendering(Arc<Tools>);

/// What stands on the cheques of a flight, and what of it is paused.
#[derive(Debug)]
pub struct Faces {
    paused: Paused,
    by_payment: HashMap<Key, Face>,
    programmes: HashMap<String, String>,
    turns: HashMap<TrancheId, u16>,
    /// Wishes to replace a cheque that another person signed before.
    seconded: HashSet<DecisionId>,
}

/// What comes of a fact before its transaction.
#[derive(Debug)]
pub enum Ready {
    /// A cheque, drawn and signed.
    Drawn(NewCheque),
    /// Not drawn while its payment is paused: what stands on a cheque may be why.
    Rests(Key),
    /// The cheque before is good.
    Good,
    /// A cheque that shall be replaced, and the next, where another person signed before.
    Replacing(ChequeReplaced, Option<NewCheque>),
    /// Another key from now on.
    Rotated(ChequeKeyRotated),
}

impl Ready {
    fn drawn(&self) -> Option<&NewCheque> {
        if let Self::Drawn(cheque) = self { Some(cheque) } else { None }
    }

    fn key(&self) -> Option<Key> {
        match self {
            Self::Drawn(cheque) => Some(cheque.payment),
            Self::Rests(key) => Some(*key),
            Self::Replacing(replaced, _) => Some((replaced.tranche, replaced.payment)),
            Self::Good | Self::Rotated(_) => None,
        }
    }
}

impl ChequeRendering {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Faces {
    fn face(&self, key: Key) -> Result<&Face, Error> {
        self.by_payment.get(&key).ok_or_else(|| Error::invariant(format!("payment {} does not exist", key.1)))
    }
}

impl ChequeRendering {
    /// Signs a cheque, and draws it where pictures are stored.
    async fn drawn(&self, context: &Faces, key: Key, version: u16) -> Result<NewCheque, Failure> {
        let face = context.face(key)?;
        let serial = ChequeSerial::derive(&self.0.keys, key.1, version);
        let claims = ChequeClaims {
            serial,
            payment: key.1,
            version,
            amount: face.amount(),
            pay_point: face.pay_point.clone(),
            opens_at: face.opens_at,
            closes_at: face.closes_at,
        };
        let signing = self.0.cheque_keys().of(key.0, context.turns.get(&key.0).copied().unwrap_or(FIRST));
        let token = token::sign(&claims, &signing, &token::key_id(&signing.verifying_key()));
        let version = i16::try_from(version).map_err(|_| Error::invariant(format!("version {version} of a cheque")))?;
        if face.cheques_stored {
            let programme = context.programmes.get(&face.programme).map_or(face.programme.as_str(), String::as_str);
            let picture = draw(face, programme, &self.0.complaints(), &serial.to_string(), &token)?;
            self.0.blobs.put(&cheques::picture_key(key, version), Bytes::from(picture), "image/png").await?;
        }
        Ok(NewCheque { payment: key, version, serial: serial.to_string(), token, stored: face.cheques_stored })
    }

    /// Remembers the first key of each tranche, and the next where somebody rotated it.
    async fn keep_keys(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<(), Error> {
        let keys = self.0.cheque_keys();
        let tranches: BTreeSet<TrancheId> = flight.facts().filter_map(Ready::drawn).map(|cheque| cheque.payment.0).collect();
        for tranche in tranches {
            cheque_keys::begin(tx, &keys, tranche).await?;
        }
        for ready in flight.facts() {
            if let Ready::Rotated(ChequeKeyRotated { decision, tranche, reason, actor, .. }) = ready {
                cheque_keys::rotate(tx, &keys, *tranche, *decision, (actor, reason)).await?;
            }
        }
        Ok(())
    }
}

impl Stage for ChequeRendering {
    const NAME: &'static str = "cheque-rendering";
    type In = In;
    type Out = Out;
    type Context = Faces;
    type Ready = Ready;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 500, prefetch: 4, concurrency: 16, ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Faces, Failure> {
        let keys: Vec<Key> = facts.iter().filter_map(wanted).map(|(key, _)| key).collect();
        let tranches: BTreeSet<TrancheId> = keys.iter().map(|key| key.0).collect();
        let database = &self.0.database;
        let paused = pauses::of_payments_now(database).await?;
        let turns = cheque_keys::turns(database, &tranches.into_iter().collect::<Vec<_>>()).await?;
        let wishes: Vec<_> =
            facts.iter().filter_map(|fact| if let In::ChequeReplaced(fact) = fact { Some(replacing::wish(fact)) } else { None }).collect();
        let seconded = if wishes.is_empty() { HashSet::new() } else { replacements::seconded(database, &wishes).await? };
        let (by_payment, programmes) = (cheques::faces(database, &keys).await?, master::programmes(database).await?);
        Ok(Faces { paused, by_payment, programmes, turns, seconded })
    }

    async fn prepare(&self, fact: &In, context: &Faces) -> Result<Ready, Failure> {
        if let In::ChequeKeyRotated(rotated) = fact {
            return Ok(Ready::Rotated(rotated.clone()));
        }
        let Some((key, Some(version))) = wanted(fact) else { return Ok(Ready::Good) };
        if let In::ChequeReplaced(replaced) = fact {
            let is_drawn = context.seconded.contains(&replaced.decision);
            let next = if is_drawn { Some(self.drawn(context, key, version).await?) } else { None };
            return Ok(Ready::Replacing(replaced.clone(), next));
        }
        if !context.face(key)?.is_issued && context.paused.stops_at(key.0, &context.face(key)?.regency) {
            return Ok(Ready::Rests(key));
        }
        Ok(Ready::Drawn(self.drawn(context, key, version).await?))
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, Ready>) -> Result<Verdicts<Out>, Failure> {
        self.keep_keys(tx, flight).await?;
        let keys: Vec<Key> = flight.facts().filter_map(Ready::key).collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        let paused = pauses::of_payments(tx).await?;
        // what was returned or cancelled meanwhile gets no cheque, what is paused rests as it is
        let rests = |payment: &Payment| !payment.ended_unpaid() && paused.stops(payment);
        let may = |payment: &Payment| !payment.ended_unpaid() && !paused.stops(payment);
        let asked: Vec<&NewCheque> = flight.facts().filter_map(Ready::drawn).collect();
        let (new, mut issued) = cheques::issue(tx, &asked, |cheque| may(&locked[&cheque.payment])).await?;
        // after the cheques that they may be about
        let replaced = replacing::decide(tx, flight, &locked, |payment| paused.stops(payment)).await?;
        issued.extend(replacing::issue(tx, flight, &replaced).await?);
        let first: Vec<Key> = new.iter().filter(|(_, version)| *version == FIRST.cast_signed()).map(|(key, _)| *key).collect();
        payments::set(tx, Moment::ChequeIssued, &first.iter().map(|key| &locked[key]).collect::<Vec<_>>()).await?;
        let mut deltas = Deltas::default();
        for payment in first.iter().map(|key| &locked[key]) {
            deltas.add(payment.key().0, &payment.village, &payment.pay_point, Measure::ChequeIssued, payment.amount())?;
        }
        deltas.write(tx).await?;
        Ok(flight.judge(|ready| match ready {
            Ready::Good | Ready::Rotated(_) => Verdict::Done,
            Ready::Rests(key) if locked[key].cheque_issued_at.is_none() && paused.stops(&locked[key]) => Verdict::Done,
            // resumed since it was not drawn
            Ready::Rests(_) => Verdict::Again,
            Ready::Replacing(fact, next) => replaced[&fact.decision].verdict(next.as_ref(), &issued),
            Ready::Drawn(cheque) => match issued.get(&cheque.which()) {
                Some(as_issued) => told(cheque, as_issued),
                // no resumption says that a payment is open again: a person said it, of one payment
                None if cheque.version != FIRST.cast_signed() && rests(&locked[&cheque.payment]) => {
                    Verdict::Wait(Delay::Seconds30, "the payment is paused")
                }
                None => Verdict::Done,
            },
        }))
    }
}

fn told(cheque: &NewCheque, (serial, at): &IssuedAs) -> Verdict<Out> {
    let ((tranche, payment), version) = (cheque.payment, cheque.version.cast_unsigned());
    Verdict::emit(ChequeIssued { payment, tranche, version, serial: serial.clone(), at: *at })
}

/// The picture of a cheque: the same bytes for the same rows.
pub fn draw(face: &Face, programme: &str, complaints: &str, serial: &str, token: &str) -> Result<Vec<u8>, drawing::Error> {
    let zone = FixedOffset::east_opt(face.utc_offset_minutes * 60).expect("the table bounds offsets to a day");
    let day = |moment: salur_store::Timestamp| calendar::short_date(moment.with_timezone(&zone).date_naive(), Language::Indonesian);
    let slot = face.slot_day.zip(face.slot_from).map(|(day, from)| calendar::hour(day, from, Language::Indonesian));
    drawing::draw_png(&drawing::Face {
        programme,
        tranche: &face.tranche_name,
        masked_name: &face.masked_name,
        masked_nik: &face.masked_nik,
        amount: face.amount(),
        pay_point: &face.pay_point_name,
        pay_point_address: &face.pay_point_address,
        window: &format!("{} – {}", day(face.opens_at), day(face.closes_at)),
        slot: slot.as_deref().unwrap_or_default(),
        complaints,
        serial,
        token,
        specimen: face.specimen,
    })
}
