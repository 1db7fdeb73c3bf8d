//! Money: whole rupiah, checked.
//!
//! There are no cents in circulation and no floats in this project. Amounts are `i64`: 9.2 quintillion rupiah is far more than exists, and
//! still every sum is checked, because a silent wrap in a ledger is worse than a crash.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A non-negative amount of whole rupiah.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Rupiah(#[schemars(range(min = 0))] i64);

/// Why a number is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Amounts are never negative; a correction is its own kind of transfer.
    #[error("amount is negative: {0}")]
    Negative(i64),
    /// The text is not a whole number of rupiah.
    #[error("amount is not a whole number of rupiah")]
    NotWhole,
    /// A sum does not fit into 64 bits.
    #[error("amount is too large")]
    TooLarge,
}

impl Rupiah {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount from a number of rupiah.
    ///
    /// ```
    /// use salur_domain::Rupiah;
    /// assert_eq!(Rupiah::new(300_000).unwrap().to_string(), "Rp300.000");
    /// assert!(Rupiah::new(-1).is_err());
    /// ```
    pub const fn new(rupiah: i64) -> Result<Self, Error> {
        if rupiah < 0 { Err(Error::Negative(rupiah)) } else { Ok(Self(rupiah)) }
    }

    /// An amount that stands in the code.
    pub(crate) const fn literal(rupiah: i64) -> Self {
        assert!(rupiah >= 0, "an amount is not negative");
        Self(rupiah)
    }

    /// An amount from what upstream wrote: digits only, surrounding space ignored. `300.000`, `3e5` and `300000.50` are refused, since
    /// guessing what a dot means is how money goes wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let digits = text.trim();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::NotWhole);
        }
        digits.parse().map(Self).map_err(|_| Error::TooLarge)
    }

    /// The number of rupiah.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, or an error when it does not fit.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_add(other.0).map(Self).ok_or(Error::TooLarge)
    }

    /// The sum of many, or an error when it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl<'de> Deserialize<'de> for Rupiah {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(i64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// Indonesian notation: `Rp1.234.567`.
impl fmt::Display for Rupiah {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 2);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        write!(f, "Rp{grouped}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_thousands_with_dots() {
        let shown = |n| Rupiah(n).to_string();
        assert_eq!(
            (shown(0), shown(999), shown(1_000), shown(1_234_567)),
            ("Rp0".into(), "Rp999".into(), "Rp1.000".into(), "Rp1.234.567".into())
        );
    }

    #[test]
    fn refuses_text_whose_meaning_must_be_guessed() {
        for text in ["", " ", "300.000", "300,000", "3e5", "-1", "+1", "1.5", "Rp300000", "99999999999999999999"] {
            assert!(Rupiah::parse(text).is_err(), "{text}");
        }
        assert_eq!(Rupiah::parse(" 300000 "), Ok(Rupiah(300_000)));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_an_error_and_not_a_wrap() {
        assert_eq!(Rupiah(i64::MAX).plus(Rupiah(1)), Err(Error::TooLarge));
    }
}
