//! Keys, blind indexes and sealing. Pure: keys come in as text, random bytes come in from the caller.
//!
//! Three installation keys, 32 bytes each. The *index* key makes ids and digests that mean nothing without it; it can never change, since ids
//! are stored. The *master* key wraps the data keys of rows, the *photo* key those of photos ([`WrappingKey`]): who shows photos cannot read rows.
//! Rotating either means unwrapping and wrapping again. Every purpose has its own subkey, so that one function's output says nothing about another's.
//!
//! A [`DataKey`] seals what is personal: one per batch for rows, one per photo. Sealing is XChaCha20-Poly1305 with a *synthetic* nonce, the
//! keyed digest of context and plaintext (the SIV construction, RFC 5297 in spirit). Equal input gives equal bytes, so that a
//! redelivered message writes the same row; what is given away is that two sealings under one key and one context are equal. The
//! context (which row, which photo) is authenticated: a blob moved to another row does not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, AeadInPlace, KeyInit, Payload};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::disposition::{Disposed, Disposition};
use crate::ids::{AccountId, PaymentId, TrancheId};
use crate::nik::{Kk, Nik};

/// Bytes of every key.
pub const KEY_BYTES: usize = 32;
/// First byte of a sealed blob.
const SEALED_V1: u8 = 1;
/// First byte of a wrapped key.
const WRAPPED_V1: u8 = 2;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// Bytes that sealing adds: version, nonce, tag.
pub const OVERHEAD: usize = 1 + NONCE_BYTES + TAG_BYTES;
/// Bytes that [`DataKey::enclose`] adds: the length of the wrapped key, that key, and what sealing adds.
pub const ENCLOSING: usize = 1 + 1 + WRAPPER_ID_BYTES + OVERHEAD + KEY_BYTES + OVERHEAD;
/// Bytes that name the wrapping key inside a wrapped key.
const WRAPPER_ID_BYTES: usize = 4;

type Hash = Hmac<Sha256>;

/// Why a key or a blob is not what it should be. Never says anything of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A key is not 64 hexadecimal digits.
    #[error("the {0} key is not 64 hexadecimal digits")]
    KeyText(&'static str),
    /// Too short, or of a version that this program does not know.
    #[error("not a sealed blob of a known version")]
    Form,
    /// Wrapped under another key than the one given.
    #[error("wrapped under another key")]
    OtherWrapper,
    /// Changed, of another context, or sealed under another key.
    #[error("blob does not open: changed, of another context, or under another key")]
    Forged,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// The installation's keys, as subkeys by purpose.
#[derive(Clone)]
pub struct Keys {
    nik: Hash,
    kk: Hash,
    payment: Hash,
    row: Hash,
    serial: Hash,
    rows: WrappingKey,
}

/// Wraps data keys, and unwraps them.
#[derive(Clone)]
pub struct WrappingKey {
    sealer: Sealer,
    id: [u8; WRAPPER_ID_BYTES],
}

/// A key of one batch or one photo.
#[derive(Clone)]
pub struct DataKey {
    bytes: [u8; KEY_BYTES],
    sealer: Sealer,
}

/// Authenticated encryption with a synthetic nonce.
#[derive(Clone)]
struct Sealer {
    cipher: XChaCha20Poly1305,
    nonce: Hash,
}

impl Keys {
    /// The keys from their text: 64 hexadecimal digits each.
    ///
    /// ```
    /// use salur_domain::{Nik, vault::Keys};
    /// let keys = Keys::from_hex(&"11".repeat(32), &"22".repeat(32)).unwrap();
    /// let nik = Nik::parse("1902015204850007").unwrap();
    /// assert_eq!(keys.nik_index(&nik), keys.nik_index(&nik));
    /// assert_eq!(format!("{keys:?}"), "Keys(..)");
    /// ```
    pub fn from_hex(master: &str, index: &str) -> Result<Self, Error> {
        let master = key_bytes(master).ok_or(Error::KeyText("master"))?;
        let index = key_bytes(index).ok_or(Error::KeyText("index"))?;
        Ok(Self {
            nik: hash(&subkey(&index, b"nik")),
            kk: hash(&subkey(&index, b"kk")),
            payment: hash(&subkey(&index, b"payment")),
            row: hash(&subkey(&index, b"row")),
            serial: hash(&subkey(&index, b"serial")),
            rows: WrappingKey::new(&master),
        })
    }

    /// Wraps the data keys of rows.
    pub fn rows(&self) -> &WrappingKey {
        &self.rows
    }

    /// The account of a person: the blind index of the NIK.
    pub fn nik_index(&self, nik: &Nik) -> AccountId {
        AccountId(half(self.nik.clone(), &[nik.digits().as_bytes()]))
    }

    /// The blind index of a household.
    pub fn kk_index(&self, kk: &Kk) -> Uuid {
        half(self.kk.clone(), &[kk.digits().as_bytes()])
    }

    /// The payment of a person in a tranche.
    pub fn payment_id(&self, tranche: TrancheId, nik: &Nik) -> PaymentId {
        PaymentId(half(self.payment.clone(), &[&tranche.0.to_be_bytes(), nik.digits().as_bytes()]))
    }

    /// Keyed digest of the business fields of a row (name, value), to recognise equal key with other content. Lengths are part of it, so
    /// that nothing moves unnoticed from one field to the next; the order of fields counts.
    pub fn row_digest(&self, fields: &[(&str, &str)]) -> [u8; 16] {
        let mut hash = self.row.clone();
        for (name, value) in fields {
            absorb(&mut hash, name.as_bytes());
            absorb(&mut hash, value.as_bytes());
        }
        *half(hash, &[]).as_bytes()
    }

    /// 32 keyed bytes for the serial of a cheque.
    pub(crate) fn serial_bytes(&self, payment: PaymentId, version: u16) -> [u8; 32] {
        let mut hash = self.serial.clone();
        hash.update(payment.0.as_bytes());
        hash.update(&version.to_be_bytes());
        finish(hash)
    }
}

impl WrappingKey {
    /// Of 32 bytes.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let id = finish(hash(&subkey(bytes, b"master-id")));
        Self { sealer: Sealer::of(bytes), id: id[..WRAPPER_ID_BYTES].try_into().expect("a digest is longer") }
    }
}

impl DataKey {
    /// A data key of 32 random bytes, made by the caller.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self { bytes, sealer: Sealer::of(&bytes) }
    }

    /// The key sealed under a wrapping key, to be stored beside what it protects. `context` names the batch or the photo.
    pub fn wrap(&self, under: &WrappingKey, context: &[u8]) -> Vec<u8> {
        let mut wrapped = vec![WRAPPED_V1];
        wrapped.extend_from_slice(&under.id);
        wrapped.extend_from_slice(&under.sealer.seal(context, &self.bytes));
        wrapped
    }

    /// The key out of its wrapping.
    pub fn unwrap(under: &WrappingKey, context: &[u8], wrapped: &[u8]) -> Result<Self, Error> {
        let rest = wrapped.strip_prefix(&[WRAPPED_V1]).ok_or(Error::Form)?;
        let (id, sealed) = rest.split_at_checked(WRAPPER_ID_BYTES).ok_or(Error::Form)?;
        if id != under.id {
            return Err(Error::OtherWrapper);
        }
        let bytes = under.sealer.open(context, sealed)?;
        Ok(Self::new(bytes.try_into().map_err(|_| Error::Form)?))
    }

    /// One blob that brings its key along: wrapped, then the bytes sealed. For what has no row that could hold the key: the last one written is whole by
    /// itself, and gone with its bytes. They are sealed where they lie, since a file of megabytes is too large to be there twice; room behind them
    /// ([`ENCLOSING`]) keeps them from being moved elsewhere.
    pub fn enclose(&self, under: &WrappingKey, context: &[u8], mut bytes: Vec<u8>) -> Vec<u8> {
        let wrapped = self.wrap(under, context);
        let nonce = self.sealer.nonce(context, &bytes);
        let tag = self.sealer.encrypt(&nonce, context, &mut bytes);
        let length = u8::try_from(wrapped.len()).expect("a wrapped key is short");
        let head: Vec<u8> = [&[length], wrapped.as_slice(), &[SEALED_V1], nonce.as_slice()].concat();
        debug_assert!(head.len() + tag.len() <= ENCLOSING, "the room is documented");
        bytes.splice(0..0, head);
        bytes.extend_from_slice(&tag);
        bytes
    }

    /// The bytes of a blob that brings its key along.
    pub fn disclose(under: &WrappingKey, context: &[u8], blob: &[u8]) -> Result<Vec<u8>, Error> {
        let (length, rest) = blob.split_first().ok_or(Error::Form)?;
        let (wrapped, sealed) = rest.split_at_checked(usize::from(*length)).ok_or(Error::Form)?;
        Self::unwrap(under, context, wrapped)?.open(context, sealed)
    }

    /// Seals bytes; the same arguments give the same blob, [`OVERHEAD`] bytes longer than the plaintext.
    pub fn seal(&self, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
        self.sealer.seal(context, plaintext)
    }

    /// Opens a blob sealed by this key in this context.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.sealer.open(context, sealed)
    }
}

impl Sealer {
    fn of(key: &[u8; KEY_BYTES]) -> Self {
        let cipher = XChaCha20Poly1305::new(&subkey(key, b"cipher").into());
        Self { cipher, nonce: hash(&subkey(key, b"nonce")) }
    }

    fn seal(&self, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut blob = Vec::with_capacity(OVERHEAD + plaintext.len());
        self.seal_into(context, plaintext, &mut blob);
        blob
    }

    /// Appends the sealed bytes; they are copied once, which a file of many megabytes is glad of.
    fn seal_into(&self, context: &[u8], plaintext: &[u8], blob: &mut Vec<u8>) {
        let nonce = self.nonce(context, plaintext);
        blob.push(SEALED_V1);
        blob.extend_from_slice(&nonce);
        let start = blob.len();
        blob.extend_from_slice(plaintext);
        let tag = self.encrypt(&nonce, context, &mut blob[start..]);
        blob.extend_from_slice(&tag);
    }

    /// The nonce of these bytes: a function of them (decision 8).
    fn nonce(&self, context: &[u8], plaintext: &[u8]) -> XNonce {
        let mut synthetic = self.nonce.clone();
        absorb(&mut synthetic, context);
        absorb(&mut synthetic, plaintext);
        *XNonce::from_slice(&finish(synthetic)[..NONCE_BYTES])
    }

    fn encrypt(&self, nonce: &XNonce, context: &[u8], bytes: &mut [u8]) -> Tag {
        self.cipher.encrypt_in_place_detached(nonce, context, bytes).expect("far below the cipher's limit of 256 GiB")
    }

    fn open(&self, context: &[u8], blob: &[u8]) -> Result<Vec<u8>, Error> {
        let rest = blob.strip_prefix(&[SEALED_V1]).ok_or(Error::Form)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(Error::Form)?;
        let payload = Payload { msg: sealed, aad: context };
        self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| Error::Forged)
    }
}

fn key_bytes(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut bytes = [0; KEY_BYTES];
    hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
    Some(bytes)
}

/// A key for one purpose, derived from a key for many.
fn subkey(key: &[u8; KEY_BYTES], purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mut hash = hash(key);
    hash.update(b"salur/1/");
    hash.update(purpose);
    finish(hash)
}

fn hash(key: &[u8; KEY_BYTES]) -> Hash {
    <Hash as Mac>::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn finish(hash: Hash) -> [u8; 32] {
    hash.finalize().into_bytes().into()
}

/// Length first, so that the boundary between two parts is part of the digest.
fn absorb(hash: &mut Hash, part: &[u8]) {
    let length = u64::try_from(part.len()).expect("lengths fit into 64 bits");
    hash.update(&length.to_be_bytes());
    hash.update(part);
}

/// The first 16 bytes of a digest over parts of fixed length.
fn half(mut hash: Hash, parts: &[&[u8]]) -> Uuid {
    for part in parts {
        hash.update(part);
    }
    Uuid::from_bytes(finish(hash)[..16].try_into().expect("a digest has 32 bytes"))
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappingKey(..)")
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

#[cfg(test)]
mod tests;
