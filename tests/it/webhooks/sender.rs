//! Processes of `salur webhooks send` on a world, and the batch that they tell of.

use std::{path::Path, process::Stdio};

use reqwest::{Method, StatusCode};
use salur_tests::{Chain, Person, World, facts, lab::database_url, programme::TAHAP_4};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::portal::support::{House, WEBHOOK_KEY};

/// Name of the batch.
pub const BATCH: &str = "tahap-4";

/// A process; killed with this.
pub struct Sender(Child);

impl Sender {
    pub fn start(world: &World, allow_insecure: bool) -> Self {
        Self::spawn(&mut Self::command(world, allow_insecure))
    }

    /// One that trusts the certificates of a file instead of those of the machine.
    pub fn trusting(world: &World, certificates: &Path) -> Self {
        Self::spawn(Self::command(world, true).env("SSL_CERT_FILE", certificates))
    }

    fn spawn(command: &mut Command) -> Self {
        Self(command.kill_on_drop(true).spawn().expect("the binary starts"))
    }

    fn command(world: &World, allow_insecure: bool) -> Command {
        let mut command = Command::new(salur_tests::binary());
        command
            .args(["webhooks", "send"])
            .env("SALUR__DATABASE__URL", database_url(&world.name))
            .env("SALUR__KEYS__WEBHOOK", hex::encode(WEBHOOK_KEY))
            .env("SALUR__WEBHOOKS__ALLOW_INSECURE", allow_insecure.to_string())
            // a proxy of the machine must not be asked: it would reach what the sender must not
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// SIGTERM, and how it ended.
    pub async fn stop(mut self) -> Option<i32> {
        let pid = self.0.id().expect("it still runs").to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill runs").success());
        self.0.wait().await.expect("its end can be seen").code()
    }
}

/// Two families who are paid, and a row that is rejected; up to their cheques.
pub async fn batch(world: &World) -> Vec<Person> {
    let mut chain = Chain::new(world);
    let families: Vec<Person> = (0..2).map(Person::new).collect();
    let mut rows = facts::rows(BATCH, TAHAP_4, families.clone());
    rows.push(facts::row(BATCH, TAHAP_4, "bad", &Person { nik: "12".into(), ..Person::new(6) }));
    chain.tell("4", &facts::batch(&rows));
    chain.run().await;
    families
}

/// Adds a webhook; its id and its secret.
pub async fn add(house: &House, token: &str, url: &str) -> (String, String) {
    let (status, added) = house.call(Method::POST, "/api/webhooks", Some(token), Some(&json!({ "url": url }))).await;
    assert_eq!(status, StatusCode::CREATED, "{added}");
    let text = |field: &Value| field.as_str().expect("text").to_owned();
    (text(&added["id"]), text(&added["secret"]))
}
