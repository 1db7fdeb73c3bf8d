//! Keys that come again, among any number of them, in constant memory.
//!
//! The first [`IN_MEMORY`] records stay; beyond, records go to [`PARTS`] unnamed temporary files by the first bits of their key's digest, and each file is
//! sorted alone. Ten million records are 320 MB of disk and 5 MB of memory at a time.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use sha2::{Digest, Sha256};

/// Records kept in memory.
const IN_MEMORY: usize = 100_000;
/// Files; a power of two up to 256.
const PARTS: usize = 64;
const RECORD: usize = 32;

/// A key's digest, and what the caller wants back of it.
pub type Record = (u128, [u64; 2]);

/// Collects keys.
#[derive(Debug, Default)]
pub struct Again {
    near: Vec<Record>,
    far: Vec<BufWriter<File>>,
}

impl Again {
    /// One more key. `tag` comes back with its twins.
    pub fn add(&mut self, key: &[u8], tag: [u64; 2]) -> io::Result<()> {
        let digest = Sha256::digest(key);
        self.near.push((u128::from_be_bytes(digest[..16].try_into().expect("a digest has 32 bytes")), tag));
        if self.near.len() >= IN_MEMORY { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.far.is_empty() {
            self.far = (0..PARTS).map(|_| tempfile::tempfile().map(BufWriter::new)).collect::<Result<_, _>>()?;
        }
        for (key, [a, b]) in self.near.drain(..) {
            let part = &mut self.far[usize::from(key.to_be_bytes()[0]) % PARTS];
            part.write_all(&key.to_be_bytes())?;
            part.write_all(&a.to_be_bytes())?;
            part.write_all(&b.to_be_bytes())?;
        }
        Ok(())
    }

    /// The tags of every key that came more than once, in order.
    pub fn each(mut self, mut twins: impl FnMut(&[Record])) -> io::Result<()> {
        if self.far.is_empty() {
            groups(&mut self.near, &mut twins);
            return Ok(());
        }
        self.spill()?;
        for part in std::mem::take(&mut self.far) {
            let mut records = read(part.into_inner().map_err(io::IntoInnerError::into_error)?)?;
            groups(&mut records, &mut twins);
        }
        Ok(())
    }
}

fn read(mut file: File) -> io::Result<Vec<Record>> {
    let length = usize::try_from(file.stream_position()?).map_err(io::Error::other)?;
    file.rewind()?;
    let (mut file, mut records) = (BufReader::new(file), Vec::with_capacity(length / RECORD));
    let mut bytes = [0; RECORD];
    for _ in 0..length / RECORD {
        file.read_exact(&mut bytes)?;
        let word = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        records.push((u128::from_be_bytes(bytes[..16].try_into().expect("sixteen bytes")), [word(16), word(24)]));
    }
    Ok(records)
}

fn groups(records: &mut [Record], twins: &mut impl FnMut(&[Record])) {
    records.sort_unstable();
    records.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1).for_each(twins);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_found_in_memory_and_on_disk_alike() {
        for count in [10_u64, 3 * IN_MEMORY as u64] {
            let mut again = Again::default();
            for n in 0..count {
                again.add(&n.to_be_bytes(), [n, 0]).expect("memory or disk");
            }
            for n in [7, count / 2, count - 1] {
                again.add(&n.to_be_bytes(), [count + n, 1]).expect("memory or disk");
            }
            let mut found: Vec<(u64, u64)> = Vec::new();
            again.each(|twins| found.push((twins[0].1[0], twins[1].1[0]))).expect("memory or disk");
            found.sort_unstable();
            let mut expected = vec![(7, count + 7), (count / 2, count + count / 2), (count - 1, 2 * count - 1)];
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
    }
}
