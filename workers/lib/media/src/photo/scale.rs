//! Pixels to fewer pixels, and upright.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::{Error, Pixels, decode::RGB};

/// A picture whose long side has at most `side` pixels; never enlarged, and a thin one keeps a pixel.
pub fn shrink(pixels: Pixels, side: u32) -> Result<Pixels, Error> {
    let long = pixels.width.max(pixels.height);
    let target = long.min(side);
    let scaled = |side: u32| (side * target).div_ceil(long).clamp(1, target);
    let (width, height) = (scaled(pixels.width), scaled(pixels.height));
    if (width, height) == (pixels.width, pixels.height) {
        return Ok(pixels);
    }
    Ok(Pixels { width, height, rgb: resize(&pixels.rgb, (pixels.width, pixels.height), (width, height), PixelType::U8x3)? })
}

/// A grey picture of another size.
pub fn resize_grey(grey: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<Vec<u8>, Error> {
    resize(grey, from, to, PixelType::U8)
}

fn resize(from: &[u8], from_size: (u32, u32), to_size: (u32, u32), pixel: PixelType) -> Result<Vec<u8>, Error> {
    let source = ImageRef::new(from_size.0, from_size.1, from, pixel).map_err(|_| Error::Thumbnail)?;
    let mut target = Image::new(to_size.0, to_size.1, pixel);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box)).use_alpha(false);
    Resizer::new().resize(&source, &mut target, &options).map_err(|_| Error::Thumbnail)?;
    Ok(target.into_vec())
}

/// Turns a picture as its EXIF orientation says (CIPA DC-008, tag 0x0112).
pub fn upright(pixels: Pixels, orientation: u16) -> Pixels {
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
            let at = (v * from_width + u) * RGB;
            rgb.extend_from_slice(&pixels.rgb[at..at + RGB]);
        }
    }
    let (width, height) = if turned { (pixels.height, pixels.width) } else { (pixels.width, pixels.height) };
    Pixels { width, height, rgb }
}
