//! The token inside a cheque's QR: checked with the public key alone, no network.
//!
//! `SLR1:` + base45 (RFC 9285) of a tagged `COSE_Sign1` (RFC 9052) over a CWT (RFC 8392), signed with Ed25519 (RFC 8032).
//! About 240 characters (at most 256 with a pay point code of 16), all in
//! QR's alphanumeric alphabet. Deterministic: the same claims and key give the same text.
//!
//! | part | content |
//! |---|---|
//! | protected header | alg `EdDSA`, kid |
//! | unprotected header | empty |
//! | 4 exp, 5 nbf | the window, whole seconds since 1970 |
//! | 7 cti | the payment id, 16 bytes |
//! | -65537 | `[cheque version, serial (16 characters), amount in rupiah, pay point code]`: one private claim, since each private key costs five bytes |
//!
//! No NIK, no name, no digest of them. There is exactly one text for a signed cheque: any other spelling of the same content (other CBOR
//! lengths, lower case, bytes behind the end) is refused, so that a text can be compared as text. Bound: [`MAX_TEXT`].

use chrono::{DateTime, Utc};
use coset::cbor::Value;
use coset::cwt::{ClaimName, ClaimsSet, ClaimsSetBuilder, Timestamp};
use coset::{Algorithm, CborSerializable, CoseError, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::disposition::{Disposed, Disposition};
use crate::ids::PaymentId;
use crate::money::Rupiah;
use crate::serial::ChequeSerial;

/// How every token begins.
pub const PREFIX: &str = "SLR1:";
/// Longest text read, in characters; a cheque's own is about half of it.
pub const MAX_TEXT: usize = 512;
/// Bytes of a key id made by [`key_id`]: it tells the few keys of one installation apart, and every byte makes the QR larger.
pub const KEY_ID_BYTES: usize = 4;
/// The private claim (RFC 8392: integers below -65536 are for private use).
const CHEQUE_CLAIM: i64 = -65_537;

/// What a cheque says, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChequeClaims {
    /// The typable serial.
    pub serial: ChequeSerial,
    /// The payment.
    pub payment: PaymentId,
    /// 1 for the first cheque of the payment.
    pub version: u16,
    /// What the family receives.
    pub amount: Rupiah,
    /// Code of the pay point that expects the family.
    pub pay_point: String,
    /// First moment of the window; whole seconds.
    pub opens_at: DateTime<Utc>,
    /// End of the window; whole seconds.
    pub closes_at: DateTime<Utc>,
}

/// Why a text is not a cheque's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another QR.
    #[error("not a cheque: does not begin with {PREFIX}")]
    Prefix,
    /// Longer than [`MAX_TEXT`].
    #[error("token has {0} characters, more than {MAX_TEXT}")]
    TooLong(usize),
    /// Not base45.
    #[error("token is not base45")]
    Base45,
    /// Not a tagged `COSE_Sign1`.
    #[error("token is not a COSE_Sign1")]
    Structure,
    /// Something follows the end.
    #[error("token has bytes after its end")]
    Trailing,
    /// The algorithm stands where nobody signed it.
    #[error("the algorithm stands in the unprotected header")]
    UnprotectedAlgorithm,
    /// The unprotected header has something else.
    #[error("the unprotected header is not empty")]
    Unprotected,
    /// Not Ed25519.
    #[error("the algorithm is not EdDSA")]
    Algorithm,
    /// The protected header asks for more than an algorithm and a key.
    #[error("the protected header has unknown entries")]
    Header,
    /// Signed by a key that we do not know.
    #[error("signed by an unknown key")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// Signed, but not the claims of a cheque.
    #[error("signed, but not the claims of a cheque")]
    Claims,
    /// The right content in another spelling.
    #[error("token is not in its one right spelling")]
    Spelling,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// The id of a key: the first bytes of the SHA-256 of the public key.
pub fn key_id(key: &VerifyingKey) -> [u8; KEY_ID_BYTES] {
    Sha256::digest(key.as_bytes())[..KEY_ID_BYTES].try_into().expect("a digest is longer")
}

/// Signs a cheque. `kid` names the key to whoever verifies: [`key_id`], usually.
pub fn sign(claims: &ChequeClaims, key: &SigningKey, kid: &[u8]) -> String {
    let payload = claims.to_cwt().to_vec().expect("plain CBOR into memory");
    let protected = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(kid.to_vec()).build();
    let signed = CoseSign1Builder::new()
        .protected(protected)
        .payload(payload)
        .create_signature(b"", |bytes| key.sign(bytes).to_bytes().to_vec())
        .build();
    spell(signed)
}

/// Verifies a cheque's token and gives its claims. Says nothing about time: see [`ChequeClaims::covers`].
pub fn verify(text: &str, find_key: impl Fn(&[u8]) -> Option<VerifyingKey>) -> Result<ChequeClaims, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::TooLong(text.len()));
    }
    let body = text.strip_prefix(PREFIX).ok_or(Error::Prefix)?;
    let bytes = base45::decode(body).map_err(|_| Error::Base45)?;
    let signed = CoseSign1::from_tagged_slice(&bytes).map_err(|error| match error {
        CoseError::ExtraneousData => Error::Trailing,
        _ => Error::Structure,
    })?;
    let kid = check_headers(&signed)?;
    let key = find_key(kid).ok_or(Error::UnknownKey)?;
    check_signature(&signed, &key)?;
    let claims = signed.payload.as_deref().and_then(ChequeClaims::from_cwt).ok_or(Error::Claims)?;
    if spell(signed) == text { Ok(claims) } else { Err(Error::Spelling) }
}

/// What a token says, and the id of the key that it names: nothing of it is checked, so nothing of it is to be believed.
pub fn unchecked(text: &str) -> Result<(Vec<u8>, ChequeClaims), Error> {
    let kid = kid(text)?;
    let bytes = base45::decode(text.strip_prefix(PREFIX).ok_or(Error::Prefix)?).map_err(|_| Error::Base45)?;
    let signed = CoseSign1::from_tagged_slice(&bytes).map_err(|_| Error::Structure)?;
    let claims = signed.payload.as_deref().and_then(ChequeClaims::from_cwt).ok_or(Error::Claims)?;
    Ok((kid, claims))
}

/// The id of the key that a token says it is signed by; nothing of it is checked.
pub fn kid(text: &str) -> Result<Vec<u8>, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::TooLong(text.len()));
    }
    let bytes = base45::decode(text.strip_prefix(PREFIX).ok_or(Error::Prefix)?).map_err(|_| Error::Base45)?;
    let signed = CoseSign1::from_tagged_slice(&bytes).map_err(|_| Error::Structure)?;
    Ok(signed.protected.header.key_id)
}

/// The one text of a signed cheque.
fn spell(signed: CoseSign1) -> String {
    let bytes = signed.to_tagged_vec().expect("plain CBOR into memory");
    format!("{PREFIX}{}", base45::encode(bytes))
}

/// The key id, if the headers are those of a cheque and nothing more.
fn check_headers(signed: &CoseSign1) -> Result<&[u8], Error> {
    if signed.unprotected.alg.is_some() {
        return Err(Error::UnprotectedAlgorithm);
    }
    if !signed.unprotected.is_empty() {
        return Err(Error::Unprotected);
    }
    let header = &signed.protected.header;
    if header.alg != Some(Algorithm::Assigned(iana::Algorithm::EdDSA)) {
        return Err(Error::Algorithm);
    }
    let expected = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(header.key_id.clone()).build();
    if *header == expected { Ok(&header.key_id) } else { Err(Error::Header) }
}

/// Ed25519 over the `Sig_structure`, strict: no second signature for the same bytes, no key of small order.
fn check_signature(signed: &CoseSign1, key: &VerifyingKey) -> Result<(), Error> {
    signed.verify_signature(b"", |signature, bytes| {
        let signature = Signature::from_slice(signature).map_err(|_| Error::Signature)?;
        key.verify_strict(bytes, &signature).map_err(|_| Error::Signature)
    })
}

impl ChequeClaims {
    /// Whether a moment lies in the window, its end included.
    pub fn covers(&self, moment: DateTime<Utc>) -> bool {
        (self.opens_at..=self.closes_at).contains(&moment)
    }

    fn to_cwt(&self) -> ClaimsSet {
        let cheque = vec![
            Value::from(self.version),
            Value::from(self.serial.compact()),
            Value::from(self.amount.get()),
            Value::from(self.pay_point.as_str()),
        ];
        ClaimsSetBuilder::new()
            .expiration_time(Timestamp::WholeSeconds(self.closes_at.timestamp()))
            .not_before(Timestamp::WholeSeconds(self.opens_at.timestamp()))
            .cwt_id(self.payment.0.as_bytes().to_vec())
            .private_claim(CHEQUE_CLAIM, Value::Array(cheque))
            .build()
    }

    /// The claims, if these are the claims of a cheque and nothing more.
    fn from_cwt(payload: &[u8]) -> Option<Self> {
        let cwt = ClaimsSet::from_slice(payload).ok()?;
        let [(ClaimName::PrivateUse(CHEQUE_CLAIM), Value::Array(cheque))] = cwt.rest.as_slice() else {
            return None;
        };
        let [version, serial, amount, pay_point] = cheque.as_slice() else {
            return None;
        };
        let claims = Self {
            serial: ChequeSerial::parse(serial.as_text()?).ok()?,
            payment: PaymentId(Uuid::from_slice(cwt.cwt_id.as_deref()?).ok()?),
            version: version.as_integer()?.try_into().ok()?,
            amount: Rupiah::new(amount.as_integer()?.try_into().ok()?).ok()?,
            pay_point: pay_point.as_text()?.to_owned(),
            opens_at: whole_seconds(cwt.not_before.as_ref()?)?,
            closes_at: whole_seconds(cwt.expiration_time.as_ref()?)?,
        };
        let one_spelling = claims.to_cwt().to_vec().is_ok_and(|bytes| bytes == payload);
        one_spelling.then_some(claims)
    }
}

fn whole_seconds(time: &Timestamp) -> Option<DateTime<Utc>> {
    match time {
        Timestamp::WholeSeconds(seconds) => DateTime::from_timestamp(*seconds, 0),
        Timestamp::FractionalSeconds(_) => None,
    }
}

#[cfg(test)]
mod tests;
