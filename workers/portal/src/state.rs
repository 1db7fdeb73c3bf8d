//! What every door works with: tools, what is shared between requests, and the bounds of each.
//!
//! Clones share it. Bounds: one of each semaphore per process.

use std::{fmt, sync::Arc, time::Duration};

use axum::http::HeaderName;
use ed25519_dalek::{SigningKey, VerifyingKey};
use salur_domain::{
    BatchId, CaptureId, RowKey,
    note::Verifier,
    vault::{DataKey, Keys, WrappingKey},
};
use salur_runtime::{
    broker::{Broker, management::Management},
    client::Client,
};
use salur_store::{Blobs, Database, cheque_keys::Ring};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    MAX_REQUESTS, batches, board, cheques, clients, complaints, counter, crowd, families, gallery, lingering, rates, reports, sign_in,
    webhooks,
};

/// What the portal works with. It opens photos, what people sign in with, the rows of families that somebody looks for and says why, packs, and what
/// complaints say; it signs nothing but webhooks and lists of revoked cheques.
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

/// The portal's state; clones share it.
///
/// Behind a trait only for the compiler: every route of axum asks it again whether the state may go to other threads, and to walk the types of
/// a database pool, an S3 client and a broker for each was a fifth of the time that the portal took to build.
#[derive(Debug, Clone)]
pub struct Portal(Arc<dyn State>);

trait State: fmt::Debug + Send + Sync {
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
    assembling: Semaphore,
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
            assembling: Semaphore::new(counter::ASSEMBLING_MAX),
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

    pub(crate) fn database(&self) -> &Database {
        &self.inner().tools.database
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.inner().tools.blobs
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.inner().ring
    }

    pub(crate) fn list_key(&self) -> &SigningKey {
        &self.inner().tools.list_key
    }

    pub(crate) fn lists(&self) -> &cheques::Lists {
        &self.inner().lists
    }

    pub(crate) fn webhooks(&self) -> Option<&webhooks::Means> {
        self.inner().tools.webhooks.as_ref()
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.inner().broker
    }

    pub(crate) fn management(&self) -> Option<&Management> {
        self.inner().tools.management.as_ref()
    }

    pub(crate) fn stages(&self) -> &[&'static str] {
        &self.inner().tools.stages
    }

    pub(crate) fn client(&self) -> &Client {
        &self.inner().client
    }

    pub(crate) fn places(&self) -> &Semaphore {
        &self.inner().places
    }

    pub(crate) fn assembling(&self) -> &Semaphore {
        &self.inner().assembling
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner().tools.keys
    }

    pub(crate) fn row_context(&self) -> fn(BatchId, &RowKey) -> Vec<u8> {
        self.inner().tools.row_context
    }

    pub(crate) fn proxy_day_max_families(&self) -> u16 {
        self.inner().tools.proxy_day_max_families
    }

    pub(crate) fn client_ip_header(&self) -> Option<&HeaderName> {
        self.inner().tools.client_ip_header.as_ref()
    }

    pub(crate) fn searches(&self) -> &rates::Rate<String> {
        &self.inner().searches
    }

    pub(crate) fn complaints(&self) -> &rates::Rate<clients::Client> {
        &self.inner().complaints
    }

    pub(crate) fn crowd(&self) -> &crowd::Crowd {
        &self.inner().crowd
    }

    pub(crate) fn photo_key(&self) -> &WrappingKey {
        &self.inner().tools.photo_key
    }

    pub(crate) fn photo_context(&self, capture: CaptureId) -> Vec<u8> {
        (self.inner().tools.photo_context)(capture)
    }

    pub(crate) fn views(&self) -> &gallery::Views {
        &self.inner().tools.views
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        &self.inner().tools.evidence
    }

    pub(crate) fn cases(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner().cases)
    }

    pub(crate) fn sign_in_key(&self) -> &DataKey {
        &self.inner().tools.sign_in_key
    }

    pub(crate) fn oidc(&self) -> Option<&sign_in::oidc::Means> {
        self.inner().tools.oidc.as_ref()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.inner().tools.is_https
    }

    pub(crate) fn passwords(&self) -> &Semaphore {
        &self.inner().passwords
    }

    pub(crate) fn uploads(&self) -> &Semaphore {
        &self.inner().uploads
    }

    pub(crate) fn reports(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner().reports)
    }

    pub(crate) fn seats(&self) -> Arc<Semaphore> {
        Arc::clone(&self.inner().seats)
    }

    pub(crate) fn readings(&self) -> watch::Receiver<Option<Arc<board::feed::Snapshot>>> {
        self.inner().readings.subscribe()
    }

    pub(crate) fn feed(&self) -> &board::feed::Readings {
        &self.inner().readings
    }

    pub(crate) fn lingering(&self) -> &lingering::Lingering {
        &self.inner().lingering
    }

    /// Cancelled when the portal ends: streams have no end of their own.
    pub(crate) fn ended(&self) -> &CancellationToken {
        &self.inner().ended
    }
}
