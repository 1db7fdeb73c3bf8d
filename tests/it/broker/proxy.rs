//! A TCP proxy that can swallow what the broker says: confirms are lost while messages still arrive.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
    task::JoinSet,
};

/// Forwards connections until dropped.
pub struct Proxy {
    pub address: SocketAddr,
    mute: Arc<AtomicBool>,
    cuts: watch::Sender<u64>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub async fn start(broker: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (mute, cuts) = (Arc::new(AtomicBool::new(false)), watch::Sender::new(0));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, broker, mute.clone(), cuts.subscribe()));
        Self { address, mute, cuts, _tasks: tasks }
    }

    /// From now on nothing the broker says arrives.
    pub fn mute(&self) {
        self.mute.store(true, Ordering::SeqCst);
    }

    /// Cuts every connection; new ones work.
    pub fn heal(&self) {
        self.mute.store(false, Ordering::SeqCst);
        self.cuts.send_modify(|cut| *cut += 1);
    }
}

async fn accept(listener: TcpListener, broker: String, mute: Arc<AtomicBool>, cuts: watch::Receiver<u64>) {
    let mut pairs = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.expect("the listener stands");
        let server = TcpStream::connect(&broker).await.expect("the broker is there");
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let (mute, mut cuts) = (mute.clone(), cuts.clone());
        cuts.mark_unchanged();
        pairs.spawn(async move {
            tokio::select! {
                () = pump(from_client, to_server, None) => {}
                () = pump(from_server, to_client, Some(&mute)) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

/// One direction, until either side ends.
async fn pump(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, mute: Option<&AtomicBool>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let muted = mute.is_some_and(|mute| mute.load(Ordering::SeqCst));
        if !muted && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
