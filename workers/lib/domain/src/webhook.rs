//! Webhooks as Standard Webhooks has them (<https://github.com/standard-webhooks/standard-webhooks>): secrets, signatures, and where one may point.
//!
//! A secret is derived from the installation's webhook key and the id of the webhook, so that it is kept nowhere and whoever reads the database signs
//! nothing. The key opens and signs nothing else. Where a webhook may point is asked twice: of its address when it is made, and of what the address
//! resolves to each time it is called, since names change what they mean. Bound: addresses of [`URL_MAX`] characters.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use url::{Host, Url};
use uuid::Uuid;

use crate::vault::KEY_BYTES;

/// Longest address.
pub const URL_MAX: usize = 500;
/// Says what the bytes are for: another version would derive other secrets.
const PURPOSE: &[u8] = b"salur webhook secret 1";

type Hash = Hmac<Sha256>;

/// Why a webhook may not point there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an address, or too long.
    #[error("not an address of at most {URL_MAX} characters: https://host/path")]
    Form,
    /// Not https.
    #[error("not https: what we say would be read on its way")]
    Scheme,
    /// Would be written into logs and tables.
    #[error("it holds a user or a password; the signature proves who calls, leave them out")]
    Credentials,
    /// Inside.
    #[error("it points to a private, local or reserved address")]
    Private,
}

/// The key that secrets of webhooks are derived from.
#[derive(Clone)]
pub struct WebhookKey([u8; KEY_BYTES]);

/// What salur and one receiver share.
#[derive(Clone)]
pub struct Secret([u8; KEY_BYTES]);

impl WebhookKey {
    /// From 32 bytes.
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The secret of a webhook.
    ///
    /// ```
    /// use salur_domain::webhook::WebhookKey;
    /// use uuid::Uuid;
    /// let key = WebhookKey::new([7; 32]);
    /// let (one, other) = (key.secret(Uuid::from_u128(1)), key.secret(Uuid::from_u128(2)));
    /// assert!(one.text().starts_with("whsec_") && one.text() != other.text());
    /// assert_eq!(format!("{key:?} {one:?}"), "WebhookKey(..) Secret(..)");
    /// ```
    pub fn secret(&self, webhook: Uuid) -> Secret {
        Secret(mac(&self.0, &[PURPOSE, webhook.as_bytes()]))
    }
}

impl Secret {
    /// For its holder, once.
    pub fn text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// The value of `webhook-signature` for a message, sent at a moment (seconds since 1970).
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signature = mac(&self.0, &[id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body]);
        format!("v1,{}", STANDARD.encode(signature))
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey(..)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut hash = <Hash as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into_bytes().into()
}

/// The address of a webhook, as far as it can be judged by itself. `allow_insecure` is for tests: http, and addresses of this machine.
pub fn parse_url(text: &str, allow_insecure: bool) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|_| Error::Form)?;
    let literal = match url.host().ok_or(Error::Form)? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    };
    if url.as_str().len() > URL_MAX {
        return Err(Error::Form);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Credentials);
    }
    match url.scheme() {
        "https" => {}
        "http" if allow_insecure => {}
        _ => return Err(Error::Scheme),
    }
    if literal.is_some_and(|address| !allow_insecure && !is_public(address)) {
        return Err(Error::Private);
    }
    Ok(url)
}

/// Whether an address is one of the public internet: what the IANA registries of special purposes name is not.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or_else(|| is_public_v6(address), is_public_v4),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b) {
        (0 | 10 | 127 | 224.., _) | (169, 254) | (192, 168) => true,
        (100, b) => (64..128).contains(&b),
        (172, b) => (16..32).contains(&b),
        (192, 0) => c == 0 || c == 2,
        (192, 88) => c == 99,
        (198, b) => b == 18 || b == 19 || (b == 51 && c == 100),
        (203, 0) => c == 113,
        _ => false,
    };
    !special
}

/// Global unicast is `2000::/3`; in it, tunnels and protocols (`2001::/23`, `2002::/16`) and documentation (`2001:db8::/32`, `3fff::/20`) are not.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let special = matches!((first, second), (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff));
    (0x2000..0x4000).contains(&first) && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // the example of the Standard Webhooks specification's libraries
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        let content = br#"{"test": 2432232314}"#;
        let signed = mac(&secret, &[b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", content]);
        assert_eq!(STANDARD.encode(signed), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let own = Secret([3; 32]);
        let whole = mac(&own.0, &[b"id.5.body"]);
        assert_eq!(own.sign("id", 5, b"body"), format!("v1,{}", STANDARD.encode(whole)));
    }

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in ["8.8.8.8", "100.63.0.1", "172.32.0.1", "192.1.0.1", "198.20.0.1", "2606:4700::1111", "2404:6800::1"] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        let inside = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ];
        for private in inside {
            assert!(!is_public(private.parse().expect("an address")), "{private}");
        }
    }

    #[test]
    fn an_address_is_https_to_somewhere_public_and_holds_no_password() {
        assert!(parse_url("https://dinsos.example/salur?x=1", false).is_ok());
        for (wrong, error) in [
            ("dinsos.example", Error::Form),
            ("https://", Error::Form),
            ("ftp://dinsos.example", Error::Scheme),
            ("http://dinsos.example", Error::Scheme),
            ("https://user:word@dinsos.example", Error::Credentials),
            ("https://127.0.0.1/", Error::Private),
            ("https://2130706433/", Error::Private),
            ("https://[::1]/", Error::Private),
        ] {
            assert_eq!(parse_url(wrong, false), Err(error), "{wrong}");
        }
        assert_eq!(parse_url(&format!("https://a.example/{}", "a".repeat(URL_MAX)), false), Err(Error::Form));
        assert!(parse_url("http://127.0.0.1:8080/", true).is_ok());
    }
}
