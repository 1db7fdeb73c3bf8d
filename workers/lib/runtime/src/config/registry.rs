//! `[registry]`: the civil registry that verifies accounts.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

use super::{
    Error, check_address, positive,
    sources::{number, optional_secret},
};

/// Longest wait for an answer: well within the deadline of a flight.
const TIMEOUT_MAX_MS: u64 = 30_000;
/// Most questions at a time.
const AT_ONCE_MAX: usize = 256;

/// A civil registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryConfig {
    /// Where questions are posted; empty: no registry, verification is structural only.
    pub url: String,
    /// Bearer token, where it wants one.
    #[serde(deserialize_with = "optional_secret")]
    pub token: Option<SecretString>,
    /// Longest wait for an answer.
    #[serde(deserialize_with = "number")]
    pub timeout_ms: u64,
    /// Questions at a time of one flight.
    #[serde(deserialize_with = "number")]
    pub at_once: usize,
}

impl RegistryConfig {
    /// Whether there is one.
    pub fn is_configured(&self) -> bool {
        !self.url.is_empty()
    }

    /// `timeout_ms`.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |key, reason| Err(Error::Value { key, reason });
        positive("registry.timeout_ms", self.timeout_ms)?;
        match () {
            () if self.timeout_ms > TIMEOUT_MAX_MS => wrong("registry.timeout_ms", "must be at most 30000"),
            () if self.at_once == 0 || self.at_once > AT_ONCE_MAX => wrong("registry.at_once", "must be 1 to 256"),
            () if !self.is_configured() => Ok(()),
            () => {
                check_address("registry.url", &self.url, &["http://", "https://"], "expected https://host/path")?;
                if self.url.contains('@') {
                    return wrong("registry.url", "no credentials in the address: they belong into registry.token");
                }
                if is_encrypted_or_local(&self.url) { Ok(()) } else { wrong("registry.url", "NIKs travel encrypted: expected https://") }
            }
        }
    }
}

/// Plain HTTP goes no further than this machine.
fn is_encrypted_or_local(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return true };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn refused(url: &str) -> Option<String> {
        let pairs = [("SALUR__REGISTRY__URL".to_owned(), url.to_owned()), ("SALUR__REGISTRY__TOKEN".to_owned(), "s3cret".to_owned())];
        let read = Config::read(None, pairs);
        assert!(!format!("{read:?}").contains("s3cret"), "a token is not printed");
        read.err().map(|error| error.to_string())
    }

    #[test]
    fn niks_leave_the_machine_encrypted_or_not_at_all() {
        for fine in ["", "https://registry.example/ask", "http://127.0.0.1:9/ask", "http://[::1]:9/", "http://localhost/ask"] {
            assert_eq!(refused(fine), None, "{fine}");
        }
        for wrong in ["http://registry.example/ask", "http://127.0.0.1.example/", "https://user:pw@host/", "registry.example"] {
            let error = refused(wrong).expect("refused");
            assert!(error.contains("registry.url") && !error.contains("example"), "{error}");
        }
    }
}
