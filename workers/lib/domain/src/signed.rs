//! Bytes that we signed for devices: a tagged `COSE_Sign1` (RFC 9052), Ed25519, key id in the header, nothing unprotected. Lists of revoked cheques and device
//! packs travel so; what is in them is theirs. A cheque's token has stricter rules of its own ([`crate::token`]).

use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::token::key_id;

/// Why bytes are not signed as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsigned {
    /// More bytes than there may be.
    TooLarge,
    /// Not such a message.
    Structure,
    /// Signed by a key that is not known.
    UnknownKey,
    /// Changed.
    Signature,
}

/// A payload, signed.
pub(crate) fn sign(payload: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    let kid = key_id(&key.verifying_key()).to_vec();
    let signed = CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(kid).build())
        .payload(payload)
        .create_signature(b"", |bytes| key.sign(bytes).to_bytes().to_vec())
        .build();
    signed.to_tagged_vec().expect("plain CBOR into memory")
}

/// The payload of at most so many bytes that a known key signed.
pub(crate) fn verify(bytes: &[u8], most: usize, find_key: impl Fn(&[u8]) -> Option<VerifyingKey>) -> Result<Vec<u8>, Unsigned> {
    if bytes.len() > most {
        return Err(Unsigned::TooLarge);
    }
    let signed = CoseSign1::from_tagged_slice(bytes).map_err(|_| Unsigned::Structure)?;
    let header = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(signed.protected.header.key_id.clone()).build();
    if signed.protected.header != header || !signed.unprotected.is_empty() {
        return Err(Unsigned::Structure);
    }
    let key = find_key(&header.key_id).ok_or(Unsigned::UnknownKey)?;
    signed.verify_signature(b"", |signature, bytes| {
        let signature = Signature::from_slice(signature).map_err(|_| Unsigned::Signature)?;
        key.verify_strict(bytes, &signature).map_err(|_| Unsigned::Signature)
    })?;
    signed.payload.ok_or(Unsigned::Structure)
}
