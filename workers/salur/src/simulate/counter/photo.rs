//! Photos as a counter's device takes them: JPEG with EXIF, no two alike, each within a fraction of a millisecond.
//!
//! Encoding 1.2 megapixels takes some 10 ms, and a demo on two cores takes 17,000 photos. So [`LOOKS`] times [`LIGHTS`] pictures are encoded once, with a
//! restart marker after every tile's width (ITU-T T.81, E.1.4). What lies between two markers decodes by itself, so a photo is
//! mixed from tiles of the pictures of one look, chosen by the seed: 4 to the power of 64 mixtures at least, with unlike bytes and unlike perceptual
//! hashes. Encoder (`mozjpeg-rs`) and EXIF writer (`little_exif`) are not those of photo-ingest, so that a misunderstanding between a library
//! and the standard is found instead of shared.

use chrono::{DateTime, FixedOffset};
use little_exif::{exif_tag::ExifTag, filetype::FileExtension, metadata::Metadata, rational::uR64};
use mozjpeg_rs::{Encoder, Subsampling};
use salur_domain::proof::Place;

use super::{
    dice::Dice,
    scene::{Figure, Look, Size},
};

/// Looks that a photo can have.
const LOOKS: u32 = 4;
/// Pictures of a look, each in its own light, that a photo is mixed from.
const LIGHTS: u32 = 4;
/// Pixels along a side of the unit that the encoder writes, with colour at half the resolution.
const MCU: u32 = 16;
/// Quality of the encoder; see `GRAIN` of the scene.
const QUALITY: u8 = 85;
/// Room for what a device writes into a file beside the picture.
const EXIF_BYTES_USUAL: usize = 1_024;

const SOI: [u8; 2] = [0xff, 0xd8];
const EOI: [u8; 2] = [0xff, 0xd9];
const SOS: u8 = 0xda;
const RST0: u8 = 0xd0;
/// Restart markers count from 0 to 7 and begin again.
const RESTARTS: u8 = 8;

/// Why there is no photo.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The encoder failed.
    #[error("a scene was not encoded")]
    Encode(#[source] mozjpeg_rs::Error),
    /// The encoder wrote something else than one scan with the restart markers it was asked for.
    #[error("an encoded scene has {found} intervals, not {expected}")]
    Intervals {
        /// What it wrote.
        found: usize,
        /// What it was asked for.
        expected: usize,
    },
    /// EXIF was not written.
    #[error("exif was not written")]
    Exif(#[source] std::io::Error),
}

/// What a device writes into a photo.
#[derive(Debug, Clone, Copy)]
pub struct Shot<'a> {
    /// The camera's clock.
    pub taken_at: DateTime<FixedOffset>,
    /// Where.
    pub place: Place,
    /// Model of the camera.
    pub model: &'a str,
}

/// Where photos are taken.
#[derive(Debug)]
pub struct Studio {
    size: Size,
    /// Everything of a file between its opening marker and its first interval.
    head: Vec<u8>,
    /// The intervals of every scene, in the order of the file; scenes of one look stand together.
    scenes: Vec<Vec<Vec<u8>>>,
}

impl Studio {
    /// Draws and encodes the scenes. Costs about 30 ms each, of a large size 80.
    pub fn open(seed: u64, size: Size) -> Result<Self, Error> {
        Self::with_looks(seed, size, LOOKS)
    }

    fn with_looks(seed: u64, size: Size, looks: u32) -> Result<Self, Error> {
        let mut dice = Dice::new(seed);
        let figure = Figure::draw(size, &mut dice);
        let mut head = Vec::new();
        let mut scenes = Vec::new();
        for _ in 0..looks {
            let look = Look::roll(&mut dice);
            for _ in 0..LIGHTS {
                let (of_scene, intervals) = split(&encode(&figure.colour(&look, &mut dice), size)?, size)?;
                head = of_scene; // equal for all: the same size, quality and tables
                scenes.push(intervals);
            }
        }
        Ok(Self { size, head, scenes })
    }

    /// A photo whose tiles are chosen by `chance`; without EXIF for `None`.
    pub fn shoot(&self, chance: u64, shot: Option<&Shot<'_>>) -> Result<Vec<u8>, Error> {
        let mut dice = Dice::new(chance);
        let looks = u32::try_from(self.scenes.len()).expect("a few scenes") / LIGHTS;
        let look = dice.below(looks) * LIGHTS;
        let Size { tile, tiles: (across, down) } = self.size;
        let tiles: Vec<u32> = (0..across * down).map(|_| look + dice.below(LIGHTS)).collect();
        let mut photo = Vec::with_capacity(self.scenes[0].iter().map(|interval| interval.len() + 3).sum::<usize>() + EXIF_BYTES_USUAL);
        photo.extend(SOI);
        if let Some(shot) = shot {
            photo.extend(exif(shot, self.size).map_err(Error::Exif)?);
        }
        photo.extend(&self.head);
        let mut restart = 0;
        for (row, column) in (0..self.size.height() / MCU).flat_map(|row| (0..across).map(move |column| (row, column))) {
            if (row, column) != (0, 0) {
                photo.extend([0xff, RST0 + restart]);
                restart = (restart + 1) % RESTARTS;
            }
            let scene = tiles[(row / (tile.1 / MCU) * across + column) as usize];
            photo.extend(&self.scenes[scene as usize][(row * across + column) as usize]);
        }
        photo.extend(EOI);
        Ok(photo)
    }
}

fn encode(rgb: &[u8], size: Size) -> Result<Vec<u8>, Error> {
    let interval = u16::try_from(size.tile.0 / MCU).expect("a few units");
    Encoder::fastest()
        .quality(QUALITY)
        .subsampling(Subsampling::S420)
        .restart_interval(interval)
        .encode_rgb(rgb, size.width(), size.height())
        .map_err(Error::Encode)
}

/// Takes an encoded scene apart: what stands before the picture's data, and the data between restart markers.
fn split(jpeg: &[u8], size: Size) -> Result<(Vec<u8>, Vec<Vec<u8>>), Error> {
    let expected = (size.tiles.0 * size.height() / MCU) as usize;
    let data = data_at(jpeg).ok_or(Error::Intervals { found: 0, expected })?;
    let mut intervals = Vec::with_capacity(expected);
    let mut from = data;
    // Inside of the data 0xff is followed by 0 unless a marker begins (T.81, F.1.2.3).
    for at in data..jpeg.len().saturating_sub(1) {
        if jpeg[at] == 0xff && jpeg[at + 1] != 0 {
            intervals.push(jpeg[from..at].to_vec());
            from = at + 2;
        }
    }
    if intervals.len() == expected {
        Ok((jpeg[2..data].to_vec(), intervals))
    } else {
        Err(Error::Intervals { found: intervals.len(), expected })
    }
}

/// Where the data of the first scan begins.
fn data_at(jpeg: &[u8]) -> Option<usize> {
    let mut at = SOI.len();
    loop {
        let &[_, marker, high, low] = jpeg.get(at..at + 4)? else { return None };
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == SOS {
            return Some(at);
        }
    }
}

/// The APP1 segment of a photo, with everything that CIPA DC-008 demands.
fn exif(shot: &Shot<'_>, size: Size) -> Result<Vec<u8>, std::io::Error> {
    let Place { latitude, longitude } = shot.place;
    let per_inch = || vec![uR64 { nominator: 72, denominator: 1 }];
    let tags = [
        ExifTag::Make("Salur".into()),
        ExifTag::Model(shot.model.into()),
        ExifTag::XResolution(per_inch()),
        ExifTag::YResolution(per_inch()),
        ExifTag::ResolutionUnit(vec![2]),
        ExifTag::YCbCrPositioning(vec![1]),
        ExifTag::ExifVersion(b"0232".to_vec()),
        ExifTag::DateTimeOriginal(shot.taken_at.format("%Y:%m:%d %H:%M:%S").to_string()),
        ExifTag::OffsetTimeOriginal(shot.taken_at.format("%:z").to_string()),
        ExifTag::ComponentsConfiguration(vec![1, 2, 3, 0]),
        ExifTag::FlashpixVersion(b"0100".to_vec()),
        ExifTag::ColorSpace(vec![1]),
        ExifTag::ExifImageWidth(vec![size.width()]),
        ExifTag::ExifImageHeight(vec![size.height()]),
        ExifTag::GPSVersionID(vec![2, 3, 0, 0]),
        ExifTag::GPSLatitudeRef(if latitude < 0.0 { "S" } else { "N" }.into()),
        ExifTag::GPSLatitude(sexagesimal(latitude)),
        ExifTag::GPSLongitudeRef(if longitude < 0.0 { "W" } else { "E" }.into()),
        ExifTag::GPSLongitude(sexagesimal(longitude)),
    ];
    let mut metadata = Metadata::new();
    for tag in tags {
        metadata.set_tag(tag);
    }
    metadata.as_u8_vec(FileExtension::JPEG)
}

/// Degrees, minutes and hundredths of a second: about 30 cm.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "degrees of a place on earth are at most 180")]
fn sexagesimal(degrees: f64) -> Vec<uR64> {
    let hundredths = (degrees.abs() * 360_000.0).round() as u32;
    let part = |nominator, denominator| uR64 { nominator, denominator };
    vec![part(hundredths / 360_000, 1), part(hundredths / 6_000 % 60, 1), part(hundredths % 6_000, 100)]
}

#[cfg(test)]
#[path = "photo_tests.rs"]
mod tests;
