//! A device pack: what one device needs to pay families for a day without a network, and nobody else can read.
//!
//! It holds the families that the device alone may pay until the pack ends, with their cheques, the keys that cheques are checked with, the list of revoked
//! cheques, and the hours of the day. A pack is sealed to the device's own key ([`sealing`]) and signed by the key that signs lists. So three
//! things can be told without a network: that we made it, for whom, and until when.
//!
//! It is a tagged `COSE_Sign1` (RFC 9052), Ed25519, over one CBOR array: `["salur-device-pack", 1, pack, device, made at, ends at, ephemeral key, sealed]`.
//! All CBOR in it is arrays, so that equal content is equal bytes. A NIK stands in it only as [`NikMark`]: enough to see that a card fits a family,
//! not enough to find the card. `docs/device-packs.md` says every field.
//!
//! Bounds: [`FAMILIES_MAX`] families, [`BYTES_MAX`] bytes.

mod cbor;
pub mod sealing;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use ed25519_dalek::{SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{
    ids::{ClaimId, DevicePackId},
    nik::Nik,
    signed::{self, Unsigned},
};

/// Families of a pack: a device pays fewer in a day.
pub const FAMILIES_MAX: usize = 500;
/// Bytes of a pack: its families, keys and the longest list of revoked cheques.
pub const BYTES_MAX: usize = 6 << 20;
/// Bytes of a pack's salt.
pub const SALT_BYTES: usize = 16;
/// How often a mark is hashed: as dear for who tries all NIKs as for the device that tries one.
pub const MARK_ROUNDS: u32 = 10_000;
/// Bytes of a mark. Few on purpose: see [`NikMark`].
pub const MARK_BYTES: usize = 2;
const NAME: &str = "salur-device-pack";
const VERSION: u8 = 1;

/// What stands on a pack: signed, and readable by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub pack: DevicePackId,
    /// Code of the device that alone can open it.
    pub device: String,
    /// When it was made, in whole seconds.
    pub made_at: DateTime<Utc>,
    /// From when on the device must hand out nothing of it, in whole seconds.
    pub ends_at: DateTime<Utc>,
}

/// What is in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Code of the teller who pays.
    pub teller: String,
    /// Code of the pay point.
    pub pay_point: String,
    /// The day.
    pub day: NaiveDate,
    /// Makes marks of this pack unlike those of any other.
    pub salt: [u8; SALT_BYTES],
    /// Keys that cheques are checked with: a COSE Key Set ([`crate::cheque_keys`]).
    pub keys: Vec<u8>,
    /// The list of revoked cheques ([`crate::revocations`]), signed.
    pub revoked: Vec<u8>,
    /// Families, in the order of their hours.
    pub families: Vec<Family>,
}

/// A family that this device alone may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The claim under which its hand-over is captured.
    pub claim: ClaimId,
    /// The name, masked as on the cheque.
    pub name: String,
    /// When it comes, by the clock of the pay point; none: no hour was planned.
    pub starts: Option<NaiveTime>,
    /// Whether a card fits.
    pub mark: NikMark,
    /// Its cheques, as their codes say them.
    pub cheques: Vec<String>,
}

/// The first two bytes of a salted, slow digest of a NIK.
///
/// A NIK has about ten thousand million values, and whoever knows the village tries a few million: no hashing hides it. So the mark is short: a card of
/// somebody else fits a given family once in 65,536, while who tries all NIKs of a district finds some fifty that fit each, and learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NikMark(pub [u8; MARK_BYTES]);

/// A pack, signature checked, still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What stands on it.
    pub head: Head,
    ephemeral: [u8; sealing::KEY_BYTES],
    contents: Vec<u8>,
}

/// Why bytes are not a pack, or not one for this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too large.
    #[error("a device pack has at most {FAMILIES_MAX} families and {BYTES_MAX} bytes")]
    TooLarge,
    /// Not a tagged `COSE_Sign1` with our fields.
    #[error("not a device pack")]
    Structure,
    /// Signed by a key that is not known, or not for lists.
    #[error("the device pack is signed by an unknown key")]
    UnknownKey,
    /// Changed.
    #[error("the signature of the device pack is wrong: it was changed, or made by nobody who may")]
    Signature,
    /// Sealed to another device's key.
    #[error("the device pack is sealed to another device")]
    OtherDevice,
    /// A device's key with which nothing can be agreed.
    #[error("the key of the device is of small order")]
    WeakKey,
}

impl From<Unsigned> for Error {
    fn from(wrong: Unsigned) -> Self {
        match wrong {
            Unsigned::TooLarge => Self::TooLarge,
            Unsigned::Structure => Self::Structure,
            Unsigned::UnknownKey => Self::UnknownKey,
            Unsigned::Signature => Self::Signature,
        }
    }
}

impl NikMark {
    /// The mark of a NIK in a pack: PBKDF2 with HMAC-SHA-256 (RFC 8018) over its digits, cut.
    pub fn of(nik: &Nik, salt: &[u8; SALT_BYTES]) -> Self {
        let keyed = <Hmac<Sha256> as Mac>::new_from_slice(nik.digits().as_bytes()).expect("HMAC takes keys of any length");
        let round = |bytes: &[&[u8]]| -> [u8; 32] {
            let mut hash = keyed.clone();
            for part in bytes {
                hash.update(part);
            }
            hash.finalize().into_bytes().into()
        };
        let mut last = round(&[salt, &1_u32.to_be_bytes()]);
        let mut sum = last;
        for _ in 1..MARK_ROUNDS {
            last = round(&[&last]);
            sum.iter_mut().zip(last).for_each(|(sum, byte)| *sum ^= byte);
        }
        Self([sum[0], sum[1]])
    }
}

impl Contents {
    /// Families whose card this may be: usually one or none.
    pub fn of_nik(&self, nik: &Nik) -> impl Iterator<Item = &Family> {
        let mark = NikMark::of(nik, &self.salt);
        self.families.iter().filter(move |family| family.mark == mark)
    }
}

/// Seals contents to a device and signs the pack. `ephemeral` is 32 random bytes that are used for nothing else.
pub fn make(
    head: &Head,
    contents: &Contents,
    device: &VerifyingKey,
    ephemeral: [u8; sealing::KEY_BYTES],
    key: &SigningKey,
) -> Result<Vec<u8>, Error> {
    if contents.families.len() > FAMILIES_MAX {
        return Err(Error::TooLarge);
    }
    let (public, sealed) = sealing::seal(device, ephemeral, &cbor::bound(head), &cbor::contents(contents)).ok_or(Error::WeakKey)?;
    let bytes = signed::sign(cbor::payload(head, &public, sealed), key);
    if bytes.len() > BYTES_MAX { Err(Error::TooLarge) } else { Ok(bytes) }
}

impl Sealed {
    /// Reads a pack and checks who signed it.
    pub fn verify(bytes: &[u8], find_key: impl Fn(&[u8]) -> Option<VerifyingKey>) -> Result<Self, Error> {
        cbor::read_payload(&signed::verify(bytes, BYTES_MAX, find_key)?)
    }

    /// Opens it with the device's key.
    pub fn open(&self, device: &SigningKey) -> Result<Contents, Error> {
        let plain = sealing::open(device, &self.ephemeral, &cbor::bound(&self.head), &self.contents).ok_or(Error::OtherDevice)?;
        cbor::read_contents(&plain)
    }

    /// Whether its time is over.
    pub fn is_over(&self, at: DateTime<Utc>) -> bool {
        at >= self.head.ends_at
    }
}

#[cfg(test)]
mod tests;
