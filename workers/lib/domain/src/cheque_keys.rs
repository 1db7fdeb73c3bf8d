//! Keys that sign cheques: each tranche has its own, in turns, so that a key that leaks is good for one tranche and is replaced without touching another.
//!
//! All are derived (HMAC-SHA256) from the installation's one secret, which only those who sign hold; their public halves stand in rows and are published. The
//! installation's own key, which signed all cheques before there were keys of tranches, signs nothing any more and is good for what it signed. A key
//! of its own
//! signs the lists of revoked cheques, so that who publishes them can make no cheque.
//!
//! [`KeySet`] is what devices have: a COSE Key Set (RFC 9052, section 7), since a device that checks a cheque reads CBOR anyway, key ids are bytes
//! there as in the
//! token, and one small parser is enough on a phone. What a key is for, its tranche and its window stand in one private parameter.

use chrono::{DateTime, Utc};
use coset::{
    CborSerializable, CoseKey, CoseKeyBuilder, CoseKeySet, Label, RegisteredLabelWithPrivate,
    cbor::Value,
    iana::{self, EnumI64},
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{ids::TrancheId, token::key_id};

/// Private parameter of a key: integers below -65536 are for private use.
const ABOUT: i64 = -65_537;
/// Keys of one set; a set of more is not read.
pub const KEYS_MAX: usize = 10_000;
/// Bytes of a set.
pub const SET_BYTES_MAX: usize = 2 << 20;

/// Derives the private keys.
#[derive(Clone)]
pub struct ChequeKeys(SigningKey);

/// What a key is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Cheques of any tranche: the installation's own.
    Any,
    /// Cheques of one tranche.
    Tranche {
        /// Its code.
        code: String,
        /// Counts the keys of the tranche up from 1.
        turn: u16,
        /// First hand-over.
        opens_at: DateTime<Utc>,
        /// Last hand-over.
        closes_at: DateTime<Utc>,
    },
    /// Lists of revoked cheques.
    Lists,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The key.
    pub key: VerifyingKey,
    /// What it is for.
    pub purpose: Purpose,
}

/// Public keys, as published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet(pub Vec<Known>);

/// Why bytes are not a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too large.
    #[error("a key set has at most {KEYS_MAX} keys and {SET_BYTES_MAX} bytes")]
    TooLarge,
    /// Not CBOR, or not a COSE Key Set.
    #[error("not a COSE Key Set")]
    Structure,
    /// A key in it is not Ed25519, or says of itself what we do not know.
    #[error("key {0} of the set is none of ours")]
    Key(usize),
}

impl ChequeKeys {
    /// Of the installation's key.
    pub fn new(own: &SigningKey) -> Self {
        Self(own.clone())
    }

    /// The installation's own.
    pub fn own(&self) -> &SigningKey {
        &self.0
    }

    /// The key of a tranche's turn.
    pub fn of(&self, tranche: TrancheId, turn: u16) -> SigningKey {
        self.derive(&[b"tranche".as_slice(), &tranche.0.to_be_bytes(), &turn.to_be_bytes()])
    }

    /// Signs lists of revoked cheques.
    pub fn lists(&self) -> SigningKey {
        self.derive(&[b"lists"])
    }

    fn derive(&self, purpose: &[&[u8]]) -> SigningKey {
        let mut hash = <Hmac<Sha256> as Mac>::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        hash.update(b"salur/1/cheque-key/");
        for part in purpose {
            hash.update(part);
        }
        SigningKey::from_bytes(&hash.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for ChequeKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChequeKeys(..)")
    }
}

impl KeySet {
    /// The keys of an id: usually one or none.
    pub fn find(&self, kid: &[u8]) -> Option<&Known> {
        self.0.iter().find(|known| key_id(&known.key) == kid)
    }

    /// As a COSE Key Set, deterministic.
    pub fn to_cbor(&self) -> Vec<u8> {
        let keys = self.0.iter().map(|known| {
            let key = CoseKeyBuilder::new_okp_key()
                .algorithm(iana::Algorithm::EdDSA)
                .key_id(key_id(&known.key).to_vec())
                .add_key_op(iana::KeyOperation::Verify)
                .param(iana::OkpKeyParameter::Crv.to_i64(), Value::from(iana::EllipticCurve::Ed25519.to_i64()))
                .param(iana::OkpKeyParameter::X.to_i64(), Value::Bytes(known.key.as_bytes().to_vec()))
                .param(ABOUT, known.purpose.to_value());
            key.build()
        });
        CoseKeySet(keys.collect()).to_vec().expect("plain CBOR into memory")
    }

    /// Reads a COSE Key Set; every key must be one of ours.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > SET_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        let CoseKeySet(keys) = CoseKeySet::from_slice(bytes).map_err(|_| Error::Structure)?;
        if keys.len() > KEYS_MAX {
            return Err(Error::TooLarge);
        }
        keys.iter().enumerate().map(|(at, key)| read(key).ok_or(Error::Key(at))).collect::<Result<_, _>>().map(Self)
    }
}

fn read(key: &CoseKey) -> Option<Known> {
    let find = |label: i64| key.params.iter().find(|(known, _)| *known == Label::Int(label)).map(|(_, value)| value);
    let is_okp = key.kty == coset::KeyType::Assigned(iana::KeyType::OKP);
    let is_eddsa = key.alg == Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA));
    let curve = find(iana::OkpKeyParameter::Crv.to_i64())?.as_integer()?;
    if !is_okp || !is_eddsa || curve != iana::EllipticCurve::Ed25519.to_i64().into() {
        return None;
    }
    let bytes: &[u8; 32] = find(iana::OkpKeyParameter::X.to_i64())?.as_bytes()?.as_slice().try_into().ok()?;
    let public = VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak())?;
    let purpose = Purpose::from_value(find(ABOUT)?)?;
    (key.key_id == key_id(&public)).then_some(Known { key: public, purpose })
}

impl Purpose {
    fn to_value(&self) -> Value {
        match self {
            Self::Any => Value::Array(vec![Value::from("cheques")]),
            Self::Lists => Value::Array(vec![Value::from("revocations")]),
            Self::Tranche { code, turn, opens_at, closes_at } => Value::Array(vec![
                Value::from("cheques"),
                Value::from(code.as_str()),
                Value::from(*turn),
                Value::from(opens_at.timestamp()),
                Value::from(closes_at.timestamp()),
            ]),
        }
    }

    fn from_value(value: &Value) -> Option<Self> {
        let parts = value.as_array()?;
        let moment = |value: &Value| DateTime::from_timestamp(value.as_integer()?.try_into().ok()?, 0);
        match (parts.first()?.as_text()?, &parts[1..]) {
            ("cheques", []) => Some(Self::Any),
            ("revocations", []) => Some(Self::Lists),
            ("cheques", [code, turn, opens, closes]) => Some(Self::Tranche {
                code: code.as_text()?.to_owned(),
                turn: turn.as_integer()?.try_into().ok()?,
                opens_at: moment(opens)?,
                closes_at: moment(closes)?,
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> ChequeKeys {
        ChequeKeys::new(&SigningKey::from_bytes(&[7; 32]))
    }

    fn set() -> KeySet {
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).expect("a moment");
        let tranche = Purpose::Tranche { code: "BST-4".into(), turn: 1, opens_at: moment(1_594_684_800), closes_at: moment(1_597_276_800) };
        KeySet(vec![
            Known { key: keys().own().verifying_key(), purpose: Purpose::Any },
            Known { key: keys().of(TrancheId(4), 1).verifying_key(), purpose: tranche },
            Known { key: keys().lists().verifying_key(), purpose: Purpose::Lists },
        ])
    }

    #[test]
    fn keys_of_tranches_turns_and_lists_differ_and_are_the_same_each_time() {
        let all = [keys().own().to_bytes(), keys().of(TrancheId(4), 1).to_bytes(), keys().of(TrancheId(4), 2).to_bytes()];
        let all = all.into_iter().chain([keys().of(TrancheId(5), 1).to_bytes(), keys().lists().to_bytes()]);
        let distinct: std::collections::BTreeSet<_> = all.collect();
        assert_eq!(distinct.len(), 5);
        assert_eq!(keys().of(TrancheId(4), 1).to_bytes(), keys().of(TrancheId(4), 1).to_bytes());
        assert_eq!(format!("{:?}", keys()), "ChequeKeys(..)");
    }

    #[test]
    fn a_set_reads_back_and_finds_a_key_by_its_id() {
        let bytes = set().to_cbor();
        assert_eq!(KeySet::from_cbor(&bytes), Ok(set()));
        let kid = key_id(&keys().of(TrancheId(4), 1).verifying_key());
        assert!(matches!(set().find(&kid).map(|known| &known.purpose), Some(Purpose::Tranche { turn: 1, .. })));
        assert_eq!(set().find(b"none"), None);
    }

    #[test]
    fn what_is_no_set_of_ours_is_refused() {
        let bytes = set().to_cbor();
        for cut in [0, 1, 10, bytes.len() - 1] {
            assert_eq!(KeySet::from_cbor(&bytes[..cut]), Err(Error::Structure), "{cut}");
        }
        assert_eq!(KeySet::from_cbor(&vec![0; SET_BYTES_MAX + 1]), Err(Error::TooLarge));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(read) = KeySet::from_cbor(&changed) {
                assert_eq!(read.0.len(), 3, "byte {at}: a changed set has other words, never another key under the same id");
                for (one, other) in read.0.iter().zip(&set().0) {
                    assert_eq!(one.key, other.key, "byte {at}");
                }
            }
        }
    }
}
