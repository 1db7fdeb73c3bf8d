//! What a photo's file is beside a picture: what follows its end, what else it could be taken for, and who wrote it last.
//!
//! A camera writes a JPEG and stops, or appends what its maker needs. A file that is a photo to one program and a ZIP, a page or a document to another is a
//! way past somebody's check, and no camera makes one. Editors leave marks of their own, and who saves again compresses again: the
//! tables of the reference library tell at which quality. Reads the file once; looks at the first [`NAME_BYTES`] of segments and the first [`TAIL_BYTES`]
//! behind the end.

use serde::{Deserialize, Serialize};

use crate::jpeg;

/// How much of what follows the picture is looked at.
const TAIL_BYTES: usize = 64 * 1024;
/// How much of a segment is looked at for a name.
const NAME_BYTES: usize = 512;
const APP1: u8 = 0xe1;
const APP12: u8 = 0xec;
const APP13: u8 = 0xed;
const DQT: u8 = 0xdb;

/// What stands behind the end of the picture and makes the file something else too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Second {
    /// An archive.
    Zip,
    /// A page or a script of a page.
    Html,
    /// A document.
    Pdf,
    /// A program.
    Program,
    /// A second picture.
    Picture,
}

/// What was found about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// Bytes behind the end marker.
    pub trailing: u64,
    /// What they are, where they are something that a program would open.
    pub second: Option<Second>,
    /// The editor whose marks the file carries.
    pub editor: Option<String>,
    /// Quality of the encoder, 1 to 100, where its table of brightness is the standard's (T.81, K.1) as the reference library scales it.
    pub quality: Option<u8>,
}

impl Second {
    /// As evidence tells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Program => "program",
            Self::Picture => "picture",
        }
    }
}

impl Traits {
    /// Looks at a file; nothing is found in what is no JPEG or is cut off.
    pub fn of(bytes: &[u8]) -> Self {
        let mut traits = Self::default();
        let Ok(mut segments) = jpeg::segments(bytes) else { return traits };
        let mut embedded_html = false;
        for segment in segments.by_ref() {
            let Ok(jpeg::Segment { marker, payload }) = segment else { return traits };
            match marker {
                DQT if traits.quality.is_none() => traits.quality = first_table(payload).and_then(|table| quality(&table)),
                APP1 | APP12 | APP13 if traits.editor.is_none() => traits.editor = editor(marker, payload),
                0xfe => embedded_html |= is_html(payload),
                _ => {}
            }
        }
        let tail = bytes.get(segments.place()..).unwrap_or_default();
        traits.trailing = tail.len() as u64;
        traits.second = second(&tail[..tail.len().min(TAIL_BYTES)]).or(embedded_html.then_some(Second::Html));
        traits
    }
}

/// The first table of a DQT segment (T.81, B.2.4.1), 8 or 16 bits each.
fn first_table(payload: &[u8]) -> Option<Vec<u16>> {
    let (head, rest) = payload.split_first()?;
    if head >> 4 == 0 {
        return Some(rest.get(..64)?.iter().map(|divisor| u16::from(*divisor)).collect());
    }
    Some(rest.get(..128)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
}

/// The standard's divisors of brightness (T.81, table K.1) in the order of the file.
const STANDARD: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51, 56, 55,
    64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality at which the reference library makes this table: its scale is 5000 / q below 50, and 200 - 2q from there on, in percent.
fn quality(table: &[u16]) -> Option<u8> {
    let scaled = |quality: u16, divisor: u16| {
        let percent = if quality < 50 { 5_000 / quality } else { 200 - 2 * quality };
        ((u32::from(divisor) * u32::from(percent) + 50) / 100).clamp(1, 255)
    };
    let made = |quality: u16| STANDARD.iter().zip(table).all(|(divisor, found)| scaled(quality, *divisor) == u32::from(*found));
    (1..=100_u16).rev().find(|quality| made(*quality)).and_then(|quality| u8::try_from(quality).ok())
}

/// The editor that names itself in a segment: Photoshop's resources and "Save for Web", or the tool of an XMP packet.
fn editor(marker: u8, payload: &[u8]) -> Option<String> {
    let opening = &payload[..payload.len().min(NAME_BYTES)];
    match marker {
        APP13 if opening.starts_with(b"Photoshop 3.0") => Some("Adobe Photoshop".into()),
        APP12 if opening.starts_with(b"Ducky") => Some("Adobe Save for Web".into()),
        APP1 if opening.starts_with(b"http://ns.adobe.com/xap/1.0/") => xmp_tool(payload),
        _ => None,
    }
}

/// `xmp:CreatorTool` of a packet, as an attribute or an element.
fn xmp_tool(payload: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"CreatorTool";
    const TOOL_BYTES: usize = 64;
    let at = payload.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let value = payload[at..].iter().skip(1).skip_while(|byte| matches!(byte, b'"' | b'\'' | b'=' | b'>'));
    let tool: String =
        value.take(TOOL_BYTES).take_while(|byte| !matches!(byte, b'"' | b'\'' | b'<')).map(|byte| char::from(*byte)).collect();
    let tool: String = tool.chars().filter(|c| !c.is_control()).collect();
    (!tool.trim().is_empty()).then(|| tool.trim().to_owned())
}

/// What a program would take the bytes behind the picture for.
fn second(tail: &[u8]) -> Option<Second> {
    let has = |mark: &[u8]| tail.windows(mark.len()).any(|window| window == mark);
    let opens = |mark: &[u8]| tail.starts_with(mark);
    match () {
        () if has(b"PK\x03\x04") || has(b"PK\x05\x06") => Some(Second::Zip),
        () if has(b"%PDF-") => Some(Second::Pdf),
        () if is_html(tail) => Some(Second::Html),
        () if opens(b"MZ") || opens(b"\x7fELF") || opens(b"#!/") => Some(Second::Program),
        () if has(b"\xff\xd8\xff") || has(b"\x89PNG\r\n\x1a\n") => Some(Second::Picture),
        () => None,
    }
}

fn is_html(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 4] = [b"<html", b"<script", b"<!doctype", b"<?php"];
    MARKS.iter().any(|mark| bytes.windows(mark.len()).any(|window| window.eq_ignore_ascii_case(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest file that the walk accepts: a table, a scan without data, and the end.
    fn jpeg(segments: &[u8], tail: &[u8]) -> Vec<u8> {
        [b"\xff\xd8", segments, b"\xff\xda\x00\x02\xff\xd9", tail].concat()
    }

    fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 2).expect("short").to_be_bytes();
        [&[0xff, marker], &length[..], payload].concat()
    }

    #[test]
    fn a_plain_photo_is_nothing_else() {
        let table = |divisors: [u8; 64]| Traits::of(&jpeg(&segment(0xdb, &[[0; 1].as_slice(), &divisors].concat()), b"")).quality;
        assert_eq!(
            (table([3; 64]), table([1; 64]), table(STANDARD.map(|d| u8::try_from(d).expect("a byte")))),
            (None, Some(100), Some(50))
        );
        let plain = Traits::of(&jpeg(&segment(0xe0, b"JFIF\0"), b""));
        assert_eq!(plain, Traits::default());
        assert_eq!(Traits::of(b"no photo"), Traits::default());
    }

    #[test]
    fn what_follows_the_picture_is_measured_and_named() {
        for (tail, second) in [
            (b"SEFHe trailer".as_slice(), None),
            (b"\0\0PK\x03\x04....", Some(Second::Zip)),
            (b"%PDF-1.7", Some(Second::Pdf)),
            (b"\n<HTML><body>", Some(Second::Html)),
            (b"MZ\x90", Some(Second::Program)),
            (b"\xff\xd8\xff\xe0", Some(Second::Picture)),
        ] {
            let traits = Traits::of(&jpeg(b"", tail));
            assert_eq!((traits.trailing, traits.second), (tail.len() as u64, second), "{tail:?}");
        }
        assert_eq!(Traits::of(&jpeg(&segment(0xfe, b"<script>alert(1)</script>"), b"")).second, Some(Second::Html));
    }

    #[test]
    fn editors_are_known_by_what_they_leave() {
        let xmp = |packet: &str| segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", packet.as_bytes()].concat());
        for (written, editor) in [
            (segment(0xed, b"Photoshop 3.0\x008BIM"), Some("Adobe Photoshop")),
            (segment(0xec, b"Ducky\0\x01"), Some("Adobe Save for Web")),
            (xmp("<rdf:Description xmp:CreatorTool=\"GIMP 2.10\"/>"), Some("GIMP 2.10")),
            (xmp("<xmp:CreatorTool>Snapseed 2</xmp:CreatorTool>"), Some("Snapseed 2")),
            (xmp("<rdf:Description/>"), None),
            (segment(0xe0, b"JFIF\0"), None),
        ] {
            assert_eq!(Traits::of(&jpeg(&written, b"")).editor.as_deref(), editor);
        }
    }
}
