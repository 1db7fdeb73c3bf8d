//! A portal on a free port, a world with issued cheques behind it, and devices that sign.

use std::{sync::Arc, time::Duration};

use base64::Engine;
use chrono::Utc;
use ed25519_dalek::{Signer, SigningKey};
use lapin::{Connection, ConnectionProperties, options::BasicGetOptions};
use reqwest::{Client, Method, Response, StatusCode, header::HeaderName};
use salur_domain::{ClaimId, serial::ChequeSerial, token::ChequeClaims, webhook::WebhookKey};
use salur_portal::{Evidence, Portal, Tools, gallery::Views, sign_in::oidc, signed, webhooks::Means};
use salur_runtime::{broker::Broker, config::Config, stage::Failure, testkit::Delivery};
use salur_tests::{
    Chain, Lab, Person, World,
    counter::Paper,
    facts,
    programme::{Counter, TAHAP_4, TAHAP_5},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Families with a cheque of tranche 4; the first has one of tranche 5 too.
pub const FAMILIES: u32 = 4;
/// What the secrets of webhooks are derived from.
pub const WEBHOOK_KEY: [u8; 32] = [44; 32];
/// Families that one proxy may receive for within a day.
pub const PROXY_FAMILIES: u16 = 3;
/// Longest a portal may take to end once told: it waits for nobody.
const DRAIN: Duration = Duration::from_secs(10);

/// A portal at work.
pub struct House {
    pub world: World,
    pub broker: Broker,
    pub address: String,
    pub http: Client,
    /// Address of its virtual host.
    vhost: String,
    stop: CancellationToken,
    serving: JoinSet<Result<(), Failure>>,
}

/// What a device sends; change what shall be wrong with it.
pub struct Request {
    pub path: &'static str,
    pub device: String,
    pub time: String,
    pub body: String,
    pub signature: String,
}

impl Request {
    /// A flawless request.
    pub fn new(counter: &Counter, path: &'static str, body: &Value) -> Self {
        Self::at(counter, path, body.to_string(), Utc::now().to_rfc3339())
    }

    /// Signed with a time of one's own.
    pub fn at(counter: &Counter, path: &'static str, body: String, time: String) -> Self {
        let signature = counter.key.sign(&signed::to_sign("POST", path, &time, body.as_bytes()));
        let signature = base64::engine::general_purpose::STANDARD.encode(signature.to_bytes());
        Self { path, device: counter.device.into(), time, body, signature }
    }
}

/// Made by children of the binary, as outside of tests.
fn views(world: &World) -> Views {
    let examiners = Arc::clone(&world.tools.examiners);
    Views::new(move |photo| {
        let examiners = Arc::clone(&examiners);
        Box::pin(async move { Ok(examiners.view(&photo).await?) })
    })
}

/// What a portal of tests works with.
fn tools(world: &World, allow_insecure: bool, client_ip_header: Option<HeaderName>, oidc: Option<oidc::Means>) -> Tools {
    Tools {
        database: world.tools.database.clone(),
        blobs: world.tools.blobs.clone(),
        cheque_key: world.tools.cheque_key.verifying_key(),
        list_key: world.tools.cheque_keys().lists(),
        keys: world.tools.keys.clone(),
        row_context: salur_pipeline::row_context,
        client_ip_header,
        proxy_day_max_families: PROXY_FAMILIES,
        photo_key: salur_domain::vault::WrappingKey::new(&salur_tests::world::PHOTO_KEY),
        photo_context: salur_pipeline::photo_context,
        views: views(world),
        evidence: Evidence {
            log: Some(salur_tests::world::sealer().verifier().clone()),
            journal: Some(salur_tests::world::journal().verifier().clone()),
            seal_every: Duration::from_millis(500),
        },
        sign_in_key: salur_domain::vault::DataKey::new(salur_tests::world::SIGN_IN_KEY),
        oidc,
        is_https: false,
        webhooks: Some(Means { key: WebhookKey::new(WEBHOOK_KEY), allow_insecure }),
        management: None,
        stages: salur_tests::chain::STAGES.to_vec(),
    }
}

impl House {
    /// Opens a portal on a world whose families have cheques.
    pub async fn open(lab: &Arc<Lab>) -> Self {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("4", &facts::batch(&facts::rows("tahap-4", TAHAP_4, (0..FAMILIES).map(Person::new))));
        chain.tell("5", &facts::batch(&facts::rows("tahap-5", TAHAP_5, [Person::new(0)])));
        chain.run().await;
        Self::around(lab, world).await
    }

    /// Opens a portal on a world as it is; webhooks may point to this machine.
    pub async fn around(lab: &Arc<Lab>, world: World) -> Self {
        Self::with(lab, world, true, None, None).await
    }

    /// The same, and webhooks may point to public addresses only.
    pub async fn strict(lab: &Arc<Lab>, world: World) -> Self {
        Self::with(lab, world, false, None, None).await
    }

    /// Behind a proxy that says in a header whom it speaks for.
    pub async fn behind(lab: &Arc<Lab>, world: World, header: &'static str) -> Self {
        Self::with(lab, world, true, Some(HeaderName::from_static(header)), None).await
    }

    /// Where people may sign in by another system.
    pub async fn beside(lab: &Arc<Lab>, world: World, oidc: oidc::Means) -> Self {
        Self::with(lab, world, true, None, Some(oidc)).await
    }

    async fn with(
        lab: &Arc<Lab>,
        world: World,
        allow_insecure: bool,
        client_ip_header: Option<HeaderName>,
        oidc: Option<oidc::Means>,
    ) -> Self {
        let vhost = lab.vhost().await;
        let environment = [("SALUR__BROKER__URL".to_owned(), vhost.clone())];
        let config = Config::read(None, environment).expect("the test's settings hold");
        let broker = Broker::connect(&config).await.expect("the broker is there");
        broker.declare(&salur_pipeline::specs()).await.expect("the topology can be declared");
        let tools = tools(&world, allow_insecure, client_ip_header, oidc);
        let mut house = Self {
            world,
            broker,
            address: String::new(),
            http: Client::new(),
            vhost,
            stop: CancellationToken::new(),
            serving: JoinSet::new(),
        };
        house.address = house.serve(tools);
        house
    }

    /// Another portal beside this one, as on another machine: where it listens.
    pub fn second(&mut self) -> String {
        self.serve(tools(&self.world, true, None, None))
    }

    fn serve(&mut self, tools: Tools) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a socket of ours");
        let listener = TcpListener::from_std(listener).expect("a runtime is here");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        self.serving.spawn(salur_portal::serve_on(listener, Portal::new(tools, &self.broker), self.stop.clone()));
        address
    }

    /// Ends the portals; they must end by themselves.
    pub async fn close(mut self) {
        self.stop.cancel();
        while let Some(ended) = tokio::time::timeout(DRAIN, self.serving.join_next()).await.expect("the portal ends when told") {
            ended.expect("it did not panic").expect("it ended well");
        }
        self.broker.close().await;
    }

    /// Sends a request; status and body.
    pub async fn send(&self, request: &Request) -> (StatusCode, Value) {
        let sent = self.http.post(format!("{}{}", self.address, request.path)).body(request.body.clone());
        let sent = sent
            .header(signed::DEVICE_HEADER, &request.device)
            .header(signed::TIME_HEADER, &request.time)
            .header(signed::SIGNATURE_HEADER, &request.signature);
        answer(sent.send().await.expect("the portal answers")).await
    }

    /// Sends a flawless request.
    pub async fn post(&self, counter: &Counter, path: &'static str, body: &Value) -> (StatusCode, Value) {
        self.send(&Request::new(counter, path, body)).await
    }

    /// Claims a cheque.
    pub async fn claim(&self, counter: &Counter, claim: Uuid, token: &str) -> (StatusCode, Value) {
        self.post(counter, "/api/claims", &json!({"claim": ClaimId(claim), "token": token, "teller": counter.teller})).await
    }

    /// Claims a cheque for who receives for its family.
    pub async fn claim_by(&self, counter: &Counter, claim: Uuid, token: &str, proxy: &Value) -> (StatusCode, Value) {
        let body = json!({"claim": ClaimId(claim), "token": token, "teller": counter.teller, "proxy": proxy});
        self.post(counter, "/api/claims", &body).await
    }

    /// Calls a door of people and systems.
    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<&Value>) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request.send().await.expect("the portal answers")).await
    }

    /// Messages that wait in a queue.
    pub async fn waiting(&self, queue: &str) -> u32 {
        self.broker.depth(queue).await.expect("the queue was declared").0
    }

    /// Takes what waits in a queue.
    pub async fn take(&self, queue: &str) -> Vec<Delivery> {
        let connection = Connection::connect(&self.vhost, ConnectionProperties::default()).await.expect("the broker is there");
        let channel = connection.create_channel().await.expect("a channel");
        let mut taken = Vec::new();
        let next = async || channel.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await.expect("the queue is there");
        while let Some(message) = next().await {
            taken.push(Delivery::raw(&taken.len().to_string(), message.delivery.data));
        }
        connection.close(200, "done".into()).await.expect("closed");
        taken
    }

    /// Registers a device of one's own.
    pub async fn device(&self, code: &'static str, seed: u8) -> Counter {
        let counter = Counter { device: code, key: SigningKey::from_bytes(&[seed; 32]), ..salur_tests::programme::counters()[0].clone() };
        sqlx::query("INSERT INTO devices (code, pay_point, public_key) SELECT $1, min(code), $2 FROM pay_points")
            .bind(code)
            .bind(counter.key.verifying_key().as_bytes().as_slice())
            .execute(&self.world.sql)
            .await
            .expect("a device can be registered");
        counter
    }

    /// What a cheque would say whose payment does not exist, signed by a key.
    pub fn token(&self, key: &SigningKey, paper: &Paper) -> String {
        let claims = ChequeClaims {
            serial: ChequeSerial::derive(&self.world.tools.keys, paper.payment, 9),
            payment: paper.payment,
            version: 9,
            amount: salur_domain::Rupiah::new(300_000).expect("it is positive"),
            pay_point: "KP-1".into(),
            opens_at: chrono::DateTime::from_timestamp(1_700_000_000, 0).expect("a moment"),
            closes_at: chrono::DateTime::from_timestamp(1_900_000_000, 0).expect("a moment"),
        };
        salur_domain::token::sign(&claims, key, &salur_domain::token::key_id(&key.verifying_key()))
    }
}

/// Status and body of a response.
pub async fn answer(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The code of a refusal.
pub fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["error"].as_str().unwrap_or("none"))
}
