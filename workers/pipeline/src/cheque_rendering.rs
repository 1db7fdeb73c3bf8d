//! cheque-rendering: a signed token, a typable serial and a picture for each funded payment.
//!
//! Everything on a cheque is a function of stored rows: `prepare` may draw it any number of times and gets the same bytes, so the picture may
//! be put before the row exists. The stored row wins. Masked name and NIK were stored at intake, so no decryption key is needed here.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use chrono::FixedOffset;
use salur_domain::{
    calendar,
    reason::Language,
    serial::ChequeSerial,
    token::{self, ChequeClaims},
};
use salur_media::cheque as drawing;
use salur_runtime::stage::{Failure, Flight, Policy, Stage, Verdict, Verdicts};
use salur_schemas::{ChequeIssued, TransferPosted, messages};
use salur_store::{
    Error, Tx,
    cheques::{self, Face, NewCheque},
    master,
    payments::{self, Key, Moment, Payment},
    tallies::{Deltas, Measure},
};

use crate::{Tools, Work};

messages! {
    /// What cheque-rendering hears.
    pub enum In { TransferPosted }
}
messages! {
    /// What cheque-rendering says.
    pub enum Out { ChequeIssued }
}

/// The first cheque of a payment; replacements count up.
const FIRST: u16 = 1;

/// The stage.
#[derive(Debug)]
pub struct ChequeRendering(Arc<Tools>);

/// What stands on the cheques of a flight.
#[derive(Debug)]
pub struct Faces {
    faces: HashMap<Key, Face>,
    programmes: HashMap<String, String>,
}

impl ChequeRendering {
    /// With its tools.
    pub fn new(tools: Arc<Tools>) -> Self {
        Self(tools)
    }
}

impl Stage for ChequeRendering {
    const NAME: &'static str = "cheque-rendering";
    type In = In;
    type Out = Out;
    type Context = Faces;
    type Ready = NewCheque;
    type Work = Work;

    fn policy(&self) -> Policy {
        Policy { flight_facts: 500, prefetch: 4, concurrency: 16, ..Policy::default() }
    }

    async fn load(&self, facts: &[In]) -> Result<Faces, Failure> {
        let keys: Vec<Key> = facts.iter().map(|In::TransferPosted(posted)| (posted.tranche, posted.payment)).collect();
        let database = &self.0.database;
        Ok(Faces { faces: cheques::faces(database, &keys).await?, programmes: master::programmes(database).await? })
    }

    async fn prepare(&self, fact: &In, context: &Faces) -> Result<NewCheque, Failure> {
        let In::TransferPosted(posted) = fact;
        let key = (posted.tranche, posted.payment);
        let face = context.faces.get(&key).ok_or_else(|| Error::invariant(format!("payment {} does not exist", posted.payment)))?;
        let serial = ChequeSerial::derive(&self.0.keys, posted.payment, FIRST);
        let claims = ChequeClaims {
            serial,
            payment: posted.payment,
            version: FIRST,
            amount: face.amount(),
            pay_point: face.pay_point.clone(),
            opens_at: face.opens_at,
            closes_at: face.closes_at,
        };
        let signing = &self.0.cheque_key;
        let token = token::sign(&claims, signing, &token::key_id(&signing.verifying_key()));
        if face.cheques_stored {
            let programme = context.programmes.get(&face.programme).map_or(face.programme.as_str(), String::as_str);
            let picture = draw(face, programme, &serial.to_string(), &token)?;
            self.0.blobs.put(&cheques::picture_key(key, FIRST.cast_signed()), Bytes::from(picture), "image/png").await?;
        }
        Ok(NewCheque { payment: key, version: FIRST.cast_signed(), serial: serial.to_string(), token, stored: face.cheques_stored })
    }

    async fn commit(&self, tx: &mut Tx, flight: &Flight<'_, NewCheque>) -> Result<Verdicts<Out>, Failure> {
        let keys: Vec<Key> = flight.facts().map(|cheque| cheque.payment).collect();
        let locked = payments::lock(tx, &keys).await?;
        crate::all_exist(&keys, &locked)?;
        // what was returned or cancelled meanwhile gets no cheque
        let open = |payment: &Payment| !payment.ended_unpaid() || payment.cheque_issued_at.is_some();
        let wanted: Vec<&NewCheque> = flight.facts().filter(|cheque| open(&locked[&cheque.payment])).collect();
        let (new, issued) = cheques::issue(tx, &wanted).await?;
        payments::set(tx, Moment::ChequeIssued, &new).await?;
        let mut deltas = Deltas::default();
        for payment in new.iter().map(|key| &locked[key]) {
            deltas.add(payment.key().0, &payment.village, &payment.pay_point, Measure::ChequeIssued, payment.amount())?;
        }
        deltas.write(tx).await?;
        Ok(flight.judge(|cheque| match issued.get(&cheque.payment) {
            Some((serial, at)) => {
                let (tranche, payment) = cheque.payment;
                Verdict::emit(ChequeIssued { payment, tranche, version: FIRST, serial: serial.clone(), at: *at })
            }
            None => Verdict::Done,
        }))
    }
}

/// The picture of a cheque: the same bytes for the same rows.
pub fn draw(face: &Face, programme: &str, serial: &str, token: &str) -> Result<Vec<u8>, drawing::Error> {
    let zone = FixedOffset::east_opt(face.utc_offset_minutes * 60).expect("the table bounds offsets to a day");
    let day = |moment: salur_store::Timestamp| calendar::short_date(moment.with_timezone(&zone).date_naive(), Language::Indonesian);
    drawing::draw_png(&drawing::Face {
        programme,
        tranche: &face.tranche_name,
        masked_name: &face.masked_name,
        masked_nik: &face.masked_nik,
        amount: face.amount(),
        pay_point: &face.pay_point_name,
        pay_point_address: &face.pay_point_address,
        window: &format!("{} – {}", day(face.opens_at), day(face.closes_at)),
        serial,
        token,
        specimen: face.specimen,
    })
}
