//! EXIF beside exiftool, over the files below `$SALUR_CORPORA/exif`: each value that either of them reads.
//!
//! None may differ: a difference is named with its file. Needs `exiftool` (Debian: libimage-exiftool-perl) where the variable is set.

use std::{collections::HashMap, path::Path, process::Command};

use salur_media::exif::{Exif, read};

use super::common::corpus;

/// Degrees may differ by this, a tenth of a millimetre: fractions are added in another order.
const DEGREES: f64 = 1e-9;
const TAGS: [&str; 12] = [
    "-IFD0:Make",
    "-IFD0:Model",
    "-IFD0:Software",
    "-IFD0:Orientation",
    "-ExifIFD:DateTimeOriginal",
    "-ExifIFD:CreateDate",
    "-ExifIFD:OffsetTimeOriginal",
    "-ExifIFD:OffsetTimeDigitized",
    "-GPS:GPSLatitude",
    "-GPS:GPSLatitudeRef",
    "-GPS:GPSLongitude",
    "-GPS:GPSLongitudeRef",
];

/// Values by tag, as exiftool writes them.
fn told(file: &Path) -> HashMap<String, String> {
    let run = Command::new("exiftool").args(["-args", "-n", "-G1"]).args(TAGS).arg(file).output().expect("exiftool is installed");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    let line = |line: &str| line.strip_prefix('-')?.split_once('=').map(|(tag, value)| (tag.to_owned(), value.trim().to_owned()));
    text.lines().filter_map(line).filter(|(_, value)| !value.is_empty()).collect()
}

/// Name of each field, what we read, and what exiftool reads; texts, so that both are shown alike.
fn fields(ours: &Exif, theirs: &HashMap<String, String>) -> Vec<(&'static str, Option<String>, Option<String>)> {
    let text = |tag: &str| theirs.get(tag).cloned();
    let degrees = |tag: &str, half: &str| -> Option<f64> {
        let sign = if matches!(text(half)?.as_str(), "S" | "W") { -1.0 } else { 1.0 };
        Some(sign * text(tag)?.parse::<f64>().ok()?)
    };
    let position = degrees("GPS:GPSLatitude", "GPS:GPSLatitudeRef").zip(degrees("GPS:GPSLongitude", "GPS:GPSLongitudeRef"));
    let is_near = ours.position.zip(position).is_some_and(|(a, b)| (a.0 - b.0).abs() < DEGREES && (a.1 - b.1).abs() < DEGREES);
    let time = |tag| text(tag).filter(|time| !time.starts_with("0000") && time.starts_with(|c: char| c.is_ascii_digit()));
    let taken = ours.taken_at.map(|at| at.format("%Y:%m:%d %H:%M:%S").to_string());
    let original = time("ExifIFD:DateTimeOriginal");
    let offset = if original.is_some() { "ExifIFD:OffsetTimeOriginal" } else { "ExifIFD:OffsetTimeDigitized" };
    let minutes = ours.offset_minutes.map(|m| format!("{}{:02}:{:02}", if m < 0 { '-' } else { '+' }, m.abs() / 60, m.abs() % 60));
    vec![
        ("make", ours.make.clone(), text("IFD0:Make")),
        ("model", ours.model.clone(), text("IFD0:Model")),
        ("software", ours.software.clone(), text("IFD0:Software")),
        ("orientation", Some(ours.orientation.to_string()), text("IFD0:Orientation").or(Some("1".into()))),
        ("taken at", taken, original.or_else(|| time("ExifIFD:CreateDate"))),
        ("offset", minutes, text(offset)),
        ("position", ours.position.map(|at| format!("{at:?}")), if is_near { ours.position } else { position }.map(|at| format!("{at:?}"))),
    ]
}

#[test]
fn values_agree_with_exiftool_over_a_public_set() {
    let (mut compared, mut differ) = (0, Vec::new());
    let files: Vec<_> = corpus("exif/jpg").into_iter().filter(|file| file.extension().is_some_and(|name| name != "txt")).collect();
    for file in &files {
        let bytes = std::fs::read(file).expect("the corpus is readable");
        let Ok(ours) = read(&bytes) else { continue };
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        for (field, ours, theirs) in fields(&ours, &told(file)) {
            compared += usize::from(ours.is_some() || theirs.is_some());
            if ours != theirs {
                differ.push(format!("{name}: {field}: {ours:?}, exiftool {theirs:?}"));
            }
        }
    }
    println!("{compared} values of {} files, {} differ", files.len(), differ.len());
    assert!(differ.is_empty(), "{compared} values, {} differ:\n{}", differ.len(), differ.join("\n"));
}
