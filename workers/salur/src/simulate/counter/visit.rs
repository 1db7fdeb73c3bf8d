//! One family at the counter: scan, claim, photograph, upload, say so; and what goes wrong on purpose.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use salur_domain::{CaptureId, ClaimId, PaymentId, cheque_keys::KeySet, proof::Place};
use salur_schemas::proof::{CaptureStatement, Position};
use salur_store::Blobs;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    device::{self, Counters, Device},
    dice::Dice,
    door::{self, Claimed, Granted, Portal},
    paper::{self, Scan},
    photo::{self, Shot, Studio},
    plan::{Twist, Visit},
};

/// How late a late scan is, after the window or the lease: far beyond what the rules allow for.
const LATE: TimeDelta = TimeDelta::hours(1);
/// How far off a wrong place is, in degrees north: 20 km.
const WRONG_PLACE_DEGREES: f64 = 0.18;
/// How far from the middle of a pay point its counters stand, in hundred-thousandths of a degree: 25 m or so.
const NEARBY: i32 = 25;
/// Accuracy of a device's position: from so many metres ..
const ACCURACY_FROM_M: u32 = 5;
/// .. over so many.
const ACCURACY_OVER_M: u32 = 30;
/// A truncated upload ends after so many hundredths of the file.
const TRUNCATED_PERCENT: usize = 60;

/// Why a visit did not go as it must.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Paper.
    #[error(transparent)]
    Paper(#[from] paper::Error),
    /// Doors.
    #[error(transparent)]
    Door(#[from] door::Error),
    /// Photo.
    #[error(transparent)]
    Photo(#[from] photo::Error),
    /// Counters.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// A cheque claimed at two counters at the same moment had another number of winners than one.
    #[error("a cheque claimed at two counters at the same moment was granted to {0}")]
    Winners(usize),
    /// A claim was refused as taken by a counter that does not exist or was refused itself.
    #[error("a claim was refused as taken, but not to the counter that holds it")]
    TakenByNobody,
}

/// Everything a counter works with.
#[derive(Debug)]
pub struct Office {
    /// The public doors.
    pub portal: Portal,
    /// Where the cheques' pictures lie.
    pub blobs: Blobs,
    /// Public keys of the cheques.
    pub keys: Arc<KeySet>,
    /// Where photos are taken.
    pub studio: Arc<Studio>,
    /// The devices.
    pub counters: Counters,
    /// Makes the ids of this run unlike those of any other.
    pub run: Uuid,
    /// Whom families send, by account.
    pub sent: HashMap<Uuid, Value>,
}

/// How a visit ended.
#[derive(Debug)]
pub enum Ended {
    /// With the cash in the family's hand.
    Served(Box<Served>),
    /// Nothing was open on the cheque.
    TurnedAway,
}

/// A hand-over.
#[derive(Debug)]
pub struct Served {
    /// How it went: a twist that could not be played became a good visit.
    pub twist: Twist,
    /// Whether somebody received for the family.
    pub represented: bool,
    /// What was paid.
    pub payments: Vec<PaymentId>,
    /// The photo as uploaded.
    pub photo: Bytes,
    /// Who held the claim, for a second capture.
    pub at: Moment,
    /// When the claim was answered.
    pub granted: DateTime<Utc>,
    /// When the capture was accepted.
    pub said: DateTime<Utc>,
    /// How long reading the code and making the photo took.
    pub took: (Duration, Duration),
}

/// A granted claim at a counter.
#[derive(Debug, Clone)]
pub struct Moment {
    device: Arc<Device>,
    teller: String,
    claim: ClaimId,
    token: String,
}

impl Office {
    /// Serves a family. `reused` is a photo that proves an earlier visit.
    pub async fn serve(&self, visit: &Visit, reused: Option<Bytes>) -> Result<Ended, Error> {
        let mut dice = Dice::new(visit.chance);
        let scan = paper::scan(&self.blobs, &self.keys, &visit.cheque).await?;
        // a family goes to the counter it knows
        let device = self.counters.at(&visit.cheque.pay_point, &mut Dice::new(visit.cheque.account.as_u64_pair().0))?;
        let rival = if visit.twist == Twist::TwoCounters { self.counters.another(&device, &visit.cheque.pay_point) } else { None };
        let sent = self.sent.get(&visit.cheque.account);
        let claimed = match &rival {
            Some(rival) => self.race([&device, rival], &scan, &mut dice).await?,
            None => self.claim(&device, &scan, sent, &mut dice).await?,
        };
        let Some((at, granted)) = claimed else { return Ok(Ended::TurnedAway) };
        let granted_at = Utc::now();
        let twist = match visit.twist {
            Twist::TwoCounters if rival.is_none() => Twist::Good,
            Twist::ReusedPhoto if reused.is_none() => Twist::Good,
            twist => twist,
        };
        let taken_at = if twist == Twist::Late { late(visit, &scan, &granted, &at.device) } else { at.device.clock(Utc::now()) };
        let place = place(twist, &at.device, &mut dice);
        let since = Instant::now();
        let photo = match (twist, reused) {
            (Twist::ReusedPhoto, Some(photo)) => photo,
            _ => self.shoot(visit.chance, twist, taken_at, place, &at.device)?,
        };
        let took = (scan.took, since.elapsed());
        self.capture(&at, "first", taken_at, place, photo.clone(), &mut dice).await?;
        let payments = granted.payments.iter().map(|covered| covered.payment).collect();
        let represented = sent.is_some() && rival.is_none();
        let said = Utc::now();
        Ok(Ended::Served(Box::new(Served { twist, represented, payments, photo, at, granted: granted_at, said, took })))
    }

    /// A second photo for a claim whose family was served.
    pub async fn capture_again(&self, at: &Moment, chance: u64) -> Result<(), Error> {
        let mut dice = Dice::new(chance.wrapping_add(1));
        let taken_at = at.device.clock(Utc::now());
        let place = place(Twist::SecondCapture, &at.device, &mut dice);
        let photo = self.shoot(chance.wrapping_add(1), Twist::SecondCapture, taken_at, place, &at.device)?;
        self.capture(at, "second", taken_at, place, photo, &mut dice).await
    }

    /// Claims at a counter; who was served in an earlier run may still be held by another one, and goes there. `None`: nothing is open.
    async fn claim(
        &self,
        device: &Arc<Device>,
        scan: &Scan,
        sent: Option<&Value>,
        dice: &mut Dice,
    ) -> Result<Option<(Moment, Granted)>, Error> {
        let here = self.moment(device, scan, dice);
        let holder = match self.ask(&here, sent).await? {
            Claimed::Granted(granted) => return Ok(Some((here, granted))),
            Claimed::NothingOpen => return Ok(None),
            Claimed::Taken(holder) => self.counters.with(&holder).ok_or(Error::TakenByNobody)?,
        };
        let there = self.moment(&holder, scan, dice);
        match self.ask(&there, sent).await? {
            Claimed::Granted(granted) => Ok(Some((there, granted))),
            Claimed::NothingOpen => Ok(None),
            Claimed::Taken(_) => Err(Error::TakenByNobody),
        }
    }

    /// Claims at two counters at the same moment: exactly one wins. `None`: nothing is open.
    async fn race(&self, devices: [&Arc<Device>; 2], scan: &Scan, dice: &mut Dice) -> Result<Option<(Moment, Granted)>, Error> {
        let [here, there] = devices.map(|device| self.moment(device, scan, dice));
        match tokio::try_join!(self.ask(&here, None), self.ask(&there, None))? {
            (Claimed::Granted(_), Claimed::Granted(_)) => Err(Error::Winners(2)),
            (Claimed::Granted(granted), Claimed::Taken(_)) => Ok(Some((here, granted))),
            (Claimed::Taken(_), Claimed::Granted(granted)) => Ok(Some((there, granted))),
            (Claimed::NothingOpen, Claimed::NothingOpen | Claimed::Taken(_)) | (Claimed::Taken(_), Claimed::NothingOpen) => Ok(None),
            _ => Err(Error::Winners(0)),
        }
    }

    fn moment(&self, device: &Arc<Device>, scan: &Scan, dice: &mut Dice) -> Moment {
        let claim = ClaimId(self.id("claim", &device.code, &scan.token));
        Moment { teller: device.teller(dice).clone(), claim, token: scan.token.clone(), device: Arc::clone(device) }
    }

    async fn ask(&self, at: &Moment, sent: Option<&Value>) -> Result<Claimed, door::Error> {
        self.portal.claim(&at.device, at.claim, &at.token, &at.teller, sent).await
    }

    fn shoot(&self, chance: u64, twist: Twist, taken_at: DateTime<FixedOffset>, place: Place, device: &Device) -> Result<Bytes, Error> {
        let model = format!("Kamera {}", device.code);
        let shot = Shot { taken_at, place, model: &model };
        let mut photo = self.studio.shoot(chance, (twist != Twist::NoExif).then_some(&shot))?;
        if twist == Twist::Truncated {
            photo.truncate(photo.len() * TRUNCATED_PERCENT / 100);
        }
        Ok(photo.into())
    }

    async fn capture(
        &self,
        at: &Moment,
        which: &str,
        taken_at: DateTime<FixedOffset>,
        place: Place,
        photo: Bytes,
        dice: &mut Dice,
    ) -> Result<(), Error> {
        let capture = CaptureId(self.id("capture", which, &at.claim.to_string()));
        let statement = CaptureStatement {
            capture,
            claim: at.claim,
            sha256: hex::encode(Sha256::digest(&photo)),
            size: photo.len() as u64,
            device: at.device.code.clone(),
            teller: at.teller.clone(),
            taken_at,
            clock_offset_s: at.device.clock_offset_s,
            position: Some(Position {
                latitude: place.latitude,
                longitude: place.longitude,
                accuracy_m: f64::from(ACCURACY_FROM_M + dice.below(ACCURACY_OVER_M)),
            }),
        };
        self.portal.upload(&at.device, capture, at.claim, &statement.sha256, photo).await?;
        self.portal.capture(&at.device, &statement, &at.token).await?;
        Ok(())
    }

    /// An id that a device makes up, the same for every try.
    fn id(&self, kind: &str, who: &str, what: &str) -> Uuid {
        Uuid::new_v5(&self.run, format!("{kind}\u{0}{who}\u{0}{what}").as_bytes())
    }
}

/// After the window by its cheque, or after the lease of its claim.
fn late(visit: &Visit, scan: &Scan, granted: &Granted, device: &Device) -> DateTime<FixedOffset> {
    let ended = if visit.chance.is_multiple_of(2) { scan.claims.closes_at } else { granted.expires_at };
    device.clock(ended + LATE)
}

fn place(twist: Twist, device: &Device, dice: &mut Dice) -> Place {
    let mut nearby = |degrees: f64| degrees + f64::from(dice.around_zero(NEARBY)) / 100_000.0;
    let (latitude, longitude) = (nearby(device.place.latitude), nearby(device.place.longitude));
    let off = if twist == Twist::WrongPlace { WRONG_PLACE_DEGREES } else { 0.0 };
    Place { latitude: latitude + off, longitude }
}
