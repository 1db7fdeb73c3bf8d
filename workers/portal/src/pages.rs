//! What every page of those who are signed in shares: a frame with the ways to other pages, one language, and refusals that are pages too.
//!
//! A handler takes a [`Viewer`], and cannot be reached without being signed in: whoever is not is sent to sign in and back again. The ways shown are
//! those that
//! the viewer's role may go.

mod words;

use askama::Template;
use axum::{
    Router,
    extract::{FromRequestParts, Path, Query},
    http::{StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use salur_domain::{
    actor::Act,
    reason::Language,
    region::{self, ProvinceCode, RegencyCode, VillageCode},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Portal, access::Caller, assets, cookies, refusal::Refusal};

pub(crate) use words::Words;

/// The way to the page where people sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Longest address that is gone back to.
const NEXT_MAX: usize = 2_000;

/// The routes.
pub(crate) fn routes() -> Router<Portal> {
    Router::new().route("/language/{language}", get(speak)).route("/home", get(home))
}

/// Somebody signed in who looks at a page.
pub struct Viewer {
    /// Who.
    pub caller: Caller,
    /// In which language.
    pub language: Language,
    /// Path and query of the page.
    pub here: String,
}

impl FromRequestParts<Portal> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let language = cookies::language(&parts.headers);
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        match Caller::from_request_parts(parts, portal).await {
            Ok(caller) => Ok(Self { caller, language, here }),
            Err(refusal) if refusal.status() == StatusCode::UNAUTHORIZED => Err(Redirect::to(&to_sign_in(&here)).into_response()),
            Err(refusal) => Err(PageRefusal::plain(language, &here, refusal).into_response()),
        }
    }
}

impl Viewer {
    /// The frame of a page that this viewer looks at.
    pub fn frame(&self) -> Frame {
        let may = |act| self.caller.may(act);
        let w = Words::of(self.language);
        let ways = [
            (may(Act::SeeProofs), "/proofs", w.proofs),
            (may(Act::FindFamilies), "/families", w.families),
            (may(Act::SeePacks), "/packs", w.packs),
            (may(Act::SeePayments), "/payments", w.payments),
            (may(Act::SeeBatch), "/batches", w.batches),
            (may(Act::SeeComplaints), "/complaints", w.complaints),
            (may(Act::SeeCallbacks), "/callbacks", w.callbacks),
            (may(Act::SeeHolds), "/holds", w.holds),
            (may(Act::SeeTranches), "/tranches", w.tranches),
            (may(Act::SeeCash), "/cash", w.cash),
            (may(Act::SeeDrawer), "/drawer", w.drawer),
            (may(Act::SeeBank) && self.caller.actor.region.is_empty(), "/bank", w.bank),
            (may(Act::ManageActors), "/people", w.people),
            (may(Act::SeeDevices), "/devices", w.devices),
            (may(Act::SeeStages), "/operations", w.operations),
        ];
        let ways = ways.into_iter().filter(|way| way.0);
        let nav = [("/", w.board)].into_iter().chain(ways.map(|(_, to, name)| (to, name)));
        let path = self.here.split('?').next().unwrap_or_default();
        let is_here = |to: &str| path == to || (to != "/" && path.strip_prefix(to).is_some_and(|rest| rest.starts_with('/')));
        let nav = nav.map(|(to, name)| Way { to, name, is_here: is_here(to) }).collect();
        let who = Some(Who { name: self.caller.actor.name.clone(), role: role(w, self.caller.role.as_str()) });
        Frame { nav, who, ..Frame::plain(self.language, &self.here) }
    }

    /// What a page answers; a refusal is a page of this viewer too.
    pub async fn answer(&self, drawn: impl Future<Output = Result<Response, Refusal>>) -> Result<Response, PageRefusal> {
        drawn.await.map_err(|refusal| self.refused(refusal))
    }

    /// A refusal as a page of this viewer.
    pub fn refused(&self, refusal: Refusal) -> PageRefusal {
        PageRefusal { frame: self.frame(), refusal }
    }
}

/// What stands around a page.
pub struct Frame {
    /// Its words.
    pub w: &'static Words,
    /// Its language.
    pub language: Language,
    /// Class of the page, where it looks like no other.
    pub look: &'static str,
    pub(crate) nav: Vec<Way>,
    pub(crate) who: Option<Who>,
    pub(crate) here: String,
}

/// A way to another page.
pub(crate) struct Way {
    pub to: &'static str,
    pub name: &'static str,
    pub is_here: bool,
}

/// Who looks.
pub(crate) struct Who {
    pub name: String,
    pub role: &'static str,
}

impl Frame {
    /// For who is not signed in.
    pub fn plain(language: Language, here: &str) -> Self {
        Self { w: Words::of(language), language, look: "", nav: vec![], who: None, here: here.to_owned() }
    }

    pub(crate) fn is_english(&self) -> bool {
        self.language == Language::English
    }

    pub(crate) fn lang(&self) -> &'static str {
        if self.is_english() { "en" } else { "id" }
    }

    /// On pages that nobody needs to sign in for.
    pub(crate) fn offers_sign_in(&self) -> bool {
        !self.here.starts_with(SIGN_IN) && !self.here.starts_with("/enrol")
    }

    /// The same page in the other language.
    pub(crate) fn elsewhere(&self) -> String {
        let other = if self.is_english() { "id" } else { "en" };
        format!("/language/{other}?next={}", escaped(&self.here))
    }

    #[expect(clippy::unused_self, reason = "the template calls methods")]
    pub(crate) fn style(&self) -> &'static str {
        assets::BASE.address()
    }

    #[expect(clippy::unused_self, reason = "the template calls methods")]
    pub(crate) fn script(&self) -> &'static str {
        assets::WORK_SCRIPT.address()
    }
}

/// A door that stays closed, as a page.
pub struct PageRefusal {
    frame: Frame,
    refusal: Refusal,
}

impl PageRefusal {
    /// For who is not signed in.
    pub fn plain(language: Language, here: &str, refusal: Refusal) -> Self {
        Self { frame: Frame::plain(language, here), refusal }
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    f: Frame,
    title: &'static str,
    message: String,
    code: &'static str,
}

impl IntoResponse for PageRefusal {
    fn into_response(self) -> Response {
        let status = self.refusal.status();
        let w = self.frame.w;
        let title = match status {
            StatusCode::FORBIDDEN => w.forbidden,
            StatusCode::NOT_FOUND => w.not_found,
            _ => w.failed,
        };
        let (code, message) = (self.refusal.code(), self.refusal.message().to_owned());
        let retry_after = self.refusal.retry_after().map(|seconds| [(header::RETRY_AFTER, seconds)]);
        (status, retry_after, show(&RefusedPage { f: self.frame, title, message, code })).into_response()
    }
}

/// A page, drawn.
pub fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be drawn");
            Refusal::busy("halaman tidak dapat digambar / the page cannot be drawn").into_response()
        }
    }
}

/// Where to sign in, and come back from.
fn to_sign_in(here: &str) -> String {
    format!("{SIGN_IN}?next={}", escaped(here))
}

/// An address of ours that a page may lead back to; the home of the viewer otherwise.
pub fn way_back(next: Option<&str>) -> &str {
    let ours = |next: &&str| {
        next.len() <= NEXT_MAX && next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t'])
    };
    next.filter(ours).unwrap_or("/home")
}

/// As a value in a query.
pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[derive(Debug, Deserialize)]
struct Next {
    next: Option<String>,
}

async fn speak(Path(language): Path<String>, Query(next): Query<Next>) -> Response {
    let known = if language == "en" { "en" } else { "id" };
    let to = way_back(next.next.as_deref().or(Some("/")));
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookies::keep_language(known));
    response
}

/// Where a role's work begins.
async fn home(viewer: Viewer) -> Redirect {
    let ways = [
        (Act::ManageActors, "/people"),
        (Act::SeeDrawer, "/drawer"),
        (Act::ApproveTranche, "/tranches"),
        (Act::SeeProofs, "/proofs"),
        (Act::SeeStages, "/operations"),
        (Act::SubmitBatch, "/batches"),
        (Act::SeeHolds, "/holds"),
        (Act::SeePayments, "/payments"),
    ];
    Redirect::to(ways.into_iter().find(|(act, _)| viewer.caller.may(*act)).map_or("/", |(_, to)| to))
}

/// Village and regency by name.
pub fn place_name(village: &str) -> String {
    let Ok(code) = VillageCode::parse(village) else { return village.to_owned() };
    let names = [region::village_name(code), region::regency_name(code.regency())];
    names.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A regency by name, by its code where it has none.
pub fn regency_name(regency: &str) -> String {
    let code = RegencyCode::parse(regency).ok();
    code.and_then(region::regency_name).unwrap_or(regency).to_owned()
}

/// A province or a regency by name, by its code where it has none.
pub fn region_name(region: &str) -> String {
    let province = ProvinceCode::parse(region).ok().and_then(region::province_name);
    province.map_or_else(|| regency_name(region), str::to_owned)
}

/// What a role is called.
pub fn role(w: &'static Words, role: &str) -> &'static str {
    match role {
        "administrator" => w.administrator,
        "treasurer" => w.treasurer,
        "upstream" => w.upstream,
        "office" => w.office,
        "supervisor" => w.supervisor,
        "teller" => w.teller,
        "auditor" => w.auditor,
        "viewer" => w.viewer,
        _ => w.ops,
    }
}

/// What the path of a page names; what cannot be one is a page that is not there.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Portal> for Named<T> {
    type Rejection = PageRefusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, PageRefusal> {
        let named = Path::from_request_parts(parts, portal).await;
        named.map(|Path(named)| Self(named)).map_err(|_| {
            let nowhere =
                Refusal::new(StatusCode::NOT_FOUND, "path", "there is no such page; look for a mistyped character in its address");
            PageRefusal::plain(cookies::language(&parts.headers), SIGN_IN, nowhere)
        })
    }
}

/// The language of a request that nobody signed.
pub struct Speaking(pub Language);

impl FromRequestParts<Portal> for Speaking {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Portal) -> Result<Self, Self::Rejection> {
        Ok(Self(cookies::language(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away_from_here() {
        for ours in ["/", "/proofs?place=1902", "/payments/x"] {
            assert_eq!(way_back(Some(ours)), ours);
        }
        for other in
            ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "", "/a\nb", "javascript:alert(1)", "/\t/evil.example"]
        {
            assert_eq!(way_back(Some(other)), "/home", "{other}");
        }
        assert_eq!(way_back(None), "/home");
    }

    #[test]
    fn an_address_survives_being_a_value() {
        assert_eq!(escaped("/proofs?place=1902&to=2026"), "/proofs%3Fplace%3D1902%26to%3D2026");
    }
}
