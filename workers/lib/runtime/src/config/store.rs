//! The object store, and whether it must lock what is written.

use secrecy::SecretString;
use serde::Deserialize;

use super::sources::{number, truth};

/// Object store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// S3-compatible endpoint.
    pub url: String,
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: SecretString,
    /// Workers do not start where the bucket does not lock originals.
    #[serde(deserialize_with = "truth")]
    pub require_worm: bool,
    /// Days for which originals are locked where the bucket can lock and does not say for how long; 0: not at all.
    #[serde(deserialize_with = "number")]
    pub lock_days: u16,
}
