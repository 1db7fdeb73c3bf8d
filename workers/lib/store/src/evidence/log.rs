//! The log as it lies in the object store: tiles, entries and the checkpoint, all below `evidence/` (C2SP tlog-tiles).
//!
//! Everything but the checkpoint is a function of the journal, so that writing it again writes the same. A partial tile may be gone once its place is
//! full; then the full one is read. Bounds: an entry has at most 65,535 bytes, a tile 256 hashes.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use salur_domain::{
    note::{Note, Verifier},
    tlog::{Checkpoint, Edge, Hash, TILE_WIDTH, Tile, partial_tiles, root},
};

use crate::{Blobs, Error, sql};

/// Where the log lies.
pub const PREFIX: &str = "evidence/";
/// Objects written or read at once.
const AT_ONCE: usize = 8;
const BINARY: &str = "application/octet-stream";
const TEXT: &str = "text/plain; charset=utf-8";

sql! {
    /// The last head that the database knows.
    POSITION = "SELECT size, tx, checkpoint FROM seals ORDER BY size DESC LIMIT 1";
}

/// The last head of the tree that the database knows.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Position {
    size: i64,
    /// The last transaction sealed.
    pub tx: i64,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Position {
    /// Reads it; none before the first seal.
    pub async fn read(connection: &mut sqlx::PgConnection) -> Result<Option<Self>, Error> {
        sqlx::query_as(POSITION).fetch_optional(connection).await.map_err(Error::database("reading the position of the seal"))
    }

    /// Entries sealed.
    pub fn size(&self) -> u64 {
        u64::try_from(self.size).expect("the table checks that sizes are positive")
    }
}

/// Key of an object of the log.
pub fn key(path: &str) -> String {
    format!("{PREFIX}{path}")
}

/// A signed checkpoint, if one of the keys signed it, and of this log.
pub fn checkpoint_of(note: &str, log: &Verifier) -> Result<Checkpoint, Error> {
    let unfit = |error: &dyn std::fmt::Display| Error::invariant(format!("checkpoint: {error}"));
    let text = Note::parse(note).and_then(|note| note.by(std::slice::from_ref(log))).map_err(|error| unfit(&error))?;
    let checkpoint = Checkpoint::parse(text).map_err(|error| unfit(&error))?;
    if checkpoint.origin == log.name() { Ok(checkpoint) } else { Err(unfit(&"it is of another log")) }
}

/// The checkpoint that the object store shows.
pub async fn shown(blobs: &Blobs) -> Result<Option<String>, Error> {
    let Some(bytes) = blobs.get(&key("checkpoint")).await? else { return Ok(None) };
    String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| Error::invariant("the checkpoint in the object store is not text"))
}

/// Shows a checkpoint.
pub(crate) async fn show(blobs: &Blobs, note: &str) -> Result<(), Error> {
    blobs.put(&key("checkpoint"), Bytes::copy_from_slice(note.as_bytes()), TEXT).await
}

/// Hashes of a tile, which may be read from a wider one.
pub async fn tile(blobs: &Blobs, tile: Tile) -> Result<Vec<Hash>, Error> {
    let bytes = one_of(blobs, &tile.path(), &tile.full().path()).await?;
    let wanted = usize::try_from(tile.width).expect("at most 256");
    let hashes: Vec<Hash> = bytes.chunks_exact(32).take(wanted).map(|hash| hash.try_into().expect("chunks of 32")).collect();
    if hashes.len() == wanted { Ok(hashes) } else { Err(Error::invariant(format!("{} is too short", tile.path()))) }
}

/// Entries of a tile of level 0.
pub async fn entries(blobs: &Blobs, tile: Tile) -> Result<Vec<Vec<u8>>, Error> {
    let bytes = one_of(blobs, &tile.entries_path(), &tile.full().entries_path()).await?;
    let short = || Error::invariant(format!("{} is too short", tile.entries_path()));
    let (mut rest, mut entries) = (&bytes[..], Vec::new());
    for _ in 0..tile.width {
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(short)?;
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or_else(short)?;
        entries.push(entry.to_vec());
        rest = after;
    }
    Ok(entries)
}

/// Entries as they lie in a bundle.
pub fn bundle(entries: &[Vec<u8>]) -> Vec<u8> {
    let sized = entries.iter().flat_map(|entry| {
        let length = u16::try_from(entry.len()).expect("the journal checks the length of a note");
        length.to_be_bytes().into_iter().chain(entry.iter().copied())
    });
    sized.collect()
}

async fn one_of(blobs: &Blobs, path: &str, otherwise: &str) -> Result<Bytes, Error> {
    if let Some(bytes) = blobs.get(&key(path)).await? {
        return Ok(bytes);
    }
    blobs.get(&key(otherwise)).await?.ok_or_else(|| Error::invariant(format!("{path} is missing from the log")))
}

/// The right edge of the tree at a size, from its tiles.
pub async fn edge(blobs: &Blobs, size: u64) -> Result<Edge, Error> {
    let mut edge = Edge { size, levels: Vec::new() };
    for partial in partial_tiles(size) {
        edge.levels.resize(usize::from(partial.level) + 1, Vec::new());
        edge.levels[usize::from(partial.level)] = tile(blobs, partial).await?;
    }
    Ok(edge)
}

/// The tiles of level 0 of a tree of a size, in order.
pub fn leaf_tiles(size: u64) -> impl Iterator<Item = Tile> {
    let full = (0..size / TILE_WIDTH).map(|index| Tile { level: 0, index, width: TILE_WIDTH });
    full.chain((!size.is_multiple_of(TILE_WIDTH)).then_some(Tile { level: 0, index: size / TILE_WIDTH, width: size % TILE_WIDTH }))
}

/// The siblings that lead from an entry to the root of the tree at a size, from its tiles of level 0 and above.
pub async fn path(blobs: &Blobs, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
    let (mut siblings, mut at, mut count, mut level) = (Vec::new(), index, size, 0_u8);
    while count > 1 {
        // hashes of this level from the tile that holds ours, and the root over what is right of full tiles
        let (tile_index, inside) = (at / TILE_WIDTH, at % TILE_WIDTH);
        let width = (count - tile_index * TILE_WIDTH).min(TILE_WIDTH);
        let mut hashes = partial_level(blobs, size, level, tile_index, width).await?;
        let mut position = usize::try_from(inside).expect("below 256");
        let mut span = hashes.len();
        while span > 1 {
            siblings.extend(hashes.get(position ^ 1));
            hashes = hashes.chunks(2).map(root).collect();
            position /= 2;
            span = hashes.len();
        }
        at = tile_index;
        count = count.div_ceil(TILE_WIDTH);
        level += 1;
    }
    Ok(siblings)
}

/// Hashes of one tile of a level, the last of which may stand for a subtree that is not full.
async fn partial_level(blobs: &Blobs, size: u64, level: u8, index: u64, width: u64) -> Result<Vec<Hash>, Error> {
    let full = size.checked_shr(8 * u32::from(level)).unwrap_or(0).saturating_sub(index * TILE_WIDTH).min(width);
    let mut hashes = if full > 0 { tile(blobs, Tile { level, index, width: full }).await? } else { Vec::new() };
    if full < width {
        let mut right = edge(blobs, size).await?;
        right.levels.truncate(usize::from(level));
        hashes.push(right.root());
    }
    Ok(hashes)
}

/// Writes objects of the log.
pub(crate) async fn write(blobs: &Blobs, objects: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
    let puts = stream::iter(objects).map(|(path, bytes)| async move { blobs.put(&key(&path), bytes.into(), BINARY).await });
    puts.buffer_unordered(AT_ONCE).try_collect().await
}

/// Deletes the partial tiles of a place that is full.
pub(crate) async fn tidy(blobs: &Blobs, full: Tile) -> Result<(), Error> {
    let mut prefixes = vec![full.path()];
    if full.level == 0 {
        prefixes.push(full.entries_path());
    }
    for prefix in prefixes {
        loop {
            let page = blobs.list(&key(&format!("{prefix}.p/")), None).await?;
            if page.is_empty() {
                break;
            }
            for partial in page {
                blobs.delete(&partial.key).await?;
            }
        }
    }
    Ok(())
}
