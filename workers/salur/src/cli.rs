//! What the commands share: configuration, one runtime, one way to say that something failed.

use std::{error::Error, future::Future, path::Path, process::ExitCode, sync::Arc};

use ed25519_dalek::SigningKey;
use salur_domain::{
    Rupiah,
    note::{Kind, Signer},
    vault::{Keys, WrappingKey},
};
use salur_pipeline::{
    Tools,
    examiners::Examiners,
    registry::{
        self, Door,
        http::{HttpRegistry, Settings},
    },
};
use salur_runtime::{
    config::{Config, Key},
    stage::Failure,
};
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
    let runtime = tokio::runtime::Runtime::new().expect("a command needs threads to run on");
    let done = Config::load(file).map_err(Into::into).and_then(|config| runtime.block_on(body(config)));
    done.unwrap_or_else(|error| {
        eprintln!("salur {name}: {}", chain(error.as_ref()));
        ExitCode::FAILURE
    })
}

/// An error and its causes, outermost first.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The database of the configuration; where there is a key for the journal, evidence can be written.
pub async fn database(config: &Config) -> Result<Database, Failure> {
    let database = Database::connect(config.database.url.expose_secret(), config.database.connections).await?;
    Ok(match journal(config)? {
        Some(signer) => database.journaling(signer),
        None => database,
    })
}

/// What signs the journal, where its key is given.
pub fn journal(config: &Config) -> Result<Option<Signer>, Failure> {
    let Some(seed) = config.keys.journal.optional("keys.journal")? else { return Ok(None) };
    Ok(Some(Signer::new(&config.evidence.journal_name(), Kind::Note, &seed)?))
}

/// The object store of the configuration.
pub fn blobs(config: &Config) -> Blobs {
    Blobs::new(&blobs::Settings {
        url: config.store.url.clone(),
        bucket: config.store.bucket.clone(),
        region: config.store.region.clone(),
        access_key: config.store.access_key.clone(),
        secret_key: config.store.secret_key.expose_secret().to_owned(),
        lock_days: config.store.lock_days.into(),
    })
}

/// What rows are opened and found by.
pub fn keys(config: &Config) -> Result<Keys, Failure> {
    let bytes = |key: &Key, name| key.bytes(name).map(hex::encode);
    Ok(Keys::from_hex(&bytes(&config.keys.master, "keys.master")?, &bytes(&config.keys.index, "keys.index")?)?)
}

/// Everything the workers work with.
pub async fn tools(config: &Config) -> Result<Tools, Failure> {
    let keys = keys(config)?;
    config.keys.journal.bytes("keys.journal")?;
    let photo_key = WrappingKey::new(&config.keys.photo.bytes("keys.photo")?);
    let cheque_key = SigningKey::from_bytes(&config.keys.cheque.bytes("keys.cheque")?);
    let approval_threshold_max = Rupiah::new(config.tranches.approval_threshold_max_rupiah).expect("read as a number of at least 0");
    let (database, blobs, registry) = (database(config).await?, blobs(config), registry(config)?);
    let bank_missing_after_days = config.bank.missing_after_days.into();
    let public_url = config.portal.public_url.clone();
    let proof_policy = config.proof.policy()?;
    let examiners = Arc::new(Examiners::of_this_program());
    Ok(Tools {
        database,
        blobs,
        keys,
        photo_key,
        cheque_key,
        examiners,
        proof_policy,
        public_url,
        registry,
        approval_threshold_max,
        bank_missing_after_days,
    })
}

/// The civil registry of the configuration, where there is one.
fn registry(config: &Config) -> Result<Option<Door>, registry::Error> {
    let registry = &config.registry;
    if !registry.is_configured() {
        return Ok(None);
    }
    let token = registry.token.as_ref().map(ExposeSecret::expose_secret);
    let adapter = HttpRegistry::new(&Settings { url: &registry.url, token, timeout: registry.timeout() })?;
    Ok(Some(Door::new(Arc::new(adapter), registry.at_once)))
}
