//! QR codes (ISO/IEC 18004) at level M, as a square of dark and light modules.
//!
//! Level M survives 15 % damage, which a folded paper needs, and keeps a cheque's token of 256 characters at 53x53 modules. Text of the
//! QR alphanumeric set (base45 is inside it) takes 5.5 bits a character. Bounded by version 40, 177x177 modules.

use fast_qr::{ECL, QRBuilder, QRCode};

/// Light modules that must surround the code on every side.
pub const QUIET_MODULES: usize = 4;

/// Why a text has no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than version 40 holds at level M.
    #[error("text of {0} bytes does not fit into a qr code")]
    TooLong(usize),
}

impl salur_domain::Disposed for Error {
    fn disposition(&self) -> salur_domain::Disposition {
        salur_domain::Disposition::Permanent
    }
}

/// The modules of one code, without its quiet zone.
pub struct Matrix(QRCode);

impl Matrix {
    /// The smallest code at level M that holds the text.
    pub fn encode(text: &str) -> Result<Self, Error> {
        QRBuilder::new(text).ecl(ECL::M).build().map(Self).map_err(|_| Error::TooLong(text.len()))
    }

    /// Modules along one side: 21 to 177.
    pub fn side(&self) -> usize {
        self.0.size
    }

    /// Modules along one side with the quiet zone.
    pub fn side_with_quiet_zone(&self) -> usize {
        self.0.size + 2 * QUIET_MODULES
    }

    /// One row from the left; true is dark.
    pub fn row(&self, y: usize) -> impl Iterator<Item = bool> {
        self.0[y].iter().map(|module| module.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_256_base45_characters_takes_53_modules() {
        let token = format!("SLR1:{}", "6BF%ZA$*".repeat(32).get(..251).expect("256 long"));
        assert_eq!(Matrix::encode(&token).map(|m| (m.side(), m.side_with_quiet_zone())), Ok((53, 61)));
    }

    #[test]
    fn a_text_beyond_version_40_is_an_error() {
        assert_eq!(Matrix::encode(&"a".repeat(3_000)).map(|m| m.side()), Err(Error::TooLong(3_000)));
    }
}
