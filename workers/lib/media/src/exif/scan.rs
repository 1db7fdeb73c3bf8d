//! Counts and measures the directories of a TIFF structure (TIFF 6.0, section 2) before a library reads it.
//!
//! Follows the same links as the library: the chain of directories and the pointers to the camera's, GPS and interoperability directories.
//! Takes at most [`DIRECTORIES_MAX`] x [`ENTRIES_MAX`] steps and allocates nothing.

use super::{DIRECTORIES_MAX, ENTRIES_MAX, Error};

/// Declared bytes of all values together: entries that point at the same bytes count each time.
const DECLARED_MAX: usize = 4 * 64 * 1024;
/// Tags whose value is the place of another directory: Exif, GPS, interoperability.
const POINTERS: [u16; 3] = [0x8769, 0x8825, 0xa005];
const ENTRY_BYTES: usize = 12;

/// Whether a library may read this.
pub fn check(tiff: &[u8]) -> Result<(), Error> {
    let little = match tiff.get(..4).ok_or(Error::Malformed)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return Err(Error::Malformed),
    };
    let mut scan = Scan { tiff, little, waiting: [0; DIRECTORIES_MAX], known: 0, declared: 0 };
    scan.add(scan.u32(4).ok_or(Error::Malformed)?)?;
    let mut next = 0;
    while next < scan.known {
        scan.directory(scan.waiting[next])?;
        next += 1;
    }
    Ok(())
}

struct Scan<'a> {
    tiff: &'a [u8],
    little: bool,
    /// Places of directories, seen or to be seen.
    waiting: [usize; DIRECTORIES_MAX],
    known: usize,
    declared: usize,
}

impl Scan<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = self.tiff.get(at..at.checked_add(2)?)?.try_into().expect("two bytes");
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let bytes = self.tiff.get(at..at.checked_add(4)?)?.try_into().expect("four bytes");
        usize::try_from(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }).ok()
    }

    /// Remembers a directory once; 0 ends a chain.
    fn add(&mut self, at: usize) -> Result<(), Error> {
        if at == 0 || self.waiting[..self.known].contains(&at) {
            return Ok(());
        }
        *self.waiting.get_mut(self.known).ok_or(Error::TooMany)? = at;
        self.known += 1;
        Ok(())
    }

    /// Measures one directory. One that is cut off ends where the library stops reading it too.
    fn directory(&mut self, at: usize) -> Result<(), Error> {
        let Some(count) = self.u16(at).map(usize::from) else { return Ok(()) };
        if count > ENTRIES_MAX {
            return Err(Error::TooMany);
        }
        for entry in 0..count {
            if !self.entry(at + 2 + entry * ENTRY_BYTES)? {
                return Ok(());
            }
        }
        self.u32(at + 2 + count * ENTRY_BYTES).map_or(Ok(()), |next| self.add(next))
    }

    /// Measures one entry; false where the structure ends before it.
    fn entry(&mut self, at: usize) -> Result<bool, Error> {
        let (Some(tag), Some(kind), Some(count), Some(place)) = (self.u16(at), self.u16(at + 2), self.u32(at + 4), self.u32(at + 8)) else {
            return Ok(false);
        };
        let bytes = count.saturating_mul(value_bytes(kind));
        if bytes > 4 && place.saturating_add(bytes) <= self.tiff.len() {
            self.declared += bytes;
        }
        if self.declared > DECLARED_MAX {
            return Err(Error::TooMany);
        }
        if POINTERS.contains(&tag) {
            let short = usize::from(self.u16(at + 8).unwrap_or(0));
            self.add(if kind == 3 { short } else { place })?;
        }
        Ok(true)
    }
}

/// Size of one value of a type; 0 for types that nobody reads.
const fn value_bytes(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 0,
    }
}
