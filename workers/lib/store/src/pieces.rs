//! Photos that come in pieces, over a line that carries no photo at once: each piece is an object, so that any portal may take the next.
//!
//! Below `pieces/<capture>/` lie what the device stated of the photo before its first piece (`stated`), and the pieces, each named by where it begins and how
//! long it is. A piece is never changed by one of another length: two that are sent at once for one place lie beside each other. How far the photo has come is
//! the furthest byte that pieces lead to which lie end to end, so it never goes back. What is put together counts only with the stated digest.
//!
//! Bounds: [`MAX_PIECES`] of an upload are taken, so that one page of the store's list names them all; [`READ_AT_ONCE`] are read at once; what was given up is
//! swept after [`GIVEN_UP`] ([`crate::sweep`]).

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::{StreamExt, TryStreamExt, stream};
use salur_domain::{CaptureId, ClaimId};
use serde::{Deserialize, Serialize};

use crate::{Blobs, Error, Timestamp};

/// Pieces of a photo: 16 MiB of the smallest that are taken.
pub const MAX_PIECES: usize = 512;
/// After so long without a piece nobody goes on with an upload: a device comes back from the islands within a week.
pub const GIVEN_UP: TimeDelta = TimeDelta::days(7);
/// Pieces read, or forgotten, at once.
const READ_AT_ONCE: usize = 8;
/// The object beside the pieces.
const STATED: &str = "stated";

/// What a device says of a photo before its first piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// The claim under which it was taken.
    pub claim: ClaimId,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// Where a piece lies in the photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// Its first byte.
    pub offset: u64,
    /// Its length, not 0.
    pub length: u64,
}

/// An upload that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What was said of it.
    pub stated: Stated,
    /// When, by the store's clock; none where the store does not say.
    pub at: Option<Timestamp>,
    /// How many pieces there are, those that lead nowhere too.
    pub count: usize,
    /// The pieces that lead furthest, end to end from the first byte.
    pub chain: Vec<Piece>,
}

impl Piece {
    /// The first byte behind it.
    const fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    fn key(self, capture: CaptureId) -> String {
        format!("{}{:08}-{:08}", folder(capture), self.offset, self.length)
    }

    fn parse(name: &str) -> Option<Self> {
        let (offset, length) = name.split_once('-')?;
        let piece = Self { offset: offset.parse().ok()?, length: length.parse().ok()? };
        (piece.length > 0).then_some(piece)
    }
}

impl Begun {
    /// So many bytes are there.
    pub fn reach(&self) -> u64 {
        self.chain.last().map_or(0, |last| last.end())
    }
}

/// Where the pieces of a capture lie.
pub fn folder(capture: CaptureId) -> String {
    format!("pieces/{capture}/")
}

/// The pieces that lead furthest, end to end from the first byte.
fn chain(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_unstable();
    let mut ends: BTreeMap<u64, Option<Piece>> = BTreeMap::from([(0, None)]);
    for piece in pieces {
        if ends.contains_key(&piece.offset) {
            ends.entry(piece.end()).or_insert(Some(piece));
        }
    }
    let mut last = ends.last_key_value().and_then(|(_, piece)| *piece);
    let mut chain = Vec::new();
    while let Some(piece) = last {
        chain.push(piece);
        last = ends.get(&piece.offset).copied().flatten();
    }
    chain.reverse();
    chain
}

/// What has come of a photo; none where nothing was begun.
pub async fn begun(blobs: &Blobs, capture: CaptureId) -> Result<Option<Begun>, Error> {
    let folder = folder(capture);
    let listed = blobs.list(&folder, None).await?;
    let names = || listed.iter().filter_map(|object| Some((object.key.strip_prefix(&folder)?, object.written_at)));
    let Some((_, at)) = names().find(|(name, _)| *name == STATED) else { return Ok(None) };
    let Some(bytes) = blobs.get(&format!("{folder}{STATED}")).await? else { return Ok(None) };
    let stated = serde_json::from_slice(&bytes).map_err(|error| Error::invariant(format!("what was stated of an upload: {error}")))?;
    let pieces: Vec<Piece> = names().filter_map(|(name, _)| Piece::parse(name)).collect();
    Ok(Some(Begun { stated, at, count: pieces.len(), chain: chain(pieces) }))
}

/// Writes down what was said of a photo.
pub async fn begin(blobs: &Blobs, capture: CaptureId, stated: &Stated) -> Result<(), Error> {
    let bytes = serde_json::to_vec(stated).expect("plain data: writing it to memory cannot fail");
    blobs.put(&format!("{}{STATED}", folder(capture)), bytes.into(), "application/json").await
}

/// Keeps a piece.
pub async fn keep(blobs: &Blobs, capture: CaptureId, offset: u64, bytes: Bytes) -> Result<(), Error> {
    let piece = Piece { offset, length: bytes.len() as u64 };
    blobs.put(&piece.key(capture), bytes, "application/octet-stream").await
}

/// The bytes of pieces, in their order; none where one is not there any more: somebody else has put them together, or has given them up.
pub async fn read(blobs: &Blobs, capture: CaptureId, chain: &[Piece]) -> Result<Option<Vec<u8>>, Error> {
    let read = stream::iter(chain.to_vec()).map(|piece| async move { blobs.get(&piece.key(capture)).await });
    let pieces: Vec<Option<Bytes>> = read.buffered(READ_AT_ONCE).try_collect().await?;
    let whole: Option<Vec<Bytes>> = pieces.into_iter().collect();
    Ok(whole.map(|pieces| pieces.concat()))
}

/// Forgets the pieces, and where the whole is given up also what was said of it.
pub async fn forget(blobs: &Blobs, capture: CaptureId, is_given_up: bool) -> Result<(), Error> {
    let folder = folder(capture);
    let listed = blobs.list(&folder, None).await?;
    let goes = listed.into_iter().map(|object| object.key).filter(|key| is_given_up || !key.ends_with(STATED));
    let deleted = stream::iter(goes).map(|key| async move { blobs.delete(&key).await.map(drop) });
    deleted.buffer_unordered(READ_AT_ONCE).try_collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places and lengths.
    type Spans = &'static [(u64, u64)];

    fn pieces(list: &[(u64, u64)]) -> Vec<Piece> {
        list.iter().map(|&(offset, length)| Piece { offset, length }).collect()
    }

    #[test]
    fn the_pieces_that_lead_furthest_count_and_a_late_one_takes_nothing_back() {
        let cases: [(Spans, Spans); 6] = [
            (&[], &[]),
            (&[(50, 50)], &[]),
            (&[(50, 50), (0, 50)], &[(0, 50), (50, 50)]),
            (&[(0, 50), (50, 50), (0, 80)], &[(0, 50), (50, 50)]),
            (&[(0, 50), (0, 80), (80, 30), (50, 50)], &[(0, 80), (80, 30)]),
            (&[(0, 50), (60, 50)], &[(0, 50)]),
        ];
        for (given, expected) in cases {
            assert_eq!(chain(pieces(given)), pieces(expected), "{given:?}");
        }
    }

    #[test]
    fn a_piece_is_read_back_from_its_name() {
        let capture: CaptureId = CaptureId("00000000-0000-4000-8000-000000000001".parse().expect("an id"));
        let piece = Piece { offset: 32_768, length: 16_777_216 };
        let key = piece.key(capture);
        assert_eq!(key, "pieces/00000000-0000-4000-8000-000000000001/00032768-16777216");
        assert_eq!(Piece::parse(key.strip_prefix(&folder(capture)).expect("it lies there")), Some(piece));
        for other in [STATED, "1-", "-1", "0-0", "a-b", "1"] {
            assert_eq!(Piece::parse(other), None, "{other}");
        }
    }
}
