//! Records of a delimited text within limits, whatever the columns mean.
//!
//! Stands on csv-core and not on the csv crate's reader, for two reasons met in tests: that reader grows its record as long as a quote
//! stays open, so that one stray quotation mark reads a file of gigabytes into memory; and the line it reports is one too low after CRLF
//! and blank lines, while people must find the row and rows without a reference are called by their line.

use std::io::{self, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::row::{MAX_COLUMNS, RowError};

/// Largest row, in bytes.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;
/// Largest first line, in bytes.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// What is read from the source at once.
const PIECE_BYTES: usize = 64 * 1024;
/// What a row is first given.
const FIRST_ROW_BYTES: usize = 4 * 1024;
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];
const CLOSE_QUOTE: &str = "look for a quotation mark that is never closed";

/// One record: its fields, unescaped.
pub(super) struct Record {
    /// Line of the file where it begins, from 1.
    pub(super) line: u64,
    bytes: Vec<u8>,
    ends: [usize; MAX_COLUMNS],
    fields: usize,
}

/// Records, one by one.
pub(super) struct Records<R> {
    source: R,
    core: Reader,
    /// Read from the source and not looked at yet: `piece[at..]`.
    piece: Vec<u8>,
    at: usize,
    /// Line ends passed over between records, which the core did not count.
    skipped: u64,
}

impl Record {
    pub(super) fn new() -> Self {
        Self { line: 0, bytes: vec![0; FIRST_ROW_BYTES], ends: [0; MAX_COLUMNS], fields: 0 }
    }

    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    /// The field at a place below [`Record::len`].
    pub(super) fn field(&self, at: usize) -> &[u8] {
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[from..self.ends[at]]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.fields).map(|at| self.field(at))
    }

    /// Twice the room, up to [`MAX_ROW_BYTES`]; false when it has that already.
    fn grow(&mut self) -> bool {
        let room = (self.bytes.len() * 2).min(MAX_ROW_BYTES);
        let more = room > self.bytes.len();
        self.bytes.resize(room, 0);
        more
    }
}

impl<R: Read> Records<R> {
    /// Looks at the first line for the byte order mark and the separator.
    pub(super) fn new(mut source: R) -> Result<Self, RowError> {
        let piece = first_line(&mut source)?;
        if UTF16_MARKS.iter().any(|mark| piece.starts_with(mark)) {
            return Err(fatal(1, "the file is UTF-16".to_owned(), "save it as CSV UTF-8"));
        }
        let at = if piece.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let line = piece[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\r') {
            return Err(fatal(1, "lines end in carriage returns alone".to_owned(), "save it as CSV UTF-8"));
        }
        let core = ReaderBuilder::new().delimiter(delimiter(line)).build();
        Ok(Self { source, core, piece, at, skipped: 0 })
    }

    /// Reads the next record; blank lines are skipped. False at the end.
    pub(super) fn next_into(&mut self, record: &mut Record) -> Result<bool, RowError> {
        self.skip_line_ends()?;
        record.line = self.core.line() + self.skipped;
        record.fields = 0;
        let mut written = 0;
        let mut columns = 0_usize;
        loop {
            self.fill(record.line)?;
            // Ends beyond the limit go where nobody looks; the record is refused when it is complete.
            let mut surplus = [0; 1];
            let ends = if columns < MAX_COLUMNS { &mut record.ends[columns..] } else { &mut surplus[..] };
            let (result, read, wrote, ended) = self.core.read_record(&self.piece[self.at..], &mut record.bytes[written..], ends);
            self.at += read;
            written += wrote;
            columns += ended;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::OutputFull if record.grow() => {}
                ReadRecordResult::OutputFull => {
                    return Err(fatal(record.line, format!("the row is larger than {MAX_ROW_BYTES} bytes"), CLOSE_QUOTE));
                }
            }
        }
        if columns > MAX_COLUMNS {
            let what = format!("the row has {columns} columns, more than {MAX_COLUMNS}");
            return Err(RowError { fatal: false, ..fatal(record.line, what, "remove columns that are not needed") });
        }
        record.fields = columns;
        Ok(true)
    }

    /// Passes over line ends before a record, counting them, so that its line is the one where it begins.
    fn skip_line_ends(&mut self) -> Result<(), RowError> {
        loop {
            self.fill(self.core.line() + self.skipped)?;
            match self.piece.get(self.at) {
                Some(b'\n') => self.skipped += 1,
                Some(b'\r') => {}
                _ => return Ok(()),
            }
            self.at += 1;
        }
    }

    /// Reads the next piece if the last one is used up; an empty piece means the end.
    fn fill(&mut self, line: u64) -> Result<(), RowError> {
        if self.at < self.piece.len() {
            return Ok(());
        }
        self.piece.resize(PIECE_BYTES, 0);
        self.at = 0;
        let count = read(&mut self.source, &mut self.piece, line)?;
        self.piece.truncate(count);
        Ok(())
    }
}

/// What the source starts with, at least to the end of the first line.
fn first_line(source: &mut impl Read) -> Result<Vec<u8>, RowError> {
    let mut first = Vec::new();
    let mut piece = [0; 4096];
    while !first.contains(&b'\n') {
        if first.len() > MAX_HEADER_BYTES {
            return Err(fatal(
                1,
                format!("the first line is larger than {MAX_HEADER_BYTES} bytes"),
                "put the names of the columns into the first line",
            ));
        }
        match read(source, &mut piece, 1)? {
            0 => break,
            count => first.extend_from_slice(&piece[..count]),
        }
    }
    Ok(first)
}

/// One read, repeated when a signal interrupts it.
fn read(source: &mut impl Read, into: &mut [u8], line: u64) -> Result<usize, RowError> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(fatal(line, format!("the file cannot be read: {}", error.kind()), "send it again")),
            Ok(count) => return Ok(count),
        }
    }
}

/// The separator that occurs most often in the first line: names of columns hold none. Comma where there is none at all.
#[expect(clippy::naive_bytecount, reason = "one line of at most 64 KiB, once per file")]
fn delimiter(line: &[u8]) -> u8 {
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    // The last of equals wins, so the comma stands last.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn fatal(line: u64, what: String, remedy: &'static str) -> RowError {
    RowError { line, column: None, what, remedy, fatal: true }
}
