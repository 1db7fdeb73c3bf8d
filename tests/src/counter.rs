//! The counter of a test: claims through the store, uploads to the bucket, statements signed by the device's key.

use base64::Engine;
use bytes::Bytes;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use ed25519_dalek::Signer;
use salur_domain::{CaptureId, ClaimId, PaymentId, nik::Nik, serial::ChequeSerial};
use salur_schemas::{
    ProofCaptured,
    proof::{CaptureStatement, Position},
};
use salur_store::{
    claims::{self, Answer, Claim},
    proofs,
    proxies::NewProxy,
};
use uuid::Uuid;

use crate::{
    World,
    people::Person,
    photos::{Exif, photo},
    programme::Counter,
};

/// Accuracy that devices of tests state, in metres.
const ACCURACY_M: f64 = 12.0;

/// A cheque as a family brings it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Typable.
    pub serial: String,
    /// What the QR says.
    pub token: String,
    /// Its payment.
    pub payment: PaymentId,
}

/// A capture before it is sent: change what shall be wrong with it, then [`Shot::signed`].
#[derive(Debug, Clone)]
pub struct Shot {
    /// The bytes to upload.
    pub photo: Vec<u8>,
    /// What the device says.
    pub statement: CaptureStatement,
    /// What was scanned.
    pub token: String,
    /// When the server hears of it.
    pub received_at: DateTime<Utc>,
}

/// An id of a device, a function of a number.
pub fn id(number: u32) -> Uuid {
    Uuid::new_v5(&salur_domain::ids::NAMESPACE, format!("test {number}").as_bytes())
}

/// Now, by the clock of a device in WIB, in whole seconds.
pub fn device_now() -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(7 * 3_600).expect("seven hours");
    DateTime::from_timestamp(Utc::now().timestamp(), 0).expect("a moment of today").with_timezone(&zone)
}

impl World {
    /// The cheque of a person's payment.
    pub async fn paper(&self, tranche: i32, person: &Person) -> Paper {
        let nik = Nik::parse(&person.nik).expect("persons have plausible NIKs");
        let payment = self.tools.keys.payment_id(salur_domain::TrancheId(tranche), &nik);
        let found = sqlx::query_as("SELECT serial, token FROM cheques WHERE payment = $1 ORDER BY version DESC LIMIT 1")
            .bind(payment.0)
            .fetch_one(&self.sql)
            .await;
        let (serial, token): (String, String) = found.expect("the payment has a cheque");
        ChequeSerial::parse(&serial).expect("serials are typable");
        Paper { serial, token, payment }
    }

    /// What the counter hears when it claims a cheque.
    pub async fn claim(&self, claim: Uuid, paper: &Paper, counter: &Counter) -> Answer {
        self.claim_by(claim, paper, counter, None).await
    }

    /// The same, where somebody receives for the family.
    pub async fn claim_by(&self, claim: Uuid, paper: &Paper, counter: &Counter, proxy: Option<&NewProxy>) -> Answer {
        let mut tx = self.tools.database.begin_portal().await.expect("the database is there");
        let cheque = claims::cheque(&mut tx, &paper.serial).await.expect("cheques can be read").expect("the cheque exists");
        let answer =
            claims::claim(&mut tx, ClaimId(claim), &cheque, (counter.device, counter.teller), proxy).await.expect("a claim has an answer");
        tx.commit().await.expect("the claim is written");
        answer
    }

    /// A person of another list, on the household card of a family; sealed is nothing.
    pub fn proxy(&self, number: u32, of: &Person) -> NewProxy {
        let (person, keys) = (Person::new(number), &self.tools.keys);
        NewProxy {
            person: keys.nik_index(&person.nik()).0,
            household: keys.kk_index(&of.kk()),
            relation: "child",
            masked_name: salur_domain::name::mask(&person.name),
            masked_nik: person.nik().to_string(),
            content: [1; 16],
            words: (vec![1], vec![2]),
            max_families: 3,
        }
    }

    /// A claim that must be granted.
    pub async fn granted(&self, claim: Uuid, paper: &Paper, counter: &Counter) -> Claim {
        match self.claim(claim, paper, counter).await {
            Answer::Granted(claim, _) => claim,
            other => panic!("the claim is not granted: {other:?}"),
        }
    }

    /// Puts a photo where its capture says.
    pub async fn upload(&self, capture: CaptureId, photo: &[u8]) {
        let bytes = Bytes::copy_from_slice(photo);
        self.tools.blobs.put(&proofs::incoming_key(capture), bytes, "image/jpeg").await.expect("an upload is taken");
    }

    /// Claims, shoots and uploads: a capture that must be believed.
    pub async fn visit(&self, number: u32, paper: &Paper, counter: &Counter) -> ProofCaptured {
        let claim = self.granted(id(number), paper, counter).await;
        let shot = Shot::new(number, &claim, paper, counter);
        self.upload(shot.statement.capture, &shot.photo).await;
        shot.signed(counter)
    }

    /// Lets the window of a tranche run out, and its grace with it, as a month would. Cheques are signed for the window that was: [`World::turn_back`] before
    /// anything looks at them.
    pub async fn end_window(&self, tranche: i32) {
        self.move_window(tranche, "-40 days").await;
    }

    /// Undoes [`World::end_window`].
    pub async fn turn_back(&self, tranche: i32) {
        self.move_window(tranche, "40 days").await;
    }

    async fn move_window(&self, tranche: i32, by: &str) {
        let shift = "UPDATE tranches SET opens_at = opens_at + $2::interval, closes_at = closes_at + $2::interval, returns_at = returns_at + $2::interval
            WHERE id = $1";
        sqlx::query(shift).bind(tranche).bind(by).execute(&self.sql).await.expect("the owner may move a window");
    }

    /// Lets the leases run out, as ten minutes would.
    pub async fn end_leases(&self) {
        sqlx::query("UPDATE claim_leases SET expires_at = now() - interval '1 second'").execute(&self.sql).await.expect("leases end");
    }
}

impl Shot {
    /// A flawless capture, now, whose id and picture are functions of a number.
    pub fn new(number: u32, claim: &Claim, paper: &Paper, counter: &Counter) -> Self {
        let taken_at = device_now();
        let exif = Exif { taken_at, place: counter.place };
        let photo = photo(u64::from(number) + 1_000, Some(exif));
        let statement = CaptureStatement {
            capture: CaptureId(id(number + 1_000_000)),
            claim: claim.id(),
            sha256: String::new(),
            size: 0,
            device: counter.device.into(),
            teller: counter.teller.into(),
            taken_at,
            clock_offset_s: 0,
            position: Some(Position { latitude: counter.place.latitude, longitude: counter.place.longitude, accuracy_m: ACCURACY_M }),
        };
        let shot = Self { photo: Vec::new(), statement, token: paper.token.clone(), received_at: Utc::now() + TimeDelta::seconds(1) };
        shot.with_photo(photo)
    }

    /// Another photo, stated as it is.
    #[must_use]
    pub fn with_photo(mut self, photo: Vec<u8>) -> Self {
        self.statement.sha256 = salur_media::hash::sha256(&photo).to_string();
        self.statement.size = photo.len() as u64;
        self.photo = photo;
        self
    }

    /// The fact, signed by the counter's device.
    pub fn signed(&self, counter: &Counter) -> ProofCaptured {
        let signature = counter.key.sign(&self.statement.to_sign());
        ProofCaptured {
            capture: self.statement.capture,
            claim: self.statement.claim,
            token: self.token.clone(),
            statement: self.statement.clone(),
            signature: base64::engine::general_purpose::STANDARD.encode(signature.to_bytes()),
            received_at: self.received_at,
        }
    }
}
