//! Styles and scripts, embedded. Their address carries a digest of the content, so a browser may keep them for ever.

use std::sync::LazyLock;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::Portal;

/// For an address with a digest: another content has another address.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// An embedded file.
pub(crate) struct Asset {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
    address: LazyLock<String>,
}

macro_rules! assets {
    ($($(#[$doc:meta])* $name:ident: $file:literal, $content_type:expr;)+) => {
        $($(#[$doc])* pub(crate) static $name: Asset = Asset {
            path: concat!("/assets/", $file),
            content_type: $content_type,
            text: include_str!(concat!("../assets/", $file)),
            address: LazyLock::new(|| addressed(concat!("/assets/", $file), include_str!(concat!("../assets/", $file)))),
        };)+
        static ALL: &[&Asset] = &[$(&$name),+];
    };
}

assets! {
    /// What all pages look like.
    BASE: "salur.css", CSS;
    /// The board's own style.
    BOARD: "board.css", CSS;
    /// The board's script.
    BOARD_SCRIPT: "board.js", JS;
    /// Keys on contact sheets and cases, and forms that send themselves.
    WORK_SCRIPT: "work.js", JS;
    /// Sends lists, with progress.
    LISTS_SCRIPT: "lists.js", JS;
    /// The mark.
    ICON: "salur.svg", "image/svg+xml";
}

fn addressed(path: &str, text: &str) -> String {
    format!("{path}?v={}", hex::encode(&Sha256::digest(text)[..6]))
}

impl Asset {
    /// Path with digest.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn answer(&self) -> Response {
        let content_type = HeaderValue::from_static(self.content_type);
        ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, FOR_EVER)], self.text).into_response()
    }
}

/// The files' routes.
pub(crate) fn routes() -> Router<Portal> {
    ALL.iter().fold(Router::new(), |router, asset| router.route(asset.path, get(move || async { asset.answer() })))
}
