//! An HTTP server that hears webhooks as an upstream system would: it keeps what it heard, and answers as it was told to.

use std::{
    collections::VecDeque,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    serve::Listener,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, task::JoinSet};

/// How one request is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    /// To a path of this server.
    Redirect(&'static str),
    /// Never.
    Silence,
}

/// What was heard.
#[derive(Debug, Clone)]
pub struct Heard {
    pub path: String,
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
}

#[derive(Debug, Default)]
struct Desk {
    heard: Mutex<Vec<Heard>>,
    /// For requests of one phase; every other is taken.
    answers: Mutex<(&'static str, VecDeque<Answer>)>,
}

/// The server; it ends with this.
pub struct Receiver {
    pub port: u16,
    desk: Arc<Desk>,
    _serving: JoinSet<()>,
}

impl Heard {
    /// The body.
    pub fn said(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body is JSON")
    }

    /// Whether it is signed with the secret, by the specification's words and none of salur's code.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).expect("any length");
        mac.update(format!("{}.{}.{}", self.id, self.timestamp, self.body).as_bytes());
        let ours = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signature.split(' ').any(|signature| signature == ours)
    }
}

impl Receiver {
    /// Listens; requests of the phase are answered one after the other as told.
    pub async fn new(phase: &'static str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        Self::on(listener, port, phase, answers)
    }

    /// The same behind a listener of one's own.
    pub fn on(listener: impl Listener<Addr: Debug>, port: u16, phase: &'static str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let desk = Arc::new(Desk::default());
        *desk.answers.lock().expect("no holder panics") = (phase, answers.into_iter().collect());
        let router = Router::new().fallback(hear).with_state(Arc::clone(&desk));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.expect("it serves until it is dropped") });
        Self { port, desk, _serving: serving }
    }

    /// Address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// Everything that was heard, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.desk.heard.lock().expect("no holder panics").clone()
    }
}

async fn hear(State(desk): State<Arc<Desk>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let heard = Heard {
        path: uri.path().to_owned(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = {
        let mut answers = desk.answers.lock().expect("no holder panics");
        let is_meant = heard.body.contains(&format!("\"batch.{}\"", answers.0));
        if is_meant { answers.1.pop_front() } else { None }
    };
    desk.heard.lock().expect("no holder panics").push(heard);
    match answer.unwrap_or(Answer::Status(204)) {
        Answer::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Answer::Redirect(path) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, path)]).into_response(),
        Answer::Silence => std::future::pending().await,
    }
}
