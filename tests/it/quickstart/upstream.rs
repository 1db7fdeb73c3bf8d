//! An upstream system with a user of the broker, made by `salur broker-access` and gone with the test.

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, ErrorKind,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
};
use reqwest::Method;
use salur_tests::lab::manage;
use serde_json::Value;

use crate::journey::site::Site;

/// A source that exists in one test alone: users of a broker are of all its virtual hosts.
pub struct Upstream {
    pub source: String,
    pub url: String,
}

impl Upstream {
    /// Sets a source up and gives it access.
    pub async fn new(site: &Site, name: &str) -> Self {
        let lab = site.amqp.rsplit(['-', '_']).nth(1).expect("virtual hosts are named after their lab");
        let source = format!("{name}-{}", &lab[lab.len() - 16..]);
        let made = sqlx::query("INSERT INTO sources (name, description) VALUES ($1, 'of a test')").bind(&source);
        made.execute(&site.world.sql).await.expect("the owner may");
        let url = access(site, &source).await;
        Self { source, url }
    }

    pub async fn connect(&self) -> Connection {
        Connection::connect(&self.url, ConnectionProperties::default()).await.expect("the user may connect")
    }

    pub async fn remove(self) {
        manage(Method::DELETE, &format!("users/upstream-{}", self.source), "").await;
    }
}

/// Makes access and loads it into the broker: the address.
pub async fn access(site: &Site, source: &str) -> String {
    let run = site.run(&["broker-access", source, "--json"]).await;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: Value = serde_json::from_slice(&run.stdout).expect("one JSON object");
    manage(Method::POST, "definitions", &told["definitions"].to_string()).await;
    told["url"].as_str().expect("an address").to_owned()
}

/// Publishes and waits for the confirm.
pub async fn publish(channel: Channel, exchange: &str, key: &str, body: &[u8]) -> Result<(), lapin::Error> {
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let confirmed = channel.basic_publish(exchange.into(), key.into(), options, body, properties).await?.await?;
    assert!(confirmed.is_ack() && confirmed.take_message().is_none(), "it reaches a queue");
    Ok(())
}

/// Whether the broker refused access.
pub fn is_refusal<T>(tried: &Result<T, lapin::Error>) -> bool {
    tried.as_ref().is_err_and(|error| {
        matches!(error.kind(), ErrorKind::ProtocolError(error) if *error.kind() == AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED))
    })
}
