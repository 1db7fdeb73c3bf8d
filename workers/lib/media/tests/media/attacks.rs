//! Files made to break whoever reads them: each gets an answer, within a second and within bounds.
//!
//! Every one is examined as the child process of a worker does (`wire::examine`), here without that process: an abort would end the test.

use std::time::{Duration, Instant};

use super::{
    common::corpus,
    made::{Answer, attacks, located, noise, small, values},
};
use proptest::prelude::*;
use salur_media::{photo, wire};

/// Longest that one file may take in a debug build beside a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest thumbnail of any file.
const THUMBNAIL_MAX: usize = 300_000;

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
