//! `/healthz`, `/readyz` and `/metrics`.
//!
//! A process is alive while it answers. It is ready while every part of it works: parts that wait or are cut off say why, and a process
//! that drains is not ready. Reasons are for operators: no addresses with passwords, no personal data.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use salur_domain::{Disposed, Disposition};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::telemetry::metrics_handle;

/// Why the listener does not stand.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("http.listen: cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The server ended.
    #[error("the health listener ended")]
    Serve(#[source] std::io::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

type Probe = Box<dyn Fn() -> Option<String> + Send>;

/// What keeps the process from being ready. Clones share it.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Parts>>);

#[derive(Default)]
struct Parts {
    reasons: BTreeMap<String, String>,
    probes: BTreeMap<&'static str, Probe>,
}

impl Health {
    /// Nothing in the way yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// This part does not work, because.
    pub fn unready(&self, part: &str, why: impl Into<String>) {
        self.parts().reasons.insert(part.to_owned(), why.into());
    }

    /// This part works.
    pub fn ready(&self, part: &str) {
        self.parts().reasons.remove(part);
    }

    /// Asked at each look; one per name.
    pub fn probe(&self, part: &'static str, probe: impl Fn() -> Option<String> + Send + 'static) {
        self.parts().probes.insert(part, Box::new(probe));
    }

    /// The process finishes and takes no new work.
    pub fn draining(&self) {
        self.unready("process", "draining");
    }

    /// Part and reason, where one does not work.
    pub fn reasons(&self) -> Vec<(String, String)> {
        let parts = self.parts();
        let probed = parts.probes.iter().filter_map(|(part, probe)| Some(((*part).to_owned(), probe()?)));
        parts.reasons.clone().into_iter().chain(probed).collect()
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, Parts> {
        self.0.lock().expect("no holder panics")
    }

    /// The routes, for a listener of one's own.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics))
            .with_state(self.clone())
    }

    /// Listens; the address is the one really taken.
    pub async fn listen(&self, at: SocketAddr) -> Result<(SocketAddr, TcpListener), Error> {
        let listener = TcpListener::bind(at).await.map_err(|error| Error::Listen(at, error))?;
        let taken = listener.local_addr().map_err(|error| Error::Listen(at, error))?;
        Ok((taken, listener))
    }

    /// Answers until told to stop.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
        axum::serve(listener, self.router()).with_graceful_shutdown(async move { stop.cancelled().await }).await.map_err(Error::Serve)
    }
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").field("reasons", &self.reasons()).finish()
    }
}

async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    let reasons = health.reasons();
    if reasons.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    let lines: Vec<String> = reasons.iter().map(|(part, why)| format!("{part}: {why}")).collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines.join("\n") + "\n")
}

async fn metrics() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics_handle().render())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_and_go() {
        let health = Health::new();
        assert!(health.reasons().is_empty());
        health.unready("toy lane 0", "the database is down");
        health.probe("broker", || Some("blocked".into()));
        assert_eq!(health.reasons().len(), 2);
        health.ready("toy lane 0");
        health.probe("broker", || None);
        assert!(health.reasons().is_empty());
        health.draining();
        assert_eq!(health.reasons(), [("process".to_owned(), "draining".to_owned())]);
    }

    #[tokio::test]
    async fn readiness_is_a_status_code_with_reasons() {
        let health = Health::new();
        health.unready("toy", "waits");
        let response = readyz(State(health.clone())).await.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        health.ready("toy");
        assert_eq!(readyz(State(health)).await.into_response().status(), StatusCode::OK);
    }
}
