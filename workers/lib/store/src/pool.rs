//! The pool, and a transaction in the role of a stage.
//!
//! sqlx 0.9.0 can leave a pooled connection inside a transaction when a `begin()` future is dropped half way (transact-rs/sqlx #4385); the
//! next user's autocommit write would then report success and be lost. So every connection that comes back is told `BEGIN; ROLLBACK`, which
//! ends a leaked transaction and is silent otherwise, and PostgreSQL ends idle transactions by itself.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::FutureExt;
use salur_domain::{StageName, evidence::Row, note::Signer};
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{Error, Timestamp, journal, status};

/// Longest wait for a free connection before the database counts as down.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../../schemas/migrations");

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    journal: Option<Arc<Signer>>,
}

/// A transaction. Dropped without [`Tx::commit`] it rolls back.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    /// The transaction's moment by the database's clock: `now()` of every row it writes.
    pub now: Timestamp,
    writer: StageName,
    journal: Option<Arc<Signer>>,
    evidence: Vec<Row>,
    /// Rows of evidence at the last [`Tx::mark`].
    marked: usize,
    /// Tables of evidence whose lines are made of what they hold when it commits.
    written: BTreeSet<&'static str>,
}

impl Database {
    /// Connects, with at most `connections` connections.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, Error> {
        // A generic plan made while tables were empty once cost 50x; batch statements are planned for what they see.
        let options: PgConnectOptions = url.parse().map_err(Error::database("reading database.url"))?;
        let options = options.application_name("salur").options([
            ("plan_cache_mode", "force_custom_plan"),
            ("idle_in_transaction_session_timeout", "60s"),
            ("jit", "off"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_release(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql("BEGIN; ROLLBACK").execute(&mut *connection).await?;
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(Error::database("connecting"))?;
        Ok(Self { pool, journal: None })
    }

    /// The same database, with the key that signs the journal: evidence cannot be committed without.
    #[must_use]
    pub fn journaling(self, signer: Signer) -> Self {
        Self { journal: Some(Arc::new(signer)), ..self }
    }

    /// Applies the migrations that are missing.
    pub async fn migrate(&self) -> Result<(), Error> {
        MIGRATOR.run(&self.pool).await.map_err(Error::Migrate)
    }

    /// Opens a transaction in the role of a stage: what it may not write, PostgreSQL refuses.
    pub async fn begin_as(&self, stage: StageName) -> Result<Tx, Error> {
        self.begin_in_role(&format!("salur_stage_{}", stage.replace('-', "_")), stage).await
    }

    /// Opens a transaction of the portal.
    pub async fn begin_portal(&self) -> Result<Tx, Error> {
        self.begin_in_role("salur_portal", "portal").await
    }

    /// Opens a transaction that reads the drawer of one teller at one pay point, and reaches nothing else.
    pub async fn begin_drawer(&self, teller: &str, pay_point: &str) -> Result<Tx, Error> {
        let mut tx = self.begin_in_role("salur_teller", "portal").await?;
        let said = sqlx::query("SELECT set_config('salur.teller', $1, true), set_config('salur.pay_point', $2, true)")
            .bind(teller)
            .bind(pay_point);
        said.execute(tx.connection()).await.map_err(Error::database("saying whose drawer is read"))?;
        Ok(tx)
    }

    /// Opens a transaction of the portal that sees one moment of the whole database and writes nothing.
    pub async fn snapshot_portal(&self) -> Result<Tx, Error> {
        let inner = self.pool.begin_with(status::SNAPSHOT).await.map_err(Error::database("beginning a snapshot"))?;
        self.in_role(inner, "salur_portal", "portal").await
    }

    /// Opens a transaction of the sender of webhooks.
    pub async fn begin_webhooks(&self) -> Result<Tx, Error> {
        self.begin_in_role("salur_webhooks", "webhooks").await
    }

    /// Opens a transaction of the sealer.
    pub async fn begin_sealer(&self) -> Result<Tx, Error> {
        self.begin_in_role("salur_sealer", "sealer").await
    }

    /// Opens a transaction in the role of whoever logged in: setup, verify, the tally folder.
    pub async fn begin(&self) -> Result<Tx, Error> {
        self.begin_in_role("none", "operator").await
    }

    async fn begin_in_role(&self, role: &str, writer: StageName) -> Result<Tx, Error> {
        let inner = self.pool.begin().boxed().await.map_err(Error::database("beginning a transaction"))?;
        self.in_role(inner, role, writer).await
    }

    async fn in_role(&self, mut inner: Transaction<'static, Postgres>, role: &str, writer: StageName) -> Result<Tx, Error> {
        let now = sqlx::query_scalar("SELECT now() FROM (SELECT set_config('role', $1, true)) AS role")
            .bind(role)
            .fetch_one(&mut *inner)
            .boxed()
            .await
            .map_err(Error::database("taking the role of the stage"))?;
        Ok(Tx { inner, now, writer, journal: self.journal.clone(), evidence: Vec::new(), marked: 0, written: BTreeSet::new() })
    }

    /// The pool itself: for reads that need no transaction, inside this crate.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop).map_err(Error::database("asking the database"))
    }

    /// Waits for all connections to come back, then closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Tx {
    /// Makes it durable, with its line in the journal if it wrote evidence.
    pub async fn commit(mut self) -> Result<(), Error> {
        let (rows, tables) = (std::mem::take(&mut self.evidence), std::mem::take(&mut self.written));
        if !rows.is_empty() || !tables.is_empty() {
            let (signer, writer) = (self.journal.clone(), self.writer);
            journal::write(&mut self, signer.as_deref(), writer, rows, &tables).await?;
        }
        self.inner.commit().await.map_err(Error::database("committing"))
    }

    /// Marks a point to which [`Tx::undo`] goes back.
    pub async fn mark(&mut self) -> Result<(), Error> {
        self.marked = self.evidence.len();
        sqlx::raw_sql("SAVEPOINT mark").execute(self.connection()).await.map(drop).map_err(Error::database("marking a point"))
    }

    /// Undoes what was written since [`Tx::mark`].
    pub async fn undo(&mut self) -> Result<(), Error> {
        self.evidence.truncate(self.marked);
        sqlx::raw_sql("ROLLBACK TO SAVEPOINT mark").execute(self.connection()).await.map(drop).map_err(Error::database("undoing"))
    }

    /// Remembers a row of evidence that this transaction wrote; to be called where its table is written.
    pub(crate) fn evidence(&mut self, row: Row) {
        self.evidence.push(row);
    }

    /// Says that this transaction wrote rows into a table of evidence, which are read back when it commits. For tables of a few rows; those that grow with
    /// families hand their rows over ([`Tx::evidence`]).
    pub(crate) fn wrote(&mut self, table: &'static str) {
        self.written.insert(table);
    }

    /// The connection inside, for repositories. They stand in this crate; no worker depends on sqlx.
    pub fn connection(&mut self) -> &mut sqlx::PgConnection {
        &mut self.inner
    }
}
