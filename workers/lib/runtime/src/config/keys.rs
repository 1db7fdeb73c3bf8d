//! Keys: from environment or file, never from the database, and never shown.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Error;

/// Secret keys, each 32 bytes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// Wraps the data keys of rows.
    pub master: Key,
    /// Wraps the keys of photos.
    pub photo: Key,
    /// Makes blind indexes.
    pub index: Key,
    /// Signs cheques.
    pub cheque: Key,
    /// Derives the secrets of webhooks.
    pub webhook: Key,
    /// Signs the journal.
    pub journal: Key,
    /// Signs the heads of the log.
    pub seal: Key,
    /// Seals what people sign in with at a browser.
    pub sign_in: Key,
}

/// A key that may not have been given.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Key(SecretString);

impl Key {
    /// The 32 bytes.
    pub fn bytes(&self, key: &'static str) -> Result<[u8; 32], Error> {
        let digits = self.0.expose_secret();
        if digits.is_empty() {
            return Err(Error::Value { key, reason: "this role needs it, and it is not set" });
        }
        parse_key(digits).ok_or(Error::Value { key, reason: "expected 64 hexadecimal digits" })
    }

    /// The 32 bytes, where it was given.
    pub fn optional(&self, key: &'static str) -> Result<Option<[u8; 32]>, Error> {
        if self.0.expose_secret().is_empty() { Ok(None) } else { self.bytes(key).map(Some) }
    }

    pub(super) fn check(&self, key: &'static str) -> Result<(), Error> {
        self.optional(key).map(drop)
    }
}

fn parse_key(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}
