//! Files that the tests make by hand, so that each byte of what is wrong with them is known.

use std::fs;
use std::path::{Path, PathBuf};

/// An entry of a TIFF directory: tag, type, count and the value's bytes.
pub type Entry = (u16, u16, u32, Vec<u8>);

pub fn ascii(tag: u16, text: &str) -> Entry {
    let bytes = [text.as_bytes(), b"\0"].concat();
    (tag, 2, u32::try_from(bytes.len()).expect("short"), bytes)
}

pub fn short(tag: u16, value: u16) -> Entry {
    (tag, 3, 1, value.to_le_bytes().to_vec())
}

pub fn long(tag: u16, value: u32) -> Entry {
    (tag, 4, 1, value.to_le_bytes().to_vec())
}

pub fn rationals(tag: u16, values: [(u32, u32); 3]) -> Entry {
    let bytes = values.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat()).collect();
    (tag, 5, 3, bytes)
}

/// One little-endian directory that starts at `at`, its values behind it.
pub fn directory(at: usize, entries: &[Entry], next: u32) -> Vec<u8> {
    let mut head = u16::try_from(entries.len()).expect("few").to_le_bytes().to_vec();
    let mut values = Vec::new();
    let values_at = at + 2 + entries.len() * 12 + 4;
    for (tag, kind, count, bytes) in entries {
        head.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        head.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            head.extend_from_slice(bytes);
            head.resize(head.len() + 4 - bytes.len(), 0);
        } else {
            head.extend(u32::try_from(values_at + values.len()).expect("small").to_le_bytes());
            values.extend_from_slice(bytes);
        }
    }
    head.extend(next.to_le_bytes());
    [head, values].concat()
}

/// A TIFF structure with a main, a camera's and a GPS directory.
pub fn tiff(main: &[Entry], camera: &[Entry], gps: &[Entry]) -> Vec<u8> {
    let place = |n: usize| u32::try_from(n).expect("small");
    let main_with = |camera_at, gps_at| {
        let links = [long(0x8769, camera_at), long(0x8825, gps_at)];
        directory(8, &[main, &links].concat(), 0)
    };
    let camera_at = 8 + main_with(0, 0).len();
    let camera = directory(camera_at, camera, 0);
    let gps_at = camera_at + camera.len();
    [b"II*\0\x08\0\0\0".to_vec(), main_with(place(camera_at), place(gps_at)), camera, directory(gps_at, gps, 0)].concat()
}

/// A JPEG marker segment.
pub fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).expect("a segment has at most 64 KiB");
    [&[0xff, marker], &length.to_be_bytes()[..], payload].concat()
}

/// The EXIF segment around a TIFF structure.
pub fn exif_segment(tiff: &[u8]) -> Vec<u8> {
    segment(0xe1, &[b"Exif\0\0", tiff].concat())
}

/// A JPEG with a segment put behind its opening marker.
pub fn with_segment(jpeg: &[u8], segment: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segment, &jpeg[2..]].concat()
}

/// A JPEG of a picture given as a function of the place.
pub fn jpeg(width: u16, height: u16, pixel: impl Fn(u16, u16) -> [u8; 3]) -> Vec<u8> {
    let rgb: Vec<u8> = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, 90).encode(&rgb, width, height, jpeg_encoder::ColorType::Rgb).expect("an encodable picture");
    bytes
}

/// Files of a public corpus; none where `SALUR_CORPORA` is not set.
pub fn corpus(folder: &str) -> Vec<PathBuf> {
    const FILES_MAX: usize = 2_000;
    let Some(root) = std::env::var_os("SALUR_CORPORA") else { return Vec::new() };
    let mut folders = vec![Path::new(&root).join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the corpus is readable") {
            let path = entry.expect("the corpus is readable").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
        assert!(files.len() <= FILES_MAX, "a corpus of more files than expected");
    }
    files.sort();
    files
}
