//! One supervised connection.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use lapin::{Channel, Connection, ConnectionProperties, Event, uri::AMQPUri};
use tokio::{
    sync::watch,
    time::{interval, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Error, FAREWELL, FIRST_BACKOFF, LAST_BACKOFF};
use crate::telemetry::{Metric, gauge};

/// How often a connection that tells nothing is looked at.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Default)]
struct State {
    connection: Option<Arc<Connection>>,
    blocked: Option<String>,
}

/// A connection that is made again whenever it ends.
#[derive(Debug)]
pub(super) struct Link {
    name: &'static str,
    state: watch::Receiver<State>,
    patience: Duration,
}

impl Link {
    pub(super) fn start(name: &'static str, address: AMQPUri, patience: Duration, stop: &CancellationToken, tasks: &TaskTracker) -> Self {
        let (sender, state) = watch::channel(State::default());
        let supervisor = Supervisor { name, address, patience, state: sender };
        let stop = stop.clone();
        tasks.spawn(async move { supervisor.run(&stop).await });
        Self { name, state, patience }
    }

    /// The connection, once it stands.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Error> {
        let mut state = self.state.clone();
        let standing = timeout(
            self.patience,
            state.wait_for(|state| state.connection.as_ref().is_some_and(|connection| connection.status().connected())),
        )
        .await;
        let state = standing.map_err(|_| Error::NotConnected(self.patience))?.map_err(|_| Error::NotConnected(self.patience))?;
        Ok(state.connection.clone().expect("waited for a connection"))
    }

    /// A new channel.
    pub(super) async fn channel(&self) -> Result<Channel, Error> {
        let connection = self.connection().await?;
        let opened = timeout(self.patience, connection.create_channel()).await;
        opened.map_err(|_| Error::Silent("open a channel", self.patience))?.map_err(|error| Error::Call("open a channel", error))
    }

    /// Why nothing flows, if so.
    pub(super) fn trouble(&self) -> Option<String> {
        let state = self.state.borrow();
        match (&state.connection, &state.blocked) {
            (None, _) => Some(format!("the connection to {} is down", self.name)),
            (Some(_), Some(reason)) => Some(format!("the broker blocks the connection to {}: {reason}", self.name)),
            (Some(_), None) => None,
        }
    }
}

struct Supervisor {
    name: &'static str,
    address: AMQPUri,
    patience: Duration,
    state: watch::Sender<State>,
}

impl Supervisor {
    async fn run(&self, stop: &CancellationToken) {
        let mut backoff = FIRST_BACKOFF;
        while !stop.is_cancelled() {
            if let Some(connection) = self.connect().await {
                backoff = FIRST_BACKOFF;
                self.watch(&Arc::new(connection), stop).await;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(backoff) => backoff = (backoff * 2).min(LAST_BACKOFF),
            }
        }
    }

    async fn connect(&self) -> Option<Connection> {
        let properties = ConnectionProperties::default().with_connection_name(format!("salur {} {}", self.name, std::process::id()).into());
        match timeout(self.patience, Connection::connect_uri(self.address.clone(), properties)).await {
            Ok(Ok(connection)) => Some(connection),
            Ok(Err(error)) => {
                tracing::warn!(link = self.name, %error, "no connection to the broker");
                None
            }
            Err(_) => {
                tracing::warn!(link = self.name, patience = ?self.patience, "the broker does not answer");
                None
            }
        }
    }

    /// Until the connection ends or we stop.
    async fn watch(&self, connection: &Arc<Connection>, stop: &CancellationToken) {
        let mut events = std::pin::pin!(connection.events_listener());
        let mut look = interval(LOOK);
        self.tell(Some(connection.clone()), None);
        tracing::info!(link = self.name, "connected to the broker");
        while connection.status().connected() {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = look.tick() => {}
                event = events.next() => match event {
                    Some(Event::ConnectionBlocked(reason)) => {
                        tracing::warn!(link = self.name, reason, "the broker blocks this connection");
                        self.tell(Some(connection.clone()), Some(reason));
                    }
                    Some(Event::ConnectionUnblocked) => self.tell(Some(connection.clone()), None),
                    Some(Event::Error(error)) => tracing::warn!(link = self.name, %error, "connection error"),
                    Some(_) => {}
                    None => break,
                }
            }
        }
        self.tell(None, None);
        if connection.status().connected() && timeout(FAREWELL, connection.close(200, "done".into())).await.is_err() {
            tracing::debug!(link = self.name, "the broker did not answer the good-bye");
        }
        tracing::info!(link = self.name, "connection to the broker ended");
    }

    fn tell(&self, connection: Option<Arc<Connection>>, blocked: Option<String>) {
        let flag = |on: bool| if on { 1.0 } else { 0.0 };
        gauge(Metric::BrokerConnected, &[("link", self.name)], flag(connection.is_some()));
        gauge(Metric::BrokerBlocked, &[("link", self.name)], flag(blocked.is_some()));
        self.state.send_replace(State { connection, blocked });
    }
}
