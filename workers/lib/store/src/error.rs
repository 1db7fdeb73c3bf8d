//! What can go wrong in the database or the object store, and what to do about it.

use salur_domain::{Disposed, Disposition};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A statement failed.
    #[error("{what} failed")]
    Database {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: sqlx::Error,
    },
    /// Migrating failed.
    #[error("migrating the database failed")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The object store refused or did not answer.
    #[error("object store: {what} failed")]
    Object {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that must hold does not: nothing was written.
    #[error("invariant broken: {0}")]
    Invariant(String),
    /// Another transaction was first: what it wrote is seen when tried again.
    #[error("{0}: another was first")]
    Raced(&'static str),
    /// Keys do not open what was sealed.
    #[error("sealed data cannot be opened")]
    Sealed(#[source] salur_domain::vault::Error),
}

impl Error {
    /// For `map_err`: names what was tried.
    pub fn database(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { what, source }
    }

    /// For `ok_or_else` and assertions.
    pub fn invariant(what: impl Into<String>) -> Self {
        Self::Invariant(what.into())
    }
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Database { source, .. } => of_database(source),
            Self::Raced(_) => Disposition::Retry,
            Self::Migrate(_) | Self::Object { .. } => Disposition::Down,
            Self::Invariant(_) | Self::Sealed(_) => Disposition::Permanent,
        }
    }
}

/// Class 40 lost a race; 08, 53, 57, 58 and anything without an SQLSTATE of its own is the connection or the server; 42 (no such table, no
/// such grant) is the schema or the code, so every fact would fail alike and the stage waits; the rest is the work.
fn of_database(error: &sqlx::Error) -> Disposition {
    match error {
        sqlx::Error::Database(database) => match database.code().as_deref() {
            Some("40001" | "40P01" | "55P03") => Disposition::Retry,
            Some(code) if ["08", "42", "53", "57", "58"].contains(&&code[..2.min(code.len())]) => Disposition::Down,
            // 25P03/25006: our transaction timed out idle, or the server turned read-only in a fail-over
            Some("25P03" | "25006") => Disposition::Down,
            _ => Disposition::Permanent,
        },
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Disposition::Down
        }
        sqlx::Error::Protocol(_) => Disposition::Down,
        _ => Disposition::Permanent,
    }
}
