//! Writes what fuzzing begins with: `seeds FOLDER` makes a folder for each target of tests/fuzz, for `scripts/fuzz`.

#[expect(dead_code, reason = "tests use more of it")]
#[path = "../tests/media/common.rs"]
mod common;
#[path = "../tests/media/made.rs"]
mod made;

use std::path::PathBuf;

use salur_media::wire;

/// Longest seed.
const SEED_MAX: usize = 65_536;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("seeds FOLDER"));
    for (at, (_, bytes, _)) in made::attacks().into_iter().enumerate().filter(|(_, (_, bytes, _))| bytes.len() <= SEED_MAX) {
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
