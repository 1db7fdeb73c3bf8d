//! Style and script, embedded. Their address carries a digest of the content, so a browser may keep them for ever.

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

/// An embedded file.
pub(crate) struct Asset {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

/// The board's style.
pub(crate) static STYLE: Asset =
    Asset { path: "/assets/board.css", content_type: "text/css; charset=utf-8", text: include_str!("../assets/board.css") };
/// The board's script.
pub(crate) static SCRIPT: Asset =
    Asset { path: "/assets/board.js", content_type: "text/javascript; charset=utf-8", text: include_str!("../assets/board.js") };
/// The mark.
pub(crate) static ICON: Asset =
    Asset { path: "/assets/salur.svg", content_type: "image/svg+xml", text: include_str!("../assets/salur.svg") };

static DIGESTS: LazyLock<[(&str, String); 2]> = LazyLock::new(|| [&STYLE, &SCRIPT].map(|asset| (asset.path, asset.digest())));

impl Asset {
    /// Path with digest.
    pub(crate) fn address(&self) -> String {
        let digest = DIGESTS.iter().find(|(path, _)| *path == self.path).map_or("", |(_, digest)| digest);
        format!("{}?v={digest}", self.path)
    }

    fn digest(&self) -> String {
        hex::encode(&Sha256::digest(self.text)[..6])
    }

    fn answer(&self) -> Response {
        let content_type = HeaderValue::from_static(self.content_type);
        ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, FOR_EVER)], self.text).into_response()
    }
}

/// The files' routes.
pub(crate) fn routes() -> Router<Portal> {
    [&STYLE, &SCRIPT, &ICON]
        .into_iter()
        .fold(Router::new(), |router, asset| router.route(asset.path, get(move || async { asset.answer() })))
}
