//! The faces of a pack: subsets of `DejaVu` under `fonts/`, made by `scripts/make-pack-fonts`, embedded as they are.
//!
//! Text is written in `WinAnsiEncoding`, one byte a letter, so that it can be searched and copied without a map. A letter that no face holds is a box, as in
//! the picture of a cheque. Nothing is shaped or kerned: Indonesian needs none.

use std::{io::Write, sync::LazyLock};

use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, types::FontFlags};

use crate::glyphs::{Hand, letters};

/// A code that `WinAnsiEncoding` leaves free: the box.
const BOX: u8 = 0x81;
const BOX_NAME: Name = Name(b"H22073");
/// The first code that has a width.
const FIRST: u8 = 32;
/// Glyph widths of a font are told in thousandths of its size.
const THOUSAND: usize = 1_000;
/// Thickness of the stems of an upright face, as viewers want to know it; they have the outlines.
const STEM: f32 = 80.0;

/// A face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Text,
    Strong,
    Serial,
}

/// A face, read.
#[derive(Debug)]
pub(super) struct Font {
    widths: [u16; 256],
    bounds: [f32; 4],
    ascent: f32,
    descent: f32,
    capitals: f32,
    packed: Vec<u8>,
    length: usize,
}

static FONTS: LazyLock<[Font; 3]> = LazyLock::new(|| {
    [
        Font::read(include_bytes!("../../fonts/text.ttf"), include_str!("../../fonts/text.widths")),
        Font::read(include_bytes!("../../fonts/strong.ttf"), include_str!("../../fonts/strong.widths")),
        Font::read(include_bytes!("../../fonts/serial.ttf"), include_str!("../../fonts/serial.widths")),
    ]
});

impl Face {
    pub(super) const ALL: [Self; 3] = [Self::Text, Self::Strong, Self::Serial];

    /// Its name in the resources of a page.
    pub(super) const fn name(self) -> Name<'static> {
        match self {
            Self::Text => Name(b"T"),
            Self::Strong => Name(b"S"),
            Self::Serial => Name(b"M"),
        }
    }

    const fn font_name(self) -> Name<'static> {
        match self {
            Self::Text => Name(b"SALURA+DejaVuSansCondensed"),
            Self::Strong => Name(b"SALURB+DejaVuSansCondensed-Bold"),
            Self::Serial => Name(b"SALURC+DejaVuSansMono-Bold"),
        }
    }

    pub(super) fn font(self) -> &'static Font {
        &FONTS[self as usize]
    }

    /// Writes the font and what it consists of: three objects.
    pub(super) fn embed(self, pdf: &mut Pdf, [id, descriptor, file]: [Ref; 3]) {
        let font = self.font();
        let mut written = pdf.indirect(id).dict();
        written.pair(Name(b"Type"), Name(b"Font")).pair(Name(b"Subtype"), Name(b"TrueType")).pair(Name(b"BaseFont"), self.font_name());
        written.pair(Name(b"FirstChar"), i32::from(FIRST)).pair(Name(b"LastChar"), 255).pair(Name(b"FontDescriptor"), descriptor);
        written.insert(Name(b"Widths")).array().items(font.widths[usize::from(FIRST)..].iter().map(|width| i32::from(*width)));
        let mut encoding = written.insert(Name(b"Encoding")).dict();
        encoding.pair(Name(b"Type"), Name(b"Encoding")).pair(Name(b"BaseEncoding"), Name(b"WinAnsiEncoding"));
        encoding.insert(Name(b"Differences")).array().item(i32::from(BOX)).item(BOX_NAME);
        encoding.finish();
        written.finish();
        let [left, bottom, right, top] = font.bounds;
        let mut described = pdf.font_descriptor(descriptor);
        described.name(self.font_name()).flags(FontFlags::NON_SYMBOLIC).bbox(Rect::new(left, bottom, right, top)).italic_angle(0.0);
        described.ascent(font.ascent).descent(font.descent).cap_height(font.capitals).stem_v(STEM).font_file2(file);
        described.finish();
        let mut stream = pdf.stream(file, &font.packed);
        stream.filter(Filter::FlateDecode).pair(Name(b"Length1"), i32::try_from(font.length).expect("a subset is small"));
    }
}

impl Font {
    /// Reads what the script made. Panics where it is not that, which the first test would show.
    fn read(file: &[u8], measures: &str) -> Self {
        let mut font = Self {
            widths: [0; 256],
            bounds: [0.0; 4],
            ascent: 0.0,
            descent: 0.0,
            capitals: 0.0,
            packed: deflate(file, Compression::best()),
            length: file.len(),
        };
        for line in measures.lines() {
            let (what, numbers) = line.split_once(' ').expect("a measure has a name");
            let numbers: Vec<i16> = numbers.split(' ').map(|number| number.parse().expect("a measure is a number")).collect();
            match what {
                "box" => font.bounds = std::array::from_fn(|at| f32::from(numbers[at])),
                "ascent" => font.ascent = f32::from(numbers[0]),
                "descent" => font.descent = f32::from(numbers[0]),
                "capitals" => font.capitals = f32::from(numbers[0]),
                code => font.widths[code.parse::<usize>().expect("a code")] = numbers[0].unsigned_abs(),
            }
        }
        font
    }

    /// The code of a letter; the box where the face does not hold it.
    fn code(&self, letter: char) -> u8 {
        let code = match letter {
            ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(letter).unwrap_or(BOX),
            '…' => 0x85,
            '•' => 0x95,
            '–' => 0x96,
            _ => BOX,
        };
        match (self.widths[usize::from(code)], self.widths[usize::from(BOX)]) {
            (0, 0) => b'-',
            (0, _) => BOX,
            _ => code,
        }
    }

    /// A text as the face writes it.
    pub(super) fn encode(&self, text: &str, into: &mut Vec<u8>) {
        into.clear();
        into.extend(letters(text).map(|letter| self.code(letter)));
    }
}

/// A face at a size.
#[derive(Debug)]
pub(super) struct Sized {
    pub(super) face: Face,
    /// Pixels of a cheque's picture, or points of a list.
    pub(super) size: u8,
}

impl Hand for Sized {
    const UNITS: usize = THOUSAND;

    fn advance(&self, letter: char) -> usize {
        let font = self.face.font();
        usize::from(font.widths[usize::from(font.code(letter))]) * usize::from(self.size)
    }
}

/// Bytes, packed as `FlateDecode` unpacks them.
pub(super) fn deflate(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), level);
    encoder.write_all(bytes).expect("memory takes what is written");
    encoder.finish().expect("memory takes what is written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        Face::Text.font().encode(text, &mut bytes);
        bytes
    }

    #[test]
    fn latin_letters_are_written_as_they_are_and_others_as_a_box() {
        assert_eq!(written("Siti Ü – …"), b"Siti \xdc \x96 \x85");
        assert_eq!(written("漢Čx\u{202e}\u{200f}"), [BOX, b'C', b'x']);
        assert!(Face::Text.font().widths[usize::from(BOX)] > 0, "the box shows");
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters() {
        let hand = Sized { face: Face::Text, size: 10 };
        assert_eq!(hand.width("  "), (2 * 10 * usize::from(Face::Text.font().widths[32])).div_ceil(THOUSAND));
        assert!(hand.wrap(&"kata ".repeat(50), 100, 2).iter().all(|line| hand.width(line) <= 100));
    }
}
