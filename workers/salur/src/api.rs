//! The portal's API as the command line uses it: a session of one's own, kept in a file that only its owner reads.
//!
//! `salur login` makes a key that never leaves this machine, enrols its public half with a one-time code, and signs in with it; the session it gets is
//! good for a working day. Both lie in `~/.config/salur` (or `SALUR_HOME`). Commands that change something go through here: who did it is decided by the
//! key, never by an argument.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use indicatif::ProgressBar;
use reqwest::{Body, Client, Method, RequestBuilder, Response, header::CONTENT_TYPE};
use salur_domain::{Disposed, Disposition};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::io::ReaderStream;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest a file may take, its making included.
const FILE_TIMEOUT: Duration = Duration::from_hours(1);
/// Read and sent at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Only the owner.
const PRIVATE: u32 = 0o600;

/// Why the portal did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not signed in.
    #[error("not signed in; run `salur login --server URL --as NAME`")]
    SignedOut,
    /// The session is over.
    #[error("the session ended at {0}; run `salur login` again")]
    Over(DateTime<Utc>),
    /// A file of ours.
    #[error("{}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// A file of ours holds something else.
    #[error("{} is damaged; remove it and run `salur login` again", .0.display())]
    Damaged(PathBuf),
    /// What was fetched cannot be kept.
    #[error("the file cannot be written")]
    Out(#[source] io::Error),
    /// No answer.
    #[error("the portal does not answer")]
    Silent(#[source] reqwest::Error),
    /// It said no, and why.
    #[error("refused ({status}): {message}")]
    Refused {
        /// Status.
        status: u16,
        /// In its words.
        message: String,
        /// All it said.
        body: Value,
    },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Silent(_) => Disposition::Down,
            _ => Disposition::Permanent,
        }
    }
}

/// Who is signed in, where, and until when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// `http://127.0.0.1:8080`
    pub server: String,
    /// Name of the actor.
    pub actor: String,
    /// The secret.
    pub token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// The portal, as someone.
#[derive(Debug)]
pub struct Api {
    http: Client,
    server: String,
    token: Option<String>,
}

impl Session {
    /// The session of the last login.
    pub fn load() -> Result<Self, Error> {
        let path = home().join("session.json");
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::SignedOut),
            other => other.map_err(|error| Error::File(path.clone(), error))?,
        };
        let session: Self = serde_json::from_str(&text).map_err(|_| Error::Damaged(path))?;
        if session.expires_at <= Utc::now() { Err(Error::Over(session.expires_at)) } else { Ok(session) }
    }

    /// Keeps it.
    pub fn save(&self) -> Result<(), Error> {
        let text = serde_json::to_string(self).expect("a session is plain data");
        write_private(&home().join("session.json"), text.as_bytes(), false)
    }
}

impl Api {
    /// A portal, as nobody yet.
    pub fn at(server: &str) -> Result<Self, Error> {
        let http = Client::builder().timeout(TIMEOUT).build().map_err(Error::Silent)?;
        Ok(Self { http, server: server.trim_end_matches('/').to_owned(), token: None })
    }

    /// The portal of the last login, as whoever logged in.
    pub fn signed_in() -> Result<Self, Error> {
        let session = Session::load()?;
        Ok(Self { token: Some(session.token), ..Self::at(&session.server)? })
    }

    /// Asks a door.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Error> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request.send().await.map_err(Error::Silent)?).await
    }

    /// Sends a file to a door.
    pub async fn send(&self, method: Method, path: &str, kind: &str, bytes: Vec<u8>) -> Result<Value, Error> {
        answer(self.request(method, path).header(CONTENT_TYPE, kind).body(bytes).send().await.map_err(Error::Silent)?).await
    }

    /// Sends a file of any size to a door piece by piece.
    pub async fn stream(&self, path: &str, query: &[(&str, &str)], kind: &str, file: fs::File, bar: ProgressBar) -> Result<Value, Error> {
        let pieces = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE_BYTES);
        let body = Body::wrap_stream(pieces.inspect_ok(move |piece| bar.inc(piece.len() as u64)));
        let request = self.request(Method::POST, path).query(query).header(CONTENT_TYPE, kind).timeout(FILE_TIMEOUT);
        answer(request.body(body).send().await.map_err(Error::Silent)?).await
    }

    /// Reads from a door.
    pub async fn get<T: Serialize + Sync>(&self, path: &str, query: &[(&str, T)]) -> Result<Value, Error> {
        answer(self.request(Method::GET, path).query(query).send().await.map_err(Error::Silent)?).await
    }

    /// Fetches a file piece by piece, and gives its size. What to write to is made once the portal has said yes.
    pub async fn fetch(&self, path: &str, to: impl FnOnce() -> io::Result<Box<dyn Write>>) -> Result<u64, Error> {
        let mut response = self.request(Method::GET, path).timeout(FILE_TIMEOUT).send().await.map_err(Error::Silent)?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        let (mut to, mut bytes) = (to().map_err(Error::Out)?, 0);
        while let Some(piece) = response.chunk().await.map_err(Error::Silent)? {
            to.write_all(&piece).map_err(Error::Out)?;
            bytes += piece.len() as u64;
        }
        to.flush().map_err(Error::Out)?;
        Ok(bytes)
    }

    /// What stands at an address, whole: for small files that are no JSON.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, Error> {
        let response = self.request(Method::GET, path).send().await.map_err(Error::Silent)?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        response.bytes().await.map(|bytes| bytes.to_vec()).map_err(Error::Silent)
    }

    /// What a door gives for being asked, whole: for files that are no JSON.
    pub async fn take(&self, path: &str) -> Result<Vec<u8>, Error> {
        let response = self.request(Method::POST, path).timeout(FILE_TIMEOUT).send().await.map_err(Error::Silent)?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        response.bytes().await.map(|bytes| bytes.to_vec()).map_err(Error::Silent)
    }

    /// Fetches a file to a place, whole or not at all, and gives its size.
    pub async fn fetch_to(&self, path: &str, out: &Path) -> Result<u64, Error> {
        let part = out.with_added_extension("part");
        let open = || fs::File::create(&part).map(|file| Box::new(io::BufWriter::new(file)) as Box<dyn Write>);
        let fetched = self.fetch(path, open).await;
        if fetched.is_err() {
            drop(fs::remove_file(&part));
        }
        let bytes = fetched?;
        fs::rename(&part, out).map_err(|error| Error::File(out.to_owned(), error))?;
        Ok(bytes)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A sign-in, signed.
    pub async fn sign_in(&self, path: &str, headers: [(&'static str, String); 3]) -> Result<Value, Error> {
        let request = self.http.post(format!("{}{path}", self.server));
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        answer(request.send().await.map_err(Error::Silent)?).await
    }
}

async fn answer(response: Response) -> Result<Value, Error> {
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    Ok(serde_json::from_slice(&response.bytes().await.map_err(Error::Silent)?).unwrap_or_default())
}

async fn refused(response: Response) -> Error {
    let status = response.status().as_u16();
    match response.bytes().await {
        Err(error) => Error::Silent(error),
        Ok(bytes) => {
            let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            Error::Refused { status, message: body["detail"].as_str().unwrap_or("no reason was given").to_owned(), body }
        }
    }
}

/// A name as one segment of a path.
pub fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Where keys and session lie.
pub fn home() -> PathBuf {
    let given = std::env::var_os("SALUR_HOME").map(PathBuf::from);
    given.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| ".".into())).join(".config/salur"))
}

/// Writes a file that only its owner reads, whole or not at all; `new`: refuses to replace one.
pub fn write_private(path: &Path, bytes: &[u8], new: bool) -> Result<(), Error> {
    let failed = |error| Error::File(path.to_owned(), error);
    let folder = path.parent().expect("our files lie in a folder");
    fs::create_dir_all(folder).map_err(failed)?;
    if new && path.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let whole = path.with_extension("new");
    drop(fs::remove_file(&whole));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&whole).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&whole, path)).map_err(failed)
}
