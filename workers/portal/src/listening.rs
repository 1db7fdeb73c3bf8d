//! Connections: how many, how long one may take to say what it wants, and how they end.
//!
//! Whoever opens a connection and says nothing, or a letter a second, is cut off after [`HEAD_TIMEOUT`], and so is one that was kept for a next request which
//! does not come. Bounds: [`CONNECTIONS_MAX`] at once, of one address [`OF_ONE_ADDRESS`], unless a proxy speaks for all; a head of [`HEAD_MAX`]. What comes
//! beyond is closed at once.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longest until the head of a request, or of the next one, is there.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest head: cookies and a query are a few kilobytes.
pub const HEAD_MAX: usize = 64 * 1024;
/// Connections at once: all viewers of the board, twice.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Of one address: a telephone company's whole province may have one.
pub const OF_ONE_ADDRESS: usize = CONNECTIONS_MAX / 2;
/// Pause after a failed accept (no file descriptors left, usually), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Open connections, by address.
#[derive(Debug, Default)]
struct Open(Mutex<(usize, HashMap<IpAddr, usize>)>);

/// One of them; it is over when this is dropped.
struct Place {
    open: Arc<Open>,
    of: IpAddr,
}

impl Open {
    /// A place for a connection from there, where one is left.
    fn enter(self: &Arc<Self>, of: IpAddr, of_one: usize) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by) = &mut *open;
        let mine = by.get(&of).copied().unwrap_or(0);
        if *all >= CONNECTIONS_MAX || mine >= of_one {
            return None;
        }
        *all += 1;
        by.insert(of, mine + 1);
        Some(Place { open: Arc::clone(self), of })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by) = &mut *open;
        *all = all.saturating_sub(1);
        let left = by.get(&self.of).map_or(0, |mine| mine.saturating_sub(1));
        if left == 0 {
            by.remove(&self.of);
        } else {
            by.insert(self.of, left);
        }
    }
}

/// Answers until told to stop; then lets what is under way come to its end.
pub(crate) async fn serve(listener: TcpListener, routes: Router, is_behind_proxy: bool, stop: &CancellationToken) {
    let of_one = if is_behind_proxy { CONNECTIONS_MAX } else { OF_ONE_ADDRESS };
    let (connections, open) = (TaskTracker::new(), Arc::new(Open::default()));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, from)) => {
                if let Some(place) = open.enter(from.ip(), of_one) {
                    connections.spawn(answer(stream, from, routes.clone(), stop.clone(), place));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// One connection, until the caller leaves or the end begins; then only the request under way is finished.
async fn answer(stream: TcpStream, from: SocketAddr, routes: Router, stop: CancellationToken, _place: Place) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's delay");
    }
    // one layer around all routes, not one around each of them
    let routes = Router::new().fallback_service(routes).layer(Extension(ConnectInfo(from)));
    let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_MAX);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_of_the_connections_and_gets_each_back() {
        let open = Arc::new(Open::default());
        let at = |last| IpAddr::from([192, 0, 2, last]);
        let mut held: Vec<Place> = (0..3).map(|_| open.enter(at(1), 3).expect("there is room")).collect();
        assert!(open.enter(at(1), 3).is_none() && open.enter(at(2), 3).is_some());
        held.pop();
        assert!(open.enter(at(1), 3).is_some());
        drop(held);
        assert!(open.0.lock().expect("no holder panics").1.is_empty(), "nobody is remembered");
    }
}
