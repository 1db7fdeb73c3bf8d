//! What the commands share: configuration, one runtime, one way to say that something failed.

use std::{error::Error, future::Future, path::Path, process::ExitCode};

use ed25519_dalek::SigningKey;
use salur_domain::vault::Keys;
use salur_pipeline::Tools;
use salur_runtime::config::Config;
use salur_store::{Blobs, Database, blobs};
use secrecy::ExposeSecret;

/// How a command ends.
pub type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Runs a command that does one thing and ends.
pub fn once<F, Fut>(name: &'static str, file: Option<&Path>, body: F) -> ExitCode
where
    F: FnOnce(Config) -> Fut,
    Fut: Future<Output = Outcome>,
{
    let done = || -> Outcome {
        let config = Config::load(file)?;
        tokio::runtime::Runtime::new()?.block_on(body(config))
    };
    done().unwrap_or_else(|error| {
        eprintln!("salur {name}: {}", chain(error.as_ref()));
        ExitCode::FAILURE
    })
}

/// An error and its causes, outermost first.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The database of the configuration.
pub async fn database(config: &Config) -> Result<Database, salur_store::Error> {
    Database::connect(config.database.url.expose_secret(), config.database.connections).await
}

/// The object store of the configuration.
pub fn blobs(config: &Config) -> Blobs {
    Blobs::new(&blobs::Settings {
        url: config.store.url.to_string(),
        bucket: config.store.bucket.clone(),
        region: config.store.region.clone(),
        access_key: config.store.access_key.clone(),
        secret_key: config.store.secret_key.expose_secret().to_owned(),
    })
}

/// The keys of the configuration.
pub fn keys(config: &Config) -> Result<Keys, salur_domain::vault::Error> {
    Keys::from_hex(config.keys.master.expose_secret(), config.keys.index.expose_secret())
}

/// The key that signs cheques.
pub fn cheque_key(config: &Config) -> Result<SigningKey, Box<dyn Error + Send + Sync>> {
    let mut seed = [0; 32];
    hex::decode_to_slice(config.keys.cheque.expose_secret(), &mut seed).map_err(|_| "keys.cheque is not 64 hexadecimal digits")?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Everything the workers work with.
pub async fn tools(config: &Config) -> Result<Tools, Box<dyn Error + Send + Sync>> {
    Ok(Tools { database: database(config).await?, blobs: blobs(config), keys: keys(config)?, cheque_key: cheque_key(config)? })
}
