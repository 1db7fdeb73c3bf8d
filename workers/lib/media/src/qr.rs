//! QR codes (ISO/IEC 18004) at level M, as a square of dark and light modules.
//!
//! Level M survives 15 % damage, which a folded paper needs, and keeps a cheque's token of 256 characters at 53x53 modules. Text of the
//! QR alphanumeric set (base45 is inside it) takes 5.5 bits a character. Bounded by version 40, 177x177 modules.

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// Light modules that must surround the code on every side.
pub const QUIET_MODULES: usize = 4;
/// The mask of codes that are random by nature: the checkerboard.
const ANY_MASK: u8 = 0;

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
pub struct Matrix(QrCode);

impl Matrix {
    /// The smallest code at level M that holds the text.
    pub fn encode(text: &str) -> Result<Self, Error> {
        encode(text, None)
    }

    /// The same of a signed token. A mask is there to break up patterns of the content, and a signature has none: trying all eight of them costs four times
    /// what the rest of the code costs, and readers take any.
    pub fn encode_signed(token: &str) -> Result<Self, Error> {
        encode(token, Some(Mask::new(ANY_MASK)))
    }

    /// Modules along one side: 21 to 177.
    pub fn side(&self) -> usize {
        usize::try_from(self.0.size()).expect("a side is positive")
    }

    /// Modules along one side with the quiet zone.
    pub fn side_with_quiet_zone(&self) -> usize {
        self.side() + 2 * QUIET_MODULES
    }

    /// One row from the left; true is dark.
    pub fn row(&self, y: usize) -> impl Iterator<Item = bool> {
        let y = i32::try_from(y).unwrap_or(i32::MAX);
        (0..self.0.size()).map(move |x| self.0.get_module(x, y))
    }
}

fn encode(text: &str, mask: Option<Mask>) -> Result<Matrix, Error> {
    let segments = QrSegment::make_segments(text);
    let code = QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, Version::MIN, Version::MAX, mask, false);
    code.map(Matrix).map_err(|_| Error::TooLong(text.len()))
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
