//! The TIFF structure of a photo's EXIF: any bytes are read within bounds, and what is read is within the bounds of its kind.
#![no_main]

use salur_media::exif;

libfuzzer_sys::fuzz_target!(|tiff: &[u8]| {
    let Ok(length) = u16::try_from(tiff.len() + 8) else { return };
    let photo = [b"\xff\xd8\xff\xe1", &length.to_be_bytes()[..], b"Exif\0\0", tiff, b"\xff\xd9"].concat();
    if let Ok(read) = exif::read(&photo) {
        assert!((1..=8).contains(&read.orientation));
        assert!(read.position.is_none_or(|(latitude, longitude)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0));
    }
    drop(exif::embedded(&photo));
});
