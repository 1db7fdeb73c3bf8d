//! Which cheques are not payable any more, small enough for a phone: a Golomb-coded set of the digests of their serials, signed.
//!
//! A set of n serials takes about 21.6 bits each: 270 KB for 100,000 (sorted digests of eight bytes took 800 KB). It answers *revoked* for each that
//! is in it, and
//! by chance for one in [`ONE_IN`] that is not: such a family is asked to wait for the network, and none is paid twice. The digest of a serial is the first
//! eight bytes of its SHA-256, brought below n × [`ONE_IN`] by a multiplication; sorted, the distances are Rice-coded (Golomb, 1966; BIP 158 is a cousin).
//!
//! It travels as a tagged `COSE_Sign1` (RFC 9052), Ed25519, over one CBOR array: `["salur-revocations", 1, made at, number, code]`. Bounds: [`MOST`] serials.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use coset::{CborSerializable, cbor::Value};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{
    serial::ChequeSerial,
    signed::{self, Unsigned},
};

/// Serials of a list: 2.7 MB.
pub const MOST: usize = 1_000_000;
/// Bytes of a list.
pub const BYTES_MAX: usize = 4 << 20;
/// One serial in so many that is not in the list looks as if it were.
pub const ONE_IN: u64 = 1 << RICE_BITS;
const RICE_BITS: u32 = 20;
const NAME: &str = "salur-revocations";
const VERSION: u8 = 1;

/// A list, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    values: Vec<u64>,
}

/// Why bytes are not a list of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too large.
    #[error("a list of revoked cheques has at most {MOST} serials and {BYTES_MAX} bytes")]
    TooLarge,
    /// Not a tagged `COSE_Sign1` with our claims.
    #[error("not a list of revoked cheques")]
    Structure,
    /// Signed by a key that is not known, or not for lists.
    #[error("the list is signed by an unknown key")]
    UnknownKey,
    /// Changed.
    #[error("the signature of the list is wrong")]
    Signature,
    /// The code ends early, or goes on.
    #[error("the code of the list is damaged")]
    Code,
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

/// A list of these serials, signed; `None` where they are more than [`MOST`].
pub fn sign(serials: &[ChequeSerial], made_at: DateTime<Utc>, key: &SigningKey) -> Option<Vec<u8>> {
    let distinct: BTreeSet<u64> = serials.iter().map(digest).collect();
    if distinct.len() > MOST {
        return None;
    }
    let number = distinct.len() as u64;
    let mut values: Vec<u64> = distinct.into_iter().map(|digest| below(digest, number)).collect();
    values.sort_unstable();
    let payload = Value::Array(vec![
        Value::from(NAME),
        Value::from(VERSION),
        Value::from(made_at.timestamp()),
        Value::from(number),
        Value::Bytes(encode(&values)),
    ]);
    let mut bytes = Vec::new();
    coset::cbor::ser::into_writer(&payload, &mut bytes).expect("plain CBOR into memory");
    Some(signed::sign(bytes, key))
}

impl Revocations {
    /// Reads a list and checks who signed it.
    pub fn verify(bytes: &[u8], find_key: impl Fn(&[u8]) -> Option<VerifyingKey>) -> Result<Self, Error> {
        read(&signed::verify(bytes, BYTES_MAX, find_key)?)
    }

    /// How many serials are in it.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether a cheque is revoked: always right for one that is, wrong for one in [`ONE_IN`] of the others.
    pub fn contains(&self, serial: &ChequeSerial) -> bool {
        !self.values.is_empty() && self.values.binary_search(&below(digest(serial), self.values.len() as u64)).is_ok()
    }
}

fn read(payload: &[u8]) -> Result<Revocations, Error> {
    let value = Value::from_slice(payload).map_err(|_| Error::Structure)?;
    let [name, version, made_at, number, code] = value.as_array().map(Vec::as_slice).ok_or(Error::Structure)? else {
        return Err(Error::Structure);
    };
    if name.as_text() != Some(NAME) || version.as_integer() != Some(VERSION.into()) {
        return Err(Error::Structure);
    }
    let whole = |value: &Value| value.as_integer().and_then(|number| i64::try_from(number).ok()).ok_or(Error::Structure);
    let made_at = DateTime::from_timestamp(whole(made_at)?, 0).ok_or(Error::Structure)?;
    let number = usize::try_from(whole(number)?).map_err(|_| Error::Structure)?;
    if number > MOST {
        return Err(Error::TooLarge);
    }
    let values = decode(code.as_bytes().ok_or(Error::Structure)?, number).ok_or(Error::Code)?;
    Ok(Revocations { made_at, values })
}

fn digest(serial: &ChequeSerial) -> u64 {
    u64::from_be_bytes(Sha256::digest(serial.compact())[..8].try_into().expect("a digest has 32 bytes"))
}

/// A digest, evenly below number × [`ONE_IN`].
fn below(digest: u64, number: u64) -> u64 {
    u64::try_from((u128::from(digest) * u128::from(number * ONE_IN)) >> 64).expect("below a number of 64 bits")
}

/// Distances, Rice-coded: so many ones, a zero, then the low bits; most significant bit first.
fn encode(values: &[u64]) -> Vec<u8> {
    let (mut bytes, mut last, mut free) = (Vec::with_capacity(values.len() * 11 / 4 + 1), 0, 0_u32);
    let mut push = |bit: bool| {
        if free == 0 {
            bytes.push(0);
            free = 8;
        }
        free -= 1;
        if bit {
            *bytes.last_mut().expect("one was pushed") |= 1 << free;
        }
    };
    for value in values {
        let distance = value - last;
        last = *value;
        for _ in 0..distance >> RICE_BITS {
            push(true);
        }
        push(false);
        for bit in (0..RICE_BITS).rev() {
            push(distance >> bit & 1 == 1);
        }
    }
    bytes
}

/// The values of a code; none where it ends early, goes on, or leads beyond where values lie.
fn decode(code: &[u8], number: usize) -> Option<Vec<u64>> {
    let end = number as u64 * ONE_IN;
    let mut at = 0_usize;
    let mut next = || {
        let bit = code.get(at / 8)? >> (7 - at % 8) & 1;
        at += 1;
        Some(bit == 1)
    };
    let (mut values, mut last) = (Vec::with_capacity(number), 0_u64);
    for _ in 0..number {
        let mut distance = 0_u64;
        while next()? {
            distance += 1;
        }
        for _ in 0..RICE_BITS {
            distance = distance << 1 | u64::from(next()?);
        }
        last = last.checked_add(distance).filter(|value| *value < end)?;
        values.push(last);
    }
    (at.div_ceil(8) == code.len()).then_some(values)
}

impl From<coset::CoseError> for Error {
    fn from(_: coset::CoseError) -> Self {
        Self::Structure
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{ids::PaymentId, token::key_id, vault::Keys};

    fn serials(from: u128, number: u128) -> Vec<ChequeSerial> {
        let keys = Keys::from_hex(&"01".repeat(32), &"02".repeat(32)).expect("64 digits");
        (from..from + number).map(|n| ChequeSerial::derive(&keys, PaymentId(Uuid::from_u128(n)), 1)).collect()
    }

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[9; 32])
    }

    fn made(serials: &[ChequeSerial]) -> Vec<u8> {
        sign(serials, DateTime::from_timestamp(1_600_000_000, 0).expect("a moment"), &key()).expect("not too many")
    }

    fn opened(bytes: &[u8]) -> Result<Revocations, Error> {
        Revocations::verify(bytes, |kid| (kid == key_id(&key().verifying_key())).then(|| key().verifying_key()))
    }

    #[test]
    fn every_serial_of_a_list_is_found_and_hardly_another() {
        for number in [0, 1, 2, 1_000, 20_000] {
            let revoked = serials(0, number);
            let list = opened(&made(&revoked)).expect("it is ours");
            assert_eq!(list.len() as u128, number);
            assert!(revoked.iter().all(|serial| list.contains(serial)), "{number}");
            let wrong = serials(1_000_000, 20_000).iter().filter(|serial| list.contains(serial)).count();
            assert!(wrong <= 2, "{number}: {wrong} of 20,000 others look revoked");
        }
    }

    #[test]
    fn a_hundred_thousand_take_less_than_three_bytes_each() {
        let bytes = made(&serials(0, 100_000)).len();
        assert!((265_000..275_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_list_does_not_depend_on_the_order_or_on_repetition() {
        let mut many = serials(0, 50);
        let once = made(&many);
        many.reverse();
        many.extend(serials(0, 10));
        assert_eq!(made(&many), once);
    }

    #[test]
    fn a_changed_cut_or_strange_list_is_refused() {
        let bytes = made(&serials(0, 20));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(opened(&changed).is_err(), "byte {at}");
            assert!(opened(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(Revocations::verify(&bytes, |_| None), Err(Error::UnknownKey));
        assert_eq!(opened(&vec![0; BYTES_MAX + 1]), Err(Error::TooLarge));
    }
}
