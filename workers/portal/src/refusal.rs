//! What a door answers when it does not open: a status, a code for programs and a sentence for people that says what to do.
//!
//! Bodies are problem details (RFC 9457): `type`, and the code for programs, `error`; `title` and `status`; `detail`, the sentence. Causes go to the log,
//! never to the caller; neither carries personal data.

use std::{borrow::Cow, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use salur_domain::Disposition;
use salur_runtime::stage::Failure;
use serde::Serialize;
use serde_json::{Map, Value};

/// Seconds after which asking again makes sense when a dependency is down or we are full.
const RETRY_AFTER_S: u16 = 5;

/// Members of problem details: no field that says more is called so.
const MEMBERS: [&str; 5] = ["type", "title", "status", "detail", "error"];

/// A door that stays closed.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    more: Map<String, Value>,
    wait: Option<Duration>,
}

impl Refusal {
    /// A refusal with a code for programs and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), more: Map::new(), wait: None }
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Serialize) -> Self {
        debug_assert!(!MEMBERS.contains(&field), "{field} is a member of problem details");
        let value = serde_json::to_value(value).expect("fields of refusals are texts and times");
        self.more.insert(field.to_owned(), value);
        self
    }

    /// The same, and how long to wait before asking again.
    #[must_use]
    pub fn with_wait(self, wait: Duration) -> Self {
        Self { wait: Some(wait), ..self }
    }

    /// For `Retry-After`, in whole seconds.
    pub fn retry_after(&self) -> Option<HeaderValue> {
        let is_busy = self.status == StatusCode::SERVICE_UNAVAILABLE;
        let wait_s =
            self.wait.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).or_else(|| is_busy.then_some(RETRY_AFTER_S.into()));
        wait_s.map(HeaderValue::from)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A field that says more.
    pub fn more(&self, field: &str) -> Option<&Value> {
        self.more.get(field)
    }

    /// We are full or something we need is down: nothing happened, ask again.
    pub fn busy(message: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after();
        let mut body = self.more;
        body.insert("type".into(), format!("urn:salur:problem:{}", self.code).into());
        body.insert("title".into(), self.status.canonical_reason().unwrap_or_default().into());
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("detail".into(), self.message.into());
        body.insert("error".into(), self.code.into());
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(retry_after) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        }
        response
    }
}

/// Handled here: logged once, with the whole chain.
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        if failure.disposition == Disposition::Permanent {
            tracing::error!(%failure, "a request failed");
            let message = "the server failed; nothing was changed; tell the operator the time of this answer";
            return Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message);
        }
        tracing::warn!(%failure, "a request has to wait");
        Self::busy("the server cannot do this right now; send the same request again")
    }
}

impl From<salur_store::Error> for Refusal {
    fn from(error: salur_store::Error) -> Self {
        Failure::from(error).into()
    }
}
