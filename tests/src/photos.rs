//! Photos as a device takes them: a JPEG of [`WIDTH`] by [`HEIGHT`], another for every seed, with EXIF where asked for.

use chrono::{DateTime, FixedOffset};
use jpeg_encoder::{ColorType, Encoder};
use little_exif::{exif_tag::ExifTag, filetype::FileExtension, metadata::Metadata, rational::uR64};
use salur_domain::proof::Place;

/// Pixels across.
pub const WIDTH: u16 = 1_000;
/// Pixels down: with [`WIDTH`] enough for a face and a card.
pub const HEIGHT: u16 = 600;
/// Side of a field of one shade, in pixels.
const FIELD: u16 = 40;

/// What the camera writes beside the picture.
#[derive(Debug, Clone, Copy)]
pub struct Exif {
    /// By the camera's clock.
    pub taken_at: DateTime<FixedOffset>,
    /// Where.
    pub place: Place,
}

/// The photo of a seed: fields of grey, unlike those of any other.
pub fn photo(seed: u64, exif: Option<Exif>) -> Vec<u8> {
    jpeg(&grey(seed), exif)
}

/// The pixels of a seed's photo.
pub fn grey(seed: u64) -> Vec<u8> {
    let across = u64::from(WIDTH / FIELD);
    let field = |x: u16, y: u16| shade(seed, u64::from(y / FIELD) * across + u64::from(x / FIELD));
    (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| field(x, y))).collect()
}

/// The photo of these pixels.
pub fn jpeg(grey: &[u8], exif: Option<Exif>) -> Vec<u8> {
    jpeg_of_quality(grey, exif, 80)
}

/// The photo of these pixels, encoded harder or less hard.
pub fn jpeg_of_quality(grey: &[u8], exif: Option<Exif>, quality: u8) -> Vec<u8> {
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, quality).encode(grey, WIDTH, HEIGHT, ColorType::Luma).expect("encoding into memory");
    match exif {
        Some(exif) => [&jpeg[..2], &segment(exif), &jpeg[2..]].concat(),
        None => jpeg,
    }
}

/// The photo with a small picture inside of its EXIF, where cameras write one: in a second directory, here behind all else.
pub fn with_embedded(photo: &[u8], embedded: &[u8]) -> Vec<u8> {
    const TIFF_AT: usize = 12; // behind SOI, marker, length and "Exif\0\0"
    const ENTRY: usize = 12;
    let end = 4 + usize::from(u16::from_be_bytes([photo[4], photo[5]]));
    let mut tiff = photo[TIFF_AT..end].to_vec();
    assert_eq!(tiff[..4], *b"II*\0", "EXIF as `segment` writes it");
    let long = |number: usize| u32::try_from(number).expect("a short segment").to_le_bytes();
    let entries_at = usize::try_from(u32::from_le_bytes(tiff[4..8].try_into().expect("four bytes"))).expect("a short segment");
    let entries = usize::from(u16::from_le_bytes([tiff[entries_at], tiff[entries_at + 1]]));
    let next_at = entries_at + 2 + entries * ENTRY;
    let second = tiff.len();
    tiff[next_at..next_at + 4].copy_from_slice(&long(second));
    let entry = |tag: u16, value: usize| [&tag.to_le_bytes()[..], &4_u16.to_le_bytes(), &long(1), &long(value)].concat();
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0201, second + 2 + 2 * ENTRY + 4)); // where the small picture begins
    tiff.extend(entry(0x0202, embedded.len()));
    tiff.extend(long(0));
    tiff.extend(embedded);
    let length = u16::try_from(TIFF_AT - 4 + tiff.len()).expect("a segment has 64 KiB");
    [&photo[..4], &length.to_be_bytes(), &photo[6..TIFF_AT], &tiff, &photo[end..]].concat()
}

/// A photo that compresses badly, in colours, all at once or line by line.
pub fn noise(width: u16, height: u16, is_progressive: bool) -> Vec<u8> {
    let rgb: Vec<u8> = (0..u64::from(width) * u64::from(height) * 3).map(|at| shade(1, at) / 4 + 96).collect();
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 60);
    encoder.set_progressive(is_progressive);
    encoder.encode(&rgb, width, height, ColorType::Rgb).expect("encoding into memory");
    jpeg
}

/// Another shade for each seed and field (splitmix64, S. Vigna).
fn shade(seed: u64, field: u64) -> u8 {
    let mut z = seed.wrapping_add(field.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()[0]
}

/// The APP1 segment of a photo.
fn segment(exif: Exif) -> Vec<u8> {
    let Place { latitude, longitude } = exif.place;
    let mut metadata = Metadata::new();
    metadata.set_tag(ExifTag::Model("Test camera".into()));
    metadata.set_tag(ExifTag::DateTimeOriginal(exif.taken_at.format("%Y:%m:%d %H:%M:%S").to_string()));
    metadata.set_tag(ExifTag::OffsetTimeOriginal(exif.taken_at.format("%:z").to_string()));
    metadata.set_tag(ExifTag::GPSLatitudeRef(if latitude < 0.0 { "S" } else { "N" }.into()));
    metadata.set_tag(ExifTag::GPSLatitude(sexagesimal(latitude)));
    metadata.set_tag(ExifTag::GPSLongitudeRef(if longitude < 0.0 { "W" } else { "E" }.into()));
    metadata.set_tag(ExifTag::GPSLongitude(sexagesimal(longitude)));
    metadata.as_u8_vec(FileExtension::JPEG).expect("writing EXIF into memory")
}

/// Degrees, minutes and hundredths of a second: about 30 cm.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "degrees of a place on earth are at most 180")]
fn sexagesimal(degrees: f64) -> Vec<uR64> {
    let hundredths = (degrees.abs() * 360_000.0).round() as u32;
    let part = |nominator, denominator| uR64 { nominator, denominator };
    vec![part(hundredths / 360_000, 1), part(hundredths / 6_000 % 60, 1), part(hundredths % 6_000, 100)]
}
