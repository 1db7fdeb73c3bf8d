//! Photos of the simulated counter are what a camera would have made.

use std::collections::HashSet;

use salur_media::{exif, photo};

use super::*;

/// One look makes photos enough for tests that look at one.
fn studio() -> Studio {
    Studio::with_looks(1, Size::SMALL, 1).expect("scenes are encodable")
}

const MANGGAR: Place = Place { latitude: -2.883_31, longitude: 108.266_72 };

fn noon() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-23T12:34:56+07:00").expect("a time")
}

#[test]
fn a_photo_is_large_and_readable_by_the_libraries_of_photo_ingest() {
    let shot = Shot { taken_at: noon(), place: MANGGAR, model: "C1" };
    let bytes = studio().shoot(7, Some(&shot)).expect("a photo");
    let picture = photo::examine(&bytes).expect("a readable photo");
    assert_eq!((picture.width, picture.height), (1_280, 960));
    assert!((150_000..300_000).contains(&bytes.len()), "{} bytes", bytes.len());
}

#[test]
fn a_large_photo_has_three_megapixels() {
    let bytes = Studio::with_looks(1, Size::LARGE, 1).expect("scenes are encodable").shoot(7, None).expect("a photo");
    let picture = photo::examine(&bytes).expect("a readable photo");
    assert_eq!((picture.width, picture.height), (2_048, 1_536));
    assert!((350_000..600_000).contains(&bytes.len()), "{} bytes", bytes.len());
}

#[test]
fn exif_says_when_and_where() {
    let shot = Shot { taken_at: noon(), place: MANGGAR, model: "Kamera C1" };
    let read = exif::read(&studio().shoot(7, Some(&shot)).expect("a photo")).expect("readable exif");
    assert_eq!((read.taken_at, read.offset_minutes), (Some(noon().naive_local()), Some(420)));
    assert_eq!(read.model.as_deref(), Some("Kamera C1"));
    let (latitude, longitude) = read.position.expect("a place");
    assert!(Place { latitude, longitude }.distance_m(MANGGAR) < 1.0, "{latitude} {longitude}");
}

#[test]
fn a_photo_without_exif_has_none() {
    let read = exif::read(&studio().shoot(7, None).expect("a photo")).expect("readable segments");
    assert!(!read.present);
}

#[test]
fn half_a_photo_is_not_readable() {
    let bytes = studio().shoot(7, None).expect("a photo");
    assert!(photo::examine(&bytes[..bytes.len() / 2]).is_err());
}

#[test]
fn no_two_photos_look_alike() {
    const PHOTOS: u64 = 10;
    const BITS_APART: u32 = 8;
    let studio = Studio::open(1, Size::SMALL).expect("scenes are encodable");
    let taken: Vec<Vec<u8>> = (0..PHOTOS).map(|chance| studio.shoot(chance, None).expect("a photo")).collect();
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), taken.len());
    let hashes: Vec<u64> = taken.iter().map(|bytes| photo::examine(bytes).expect("a readable photo").likeness.difference_hash()).collect();
    for (at, one) in hashes.iter().enumerate() {
        let nearest = hashes[..at].iter().map(|other| (one ^ other).count_ones()).min();
        assert!(nearest.is_none_or(|bits| bits > BITS_APART), "photo {at} is {nearest:?} bits from another");
    }
}
