//! Photos: from an uploaded file to its dimensions, what can be seen in it, a thumbnail and a likeness.
//!
//! The file is hostile until decoded. Its type is read from its content; its outline is walked first, so that dimensions, memory and scans are known before
//! a pixel is decoded. The decoder is C: whoever calls this does so in a process whose end costs one photo (`salur examine-photos`). The thumbnail is
//! encoded anew and carries no metadata. Bounded by [`SIDE_MAX`], [`COEFFICIENTS_MAX_BYTES`], and the limits of the walk.

mod decode;
mod embedded;
mod light;
mod scale;

use salur_domain::{Disposed, Disposition, proof::Light};
use serde::{Deserialize, Serialize};

use crate::{
    exif, jpeg,
    likeness::{self, Likeness},
};

/// Longest side of a photo in pixels; a 50-megapixel camera stays below.
pub const SIDE_MAX: u32 = 8_192;
/// Memory that the coefficients of one progressive photo may take: 33 megapixels.
pub const COEFFICIENTS_MAX_BYTES: u64 = 200_000_000;
/// Long side of a thumbnail in pixels: a supervisor sees faces, cash and card.
pub const THUMBNAIL_SIDE: u32 = 512;
/// Quality of a thumbnail: about 30 kB.
const THUMBNAIL_QUALITY: u8 = 80;
/// Long side of a view in pixels: the number of the card can be compared.
pub const VIEW_SIDE: u32 = 1_600;
/// Quality of a view: about 250 kB.
const VIEW_QUALITY: u8 = 85;
/// Bytes a pixel's coefficients take while a progressive file is decoded: three components of 16 bits.
const COEFFICIENT_BYTES: u64 = 6;

/// What was found in a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Width in pixels as shown, orientation applied.
    pub width: u32,
    /// Height in pixels as shown, orientation applied.
    pub height: u32,
    /// JPEG without metadata, upright, its long side at most [`THUMBNAIL_SIDE`].
    #[serde(skip)]
    pub thumbnail: Vec<u8>,
    /// What other photos are compared by.
    pub likeness: Likeness,
    /// How much there is to see.
    pub light: Light,
    /// Bits of 64 in which the thumbnail that the camera put into the file differs from the picture, where there is one.
    pub embedded_apart: Option<u32>,
}

/// What an uploaded file is, when it is no JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// Not a JPEG.
    #[error("photo is {}, not jpeg: {}", .0.name(), .0.remedy())]
    NotJpeg(Kind),
    /// The file ends before its end.
    #[error("photo is cut off: upload the whole file again")]
    Truncated,
    /// The file contradicts itself, or the decoder gave up on it.
    #[error("photo is damaged ({0}): take it again")]
    Damaged(String),
    /// Four inks instead of three lights.
    #[error("photo has the colours of print: take it again with the camera")]
    Print,
    /// The process that decoded it ended or used up its time or memory.
    #[error("photo could not be decoded within {0}: take it again with the camera")]
    GaveUp(String),
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
            jpeg::Error::Malformed => Self::Damaged("its markers are malformed".into()),
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

/// Decodes a photo within limits, measures it and makes its thumbnail.
pub fn examine(bytes: &[u8]) -> Result<Picture, Error> {
    let (small, whole) = open(bytes, THUMBNAIL_SIDE)?;
    let grey = grey(&small);
    let likeness = likeness(&grey, &small)?;
    let embedded_apart = embedded::likeness(bytes).map(|embedded| (embedded.difference_hash() ^ likeness.difference_hash()).count_ones());
    let light = light::measure(&grey, small.width as usize);
    let thumbnail = decode::encode(&small, THUMBNAIL_QUALITY)?;
    Ok(Picture { width: whole.0, height: whole.1, thumbnail, likeness, light, embedded_apart })
}

/// A photo as people look at it: upright, its long side at most [`VIEW_SIDE`], without metadata.
pub fn view(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    decode::encode(&open(bytes, VIEW_SIDE)?.0, VIEW_QUALITY)
}

/// The photo upright and small, and its whole size as shown.
fn open(bytes: &[u8], side: u32) -> Result<(Pixels, (u32, u32)), Error> {
    let outline = match jpeg::outline(bytes) {
        Err(jpeg::Error::NotJpeg) => return Err(Error::NotJpeg(Kind::of(bytes))),
        walked => walked?,
    };
    check_limits(outline)?;
    let orientation = exif::read(bytes).map_or(1, |exif| exif.orientation);
    let small = scale::upright(scale::shrink(decode::decode(bytes, outline, side)?, side)?, orientation);
    let whole = if orientation >= 5 { (outline.height, outline.width) } else { (outline.width, outline.height) };
    Ok((small, whole))
}

fn check_limits(outline: jpeg::Outline) -> Result<(), Error> {
    let jpeg::Outline { width, height, components, progressive } = outline;
    let coefficients = if progressive { u64::from(width) * u64::from(height) * COEFFICIENT_BYTES } else { 0 };
    if width > SIDE_MAX || height > SIDE_MAX || coefficients > COEFFICIENTS_MAX_BYTES {
        return Err(Error::TooLarge { width, height });
    }
    if components > 3 { Err(Error::Print) } else { Ok(()) }
}

/// Brightness of each pixel (ITU-R BT.601).
fn grey(pixels: &Pixels) -> Vec<u8> {
    pixels.rgb.chunks_exact(decode::RGB).map(|p| luma(p[0], p[1], p[2])).collect()
}

fn likeness(grey: &[u8], of: &Pixels) -> Result<Likeness, Error> {
    let side = u32::try_from(likeness::SIDE).expect("a small side");
    let cells = scale::resize_grey(grey, (of.width, of.height), (side, side))?;
    Ok(Likeness::new(cells).expect("as many cells as were asked for"))
}

/// Brightness in 1/256.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let weighted = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(weighted >> 8).expect("the weights sum to 256")
}
