//! The line to the portal and the store, which may break at any byte.
//!
//! Every request is signed anew for each try, by the server's clock as it was asked for at the beginning: a device's own may be off. A photo is first PUT
//! to the store; once that broke, this and all following photos go through the portal in pieces, which grow while the line holds and shrink when it breaks.
//! What has come is asked of the portal, never guessed.
//!
//! Bounds: [`TRIES`] of a request with growing pauses, [`TIMEOUT`] each, [`PUT_TIMEOUT`] of a PUT; [`PIECE_TRIES`] of a photo's pieces without one byte more;
//! pieces of [`PIECE_MIN`] to [`PIECE_MAX`] bytes.

use std::{
    fs, io,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use ed25519_dalek::{Signer, SigningKey};
use reqwest::{Client, Method, Response, StatusCode};
use salur_domain::CaptureId;
use salur_portal::signed::{DEVICE_HEADER, SIGNATURE_HEADER, TIME_HEADER, to_sign};
use serde::Deserialize;
use serde_json::{Value, json};

use super::folder::{self, Captured, Folder};

/// How often a request is sent at most.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Longest a request of text may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest a piece, or a PUT to the store, may take; a line that is slower carries pieces.
const PUT_TIMEOUT: Duration = Duration::from_secs(70);
/// Tries of a photo's next piece until the line is taken to be gone.
const PIECE_TRIES: u32 = 8;
const PIECE_MIN: usize = 32 * 1024;
const PIECE_FIRST: usize = 128 * 1024;
const PIECE_MAX: usize = 1024 * 1024;
/// A piece that was through sooner may be followed by a larger one.
const QUICK: Duration = Duration::from_secs(5);

/// Why something was not sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] folder::Error),
    /// A photo that was there a moment ago.
    #[error("{}", .0.display())]
    Photo(PathBuf, #[source] io::Error),
    /// No client.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// Nobody answers.
    #[error("{0} does not answer")]
    Silent(&'static str, #[source] reqwest::Error),
    /// A photo's pieces do not get through.
    #[error("no piece of a photo gets through")]
    Stuck,
    /// It said no, and why.
    #[error("refused ({status} {error}): {detail}")]
    Refused {
        /// Status.
        status: u16,
        /// Code.
        error: String,
        /// In its words.
        detail: String,
    },
    /// An answer that this version does not know.
    #[error("the answer of {0} is not what it should be")]
    Unreadable(&'static str),
}

/// Where a photo goes.
#[derive(Debug)]
pub enum Place {
    /// To this address.
    At(String),
    /// It is there.
    There,
    /// Nowhere, and why.
    Refused(String, String),
}

#[derive(Deserialize)]
struct Places {
    uploads: Vec<OnePlace>,
}

#[derive(Deserialize)]
struct OnePlace {
    capture: CaptureId,
    state: String,
    url: Option<String>,
    detail: Option<String>,
}

/// A portal as one device reaches it.
#[derive(Debug)]
pub struct Line {
    http: Client,
    base: String,
    device: String,
    key: SigningKey,
    /// The server's clock minus this machine's.
    ahead: TimeDelta,
    /// A PUT broke, or was not wanted.
    in_pieces: AtomicBool,
}

impl Error {
    /// Whether another run on a better line may get through.
    pub fn is_of_the_line(&self) -> bool {
        matches!(self, Self::Silent(..) | Self::Stuck) || matches!(self, Self::Refused { status: 500.., .. })
    }
}

impl Line {
    /// Asks the portal for the time.
    pub async fn open(base: &str, folder: &Folder, in_pieces: bool) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Time {
            now: DateTime<Utc>,
        }
        let http = Client::builder().timeout(TIMEOUT).tcp_nodelay(true).build().map_err(Error::Client)?;
        let (device, key) = (folder.device.clone(), folder.key.clone());
        let base = base.trim_end_matches('/').to_owned();
        let mut line = Self { http, base, device, key, ahead: TimeDelta::zero(), in_pieces: AtomicBool::new(in_pieces) };
        let Time { now } = read("GET /api/time", line.call(Method::GET, "/api/time", Bytes::new()).await?).await?;
        line.ahead = now - Utc::now();
        Ok(line)
    }

    /// Says what was done with a pack, and gives what came of it.
    pub async fn check_in(&self, said: &[u8]) -> Result<String, Error> {
        let door = "POST /api/device-packs/check-in";
        let heard: Value = read(door, self.call(Method::POST, "/api/device-packs/check-in", Bytes::copy_from_slice(said)).await?).await?;
        heard["effect"].as_str().map(str::to_owned).ok_or(Error::Unreadable(door))
    }

    /// Where the photos of these captures go, in their order.
    pub async fn places(&self, captures: &[Captured]) -> Result<Vec<Place>, Error> {
        let door = "POST /api/captures/upload-urls";
        let uploads: Vec<Value> = captures.iter().map(wanted).collect();
        let body = json!({ "uploads": uploads }).to_string();
        let Places { uploads } = read(door, self.call(Method::POST, "/api/captures/upload-urls", body.into()).await?).await?;
        let is_in_order = uploads.iter().map(|one| one.capture).eq(captures.iter().map(Captured::capture));
        if !is_in_order {
            return Err(Error::Unreadable(door));
        }
        let place = |one: OnePlace| match (one.url, one.state.as_str()) {
            (Some(url), _) => Place::At(url),
            (None, "there") => Place::There,
            (None, state) => Place::Refused(state.to_owned(), one.detail.unwrap_or_default()),
        };
        Ok(uploads.into_iter().map(place).collect())
    }

    /// Brings a photo to the store; whether it went in pieces.
    pub async fn bring(&self, captured: &Captured, place: Place) -> Result<bool, Error> {
        let url = match place {
            Place::There => return Ok(false),
            Place::Refused(error, detail) => return Err(Error::Refused { status: 422, error, detail }),
            Place::At(url) => url,
        };
        let photo = fs::read(&captured.photo).map_err(|error| Error::Photo(captured.photo.clone(), error))?;
        let photo = Bytes::from(photo);
        if !self.in_pieces.load(Ordering::Relaxed) {
            let put = self.http.put(&url).timeout(PUT_TIMEOUT).body(photo.clone()).send().await;
            if put.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(false);
            }
            self.in_pieces.store(true, Ordering::Relaxed);
        }
        self.pieces(captured, &photo).await.map(|()| true)
    }

    /// Says what was captured.
    pub async fn say(&self, captured: &Captured) -> Result<(), Error> {
        self.call(Method::POST, "/api/captures", captured.body.clone().into()).await.map(drop)
    }

    async fn pieces(&self, captured: &Captured, photo: &Bytes) -> Result<(), Error> {
        let begun = self.call(Method::POST, "/api/captures/uploads", wanted(captured).to_string().into()).await?;
        let path = format!("/api/captures/uploads/{}", captured.capture());
        let (mut reached, mut size, mut tries) = (Reached::of(&begun)?, PIECE_FIRST, 0);
        while !reached.is_whole {
            let end = reached.offset.saturating_add(size).min(photo.len());
            let piece = photo.get(reached.offset..end).map(|_| photo.slice(reached.offset..end)).ok_or(Error::Unreadable("an upload"))?;
            let began = Instant::now();
            let now = match self.append(&path, reached.offset, piece, end == photo.len()).await {
                Ok(now) => {
                    size = if began.elapsed() < QUICK { (size * 2).min(PIECE_MAX) } else { size };
                    now
                }
                Err(error) if error.is_of_the_line() => {
                    size = (size / 2).max(PIECE_MIN);
                    tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(tries.min(4))).await;
                    Reached::of(&self.call(Method::HEAD, &path, Bytes::new()).await?)?
                }
                Err(error) => return Err(error),
            };
            tries = if now.is_whole || now.offset > reached.offset { 0 } else { tries + 1 };
            if tries == PIECE_TRIES {
                return Err(Error::Stuck);
            }
            reached = now;
        }
        Ok(())
    }

    /// Sends a piece once; where the photo has come to then.
    async fn append(&self, path: &str, offset: usize, piece: Bytes, is_last: bool) -> Result<Reached, Error> {
        let request = self.signed(&Method::PATCH, path, &piece).timeout(PUT_TIMEOUT);
        let request = request.header("content-type", "application/partial-upload").header("upload-offset", offset);
        let sent = request.header("upload-complete", if is_last { "?1" } else { "?0" }).body(piece).send().await;
        let answer = sent.map_err(|error| Error::Silent("an upload", error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Reached::of(&answer),
            // another try of ours came first, or the last one was through: it says where to go on
            StatusCode::CONFLICT => Reached::of(&answer),
            StatusCode::BAD_REQUEST if answer.headers().get("upload-complete").is_some_and(|is| is == "?1") => Reached::of(&answer),
            _ => Err(refused(answer).await),
        }
    }

    /// Asks a door, signed, until somebody answers.
    async fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Response, Error> {
        let (mut pause, mut tried) = (FIRST_PAUSE, 1);
        loop {
            let request = self.signed(&method, path, &body).header("content-type", "application/json").body(body.clone());
            let failed = match request.send().await {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) => refused(answer).await,
                Err(error) => Error::Silent("the portal", error.without_url()),
            };
            let is_full = matches!(failed, Error::Refused { status: 429, .. });
            if tried == TRIES || !(failed.is_of_the_line() || is_full) {
                return Err(failed);
            }
            tokio::time::sleep(pause).await;
            (pause, tried) = ((pause * 2).min(PAUSE_MAX), tried + 1);
        }
    }

    fn signed(&self, method: &Method, path: &str, body: &[u8]) -> reqwest::RequestBuilder {
        let time = (Utc::now() + self.ahead).to_rfc3339_opts(SecondsFormat::Secs, true);
        let signature = STANDARD.encode(self.key.sign(&to_sign(method.as_str(), path, &time, body)).to_bytes());
        let request = self.http.request(method.clone(), format!("{}{path}", self.base));
        request.header(DEVICE_HEADER, &self.device).header(TIME_HEADER, time).header(SIGNATURE_HEADER, signature)
    }
}

/// Where a photo has come to.
#[derive(Debug, Clone, Copy)]
struct Reached {
    offset: usize,
    is_whole: bool,
}

impl Reached {
    fn of(answer: &Response) -> Result<Self, Error> {
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let offset = header("upload-offset").and_then(|text| text.parse().ok()).ok_or(Error::Unreadable("an upload"))?;
        Ok(Self { offset, is_whole: header("upload-complete") == Some("?1") })
    }
}

fn wanted(captured: &Captured) -> Value {
    let statement = &captured.statement;
    json!({ "capture": statement.capture, "claim": statement.claim, "size": statement.size, "sha256": statement.sha256 })
}

async fn read<T: serde::de::DeserializeOwned>(door: &'static str, answer: Response) -> Result<T, Error> {
    let bytes = answer.bytes().await.map_err(|error| Error::Silent(door, error.without_url()))?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Unreadable(door))
}

async fn refused(answer: Response) -> Error {
    let status = answer.status().as_u16();
    let body: Value = answer.bytes().await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    Error::Refused { status, error: text("error"), detail: text("detail") }
}
