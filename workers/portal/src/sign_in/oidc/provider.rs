//! The other system: what it publishes, where it is asked, and what of its answers is believed.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, TokenResponse,
    core::{CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType},
};
use salur_domain::{Disposed, Disposition};
use salur_runtime::fetch::{self, Fetcher};
use tokio::sync::Mutex;
use url::Url;

use crate::refusal::Refusal;

/// Signatures that are believed: of a key pair, since whoever could check one of a shared secret could make it. `none` is no signature.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// Longest an answer may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// How long what the system publishes is believed before a browser is led there; its keys are asked for again when one comes back.
pub const KEPT: Duration = Duration::from_mins(5);

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

/// Why it cannot be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The issuer.
    #[error("portal.oidc.issuer is no address")]
    Issuer(#[source] url::ParseError),
    /// The address of the portal.
    #[error("portal.public_url is no address that somebody can come back to")]
    PublicUrl(#[source] url::ParseError),
    /// No client.
    #[error("portal.oidc: this machine cannot ask anybody over https")]
    Http(#[source] fetch::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// The system by whose accounts people may sign in.
#[derive(Debug)]
pub struct Means {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    name: String,
    http: Http,
    published: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

impl Means {
    /// As configured; nobody is asked yet.
    pub fn new(asked: &Asked<'_>) -> Result<Self, Error> {
        let back = format!("{}/sign-in/oidc/back", asked.public_url.trim_end_matches('/'));
        Ok(Self {
            issuer: IssuerUrl::new(asked.issuer.to_owned()).map_err(Error::Issuer)?,
            client_id: ClientId::new(asked.client_id.to_owned()),
            client_secret: asked.client_secret.map(|secret| ClientSecret::new(secret.to_owned())),
            redirect: RedirectUrl::new(back).map_err(Error::PublicUrl)?,
            name: asked.name.to_owned(),
            http: Http(Fetcher::new(ANSWER_WITHIN).map_err(Error::Http)?),
            published: Mutex::new(None),
        })
    }

    /// On the button.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// As its tokens say it.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where a browser signs in.
    pub(super) async fn address(&self, state: &str, nonce: &str, verifier: &str) -> Result<Url, Refusal> {
        let published = self.published(KEPT).await?;
        let client = CoreClient::from_provider_metadata(published, self.client_id.clone(), self.client_secret.clone());
        let client = client.set_redirect_uri(self.redirect.clone());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned()));
        let (state, nonce) = (state.to_owned(), nonce.to_owned());
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let asked = client.authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce)).set_pkce_challenge(challenge);
        Ok(asked.url().0)
    }

    /// Whom a code stands for; none: what came for it is not to be believed.
    pub(super) async fn subject_of(&self, code: &str, verifier: &str, nonce: &str) -> Result<Option<String>, Refusal> {
        let published = self.published(Duration::ZERO).await?;
        let client = CoreClient::from_provider_metadata(published, self.client_id.clone(), self.client_secret.clone());
        let client = client.set_redirect_uri(self.redirect.clone());
        let asked = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(|error| unreachable(&error))?;
        let asked = asked.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let answer = match asked.request_async(&self.http).await {
            Ok(answer) => answer,
            Err(openidconnect::RequestTokenError::Request(error)) => return Err(unreachable(&error)),
            Err(error) => return Ok(unbelieved(&error)),
        };
        let Some(token) = answer.id_token() else {
            tracing::warn!("a sign-in by another system brought no id token");
            return Ok(None);
        };
        let checks = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        match token.claims(&checks, &Nonce::new(nonce.to_owned())) {
            Ok(claims) => Ok(Some(claims.subject().to_string())),
            Err(error) => Ok(unbelieved(&error)),
        }
    }

    /// What the system publishes, no older than asked for. One asks at a time.
    async fn published(&self, no_older: Duration) -> Result<CoreProviderMetadata, Refusal> {
        let mut kept = self.published.lock().await;
        if let Some((_, known)) = kept.as_ref().filter(|(at, _)| at.elapsed() < no_older) {
            return Ok(known.clone());
        }
        let found = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http).await;
        let found = found.map_err(|error| unreachable(&error))?;
        *kept = Some((Instant::now(), found.clone()));
        Ok(found)
    }
}

/// Our own client, as the library asks through it.
#[derive(Debug)]
struct Http(Fetcher);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = fetch::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, fetch::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.fetch(request))
    }
}

/// Logged with its cause, which holds no token.
fn unreachable(error: &dyn std::error::Error) -> Refusal {
    tracing::warn!(error = chain(error), "the system by which people sign in gave no answer");
    let message = "the system by which you sign in gives no answer; try again in a moment, or sign in with name and password";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "oidc", message)
}

fn unbelieved<T>(error: &dyn std::error::Error) -> Option<T> {
    tracing::warn!(error = chain(error), "a sign-in by another system is not believed");
    None
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
