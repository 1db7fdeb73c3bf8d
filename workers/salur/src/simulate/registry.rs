//! `salur simulate registry`: a civil registry for demos and rehearsals. It knows nobody: whom it confirms is dice, the same for the same seed and NIK.
//!
//! A share of the persons is unknown, deceased or written differently, for ever; of another share the first question meets trouble (no answer in time, an
//! error, nonsense), and the next is answered. Bounds: loopback only, [`BODY_MAX`] bytes of a question, [`TROUBLED_MAX`] persons remembered.

use std::{
    collections::HashSet,
    io,
    net::SocketAddr,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use salur_domain::{Disposed, Disposition};
use salur_runtime::role;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::chance::Chance;

const BODY_MAX: usize = 4_096;
/// Persons whose first question met trouble; beyond that they meet it again.
const TROUBLED_MAX: usize = 1_000_000;
/// Shares are counted in thousandths.
const PER_MILLE: u64 = 1_000;
/// Purposes of chance.
const TRUTH: u64 = 1;
const TROUBLE: u64 = 2;

/// How it behaves; shares in thousandths of the persons.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Loopback address to listen on; port 0 takes a free one and prints it.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Another seed is another registry.
    #[arg(long, default_value = "1")]
    seed: String,
    /// Persons it does not know.
    #[arg(long, default_value_t = 5)]
    unknown: u64,
    /// Persons it knows as deceased.
    #[arg(long, default_value_t = 5)]
    deceased: u64,
    /// Persons it knows under another name.
    #[arg(long, default_value_t = 10)]
    differs: u64,
    /// Persons whose first question is answered late.
    #[arg(long, default_value_t = 5)]
    slow: u64,
    /// Persons whose first question meets an error.
    #[arg(long, default_value_t = 5)]
    broken: u64,
    /// Persons whose first question is answered with nonsense.
    #[arg(long, default_value_t = 5)]
    nonsense: u64,
    /// How late, in milliseconds.
    #[arg(long, default_value_t = 10_000)]
    late_ms: u64,
}

/// Why it does not listen.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0} is not a loopback address")]
    NotLocal(SocketAddr),
    #[error("cannot listen")]
    Listen(#[source] io::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

#[derive(Deserialize)]
struct Asked {
    question: Value,
    nik: String,
}

#[derive(Debug)]
struct Registry {
    args: Args,
    chance: Chance,
    token: Option<String>,
    troubled: Mutex<HashSet<u64>>,
}

/// Serves until SIGTERM. A token of the configuration is asked for.
pub fn command(args: Args, file: Option<&Path>) -> ExitCode {
    role::run("simulate registry", file, async move |role| {
        if !args.listen.ip().is_loopback() {
            return Err(Error::NotLocal(args.listen).into());
        }
        let listener = TcpListener::bind(args.listen).await.map_err(Error::Listen)?;
        println!("http://{}/ask", listener.local_addr().map_err(Error::Listen)?);
        let token = role.config.registry.token.as_ref().map(|token| token.expose_secret().to_owned());
        let registry = Registry { chance: Chance::of(&args.seed), args, token, troubled: Mutex::default() };
        let doors = Router::new().route("/ask", post(ask)).layer(DefaultBodyLimit::max(BODY_MAX)).with_state(Arc::new(registry));
        let stop = role.shutdown.clone().cancelled_owned();
        axum::serve(listener, doors).with_graceful_shutdown(stop).await.map_err(Error::Listen)?;
        Ok(())
    })
}

async fn ask(State(registry): State<Arc<Registry>>, headers: HeaderMap, Json(asked): Json<Asked>) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    if registry.token.is_some() && shown != registry.token.as_deref() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(nik) = asked.nik.parse::<u64>() else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    match registry.trouble(nik) {
        Some(0) => tokio::time::sleep(Duration::from_millis(registry.args.late_ms)).await,
        Some(1) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(_) => return "<html>maintenance</html>".into_response(),
        None => {}
    }
    let (answer, fields): (&str, &[&str]) = registry.truth(nik);
    Json(json!({ "question": asked.question, "answer": answer, "fields": fields })).into_response()
}

impl Registry {
    fn truth(&self, nik: u64) -> (&'static str, &'static [&'static str]) {
        let Args { unknown, deceased, differs, .. } = self.args;
        match pick(self.chance.below(TRUTH, nik, PER_MILLE), [unknown, deceased, differs]) {
            Some(0) => ("unknown", &[]),
            Some(1) => ("deceased", &[]),
            Some(_) => ("differs", &["name"]),
            None => ("confirmed", &[]),
        }
    }

    /// Which trouble a question meets, if it is the first about a person who meets any.
    fn trouble(&self, nik: u64) -> Option<usize> {
        let Args { slow, broken, nonsense, .. } = self.args;
        let trouble = pick(self.chance.below(TROUBLE, nik, PER_MILLE), [slow, broken, nonsense])?;
        let mut troubled = self.troubled.lock().expect("no holder panics");
        let is_first = troubled.len() >= TROUBLED_MAX || troubled.insert(nik);
        is_first.then_some(trouble)
    }
}

/// Which of the shares a number falls into.
fn pick(number: u64, shares: [u64; 3]) -> Option<usize> {
    let mut end = 0;
    shares.into_iter().position(|share| {
        end += share;
        number < end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lie_one_after_the_other_and_the_rest_is_nobodys() {
        let picked: Vec<Option<usize>> = (0..6).map(|number| pick(number, [1, 0, 3])).collect();
        assert_eq!(picked, [Some(0), Some(2), Some(2), Some(2), None, None]);
    }
}
