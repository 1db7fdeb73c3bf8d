//! Who calls: every changing door of people and systems takes a [`Caller`], and cannot be reached without one.
//!
//! `Authorization: Bearer salur_<id>_<secret>`, or the same token in the cookie of a browser ([`crate::sign_in`]): the id names the token, of the secret only a
//! digest is kept. Systems get tokens from an administrator; people sign in with their own key ([`crate::people`]) or at a browser and get one for a
//! working day. What a caller may do stands in one table,
//! [`salur_domain::actor::Role::may`]. Nothing here takes a name as an argument.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use hmac::{Hmac, Mac};
use salur_domain::actor::{Act, Role};
use salur_store::actors::{self, Actor};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::{Portal, cookies, refusal::Refusal};

/// Prefix of every token: scanners of leaked secrets look for such.
const PREFIX: &str = "salur";
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;
const MARK_BYTES: usize = 16;

/// Who calls, by a token that is good.
#[derive(Debug)]
pub struct Caller {
    /// As registered.
    pub actor: Actor,
    /// What they do here.
    pub role: Role,
    /// Public half of the token.
    pub token: String,
    /// Why they look at photos of families, once they said so.
    pub why: Option<String>,
    digest: Vec<u8>,
}

impl Caller {
    /// Refuses what the caller's role does not do.
    pub fn must(&self, act: Act) -> Result<(), Refusal> {
        if self.role.may(act) {
            return Ok(());
        }
        let message = format!("a caller of role {} may not do this; ask an administrator for another role", self.role);
        Err(Refusal::new(StatusCode::FORBIDDEN, "role", message))
    }

    /// Refuses who acts for a part of the country only.
    pub fn must_have_the_country(&self) -> Result<(), Refusal> {
        if self.actor.region.is_empty() {
            return Ok(());
        }
        let message = "this concerns the whole country, and you act for a region; ask somebody without one";
        Err(Refusal::new(StatusCode::FORBIDDEN, "region", message))
    }

    /// Whether the caller's role does this.
    pub fn may(&self, act: Act) -> bool {
        self.role.may(act)
    }

    /// A mark that this session alone can show: that it was let see something, without asking the database again.
    pub fn mark(&self, what: &str) -> String {
        let mut hash = Hmac::<Sha256>::new_from_slice(&self.digest).expect("HMAC takes keys of any length");
        hash.update(what.as_bytes());
        hex::encode(&hash.finalize().into_bytes()[..MARK_BYTES])
    }

    /// Whether a mark is this session's.
    pub fn has_mark(&self, what: &str, mark: &str) -> bool {
        same(self.mark(what).as_bytes(), mark.as_bytes())
    }

    /// Whose rows of a list the caller sees: who sent it sees all, also those whose village nobody could read; others those of their region.
    pub fn region_of_rows(&self) -> &str {
        if self.actor.source.is_some() { "" } else { &self.actor.region }
    }

    /// The caller's source, for those who have one.
    pub fn source(&self) -> Option<&str> {
        self.actor.source.as_deref()
    }
}

impl FromRequestParts<Portal> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Refusal> {
        let text = shown_token(&parts.headers).ok_or_else(unknown)?;
        let caller = Self::of(portal, text).await?;
        match &caller {
            Some(caller) => portal.crowd().learn(text, &caller.actor.name),
            None => portal.crowd().forget(text),
        }
        caller.ok_or_else(unknown)
    }
}

impl Caller {
    /// Whose token this is, where it is good.
    async fn of(portal: &Portal, text: &str) -> Result<Option<Self>, Refusal> {
        let Some(token) = Token::parse(text) else { return Ok(None) };
        let known = actors::by_token(portal.database(), &token.id).await?;
        let Some(known) = known.filter(|known| same(&known.secret_digest, &token.digest())) else { return Ok(None) };
        let Some(role) = Role::parse(&known.actor.role) else { return Ok(None) };
        Ok(Some(Self { actor: known.actor, role, token: token.id, why: known.why, digest: known.secret_digest }))
    }
}

/// The token that a request shows, good or not.
pub(crate) fn shown_token(headers: &HeaderMap) -> Option<&str> {
    match headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        Some(text) => text.strip_prefix("Bearer "),
        None => cookies::session(headers),
    }
}

/// A token as its holder has it.
pub struct Token {
    /// Its public half.
    pub id: String,
    secret: [u8; SECRET_BYTES],
}

impl Token {
    /// A fresh one.
    pub fn new() -> Result<Self, Refusal> {
        Ok(Self { id: hex::encode(random::<ID_BYTES>()?), secret: random()? })
    }

    /// What is kept of the secret.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }

    /// For its holder, once.
    pub fn text(&self) -> String {
        format!("{PREFIX}_{}_{}", self.id, hex::encode(self.secret))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let mut bytes = [0; SECRET_BYTES];
        hex::decode_to_slice(secret, &mut bytes).ok()?;
        let well_formed = prefix == PREFIX && parts.next().is_none() && id.len() == 2 * ID_BYTES;
        well_formed.then(|| Self { id: id.to_owned(), secret: bytes })
    }
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::busy("the server has no randomness; send the same request again"))?;
    Ok(bytes)
}

/// An id for what the caller gave none.
pub fn random_id() -> Result<Uuid, Refusal> {
    Ok(Builder::from_random_bytes(random()?).into_uuid())
}

/// Equal, in a time that does not tell where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

/// One answer for no token, a wrong one, one that is over and one that was revoked: it tells nothing.
fn unknown() -> Refusal {
    let message = "no token, or one that is wrong, over or revoked; sign in with `salur login`, or ask an administrator for a token";
    Refusal::new(StatusCode::UNAUTHORIZED, "token", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_damaged_one_does_not() {
        let token = Token::new().expect("randomness");
        let text = token.text();
        let read = Token::parse(&text).expect("it is one");
        assert_eq!((read.id.as_str(), read.digest()), (token.id.as_str(), token.digest()));
        for wrong in [&text[1..], &text[..text.len() - 2], "", "salur__", &format!("{text}_x"), &text.replace("salur", "solar")] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn digests_are_the_same_only_if_they_are() {
        assert!(same(b"ab", b"ab") && !same(b"ab", b"ac") && !same(b"ab", b"a"));
    }
}
