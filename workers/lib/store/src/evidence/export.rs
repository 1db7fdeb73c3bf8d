//! What leaves the machine: the evidence of one tranche with everything that shows that nothing of it is missing.
//!
//! An export holds the checkpoint, every entry of the log under it, and the rows of the tranche. An entry names how many rows of each tranche its
//! transaction wrote and their root: so an entry that is left out is missing from the tree, and a row that is left out from its entry, while of other
//! tranches nothing is told but how many rows they have. `docs/evidence.md` says how the files look. Bounds: the rows of one tile of entries in memory.

use std::collections::{BTreeMap, HashMap};

use salur_domain::{
    TrancheId,
    evidence::{Commit, MARK_BYTES, Row},
    note::Note,
};
use serde::Serialize;

use super::{
    TABLES,
    audit::Line,
    log::{self, Position},
    rows,
};
use crate::{Blobs, Database, Error, sql, status::SNAPSHOT};

sql! {
    TRANCHE = "SELECT id FROM tranches WHERE code = $1";
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
