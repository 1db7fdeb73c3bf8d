//! Files made to break whoever reads them, as code, so that what is wrong with each can be read. `scripts/fuzz` begins with them too.

use super::common::{Entry, ascii, directory, exif_segment, jpeg, long, rationals, segment, short, tiff, with_segment};

/// What an attack must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// No picture.
    Refused,
    /// A picture, and EXIF that is refused.
    WithoutExif,
    /// A picture, whatever the EXIF says.
    Picture,
    /// Something behind it, of a kind.
    Second(&'static str),
    /// Any answer.
    Any,
}

pub fn small() -> Vec<u8> {
    jpeg(96, 64, |x, y| [u8::try_from(x % 251).expect("small"), u8::try_from(y * 3 % 251).expect("small"), 90])
}

fn with_exif(tiff: &[u8]) -> Vec<u8> {
    with_segment(&small(), &exif_segment(tiff))
}

fn with_tail(tail: &[u8]) -> Vec<u8> {
    [small(), tail.to_vec()].concat()
}

/// The file with other bytes in its frame header: precision, height, width and components stand behind its length.
fn framed(change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut bytes = small();
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a baseline frame");
    change(&mut bytes[frame + 1..frame + 19]);
    bytes
}

fn sized(width: u16, height: u16) -> Vec<u8> {
    framed(|frame| {
        frame[4..6].copy_from_slice(&height.to_be_bytes());
        frame[6..8].copy_from_slice(&width.to_be_bytes());
    })
}

/// A directory of so many entries that all point at the same bytes.
fn bomb(entries: u16, count: u32) -> Vec<u8> {
    let head = [b"II*\0\x08\0\0\0".as_slice(), &entries.to_le_bytes()].concat();
    let entry =
        |n: u16| [&(0x9000 + n % 0x0fff).to_le_bytes()[..], &7_u16.to_le_bytes(), &count.to_le_bytes(), &8_u32.to_le_bytes()].concat();
    let body: Vec<u8> = (0..entries).flat_map(entry).collect();
    [head, body, vec![0; 4]].concat()
}

/// Directories that follow each other, as many as asked for, the last one pointing at the first where it is to turn round.
fn chain(directories: u32, turns_round: bool) -> Vec<u8> {
    const BYTES: u32 = 6;
    let next = |n: u32| match n + 1 < directories {
        true => 8 + (n + 1) * BYTES,
        false if turns_round => 8,
        false => 0,
    };
    let body: Vec<u8> = (0..directories).flat_map(|n| [&0_u16.to_le_bytes()[..], &next(n).to_le_bytes()].concat()).collect();
    [b"II*\0\x08\0\0\0".to_vec(), body].concat()
}

fn dated(text: &str) -> Vec<u8> {
    with_exif(&tiff(&[], &[ascii(0x9003, text)], &[]))
}

pub fn located(latitude: [(u32, u32); 3], half: &str) -> Vec<u8> {
    let east: Entry = rationals(4, [(107, 1), (38, 1), (0, 1)]);
    with_exif(&tiff(&[], &[], &[ascii(1, half), rationals(2, latitude), ascii(3, "E"), east]))
}

/// PNG of an animation that says it has four thousand million frames.
fn animated_png() -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0".as_slice(), b"\0\0\0\x08acTL\xff\xff\xff\xff\0\0\0\0"].concat()
}

pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..bytes / 8).flat_map(|_| next()).collect()
}

/// Every attack by name.
pub fn attacks() -> Vec<(&'static str, Vec<u8>, Answer)> {
    [files(), frames(), directories(), values(), tails()].concat()
}

fn files() -> Vec<(&'static str, Vec<u8>, Answer)> {
    use Answer::{Any, Refused};
    vec![
        ("nothing", Vec::new(), Refused),
        ("one byte", vec![0xff], Refused),
        ("an opening alone", b"\xff\xd8".to_vec(), Refused),
        ("an opening and an end", b"\xff\xd8\xff\xd9".to_vec(), Refused),
        ("zeros", vec![0; 100_000], Refused),
        ("fill bytes without end", [b"\xff\xd8".to_vec(), vec![0xff; 1_000_000]].concat(), Refused),
        ("noise", noise(2_000_000), Refused),
        ("noise behind an opening", [b"\xff\xd8\xff\xe0".to_vec(), noise(1_000_000)].concat(), Refused),
        ("an animated png", animated_png(), Refused),
        ("a heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), Refused),
        ("a bmp", b"BM\xff\xff\xff\x7f\0\0\0\0".to_vec(), Refused),
        ("two openings", [b"\xff\xd8".to_vec(), small()].concat(), Refused),
        ("an opening inside", with_segment(&small(), b"\xff\xd8"), Refused),
        ("ten thousand comments", with_segment(&small(), &segment(0xfe, b"x").repeat(10_000)), Refused),
        ("a comment of 64 kB", with_segment(&small(), &segment(0xfe, &vec![b'x'; 65_000])), Any),
    ]
}

fn frames() -> Vec<(&'static str, Vec<u8>, Answer)> {
    use Answer::{Any, Refused};
    vec![
        ("65,500 x 65,500", sized(65_500, 65_500), Refused),
        ("65,500 x 1", sized(65_500, 1), Refused),
        ("1 x 65,500", sized(1, 65_500), Refused),
        ("no width", sized(0, 64), Refused),
        ("no height", sized(96, 0), Refused),
        ("8,192 x 8,192 of a small file", sized(8_192, 8_192), Any),
        ("twelve bits", framed(|frame| frame[3] = 12), Refused),
        ("no components", framed(|frame| frame[8] = 0), Refused),
        ("four components", framed(|frame| frame[8] = 4), Refused),
        ("200 components", framed(|frame| frame[8] = 200), Refused),
        ("a component sampled 15 times", framed(|frame| frame[10] = 0xff), Refused),
        ("a component never sampled", framed(|frame| frame[10] = 0), Refused),
        ("lossless", framed(|frame| frame[0] = 0xc3), Refused),
        ("arithmetic", framed(|frame| frame[0] = 0xc9), Any),
        ("two frames", with_segment(&small(), &segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0])), Refused),
        ("65 scans", with_segment(&small(), &segment(0xda, &[1, 1, 0, 0, 63, 0]).repeat(65)), Refused),
        ("a length of 0", with_segment(&small(), b"\xff\xe1\0\0"), Refused),
        ("a length beyond the end", with_segment(b"\xff\xd8", b"\xff\xe1\xff\xff"), Refused),
        ("a table without its end", with_segment(&small(), &segment(0xdb, &[0, 1, 2])), Refused),
        (
            "a Huffman table of 2,000 codes",
            with_segment(&small(), &segment(0xc4, &[[0].as_slice(), &[125; 16], &[0; 2_000]].concat())),
            Refused,
        ),
    ]
}

fn directories() -> Vec<(&'static str, Vec<u8>, Answer)> {
    use Answer::{Picture, WithoutExif};
    vec![
        ("a directory of 4,000 entries", with_exif(&bomb(4_000, 60_000)), WithoutExif),
        ("256 entries at the same bytes", with_exif(&bomb(256, 3_000)), WithoutExif),
        ("entries of 4 GB", with_exif(&bomb(200, u32::MAX)), Picture),
        ("nine directories", with_exif(&chain(9, false)), WithoutExif),
        ("a directory that follows itself", with_exif(&chain(1, true)), Picture),
        ("eight directories in a ring", with_exif(&chain(8, true)), Picture),
        ("a first directory behind the end", with_exif(b"II*\0\xff\xff\xff\x7f"), Picture),
        ("no directory", with_exif(b"II*\0\0\0\0\0"), Picture),
        ("another magic", with_exif(b"II+\0\x08\0\0\0\0\0\0\0\0\0"), WithoutExif),
        ("a head alone", with_exif(b"MM\0*"), WithoutExif),
        ("nothing in the segment", with_exif(b""), WithoutExif),
        ("a camera's directory at itself", with_exif(&directory(8, &[long(0x8769, 8)], 8)), Picture),
    ]
}

pub fn values() -> Vec<(&'static str, Vec<u8>, Answer)> {
    use Answer::Picture;
    let turned = |orientation| with_exif(&tiff(&[short(0x112, orientation)], &[], &[]));
    vec![
        ("no denominator", located([(2, 0), (44, 0), (0, 0)], "S"), Picture),
        ("degrees of the sky", located([(4_000_000_000, 1), (0, 1), (0, 1)], "S"), Picture),
        ("a half of the world that is none", located([(2, 1), (44, 1), (0, 1)], "Q"), Picture),
        ("the 32nd of month 13", dated("2020:13:32 25:61:61"), Picture),
        ("year 0", dated("0000:00:00 00:00:00"), Picture),
        ("a date of blanks", dated("    :  :     :  :  "), Picture),
        ("a date of signs", dated("-999:-1:-1 -1:-1:-1"), Picture),
        ("a date that is no text", dated("\u{ff}\u{fe}2020:07:14 09"), Picture),
        ("orientation 0", turned(0), Picture),
        ("orientation 9", turned(9), Picture),
        ("orientation 65,535", turned(65_535), Picture),
        ("a name of 60 kB", with_exif(&tiff(&[ascii(0x110, &"x".repeat(60_000))], &[], &[])), Picture),
    ]
}

fn tails() -> Vec<(&'static str, Vec<u8>, Answer)> {
    use Answer::{Picture, Second};
    vec![
        ("a zip behind it", with_tail(b"PK\x03\x04\x14\0\0\0\x08\0"), Second("zip")),
        ("a page behind it", with_tail(b"<!DOCTYPE html><script>alert(1)</script>"), Second("html")),
        ("a document behind it", with_tail(b"%PDF-1.7\n1 0 obj"), Second("pdf")),
        ("a program behind it", with_tail(b"\x7fELF\x02\x01\x01"), Second("program")),
        ("another photo behind it", with_tail(&small()), Second("picture")),
        ("a page in a comment", with_segment(&small(), &segment(0xfe, b"<script>alert(1)</script>")), Second("html")),
        ("a megabyte of padding", with_tail(&vec![0xff; 1_000_000]), Picture),
    ]
}
