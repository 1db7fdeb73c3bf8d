//! A portal that was built without the feature `oidc`: nobody signs in by another system, and a configuration that says so is refused at the start.

use axum::Router;
use salur_domain::{Disposed, Disposition};

use crate::Portal;

/// What is configured.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "as in the configuration")]
pub struct Asked<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub client_secret: Option<&'a str>,
    pub name: &'a str,
    pub public_url: &'a str,
}

/// None there are.
#[derive(Debug, Clone, Copy)]
pub enum Means {}

/// It cannot be done.
#[derive(Debug, thiserror::Error)]
#[error("portal.oidc.issuer: this program was built without the feature `oidc`")]
pub struct Error;

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

impl Means {
    /// Refused.
    pub fn new(_: &Asked<'_>) -> Result<Self, Error> {
        Err(Error)
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn issuer(&self) -> &str {
        match *self {}
    }
}

pub(super) fn routes() -> Router<Portal> {
    Router::new()
}
