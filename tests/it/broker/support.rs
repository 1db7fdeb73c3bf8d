//! A virtual host per test, a raw channel for what only a rude client does, and stages to run.

use std::{future::Future, sync::Arc, time::Duration};

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicNackOptions, BasicPublishOptions, ConfirmSelectOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use salur_runtime::{
    broker::Broker,
    client::Client,
    config::Config,
    health::Health,
    pauses::Pauses,
    stage::{Failure, Stage},
    testkit::toy::{Book, Coin, Fate, Heard, Teller, Toy},
    topology::StageSpec,
    worker::run_stage,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::proxy::Proxy;

/// Longest a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(50);

/// Both toys.
pub const SPECS: &[StageSpec] = &[StageSpec::of::<Toy>(), StageSpec::of::<Teller>()];

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: start services with `scripts/services start` and `eval \"$(scripts/services env)\"`")
    })
}

/// A virtual host that goes when the test ends.
pub struct Vhost {
    name: String,
    http: reqwest::Client,
    management: String,
    amqp: String,
}

/// Runs a test in a virtual host of its own, which is removed whatever the outcome.
pub async fn in_vhost<F, Fut>(test: F)
where
    F: FnOnce(Arc<Vhost>) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let vhost = Arc::new(Vhost::create().await);
    let mut tasks = JoinSet::new();
    tasks.spawn(test(vhost.clone()));
    let outcome = tasks.join_next().await.expect("the test was spawned");
    vhost.call(reqwest::Method::DELETE, &format!("vhosts/{}", vhost.name), None).await;
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

impl Vhost {
    async fn create() -> Self {
        let (amqp, management) = (variable("SALUR__BROKER__URL"), variable("SALUR__BROKER__MANAGEMENT_URL"));
        let name = format!("test-{}", Uuid::now_v7().simple());
        let user = amqp.split("://").nth(1).and_then(|rest| rest.split(':').next()).expect("the address names a user").to_owned();
        let (base, _) = amqp.rsplit_once('/').expect("the address has a path");
        let vhost = Self { amqp: format!("{base}/{name}"), name, http: reqwest::Client::new(), management };
        vhost.call(reqwest::Method::PUT, &format!("vhosts/{}", vhost.name), Some("{}".to_owned())).await;
        let rights = r#"{"configure":".*","write":".*","read":".*"}"#.to_owned();
        vhost.call(reqwest::Method::PUT, &format!("permissions/{}/{user}", vhost.name), Some(rights)).await;
        vhost
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Option<String>) -> serde_json::Value {
        let url = format!("{}/api/{path}", self.management.trim_end_matches('/'));
        let mut request = self.http.request(method, url).header("content-type", "application/json");
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.expect("the management API answers");
        assert!(response.status().is_success(), "management API: {path}: {}", response.status());
        serde_json::from_str(&response.text().await.expect("a body")).unwrap_or_default()
    }

    pub fn config(&self) -> Config {
        Self::config_at(self.amqp.clone())
    }

    fn config_at(url: String) -> Config {
        let environment = [("SALUR__BROKER__URL", url), ("SALUR__BROKER__CONFIRM_TIMEOUT_S", "3".to_owned())];
        Config::read(None, environment.map(|(key, value)| (key.to_owned(), value))).expect("the test's settings hold")
    }

    /// A proxy before the broker, and settings that lead through it.
    pub async fn proxied(&self) -> (Proxy, Config) {
        let (head, path) = self.amqp.rsplit_once('/').expect("the address has a path");
        let (user, broker) = head.rsplit_once('@').expect("the address has a user");
        let proxy = Proxy::start(broker.to_owned()).await;
        let config = Self::config_at(format!("{user}@{}/{path}", proxy.address));
        (proxy, config)
    }

    /// Connected, topology declared.
    pub async fn broker(&self, specs: &[StageSpec]) -> Broker {
        let broker = Broker::connect(&self.config()).await.expect("the broker is there");
        broker.declare(specs).await.expect("the topology can be declared");
        broker
    }

    /// A channel without manners.
    pub async fn raw(&self) -> Raw {
        let connection = Connection::connect(&self.amqp, ConnectionProperties::default()).await.expect("the broker is there");
        let channel = connection.create_channel().await.expect("a channel");
        channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        Raw { channel, _connection: connection }
    }

    /// Closes every connection of this virtual host, as an operator would; how many.
    pub async fn close_connections(&self) -> usize {
        let listed = self.call(reqwest::Method::GET, &format!("vhosts/{}/connections", self.name), None).await;
        let names: Vec<String> =
            listed.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
        for name in &names {
            let url = format!("{}/api/connections/{}", self.management.trim_end_matches('/'), escape(name));
            // It may have gone by itself: 404 is fine.
            self.http.delete(url).send().await.expect("the management API answers");
        }
        names.len()
    }

    pub async fn delete_queue(&self, queue: &str) {
        self.call(reqwest::Method::DELETE, &format!("queues/{}/{queue}", self.name), None).await;
    }
}

fn escape(name: &str) -> String {
    name.bytes().map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A channel without manners.
pub struct Raw {
    pub channel: Channel,
    _connection: Connection,
}

impl Raw {
    pub async fn publish(&self, exchange: &str, key: &str, body: &[u8]) {
        let properties = BasicProperties::default().with_delivery_mode(2);
        let sent = self.channel.basic_publish(exchange.into(), key.into(), BasicPublishOptions::default(), body, properties).await;
        assert!(sent.expect("sent").await.expect("confirmed").is_ack());
    }

    /// A queue that hears everything of an exchange.
    pub async fn eavesdrop(&self, queue: &str, exchange: &str, key: &str) {
        let declared = self.channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), FieldTable::default()).await;
        declared.expect("a queue");
        let bound =
            self.channel.queue_bind(queue.into(), exchange.into(), key.into(), QueueBindOptions::default(), FieldTable::default()).await;
        bound.expect("a binding");
    }

    /// Takes the first message and gives it back, `times` times.
    pub async fn take_and_return(&self, queue: &str, times: u32) {
        for _ in 0..times {
            let taken = until("a message to take", || async {
                self.channel.basic_get(queue.into(), BasicGetOptions::default()).await.expect("get")
            })
            .await;
            taken.delivery.acker.nack(BasicNackOptions { requeue: true, multiple: false }).await.expect("given back");
        }
    }
}

/// Waits until `look` sees something.
pub async fn until<T, Fut: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> Fut) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}");
        sleep(LOOK).await;
    }
}

/// Waits until a condition holds.
pub async fn until_true(what: &str, look: impl Fn() -> bool) {
    until(what, || async { look().then_some(()) }).await;
}

/// Waits until a queue is this deep.
pub async fn until_depth(broker: &Broker, queue: &str, depth: u32) {
    until(&format!("{depth} messages in {queue}"), || async { (broker.depth(queue).await.ok()?.0 == depth).then_some(()) }).await;
}

/// Stages that run until told to stop.
pub struct Running {
    stop: CancellationToken,
    pub health: Health,
    pauses: Pauses,
    stages: JoinSet<Result<(), Failure>>,
}

impl Running {
    pub fn new() -> Self {
        Self::with(Pauses::never())
    }

    /// Stages that may be paused.
    pub fn with(pauses: Pauses) -> Self {
        Self { stop: CancellationToken::new(), health: Health::new(), pauses, stages: JoinSet::new() }
    }

    pub fn run<S: Stage>(&mut self, stage: S, book: &Arc<S::Work>, broker: &Broker) {
        let (book, broker, stop) = (book.clone(), broker.clone(), self.stop.clone());
        let (health, pauses) = (self.health.clone(), self.pauses.clone());
        self.stages.spawn(async move { run_stage(Arc::new(stage), book, &broker, &health, &pauses, stop).await });
    }

    /// Toy and teller with a book each.
    pub fn both(broker: &Broker) -> (Self, Arc<Book>, Arc<Book>) {
        let (toys, tellers) = (Arc::new(Book::default()), Arc::new(Book::default()));
        let mut running = Self::new();
        running.run(Toy::new(toys.clone()), &toys, broker);
        running.run(Teller, &tellers, broker);
        (running, toys, tellers)
    }

    /// Drains.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = timeout(PATIENCE, self.stages.join_next()).await.expect("stages drain") {
            ended.expect("stages do not panic").expect("stages end well");
        }
    }
}

pub fn coin(id: &(impl ToString + ?Sized), fate: Fate) -> Heard {
    Coin { id: id.to_string(), source: "dinsos".into(), fate }.into()
}

pub fn coins(ids: std::ops::Range<usize>) -> Vec<Heard> {
    ids.map(|id| coin(&id, Fate::Stamp)).collect()
}

pub async fn publish(broker: &Broker, seed: &str, facts: &[Heard]) {
    Client::new(broker).publish_facts("test", seed, facts).await.expect("published");
}
