//! JPEG to pixels by libjpeg-turbo, at the smallest size that still shows enough, and back.
//!
//! The inverse transform can leave out what a smaller picture does not show (T.81 codes 8x8 frequencies): at a quarter of the size it costs a tenth, and what
//! remains is the entropy decoding, which nobody can leave out. Powers of two alone, since those have vector code. The library is C and reads a hostile
//! file, so this runs in a child process that limits itself; here the side and the memory of coefficients are bounded before ([`super::check_limits`]).

use turbojpeg::{Compressor, Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};

use super::{Error, Pixels};
use crate::jpeg::{Outline, SCANS_MAX};

/// Bytes of a pixel.
pub const RGB: usize = 3;
/// Eighths of the full size at which the inverse transform has vector code.
const EIGHTHS: [usize; 4] = [1, 2, 4, 8];
/// What the library calls bytes between two segments. Some cameras pad there, and every pixel is whole.
const PADDING: &str = "extraneous bytes before marker";

/// Decodes so that the long side has at least `side` pixels, or all it has.
pub fn decode(bytes: &[u8], outline: Outline, side: u32) -> Result<Pixels, Error> {
    let mut decompressor = Decompressor::new().map_err(|error| damaged(&error))?;
    decompressor.set_scan_limit(u32::try_from(SCANS_MAX).expect("a small number")).map_err(|error| damaged(&error))?;
    let header = decompressor.read_header(bytes).map_err(|error| damaged(&error))?;
    // What the decoder sees must be what was checked.
    if (header.width, header.height) != (outline.width as usize, outline.height as usize) {
        return Err(Error::Damaged("its parts disagree about its size".into()));
    }
    let factor = factor(header.width.max(header.height), side as usize);
    decompressor.set_scaling_factor(factor).map_err(|error| damaged(&error))?;
    let (width, height) = (factor.scale(header.width), factor.scale(header.height));
    let mut rgb = vec![0; RGB * width * height];
    let image = Image { pixels: rgb.as_mut_slice(), width, pitch: RGB * width, height, format: PixelFormat::RGB };
    match decompressor.decompress(bytes, image) {
        Err(error) if !error.to_string().contains(PADDING) => return Err(damaged(&error)),
        _ => {}
    }
    let pixels = |side: usize| u32::try_from(side).expect("sides are bounded");
    Ok(Pixels { width: pixels(width), height: pixels(height), rgb })
}

/// Encodes without any metadata.
pub fn encode(pixels: &Pixels, quality: u8) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let image = Image { pixels: pixels.rgb.as_slice(), width, pitch: RGB * width, height, format: PixelFormat::RGB };
    let mut compressor = Compressor::new().map_err(|_| Error::Thumbnail)?;
    compressor.set_quality(i32::from(quality)).map_err(|_| Error::Thumbnail)?;
    compressor.set_subsamp(Subsamp::Sub2x2).map_err(|_| Error::Thumbnail)?;
    compressor.compress_to_vec(image).map_err(|_| Error::Thumbnail)
}

fn factor(long: usize, side: usize) -> ScalingFactor {
    let scaled = |eighths: usize| ScalingFactor::new(eighths, 8);
    EIGHTHS.map(scaled).into_iter().find(|factor| factor.scale(long) >= side).unwrap_or(ScalingFactor::ONE)
}

/// The library's own words, as far as they are plain.
fn damaged(error: &turbojpeg::Error) -> Error {
    const WORDS_MAX: usize = 120;
    Error::Damaged(error.to_string().chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(WORDS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_is_decoded_at_the_smallest_size_that_shows_enough() {
        for (long, eighths) in [(100, 8), (512, 8), (1_022, 8), (1_023, 4), (1_024, 4), (2_048, 2), (4_032, 2), (4_096, 1), (8_192, 1)] {
            assert_eq!(factor(long, 512), ScalingFactor::new(eighths, 8), "{long}");
        }
    }
}
