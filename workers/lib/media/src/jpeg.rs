//! The outline of a JPEG file (ITU-T T.81), walked marker by marker before anybody decodes it.
//!
//! Says what the decoder would be made to do: dimensions, frames, scans, and whether the file has its end. Reads each byte at most once and
//! allocates nothing. Bounded by [`SEGMENTS_MAX`] and [`SCANS_MAX`].

use serde::{Deserialize, Serialize};

/// Segments of one file; cameras write about twenty, stitched panoramas some hundreds.
pub const SEGMENTS_MAX: usize = 4_096;
/// Scans of one file; a progressive photo has ten, and each scan costs a pass over the whole picture.
pub const SCANS_MAX: usize = 64;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const TEM: u8 = 0x01;

/// Why a file has no outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// The file does not open as a JPEG.
    #[error("not a jpeg file")]
    NotJpeg,
    /// The file ends before its end marker.
    #[error("jpeg file is cut off")]
    Truncated,
    /// Something stands where a marker must.
    #[error("jpeg markers are malformed")]
    Malformed,
    /// More segments or scans than any camera writes.
    #[error("jpeg file has too many segments or scans")]
    TooMany,
}

/// One segment: its marker's second byte and what it carries.
pub struct Segment<'a> {
    /// Second byte of the marker.
    pub marker: u8,
    /// What follows the length; empty for markers that carry nothing.
    pub payload: &'a [u8],
}

/// What a file would make a decoder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Width of the frame in pixels.
    pub width: u32,
    /// Height of the frame in pixels.
    pub height: u32,
    /// Components of the frame: 1 grey, 3 colour, 4 print.
    pub components: u8,
    /// Whether the decoder must hold coefficients of the whole picture.
    pub progressive: bool,
}

/// A walk over the segments of a file, entropy-coded data left out.
pub struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: usize,
    ended: bool,
}

/// Opens a file.
pub fn segments(bytes: &[u8]) -> Result<Segments<'_>, Error> {
    if !bytes.starts_with(&[0xff, SOI, 0xff]) {
        return Err(Error::NotJpeg);
    }
    Ok(Segments { bytes, at: 2, seen: 0, ended: false })
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Segment<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let segment = self.step();
        self.ended = !matches!(segment, Ok(Segment { marker, .. }) if marker != EOI);
        Some(segment)
    }
}

impl<'a> Segments<'a> {
    /// Where the walk stands in the file: behind the end marker once it has ended well.
    pub const fn place(&self) -> usize {
        self.at
    }

    fn step(&mut self) -> Result<Segment<'a>, Error> {
        self.seen += 1;
        if self.seen > SEGMENTS_MAX {
            return Err(Error::TooMany);
        }
        let marker = self.marker()?;
        if matches!(marker, EOI | TEM | SOI | 0xd0..=0xd7) {
            return Ok(Segment { marker, payload: &[] });
        }
        let length = self.bytes.get(self.at..self.at + 2).ok_or(Error::Truncated)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length < 2 {
            return Err(Error::Malformed);
        }
        let payload = self.bytes.get(self.at + 2..self.at + length).ok_or(Error::Truncated)?;
        self.at += length;
        if marker == SOS {
            self.skip_entropy_coded();
        }
        Ok(Segment { marker, payload })
    }

    /// A marker: 0xff, any number of fill bytes 0xff, then its code (B.1.1.2).
    fn marker(&mut self) -> Result<u8, Error> {
        if *self.bytes.get(self.at).ok_or(Error::Truncated)? != 0xff {
            return Err(Error::Malformed);
        }
        let fill = self.bytes[self.at..].iter().position(|byte| *byte != 0xff).ok_or(Error::Truncated)?;
        let marker = self.bytes[self.at + fill];
        self.at += fill + 1;
        if marker == 0 { Err(Error::Malformed) } else { Ok(marker) }
    }

    /// Moves to the next marker that is no restart: inside of entropy-coded data 0xff is followed by 0 or by a restart's code.
    fn skip_entropy_coded(&mut self) {
        while let Some(found) = memchr::memchr(0xff, &self.bytes[self.at..]) {
            self.at += found;
            match self.bytes.get(self.at + 1) {
                Some(0 | 0xd0..=0xd7) => self.at += 2,
                Some(0xff) => self.at += 1,
                _ => return,
            }
        }
        self.at = self.bytes.len();
    }
}

/// Walks the whole file.
pub fn outline(bytes: &[u8]) -> Result<Outline, Error> {
    let mut frame = None;
    let mut scans = 0;
    for segment in segments(bytes)? {
        let Segment { marker, payload } = segment?;
        match marker {
            // A second frame could be larger than the one whose size is checked.
            0xc0..=0xcf if starts_frame(marker) && frame.is_some() => return Err(Error::Malformed),
            0xc0..=0xcf if starts_frame(marker) => frame = Some(start_of_frame(marker, payload)?),
            SOS => scans += 1,
            SOI => return Err(Error::Malformed),
            _ => {}
        }
        if scans > SCANS_MAX {
            return Err(Error::TooMany);
        }
    }
    frame.filter(|_| scans > 0).ok_or(Error::Malformed)
}

/// The sixteen codes of frames, without those of Huffman tables, extensions and arithmetic conditioning (table B.1).
const fn starts_frame(marker: u8) -> bool {
    !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Frame header (B.2.2): precision, height, width, components.
fn start_of_frame(marker: u8, payload: &[u8]) -> Result<Outline, Error> {
    let &[_, h1, h0, w1, w0, components, ..] = payload else { return Err(Error::Malformed) };
    let (width, height) = (u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0])));
    if width == 0 || height == 0 || components == 0 {
        return Err(Error::Malformed);
    }
    Ok(Outline { width, height, components, progressive: marker == 0xc2 })
}
