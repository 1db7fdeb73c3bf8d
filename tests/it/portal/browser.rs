//! A browser, as far as its headers go: cookies, forms, and no following of redirects.

use reqwest::{Client, Method, StatusCode, header, redirect::Policy};
use serde_json::json;
use totp_rs::{Algorithm, TOTP};

use super::support::House;

/// What a page answered.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub location: String,
    pub kind: String,
    pub body: Vec<u8>,
}

impl Page {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("pages are UTF-8")
    }

    /// What stands between two marks, first occurrence.
    pub fn between(&self, before: &str, after: &str) -> &str {
        let rest = self.text().split_once(before).unwrap_or_else(|| panic!("{before} is not on {}", self.text())).1;
        rest.split_once(after).unwrap_or_else(|| panic!("{after} does not follow {before}")).0
    }
}

/// Somebody at a browser.
pub struct Browser<'a> {
    house: &'a House,
    http: Client,
    pub cookies: Vec<(String, String)>,
    /// Where its pages say they come from.
    pub site: &'static str,
}

impl<'a> Browser<'a> {
    pub fn new(house: &'a House) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().expect("a client");
        Self { house, http, cookies: vec![], site: "same-origin" }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(Method::POST, path, Some(form)).await
    }

    async fn send(&mut self, method: Method, path: &str, form: Option<&[(&str, &str)]>) -> Page {
        let mut request = self.http.request(method, format!("{}{path}", self.house.address)).header("sec-fetch-site", self.site);
        if !self.cookies.is_empty() {
            let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, line.join("; "));
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let response = request.send().await.expect("the portal answers");
        let header = |name| response.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default();
        let (status, location, kind) = (response.status(), header(header::LOCATION), header(header::CONTENT_TYPE));
        for set in response.headers().get_all(header::SET_COOKIE) {
            let first = set.to_str().expect("text").split(';').next().unwrap_or_default();
            let Some((name, value)) = first.split_once('=') else { continue };
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Page { status, location, kind, body: response.bytes().await.expect("a body").to_vec() }
    }

    /// Takes an authenticator in and sets a password, for a one-time code.
    pub async fn enrol(&mut self, code: &str, password: &str) -> TOTP {
        let page = self.post("/enrol/code", &[("code", code)]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let sealed = page.between("name=\"sealed\" value=\"", "\"").to_owned();
        let totp = authenticator(&page);
        let digits = totp.generate_current().expect("the clock goes");
        let form = [("code", code), ("sealed", &sealed), ("digits", &digits), ("password", password), ("again", password)];
        let set = self.post("/enrol", &form).await;
        assert_eq!((set.status, set.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in"), "{}", set.text());
        totp
    }
}

/// The authenticator that a page shows.
pub fn authenticator(page: &Page) -> TOTP {
    authenticator_of(page.between("<span class=\"mono\">", "</span>"))
}

/// The authenticator of a secret as it is typed in.
pub fn authenticator_of(text: &str) -> TOTP {
    let secret = totp_rs::Secret::Encoded(text.to_owned()).to_bytes().expect("base 32");
    TOTP::new_unchecked(Algorithm::SHA1, 6, 1, 30, secret, None, String::new())
}

/// Somebody of a role, signed in at a browser.
pub async fn signed_in<'a>(house: &'a House, admin: &str, name: &'static str, role: &str, region: &str) -> Browser<'a> {
    let wanted = json!({ "name": name, "kind": "person", "role": role, "region": region });
    let (status, made) = house.call(Method::POST, "/api/actors", Some(admin), Some(&wanted)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let mut browser = Browser::new(house);
    let totp = browser.enrol(made["code"].as_str().expect("a code"), PASSWORD).await;
    // the digits that it was enrolled with are used up: those of the step after are good already
    let next = totp.next_step_current().expect("the clock goes");
    let form = [("name", name), ("password", PASSWORD), ("digits", &totp.generate(next)), ("next", "/proofs")];
    let page = browser.post("/sign-in", &form).await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/proofs"), "{}", page.text());
    browser
}

/// A password that is good enough.
pub const PASSWORD: &str = "kuda lumping belitung";
