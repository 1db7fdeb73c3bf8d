//! The ZIP around the sheets: sizes checked before anything is unpacked, then its parts one by one.

use std::io::{self, Read, Seek, SeekFrom, Take};

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::{MAX_FILE_BYTES, MAX_PARTS, MAX_RATIO, MAX_UNPACKED_BYTES, SAVE_AGAIN};
use crate::RowError;

const RIGHT_FILE: &str = "check that it is the right file";
/// Files that unpack to no more are not asked for their ratio.
const SMALL_BYTES: u64 = 16 * 1024 * 1024;
/// How a workbook with a password begins, and one of before 2007.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
/// End of the central directory: its signature, its size, and the longest comment after it.
const END_MARK: &[u8] = b"PK\x05\x06";
const END_BYTES: u64 = 22 + 65_535;

/// A ZIP within limits.
pub(super) struct Package<R> {
    zip: ZipArchive<R>,
}

/// One part of it as a stream of its own, as long as the directory says and not longer.
pub(super) enum Part<R> {
    Deflated(Take<DeflateDecoder<Take<R>>>),
    Stored(Take<R>),
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Deflated(source) => source.read(into),
            Self::Stored(source) => source.read(into),
        }
    }
}

impl<R: Read + Seek> Package<R> {
    pub(super) fn open(mut source: R) -> Result<Self, RowError> {
        let size = source.seek(SeekFrom::End(0)).map_err(failed)?;
        if size > MAX_FILE_BYTES {
            let remedy = "split it, or send it as CSV, which has no limit";
            return Err(RowError::of_file(0, format!("the file is larger than {MAX_FILE_BYTES} bytes"), remedy));
        }
        look_at_ends(&mut source, size)?;
        let zip = ZipArchive::new(source).map_err(|_| RowError::of_file(0, "the file is not an XLSX, or not whole", RIGHT_FILE))?;
        let mut package = Self { zip };
        package.check_parts(size)?;
        Ok(package)
    }

    fn check_parts(&mut self, size: u64) -> Result<(), RowError> {
        let wrong = |what: &str| Err(RowError::of_file(0, what, SAVE_AGAIN));
        let mut unpacked = 0_u64;
        for at in 0..self.zip.len() {
            let part = self.zip.by_index_raw(at).map_err(|_| RowError::of_file(0, "a part of the file cannot be read", SAVE_AGAIN))?;
            unpacked = unpacked.saturating_add(part.size());
            let name = part.name().unwrap_or_default();
            if part.encrypted() {
                return wrong("the file is encrypted");
            }
            if name.ends_with("vbaProject.bin") {
                return wrong("the file has macros");
            }
            if name.ends_with("workbook.bin") {
                return wrong("the file is a binary workbook (XLSB)");
            }
            if !matches!(part.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
                return wrong("the file is packed in an unusual way");
            }
        }
        if unpacked > MAX_UNPACKED_BYTES || unpacked > SMALL_BYTES && unpacked / size.max(1) > MAX_RATIO {
            let what =
                format!("the file unpacks to {unpacked} bytes; at most {MAX_UNPACKED_BYTES}, and {MAX_RATIO} times its size, are read");
            return Err(RowError::of_file(0, what, "split it, or send it as CSV, which has no limit"));
        }
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A part, to be read while the package stays.
    pub(super) fn part(&mut self, name: &str) -> Result<impl Read + '_, RowError> {
        let part = self.zip.by_name(name).map_err(|_| RowError::of_file(0, "the file is no workbook, or lacks a part", SAVE_AGAIN))?;
        let size = part.size();
        Ok(part.take(size))
    }

    /// A part that owns the source.
    pub(super) fn into_part(mut self, name: &str) -> Result<Part<R>, RowError> {
        let lacking = || RowError::of_file(0, "the file lacks its sheet", SAVE_AGAIN);
        let at = self.zip.index_for_name(name).ok_or_else(lacking)?;
        let part = self.zip.by_index_raw(at).map_err(|_| lacking())?;
        let (start, packed, size, method) =
            (part.data_start().ok_or_else(lacking)?, part.compressed_size(), part.size(), part.compression());
        drop(part);
        let mut source = self.zip.into_inner();
        source.seek(SeekFrom::Start(start)).map_err(failed)?;
        Ok(match method {
            CompressionMethod::Stored => Part::Stored(source.take(size)),
            _ => Part::Deflated(DeflateDecoder::new(source.take(packed)).take(size)),
        })
    }
}

/// What the first and the last bytes say, before the directory is read: its reader keeps every entry in memory.
fn look_at_ends(source: &mut (impl Read + Seek), size: u64) -> Result<(), RowError> {
    source.rewind().map_err(failed)?;
    let mut first = Vec::new();
    source.by_ref().take(4).read_to_end(&mut first).map_err(failed)?;
    if first.is_empty() {
        return Err(RowError::of_file(0, "the file is empty", RIGHT_FILE));
    }
    if first == COMPOUND {
        return Err(RowError::of_file(0, "the file has a password or is an XLS of before 2007", SAVE_AGAIN));
    }
    source.seek(SeekFrom::Start(size.saturating_sub(END_BYTES))).map_err(failed)?;
    let mut last = Vec::new();
    source.by_ref().take(END_BYTES).read_to_end(&mut last).map_err(failed)?;
    let ends = last.windows(12).filter(|bytes| bytes.starts_with(END_MARK));
    let most = ends.map(|bytes| usize::from(u16::from_le_bytes([bytes[10], bytes[11]]))).max().unwrap_or(0);
    if most > MAX_PARTS {
        return Err(RowError::of_file(0, format!("the file has more than {MAX_PARTS} parts"), SAVE_AGAIN));
    }
    source.rewind().map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: io::Error) -> RowError {
    RowError::of_source(0, &error)
}
