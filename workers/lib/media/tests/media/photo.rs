//! Photos: good ones become thumbnails, bad ones become errors, and none becomes a panic or a gigabyte.

use std::io::Cursor;

use super::common::{corpus, exif_segment, jpeg, segment, short, tiff, with_segment};
use image::RgbImage;
use proptest::prelude::*;
use salur_media::exif;
use salur_media::photo::{Error, Kind, THUMBNAIL_SIDE, examine};

/// A scene with four different corners and texture in between.
fn scene(width: u16, height: u16) -> Vec<u8> {
    jpeg(width, height, |x, y| {
        let texture = u8::try_from((x / 8 + y / 8) % 2 * 40).expect("small");
        match (x < width / 2, y < height / 2) {
            (true, true) => [215, texture, texture],
            (false, true) => [texture, 215, texture],
            (true, false) => [texture, texture, 215],
            (false, false) => [215, 215, 40 + texture],
        }
    })
}

fn decode(bytes: &[u8]) -> RgbImage {
    let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(bytes)).expect("a jpeg");
    image::DynamicImage::from_decoder(decoder).expect("a whole jpeg").into_rgb8()
}

/// Which corner of the scene stands in each corner: upper left, upper right, lower left, lower right.
fn corners(picture: &RgbImage) -> [char; 4] {
    let (right, bottom) = (picture.width() - 6, picture.height() - 6);
    [(5, 5), (right, 5), (5, bottom), (right, bottom)].map(|(x, y)| match picture.get_pixel(x, y).0 {
        [150..=255, 150..=255, _] => 'y',
        [150..=255, _, _] => 'r',
        [_, 150..=255, _] => 'g',
        _ => 'b',
    })
}

#[test]
fn a_photo_gives_its_size_and_a_thumbnail_of_512() {
    let picture = examine(&scene(1_600, 1_200)).expect("a photo");
    let thumbnail = decode(&picture.thumbnail);
    assert_eq!((picture.width, picture.height), (1_600, 1_200));
    assert_eq!((thumbnail.width(), thumbnail.height()), (THUMBNAIL_SIDE, 384));
    assert_eq!(corners(&thumbnail), ['r', 'g', 'b', 'y']);
}

#[test]
fn a_small_photo_is_never_enlarged_and_a_thin_one_keeps_a_pixel() {
    for (from, to) in [((40, 30), (40, 30)), ((1, 1), (1, 1)), ((2_000, 1), (512, 1)), ((3, 4_000), (1, 512))] {
        let thumbnail = decode(&examine(&scene(from.0, from.1)).expect("a photo").thumbnail);
        assert_eq!((thumbnail.width(), thumbnail.height()), to, "{from:?}");
    }
}

#[test]
fn the_thumbnail_is_upright_for_every_orientation() {
    let expected = [(1, "rgby"), (2, "gryb"), (3, "ybgr"), (4, "byrg"), (5, "rbgy"), (6, "bryg"), (7, "ygbr"), (8, "gyrb")];
    for (orientation, wanted) in expected {
        let exif = exif_segment(&tiff(&[short(0x112, orientation)], &[], &[]));
        let picture = examine(&with_segment(&scene(1_200, 800), &exif)).expect("a photo");
        let thumbnail = decode(&picture.thumbnail);
        assert_eq!(corners(&thumbnail).iter().collect::<String>(), wanted, "{orientation}");
        let size = if orientation >= 5 { (800, 1_200) } else { (1_200, 800) };
        assert_eq!((picture.width, picture.height), size, "{orientation}");
        assert_eq!(thumbnail.width() > thumbnail.height(), orientation < 5, "{orientation}");
    }
}

#[test]
fn the_thumbnail_carries_no_metadata() {
    let exif = exif_segment(&tiff(&[super::common::ascii(0x110, "Secret camera")], &[], &[]));
    let picture = examine(&with_segment(&scene(900, 600), &exif)).expect("a photo");
    assert!(!exif::read(&picture.thumbnail).expect("a jpeg").present);
    assert!(!picture.thumbnail.windows(6).any(|window| window == b"Secret"));
}

#[test]
fn the_hash_survives_another_size_and_quality_and_tells_scenes_apart() {
    let waves = |width: u16, height: u16, tilt: f64| {
        jpeg(width, height, move |x, y| {
            let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let level = 127.0 + 120.0 * (9.0 * u + tilt * v).sin() * (7.0 * v - tilt * u).cos();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 7 and 247")]
            let level = level as u8;
            [level, level / 2, 255 - level]
        })
    };
    let hash = |bytes: &[u8]| examine(bytes).expect("a photo").likeness.difference_hash();
    let first = hash(&waves(1_600, 1_200, 3.0));
    let distance = |other: u64| (first ^ other).count_ones();
    assert!(distance(hash(&waves(800, 600, 3.0))) <= 4);
    assert!(distance(hash(&examine(&waves(1_600, 1_200, 3.0)).expect("a photo").thumbnail)) <= 4);
    assert!(distance(hash(&waves(1_600, 1_200, 14.0))) > 12);
}

#[test]
fn what_is_no_jpeg_is_refused_by_content_with_a_remedy() {
    let cases: [(&[u8], Kind); 8] = [
        (b"", Kind::Empty),
        (b"\x89PNG\r\n\x1a\n....", Kind::Png),
        (b"\0\0\0\x18ftypheic", Kind::Heif),
        (b"RIFF\0\0\0\0WEBPVP8 ", Kind::Webp),
        (b"GIF89a", Kind::Gif),
        (b"II*\0\x08\0\0\0", Kind::Tiff),
        (b"%PDF-1.7", Kind::Pdf),
        (b"hello, this is text", Kind::Unknown),
    ];
    for (bytes, kind) in cases {
        let error = examine(bytes).expect_err("not a jpeg");
        assert!(matches!(error, Error::NotJpeg(found) if found == kind), "{error:?}");
        assert!(error.to_string().contains(": "), "{error}");
    }
}

/// The file with other dimensions in its frame header.
fn claiming(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let mut bytes = scene(64, 64);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a baseline frame");
    bytes[frame + 1] = if progressive { 0xc2 } else { 0xc0 };
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn a_photo_beyond_the_limits_is_refused_before_it_is_decoded() {
    for (width, height, progressive) in [
        (65_535, 65_535, false),
        (65_500, 65_500, true),
        (8_193, 10, false),
        (10, 8_193, false),
        (8_192, 8_192, true),
        (6_000, 6_000, true),
    ] {
        let error = examine(&claiming(width, height, progressive)).expect_err("too large");
        assert!(matches!(error, Error::TooLarge { .. }), "{width}x{height}: {error:?}");
    }
}

#[test]
fn a_second_frame_or_endless_scans_are_refused() {
    let bytes = scene(64, 64);
    let second_frame = with_segment(&bytes, &segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]));
    assert!(matches!(examine(&second_frame), Err(Error::Damaged(_))));
    let scans = segment(0xda, &[1, 1, 0, 0, 63, 0]).repeat(65);
    assert!(matches!(examine(&with_segment(&bytes, &scans)), Err(Error::TooMany)));
}

#[test]
fn a_photo_cut_off_anywhere_is_never_accepted() {
    let bytes = scene(320, 240);
    for end in (3..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        let answer = examine(&bytes[..end]);
        assert!(matches!(answer, Err(Error::Truncated)), "{end} of {}: {answer:?}", bytes.len());
    }
}

#[test]
fn what_a_phone_appends_behind_the_end_is_ignored() {
    let plain = examine(&scene(320, 240)).expect("a photo");
    let trailed = [scene(320, 240), vec![0xff; 64], b"SEFHe trailer".to_vec()].concat();
    assert_eq!(examine(&trailed).expect("a photo"), plain);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_photos_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = scene(96, 64);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(picture) = examine(&bytes) {
            prop_assert!(picture.thumbnail.starts_with(&[0xff, 0xd8]));
        }
    }

    #[test]
    fn random_bytes_behind_an_opening_never_panic(tail in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(examine(&[&[0xff, 0xd8, 0xff][..], &tail].concat()).is_err());
    }
}

#[test]
fn public_files_that_broke_decoders_are_answered() {
    for path in corpus("jpeg-bugs").into_iter().chain(corpus("exif")) {
        let bytes = std::fs::read(&path).expect("the corpus is readable");
        match examine(&bytes) {
            Ok(picture) => assert!(picture.thumbnail.len() < 300_000, "{}", path.display()),
            Err(error) => println!("{}: {error:?}", path.display()),
        }
    }
}
