//! What leaves the machine: the evidence of one tranche with everything that shows that nothing of it is missing, and the proof of one payment.
//!
//! An export holds the checkpoint, every entry of the log under it, and the rows of the tranche. An entry names how many rows of each tranche its
//! transaction wrote and their root: so an entry that is left out is missing from the tree, and a row that is left out from its entry, while of other
//! tranches nothing is told but how many rows they have. `docs/evidence.md` says how the files look. Bounds: the rows of one tile of entries in memory.

use std::collections::{BTreeMap, HashMap};

use salur_domain::{
    PaymentId, TrancheId,
    evidence::{Commit, MARK_BYTES, Row, grouped},
    note::{Note, Verifier},
    tlog::{self, Hash},
};
use serde::Serialize;

use super::{
    TABLES,
    audit::Line,
    log::{self, Position},
    rows, rows_of_payment,
};
use crate::{Blobs, Database, Error, sql, status::SNAPSHOT};

sql! {
    TRANCHE = "SELECT id FROM tranches WHERE code = $1";
    TRANCHE_OF = "SELECT tranche FROM payments WHERE id = $1 AND tranche = ANY(ARRAY(SELECT id FROM tranches)) LIMIT 1";
    NUMBER = "SELECT count(*) FROM journal WHERE tx < $1";
    PATIENCE = "SELECT set_config('idle_in_transaction_session_timeout', '0', true)";
}

/// Takes the parts of an export: bytes to append to the file of a path.
pub type Sink<'a> = dyn FnMut(&str, &[u8]) -> std::io::Result<()> + Send + 'a;

/// What an export holds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Exported {
    /// Number of the tranche.
    pub tranche: i32,
    /// Entries of the log.
    pub entries: u64,
    /// Rows of the tranche.
    pub rows: u64,
}

/// Stands for the rows that belong to no tranche.
pub const NO_TRANCHE: TrancheId = TrancheId(0);

/// The tranche of a code.
pub async fn tranche(database: &Database, code: &str) -> Result<Option<TrancheId>, Error> {
    let found: Option<i32> =
        sqlx::query_scalar(TRANCHE).bind(code).fetch_optional(database.pool()).await.map_err(Error::database("finding a tranche"))?;
    Ok(found.map(TrancheId))
}

/// Exports a tranche as it was sealed; none before the first seal.
pub async fn export(database: &Database, blobs: &Blobs, tranche: TrancheId, sink: &mut Sink<'_>) -> Result<Option<Exported>, Error> {
    let failed = || Error::database("opening a snapshot");
    let mut snapshot = database.pool().begin_with(SNAPSHOT).await.map_err(failed())?;
    sqlx::query(PATIENCE).execute(&mut *snapshot).await.map_err(failed())?;
    let Some(position) = Position::read(&mut snapshot).await? else { return Ok(None) };
    let mut exported = Exported { tranche: tranche.0, entries: position.size(), rows: 0 };
    write(sink, "checkpoint", position.checkpoint.as_bytes())?;
    let mut after = -1;
    for tile in log::leaf_tiles(position.size()) {
        let entries = log::entries(blobs, tile).await?;
        write(sink, &tile.entries_path(), &log::bundle(&entries))?;
        let last = entries.last().and_then(|entry| commit(entry)).ok_or_else(|| Error::invariant("an entry of the log is not readable"))?;
        let mut of_tranche: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for table in TABLES {
            for (tx, row) in rows(&mut snapshot, table, after, last.tx).await? {
                if row.tranches().contains(&tranche.0) {
                    of_tranche.entry(tx).or_default().push(row);
                }
            }
        }
        let marks = Line::after(&mut snapshot, after, i64::try_from(tile.width).expect("at most 256")).await?;
        let marks: HashMap<i64, Vec<u8>> = marks.iter().filter_map(|line| Some((line.tx, marks_of(line, tranche)?))).collect();
        for (tx, mut rows) in of_tranche {
            rows.sort_unstable();
            exported.rows += rows.len() as u64;
            let lines: Vec<String> = rows.iter().map(|row| format!("{tx}\t{}\n", row.line())).collect();
            write(sink, "rows", lines.concat().as_bytes())?;
        }
        let mut numbers: Vec<&i64> = marks.keys().collect();
        numbers.sort_unstable();
        let lines: Vec<String> = numbers.into_iter().map(|tx| format!("{tx} {}\n", hex::encode(&marks[tx]))).collect();
        write(sink, "marks", lines.concat().as_bytes())?;
        after = last.tx;
    }
    snapshot.rollback().await.map_err(Error::database("closing the snapshot"))?;
    Ok(Some(exported))
}

fn write(sink: &mut Sink<'_>, path: &str, bytes: &[u8]) -> Result<(), Error> {
    sink(path, bytes).map_err(|error| Error::Object { what: "writing the export", source: Box::new(error) })
}

fn commit(entry: &[u8]) -> Option<Commit> {
    Commit::parse(Note::parse(std::str::from_utf8(entry).ok()?).ok()?.text)
}

/// The marks of a commit's rows of one tranche.
fn marks_of(line: &Line, tranche: TrancheId) -> Option<Vec<u8>> {
    let commit = line.commit()?;
    let at = commit.groups.iter().position(|group| group.tranche == tranche.0)?;
    let rows = |groups: &[salur_domain::evidence::Group]| groups.iter().map(|group| group.rows).sum::<u64>();
    let bytes = |rows: u64| usize::try_from(rows).ok().and_then(|rows| rows.checked_mul(MARK_BYTES));
    let (from, upto) = (bytes(rows(&commit.groups[..at]))?, bytes(rows(&commit.groups[..=at]))?);
    line.marks.get(from..upto).map(<[u8]>::to_vec)
}

/// The proof of a row: from its line to the checkpoint.
#[derive(Debug, Clone, Serialize)]
pub struct Proven {
    /// The line, of which the hash is that of a leaf.
    pub row: String,
    /// Tranche of the group.
    pub tranche: i32,
    /// Place among the rows of the group.
    pub index: usize,
    /// Siblings from the row to the root of the group, in hexadecimal digits.
    pub path: Vec<String>,
    /// The commit, as its writer signed it.
    pub commit: String,
    /// Place of the commit in the log.
    pub entry: u64,
    /// Siblings from the commit to the root of the log.
    pub entry_path: Vec<String>,
}

/// What a payment rests on.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// The checkpoint to which everything leads.
    pub checkpoint: String,
    /// Row by row, in the order of transactions.
    pub rows: Vec<Proven>,
    /// Rows whose transactions are not sealed yet.
    pub unsealed: Vec<String>,
}

/// Proves every row of a payment; none where there is no such payment or no seal. An error where a row is not what was sealed.
pub async fn prove(database: &Database, blobs: &Blobs, log_key: &Verifier, payment: PaymentId) -> Result<Option<Proof>, Error> {
    let failed = || Error::database("proving a payment");
    let mut snapshot = database.pool().begin_with(SNAPSHOT).await.map_err(failed())?;
    sqlx::query(PATIENCE).execute(&mut *snapshot).await.map_err(failed())?;
    let tranche: Option<i32> = sqlx::query_scalar(TRANCHE_OF).bind(payment.0).fetch_optional(&mut *snapshot).await.map_err(failed())?;
    let (Some(tranche), Some(position)) = (tranche, Position::read(&mut snapshot).await?) else { return Ok(None) };
    let head = log::checkpoint_of(&position.checkpoint, log_key)?;
    let mut proof = Proof { checkpoint: position.checkpoint.clone(), rows: Vec::new(), unsealed: Vec::new() };
    let mut wanted: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for table in TABLES {
        for (tx, row) in rows_of_payment(&mut snapshot, table, tranche, payment).await? {
            wanted.entry(tx).or_default().push(row);
        }
    }
    for (tx, of_payment) in wanted {
        if tx > position.tx {
            proof.unsealed.extend(of_payment.iter().map(Row::name));
            continue;
        }
        let line = Line::after(&mut snapshot, tx - 1, 1).await?.pop().filter(|line| line.tx == tx);
        let line = line.ok_or_else(|| Error::invariant(format!("no line of the journal is of transaction {tx}")))?;
        let number: i64 = sqlx::query_scalar(NUMBER).bind(tx).fetch_one(&mut *snapshot).await.map_err(failed())?;
        let entry = u64::try_from(number).expect("a count is not negative");
        let entry_path = log::path(blobs, entry, head.size).await?;
        if tlog::climb(tlog::leaf(line.note.as_bytes()), entry, head.size, &entry_path) != Some(head.root) {
            return Err(Error::invariant(format!("the line of transaction {tx} is not what was sealed")));
        }
        let mut written = Vec::new();
        for table in TABLES {
            written.extend(rows(&mut snapshot, table, tx - 1, tx).await?.into_iter().map(|(_, row)| row));
        }
        let group = grouped(written.iter().collect()).remove(&tranche).unwrap_or_default();
        let hashes: Vec<Hash> = group.iter().map(|row| row.hash()).collect();
        let root =
            line.commit().and_then(|commit| commit.groups.into_iter().find(|group| group.tranche == tranche)).map(|group| group.root);
        if root != Some(tlog::root(&hashes)) {
            return Err(Error::invariant(format!("the rows of transaction {tx} are not what was sealed; see salur audit verify")));
        }
        for row in of_payment {
            let index = group.iter().position(|known| **known == row).ok_or_else(|| Error::invariant("a row is in its transaction"))?;
            let path = texts(&tlog::path(&hashes, index));
            let (commit, entry_path) = (line.note.clone(), texts(&entry_path));
            proof.rows.push(Proven { row: row.line().to_owned(), tranche, index, path, commit, entry, entry_path });
        }
    }
    snapshot.rollback().await.map_err(failed())?;
    Ok(Some(proof))
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}
