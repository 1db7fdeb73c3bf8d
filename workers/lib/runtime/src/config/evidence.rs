//! `[evidence]`: the log into which the journal is sealed.

use std::time::Duration;

use salur_domain::note::Verifier;
use serde::Deserialize;

use super::{Error, positive, sources::number};

/// The log of evidence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceConfig {
    /// Name of the log, for ever: the first line of every checkpoint.
    pub origin: String,
    /// Public key of the log, as `salur audit keys` prints it; empty: that of `keys.seal`, where the process has it.
    pub log_key: String,
    /// Milliseconds between two rounds of the sealer.
    #[serde(deserialize_with = "number")]
    pub seal_every_ms: u64,
}

impl EvidenceConfig {
    /// `seal_every_ms`.
    pub fn seal_every(&self) -> Duration {
        Duration::from_millis(self.seal_every_ms)
    }

    /// Name of the key that signs the journal.
    pub fn journal_name(&self) -> String {
        format!("{}/journal", self.origin)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let is_bad = |c: char| c == '+' || c.is_whitespace() || c.is_control();
        if self.origin.is_empty() || self.origin.len() > 200 || self.origin.contains(is_bad) {
            return Err(Error::Value {
                key: "evidence.origin",
                reason: "expected a name without spaces and plus signs, as an address without https://",
            });
        }
        if !self.log_key.is_empty() && Verifier::parse(&self.log_key).is_err() {
            return Err(Error::Value {
                key: "evidence.log_key",
                reason: "expected a public key as `salur audit keys` prints it, or nothing",
            });
        }
        positive("evidence.seal_every_ms", self.seal_every_ms)
    }
}
