//! The public doors: everything a counter may ask the portal, and the upload.
//!
//! Ids are made before the first try, so a request may be sent again: [`TRIES`] times with growing pauses when the portal or the store does not
//! answer, is busy or fails. Any other answer is an answer.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use salur_domain::{CaptureId, ClaimId, PaymentId};
use salur_schemas::proof::CaptureStatement;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::device::Device;

/// How often a request is sent at most: about two and a half minutes, longer than a restart of the portal or of the store.
const TRIES: u32 = 17;
/// Pause before the second try; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// Longest a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Characters of an unexpected answer that are told.
const TOLD_CHARS_MAX: usize = 300;

/// Why a door did not open.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// No answer after all tries.
    #[error("{door} does not answer after {TRIES} tries")]
    Silent {
        /// Which door.
        door: &'static str,
        /// The last reason.
        source: reqwest::Error,
    },
    /// An answer that the contract does not know here.
    #[error("{door} answered {status}: {body}")]
    Unexpected {
        /// Which door.
        door: &'static str,
        /// Status.
        status: StatusCode,
        /// The beginning of the body.
        body: String,
    },
    /// An answer that cannot be read.
    #[error("the answer of {door} cannot be read")]
    Unreadable {
        /// Which door.
        door: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

/// The portal, as devices see it.
#[derive(Debug, Clone)]
pub struct Portal {
    http: Client,
    base: String,
}

/// Answer to a claim.
#[derive(Debug)]
pub enum Claimed {
    /// Hand over.
    Granted(Granted),
    /// Another counter is at it: its device.
    Taken(String),
    /// Nothing is open on it.
    NothingOpen,
}

/// What to hand over.
#[derive(Debug, Deserialize)]
pub struct Granted {
    /// When the lease ends.
    pub expires_at: DateTime<Utc>,
    /// The payments it covers.
    pub payments: Vec<Covered>,
}

/// A payment of a claim.
#[derive(Debug, Deserialize)]
pub struct Covered {
    /// Its id.
    pub payment: PaymentId,
}

#[derive(Deserialize)]
struct Taken {
    device: String,
}

#[derive(Deserialize)]
struct Time {
    now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Upload {
    url: String,
}

impl Portal {
    /// The portal at an address like `http://127.0.0.1:8080`.
    pub fn at(base: &str) -> Result<Self, Error> {
        let http = Client::builder().timeout(TIMEOUT).tcp_nodelay(true).build().map_err(Error::Client)?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned() })
    }

    /// The server's clock.
    pub async fn time(&self) -> Result<DateTime<Utc>, Error> {
        let door = "GET /api/time";
        let response = send(door, || self.http.get(format!("{}/api/time", self.base))).await?;
        let Time { now } = read(door, expect(door, StatusCode::OK, response).await?).await?;
        Ok(now)
    }

    /// Claims the cheque of a token, for whom the family sends.
    pub async fn claim(&self, device: &Device, claim: ClaimId, token: &str, teller: &str, sent: Option<&Value>) -> Result<Claimed, Error> {
        let door = "POST /api/claims";
        let mut body = json!({ "claim": claim, "token": token, "teller": teller });
        if let Some(proxy) = sent {
            body["proxy"] = proxy.clone();
        }
        let response = send(door, || self.signed(device, "/api/claims", &body)).await?;
        match response.status() {
            StatusCode::OK => Ok(Claimed::Granted(read(door, response).await?)),
            StatusCode::CONFLICT => {
                let Taken { device } = read(door, response).await?;
                Ok(Claimed::Taken(device))
            }
            // paused: the family goes home as one that was paid does
            StatusCode::GONE | StatusCode::LOCKED => Ok(Claimed::NothingOpen),
            _ => Err(unexpected(door, response).await),
        }
    }

    /// Asks where to upload, and uploads.
    pub async fn upload(&self, device: &Device, capture: CaptureId, claim: ClaimId, sha256: &str, photo: Bytes) -> Result<(), Error> {
        let door = "POST /api/captures/upload-url";
        let body = json!({ "capture": capture, "claim": claim, "size": photo.len(), "sha256": sha256 });
        let response = send(door, || self.signed(device, "/api/captures/upload-url", &body)).await?;
        let Upload { url } = read(door, expect(door, StatusCode::OK, response).await?).await?;
        let door = "PUT of a photo";
        let response = send(door, || self.http.put(&url).body(photo.clone())).await?;
        expect(door, StatusCode::OK, response).await.map(drop)
    }

    /// Says what was captured.
    pub async fn capture(&self, device: &Device, statement: &CaptureStatement, token: &str) -> Result<(), Error> {
        let door = "POST /api/captures";
        let signature = device.sign(&statement.to_sign());
        let body = json!({ "statement": statement, "signature": signature, "token": token });
        let response = send(door, || self.signed(device, "/api/captures", &body)).await?;
        expect(door, StatusCode::ACCEPTED, response).await.map(drop)
    }

    /// A request signed by a device.
    fn signed(&self, device: &Device, path: &str, body: &serde_json::Value) -> RequestBuilder {
        let body = body.to_string();
        let time = device.clock(Utc::now()).to_rfc3339_opts(SecondsFormat::Secs, false);
        // written down once more, from the contract and not from the portal's code: this is another party
        let digest = hex::encode(Sha256::digest(&body));
        let signature = device.sign(format!("salur-request-1\nPOST\n{path}\n{time}\n{digest}").as_bytes());
        self.http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .header("x-salur-device", &device.code)
            .header("x-salur-time", time)
            .header("x-salur-signature", signature)
            .body(body)
    }
}

/// Sends until somebody answers.
async fn send(door: &'static str, request: impl Fn() -> RequestBuilder) -> Result<Response, Error> {
    let mut pause = FIRST_PAUSE;
    for tried in 1.. {
        let answer = request().send().await;
        match answer {
            Ok(response) if !is_temporary(response.status()) || tried == TRIES => return Ok(response),
            Err(source) if tried == TRIES => return Err(Error::Silent { door, source: source.without_url() }),
            Ok(_) | Err(_) => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
    unreachable!("the last try returns")
}

fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

async fn expect(door: &'static str, status: StatusCode, response: Response) -> Result<Response, Error> {
    if response.status() == status { Ok(response) } else { Err(unexpected(door, response).await) }
}

async fn unexpected(door: &'static str, response: Response) -> Error {
    let status = response.status();
    let body = response.text().await.unwrap_or_default().chars().take(TOLD_CHARS_MAX).collect();
    Error::Unexpected { door, status, body }
}

async fn read<T: DeserializeOwned>(door: &'static str, response: Response) -> Result<T, Error> {
    let bytes = response.bytes().await.map_err(|source| Error::Silent { door, source: source.without_url() })?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Unreadable { door, source })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Answers one request per answer, each on a connection of its own; gives back what was asked.
    async fn answer(listener: TcpListener, answers: &[&str]) -> Vec<String> {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut buffer = vec![0; 4_096];
            let read = stream.read(&mut buffer).await.expect("a request");
            asked.push(String::from_utf8_lossy(&buffer[..read]).into_owned());
            stream.write_all(answer.as_bytes()).await.expect("a listening client");
        }
        asked
    }

    async fn ask(answers: &[&str]) -> (Result<DateTime<Utc>, Error>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let portal = Portal::at(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a client");
        tokio::join!(portal.time(), answer(listener, answers))
    }

    const BUSY: &str = "HTTP/1.1 503 busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    const NOW: &str = "HTTP/1.1 200 ok\r\nconnection: close\r\ncontent-length: 30\r\n\r\n{\"now\":\"2026-03-02T02:00:00Z\"}";
    const GONE: &str = "HTTP/1.1 404 no\r\nconnection: close\r\ncontent-length: 4\r\n\r\nno!\n";

    #[tokio::test]
    async fn a_busy_portal_and_a_lost_connection_are_asked_again() {
        let (now, asked) = ask(&[BUSY, "", NOW]).await;
        assert_eq!(now.expect("the third answer").to_rfc3339(), "2026-03-02T02:00:00+00:00");
        assert!(asked.iter().all(|request| request.starts_with("GET /api/time HTTP/1.1")), "{asked:?}");
    }

    #[tokio::test]
    async fn any_other_answer_is_an_answer() {
        let (now, asked) = ask(&[GONE]).await;
        assert!(matches!(now, Err(Error::Unexpected { status: StatusCode::NOT_FOUND, .. })));
        assert_eq!(asked.len(), 1);
    }
}
