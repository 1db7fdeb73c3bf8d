//! Files made to break whoever reads them: each gets an answer, within a second and within bounds.
//!
//! As code, not as files, so that what is wrong with each can be read. Every one is examined as the child process of a worker does (`wire::examine`), here
//! without that process: an abort would end the test.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::common::{Entry, ascii, corpus, directory, exif_segment, jpeg, long, rationals, segment, short, tiff, with_segment};
use proptest::prelude::*;
use salur_media::{photo, wire};

/// Longest that one file may take in a debug build beside a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest thumbnail of any file.
const THUMBNAIL_MAX: usize = 300_000;

/// Longest seed of a fuzz target.
const SEED_MAX: usize = 65_536;

/// What an attack must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
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

fn small() -> Vec<u8> {
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

fn located(latitude: [(u32, u32); 3], half: &str) -> Vec<u8> {
    let east: Entry = rationals(4, [(107, 1), (38, 1), (0, 1)]);
    with_exif(&tiff(&[], &[], &[ascii(1, half), rationals(2, latitude), ascii(3, "E"), east]))
}

/// PNG of an animation that says it has four thousand million frames.
fn animated_png() -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x06\0\0\0".as_slice(), b"\0\0\0\x08acTL\xff\xff\xff\xff\0\0\0\0"].concat()
}

fn noise(bytes: usize) -> Vec<u8> {
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
fn attacks() -> Vec<(&'static str, Vec<u8>, Answer)> {
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

fn values() -> Vec<(&'static str, Vec<u8>, Answer)> {
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

#[test]
fn every_attack_gets_an_answer_within_bounds() {
    let attacks = attacks();
    assert!(attacks.len() >= 60, "{}", attacks.len());
    for (name, bytes, expected) in &attacks {
        let begun = Instant::now();
        let found = wire::examine(bytes);
        assert!(begun.elapsed() < PATIENCE, "{name} took {:?}", begun.elapsed());
        let (picture, exif) = (found.picture.as_ref(), found.exif.as_ref());
        let holds = match expected {
            Answer::Refused => picture.is_err(),
            Answer::WithoutExif => picture.is_ok() && exif.is_err(),
            Answer::Picture => picture.is_ok(),
            Answer::Second(second) => picture.is_ok() && found.file.second.map(salur_media::file::Second::name) == Some(*second),
            Answer::Any => true,
        };
        assert!(holds, "{name}: {expected:?}, but {picture:?} {exif:?} {:?}", found.file);
        assert!(picture.is_ok_and(|picture| picture.thumbnail.len() < THUMBNAIL_MAX) || picture.is_err(), "{name}");
    }
}

/// What fuzzing begins with, a folder for each target.
#[test]
#[ignore = "writes files for scripts/fuzz"]
fn seeds_for_fuzzing() {
    let folder = PathBuf::from(std::env::var_os("SALUR_SEEDS").expect("a folder"));
    for (at, (_, bytes, _)) in attacks().into_iter().enumerate().filter(|(_, (_, bytes, _))| bytes.len() <= SEED_MAX) {
        let answer = wire::answer(wire::Task::Examine, &bytes);
        let words = usize::try_from(u32::from_le_bytes(answer[..4].try_into().expect("four bytes"))).expect("short");
        for (target, seed) in [("photo", &bytes[..]), ("exif", exif_of(&bytes)), ("answer", &answer[4..4 + words])] {
            std::fs::create_dir_all(folder.join(target)).expect("a folder for seeds");
            std::fs::write(folder.join(target).join(at.to_string()), seed).expect("a seed");
        }
    }
}

/// The TIFF structure of a file that has one.
fn exif_of(bytes: &[u8]) -> &[u8] {
    const OPENING: &[u8] = b"Exif\0\0";
    let Some(at) = bytes.windows(OPENING.len()).position(|found| found == OPENING) else { return b"" };
    let length = usize::from(u16::from_be_bytes([bytes[at - 2], bytes[at - 1]]));
    &bytes[at + OPENING.len()..(at - 2 + length).min(bytes.len())]
}

#[test]
fn senseless_values_are_absent() {
    for (name, bytes, _) in values() {
        let exif = wire::examine(&bytes).exif.expect("readable");
        assert_eq!((exif.taken_at, exif.position, exif.orientation), (None, None, 1), "{name}");
    }
}

#[test]
fn a_photo_cut_off_at_any_byte_is_no_picture() {
    let whole = small();
    assert!(photo::examine(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(photo::examine(&whole[..end]).is_err(), "cut off at {end} of {}", whole.len());
    }
}

#[test]
fn two_hundred_megabytes_of_noise_are_refused_at_once() {
    let begun = Instant::now();
    let found = wire::examine(&noise(200_000_000));
    assert!(matches!(found.picture, Err(photo::Error::NotJpeg(photo::Kind::Unknown))));
    assert!(begun.elapsed() < Duration::from_mins(1), "most of it to make the noise");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes changed, cut out and doubled, in a file with everything in it.
    #[test]
    fn mutations_of_a_whole_file_are_answered(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12)) {
        let mut bytes = located([(2, 1), (44, 1), (0, 1)], "S");
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => { bytes.remove(at); }
                1 => bytes.insert(at, byte),
                _ => bytes[at] = byte,
            }
        }
        let found = wire::examine(&bytes);
        if let Ok(picture) = found.picture {
            prop_assert!(picture.thumbnail.len() < THUMBNAIL_MAX);
        }
    }
}

#[test]
fn public_files_that_broke_others_are_answered() {
    for path in corpus("jpeg-bugs").into_iter().chain(corpus("exif")) {
        let bytes = std::fs::read(&path).expect("the corpus is readable");
        let begun = Instant::now();
        drop(wire::examine(&bytes));
        assert!(begun.elapsed() < PATIENCE, "{}", path.display());
    }
}
