//! Who did what: written in the same transaction as the change.

use salur_domain::evidence::Row;

use crate::{Error, Tx, evidence::canonical, sql};

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
        .map_err(Error::database("writing the audit record"))?;
    tx.evidence(Row::new("audit", &[]).moment(tx.now).text(actor).text(act).keyed().digest(&canonical(detail)));
    Ok(())
}
