//! A civil registry over HTTP: `POST {question, nik, name, birth_date}`, answered by `{question, answer, fields}`.
//!
//! Personal data stands in the body alone, never in the address; redirects are not followed, since they would carry it elsewhere, and no proxy of the
//! environment is asked. An answer must name its question. Bounds: the timeout, [`BODY_MAX`] bytes of an answer.

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::{Client, Response, redirect::Policy};
use salur_domain::PaymentId;
use serde::{Deserialize, Serialize};

use super::{Answer, Error, Field, Question, Registry};

/// An answer is a hundred bytes; whatever is longer is something else.
pub const BODY_MAX: usize = 4_096;

/// How to reach it.
#[derive(Debug)]
pub struct Settings<'a> {
    /// Where questions are posted.
    pub url: &'a str,
    /// Bearer token; none: unsigned.
    pub token: Option<&'a str>,
    /// From connecting to the last byte.
    pub timeout: Duration,
}

/// The adapter.
#[derive(Debug)]
pub struct HttpRegistry {
    client: Client,
    url: String,
    token: Option<Token>,
}

/// Prints nothing.
struct Token(String);

#[derive(Serialize)]
struct Asked<'a> {
    question: PaymentId,
    nik: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    question: PaymentId,
    answer: Word,
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Confirmed,
    Differs,
    Unknown,
    Deceased,
}

impl HttpRegistry {
    /// An adapter; nothing is asked yet.
    pub fn new(settings: &Settings<'_>) -> Result<Self, Error> {
        let client = Client::builder().timeout(settings.timeout).redirect(Policy::none()).no_proxy().build();
        let client = client.map_err(|error| Error::Client(error.without_url().into()))?;
        Ok(Self { client, url: settings.url.to_owned(), token: settings.token.map(|token| Token(token.to_owned())) })
    }

    async fn post(&self, question: &Question) -> Result<Answer, Error> {
        let birth_date = question.birth_date.map(|date| date.to_string());
        let asked = Asked { question: question.payment, nik: question.nik.digits(), name: &question.name, birth_date };
        let mut request = self.client.post(&self.url).json(&asked);
        if let Some(Token(token)) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(failed)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(Error::Status(response.status().as_u16()));
        }
        read(&bounded(response).await?, question.payment)
    }
}

impl Registry for HttpRegistry {
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(self.post(question))
    }
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > BODY_MAX {
            return Err(Error::Body("it is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The parser's words are left out: they may quote what was sent.
fn read(body: &[u8], question: PaymentId) -> Result<Answer, Error> {
    let told: Told = serde_json::from_slice(body).map_err(|_| Error::Body("it is not of the form that was agreed"))?;
    if told.question != question {
        return Err(Error::Body("it is about another question"));
    }
    match (told.answer, told.fields.is_empty()) {
        (Word::Confirmed, true) => Ok(Answer::Confirmed),
        (Word::Differs, false) => Ok(Answer::Differs(told.fields)),
        (Word::Unknown, true) => Ok(Answer::Unknown),
        (Word::Deceased, true) => Ok(Answer::Deceased),
        _ => Err(Error::Body("answer and fields contradict each other")),
    }
}

fn failed(error: reqwest::Error) -> Error {
    if error.is_timeout() { Error::Late } else { Error::Unreachable(error.without_url().into()) }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: PaymentId = PaymentId(uuid::Uuid::from_u128(7));

    fn told(rest: &str) -> Result<Answer, Error> {
        read(format!(r#"{{"question":"{MINE}",{rest}}}"#).as_bytes(), MINE)
    }

    #[test]
    fn an_answer_that_contradicts_itself_or_is_about_another_is_none() {
        assert_eq!(told(r#""answer":"confirmed""#).expect("an answer"), Answer::Confirmed);
        let differs = told(r#""answer":"differs","fields":["birth_date","name"]"#).expect("an answer");
        assert_eq!(differs.fields(), "name,birth_date");
        for wrong in [r#""answer":"differs""#, r#""answer":"confirmed","fields":["name"]"#, r#""answer":"yes""#, r#""fields":[]"#] {
            assert!(matches!(told(wrong), Err(Error::Body(_))), "{wrong}");
        }
        let others = read(format!(r#"{{"question":"{MINE}","answer":"confirmed"}}"#).as_bytes(), PaymentId(uuid::Uuid::nil()));
        assert!(matches!(others, Err(Error::Body(_))));
    }
}
