//! Settings of every role: embedded commented defaults, one optional file, the environment.
//!
//! Checked before anything starts: unknown keys are refused, addresses must parse, keys must be 64 hexadecimal digits. An error names the
//! key and the reason, never the value. Environment values are always text, so that a password of digits stays a password.

mod evidence;
mod keys;
mod proof;
mod registry;
mod sources;
mod store;

use std::{net::SocketAddr, path::Path, time::Duration};

use figment::{
    Figment,
    providers::{Format, Toml},
};
use salur_domain::{Disposed, Disposition};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use evidence::EvidenceConfig;
pub use keys::{Key, KeysConfig};
pub use proof::ProofConfig;
pub use registry::RegistryConfig;
use sources::{Environment, explain, number, optional_number, optional_secret, truth};
pub use store::StoreConfig;

/// The commented defaults, for `salur config` and the documentation.
pub const DEFAULTS: &str = include_str!("default.toml");
/// Names the optional file when `--config` does not.
pub const FILE_VARIABLE: &str = "SALUR_CONFIG";

/// More families than a counter serves in a day: a cap beyond it is none.
const PROXY_FAMILIES: u16 = 1_000;

/// Why the settings do not hold.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Unknown key, wrong type, missing value.
    #[error("configuration is wrong: {0}")]
    Shape(String),
    /// The file named does not exist.
    #[error("configuration file {0} does not exist")]
    NoFile(String),
    /// A value of the right type that cannot be meant.
    #[error("configuration key {key}: {reason}")]
    Value {
        /// `section.key`.
        key: &'static str,
        /// What is wrong and what would be right.
        reason: &'static str,
    },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// RabbitMQ.
    pub broker: BrokerConfig,
    /// PostgreSQL.
    pub database: DatabaseConfig,
    /// Object store.
    pub store: StoreConfig,
    /// Secret keys.
    pub keys: KeysConfig,
    /// Tranches.
    pub tranches: TranchesConfig,
    /// Bank accounts.
    pub bank: BankConfig,
    /// How strict proofs are judged.
    pub proof: ProofConfig,
    /// Civil registry.
    pub registry: RegistryConfig,
    /// The log of evidence.
    pub evidence: EvidenceConfig,
    /// Health and metrics listener.
    pub http: HttpConfig,
    /// The portal's listener.
    pub portal: PortalConfig,
    /// Webhooks.
    pub webhooks: WebhooksConfig,
    /// Logging.
    pub log: LogConfig,
    /// The engine.
    pub runtime: RuntimeConfig,
}

/// RabbitMQ.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// AMQP address with credentials.
    pub url: SecretString,
    /// Management address with credentials, where there is one.
    #[serde(deserialize_with = "optional_secret")]
    pub management_url: Option<SecretString>,
    /// Seconds until an attempt to connect counts as failed.
    #[serde(deserialize_with = "number")]
    pub connect_timeout_s: u64,
    /// Seconds until an unconfirmed message counts as unknown.
    #[serde(deserialize_with = "number")]
    pub confirm_timeout_s: u64,
}

impl BrokerConfig {
    /// `connect_timeout_s`.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_s)
    }
    /// `confirm_timeout_s`.
    pub fn confirm_timeout(&self) -> Duration {
        Duration::from_secs(self.confirm_timeout_s)
    }
}

/// PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Address with credentials.
    pub url: SecretString,
    /// Connections of this process at most.
    #[serde(deserialize_with = "number")]
    pub connections: u32,
}

/// Health and metrics listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address; port 0 takes a free one.
    pub listen: SocketAddr,
}

/// The portal's listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalConfig {
    /// Address.
    pub listen: SocketAddr,
    /// What people type.
    pub public_url: String,
    /// The header in which a proxy says whom it speaks for; empty: none.
    pub client_ip_header: String,
    /// Families that one proxy may receive for within a day.
    #[serde(deserialize_with = "number")]
    pub proxy_day_max_families: u16,
    /// Accounts of another system by which people may sign in.
    pub oidc: OidcConfig,
}

/// A system that speaks `OpenID` Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// Its address; empty: none.
    pub issuer: String,
    /// What the portal is called there.
    pub client_id: String,
    /// What the portal proves itself with; empty: nothing.
    pub client_secret: SecretString,
    /// On the button.
    pub name: String,
}

impl OidcConfig {
    fn check(&self) -> Result<(), Error> {
        let is_here = ["http://127.0.0.1", "http://localhost"].iter().any(|here| self.issuer.starts_with(here));
        if !(self.issuer.is_empty() || self.issuer.starts_with("https://") || is_here) {
            return Err(Error::Value { key: "portal.oidc.issuer", reason: "expected https://host, or nothing" });
        }
        if self.issuer.is_empty() != self.client_id.is_empty() {
            return Err(Error::Value { key: "portal.oidc.client_id", reason: "expected together with portal.oidc.issuer" });
        }
        Ok(())
    }
}

/// Webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Whether http and private addresses may be called.
    #[serde(deserialize_with = "truth")]
    pub allow_insecure: bool,
}

/// Logging.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How lines look.
    pub format: LogFormat,
    /// `EnvFilter` directives.
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// What nobody who enters a programme decides alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranchesConfig {
    /// The highest threshold that a programme may name.
    #[serde(deserialize_with = "number")]
    pub approval_threshold_max_rupiah: i64,
}

/// What a bank says of a programme's account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankConfig {
    /// Days after which a transfer that the bank has said nothing of is a case.
    #[serde(deserialize_with = "number")]
    pub missing_after_days: u16,
}

/// The engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    /// Seconds between SIGTERM and a non-zero exit.
    #[serde(deserialize_with = "number")]
    pub drain_timeout_s: u64,
    /// Flights in work at once per stage; `None`: the stage's policy.
    #[serde(deserialize_with = "optional_number")]
    pub lanes: Option<usize>,
}

impl Config {
    /// Defaults, then the file, then the environment of this process.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let named = std::env::var_os(FILE_VARIABLE).map(std::path::PathBuf::from);
        Self::read(
            file.or(named.as_deref()),
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// [`Config::load`] with the environment handed in.
    pub fn read(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(Error::NoFile(file.display().to_string()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let config: Self =
            figment.merge(Environment(environment.into_iter().collect())).extract().map_err(|error| Error::Shape(explain(&error)))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Error> {
        self.registry.check()?;
        self.proof.policy()?;
        self.evidence.check()?;
        check_address(
            "broker.url",
            self.broker.url.expose_secret(),
            &["amqp://", "amqps://"],
            "expected amqp://user:password@host:port/vhost",
        )?;
        if let Some(url) = &self.broker.management_url {
            check_address(
                "broker.management_url",
                url.expose_secret(),
                &["http://", "https://"],
                "expected http://user:password@host:port",
            )?;
        }
        check_address(
            "database.url",
            self.database.url.expose_secret(),
            &["postgres://", "postgresql://"],
            "expected postgres://user@host:port/database",
        )?;
        check_address("store.url", &self.store.url, &["http://", "https://"], "expected http://host:port")?;
        check_address("portal.public_url", &self.portal.public_url, &["http://", "https://"], "expected http://host:port")?;
        let is_header = self.portal.client_ip_header.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_header {
            return Err(Error::Value { key: "portal.client_ip_header", reason: "expected the name of a header, or nothing" });
        }
        if !(1..=PROXY_FAMILIES).contains(&self.portal.proxy_day_max_families) {
            return Err(Error::Value { key: "portal.proxy_day_max_families", reason: "expected 1 to 1000" });
        }
        self.portal.oidc.check()?;
        self.keys.master.check("keys.master")?;
        self.keys.index.check("keys.index")?;
        self.keys.cheque.check("keys.cheque")?;
        self.keys.webhook.check("keys.webhook")?;
        self.keys.journal.check("keys.journal")?;
        self.keys.photo.check("keys.photo")?;
        self.keys.sign_in.check("keys.sign_in")?;
        self.keys.seal.check("keys.seal")?;
        positive("broker.connect_timeout_s", self.broker.connect_timeout_s)?;
        positive("broker.confirm_timeout_s", self.broker.confirm_timeout_s)?;
        positive("database.connections", u64::from(self.database.connections))
    }
}

fn positive(key: &'static str, value: u64) -> Result<(), Error> {
    if value == 0 { Err(Error::Value { key, reason: "must be at least 1" }) } else { Ok(()) }
}

fn check_address(key: &'static str, url: &str, schemes: &[&str], reason: &'static str) -> Result<(), Error> {
    let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme)).ok_or(Error::Value { key, reason })?;
    let host = rest.split('/').next().unwrap_or_default();
    let blank = url.contains(char::is_whitespace);
    if host.is_empty() || blank { Err(Error::Value { key, reason }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Error> {
        Config::read(None, pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_embedded_defaults_hold() {
        let config = read(&[]).expect("defaults are valid");
        assert_eq!(config.runtime.lanes, None);
        assert!(config.broker.management_url.is_none());
    }

    #[test]
    fn the_environment_wins_and_digits_stay_text() {
        let config =
            read(&[("SALUR__STORE__SECRET_KEY", "00123"), ("SALUR__RUNTIME__LANES", "3"), ("SALUR__LOG__FORMAT", "json")]).expect("valid");
        assert_eq!(config.store.secret_key.expose_secret(), "00123");
        assert_eq!(config.runtime.lanes, Some(3));
        assert_eq!(config.log.format, LogFormat::Json);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = read(&[("SALUR__BROKER__URI", "amqp://x")]).expect_err("no such key").to_string();
        assert!(error.contains("`uri`") && error.contains("url"), "{error}");
    }

    #[test]
    fn an_unknown_section_is_refused_by_name() {
        let error = read(&[("SALUR__BROKR__URL", "amqp://x")]).expect_err("no such section").to_string();
        assert!(error.contains("`brokr`"), "{error}");
    }

    #[test]
    fn a_wrong_value_names_key_and_reason_but_not_the_value() {
        let error = read(&[("SALUR__KEYS__MASTER", "c0ffee")]).expect_err("too short").to_string();
        assert!(error.contains("keys.master") && error.contains("64 hexadecimal") && !error.contains("c0ffee"), "{error}");
        let error = read(&[("SALUR__DATABASE__CONNECTIONS", "many")]).expect_err("no number").to_string();
        assert!(error.contains("database.connections") && error.contains("whole number"), "{error}");
        let error = read(&[("SALUR__BROKER__URL", "localhost:5672")]).expect_err("no scheme").to_string();
        assert!(error.contains("broker.url") && error.contains("amqp://"), "{error}");
        let error = read(&[("SALUR__HTTP__LISTEN", "nowhere")]).expect_err("no address").to_string();
        assert!(error.contains("http.listen"), "{error}");
    }

    #[test]
    fn a_key_that_is_needed_but_absent_is_named() {
        let config = read(&[]).expect("defaults are valid");
        let error = config.keys.cheque.bytes("keys.cheque").expect_err("not set").to_string();
        assert!(error.contains("keys.cheque") && error.contains("not set"), "{error}");
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = read(&[("SALUR__KEYS__INDEX", &"ab".repeat(32)), ("SALUR__BROKER__URL", "amqp://u:hunter2@h/v")]).expect("valid");
        let shown = format!("{config:?}");
        assert!(!shown.contains("abab") && !shown.contains("hunter2"));
    }
}
