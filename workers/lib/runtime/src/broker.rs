//! The connection to RabbitMQ: one to publish, one to consume, each supervised.
//!
//! Two, because `connection.blocked` (memory or disk alarm) stops every write of a connection, acks too. lapin's own recovery never repairs
//! a channel the broker closed, so we use none of it: a dead connection is dropped and made again with backoff ([`FIRST_BACKOFF`] to
//! [`LAST_BACKOFF`]), and whoever held a channel opens a new one. lapin's event listeners share events, so each connection has exactly one,
//! here, and everybody else reads a watch.

mod link;
pub mod management;
pub mod publisher;
mod wire;

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use lapin::{Channel, options::QueueDeclareOptions, types::FieldTable};
use salur_domain::{Disposed, Disposition, SourceName};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{config::Config, declare, stage::Failure, topology::StageSpec};
use link::Link;
pub use publisher::Publisher;
pub(crate) use wire::inbound;

/// First wait before connecting again.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// Longest wait before connecting again.
pub const LAST_BACKOFF: Duration = Duration::from_secs(10);
/// Seconds between heartbeats: a black hole shows after twice that.
const HEARTBEAT_S: u16 = 10;
/// Longest polite good-bye to a channel or connection.
const FAREWELL: Duration = Duration::from_secs(2);

/// What can go wrong between us and the broker. Addresses are left out: they hold passwords.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address does not parse.
    #[error("broker.url is not an AMQP address")]
    Address,
    /// No connection within the time allowed.
    #[error("no connection to the broker within {0:?}")]
    NotConnected(Duration),
    /// A call to the broker failed.
    #[error("broker refused to {0}")]
    Call(&'static str, #[source] lapin::Error),
    /// A call to the broker got no answer.
    #[error("broker did not {0} within {1:?}")]
    Silent(&'static str, Duration),
    /// A queue or exchange exists with other arguments.
    #[error("{what} exists with other arguments; {remedy}")]
    Mismatch {
        /// Queue or exchange.
        what: String,
        /// What the operator can do.
        remedy: &'static str,
        /// What the broker said.
        #[source]
        source: lapin::Error,
    },
    /// Nobody would have heard a fact that must be heard.
    #[error("{count} messages to `{exchange}` with key `{routing_key}` reach no queue")]
    Unroutable {
        /// Exchange.
        exchange: String,
        /// Routing key of the first.
        routing_key: String,
        /// How many.
        count: usize,
    },
    /// Confirms refused, lost or late.
    #[error("{0} messages are not confirmed")]
    Unconfirmed(usize),
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Address | Self::Mismatch { .. } => Disposition::Permanent,
            Self::NotConnected(_) | Self::Call(..) | Self::Silent(..) | Self::Unroutable { .. } | Self::Unconfirmed(_) => Disposition::Down,
        }
    }
}

/// A handle to the broker; clones share the two connections.
#[derive(Clone, Debug)]
pub struct Broker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    publish: Link,
    consume: Link,
    connect_timeout: Duration,
    confirm_timeout: Duration,
    lanes: Option<usize>,
    topology: RwLock<Vec<StageSpec>>,
    flights: tokio::sync::RwLock<()>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Broker {
    /// Held while a flight of this process is on its way.
    pub(crate) async fn flying(&self) -> tokio::sync::RwLockReadGuard<'_, ()> {
        self.0.flights.read().await
    }

    /// Held while a suspect flies: nothing else of this process does.
    pub(crate) async fn alone(&self) -> tokio::sync::RwLockWriteGuard<'_, ()> {
        self.0.flights.write().await
    }

    /// Starts both connections and waits for them, at most `connect_timeout_s`.
    pub async fn connect(config: &Config) -> Result<Self, Failure> {
        let broker = Self::start(config)?;
        broker.0.publish.connection().await?;
        broker.0.consume.connection().await?;
        Ok(broker)
    }

    /// Starts both connections in the background.
    fn start(config: &Config) -> Result<Self, Error> {
        let address = address(&config.broker.url)?;
        let place = Place::of(&address);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let connect_timeout = config.broker.connect_timeout();
        let link = |name| Link::start(name, address.clone(), connect_timeout, &stop, &tasks);
        Ok(Self(Arc::new(Inner {
            place,
            publish: link("publish"),
            consume: link("consume"),
            connect_timeout,
            confirm_timeout: config.broker.confirm_timeout(),
            lanes: config.runtime.lanes,
            topology: RwLock::new(Vec::new()),
            flights: tokio::sync::RwLock::new(()),
            stop,
            tasks,
        })))
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Declares everything these stages need, and remembers it for channels built again later. Safe to repeat.
    pub async fn declare(&self, specs: &[StageSpec]) -> Result<(), Failure> {
        *self.0.topology.write().expect("no holder panics") = specs.to_vec();
        Ok(self.redeclare().await?)
    }

    /// Declares the queue in which a source hears what becomes of its rows. The topology must be declared. Safe to repeat.
    pub async fn declare_outcomes(&self, source: &SourceName) -> Result<(), Failure> {
        let channel = self.publish_channel().await?;
        let declared = declare::outcomes(&channel, &source.0).await;
        close(&channel).await;
        Ok(declared?)
    }

    /// [`Broker::declare`] again: somebody may have deleted a queue.
    pub(crate) async fn redeclare(&self) -> Result<(), Error> {
        let specs = self.0.topology.read().expect("no holder panics").clone();
        if specs.is_empty() {
            return Ok(());
        }
        let channel = self.publish_channel().await?;
        let declared = declare::all(&channel, &specs).await;
        close(&channel).await;
        declared
    }

    /// A publisher with its own channel.
    pub fn publisher(&self) -> Publisher {
        Publisher::new(self.clone())
    }

    /// Messages ready in a queue and its consumers. Its own channel, since asking for a queue that does not exist closes one.
    pub async fn depth(&self, queue: &str) -> Result<(u32, u32), Failure> {
        Ok(self.ask_depth(queue).await?)
    }

    pub(crate) async fn ask_depth(&self, queue: &str) -> Result<(u32, u32), Error> {
        let channel = self.publish_channel().await?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let asked = timeout(self.0.connect_timeout, channel.queue_declare(queue.into(), options, FieldTable::default())).await;
        close(&channel).await;
        let queue = asked
            .map_err(|_| Error::Silent("tell a queue's depth", self.0.connect_timeout))?
            .map_err(|error| Error::Call("tell a queue's depth", error))?;
        Ok((queue.message_count(), queue.consumer_count()))
    }

    /// Whether both connections stand and none is blocked; else why not.
    pub fn trouble(&self) -> Option<String> {
        [&self.0.publish, &self.0.consume].into_iter().find_map(Link::trouble)
    }

    /// Ends both connections; what was not acked goes back.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    pub(crate) fn lanes(&self) -> Option<usize> {
        self.0.lanes
    }

    pub(crate) fn confirm_timeout(&self) -> Duration {
        self.0.confirm_timeout
    }

    /// A channel of the publishing connection.
    pub(crate) async fn publish_channel(&self) -> Result<Channel, Error> {
        self.0.publish.channel().await
    }

    /// A channel of the consuming connection.
    pub(crate) async fn consume_channel(&self) -> Result<Channel, Error> {
        self.0.consume.channel().await
    }
}

/// Closes a channel that may be closed already, or whose broker may be silent.
pub(crate) async fn close(channel: &Channel) {
    match timeout(FAREWELL, channel.close(200, "done".into())).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "channel was closed before"),
        Err(_) => tracing::debug!("a silent channel was left behind"),
    }
}

fn address(url: &SecretString) -> Result<lapin::uri::AMQPUri, Error> {
    let mut address: lapin::uri::AMQPUri = url.expose_secret().parse().map_err(|_| Error::Address)?;
    address.query.heartbeat = address.query.heartbeat.or(Some(HEARTBEAT_S));
    Ok(address)
}

/// Where the broker of the settings is, without who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `amqp://host:port` or `amqps://host:port`.
    pub address: String,
    /// The virtual host.
    pub vhost: String,
}

impl Place {
    fn of(uri: &lapin::uri::AMQPUri) -> Self {
        let lapin::uri::AMQPUri { scheme, authority, vhost, .. } = uri;
        Self { address: format!("{scheme}://{}:{}", authority.host, authority.port), vhost: vhost.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_broker_is_told_without_its_password() {
        let place = |url: &str| Place::of(&address(&url.into()).expect("an address"));
        let of = |address: &str, vhost: &str| Place { address: address.into(), vhost: vhost.into() };
        assert_eq!(place("amqp://salur:secret@broker.example/%2f"), of("amqp://broker.example:5672", "/"));
        assert_eq!(place("amqps://salur:secret@10.0.0.7/bst"), of("amqps://10.0.0.7:5671", "bst"));
    }
}
