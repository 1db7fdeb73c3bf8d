//! Sealing to a device: only who has its private key can open.
//!
//! Devices have Ed25519 keys. The same secret is good for X25519 (RFC 7748): the curves are the same but for their coordinates, and both keys come from the
//! hash of one seed. A fresh key is agreed with the device's, HKDF-SHA-256 (RFC 5869) makes a key for this pack of it, and ChaCha20-Poly1305 (RFC 8439)
//! seals. That is what HPKE (RFC 9180) does in its base mode; it is not HPKE, since no crate of it is here and a device would need one too.
//! Nothing that was sealed in this way opens under a key of another device, pack or version.

use chacha20poly1305::{
    ChaCha20Poly1305, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::{SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of every key here.
pub const KEY_BYTES: usize = 32;
const SALT: &[u8] = b"salur-device-pack-1";

/// The public half of the ephemeral key, and what is sealed; none where the device's key is of small order.
pub fn seal(device: &VerifyingKey, ephemeral: [u8; KEY_BYTES], bound: &[u8], plain: &[u8]) -> Option<([u8; KEY_BYTES], Vec<u8>)> {
    let public = MontgomeryPoint::mul_base_clamped(ephemeral).to_bytes();
    let agreed = agreed(device.to_montgomery().mul_clamped(ephemeral))?;
    let cipher = cipher(&agreed, &public, device);
    let sealed = cipher.encrypt(&Nonce::default(), Payload { msg: plain, aad: bound }).expect("a pack is short");
    Some((public, sealed))
}

/// What was sealed to this device; none where it was sealed to another, or changed.
pub fn open(device: &SigningKey, public: &[u8; KEY_BYTES], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let agreed = agreed(MontgomeryPoint(*public).mul_clamped(device.to_scalar_bytes()))?;
    let cipher = cipher(&agreed, public, &device.verifying_key());
    // a key seals once, so that its nonce may be the same each time
    cipher.decrypt(&Nonce::default(), Payload { msg: sealed, aad: bound }).ok()
}

/// All zeros: one side is a point of small order, and anybody knows the result.
fn agreed(point: MontgomeryPoint) -> Option<[u8; KEY_BYTES]> {
    Some(point.to_bytes()).filter(|bytes| bytes.iter().any(|byte| *byte != 0))
}

/// HKDF: extract, then one block of expand.
fn cipher(agreed: &[u8; KEY_BYTES], public: &[u8; KEY_BYTES], device: &VerifyingKey) -> ChaCha20Poly1305 {
    let extracted = hmac(SALT, &[agreed]);
    let key = hmac(&extracted, &[public, device.as_bytes(), &[1]]);
    ChaCha20Poly1305::new(&key.into())
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut hash = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into_bytes().into()
}
