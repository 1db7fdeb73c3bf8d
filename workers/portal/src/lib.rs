//! What people and devices reach over HTTP: the board, and the doors of the counter.
//!
//! Architecture invariant: HTTP never writes truth and publishes. The portal writes only its own tables (claims, as leases); whatever changes
//! money or a status is a fact that it publishes and a stage decides. It runs in the database role `salur_portal`.
//!
//! Bounds: [`MAX_REQUESTS`] at once, of one caller fewer ([`crowd`]), [`REQUEST_TIMEOUT`] each, bodies of [`signed::MAX_BODY`], pieces of photos of
//! [`signed::MAX_PIECE`]; viewers of [`board::events::MAX_VIEWERS`]; connections of [`listening`].

pub mod access;
mod assets;
pub mod bank;
pub mod batches;
pub mod board;
pub mod broker_users;
pub mod callbacks;
pub mod cash;
pub mod cheques;
mod clients;
pub mod complaints;
mod cookies;
pub mod counter;
pub mod crowd;
pub mod dead_letters;
mod decisions;
pub mod device_packs;
mod devices;
mod drawer;
mod effects;
pub mod families;
pub mod feed;
pub mod gallery;
mod guard;
pub mod holds;
pub mod keeping;
mod lingering;
pub mod listening;
pub mod mappings;
pub mod operations;
pub mod packs;
pub mod pages;
pub mod pauses;
pub mod payments;
pub mod people;
pub mod proofs;
mod rates;
pub mod refusal;
pub mod reports;
pub mod returns;
pub mod schedules;
pub mod setups;
pub mod sign_in;
pub mod signed;
mod state;
pub mod subjects;
pub mod submission;
pub mod summaries;
mod told;
pub mod tranches;
pub mod webhooks;
pub mod withdrawals;
mod words;

use std::net::SocketAddr;

use axum::Router;
use salur_domain::{Disposed, Disposition};
use salur_runtime::{broker::Broker, role::Role, stage::Failure};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use guard::{MAX_REQUESTS, REQUEST_TIMEOUT};
pub use state::{Evidence, Portal, Tools};

/// Why the portal does not stand.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("portal.listen: cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The listener is broken.
    #[error("the portal's listener has no address")]
    Address(#[source] std::io::Error),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Every route, guarded.
pub fn router(portal: Portal) -> Router {
    let routes = counter::routes()
        .merge(people::routes())
        .merge(devices::routes())
        .merge(device_packs::routes())
        .merge(dead_letters::routes())
        .merge(broker_users::routes())
        .merge(setups::routes())
        .merge(tranches::routes())
        .merge(returns::routes())
        .merge(proofs::routes())
        .merge(keeping::routes())
        .merge(subjects::routes())
        .merge(cash::routes())
        .merge(drawer::routes())
        .merge(bank::routes())
        .merge(pauses::routes())
        .merge(mappings::routes())
        .merge(batches::routes())
        .merge(holds::routes())
        .merge(withdrawals::routes())
        .merge(reports::routes())
        .merge(summaries::routes())
        .merge(payments::routes())
        .merge(families::routes())
        .merge(packs::routes())
        .merge(schedules::routes())
        .merge(complaints::routes())
        .merge(callbacks::routes())
        .merge(cheques::routes())
        .merge(feed::routes())
        .merge(webhooks::routes())
        .merge(board::routes())
        .merge(pages::routes())
        .merge(sign_in::routes())
        .merge(gallery::routes())
        .merge(operations::routes())
        .merge(assets::routes());
    guard::around(routes, &portal).with_state(portal)
}

/// Listens on `portal.listen` and answers until the role is told to stop; then finishes what it began.
///
/// The topology must be declared: captures go to a stage's queue.
pub async fn serve(tools: Tools, broker: &Broker, role: &Role) -> Result<(), Failure> {
    let at = role.config.portal.listen;
    let listener = TcpListener::bind(at).await.map_err(|error| Error::Listen(at, error))?;
    serve_on(listener, Portal::new(tools, broker), role.shutdown.clone()).await
}

/// [`serve`] on a listener of one's own, once per portal; reads the board meanwhile.
pub async fn serve_on(listener: TcpListener, portal: Portal, stop: CancellationToken) -> Result<(), Failure> {
    let listening = listener.local_addr().map_err(Error::Address)?;
    tracing::info!(%listening, "portal");
    let is_behind_proxy = portal.client_ip_header().is_some();
    let told = async {
        stop.cancelled().await;
        portal.ended().cancel();
    };
    let serving = listening::serve(listener, router(portal.clone()), is_behind_proxy, portal.ended());
    tokio::join!(told, serving, board::feed::poll(portal.database(), portal.feed(), portal.ended()));
    portal.lingering().end().await;
    Ok(())
}
