//! The sealed row behind a capture, for who may see a NIK whole: counted, and bounded for each actor.
//!
//! Opening it is the caller's, who holds the key, and who records it in the same transaction. Reveals of one actor go one after another, so that none slips
//! past the count.

use salur_domain::{BatchId, CaptureId, PaymentId, RowKey};
use uuid::Uuid;

use crate::{Error, Tx, sql};

/// The act under which the audit has a reveal.
pub const ACT: &str = "nik_revealed";

sql! {
    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7226310042))";
    RECENT = "SELECT count(*) FROM audit WHERE act = 'nik_revealed' AND actor = $1 AND at > now() - interval '1 hour'";
    SEALED = "SELECT p.id, p.batch, p.row, r.sealed, b.data_key FROM proofs f CROSS JOIN unnest(f.tranches, f.payments) AS k(tranche, id)
        JOIN payments p ON p.tranche = k.tranche AND p.id = k.id JOIN recipients r ON r.batch = p.batch AND r.row = p.row JOIN batches b ON b.id = p.batch
        WHERE f.capture = $1 AND left(f.village, length($2)) = $2 ORDER BY p.tranche, p.id LIMIT 1";
}

/// A row of a list, sealed.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The payment it became: the first of the visit, which is of one family.
    pub payment: PaymentId,
    /// Its batch.
    pub batch: BatchId,
    /// Its key in the batch.
    pub row: RowKey,
    /// Personal data, sealed.
    pub sealed: Vec<u8>,
    /// The batch's data key, wrapped; none: it was destroyed.
    pub data_key: Option<Vec<u8>>,
}

/// How often an actor was shown a NIK within the last hour; no other reveal of theirs goes on until this transaction ends.
pub async fn recent(tx: &mut Tx, actor: &str) -> Result<i64, Error> {
    let failed = || Error::database("counting reveals");
    sqlx::query(LOCK).bind(actor).execute(tx.connection()).await.map_err(failed())?;
    sqlx::query_scalar(RECENT).bind(actor).fetch_one(tx.connection()).await.map_err(failed())
}

/// The row behind a capture of a region (empty: the country); none: there is no such capture there.
pub async fn sealed(tx: &mut Tx, capture: CaptureId, region: &str) -> Result<Option<Sealed>, Error> {
    type Found = (Uuid, Uuid, String, Vec<u8>, Option<Vec<u8>>);
    let found: Option<Found> = sqlx::query_as(SEALED)
        .bind(capture.0)
        .bind(region)
        .fetch_optional(tx.connection())
        .await
        .map_err(Error::database("reading the row behind a capture"))?;
    Ok(found.map(|(payment, batch, row, sealed, data_key)| Sealed {
        payment: PaymentId(payment),
        batch: BatchId(batch),
        row: RowKey(row),
        sealed,
        data_key,
    }))
}
