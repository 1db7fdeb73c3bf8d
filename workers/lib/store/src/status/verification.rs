//! What stands behind the accounts: a civil registry, or the rules of the NIK alone.

use serde::Serialize;
use sqlx::{Postgres, Transaction};

use crate::{Error, sql};

sql! {
    READ = "SELECT (SELECT count(*) FROM accounts) AS accounts,
        (SELECT count(DISTINCT account) FROM registry_answers WHERE answer = 'confirmed') AS confirmed,
        (SELECT count(*) FROM unverified_payments WHERE waits) AS stopped";
}

/// Accounts and what was asked about them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Verification {
    /// Accounts.
    pub accounts: i64,
    /// Those that a civil registry confirmed; the others are verified structurally only.
    pub confirmed: i64,
    /// Payments that a registry's answer stopped and nobody decided about yet.
    pub stopped: i64,
}

pub(super) async fn read(tx: &mut Transaction<'static, Postgres>) -> Result<Verification, Error> {
    sqlx::query_as(READ).fetch_one(&mut **tx).await.map_err(Error::database("counting accounts"))
}
