//! EXIF (CIPA DC-008): when, where and with what a photo was taken, as far as the file says.
//!
//! EXIF is a tree of directories that may point anywhere, also at itself, and readers have been made to take gigabytes by a file of 60 kB. So
//! the first `Exif` segment is cut out here (a JPEG segment has at most 64 KiB), its directories are counted and measured before a library
//! sees them, and the library is asked for a fixed list of fields only. Values that make no sense are absent, never an error: cameras write
//! odd things. Bounded by [`DIRECTORIES_MAX`], [`ENTRIES_MAX`], [`TEXT_CHARS_MAX`].

mod scan;

use chrono::{NaiveDate, NaiveDateTime};
use exif::{Field, In, Reader, Tag, Value};
use salur_domain::{Disposed, Disposition};
use serde::{Deserialize, Serialize};

use crate::jpeg;
pub use crate::jpeg::Error as ContainerError;

/// Directories of one segment: main, camera, GPS, interoperability, thumbnail, and three that nobody writes.
pub const DIRECTORIES_MAX: usize = 8;
/// Entries of one directory; cameras write up to about 60.
pub const ENTRIES_MAX: usize = 256;
/// Characters of make, model and software that are kept.
pub const TEXT_CHARS_MAX: usize = 64;

const APP1: u8 = 0xe1;
const SOS: u8 = 0xda;
const OPENING: &[u8] = b"Exif\0\0";

/// What a photo says about itself. Everything is as the camera wrote it and proves nothing alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exif {
    /// Whether there is an EXIF segment at all.
    pub present: bool,
    /// Local time at the camera: `DateTimeOriginal`, else `DateTimeDigitized`.
    pub taken_at: Option<NaiveDateTime>,
    /// Minutes east of UTC of that time.
    pub offset_minutes: Option<i32>,
    /// Degrees north and degrees east (WGS 84).
    pub position: Option<(f64, f64)>,
    /// Maker of the camera.
    pub make: Option<String>,
    /// Model of the camera.
    pub model: Option<String>,
    /// Program that wrote the file.
    pub software: Option<String>,
    /// How to turn the picture, 1 to 8; 1 is upright and stands for absent or senseless too.
    pub orientation: u16,
}

/// Why EXIF was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// The file around it is not a JPEG or is cut off before its picture.
    #[error("photo has no readable segments")]
    Container(#[source] jpeg::Error),
    /// The segment contradicts itself.
    #[error("exif is malformed")]
    Malformed,
    /// More directories or entries than any camera writes.
    #[error("exif has too many directories or entries")]
    TooMany,
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Reads the EXIF of a JPEG file; a file without it gives `present: false` and nothing else.
pub fn read(bytes: &[u8]) -> Result<Exif, Error> {
    let Some(tiff) = segment(bytes)? else { return Ok(Exif { orientation: 1, ..Exif::default() }) };
    scan::check(tiff)?;
    let parsed = Reader::new().continue_on_error(true).read_raw(tiff.to_vec()).or_else(|error| error.distill_partial_result(drop));
    let fields = Fields(parsed.map_err(|_| Error::Malformed)?);
    let (taken_at, offset_minutes) = fields.taken_at();
    Ok(Exif {
        present: true,
        taken_at,
        offset_minutes,
        position: fields.position(),
        make: fields.text(Tag::Make).and_then(clean),
        model: fields.text(Tag::Model).and_then(clean),
        software: fields.text(Tag::Software).and_then(clean),
        orientation: fields.orientation(),
    })
}

/// The JPEG thumbnail in the EXIF of a JPEG file, where there is one that lies inside of its segment.
pub fn embedded(bytes: &[u8]) -> Option<Vec<u8>> {
    let tiff = segment(bytes).ok()??;
    scan::check(tiff).ok()?;
    let parsed = Reader::new().continue_on_error(true).read_raw(tiff.to_vec()).or_else(|error| error.distill_partial_result(drop)).ok()?;
    let number = |tag| parsed.get_field(tag, In::THUMBNAIL).and_then(|field| field.value.get_uint(0)).and_then(|n| usize::try_from(n).ok());
    let (at, length) = (number(Tag::JPEGInterchangeFormat)?, number(Tag::JPEGInterchangeFormatLength)?);
    tiff.get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
}

/// The TIFF structure inside of the first EXIF segment before the picture.
fn segment(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    for segment in jpeg::segments(bytes).map_err(Error::Container)? {
        let segment = segment.map_err(Error::Container)?;
        match segment.marker {
            APP1 if segment.payload.starts_with(OPENING) => return Ok(Some(&segment.payload[OPENING.len()..])),
            SOS => break,
            _ => {}
        }
    }
    Ok(None)
}

/// The library's view, asked by tag only: asking for all fields is what made it take gigabytes.
struct Fields(exif::Exif);

impl Fields {
    fn value(&self, tag: Tag) -> Option<&Value> {
        self.0.get_field(tag, In::PRIMARY).map(|Field { value, .. }| value)
    }

    fn text(&self, tag: Tag) -> Option<&[u8]> {
        match self.value(tag)? {
            Value::Ascii(parts) => parts.first().map(Vec::as_slice),
            _ => None,
        }
    }

    fn taken_at(&self) -> (Option<NaiveDateTime>, Option<i32>) {
        let pairs = [(Tag::DateTimeOriginal, Tag::OffsetTimeOriginal), (Tag::DateTimeDigitized, Tag::OffsetTimeDigitized)];
        for (time, offset) in pairs {
            if let Some(taken_at) = self.text(time).and_then(parse_time) {
                return (Some(taken_at), self.text(offset).and_then(parse_offset));
            }
        }
        (None, None)
    }

    fn position(&self) -> Option<(f64, f64)> {
        let latitude = self.degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, *b"NS", 90.0)?;
        let longitude = self.degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, *b"EW", 180.0)?;
        Some((latitude, longitude))
    }

    /// Degrees, minutes and seconds as three fractions, and the half of the world they count in.
    fn degrees(&self, tag: Tag, half: Tag, halves: [u8; 2], limit: f64) -> Option<f64> {
        let part = |number: f64| Some(number).filter(|number| number.is_finite() && *number >= 0.0);
        let parts: Vec<Option<f64>> = match self.value(tag)? {
            Value::Rational(parts) => parts.iter().map(|r| part(r.to_f64())).collect(),
            // telephones write them signed, against the standard
            Value::SRational(parts) => parts.iter().map(|r| part(r.to_f64())).collect(),
            _ => return None,
        };
        let [degrees, minutes, seconds] = parts.get(..3)? else { return None };
        let absolute = (*degrees)? + (*minutes)? / 60.0 + seconds.unwrap_or(0.0) / 3_600.0;
        let sign = match self.text(half)?.first()?.to_ascii_uppercase() {
            letter if letter == halves[0] => 1.0,
            letter if letter == halves[1] => -1.0,
            _ => return None,
        };
        (absolute <= limit).then_some(sign * absolute)
    }

    fn orientation(&self) -> u16 {
        let stated = self.value(Tag::Orientation).and_then(|value| value.get_uint(0)).and_then(|n| u16::try_from(n).ok());
        stated.filter(|n| (1..=8).contains(n)).unwrap_or(1)
    }
}

/// `YYYY:MM:DD HH:MM:SS`; blanks and zeros mean unknown.
fn parse_time(text: &[u8]) -> Option<NaiveDateTime> {
    let text = std::str::from_utf8(text.get(..19)?).ok()?;
    let (date, time) = (text.get(..10)?, text.get(11..)?);
    let number = |part: Option<&str>| -> Option<u32> { part.filter(|p| p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok() };
    let (mut ymd, mut hms) = (date.split([':', '-', '/']), time.split(':'));
    let day = NaiveDate::from_ymd_opt(number(ymd.next())?.cast_signed(), number(ymd.next())?, number(ymd.next())?)?;
    day.and_hms_opt(number(hms.next())?, number(hms.next())?, number(hms.next())?).filter(|_| text.as_bytes()[..4] != *b"0000")
}

/// `+07:00` in minutes.
fn parse_offset(text: &[u8]) -> Option<i32> {
    let &[sign, h1, h0, b':', m1, m0] = text.trim_ascii() else { return None };
    let digits = [h1, h0, m1, m0];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [h1, h0, m1, m0] = digits.map(|digit| i32::from(digit - b'0'));
    let minutes = (h1 * 10 + h0) * 60 + m1 * 10 + m0;
    match sign {
        _ if minutes > 14 * 60 => None,
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}

/// A camera's text without control characters, at most [`TEXT_CHARS_MAX`] long; nothing when nothing is left.
fn clean(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let kept: String = text.trim().chars().filter(|c| !c.is_control()).take(TEXT_CHARS_MAX).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}
