//! Who did what: written in the same transaction as the change.

use crate::{Error, Tx, sql};

sql! {
    RECORD = "INSERT INTO audit (actor, act, detail) VALUES ($1, $2, $3)";
}

/// Records an act. `detail` holds no personal data.
pub async fn record(tx: &mut Tx, actor: &str, act: &str, detail: &serde_json::Value) -> Result<(), Error> {
    sqlx::query(RECORD)
        .bind(actor)
        .bind(act)
        .bind(detail)
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(Error::database("writing the audit record"))
}
