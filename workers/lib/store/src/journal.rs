//! The journal: one signed line per transaction that wrote evidence.
//!
//! Rows of evidence are handed to the [`Tx`] where they are written, or their table is named there and they are read back; when it commits, their note is
//! made, signed with a key that is not in the database and inserted, by the role that logged in. Two statements more per commit, however many rows, and
//! one for each table named. A transaction that wrote no evidence, as a redelivery, leaves no line. Without a key evidence cannot be committed.

use std::collections::BTreeSet;

use salur_domain::{
    evidence::{Commit, MOST_GROUPS, Row},
    note::Signer,
};

use crate::{
    Error, Tx,
    evidence::{TABLES, rows as rows_of},
    sql,
};

sql! {
    NUMBER = "SELECT pg_current_xact_id()::text::bigint FROM (SELECT set_config('role', 'none', true)) AS role";
    WRITE = "INSERT INTO journal (note, marks) VALUES ($1, $2)";
}

/// Writes the line of a transaction that wrote these rows, and those that it finds in these tables.
pub(crate) async fn write(
    tx: &mut Tx,
    signer: Option<&Signer>,
    writer: &str,
    mut rows: Vec<Row>,
    tables: &BTreeSet<&'static str>,
) -> Result<(), Error> {
    let failed = || Error::database("writing the journal");
    let number: i64 = sqlx::query_scalar(NUMBER).fetch_one(tx.connection()).await.map_err(failed())?;
    for name in tables {
        let table = TABLES.iter().find(|table| table.name == *name).ok_or_else(|| Error::invariant(format!("{name} is no evidence")))?;
        rows.extend(rows_of(tx.connection(), table, number - 1, number).await?.into_iter().map(|(_, row)| row));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let signer = signer.ok_or_else(|| Error::invariant("evidence was written and keys.journal is not set"))?;
    let (commit, marks) = Commit::of(number, writer, tx.now, &rows);
    if commit.groups.len() > MOST_GROUPS {
        return Err(Error::invariant(format!("evidence of {} tranches in one transaction", commit.groups.len())));
    }
    sqlx::query(WRITE).bind(signer.sign(&commit.text())).bind(marks).execute(tx.connection()).await.map(drop).map_err(failed())
}
