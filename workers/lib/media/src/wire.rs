//! How a worker and the child process that decodes for it speak: lengths and bytes over two pipes.
//!
//! A decoder of hostile files may abort, hang or eat memory, so it runs in a child; this is what passes between. A question is a task, a length and the
//! photo; an answer is a length and JSON, then a length and a picture (length 0: none). Lengths are 32 bits, little-endian. The worker does not trust the
//! child either: it reads no more than [`WORDS_MAX`] and [`PICTURE_MAX`].

use serde::{Deserialize, Serialize};

use crate::{exif, file, photo};

/// Largest photo, in bytes.
pub const PHOTO_MAX: usize = 16 * 1024 * 1024;
/// Longest JSON of an answer, in bytes.
pub const WORDS_MAX: usize = 64 * 1024;
/// Largest picture of an answer, in bytes.
pub const PICTURE_MAX: usize = 4 * 1024 * 1024;
/// Bytes before a photo.
pub const HEAD: usize = 5;
/// Bytes of a length.
pub const LENGTH: usize = 4;

/// What a child is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Everything that can be found out; the picture is the thumbnail.
    Examine,
    /// A picture for people to look at.
    View,
}

/// Everything found out about a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Examined {
    /// What it says about itself.
    pub exif: Result<exif::Exif, exif::Error>,
    /// What it is beside a picture.
    pub file: file::Traits,
    /// The picture, or why there is none.
    pub picture: Result<photo::Picture, photo::Error>,
}

/// An answer's JSON.
#[derive(Debug, Serialize, Deserialize)]
enum Words {
    Examined(Box<Examined>),
    Viewed(Result<(), photo::Error>),
}

/// What comes before a photo: the task and the photo's length.
pub fn head(task: Task, photo: &[u8]) -> [u8; HEAD] {
    let length = u32::try_from(photo.len()).expect("a photo has at most 16 MiB").to_le_bytes();
    let task = match task {
        Task::Examine => b'E',
        Task::View => b'V',
    };
    [task, length[0], length[1], length[2], length[3]]
}

/// What a child reads before a photo; nothing for what no worker writes.
pub fn read_head(head: [u8; HEAD]) -> Option<(Task, usize)> {
    let task = match head[0] {
        b'E' => Task::Examine,
        b'V' => Task::View,
        _ => return None,
    };
    let length = usize::try_from(u32::from_le_bytes([head[1], head[2], head[3], head[4]])).ok()?;
    (length <= PHOTO_MAX).then_some((task, length))
}

/// What the child does: the work, and its answer's bytes.
pub fn answer(task: Task, photo: &[u8]) -> Vec<u8> {
    let (words, picture) = match task {
        Task::Examine => {
            let mut examined = examine(photo);
            let thumbnail = examined.picture.as_mut().map_or_else(|_| Vec::new(), |picture| std::mem::take(&mut picture.thumbnail));
            (Words::Examined(Box::new(examined)), thumbnail)
        }
        Task::View => match photo::view(photo) {
            Ok(view) => (Words::Viewed(Ok(())), view),
            Err(error) => (Words::Viewed(Err(error)), Vec::new()),
        },
    };
    let words = serde_json::to_vec(&words).expect("plain data into memory");
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("answers are small").to_le_bytes();
    [&length(&words)[..], &words, &length(&picture), &picture].concat()
}

/// Everything about a file, in this process.
pub fn examine(photo: &[u8]) -> Examined {
    Examined { exif: exif::read(photo), file: file::Traits::of(photo), picture: photo::examine(photo) }
}

/// An examination as the worker hears it; nothing for what no child says.
pub fn read_examined(words: &[u8], picture: Vec<u8>) -> Option<Examined> {
    let Ok(Words::Examined(mut examined)) = serde_json::from_slice(words) else { return None };
    if let Ok(found) = &mut examined.picture {
        found.thumbnail = picture;
    }
    Some(*examined)
}

/// A view as the worker hears it; nothing for what no child says.
pub fn read_viewed(words: &[u8], picture: Vec<u8>) -> Option<Result<Vec<u8>, photo::Error>> {
    let Ok(Words::Viewed(viewed)) = serde_json::from_slice(words) else { return None };
    Some(viewed.map(|()| picture))
}
