//! Codes in a picture: a scan, a photo of a paper, a page of several.
//!
//! A picture is a stranger's: its sides and memory are bounded before it is decoded. The quick reader comes first, the patient one where it finds nothing.

use std::{collections::BTreeSet, io::Cursor};

use image::{GrayImage, ImageReader, Limits};

/// Longest side, in pixels.
const SIDE_MAX: u32 = 8_192;
/// Memory of the decoder.
const MEMORY_MAX: u64 = 200 << 20;

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither PNG nor JPEG, damaged, or too large.
    #[error("this is no PNG or JPEG of at most {SIDE_MAX} pixels a side")]
    Picture(#[source] image::ImageError),
    /// Nothing was found.
    #[error("no code can be read in this picture; take it again, closer and in better light")]
    None,
}

/// The texts of all codes in a picture.
pub fn codes(bytes: &[u8]) -> Result<Vec<String>, Error> {
    let picture = decode(bytes).map_err(Error::Picture)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut reader = quircs::Quirc::default();
    let quick =
        reader.identify(width, height, picture.as_raw()).filter_map(|code| String::from_utf8(code.ok()?.decode().ok()?.payload).ok());
    let mut found: BTreeSet<String> = quick.collect();
    if found.is_empty() {
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.as_raw()[y * width + x]);
        found.extend(prepared.detect_grids().iter().filter_map(|code| code.decode().ok().map(|(_, text)| text)));
    }
    if found.is_empty() { Err(Error::None) } else { Ok(found.into_iter().collect()) }
}

fn decode(bytes: &[u8]) -> Result<GrayImage, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height, limits.max_alloc) = (Some(SIDE_MAX), Some(SIDE_MAX), Some(MEMORY_MAX));
    reader.limits(limits);
    Ok(reader.decode()?.into_luma8())
}
