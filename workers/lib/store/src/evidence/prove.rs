//! Rows of evidence led to the sealed root: what a payment rests on, and what a capture is.
//!
//! What the database knows is gathered in one snapshot: the rows of each transaction, its line in the journal, and where that line stands in the log, which the
//! heads tell (a head names the last transaction under it, so that only the lines of one round are counted). The snapshot ends before the object store is
//! asked for the paths. A row that is not what was sealed is an error that says which. [`check`] believes nothing of this: it takes a proof and public keys
//! alone, as somebody outside does. Bounds: the rows of one transaction of a payment or a capture in memory.

use std::collections::BTreeMap;

use salur_domain::{
    CaptureId, PaymentId,
    evidence::{Commit, Row, grouped},
    note::{Note, Verifier},
    tlog::{self, Checkpoint, Hash},
};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    TABLES,
    audit::Line,
    export::NO_TRANCHE,
    log::{self, Position},
    rows, rows_of_capture, rows_of_payment,
};
use crate::{Blobs, Database, Error, Timestamp, Tx, sql, status::SNAPSHOT};

/// What a capture itself is: written by one transaction.
pub const OF_CAPTURE: &[&str] = &["proofs", "findings"];
/// What a case rests on besides.
pub const OF_CASE: &[&str] =
    &["claims", "proofs", "findings", "hand_overs", "proof_reviews", "photo_destructions", "photo_requests", "photo_answers"];
/// Evidence that is of no tranche is in no proof, and its table is not read.
const AUDIT: &str = "audit";

sql! {
    TRANCHE_OF = "SELECT tranche FROM payments WHERE id = $1 AND tranche = ANY(ARRAY(SELECT id FROM tranches)) LIMIT 1";
    // the head before counts what is under it; only the lines of the round after it are counted here
    NUMBER = "SELECT coalesce(h.size, 0) + (SELECT count(*) FROM journal WHERE tx < $1 AND tx > coalesce(h.tx, -1))
        FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT size, tx FROM seals WHERE tx < $1 ORDER BY tx DESC LIMIT 1) AS h ON true";
    IS_OLDER = "SELECT coalesce((SELECT tx = 0 FROM proofs WHERE capture = $1), false)";
    SEALED_AT = "SELECT sealed_at FROM seals WHERE tx >= $1 ORDER BY tx LIMIT 1";
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
    /// When the first head over it was signed.
    pub sealed_at: Timestamp,
}

/// What a payment or a case rests on.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    /// The checkpoint to which everything leads.
    pub checkpoint: String,
    /// Row by row, in the order of transactions.
    pub rows: Vec<Proven>,
    /// Rows whose transactions are not sealed yet, or are older than the journal.
    pub unsealed: Vec<String>,
}

/// A transaction as the database remembers it.
struct Written {
    tx: i64,
    note: String,
    entry: u64,
    sealed_at: Timestamp,
    /// Rows wanted, each with the rows of its group.
    rows: Vec<(Row, i32, Vec<Hash>)>,
}

/// Proves every row of a payment, in the role of whoever logged in; none where there is no such payment or no seal.
pub async fn of_payment(database: &Database, blobs: &Blobs, log_key: &Verifier, payment: PaymentId) -> Result<Option<Proof>, Error> {
    let failed = || Error::database("proving a payment");
    let mut snapshot = database.pool().begin_with(SNAPSHOT).await.map_err(failed())?;
    let tranche: Option<i32> = sqlx::query_scalar(TRANCHE_OF).bind(payment.0).fetch_optional(&mut *snapshot).await.map_err(failed())?;
    let (Some(tranche), Some(position)) = (tranche, Position::read(&mut snapshot).await?) else { return Ok(None) };
    let mut wanted = Wanted::new();
    for table in TABLES {
        for (tx, row) in rows_of_payment(&mut snapshot, table, tranche, payment).await? {
            wanted.entry(tx).or_default().push((row, tranche));
        }
    }
    let (written, unsealed) = gather(&mut snapshot, wanted, &position).await?;
    snapshot.rollback().await.map_err(failed())?;
    lead(blobs, Some(log_key), position.checkpoint, written, unsealed).await.map(Some)
}

/// Proves rows of a capture, of some tables, in the role of the portal; none where nothing was sealed yet. Without the key of the log its signature is not
/// checked.
pub async fn of_capture(
    database: &Database,
    blobs: &Blobs,
    log_key: Option<&Verifier>,
    capture: CaptureId,
    tables: &[&str],
) -> Result<Option<Proof>, Error> {
    let mut snapshot = database.snapshot_portal().await?;
    let Some(position) = Position::read(snapshot.connection()).await? else { return Ok(None) };
    let mut wanted = Wanted::new();
    for table in TABLES.iter().filter(|table| tables.contains(&table.name)) {
        for (tx, row) in rows_of_capture(snapshot.connection(), table, capture).await? {
            let tranche = row.tranches().first().copied().unwrap_or(NO_TRANCHE.0);
            wanted.entry(tx).or_default().push((row, tranche));
        }
    }
    let (written, unsealed) = gather(snapshot.connection(), wanted, &position).await?;
    drop(snapshot);
    lead(blobs, log_key, position.checkpoint, written, unsealed).await.map(Some)
}

/// Whether a capture was judged before there was a journal.
pub async fn is_older(tx: &mut Tx, capture: CaptureId) -> Result<bool, Error> {
    sqlx::query_scalar(IS_OLDER).bind(capture.0).fetch_one(tx.connection()).await.map_err(Error::database("looking for a capture"))
}

/// Rows by the transaction that wrote them, each with the tranche in whose group it is proved.
type Wanted = BTreeMap<i64, Vec<(Row, i32)>>;

/// What the database remembers of the transactions of these rows, and the names of rows that are not sealed.
async fn gather(connection: &mut PgConnection, wanted: Wanted, position: &Position) -> Result<(Vec<Written>, Vec<String>), Error> {
    let failed = || Error::database("gathering evidence");
    let (mut written, mut unsealed) = (Vec::new(), Vec::new());
    for (tx, of_tx) in wanted {
        // rows that are older than the journal have 0
        if tx > position.tx || tx == 0 {
            unsealed.extend(of_tx.iter().map(|(row, _)| row.name()));
            continue;
        }
        let line = Line::after(connection, tx - 1, 1).await?.pop().filter(|line| line.tx == tx);
        let line = line.ok_or_else(|| Error::invariant(format!("no line of the journal is of transaction {tx}")))?;
        let number: i64 = sqlx::query_scalar(NUMBER).bind(tx).fetch_one(&mut *connection).await.map_err(failed())?;
        let sealed_at = sqlx::query_scalar(SEALED_AT).bind(tx).fetch_one(&mut *connection).await.map_err(failed())?;
        let mut all = Vec::new();
        for table in TABLES.iter().filter(|table| table.name != AUDIT) {
            all.extend(rows(connection, table, tx - 1, tx).await?.into_iter().map(|(_, row)| row));
        }
        let commit = line.commit().ok_or_else(|| Error::invariant(format!("the line of transaction {tx} is no commit")))?;
        let rows = of_tx.into_iter().map(|(row, tranche)| grouped_as_sealed(&commit, &all, row, tranche)).collect::<Result<_, _>>()?;
        let entry = u64::try_from(number).expect("a count is not negative");
        written.push(Written { tx, note: line.note, entry, sealed_at, rows });
    }
    Ok((written, unsealed))
}

/// A row with the hashes of its group, which make the root that its commit names.
fn grouped_as_sealed(commit: &Commit, all: &[Row], row: Row, tranche: i32) -> Result<(Row, i32, Vec<Hash>), Error> {
    let group = grouped(all.iter().collect()).remove(&tranche).unwrap_or_default();
    let hashes: Vec<Hash> = group.iter().map(|row| row.hash()).collect();
    let sealed = commit.groups.iter().find(|group| group.tranche == tranche).map(|group| group.root);
    if sealed == Some(tlog::root(&hashes)) {
        return Ok((row, tranche, hashes));
    }
    Err(Error::invariant(format!("the rows of transaction {} are not what was sealed; see salur audit verify", commit.tx)))
}

/// Leads gathered rows to the checkpoint.
async fn lead(
    blobs: &Blobs,
    log_key: Option<&Verifier>,
    checkpoint: String,
    written: Vec<Written>,
    unsealed: Vec<String>,
) -> Result<Proof, Error> {
    let head = match log_key {
        Some(key) => log::checkpoint_of(&checkpoint, key)?,
        None => unsigned(&checkpoint).ok_or_else(|| Error::invariant("the checkpoint is none"))?,
    };
    let mut proof = Proof { checkpoint, rows: Vec::new(), unsealed };
    for Written { tx, note, entry, sealed_at, rows } in written {
        let entry_path = log::path(blobs, entry, head.size).await?;
        if tlog::climb(tlog::leaf(note.as_bytes()), entry, head.size, &entry_path) != Some(head.root) {
            return Err(Error::invariant(format!("the line of transaction {tx} is not what was sealed")));
        }
        for (row, tranche, hashes) in rows {
            let own = row.hash();
            let index = hashes.iter().position(|hash| *hash == own).ok_or_else(|| Error::invariant("a row is in its transaction"))?;
            let path = texts(&tlog::path(&hashes, index));
            let (commit, entry_path) = (note.clone(), texts(&entry_path));
            proof.rows.push(Proven { row: row.line().to_owned(), tranche, index, path, commit, entry, entry_path, sealed_at });
        }
    }
    Ok(proof)
}

/// What a checkpoint says, whoever signed it.
fn unsigned(checkpoint: &str) -> Option<Checkpoint> {
    Checkpoint::parse(Note::parse(checkpoint).ok()?.text).ok()
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

/// A proof that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The head to which it leads.
    pub head: Checkpoint,
    /// The commit of each row.
    pub commits: Vec<Commit>,
}

/// Checks a proof as somebody outside does: by the page of the format, with nothing but public keys. Signatures of keys that are not known are not checked.
/// What does not hold is said in words.
pub fn check(proof: &Proof, log_key: Option<&Verifier>, journal: Option<&Verifier>) -> Result<Checked, String> {
    let head = match log_key {
        Some(key) => log::checkpoint_of(&proof.checkpoint, key).map_err(|error| error.to_string())?,
        None => unsigned(&proof.checkpoint).ok_or("the checkpoint is none")?,
    };
    let mut commits = Vec::with_capacity(proof.rows.len());
    for row in &proof.rows {
        let name = row.row.split('\t').next().unwrap_or_default();
        let note = Note::parse(&row.commit).map_err(|error| error.to_string())?;
        if let Some(key) = journal {
            note.by(std::slice::from_ref(key)).map_err(|error| format!("the commit of {name}: {error}"))?;
        }
        let commit = Commit::parse(note.text).ok_or_else(|| format!("the commit of {name} is none"))?;
        let group = commit.groups.iter().find(|group| group.tranche == row.tranche).ok_or_else(|| format!("{name} is of no group"))?;
        let (path, entry_path) = (hashes(&row.path), hashes(&row.entry_path));
        if climb(row.row.as_bytes(), row.index as u64, group.rows, path.as_deref()) != Some(group.root) {
            return Err(format!("{name} is not a row of its transaction"));
        }
        if climb(row.commit.as_bytes(), row.entry, head.size, entry_path.as_deref()) != Some(head.root) {
            return Err(format!("the transaction of {name} is not in the log"));
        }
        commits.push(commit);
    }
    Ok(Checked { head, commits })
}

fn climb(bytes: &[u8], index: u64, size: u64, path: Option<&[Hash]>) -> Option<Hash> {
    tlog::climb(tlog::leaf(bytes), index, size, path?)
}

fn hashes(path: &[String]) -> Option<Vec<Hash>> {
    path.iter().map(|digits| hex::decode(digits).ok()?.try_into().ok()).collect()
}
