//! Whether the evidence is what was sealed: every row in its commit, every commit in the log, the log under its heads.
//!
//! One REPEATABLE READ snapshot of the database beside the objects of the log. Each damage is named: a row that was changed, deleted, inserted or moved, a
//! line of the journal that was, an entry or a head of the log that does not fit, and a database or a log that is older than a checkpoint from outside.
//! Rows are read in windows of [`WINDOW`] commits through the index of transactions; bounds: the rows of a window in memory, [`MOST_DAMAGES`] named.

use std::collections::{BTreeMap, HashMap};

use salur_domain::{
    evidence::{Commit, MARK_BYTES, Row, grouped},
    note::{Note, Verifier},
    tlog::{self, Checkpoint, Edge, Tile},
};
use serde::Serialize;

use super::{
    TABLES,
    log::{self, Position},
    rows,
};
use crate::{Blobs, Database, Error, Timestamp, sql, status::SNAPSHOT};

/// Commits whose rows are read at once.
const WINDOW: i64 = 128;
/// Damages that are named; the rest are counted.
pub const MOST_DAMAGES: usize = 100;

sql! {
    LINES = "SELECT tx, at, note, marks FROM journal WHERE tx > $1 ORDER BY tx LIMIT $2";
    PATIENCE = "SELECT set_config('idle_in_transaction_session_timeout', '0', true)";
}

/// What evidence is compared with.
#[derive(Debug)]
pub struct Means<'a> {
    /// The object store.
    pub blobs: &'a Blobs,
    /// The key of the log.
    pub log: &'a Verifier,
    /// Keys that may sign the journal.
    pub journal: &'a [Verifier],
    /// A checkpoint that was kept outside.
    pub outside: Option<&'a str>,
}

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Findings {
    /// Lines of the journal.
    pub commits: u64,
    /// Of these, sealed.
    pub sealed: u64,
    /// Rows of evidence.
    pub rows: u64,
    /// The checkpoint of the log.
    pub checkpoint: Option<String>,
    /// How many things are wrong.
    pub found: u64,
    /// The first of them, each a sentence.
    pub damages: Vec<String>,
}

/// A line of the journal.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Line {
    pub tx: i64,
    at: Timestamp,
    pub note: String,
    pub marks: Vec<u8>,
}

impl Line {
    /// The lines after a transaction.
    pub(super) async fn after(connection: &mut sqlx::PgConnection, tx: i64, most: i64) -> Result<Vec<Self>, Error> {
        sqlx::query_as(LINES).bind(tx).bind(most).fetch_all(connection).await.map_err(Error::database("reading the journal"))
    }

    /// What it says, whoever signed it.
    pub(super) fn commit(&self) -> Option<Commit> {
        Commit::parse(Note::parse(&self.note).ok()?.text)
    }
}

impl Findings {
    fn name(&mut self, damage: impl FnOnce() -> String) {
        self.found += 1;
        if self.damages.len() < MOST_DAMAGES {
            self.damages.push(damage());
        }
    }

    /// Whether nothing is wrong.
    pub fn hold(&self) -> bool {
        self.found == 0
    }
}

/// Compares everything.
pub async fn verify(database: &Database, means: &Means<'_>) -> Result<Findings, Error> {
    let failed = || Error::database("opening a snapshot");
    let mut snapshot = database.pool().begin_with(SNAPSHOT).await.map_err(failed())?;
    sqlx::query(PATIENCE).execute(&mut *snapshot).await.map_err(failed())?;
    let mut findings = Findings::default();
    let position = Position::read(&mut snapshot).await?;
    let mut log = Sealed::open(means, position, &mut findings).await?;
    let mut after = 0;
    loop {
        let lines = Line::after(&mut snapshot, after, WINDOW).await?;
        let upto = if lines.len() < usize::try_from(WINDOW).expect("small") { i64::MAX } else { lines[lines.len() - 1].tx };
        let mut written: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for table in TABLES {
            for (tx, row) in rows(&mut snapshot, table, after - i64::from(after == 0), upto).await? {
                written.entry(tx).or_default().push(row);
                findings.rows += 1;
            }
        }
        for line in &lines {
            findings.commits += 1;
            log.compare(line, &mut findings).await?;
            compare(line, &written.remove(&line.tx).unwrap_or_default(), means, &mut findings);
        }
        for (tx, strangers) in &written {
            for row in strangers {
                findings.name(|| format!("{} was inserted: no line of the journal is of its transaction {tx}", row.name()));
            }
        }
        if upto == i64::MAX {
            break;
        }
        after = upto;
    }
    log.close(&mut findings).await?;
    snapshot.rollback().await.map_err(Error::database("closing the snapshot"))?;
    Ok(findings)
}

/// One commit: its signature, and its rows against its roots.
fn compare(line: &Line, rows: &[Row], means: &Means<'_>, findings: &mut Findings) {
    let tx = line.tx;
    let signed = Note::parse(&line.note).and_then(|note| note.by(means.journal));
    if let Err(error) = &signed {
        findings.name(|| format!("the journal's line of transaction {tx} is forged: {error}"));
    }
    let Some(commit) = line.commit() else {
        return findings.name(|| format!("the journal's line of transaction {tx} is not readable"));
    };
    if (commit.tx, commit.at) != (tx, line.at) {
        findings.name(|| format!("the journal's line of transaction {} stands at transaction {tx}", commit.tx));
    }
    let mut groups = grouped(rows.iter().collect());
    let mut marks = line.marks.chunks_exact(MARK_BYTES);
    for group in &commit.groups {
        let count = usize::try_from(group.rows).unwrap_or(usize::MAX);
        let of_group: Vec<&[u8]> = marks.by_ref().take(count).collect();
        let rows = groups.remove(&group.tranche).unwrap_or_default();
        let hashes: Vec<_> = rows.iter().map(|row| row.hash()).collect();
        if hashes.len() as u64 != group.rows || tlog::root(&hashes) != group.root {
            name_rows(&format!("transaction {tx} of {}", commit.writer), group.tranche, &rows, &of_group, findings);
        }
    }
    for row in groups.values().flatten() {
        findings.name(|| format!("{} was inserted or moved into transaction {tx} of {}", row.name(), commit.writer));
    }
}

/// Which rows of a group are not what they were, by their marks.
fn name_rows(of: &str, tranche: i32, rows: &[&Row], marks: &[&[u8]], findings: &mut Findings) {
    let before = findings.found;
    let mut left: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for mark in marks {
        left.entry(&mark[..4]).or_default().push(&mark[4..]);
    }
    for row in rows {
        let mark = row.mark();
        let Some(known) = left.get_mut(&mark[..4]).filter(|known| !known.is_empty()) else {
            findings.name(|| format!("{} was inserted or moved into {of}", row.name()));
            continue;
        };
        let at = known.iter().position(|digest| *digest == &mark[4..]);
        if at.is_none() {
            findings.name(|| format!("{} was changed since {of}", row.name()));
        }
        known.swap_remove(at.unwrap_or(0));
    }
    let missing: usize = left.values().map(Vec::len).sum();
    if missing > 0 {
        let keys: Vec<String> = left.iter().filter(|(_, rows)| !rows.is_empty()).map(|(key, _)| hex::encode(key)).take(8).collect();
        findings.name(|| format!("{missing} rows of {of}, tranche {tranche}, were deleted or moved away (keys {})", keys.join(" ")));
    }
    if findings.found == before {
        findings.name(|| format!("the rows of {of}, tranche {tranche}, are not what its note says"));
    }
}

/// The log, entry by entry, beside the journal.
struct Sealed<'a> {
    means: &'a Means<'a>,
    position: Option<Position>,
    edge: Edge,
    size: u64,
    next: u64,
    tiles: Box<dyn Iterator<Item = Tile> + Send>,
    /// Entries of the tile at hand, with their transactions.
    entries: std::vec::IntoIter<Vec<u8>>,
    waiting: Option<(i64, Vec<u8>)>,
}

impl<'a> Sealed<'a> {
    async fn open(means: &'a Means<'a>, position: Option<Position>, findings: &mut Findings) -> Result<Self, Error> {
        let mut heads = Vec::new();
        let shown = log::shown(means.blobs).await?;
        let stored = position.as_ref().map(|position| position.checkpoint.clone());
        for (whose, note) in [("the database", &stored), ("the object store", &shown)] {
            let Some(note) = note else { continue };
            match log::checkpoint_of(note, means.log) {
                Ok(checkpoint) => heads.push((checkpoint, note.clone())),
                Err(error) => findings.name(|| format!("the checkpoint of {whose} is forged: {error}")),
            }
        }
        let outside = match means.outside.map(|note| log::checkpoint_of(note, means.log)).transpose() {
            Ok(outside) => outside,
            Err(error) => {
                findings.name(|| format!("the checkpoint from outside does not count: {error}"));
                None
            }
        };
        let (known, of_store) = (position.as_ref().map_or(0, Position::size), shown.is_some());
        heads.sort_by_key(|(checkpoint, _)| checkpoint.size);
        let size = heads.last().map_or(0, |(checkpoint, _)| checkpoint.size);
        if size > known {
            findings.name(|| format!("the database was rolled back: it knows {known} sealed entries, and the log shows {size}"));
        } else if size > 0 && !of_store {
            findings.name(|| "the object store shows no checkpoint".to_owned());
        }
        for (checkpoint, _) in &heads {
            prove(means, checkpoint, "the log", findings).await;
        }
        if let Some(outside) = &outside {
            if outside.size > size {
                let outside = outside.size;
                findings
                    .name(|| format!("the log was rolled back: a checkpoint from outside has {outside} entries, and the log has {size}"));
            } else {
                prove(means, outside, "the log, since the checkpoint from outside,", findings).await;
            }
        }
        findings.checkpoint = heads.pop().map(|(_, note)| note);
        findings.sealed = size;
        let tiles = Box::new(log::leaf_tiles(size));
        Ok(Self { means, position, edge: Edge::default(), size, next: 0, tiles, entries: Vec::new().into_iter(), waiting: None })
    }

    /// The next entry of the log with its transaction.
    async fn entry(&mut self, findings: &mut Findings) -> Result<Option<(i64, Vec<u8>)>, Error> {
        loop {
            if let Some(entry) = self.entries.next() {
                let text =
                    std::str::from_utf8(&entry).ok().and_then(|note| Note::parse(note).ok()).and_then(|note| Commit::parse(note.text));
                let number = self.next;
                self.next += 1;
                self.edge.push(tlog::leaf(&entry));
                if let Some(commit) = text {
                    return Ok(Some((commit.tx, entry)));
                }
                findings.name(|| format!("entry {number} of the log is not readable"));
                continue;
            }
            let Some(tile) = self.tiles.next() else { return Ok(None) };
            match (log::entries(self.means.blobs, tile).await, log::tile(self.means.blobs, tile).await) {
                (Ok(entries), Ok(hashes)) => {
                    let first = tile.index * tlog::TILE_WIDTH;
                    for (number, _) in (first..).zip(entries.iter().zip(&hashes)).filter(|(_, (entry, hash))| tlog::leaf(entry) != **hash) {
                        findings.name(|| format!("entry {number} of the log is not the one in its tile"));
                    }
                    self.entries = entries.into_iter();
                }
                (Err(error), _) | (_, Err(error)) => findings.name(|| format!("the log is damaged: {error}")),
            }
        }
    }

    /// A line of the journal must be the next entry.
    async fn compare(&mut self, line: &Line, findings: &mut Findings) -> Result<(), Error> {
        loop {
            if self.waiting.is_none() {
                self.waiting = self.entry(findings).await?;
            }
            match &self.waiting {
                Some((tx, _)) if *tx < line.tx => {
                    let (tx, _) = self.waiting.take().expect("looked at above");
                    findings.name(|| format!("the journal's line of transaction {tx} was deleted: the log has it"));
                }
                Some((tx, entry)) if *tx == line.tx => {
                    if entry != line.note.as_bytes() {
                        findings.name(|| format!("the journal's line of transaction {} was changed after it was sealed", line.tx));
                    }
                    self.waiting = None;
                    return Ok(());
                }
                _ => {
                    if self.position.as_ref().is_some_and(|position| line.tx <= position.tx) {
                        findings.name(|| format!("the journal's line of transaction {} was inserted: the log does not have it", line.tx));
                    }
                    return Ok(());
                }
            }
        }
    }

    /// What the log has beyond the journal, and whether its entries make its head.
    async fn close(mut self, findings: &mut Findings) -> Result<(), Error> {
        loop {
            let Some((tx, _)) = self.waiting.take() else {
                self.waiting = self.entry(findings).await?;
                if self.waiting.is_none() {
                    break;
                }
                continue;
            };
            findings.name(|| format!("the journal's line of transaction {tx} was deleted: the log has it"));
        }
        let note = findings.checkpoint.clone();
        if let Some(head) = note.and_then(|note| log::checkpoint_of(&note, self.means.log).ok())
            && (self.edge.size, self.edge.root()) != (head.size, head.root)
        {
            findings.name(|| format!("the entries of the log do not make its checkpoint of {} entries", self.size));
        }
        Ok(())
    }
}

/// Whether the tiles of the log make a checkpoint.
async fn prove(means: &Means<'_>, checkpoint: &Checkpoint, what: &str, findings: &mut Findings) {
    match log::edge(means.blobs, checkpoint.size).await {
        Ok(edge) if edge.root() == checkpoint.root => {}
        Ok(_) => findings.name(|| format!("{what} was rewritten: its tiles do not make the checkpoint of {} entries", checkpoint.size)),
        Err(error) => findings.name(|| format!("{what} is damaged: {error}")),
    }
}
