//! Asking another system over HTTP for a few small answers: it is led nowhere else, waits no longer than told and reads no more than told.
//!
//! For what a library of a protocol asks for on our behalf, which brings its requests ready. Bounds: [`Fetcher::new`]'s time, [`ANSWER_MAX`] bytes.

use std::time::Duration;

use axum::http::{Request, Response};

/// Largest answer that is read.
pub const ANSWER_MAX: usize = 1024 * 1024;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This machine can ask nobody over https.
    #[error("a client for https cannot be made")]
    Client(#[source] reqwest::Error),
    /// Nobody there, too late, or broken off.
    #[error("it cannot be asked")]
    Http(#[from] reqwest::Error),
    /// Too much.
    #[error("its answer is longer than {ANSWER_MAX} bytes")]
    Long,
    /// Not as HTTP has it.
    #[error("its answer makes no sense")]
    Sense(#[from] axum::http::Error),
}

/// Asks; clones share connections.
#[derive(Debug, Clone)]
pub struct Fetcher(reqwest::Client);

impl Fetcher {
    /// One that waits so long for a whole answer. It follows no redirect: an answer from elsewhere is an answer of somebody else.
    pub fn new(within: Duration) -> Result<Self, Error> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(within).build();
        client.map(Self).map_err(Error::Client)
    }

    /// The answer to a request.
    pub async fn fetch(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut told = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            told = told.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_MAX {
                return Err(Error::Long);
            }
        }
        Ok(told.body(body)?)
    }
}
