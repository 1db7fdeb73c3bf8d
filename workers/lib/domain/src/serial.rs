//! The serial of a cheque: what a teller types when the QR is torn.
//!
//! 15 characters of 5 bits, a keyed digest of (payment, version), and a check character, as `XXXX-XXXX-XXXX-XXXX`. 75 bits: among the 120
//! million cheques of a national year two serials are equal with a chance of 2 in 10 million (with 55 bits it would be 1 in 5). The alphabet
//! has no I, L, O and U (Crockford's base 32), so that nothing looks like something else; reading takes I and L for 1 and O for 0.
//!
//! The check character makes the word a multiple of (x - α) over the field of 32 elements, α a generator: a Reed-Solomon code with one check
//! symbol. Every single wrong character and every swap of two characters, adjacent or not, is noticed, since the 16 weights are
//! distinct powers of α. ISO 7064's systems for letters give less: MOD 37,36 misses some swaps.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::PaymentId;
use crate::vault::Keys;

/// Characters without hyphens, the check character included.
pub const LENGTH: usize = 16;
const GROUP: usize = 4;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Longest text read: serial, hyphens, some stray spaces.
const MAX_TEXT: usize = 40;

/// A serial whose check character is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChequeSerial([u8; LENGTH]);

/// Why a text is not a serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not 16 letters and digits.
    #[error("a cheque serial has {LENGTH} letters and digits")]
    Form,
    /// The check character disagrees: a typing mistake.
    #[error("cheque serial has a typing mistake")]
    Check,
}

impl ChequeSerial {
    /// The serial of a version of a payment's cheque.
    pub fn derive(keys: &Keys, payment: PaymentId, version: u16) -> Self {
        let digest = keys.serial_bytes(payment, version);
        let mut values = [0; LENGTH];
        let mut bits = u128::from_be_bytes(digest[..16].try_into().expect("a digest has 32 bytes"));
        for value in &mut values[..LENGTH - 1] {
            *value = u8::try_from(bits & 31).expect("five bits");
            bits >>= 5;
        }
        values[LENGTH - 1] = times_alpha(remainder(&values[..LENGTH - 1]));
        Self(values.map(|value| ALPHABET[usize::from(value)]))
    }

    /// A serial as typed: either case, hyphens and spaces anywhere.
    ///
    /// ```
    /// use salur_domain::{PaymentId, serial::ChequeSerial, vault::Keys};
    /// let keys = Keys::from_hex(&"11".repeat(32), &"22".repeat(32)).unwrap();
    /// let serial = ChequeSerial::derive(&keys, PaymentId(uuid::Uuid::nil()), 1);
    /// let typed = serial.to_string().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    /// assert_eq!(ChequeSerial::parse(&typed), Ok(serial));
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_TEXT {
            return Err(Error::Form);
        }
        let mut values = [0; LENGTH];
        let mut count = 0;
        for byte in text.bytes().filter(|byte| !matches!(byte, b'-' | b' ' | b'\t')) {
            *values.get_mut(count).ok_or(Error::Form)? = value(byte).ok_or(Error::Form)?;
            count += 1;
        }
        if count != LENGTH {
            return Err(Error::Form);
        }
        if remainder(&values) != 0 {
            return Err(Error::Check);
        }
        Ok(Self(values.map(|value| ALPHABET[usize::from(value)])))
    }

    /// The 16 characters without hyphens.
    pub fn compact(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

/// The value of a character.
fn value(byte: u8) -> Option<u8> {
    let letter = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|known| *known == letter).map(|at| u8::try_from(at).expect("32 letters"))
}

/// The word as a polynomial, modulo (x - α); zero for a right serial.
fn remainder(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_alpha(sum) ^ value)
}

/// Times α in GF(2)[α] / (α⁵ + α² + 1), whose α has order 31.
fn times_alpha(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

impl fmt::Display for ChequeSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.compact();
        for at in (0..LENGTH).step_by(GROUP) {
            if at > 0 {
                f.write_str("-")?;
            }
            f.write_str(&text[at..at + GROUP])?;
        }
        Ok(())
    }
}

impl fmt::Debug for ChequeSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for ChequeSerial {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Serialize for ChequeSerial {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChequeSerial {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ChequeSerial {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChequeSerial".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$" })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    const SAMPLES: u128 = 200;

    fn samples() -> impl Iterator<Item = ChequeSerial> {
        let keys = Keys::from_hex(&"01".repeat(32), &"02".repeat(32)).expect("64 digits");
        (0..SAMPLES).map(move |n| ChequeSerial::derive(&keys, PaymentId(Uuid::from_u128(n)), 1))
    }

    fn read(text: &[u8; LENGTH]) -> Result<ChequeSerial, Error> {
        ChequeSerial::parse(std::str::from_utf8(text).expect("ASCII"))
    }

    #[test]
    fn every_single_wrong_character_is_noticed() {
        for serial in samples() {
            for at in 0..LENGTH {
                for letter in ALPHABET.iter().filter(|letter| **letter != serial.0[at]) {
                    let mut wrong = serial.0;
                    wrong[at] = *letter;
                    assert_eq!(read(&wrong), Err(Error::Check));
                }
            }
        }
    }

    #[test]
    fn every_swap_of_two_characters_is_noticed() {
        for serial in samples() {
            for (one, two) in (0..LENGTH).flat_map(|one| (0..one).map(move |two| (one, two))).filter(|(a, b)| serial.0[*a] != serial.0[*b])
            {
                let mut wrong = serial.0;
                wrong.swap(one, two);
                assert_eq!(read(&wrong), Err(Error::Check), "{one} and {two}");
            }
        }
    }

    #[test]
    fn serials_differ_by_payment_and_version_and_read_back() {
        let keys = Keys::from_hex(&"01".repeat(32), &"02".repeat(32)).expect("64 digits");
        let second = ChequeSerial::derive(&keys, PaymentId(Uuid::nil()), 2);
        let all: BTreeSet<_> = samples().chain([second]).collect();
        assert_eq!(all.len(), 201);
        assert!(all.iter().all(|serial| ChequeSerial::parse(&serial.to_string()) == Ok(*serial)));
        assert_eq!(second.to_string().len(), 19);
    }

    #[test]
    fn other_texts_are_no_serial() {
        let serial = samples().next().expect("one").to_string();
        for text in [
            "",
            "----",
            "1234",
            &serial[1..],
            &format!("{serial}0"),
            &serial.replace(|c: char| c.is_ascii_digit(), "U"),
            &"0".repeat(41),
            "ééééééééé",
        ] {
            assert_eq!(ChequeSerial::parse(text), Err(Error::Form), "{text}");
        }
    }
}
