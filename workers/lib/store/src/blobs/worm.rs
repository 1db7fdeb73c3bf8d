//! Write once, read many: whether the bucket locks what is written, and originals that are written locked.
//!
//! A bucket says by its object lock configuration that it can lock, and perhaps for how long by itself. Where it can and does not say, originals carry the days
//! of `store.lock_days`, in mode COMPLIANCE, which nobody can shorten. A store that does not know the question cannot lock: that is *off*, said aloud.

use std::fmt;

use aws_sdk_s3::{
    error::{ProvideErrorMetadata, SdkError},
    primitives::DateTime,
    types::{ObjectLockEnabled, ObjectLockMode, ObjectLockRetentionMode},
};
use bytes::Bytes;
use chrono::{TimeDelta, Utc};

use super::{Blobs, HttpStatus, failed};
use crate::Error;

/// What a store says that knows no object lock, or whose bucket has none.
const NONE: [&str; 5] =
    ["ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFound", "NotImplemented", "MethodNotAllowed", "InvalidRequest"];
const NO_STATUS: [u16; 3] = [404, 405, 501];
const DAYS_A_YEAR: i32 = 365;

/// How a bucket locks what is written into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worm {
    /// Originals cannot be deleted before their time.
    On {
        /// In which mode.
        mode: ObjectLockMode,
        /// For so long.
        days: i32,
        /// Each original must say so itself.
        each: bool,
    },
    /// The bucket could lock, and neither it nor the configuration says for how long.
    Unsaid,
    /// They can.
    Off,
}

/// Until when an object is locked.
pub(super) struct Lock {
    pub(super) mode: ObjectLockMode,
    pub(super) until: DateTime,
}

impl Worm {
    /// Whether originals cannot be deleted.
    pub const fn is_on(&self) -> bool {
        matches!(self, Self::On { .. })
    }
}

impl fmt::Display for Worm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On { mode, days, .. } => write!(f, "WORM: on ({}, {days} days)", mode.as_str()),
            Self::Unsaid => f.write_str("WORM: off (the bucket could lock; store.lock_days says for how long)"),
            Self::Off => f.write_str("WORM: off"),
        }
    }
}

impl Blobs {
    /// How the bucket locks; asked once.
    pub async fn worm(&self) -> Result<&Worm, Error> {
        self.worm.get_or_try_init(|| self.ask_worm()).await
    }

    async fn ask_worm(&self) -> Result<Worm, Error> {
        let found = match self.client.get_object_lock_configuration().bucket(&self.bucket).send().await {
            Ok(found) => found,
            Err(error) if is_none(&error) => return Ok(Worm::Off),
            Err(error) => return Err(failed("asking whether the bucket locks", error)),
        };
        let Some(lock) = found.object_lock_configuration().filter(|lock| lock.object_lock_enabled() == Some(&ObjectLockEnabled::Enabled))
        else {
            return Ok(Worm::Off);
        };
        let of_bucket = lock.rule().and_then(|rule| rule.default_retention()).and_then(|kept| {
            let days = kept.days().or_else(|| kept.years().map(|years| years.saturating_mul(DAYS_A_YEAR)))?;
            let mode = match kept.mode()? {
                ObjectLockRetentionMode::Governance => ObjectLockMode::Governance,
                _ => ObjectLockMode::Compliance,
            };
            Some(Worm::On { mode, days, each: false })
        });
        Ok(match (of_bucket, self.lock_days) {
            (Some(worm), _) => worm,
            (None, 1..) => Worm::On { mode: ObjectLockMode::Compliance, days: self.lock_days, each: true },
            (None, _) => Worm::Unsaid,
        })
    }

    /// Writes an original, locked where the bucket locks.
    pub async fn put_original(&self, key: &str, bytes: Bytes) -> Result<(), Error> {
        let lock = match self.worm().await? {
            Worm::On { mode, days, each: true } => {
                let until = Utc::now() + TimeDelta::days(i64::from(*days));
                Some(Lock { mode: mode.clone(), until: DateTime::from_secs(until.timestamp()) })
            }
            _ => None,
        };
        self.write(key, bytes, "application/octet-stream", lock).await
    }
}

/// Whether the store says that it cannot lock. A bucket that is not there is no answer.
pub(super) fn is_none<E: ProvideErrorMetadata, R: HttpStatus>(error: &SdkError<E, R>) -> bool {
    let is_said = error.code().is_some_and(|code| NONE.contains(&code));
    let is_status = error.raw_response().is_some_and(|response| NO_STATUS.contains(&response.status()));
    is_said || (is_status && error.code() != Some("NoSuchBucket"))
}
