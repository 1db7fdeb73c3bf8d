//! What evidence looks like as bytes: a row is a line, a commit is a signed note over the roots of its rows.
//!
//! A row is one line of fields with a tab between them, the table's name first, then the columns in a fixed order, the key's first. Its hash is that of
//! a leaf (RFC 6962) over the line. The rows of a commit stand in groups by tranche, sorted as bytes; a row of two tranches stands in both groups.
//! The note of a commit names transaction, writer and moment, and of each group its tranche, its rows and its root, so that whoever asks for one tranche
//! sees that nothing of it is left out, and of the others only their roots. `docs/evidence.md` specifies it. Bounds: [`MOST_GROUPS`].
//!
//! No personal data: ids, codes and amounts stand in the clear, free text and JSON as SHA-256.

use std::{collections::BTreeMap, fmt::Write as _};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::tlog::{self, Hash};

/// First line of the text of a commit.
pub const COMMIT_V1: &str = "salur.commit/v1";
/// Most tranches that one commit may write evidence of: its note must fit an entry of the log.
pub const MOST_GROUPS: usize = 600;
/// Tranche of rows that belong to none.
pub const NO_TRANCHE: i32 = 0;
/// Bytes of a mark: four of the digest of the row's key, four of the row's hash. It names what changed; the root proves it.
pub const MARK_BYTES: usize = 8;

/// A row of evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    line: String,
    key: usize,
    tranches: Vec<i32>,
}

impl Row {
    /// A row of a table, of some tranches, without fields yet.
    pub fn new(table: &str, tranches: &[i32]) -> Self {
        let mut tranches = if tranches.is_empty() { vec![NO_TRANCHE] } else { tranches.to_vec() };
        tranches.sort_unstable();
        tranches.dedup();
        let mut line = String::with_capacity(192);
        line.push_str(table);
        Self { line, key: 0, tranches }
    }

    /// A code or an id that is text. What would break the line, and a lone `-`, is written as `%` and two hexadecimal digits.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.line.push('\t');
        if text == "-" {
            self.line.push_str("%2D");
            return self;
        }
        for c in text.chars() {
            match c {
                '\0'..=' ' | '%' | '\x7f' => write!(self.line, "%{:02X}", u32::from(c)).expect("a string takes everything"),
                other => self.line.push(other),
            }
        }
        self
    }

    /// A whole number.
    #[must_use]
    pub fn number(mut self, number: impl Into<i64>) -> Self {
        write!(self.line, "\t{}", number.into()).expect("a string takes everything");
        self
    }

    /// An id.
    #[must_use]
    pub fn id(mut self, id: Uuid) -> Self {
        self.line.push('\t');
        self.line.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        self
    }

    /// A moment: microseconds since 1970.
    #[must_use]
    pub fn moment(self, moment: DateTime<Utc>) -> Self {
        self.number(moment.timestamp_micros())
    }

    /// `true` or `false`.
    #[must_use]
    pub fn flag(mut self, flag: bool) -> Self {
        self.line.push_str(if flag { "\ttrue" } else { "\tfalse" });
        self
    }

    /// Bytes, in hexadecimal digits.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.line.push('\t');
        self.line.push_str(&hex::encode(bytes));
        self
    }

    /// The digest of a free text or of JSON, for what is not shown; nothing for nothing.
    #[must_use]
    pub fn digest(mut self, text: &str) -> Self {
        if text.is_empty() {
            self.line.push('\t');
            return self;
        }
        self.bytes(&Sha256::digest(text))
    }

    /// A list, with commas.
    #[must_use]
    pub fn list<T: std::fmt::Display>(mut self, items: &[T]) -> Self {
        self.line.push('\t');
        for (at, item) in items.iter().enumerate() {
            write!(self.line, "{}{item}", if at == 0 { "" } else { "," }).expect("a string takes everything");
        }
        self
    }

    /// A code, where there is one.
    #[must_use]
    pub fn text_or_nothing(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.nothing(),
        }
    }

    /// A whole number, where there is one.
    #[must_use]
    pub fn number_or_nothing(self, number: Option<impl Into<i64>>) -> Self {
        match number {
            Some(number) => self.number(number),
            None => self.nothing(),
        }
    }

    /// An id, where there is one.
    #[must_use]
    pub fn id_or_nothing(self, id: Option<Uuid>) -> Self {
        match id {
            Some(id) => self.id(id),
            None => self.nothing(),
        }
    }

    /// No value.
    #[must_use]
    pub fn nothing(mut self) -> Self {
        self.line.push_str("\t-");
        self
    }

    /// The fields so far are the key.
    #[must_use]
    pub fn keyed(mut self) -> Self {
        self.key = self.line.len();
        self
    }

    /// The line.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Table and key, for people.
    pub fn name(&self) -> String {
        self.line[..self.key].replace('\t', " ")
    }

    /// Its tranches.
    pub fn tranches(&self) -> &[i32] {
        &self.tranches
    }

    /// Its hash.
    pub fn hash(&self) -> Hash {
        tlog::leaf(self.line.as_bytes())
    }

    /// What names it among the rows of its commit: digest of the key, then of the row.
    pub fn mark(&self) -> [u8; MARK_BYTES] {
        self.mark_with(&self.hash())
    }

    fn mark_with(&self, row: &Hash) -> [u8; MARK_BYTES] {
        let key = Sha256::digest(&self.line[..self.key]);
        std::array::from_fn(|at| if at < 4 { key[at] } else { row[at - 4] })
    }
}

/// A group of a commit: the rows of one tranche.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The tranche; 0 for rows of none.
    pub tranche: i32,
    /// How many rows.
    pub rows: u64,
    /// Root over their hashes.
    pub root: Hash,
}

/// What a commit wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Number of the transaction.
    pub tx: i64,
    /// Who wrote: a stage, `portal` or `operator`.
    pub writer: String,
    /// The transaction's moment.
    pub at: DateTime<Utc>,
    /// By tranche.
    pub groups: Vec<Group>,
}

/// Rows by tranche, sorted as they are hashed.
pub fn grouped(mut rows: Vec<&Row>) -> BTreeMap<i32, Vec<&Row>> {
    rows.sort_unstable();
    let mut groups: BTreeMap<i32, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        for tranche in &row.tranches {
            groups.entry(*tranche).or_default().push(row);
        }
    }
    groups
}

impl Commit {
    /// What a commit that wrote these rows says, and the marks of its rows in the order of the groups.
    pub fn of(tx: i64, writer: &str, at: DateTime<Utc>, rows: &[Row]) -> (Self, Vec<u8>) {
        let (mut groups, mut marks) = (Vec::new(), Vec::with_capacity(rows.len() * MARK_BYTES));
        for (tranche, rows) in grouped(rows.iter().collect()) {
            let hashes: Vec<Hash> = rows.iter().map(|row| row.hash()).collect();
            marks.extend(rows.iter().zip(&hashes).flat_map(|(row, hash)| row.mark_with(hash)));
            groups.push(Group { tranche, rows: hashes.len() as u64, root: tlog::root(&hashes) });
        }
        (Self { tx, writer: writer.to_owned(), at, groups }, marks)
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let mut text = format!("{COMMIT_V1}\n{} {} {}\n", self.tx, self.writer, self.at.timestamp_micros());
        for group in &self.groups {
            writeln!(text, "{} {} {}", group.tranche, group.rows, STANDARD.encode(group.root)).expect("a string takes everything");
        }
        text
    }

    /// Reads the text of a commit; none where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != COMMIT_V1 {
            return None;
        }
        let mut head = lines.next()?.split(' ');
        let (tx, writer, at) = (head.next()?.parse().ok()?, head.next()?, head.next()?.parse().ok()?);
        let groups: Vec<Group> = lines.map(group).collect::<Option<_>>()?;
        let commit = Self { tx, writer: writer.to_owned(), at: DateTime::from_timestamp_micros(at)?, groups };
        (commit.text() == text).then_some(commit)
    }
}

fn group(line: &str) -> Option<Group> {
    let mut words = line.split(' ');
    let (tranche, rows, root) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    Some(Group { tranche, rows, root: STANDARD.decode(root).ok()?.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_never_breaks_its_line() {
        let row = Row::new("t", &[4]).text("a\tb\nc %").keyed().text("-").nothing().digest("").number(-7_i64).list(&[1, 2]).flag(true);
        assert_eq!(row.line(), "t\ta%09b%0Ac%20%25\t%2D\t-\t\t-7\t1,2\ttrue");
        assert_eq!(row.name(), "t a%09b%0Ac%20%25");
    }

    #[test]
    fn a_commit_says_the_same_in_whatever_order_its_rows_were_written() {
        let row = |tranches: &[i32], key: i64| Row::new("t", tranches).number(key).keyed();
        let rows = [row(&[5], 2), row(&[4, 5], 1), row(&[], 3)];
        let backwards: Vec<Row> = rows.iter().rev().cloned().collect();
        let (commit, marks) = Commit::of(9, "release", DateTime::UNIX_EPOCH, &rows);
        assert_eq!(Commit::of(9, "release", DateTime::UNIX_EPOCH, &backwards), (commit.clone(), marks.clone()));
        let groups: Vec<(i32, u64)> = commit.groups.iter().map(|group| (group.tranche, group.rows)).collect();
        assert_eq!((groups, marks.len()), (vec![(0, 1), (4, 1), (5, 2)], 4 * MARK_BYTES), "a row of two tranches stands in both");
        assert_eq!(Commit::parse(&commit.text()), Some(commit));
    }

    #[test]
    fn a_text_that_is_written_otherwise_is_no_commit() {
        let (commit, _) = Commit::of(9, "release", DateTime::UNIX_EPOCH, &[Row::new("t", &[4])]);
        let text = commit.text();
        for bad in [text.replace("9 ", "09 "), text.replace("v1", "v2"), text.replace("4 1", "+4 1"), format!("{text}\n")] {
            assert_eq!(Commit::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn the_example_of_the_page_is_what_this_makes() {
        use crate::{
            note::{Kind, Signer},
            tlog::{Checkpoint, leaf, root},
        };
        let page = include_str!("../../../../docs/evidence.md");
        let holds = |part: &str| assert!(page.contains(part), "docs/evidence.md shows {part}");
        let id = |text: &str| text.parse::<Uuid>().expect("an id");
        let (payment, capture) = (id("355a3e42-bd6e-f828-6fb7-171f1cc3f1cc"), id("0b5a2f0e-5d1c-5a43-9f6f-3a1c7d2e4b60"));
        let at = DateTime::from_timestamp_micros(1_764_237_065_123_456).expect("a moment");
        let hand_over =
            Row::new("hand_overs", &[4]).number(4).id(payment).number(1).keyed().id(capture).text("TELLER-1").flag(true).moment(at);
        let transfer = Row::new("transfers", &[4]).number(4).id(payment).text("hand_over").number(1).keyed();
        let transfer = transfer.number(7).number(11).number(600_000).digest("").moment(at);
        for row in [&hand_over, &transfer] {
            holds(&format!("{}\n{} {}\n", row.line().replace('\t', "\u{2192}"), hex::encode(row.hash()), hex::encode(row.mark())));
        }
        let signer = |name: &str, byte| Signer::new(name, Kind::Note, &[byte; 32]).expect("a good name");
        let (journal, log) = (signer("salur.invalid/evidence/journal", 0x44), signer("salur.invalid/evidence", 0x55));
        let (commit, _) = Commit::of(48_213, "status-finalizer", at, &[transfer, hand_over]);
        let entry = journal.sign(&commit.text());
        let checkpoint = Checkpoint { origin: log.verifier().name().to_owned(), size: 1, root: root(&[leaf(entry.as_bytes())]) };
        for part in [&entry, &log.sign(&checkpoint.text()), &journal.verifier().to_string(), &log.verifier().to_string()] {
            holds(part);
        }
        holds(&hex::encode(leaf(entry.as_bytes())));
    }
}
