//! Photos: from an uploaded file to its dimensions, a thumbnail and a perceptual hash.
//!
//! The file is hostile until decoded. Its type is read from its content; its outline is walked first, so that dimensions, memory and scans
//! are known before a pixel is decoded; the decoder runs where its panic is an error of this photo alone. The thumbnail is encoded anew and
//! carries no metadata. Bounded by [`SIDE_MAX`], [`MEMORY_MAX_BYTES`], and the limits of the walk.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegDecoder;
use image::{ImageDecoder, Limits};
use salur_domain::{Disposed, Disposition};

use crate::{exif, jpeg};

/// Longest side of a photo in pixels; a 50-megapixel camera stays below.
pub const SIDE_MAX: u32 = 8_192;
/// Memory that decoding one photo may take: 12 megapixels need 36 MB, progressive ones 108 MB.
pub const MEMORY_MAX_BYTES: u64 = 200_000_000;
/// Long side of a thumbnail in pixels: a supervisor sees faces, cash and card.
pub const THUMBNAIL_SIDE: u32 = 512;
/// Quality of a thumbnail: about 30 kB.
const THUMBNAIL_QUALITY: u8 = 80;
/// Bytes a pixel takes once decoded to RGB.
const RGB_BYTES: u64 = 3;
/// Bytes a pixel's coefficients take while a progressive file is decoded: three components of 16 bits.
const COEFFICIENT_BYTES: u64 = 6;

/// What was found in a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels as shown, orientation applied.
    pub width: u32,
    /// Height in pixels as shown, orientation applied.
    pub height: u32,
    /// JPEG without metadata, upright, its long side at most [`THUMBNAIL_SIDE`].
    pub thumbnail: Vec<u8>,
    /// Difference hash of the upright thumbnail: photos that look alike differ in few of the 64 bits.
    pub dhash: u64,
}

/// What an uploaded file is, when it is no JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing at all.
    Empty,
    /// HEIC or AVIF.
    Heif,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// TIFF or a camera's raw file.
    Tiff,
    /// PDF.
    Pdf,
    /// Something else.
    Unknown,
}

/// Why a photo was not believed to be one. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a JPEG.
    #[error("photo is {}, not jpeg: {}", .0.name(), .0.remedy())]
    NotJpeg(Kind),
    /// The file ends before its end.
    #[error("photo is cut off: upload the whole file again")]
    Truncated,
    /// The file contradicts itself, or the decoder gave up on it.
    #[error("photo is damaged: take it again")]
    Damaged(#[source] Option<image::ImageError>),
    /// A side or the memory to decode it is beyond the limit.
    #[error("photo of {width}x{height} pixels is beyond the limit: choose a smaller size in the camera's settings")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// More scans or segments than any camera writes.
    #[error("photo has too many parts: take it again with the camera")]
    TooMany,
    /// The thumbnail could not be made.
    #[error("thumbnail was not made")]
    Thumbnail,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

impl Kind {
    /// What a file's first bytes say it is.
    pub fn of(bytes: &[u8]) -> Self {
        let is = |magic: &[u8]| bytes.starts_with(magic);
        match bytes {
            [] => Self::Empty,
            _ if is(b"\x89PNG\r\n") => Self::Png,
            _ if is(b"GIF8") => Self::Gif,
            _ if is(b"%PDF") => Self::Pdf,
            _ if is(b"II*\0") || is(b"MM\0*") => Self::Tiff,
            _ if is(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Self::Webp,
            _ if bytes.get(4..8) == Some(b"ftyp") => Self::Heif,
            _ => Self::Unknown,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Heif => "heic or avif",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Pdf => "pdf",
            Self::Unknown => "of an unknown type",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Empty => "upload it again",
            Self::Heif => "set the camera to its most compatible format and take it again",
            Self::Png | Self::Webp | Self::Gif | Self::Tiff | Self::Pdf | Self::Unknown => {
                "take it with the camera, not as a screenshot or scan"
            }
        }
    }
}

impl From<jpeg::Error> for Error {
    fn from(error: jpeg::Error) -> Self {
        match error {
            jpeg::Error::NotJpeg => Self::NotJpeg(Kind::Unknown),
            jpeg::Error::Truncated => Self::Truncated,
            jpeg::Error::Malformed => Self::Damaged(None),
            jpeg::Error::TooMany => Self::TooMany,
        }
    }
}

/// An 8-bit RGB picture.
struct Pixels {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

/// Decodes a photo within limits and makes its thumbnail.
pub fn examine(bytes: &[u8]) -> Result<Picture, Error> {
    let outline = match jpeg::outline(bytes) {
        Err(jpeg::Error::NotJpeg) => return Err(Error::NotJpeg(Kind::of(bytes))),
        walked => walked?,
    };
    check_limits(outline)?;
    let orientation = exif::read(bytes).map_or(1, |exif| exif.orientation);
    let decoded = contained(|| decode(bytes, outline))?;
    let small = upright(shrink(&decoded)?, orientation);
    let (width, height) = if orientation >= 5 { (decoded.height, decoded.width) } else { (decoded.width, decoded.height) };
    Ok(Picture { width, height, dhash: difference_hash(&small)?, thumbnail: encode(&small)? })
}

/// Runs the decoder so that its panic is this photo's error: it panics for some public files where overflow is checked.
fn contained<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::Damaged(None)))
}

fn check_limits(outline: jpeg::Outline) -> Result<(), Error> {
    let jpeg::Outline { width, height, progressive, .. } = outline;
    let per_pixel = RGB_BYTES + if progressive { COEFFICIENT_BYTES } else { 0 };
    let memory = u64::from(width) * u64::from(height) * per_pixel;
    if width > SIDE_MAX || height > SIDE_MAX || memory > MEMORY_MAX_BYTES {
        return Err(Error::TooLarge { width, height });
    }
    Ok(())
}

fn decode(bytes: &[u8], outline: jpeg::Outline) -> Result<Pixels, Error> {
    let damaged = |error| Error::Damaged(Some(error));
    let mut decoder = JpegDecoder::new(std::io::Cursor::new(bytes)).map_err(damaged)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (Some(SIDE_MAX), Some(SIDE_MAX), Some(MEMORY_MAX_BYTES));
    decoder.set_limits(limits).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    // What the decoder sees must be what was checked.
    if (width, height) != (outline.width, outline.height) {
        return Err(Error::Damaged(None));
    }
    let rgb = image::DynamicImage::from_decoder(decoder).map_err(damaged)?.into_rgb8().into_raw();
    Ok(Pixels { width, height, rgb })
}

fn shrink(pixels: &Pixels) -> Result<Pixels, Error> {
    let long = pixels.width.max(pixels.height);
    let target = long.min(THUMBNAIL_SIDE);
    let scaled = |side: u32| (side * target).div_ceil(long).clamp(1, target);
    let (width, height) = (scaled(pixels.width), scaled(pixels.height));
    Ok(Pixels { width, height, rgb: resize(&pixels.rgb, (pixels.width, pixels.height), (width, height), PixelType::U8x3)? })
}

fn resize(from: &[u8], from_size: (u32, u32), to_size: (u32, u32), pixel: PixelType) -> Result<Vec<u8>, Error> {
    let source = ImageRef::new(from_size.0, from_size.1, from, pixel).map_err(|_| Error::Thumbnail)?;
    let mut target = Image::new(to_size.0, to_size.1, pixel);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box)).use_alpha(false);
    Resizer::new().resize(&source, &mut target, &options).map_err(|_| Error::Thumbnail)?;
    Ok(target.into_vec())
}

/// Turns a picture as its EXIF orientation says (CIPA DC-008, tag 0x0112).
fn upright(pixels: Pixels, orientation: u16) -> Pixels {
    if !(2..=8).contains(&orientation) {
        return pixels;
    }
    let (from_width, from_height) = (pixels.width as usize, pixels.height as usize);
    let turned = orientation >= 5;
    let (width, height) = if turned { (from_height, from_width) } else { (from_width, from_height) };
    let mut rgb = Vec::with_capacity(pixels.rgb.len());
    for y in 0..height {
        for x in 0..width {
            let (right, bottom) = (from_width - 1, from_height - 1);
            let (u, v) = match orientation {
                2 => (right - x, y),
                3 => (right - x, bottom - y),
                4 => (x, bottom - y),
                5 => (y, x),
                6 => (y, bottom - x),
                7 => (right - y, bottom - x),
                _ => (right - y, x),
            };
            let at = (v * from_width + u) * 3;
            rgb.extend_from_slice(&pixels.rgb[at..at + 3]);
        }
    }
    let (width, height) = if turned { (pixels.height, pixels.width) } else { (pixels.width, pixels.height) };
    Pixels { width, height, rgb }
}

/// Difference hash: the picture as 9x8 grey fields, one bit for each field that is brighter than its right neighbour.
fn difference_hash(pixels: &Pixels) -> Result<u64, Error> {
    let grey: Vec<u8> = pixels.rgb.chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect();
    let fields = resize(&grey, (pixels.width, pixels.height), (9, 8), PixelType::U8)?;
    let bits = fields.chunks_exact(9).flat_map(|row| row.windows(2).map(|pair| pair[0] > pair[1]));
    Ok(bits.fold(0, |hash, bit| hash << 1 | u64::from(bit)))
}

/// Brightness (ITU-R BT.601) in 1/256.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let weighted = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(weighted >> 8).expect("the weights sum to 256")
}

fn encode(pixels: &Pixels) -> Result<Vec<u8>, Error> {
    let side = |pixels: u32| u16::try_from(pixels).expect("a thumbnail's side is at most 512");
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, THUMBNAIL_QUALITY)
        .encode(&pixels.rgb, side(pixels.width), side(pixels.height), jpeg_encoder::ColorType::Rgb)
        .map_err(|_| Error::Thumbnail)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_decoder_is_the_error_of_its_photo() {
        let answer = contained::<()>(|| panic!("what a decoder does to a hostile file"));
        assert!(matches!(answer, Err(Error::Damaged(None))), "{answer:?}");
    }
}
