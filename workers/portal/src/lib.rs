//! What people and devices reach over HTTP: the board, and the doors of the counter.
//!
//! Architecture invariant: HTTP never writes truth and publishes. The portal writes only its own tables (claims, as leases); whatever changes
//! money or a status is a fact that it publishes and a stage decides. It runs in the database role `salur_portal`.
//!
//! Bounds: [`MAX_REQUESTS`] at once, of one caller fewer ([`crowd`]), [`REQUEST_TIMEOUT`] each, bodies of [`signed::MAX_BODY`]; viewers of
//! [`board::events::MAX_VIEWERS`]; connections of [`listening`].

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
pub mod subjects;
pub mod submission;
pub mod summaries;
mod told;
pub mod tranches;
pub mod webhooks;
pub mod withdrawals;
mod words;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, http::HeaderName};
use ed25519_dalek::{SigningKey, VerifyingKey};
use salur_domain::{
    BatchId, CaptureId, Disposed, Disposition, RowKey,
    note::Verifier,
    vault::{DataKey, Keys, WrappingKey},
};
use salur_runtime::{
    broker::{Broker, management::Management},
    client::Client,
    role::Role,
    stage::Failure,
};
use salur_store::{Blobs, Database, cheque_keys::Ring};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_util::sync::CancellationToken;

pub use guard::{MAX_REQUESTS, REQUEST_TIMEOUT};

/// What the portal works with. It opens photos, what people sign in with, the rows of families that somebody looks for and says why, packs, and what
/// complaints say;
/// it signs nothing but webhooks and lists of revoked cheques.
#[derive(Debug)]
pub struct Tools {
    /// PostgreSQL.
    pub database: Database,
    /// The object store.
    pub blobs: Blobs,
    /// The installation's own key of cheques: keys of tranches stand in rows.
    pub cheque_key: VerifyingKey,
    /// Signs lists of revoked cheques, and can make no cheque.
    pub list_key: SigningKey,
    /// Makes blind indexes, and unwraps the keys of rows and of complaints.
    pub keys: Keys,
    /// What a row's seal is bound to.
    pub row_context: fn(BatchId, &RowKey) -> Vec<u8>,
    /// Unwraps the keys of photos.
    pub photo_key: WrappingKey,
    /// What a photo's seal is bound to.
    pub photo_context: fn(CaptureId) -> Vec<u8>,
    /// Makes of photos what people look at.
    pub views: gallery::Views,
    /// What evidence is checked with.
    pub evidence: Evidence,
    /// Seals what people sign in with at a browser.
    pub sign_in_key: DataKey,
    /// Accounts of another system by which people may sign in, where it is configured.
    pub oidc: Option<sign_in::oidc::Means>,
    /// People reach the portal over https: cookies then go no other way.
    pub is_https: bool,
    /// The header in which a proxy before the portal says whom it speaks for, where there is one.
    pub client_ip_header: Option<HeaderName>,
    /// Families that one proxy may receive for within a day.
    pub proxy_day_max_families: u16,
    /// What webhooks are made with, where the installation sends any.
    pub webhooks: Option<webhooks::Means>,
    /// Where the broker tells of its queues, where it is configured.
    pub management: Option<Management>,
    /// Names of the stages that there are.
    pub stages: Vec<&'static str>,
}

/// Public halves of the keys that sign evidence, and how often it is sealed.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Of the log, where it is known.
    pub log: Option<Verifier>,
    /// Of the journal.
    pub journal: Option<Verifier>,
    /// Between two rounds of the sealer.
    pub seal_every: Duration,
}

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

/// The portal's state; clones share it.
///
/// Behind a trait only for the compiler: every route of axum asks it again whether the state may go to other threads, and to walk the types of
/// a database pool, an S3 client and a broker for each was half of the time that the portal took to build.
#[derive(Debug, Clone)]
pub struct Portal(Arc<dyn State>);

trait State: std::fmt::Debug + Send + Sync {
    fn inner(&self) -> &Inner;
}

impl State for Inner {
    fn inner(&self) -> &Inner {
        self
    }
}

#[derive(Debug)]
struct Inner {
    tools: Tools,
    broker: Broker,
    client: Client,
    places: Semaphore,
    uploads: Semaphore,
    cases: Arc<Semaphore>,
    passwords: Semaphore,
    reports: Arc<Semaphore>,
    seats: Arc<Semaphore>,
    readings: board::feed::Readings,
    lingering: lingering::Lingering,
    searches: rates::Rate<String>,
    complaints: rates::Rate<clients::Client>,
    crowd: crowd::Crowd,
    ring: Ring,
    lists: cheques::Lists,
    ended: CancellationToken,
}

impl Portal {
    /// A portal that publishes through this broker.
    pub fn new(tools: Tools, broker: &Broker) -> Self {
        Self(Arc::new(Inner {
            ring: Ring::new(tools.cheque_key),
            lists: cheques::Lists::default(),
            tools,
            broker: broker.clone(),
            client: Client::new(broker),
            places: Semaphore::new(MAX_REQUESTS),
            uploads: Semaphore::new(batches::MAX_UPLOADS),
            cases: Arc::new(Semaphore::new(gallery::CASES_AT_ONCE)),
            passwords: Semaphore::new(sign_in::AT_ONCE),
            reports: Arc::new(Semaphore::new(reports::MAX_REPORTS)),
            seats: Arc::new(Semaphore::new(board::events::MAX_VIEWERS)),
            readings: watch::Sender::new(None),
            lingering: lingering::Lingering::default(),
            searches: families::rate(),
            complaints: complaints::rate(),
            crowd: crowd::Crowd::default(),
            ended: CancellationToken::new(),
        }))
    }

    fn inner(&self) -> &Inner {
        self.0.inner()
    }

    fn database(&self) -> &Database {
        &self.inner().tools.database
    }

    fn blobs(&self) -> &Blobs {
        &self.inner().tools.blobs
    }

    fn ring(&self) -> &Ring {
        &self.inner().ring
    }

    fn list_key(&self) -> &SigningKey {
        &self.inner().tools.list_key
    }

    fn lists(&self) -> &cheques::Lists {
        &self.inner().lists
    }

    fn webhooks(&self) -> Option<&webhooks::Means> {
        self.inner().tools.webhooks.as_ref()
    }

    fn broker(&self) -> &Broker {
        &self.inner().broker
    }

    fn management(&self) -> Option<&Management> {
        self.inner().tools.management.as_ref()
    }

    fn stages(&self) -> &[&'static str] {
        &self.inner().tools.stages
    }

    fn client(&self) -> &Client {
        &self.inner().client
    }

    fn places(&self) -> &Semaphore {
        &self.inner().places
    }

    fn keys(&self) -> &Keys {
        &self.inner().tools.keys
    }

    fn row_context(&self) -> fn(BatchId, &RowKey) -> Vec<u8> {
        self.inner().tools.row_context
    }

    fn client_ip_header(&self) -> Option<&HeaderName> {
        self.inner().tools.client_ip_header.as_ref()
    }

    fn proxy_day_max_families(&self) -> u16 {
        self.inner().tools.proxy_day_max_families
    }

    fn searches(&self) -> &rates::Rate<String> {
        &self.inner().searches
    }

    fn complaints(&self) -> &rates::Rate<clients::Client> {
        &self.inner().complaints
    }

    fn crowd(&self) -> &crowd::Crowd {
        &self.inner().crowd
    }

    fn photo_key(&self) -> &WrappingKey {
        &self.inner().tools.photo_key
    }

    fn photo_context(&self, capture: CaptureId) -> Vec<u8> {
        (self.inner().tools.photo_context)(capture)
    }

    fn views(&self) -> &gallery::Views {
        &self.inner().tools.views
    }

    fn evidence(&self) -> &Evidence {
        &self.inner().tools.evidence
    }

    fn cases(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner().cases)
    }

    fn sign_in_key(&self) -> &DataKey {
        &self.inner().tools.sign_in_key
    }

    fn oidc(&self) -> Option<&sign_in::oidc::Means> {
        self.inner().tools.oidc.as_ref()
    }

    fn is_https(&self) -> bool {
        self.inner().tools.is_https
    }

    fn passwords(&self) -> &Semaphore {
        &self.inner().passwords
    }

    fn uploads(&self) -> &Semaphore {
        &self.inner().uploads
    }

    fn reports(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner().reports)
    }

    fn seats(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner().seats)
    }

    fn readings(&self) -> watch::Receiver<Option<Arc<board::feed::Snapshot>>> {
        self.inner().readings.subscribe()
    }

    fn lingering(&self) -> &lingering::Lingering {
        &self.inner().lingering
    }

    /// Cancelled when the portal ends: streams have no end of their own.
    fn ended(&self) -> &CancellationToken {
        &self.inner().ended
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
    tokio::join!(told, serving, board::feed::poll(portal.database(), &portal.inner().readings, portal.ended()));
    portal.lingering().end().await;
    Ok(())
}
