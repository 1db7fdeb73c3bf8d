//! The thumbnail that a camera put into the file, as it looks: an editor that changes the picture often leaves the thumbnail as it was.
//!
//! Cameras pad it to 4:3 with black, so dark borders are cut off before it is compared. It is a JPEG of its own inside of the EXIF segment, so of at most
//! 64 KiB, and is decoded within [`SIDE_MAX`].

use super::{Pixels, decode, grey, scale};
use crate::{exif, jpeg, likeness::Likeness};

/// Longest side of an embedded thumbnail in pixels; cameras write 160.
const SIDE_MAX: u32 = 1_024;
/// Mean brightness of a row or column up to which it is a border.
const BORDER: u32 = 12;
/// Borders may take this part of a side, in thousandths: 16:9 in 4:3 takes a quarter.
const BORDER_PER_MILLE: u32 = 400;

/// How the embedded thumbnail looks, upright; nothing where there is none or it does not decode.
pub fn likeness(photo: &[u8]) -> Option<Likeness> {
    let bytes = exif::embedded(photo)?;
    let outline = jpeg::outline(&bytes).ok().filter(|outline| outline.width.max(outline.height) <= SIDE_MAX && outline.components <= 3)?;
    let orientation = exif::read(photo).map_or(1, |exif| exif.orientation);
    let pixels = trimmed(&decode::decode(&bytes, outline, SIDE_MAX).ok()?);
    let upright = scale::upright(pixels, orientation);
    super::likeness(&grey(&upright), &upright).ok()
}

/// Without dark borders.
fn trimmed(pixels: &Pixels) -> Pixels {
    let levels = grey(pixels);
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let dark = |sum: u32, count: usize| u64::from(sum) <= u64::from(BORDER) * count as u64;
    let row = |y: usize| dark(levels[y * width..(y + 1) * width].iter().map(|level| u32::from(*level)).sum(), width);
    let column = |x: usize| dark((0..height).map(|y| u32::from(levels[y * width + x])).sum(), height);
    let (top, bottom) = border(height, row);
    let (left, right) = border(width, column);
    let rgb = (top..bottom)
        .flat_map(|y| pixels.rgb[(y * width + left) * decode::RGB..(y * width + right) * decode::RGB].iter().copied())
        .collect();
    let side = |from: usize, to: usize| u32::try_from(to - from).expect("a part of a side");
    Pixels { width: side(left, right), height: side(top, bottom), rgb }
}

/// Where the picture begins and ends along a side; all of it where the borders would take too much.
fn border(side: usize, is_dark: impl Fn(usize) -> bool) -> (usize, usize) {
    let begin = (0..side).take_while(|at| is_dark(*at)).count();
    let end = side - (begin..side).rev().take_while(|at| is_dark(*at)).count();
    let most = side * BORDER_PER_MILLE as usize / 1_000;
    if end <= begin || begin + (side - end) > most { (0, side) } else { (begin, end) }
}
