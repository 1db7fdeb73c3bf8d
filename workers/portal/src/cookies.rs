//! The cookies of a browser: who is signed in, which language, and, for a few minutes, how a sign-in by another system began.
//!
//! Over https the session's name begins with `__Host-`: a browser then takes it from this host alone, for the whole of it and only over https (RFC 6265bis). No
//! script can read it, and no other site can send it along. What a browser sends on its own is not its user's word: whatever changes something must come
//! from a page of ours ([`is_ours`]), told by the headers that pages cannot set (Fetch Metadata, or the origin).

use axum::http::{HeaderMap, HeaderValue, Method, header};
use salur_domain::reason::Language;

/// Behind https, and on this machine alone.
const SESSION: [&str; 2] = ["__Host-salur", "salur"];
/// Of a sign-in that goes by another system and comes back from there: sent along with that way back, so not strict.
const LEFT: [&str; 2] = ["__Host-salur-left", "salur-left"];
const LANGUAGE: &str = "language";
/// A year: a taste, not a secret.
const LANGUAGE_FOR_S: u32 = 31_536_000;

/// The token of a browser's session.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    SESSION.into_iter().find_map(|name| find(headers, name))
}

/// The language a browser asked for, Indonesian otherwise.
pub fn language(headers: &HeaderMap) -> Language {
    if find(headers, LANGUAGE) == Some("en") { Language::English } else { Language::Indonesian }
}

/// Keeps a session for so many seconds; an empty one ends it.
pub fn keep_session(is_https: bool, token: &str, seconds: i64) -> HeaderValue {
    let (name, secure) = if is_https { (SESSION[0], "; Secure") } else { (SESSION[1], "") };
    value(&format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"))
}

/// What a browser was given before it went to another system to sign in.
pub fn left(headers: &HeaderMap) -> Option<&str> {
    LEFT.into_iter().find_map(|name| find(headers, name))
}

/// Keeps what a browser comes back with, for so many seconds; an empty one ends it.
pub fn keep_left(is_https: bool, sealed: &str, seconds: i64) -> HeaderValue {
    let (name, secure) = if is_https { (LEFT[0], "; Secure") } else { (LEFT[1], "") };
    value(&format!("{name}={sealed}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"))
}

/// Keeps a language.
pub fn keep_language(language: &str) -> HeaderValue {
    value(&format!("{LANGUAGE}={language}; Path=/; SameSite=Lax; Max-Age={LANGUAGE_FOR_S}"))
}

/// Whether a request that changes something comes from a page of ours, where a browser sent it.
pub fn is_ours(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() || !headers.contains_key(header::COOKIE) && !is_form(headers) {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => site == "same-origin" || site == "none",
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)),
        _ => false,
    }
}

/// What a page of another site can send without asking us first.
fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("application/x-www-form-urlencoded") || kind.starts_with("multipart/form-data")
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("names, hexadecimal digits and numbers are fit for a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_session_is_found_among_other_cookies_and_never_by_a_part_of_its_name() {
        assert_eq!(session(&headers(&[("cookie", "a=b; salur=x; language=en")])), Some("x"));
        assert_eq!(session(&headers(&[("cookie", "xsalur=x; salurx=y")])), None);
        assert_eq!(language(&headers(&[("cookie", "salur=x; language=en")])), Language::English);
        assert_eq!(language(&headers(&[])), Language::Indonesian);
    }

    #[test]
    fn a_change_comes_from_a_page_of_ours_or_from_no_browser() {
        let ours = |of: &[(&'static str, &'static str)]| is_ours(&Method::POST, &headers(of));
        assert!(ours(&[("authorization", "Bearer x"), ("content-type", "application/json")]), "no browser");
        assert!(ours(&[("cookie", "salur=x"), ("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("cookie", "salur=x"), ("origin", "https://salur.example"), ("host", "salur.example")]));
        assert!(!ours(&[
            ("cookie", "salur=x"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://salur.example"),
            ("host", "salur.example")
        ]));
        assert!(!ours(&[("cookie", "salur=x"), ("origin", "https://evil.example"), ("host", "salur.example")]));
        assert!(!ours(&[("cookie", "salur=x"), ("origin", "null"), ("host", "salur.example")]));
        assert!(!ours(&[("cookie", "salur=x")]), "a browser says where from");
        assert!(!ours(&[
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", "https://evil.example"),
            ("host", "salur.example")
        ]));
        assert!(is_ours(&Method::GET, &headers(&[("cookie", "salur=x")])));
    }
}
