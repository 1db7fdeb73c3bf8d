//! An append-only log: the Merkle tree of RFC 6962 (SHA-256), its tiles and its checkpoints.
//!
//! A leaf hashes as SHA-256(0x00, bytes), a node as SHA-256(0x01, left, right). Tiles are C2SP's tlog-tiles: 256 consecutive hashes of one of the levels
//! 0, 8, 16, .. of the tree, the last of a level partial. A checkpoint is C2SP's tlog-checkpoint: origin, size and root, one per line.
//! Pairing neighbours level by level and carrying an odd last one up unchanged gives the tree that the RFC defines by splitting at powers of two.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::disposition::{Disposed, Disposition};

/// A digest in the tree.
pub type Hash = [u8; 32];
/// Hashes of a full tile.
pub const TILE_WIDTH: u64 = 256;

/// Why a text is not a checkpoint, or two of them do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: origin, size and root, one per line")]
pub struct Error;

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Hash of a leaf.
pub fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root over hashes of leaves, or of full subtrees of one size of which the last may be smaller.
pub fn root(hashes: &[Hash]) -> Hash {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| if let [left, right] = pair { node(left, right) } else { pair[0] }).collect();
    }
    level.first().copied().unwrap_or_else(|| Sha256::digest([]).into())
}

/// The siblings that lead from a leaf to the root, from below.
pub fn path(leaves: &[Hash], index: usize) -> Vec<Hash> {
    let (mut level, mut at, mut siblings) = (leaves.to_vec(), index, Vec::new());
    while level.len() > 1 {
        siblings.extend(level.get(at ^ 1));
        level = level.chunks(2).map(|pair| if let [left, right] = pair { node(left, right) } else { pair[0] }).collect();
        at /= 2;
    }
    siblings
}

/// The root that a path gives for a leaf of a tree of `size`; none where the path has another length.
pub fn climb(leaf: Hash, index: u64, size: u64, siblings: &[Hash]) -> Option<Hash> {
    let (mut hash, mut at, mut last) = (leaf, index, size.checked_sub(1)?);
    let mut siblings = siblings.iter();
    while last > 0 {
        if at % 2 == 1 {
            hash = node(siblings.next()?, &hash);
        } else if at < last {
            hash = node(&hash, siblings.next()?);
        }
        at /= 2;
        last /= 2;
    }
    (index < size && siblings.next().is_none()).then_some(hash)
}

/// The right edge of a growing tree: of each level of tiles, the hashes that fill no tile yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    /// Leaves so far.
    pub size: u64,
    /// By level of tiles, less than [`TILE_WIDTH`] hashes each.
    pub levels: Vec<Vec<Hash>>,
}

/// A tile: `index` counts within its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// Level of tiles: 0 holds leaves.
    pub level: u8,
    /// Which of the level.
    pub index: u64,
    /// Hashes, 1 to 256.
    pub width: u64,
}

impl Edge {
    /// Appends a leaf's hash and gives the tiles that it filled, with their hashes.
    pub fn push(&mut self, leaf: Hash) -> Vec<(Tile, Vec<Hash>)> {
        self.size += 1;
        let (mut full, mut carry, mut span, mut level) = (Vec::new(), leaf, TILE_WIDTH, 0);
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(carry);
            if self.levels[level].len() < usize::try_from(TILE_WIDTH).expect("256 fits") {
                return full;
            }
            let hashes = std::mem::take(&mut self.levels[level]);
            carry = root(&hashes);
            let tile = Tile { level: u8::try_from(level).expect("64 bits have 8 levels"), index: self.size / span - 1, width: TILE_WIDTH };
            full.push((tile, hashes));
            level += 1;
            span = span.saturating_mul(TILE_WIDTH);
        }
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        let mut right: Option<Hash> = None;
        for level in &self.levels {
            let hashes: Vec<Hash> = level.iter().copied().chain(right).collect();
            right = (!hashes.is_empty()).then(|| root(&hashes));
        }
        right.unwrap_or_else(|| root(&[]))
    }

    /// The partial tiles of a tree of this size, with their hashes.
    pub fn partial(&self) -> Vec<(Tile, &[Hash])> {
        let tiles = partial_tiles(self.size);
        tiles.into_iter().map(|tile| (tile, self.levels[usize::from(tile.level)].as_slice())).collect()
    }
}

/// The partial tiles of a tree of a size: what its root can be computed from.
pub fn partial_tiles(size: u64) -> Vec<Tile> {
    let (mut tiles, mut rest, mut level) = (Vec::new(), size, 0);
    while rest > 0 {
        if !rest.is_multiple_of(TILE_WIDTH) {
            tiles.push(Tile { level, index: rest / TILE_WIDTH, width: rest % TILE_WIDTH });
        }
        rest /= TILE_WIDTH;
        level += 1;
    }
    tiles
}

impl Tile {
    /// `tile/0/x001/234.p/8`
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, self.place())
    }

    /// `tile/entries/x001/234.p/8`
    pub fn entries_path(&self) -> String {
        format!("tile/entries/{}", self.place())
    }

    /// The full tile in this place.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    fn place(&self) -> String {
        let digits = self.index.to_string();
        let padded = format!("{}{digits}", "0".repeat(digits.len().next_multiple_of(3) - digits.len()));
        let last = padded.len() - 3;
        let groups: Vec<&str> = (0..last).step_by(3).flat_map(|at| ["x", &padded[at..at + 3], "/"]).collect();
        let partial = if self.width == TILE_WIDTH { String::new() } else { format!(".p/{}", self.width) };
        format!("{}{}{partial}", groups.concat(), &padded[last..])
    }
}

/// What a log says of itself at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the text of a checkpoint; further lines are ignored.
    ///
    /// ```
    /// use salur_domain::tlog::{Checkpoint, root};
    /// let checkpoint = Checkpoint { origin: "salur.example/evidence".into(), size: 0, root: root(&[]) };
    /// assert_eq!(Checkpoint::parse(&checkpoint.text()).unwrap(), checkpoint);
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else { return Err(Error) };
        let number: u64 = size.parse().map_err(|_| Error)?;
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(Error)?;
        if origin.is_empty() || number.to_string() != size {
            return Err(Error);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|number| leaf(number.to_string().as_bytes())).collect()
    }

    /// As RFC 6962 section 2.1 defines it.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition_and_every_path_leads_to_them() {
        for size in 0..70 {
            let leaves = leaves(size);
            let expected = by_definition(&leaves);
            assert_eq!(root(&leaves), expected, "{size} leaves");
            for (index, leaf) in leaves.iter().enumerate() {
                let path = path(&leaves, index);
                let (at, of) = (u64::try_from(index).expect("small"), u64::try_from(size).expect("small"));
                assert_eq!(climb(*leaf, at, of, &path), Some(expected), "leaf {index} of {size}");
                assert_ne!(climb(*leaf, (at + 1) % of.max(2), of, &path), Some(expected), "a leaf stands in one place");
                assert_eq!(climb(*leaf, at, of, &[path.as_slice(), &[expected]].concat()), None, "a path has one length");
            }
        }
    }

    #[test]
    fn the_vectors_of_certificate_transparency_hold() {
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let leaves: Vec<Hash> = inputs.iter().map(|text| leaf(&hex::decode(text).expect("hexadecimal"))).collect();
        assert_eq!(hex::encode(root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex::encode(root(&leaves[..1])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex::encode(root(&leaves)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn an_edge_grows_to_the_same_root_and_fills_each_tile_once() {
        let leaves = leaves(70_000);
        let (mut edge, mut full) = (Edge::default(), Vec::new());
        for (index, leaf) in leaves.iter().enumerate() {
            full.extend(edge.push(*leaf).into_iter().map(|(tile, _)| tile));
            if [1, 255, 256, 257, 511, 65_535, 65_536, 70_000].contains(&(index + 1)) {
                assert_eq!(edge.root(), root(&leaves[..=index]), "{} leaves", index + 1);
            }
        }
        let count = |level| full.iter().filter(|tile| tile.level == level).count();
        assert_eq!((count(0), count(1), count(2)), (273, 1, 0), "the example of tlog-tiles");
        let partial: Vec<(u8, u64, u64)> = edge.partial().iter().map(|(tile, _)| (tile.level, tile.index, tile.width)).collect();
        assert_eq!(partial, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
        assert!(edge.partial().iter().all(|(tile, hashes)| hashes.len() as u64 == tile.width));
    }

    #[test]
    fn tiles_are_named_as_the_specification_names_them() {
        assert_eq!(Tile { level: 0, index: 1_234_067, width: 256 }.path(), "tile/0/x001/x234/067");
        assert_eq!(Tile { level: 1, index: 0, width: 17 }.path(), "tile/1/000.p/17");
        assert_eq!(Tile { level: 0, index: 273, width: 112 }.entries_path(), "tile/entries/273.p/112");
    }
}
