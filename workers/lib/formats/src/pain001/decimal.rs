//! Decimal numbers of amounts and control sums, exactly: floats lose rupiah in sums of a tranche.
//!
//! Bounds: 18 digits before the point and 17 behind it, as `DecimalNumber` of the standard has at most.

use std::fmt;

const FRACTION_DIGITS: usize = 17;
const INTEGER_DIGITS: usize = 18;
const ONE: i128 = 10_i128.pow(17);

/// A non-negative number in units of 10^-17; 35 digits of the 38 that fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Decimal(i128);

impl Decimal {
    /// Digits with at most one point; no sign, no exponent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str, most| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !digits(whole, INTEGER_DIGITS) || !digits(fraction, FRACTION_DIGITS) {
            return None;
        }
        format!("{whole}{fraction:0<FRACTION_DIGITS$}").parse().ok().map(Self)
    }

    /// The sum, unless it does not fit.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The number where it has no fraction.
    pub(super) fn whole(self) -> Option<i128> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:0>FRACTION_DIGITS$}", self.0 % ONE);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{}", self.0 / ONE),
            fraction => write!(f, "{}.{fraction}", self.0 / ONE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_and_forms_are_strict() {
        let shown = |text| Decimal::parse(text).map(|number| number.to_string());
        assert_eq!(shown("300000.00").as_deref(), Some("300000"));
        assert_eq!(shown("000.50").as_deref(), Some("0.5"));
        assert_eq!(shown("999999999999999999.99999999999999999").as_deref(), Some("999999999999999999.99999999999999999"));
        for text in ["", ".", "-1", "+1", "1e5", "1,5", "1.2.3", "١", "9999999999999999999"] {
            assert_eq!(shown(text), None, "{text}");
        }
        let tenth = Decimal::parse("0.1").expect("a number");
        assert_eq!((tenth.plus(Decimal::parse("0.2").expect("a number"))), Decimal::parse("0.3"));
        assert_eq!((tenth.whole(), Decimal(3 * ONE).whole()), (None, Some(3)));
    }
}
