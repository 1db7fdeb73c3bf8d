//! The door to a civil registry: whether it knows a person as upstream names them.
//!
//! A [`Question`] lives in memory alone: it is made of a sealed row while a fact is prepared, says nothing when it is printed, and is gone with
//! the answer. What is remembered is the [`Answer`], without personal data. Where no registry is configured nobody is
//! asked, and accounts are verified structurally only.
//!
//! One question without an answer is that person's bad luck and is put off; when [`SILENCE`] in a row had none, the registry itself is down: the stage pauses
//! and burns no more attempts. Bounds: [`Door::at_once`] questions of a process at a time, the adapter's timeout and size of a body.

pub mod http;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::NaiveDate;
use futures::future::BoxFuture;
use salur_domain::{Disposed, Disposition, PaymentId, nik::Nik};
use serde::{Deserialize, Serialize};

/// Questions in a row without an answer, after which the registry counts as down.
pub const SILENCE: u32 = 8;

/// A person as upstream names them.
#[derive(Clone)]
pub struct Question {
    /// Names the question, so that an answer cannot be taken for another's; asked again, it is the same.
    pub payment: PaymentId,
    /// National identity number.
    pub nik: Nik,
    /// Full name.
    pub name: String,
    /// Where upstream gave one that can be read.
    pub birth_date: Option<NaiveDate>,
}

/// What a registry can find different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The name.
    Name,
    /// The birth date.
    BirthDate,
}

/// What a registry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is such a person, under this name.
    Confirmed,
    /// The NIK is another's, or written differently: these fields, at least one.
    Differs(Vec<Field>),
    /// There is no such NIK.
    Unknown,
    /// The person died.
    Deceased,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not reached, or cut off.
    #[error("the civil registry cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Too slow.
    #[error("the civil registry did not answer in time")]
    Late,
    /// It refused, or is in trouble.
    #[error("the civil registry answered with HTTP status {0}")]
    Status(u16),
    /// It said something that is no answer.
    #[error("the civil registry's answer cannot be used: {0}")]
    Body(&'static str),
    /// The adapter cannot be made of the settings.
    #[error("the civil registry's client cannot be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A civil registry.
pub trait Registry: fmt::Debug + Send + Sync {
    /// Asks about one person. Asking again must be harmless.
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Error>>;
}

/// A registry and how it has been answering.
#[derive(Debug)]
pub struct Door {
    registry: Arc<dyn Registry>,
    /// Questions at a time of one flight.
    pub at_once: usize,
    silent: AtomicU32,
}

impl Door {
    /// A door that was not tried yet.
    pub fn new(registry: Arc<dyn Registry>, at_once: usize) -> Self {
        Self { registry, at_once, silent: AtomicU32::new(0) }
    }

    /// The answer; none where this question had none though others have; an error where the registry is down.
    pub async fn ask(&self, question: &Question) -> Result<Option<Answer>, Error> {
        match self.registry.ask(question).await {
            Ok(answer) => {
                self.silent.store(0, Ordering::Relaxed);
                Ok(Some(answer))
            }
            Err(error) if self.silent.fetch_add(1, Ordering::Relaxed) >= SILENCE => Err(error),
            Err(error) => {
                tracing::warn!(payment = %question.payment, %error, "no answer of the civil registry; asked again later");
                Ok(None)
            }
        }
    }
}

impl Answer {
    /// As in the table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Differs(_) => "differs",
            Self::Unknown => "unknown",
            Self::Deceased => "deceased",
        }
    }

    /// Columns of the row that differ, with commas.
    pub fn fields(&self) -> String {
        let Self::Differs(fields) = self else { return String::new() };
        let mut fields = fields.clone();
        fields.sort_unstable();
        fields.dedup();
        fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(",")
    }
}

impl Field {
    /// As in the row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::BirthDate => "birth_date",
        }
    }
}

/// The payment alone.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("payment", &self.payment).finish_non_exhaustive()
    }
}

impl Disposed for Error {
    /// What has no answer now may have one later; only settings stay wrong.
    fn disposition(&self) -> Disposition {
        match self {
            Self::Unreachable(_) | Self::Late | Self::Status(_) | Self::Body(_) => Disposition::Down,
            Self::Client(_) => Disposition::Permanent,
        }
    }
}
