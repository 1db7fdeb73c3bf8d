//! What a caller says, in a body, a form or a query: read strictly, refused in the same words as everything else.

use std::ops::RangeInclusive;

use axum::{
    Form, Json,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{cookies, pages::PageRefusal, refusal::Refusal};

/// A JSON body; every field known.
#[derive(Debug)]
pub struct Told<T>(pub T);

/// A query; every parameter known.
#[derive(Debug)]
pub struct Sought<T>(pub T);

/// A form as somebody filled it in; what cannot be read is a page that says so.
#[derive(Debug)]
pub struct Entered<T>(pub T);

/// The one character that PostgreSQL takes in no text, in an address or a form.
pub(crate) const ZERO: &str = "%00";

/// Text on one line, trimmed, of so many characters; none where it is not.
pub fn one_line(text: &str, characters: RangeInclusive<usize>) -> Option<String> {
    let text = text.trim();
    let fits = characters.contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// The same, of a text that is kept with the record: as many digits as a person's number has belong into none.
pub fn one_line_without_number(text: &str, characters: RangeInclusive<usize>) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    one_line(text, characters).filter(|_| digits < salur_domain::nik::DIGITS)
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Told<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let (request, body) = read_whole(request, state).await.map_err(|wrong| Refusal::new(wrong.status(), "json", wrong.body_text()))?;
        refuse_zeros(&body)?;
        let read = Json::from_request(request, state).await;
        read.map(|Json(told)| Self(told)).map_err(|wrong| Refusal::new(wrong.status(), "json", wrong.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Entered<T> {
    type Rejection = PageRefusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageRefusal> {
        let (language, here) = (cookies::language(request.headers()), request.uri().path().to_owned());
        let refused = |refusal| PageRefusal::plain(language, &here, refusal);
        let wrong = |status| {
            refused(Refusal::new(status, "form", "the form is not as its page sends it; open the page again and fill it in there"))
        };
        let (request, body) = read_whole(request, state).await.map_err(|rejection| wrong(rejection.status()))?;
        if body.windows(ZERO.len()).any(|part| part == ZERO.as_bytes()) || body.contains(&0) {
            return Err(refused(zero()));
        }
        let read = Form::from_request(request, state).await;
        read.map(|Form(entered)| Self(entered)).map_err(|rejection| wrong(rejection.status()))
    }
}

/// The request once more, and its body.
async fn read_whole<S: Send + Sync>(request: Request, state: &S) -> Result<(Request, Bytes), BytesRejection> {
    let (parts, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await?;
    Ok((Request::from_parts(parts, Body::from(bytes.clone())), bytes))
}

/// Refuses JSON in whose texts the character 0 stands, wherever.
pub(crate) fn refuse_zeros(body: &[u8]) -> Result<(), Refusal> {
    const ESCAPED: &[u8] = b"\\u0000";
    if !body.windows(ESCAPED.len()).any(|part| part == ESCAPED) {
        return Ok(());
    }
    // a backslash may itself be escaped; what is no JSON is refused by whoever reads it
    let mut waiting = vec![serde_json::from_slice::<Value>(body).unwrap_or_default()];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) if text.contains('\0') => return Err(zero()),
            Value::Array(values) => waiting.extend(values),
            Value::Object(fields) if fields.keys().any(|name| name.contains('\0')) => return Err(zero()),
            Value::Object(fields) => waiting.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    Ok(())
}

/// What holds a character 0.
pub(crate) fn zero() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "zero", "no text holds the character 0; look for a damaged link or a broken file")
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Sought<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        if parts.uri.query().is_some_and(|query| query.contains(ZERO)) {
            return Err(zero());
        }
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(sought)| Self(sought)).map_err(|wrong| Refusal::new(wrong.status(), "query", wrong.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_is_found_wherever_it_stands_and_an_escaped_backslash_is_none() {
        for with in [r#"{"a":"x\u0000"}"#, r#"["\u0000"]"#, r#"{"a":{"\u0000":1}}"#, r#"{"a":[[{"b":"\\\u0000"}]]}"#] {
            assert!(refuse_zeros(with.as_bytes()).is_err(), "{with}");
        }
        for without in [r#"{"a":"x\\u0000"}"#, r#"{"a":"\u00001"}"#.replace("00001", "0041").as_str(), "\\u0000", ""] {
            assert!(refuse_zeros(without.as_bytes()).is_ok(), "{without}");
        }
    }
}
