//! Deliveries over real TLS: to a receiver that the sender's machine trusts, under the name of its certificate, and to no other.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use axum::serve::Listener;
use salur_tests::{World, in_lab, programme::SOURCE};
use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

use super::{
    receiver::Receiver,
    sender::{Sender, add, batch},
};
use crate::{
    journey::site::until,
    portal::{
        people::{administrator, system},
        support::House,
    },
};

const UNTRUSTED: &str = "cannot connect: the name is unknown, nobody listens, or the certificate is not trusted";
/// A certificate of `localhost` that signs itself and nothing else.
const WANTED: &str = "[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = localhost
[extensions]
subjectAltName = DNS:localhost
basicConstraints = critical, CA:FALSE
";

/// A certificate and its key, in a folder that goes with it.
struct Identity(PathBuf);

impl Identity {
    /// Made by openssl, so that both sides of the wire are not our libraries' idea of a certificate.
    async fn make(world: &World) -> Self {
        let identity = Self(std::env::temp_dir().join(format!("{}-tls", world.name)));
        std::fs::create_dir_all(&identity.0).expect("a folder can be made");
        std::fs::write(identity.file("wanted.cnf"), WANTED).expect("a file can be written");
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"];
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-days", "2", "-config"]).arg(identity.file("wanted.cnf"));
        command.args(key).arg(identity.file("key.pem")).arg("-out").arg(identity.certificate());
        let output = command.output().await.expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        identity
    }

    fn certificate(&self) -> PathBuf {
        self.file("certificate.pem")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A receiver that has this identity.
    async fn receiver(&self) -> Receiver {
        let certificate = CertificateDer::from_pem_file(self.certificate()).expect("it was made");
        let key = PrivateKeyDer::from_pem_file(self.file("key.pem")).expect("it was made");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).expect("they fit");
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = tcp.local_addr().expect("it is bound").port();
        Receiver::on(Tls { tcp, acceptor: TlsAcceptor::from(Arc::new(config)) }, port, "", [])
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Gives connections whose handshake succeeded.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, peer) = self.tcp.accept().await.expect("the listener lives");
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

#[tokio::test]
async fn a_webhook_is_delivered_over_tls_under_the_name_of_the_certificate_and_under_no_other() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let identity = Identity::make(&house.world).await;
        let receiver = identity.receiver().await;
        let (_, secret) = add(&house, &token, &format!("https://localhost:{}/named", receiver.port)).await;
        add(&house, &token, &format!("https://127.0.0.1:{}/unnamed", receiver.port)).await;
        batch(&house.world).await;
        let sender = Sender::trusting(&house.world, &identity.certificate());
        let ends = async |which: &str| house.world.count(&format!("webhook_deliveries WHERE {which}")).await;
        until("three are taken", async || ends("delivered_at IS NOT NULL").await == 3).await;
        until("three are not", async || ends("failure IS NOT NULL").await == 3).await;
        assert_eq!(sender.stop().await, Some(0));
        let heard = receiver.heard();
        assert!(heard.len() == 3 && heard.iter().all(|heard| heard.path == "/named" && heard.is_signed_with(&secret)), "{heard:?}");
        assert_eq!(house.world.column("SELECT DISTINCT failure FROM webhook_deliveries WHERE delivered_at IS NULL").await, [UNTRUSTED]);
        house.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_receiver_whose_certificate_nobody_trusts_hears_nothing() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        let identity = Identity::make(&house.world).await;
        let receiver = identity.receiver().await;
        add(&house, &token, &format!("https://localhost:{}/salur", receiver.port)).await;
        batch(&house.world).await;
        let sender = Sender::start(&house.world, true);
        until("three failures", async || house.world.count("webhook_deliveries WHERE attempts > 0").await == 3).await;
        assert_eq!(sender.stop().await, Some(0));
        assert_eq!(house.world.column("SELECT DISTINCT failure FROM webhook_deliveries").await, [UNTRUSTED]);
        assert!(receiver.heard().is_empty());
        house.close().await;
    })
    .await;
}
