//! Lists that came in over HTTP: the first content under a name stands.

use crate::{Database, Error, Timestamp, Tx, sql};

sql! {
    INSERT = "INSERT INTO uploads (source, batch, sha256, tranche, format, bytes, rows, rupiah, actor, mapping, message, message_id, payment_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    READ = "SELECT source, batch, sha256, tranche, format, bytes, rows, rupiah, actor, received_at, mapping, message, message_id, payment_id
        FROM uploads WHERE source = $1 AND batch = $2";
}

/// A list as it came.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Upload {
    /// The upstream system.
    pub source: String,
    /// Its own name for the batch.
    pub batch: String,
    /// Of the bytes.
    pub sha256: Vec<u8>,
    /// Code of the tranche.
    pub tranche: String,
    /// `csv`, ...
    pub format: String,
    /// Size.
    pub bytes: i64,
    /// Rows.
    pub rows: i64,
    /// Sum of their stated amounts.
    pub rupiah: i64,
    /// Who sent it.
    pub actor: String,
    /// When; the database's moment once it is kept.
    pub received_at: Timestamp,
    /// Version of the source's mapping that it was read by.
    pub mapping: Option<i32>,
    /// Of a pain.001: its name and version, `pain.001.001.09`.
    pub message: Option<String>,
    /// Its `MsgId`.
    pub message_id: Option<String>,
    /// Its `PmtInfId`, where it has one payment information alone.
    pub payment_id: Option<String>,
}

/// Keeps an upload, and gives what stands under its name: this one, or the one that came first.
pub async fn keep(tx: &mut Tx, upload: &Upload) -> Result<Upload, Error> {
    let Upload {
        source,
        batch,
        sha256,
        tranche,
        format,
        bytes,
        rows,
        rupiah,
        actor,
        received_at: _,
        mapping,
        message,
        message_id,
        payment_id,
    } = upload;
    let insert = sqlx::query(INSERT).bind(source).bind(batch).bind(sha256).bind(tranche).bind(format).bind(bytes).bind(rows).bind(rupiah);
    let insert = insert.bind(actor).bind(mapping).bind(message).bind(message_id).bind(payment_id);
    insert.execute(tx.connection()).await.map_err(Error::database("keeping an upload"))?;
    sqlx::query_as(READ).bind(source).bind(batch).fetch_one(tx.connection()).await.map_err(Error::database("reading an upload"))
}

/// What came under a name, if anything did.
pub async fn find(database: &Database, source: &str, batch: &str) -> Result<Option<Upload>, Error> {
    let found = sqlx::query_as(READ).bind(source).bind(batch).fetch_optional(database.pool()).await;
    found.map_err(Error::database("reading an upload"))
}
