//! `salur portal`: the board and the doors of the counter, until SIGTERM.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use axum::http::HeaderName;
use salur_domain::{
    Disposed, Disposition,
    note::{Kind, Signer, Verifier},
    vault::DataKey,
    webhook::WebhookKey,
};
use salur_pipeline::examiners::Examiners;
use salur_portal::{Evidence, Portal, Tools, gallery::Views, sign_in::oidc, webhooks};
use salur_runtime::{
    broker::{Broker, management::Management},
    config::Config,
    role::{self, Role},
    stage::Failure,
};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use crate::cli;

/// Where to leave the address.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write the address to this file once the portal listens: for scripts that let it choose a port.
    #[arg(long, value_name = "FILE")]
    address_file: Option<PathBuf>,
}

/// Why the portal did not start.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("portal.listen: cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    #[error("cannot write {}", .0.display())]
    AddressFile(PathBuf, #[source] std::io::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Runs the portal.
pub fn run(args: Args, file: Option<&Path>) -> ExitCode {
    role::run("portal", file, async move |role| serve(&args, &role).await)
}

async fn serve(args: &Args, role: &Role) -> Result<(), Failure> {
    let tools = cli::tools(&role.config).await?;
    let broker = Broker::connect(&role.config).await?;
    broker.declare(&salur_pipeline::specs()).await?;
    let at = role.config.portal.listen;
    let listener = TcpListener::bind(at).await.map_err(|error| Error::Listen(at, error))?;
    if let Some(file) = &args.address_file {
        let address = listener.local_addr().map_err(|error| Error::Listen(at, error))?;
        // whole or not at all: a script waits for this file
        let whole = file.with_extension("new");
        let written = std::fs::write(&whole, format!("http://{address}\n")).and_then(|()| std::fs::rename(&whole, file));
        written.map_err(|error| Error::AddressFile(file.clone(), error))?;
    }
    let key = role.config.keys.webhook.optional("keys.webhook")?;
    let allow_insecure = role.config.webhooks.allow_insecure;
    let webhooks = key.map(|key| webhooks::Means { key: WebhookKey::new(key), allow_insecure });
    let stages = salur_pipeline::specs().iter().map(|spec| spec.name).collect();
    // the portal checks cheques and cannot sign them
    let (cheque_key, list_key) = (tools.cheque_key.verifying_key(), tools.cheque_keys().lists());
    let tools = Tools {
        database: tools.database,
        blobs: tools.blobs,
        cheque_key,
        list_key,
        keys: tools.keys,
        row_context: salur_pipeline::row_context,
        client_ip_header: HeaderName::from_bytes(role.config.portal.client_ip_header.as_bytes()).ok(),
        proxy_day_max_families: role.config.portal.proxy_day_max_families,
        photo_key: tools.photo_key,
        photo_context: salur_pipeline::photo_context,
        views: views(tools.examiners),
        evidence: evidence(&role.config)?,
        sign_in_key: DataKey::new(role.config.keys.sign_in.bytes("keys.sign_in")?),
        oidc: oidc(&role.config)?,
        is_https: role.config.portal.public_url.starts_with("https://"),
        webhooks,
        management: management(&role.config),
        stages,
    };
    salur_portal::serve_on(listener, Portal::new(tools, &broker), role.shutdown.clone()).await?;
    broker.close().await;
    Ok(())
}

/// Photos are decoded where it costs nobody else.
fn views(examiners: Arc<Examiners>) -> Views {
    Views::new(move |photo| {
        let examiners = Arc::clone(&examiners);
        Box::pin(async move { Ok(examiners.view(&photo).await?) })
    })
}

/// Where people may sign in by another system, where there is one.
fn oidc(config: &Config) -> Result<Option<oidc::Means>, Failure> {
    let asked = &config.portal.oidc;
    if asked.issuer.is_empty() {
        return Ok(None);
    }
    let secret = asked.client_secret.expose_secret();
    Ok(Some(oidc::Means::new(&oidc::Asked {
        issuer: &asked.issuer,
        client_id: &asked.client_id,
        client_secret: Some(secret).filter(|secret| !secret.is_empty()),
        name: &asked.name,
        public_url: &config.portal.public_url,
    })?))
}

/// What evidence is checked with: public keys that were told, or those of the private ones that this process has.
fn evidence(config: &Config) -> Result<Evidence, Failure> {
    let log = match (&config.evidence.log_key, config.keys.seal.optional("keys.seal")?) {
        (key, _) if !key.is_empty() => Some(Verifier::parse(key)?),
        (_, Some(seed)) => Some(Signer::new(&config.evidence.origin, Kind::Note, &seed)?.verifier().clone()),
        (_, None) => None,
    };
    let journal = cli::journal(config)?.map(|signer| signer.verifier().clone());
    Ok(Evidence { log, journal, seal_every: config.evidence.seal_every() })
}

/// Where the broker tells of its queues: those of the virtual host that we speak to.
fn management(config: &Config) -> Option<Management> {
    let url = config.broker.management_url.as_ref()?.expose_secret();
    let vhost = config.broker.url.expose_secret().rsplit('/').next().unwrap_or("%2f").split('?').next().unwrap_or("%2f").to_owned();
    Some(Management::new(url, &vhost))
}
