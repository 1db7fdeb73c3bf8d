//! `salur dev-store`: an S3-compatible object store in this process, for the quick start and for tests. **Never for evidence.**
//!
//! Why: a clean machine has no object store, and a demo should not need one installed. The store's client speaks to it as to any other, with
//! signed requests, so that nothing else in the system knows the difference. WORM: off. It has no versions and no object lock, it does
//! not flush to disk before it answers, and a killed process loses objects it acknowledged: a deployment uses Ceph RGW, S3 or Garage.
//!
//! Bounds: [`CONNECTIONS_MAX`] connections at once, [`DRAIN_MAX`] to let them finish; one directory per bucket below the data
//! directory. Nagle's algorithm is off, without which every GET waits some 40 ms for a delayed acknowledgement.

mod files;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use salur_domain::{Disposed, Disposition};
use salur_runtime::role;
use secrecy::ExposeSecret;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections served at once; the next ones wait in the listen queue. Well above what our workers and tests hold, well below the usual limit of
/// 1,024 open files, since every request also opens an object.
const CONNECTIONS_MAX: usize = 400;

/// How long a shutdown waits for requests under way before it drops them.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Pause after a failed accept (no file descriptors left, usually), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where to listen and keep objects. The key pair comes from the configuration (`SALUR__STORE__ACCESS_KEY`, `SALUR__STORE__SECRET_KEY`),
/// since arguments show in the process list.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// Directory of the objects; made if missing.
    #[arg(long)]
    data: PathBuf,
}

/// Serves until SIGTERM.
pub fn command(args: Args, file: Option<&Path>) -> ExitCode {
    role::run("dev-store", file, async move |role| {
        let store = &role.config.store;
        tracing::warn!("WORM: off; this store is for the quick start and for tests, never for evidence");
        let secret = store.secret_key.expose_secret().to_owned();
        Ok(run(args.listen, args.data, store.access_key.clone(), secret, role.shutdown.cancelled()).await?)
    })
}

/// Why the store could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data directory cannot be created.
    #[error("cannot create the data directory {}", path.display())]
    Create {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The data directory exists but cannot be used.
    #[error("cannot open the data directory {}: {reason}", path.display())]
    Open {
        /// The directory.
        path: PathBuf,
        /// What the file store said; its error type is not a standard one.
        reason: String,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Disposed for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Permanent
    }
}

/// Serves `data` on `listen` to holders of the key pair until `shutdown` completes, then lets requests under way finish.
///
/// Buckets are made by their users (`CreateBucket`) or are directories in `data` already.
pub async fn run(
    listen: SocketAddr,
    data: PathBuf,
    access_key: String,
    secret_key: String,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let service = service(&data, access_key, secret_key).await?;
    let listener = TcpListener::bind(listen).await.map_err(|source| Error::Listen { listen, source })?;
    tracing::warn!(%listen, data = %data.display(), "object store of the quick start is up; WORM: off, never for evidence");

    let drain = CancellationToken::new();
    let connections = TaskTracker::new();
    let limit = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, permit) = tokio::select! {
            accepted = accept(&listener, &limit) => accepted,
            () = shutdown.as_mut() => break,
        };
        connections.spawn(serve(stream, service.clone(), drain.clone(), permit));
    }

    drop(listener);
    drain.cancel();
    connections.close();
    if tokio::time::timeout(DRAIN_MAX, connections.wait()).await.is_err() {
        tracing::warn!(open = connections.len(), "requests were still under way at the end of the drain");
    }
    Ok(())
}

/// The S3 protocol over a directory, open only to one key pair.
async fn service(data: &PathBuf, access_key: String, secret_key: String) -> Result<S3Service, Error> {
    tokio::fs::create_dir_all(data).await.map_err(|source| Error::Create { path: data.clone(), source })?;
    let files = FileSystem::new(data).map_err(|error| Error::Open { path: data.clone(), reason: format!("{error:?}") })?;
    let mut builder = S3ServiceBuilder::new(files::Files { inner: files, data: data.clone() });
    builder.set_auth(SimpleAuth::from_single(access_key, secret_key));
    Ok(builder.build())
}

/// The next connection together with its place among [`CONNECTIONS_MAX`].
async fn accept(listener: &TcpListener, limit: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let permit = Arc::clone(limit).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection, until the client leaves or the drain begins; then only the request under way is finished.
async fn serve(stream: TcpStream, service: S3Service, drain: CancellationToken, permit: OwnedSemaphorePermit) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "client left before it was served");
        return;
    }
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new());
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = drain.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
    drop(permit);
}
