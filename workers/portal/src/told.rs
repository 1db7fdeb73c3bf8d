//! What a caller says, in a body or a query: read strictly, refused in the same words as everything else.

use std::ops::RangeInclusive;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// A JSON body; every field known.
#[derive(Debug)]
pub struct Told<T>(pub T);

/// A query; every parameter known.
#[derive(Debug)]
pub struct Sought<T>(pub T);

/// Text on one line, trimmed, of so many characters; none where it is not.
pub fn one_line(text: &str, characters: RangeInclusive<usize>) -> Option<String> {
    let text = text.trim();
    let fits = characters.contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Told<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let read = Json::from_request(request, state).await;
        read.map(|Json(told)| Self(told)).map_err(|wrong| Refusal::new(wrong.status(), "json", wrong.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Sought<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(sought)| Self(sought)).map_err(|wrong| Refusal::new(wrong.status(), "query", wrong.body_text()))
    }
}
