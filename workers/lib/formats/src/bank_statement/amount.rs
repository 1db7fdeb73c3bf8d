//! Amounts of statements: whole rupiah behind a decimal mark that may only be followed by zeros.
//!
//! Bounds: 15 digits, which is what MT940 has room for, and a thousand times the state's budget; 5 digits of a fraction, as camt.053 allows.

use salur_domain::Rupiah;

const DIGITS: usize = 15;
const FRACTION_DIGITS: usize = 5;

/// Reads an amount written with this mark; why not, and what to do.
pub(super) fn rupiah(text: &str, mark: char) -> Result<Rupiah, (String, &'static str)> {
    let wrong = |what: &str, remedy| Err((what.to_owned(), remedy));
    let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > FRACTION_DIGITS {
        return wrong(
            "the amount is no plain decimal number",
            "ask the bank for amounts without sign, separators of thousands or exponent",
        );
    }
    if fraction.bytes().any(|byte| byte != b'0') {
        return wrong("the amount has a fraction of a rupiah", "ask the bank to book whole rupiah");
    }
    if whole.trim_start_matches('0').len() > DIGITS {
        return wrong("the amount is too large", "check that it is the right file");
    }
    Rupiah::parse(whole).map_err(|error| (error.to_string(), "check that it is the right file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_rupiah_is_told_apart_from_what_is_no_number() {
        let read = |text, mark| rupiah(text, mark).map(Rupiah::get).map_err(|(what, _)| what);
        assert_eq!(read("300000,", ','), Ok(300_000));
        assert_eq!(read("300000,00", ','), Ok(300_000));
        assert_eq!(read("300000.00", '.'), Ok(300_000));
        assert_eq!(read("000000000000000000000300000", '.'), Ok(300_000));
        for text in ["300000,50", "0,01"] {
            assert!(read(text, ',').is_err_and(|what| what.contains("fraction")), "{text}");
        }
        for text in ["", ",", ",00", "-1", "+1", "1e5", "300.000,00", "1,2,3", "1,000000", "\u{661}"] {
            assert!(read(text, ',').is_err_and(|what| what.contains("no plain")), "{text}");
        }
        assert!(read("9999999999999999", '.').is_err_and(|what| what.contains("too large")));
    }
}
