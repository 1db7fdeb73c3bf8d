//! EXIF: what is read, and what nobody is made to read.

use super::common::{ascii, directory, exif_segment, long, rationals, segment, short, tiff};
use proptest::prelude::*;
use salur_media::exif::{Error, Exif, read};

const SOI: [u8; 2] = [0xff, 0xd8];

fn file(tiff: &[u8]) -> Vec<u8> {
    [&SOI[..], &exif_segment(tiff), &segment(0xda, &[0; 10]), &[0xff, 0xd9]].concat()
}

fn counter_photo() -> Vec<u8> {
    let main = [ascii(0x10f, "Samsung"), ascii(0x110, "SM-A107F "), short(0x112, 6), ascii(0x131, "salur counter")];
    let camera = [ascii(0x9003, "2020:07:14 09:30:05"), ascii(0x9011, "+07:00")];
    let gps = [ascii(1, "S"), rationals(2, [(2, 1), (52, 1), (3_000, 100)]), ascii(3, "E"), rationals(4, [(108, 1), (16, 1), (12, 1)])];
    tiff(&main, &camera, &gps)
}

#[test]
fn what_the_counter_writes_is_read() {
    let exif = read(&file(&counter_photo())).expect("plain exif");
    let (latitude, longitude) = exif.position.expect("a position");
    assert!((latitude + 2.875).abs() < 1e-9 && (longitude - 108.27).abs() < 1e-9, "{latitude} {longitude}");
    assert_eq!(
        Exif { position: None, ..exif },
        Exif {
            present: true,
            taken_at: Some("2020-07-14T09:30:05".parse().expect("a time")),
            offset_minutes: Some(420),
            position: None,
            make: Some("Samsung".into()),
            model: Some("SM-A107F".into()),
            software: Some("salur counter".into()),
            orientation: 6,
        }
    );
}

#[test]
fn a_photo_without_exif_says_so() {
    let absent = Exif { orientation: 1, ..Exif::default() };
    let xmp = segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
    for middle in [vec![], xmp] {
        let file = [&SOI[..], &middle, &segment(0xda, &[0; 10]), &exif_segment(&counter_photo()), &[0xff, 0xd9]].concat();
        assert_eq!(read(&file), Ok(absent.clone()), "exif behind the picture's start is not ours");
    }
}

#[test]
fn values_without_meaning_are_absent_and_no_error() {
    let camera = |time: &str, offset: &str| tiff(&[short(0x112, 9)], &[ascii(0x9003, time), ascii(0x9011, offset)], &[]);
    for (time, offset) in
        [("0000:00:00 00:00:00", "+07:00"), ("    :  :     :  :  ", ""), ("2020:13:01 00:00:00", "+07"), ("2020:07:14", "x")]
    {
        let exif = read(&file(&camera(time, offset))).expect("readable");
        assert_eq!((exif.taken_at, exif.offset_minutes, exif.orientation, exif.present), (None, None, 1, true), "{time}");
    }
    for (offset, minutes) in [("-09:30", Some(-570)), ("+14:00", Some(840)), ("+15:00", None), ("07:00", None)] {
        assert_eq!(read(&file(&camera("2020:07:14 09:30:05", offset))).expect("readable").offset_minutes, minutes, "{offset}");
    }
}

#[test]
fn a_position_needs_both_halves_and_real_fractions() {
    let place = |reference: &str, latitude: [(u32, u32); 3]| {
        let gps = [ascii(1, reference), rationals(2, latitude), ascii(3, "E"), rationals(4, [(108, 1), (0, 1), (0, 1)])];
        read(&file(&tiff(&[], &[], &gps))).expect("readable").position
    };
    assert_eq!(place("N", [(2, 1), (30, 1), (0, 1)]), Some((2.5, 108.0)));
    assert_eq!(place("N", [(2, 1), (30, 1), (0, 0)]), Some((2.5, 108.0)), "cameras write 0/0 for no seconds");
    for (reference, latitude) in [("", [(2, 1); 3]), ("X", [(2, 1); 3]), ("N", [(2, 0), (0, 1), (0, 1)]), ("N", [(91, 1), (0, 1), (0, 1)])]
    {
        assert_eq!(place(reference, latitude), None, "{reference} {latitude:?}");
    }
}

#[test]
fn a_position_in_signed_fractions_is_read_and_a_negative_one_is_not() {
    const SIGNED: u16 = 10;
    let place = |seconds: i32| {
        let latitude = (2, SIGNED, 3, rationals(2, [(2, 1), (30, 1), (seconds.cast_unsigned(), 1)]).3);
        let gps = [ascii(1, "S"), latitude, ascii(3, "E"), rationals(4, [(108, 1), (0, 1), (0, 1)])];
        read(&file(&tiff(&[], &[], &gps))).expect("readable").position
    };
    assert_eq!(place(36), Some((-2.51, 108.0)), "as a Nokia 8.3 writes it");
    assert_eq!(place(-36), Some((-2.5, 108.0)), "seconds without meaning are none");
}

#[test]
fn a_directory_of_4000_entries_is_refused() {
    let entries: Vec<_> = (0..4_000).map(|tag| short(tag, 1)).collect();
    assert_eq!(read(&file(&[b"II*\0\x08\0\0\0".to_vec(), directory(8, &entries, 0)].concat())), Err(Error::TooMany));
}

#[test]
fn entries_that_point_at_the_same_bytes_again_and_again_are_refused() {
    let entry = |tag: u16| [&tag.to_le_bytes()[..], &2_u16.to_le_bytes(), &60_000_u32.to_le_bytes(), &8_u32.to_le_bytes()].concat();
    let entries: Vec<u8> = (0..200).flat_map(entry).collect();
    let mut tiff = [b"II*\0\x08\0\0\0", &200_u16.to_le_bytes()[..], &entries].concat();
    tiff.resize(60_100, 0);
    assert_eq!(read(&file(&tiff)), Err(Error::TooMany));
}

#[test]
fn a_chain_of_more_directories_than_cameras_write_is_refused() {
    let place = |n: u32| 8 + n * 18;
    let chain = |length: u32, last: u32| {
        let next = |n| if n + 1 < length { place(n + 1) } else { last };
        let directories = (0..length).flat_map(|n| directory(place(n) as usize, &[short(0x112, 1)], next(n)));
        file(&b"II*\0\x08\0\0\0".iter().copied().chain(directories).collect::<Vec<u8>>())
    };
    assert_eq!(read(&chain(9, 0)), Err(Error::TooMany));
    assert!(read(&chain(3, 0)).is_ok());
    assert!(read(&chain(3, place(0))).is_ok(), "a chain that bites its tail ends");
}

#[test]
fn a_directory_that_points_at_itself_ends() {
    let tiff = [b"II*\0\x08\0\0\0".to_vec(), directory(8, &[long(0x8769, 8), long(0x8825, 8), ascii(0x110, "Loop camera")], 8)].concat();
    assert_eq!(read(&file(&tiff)).expect("readable").model.as_deref(), Some("Loop camera"));
}

#[test]
fn a_structure_that_is_no_tiff_is_malformed() {
    for tiff in [&b""[..], b"II", b"II*\0", b"XX*\0\x08\0\0\0", b"II\0*\x08\0\0\0"] {
        assert_eq!(read(&file(tiff)), Err(Error::Malformed), "{tiff:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_structures_never_panic(tail in prop::collection::vec(any::<u8>(), 0..2_000), big in any::<bool>()) {
        let head: &[u8] = if big { b"MM\0*\0\0\0\x08" } else { b"II*\0\x08\0\0\0" };
        let answer = read(&file(&[head, &tail].concat()));
        prop_assert!(!matches!(answer, Err(Error::Container(_))));
    }

    #[test]
    fn mutated_photos_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = file(&counter_photo());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(exif) = read(&bytes) {
            prop_assert!((1..=8).contains(&exif.orientation));
            prop_assert!(exif.position.is_none_or(|(lat, lon)| lat.abs() <= 90.0 && lon.abs() <= 180.0));
        }
    }
}

#[test]
fn public_photos_are_read_or_refused_within_limits() {
    for path in super::common::corpus("exif").into_iter().chain(super::common::corpus("jpeg-bugs")) {
        let bytes = std::fs::read(&path).expect("the corpus is readable");
        let answer = read(&bytes);
        let jpeg = bytes.starts_with(&[0xff, 0xd8, 0xff]);
        assert_eq!(jpeg, answer != Err(Error::Container(salur_media::exif::ContainerError::NotJpeg)), "{}: {answer:?}", path.display());
        println!("{}: {answer:?}", path.display());
    }
}
