//! The journal: one signed line per transaction that wrote evidence.
//!
//! Rows of evidence are handed to the [`Tx`] where they are written; when it commits, their note is made, signed with a key that is not in the database
//! and inserted, by the role that logged in. Two statements more per commit, however many rows. A transaction that wrote no evidence, as a redelivery,
//! leaves no line. Without a key evidence cannot be committed.

use salur_domain::{
    evidence::{Commit, MOST_GROUPS, Row},
    note::Signer,
};

use crate::{Error, Tx, sql};

sql! {
    NUMBER = "SELECT pg_current_xact_id()::text::bigint FROM (SELECT set_config('role', 'none', true)) AS role";
    WRITE = "INSERT INTO journal (note, marks) VALUES ($1, $2)";
}

/// Writes the line of a transaction that wrote these rows.
pub(crate) async fn write(tx: &mut Tx, signer: Option<&Signer>, writer: &str, rows: &[Row]) -> Result<(), Error> {
    let failed = || Error::database("writing the journal");
    let signer = signer.ok_or_else(|| Error::invariant("evidence was written and keys.journal is not set"))?;
    let number: i64 = sqlx::query_scalar(NUMBER).fetch_one(tx.connection()).await.map_err(failed())?;
    let (commit, marks) = Commit::of(number, writer, tx.now, rows);
    if commit.groups.len() > MOST_GROUPS {
        return Err(Error::invariant(format!("evidence of {} tranches in one transaction", commit.groups.len())));
    }
    sqlx::query(WRITE).bind(signer.sign(&commit.text())).bind(marks).execute(tx.connection()).await.map(drop).map_err(failed())
}
