//! One attempt to deliver: a signed POST (Standard Webhooks), and what came of it.
//!
//! What is called is decided by whoever added the webhook, so the call is fenced in: https, no proxy, no redirect, only addresses of the public internet,
//! which is asked of what the name resolves to at the very moment of connecting. The answer's status counts; its body is never read. A failure is told in
//! our own words, without anything of the receiver's. Bound: [`TIMEOUT`].

use std::{error::Error as StdError, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header,
    redirect::Policy,
};
use salur_domain::{
    Disposed, Disposition,
    webhook::{self, WebhookKey, is_public},
};
use salur_store::{Timestamp, webhooks::Due};
use serde_json::json;

/// Longest an attempt may take.
pub const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ID_HEADER: &str = "webhook-id";
const TIMESTAMP_HEADER: &str = "webhook-timestamp";
const SIGNATURE_HEADER: &str = "webhook-signature";

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
#[error("no TLS to send with")]
pub struct Error(#[source] reqwest::Error);

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Why an attempt failed: for the operator, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not 2xx.
    #[error("answered {}{}", .0.as_u16(), if .0.is_redirection() { ": redirects are not followed" } else { "" })]
    Status(StatusCode),
    /// Took too long.
    #[error("no answer within {TIMEOUT:?}")]
    Slow,
    /// The webhook's address may not be called.
    #[error(transparent)]
    Address(#[from] webhook::Error),
    /// No connection, or none that is trusted.
    #[error("cannot connect: the name is unknown, nobody listens, or the certificate is not trusted")]
    Unreachable,
    /// Broke off.
    #[error("the connection broke off before an answer")]
    Broken,
}

/// Sends.
#[derive(Debug, Clone)]
pub struct Post {
    http: Client,
    key: WebhookKey,
    allow_insecure: bool,
}

impl Post {
    /// With the installation's key.
    pub fn new(key: WebhookKey, allow_insecure: bool) -> Result<Self, Error> {
        let mut builder = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("salur/", env!("CARGO_PKG_VERSION")));
        if !allow_insecure {
            builder = builder.https_only(true).dns_resolver(Arc::new(Public));
        }
        Ok(Self { http: builder.build().map_err(Error)?, key, allow_insecure })
    }

    /// One attempt at a moment.
    pub async fn deliver(&self, due: &Due, now: Timestamp) -> Result<(), Refused> {
        let url = webhook::parse_url(&due.url, self.allow_insecure)?;
        let (id, timestamp, body) = (due.id.to_string(), now.timestamp(), body(due));
        let signature = self.key.secret(due.webhook).sign(&id, timestamp, body.as_bytes());
        let request = self
            .http
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, timestamp)
            .header(SIGNATURE_HEADER, signature);
        let status = request.body(body).send().await.map_err(|error| explain(&error))?.status();
        if status.is_success() { Ok(()) } else { Err(Refused::Status(status)) }
    }
}

/// What is said: a function of remembered rows, so that every attempt says the same bytes.
fn body(due: &Due) -> String {
    let Due { source, batch, tranche, phase, reached_at, totals, .. } = due;
    let data =
        json!({ "source": source, "batch": batch, "batch_id": due.batch_id(), "tranche": tranche, "phase": phase, "totals": totals });
    json!({ "type": format!("batch.{phase}"), "timestamp": reached_at, "data": data }).to_string()
}

fn explain(error: &reqwest::Error) -> Refused {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<webhook::Error>() {
            return Refused::Address(*error);
        }
        cause = error.source();
    }
    match error {
        error if error.is_timeout() => Refused::Slow,
        error if error.is_connect() => Refused::Unreachable,
        _ => Refused::Broken,
    }
}

/// Resolves names to public addresses only; one that leads inside at all is refused whole.
#[derive(Debug)]
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !is_public(address.ip())) {
                return Err(webhook::Error::Private.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
