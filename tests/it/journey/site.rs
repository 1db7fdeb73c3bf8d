//! A world with a virtual host, and processes of the built binary that work in it.
//!
//! Bounds: [`PATIENCE`] for anything that must happen, [`REST`] without any change before the site counts as quiet.

use std::{
    future::Future,
    path::PathBuf,
    process::{Output, Stdio},
    sync::Arc,
    time::Duration,
};

use salur_pipeline::intake;
use salur_runtime::{broker::Broker, client::Client, config::Config, topology};
use salur_schemas::Message;
use salur_tests::{
    Lab, Plan, World,
    lab::database_url,
    programme::AMOUNT,
    world::{JOURNAL_KEY, PHOTO_KEY, SEAL_KEY, SIGN_IN_KEY, keys},
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

const PATIENCE: Duration = Duration::from_mins(3);
const LOOK: Duration = Duration::from_millis(100);
/// Nothing changed for so many looks.
const REST: usize = 20;

/// Where processes work.
pub struct Site {
    pub world: World,
    pub broker: Broker,
    pub amqp: String,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

/// A process of `salur run --all`.
pub struct Worker {
    child: Child,
    log: PathBuf,
}

impl Site {
    pub async fn new(lab: &Arc<Lab>, plan: &Plan) -> Self {
        let (world, amqp) = (lab.world_with(plan).await, lab.vhost().await);
        let [master, index, cheque] = keys();
        let environment = [
            ("SALUR__DATABASE__URL", database_url(&world.name)),
            ("SALUR__BROKER__URL", amqp.clone()),
            ("SALUR__STORE__URL", world.bucket.url.clone()),
            ("SALUR__STORE__BUCKET", world.bucket.bucket.clone()),
            ("SALUR__STORE__ACCESS_KEY", world.bucket.access_key.clone()),
            ("SALUR__STORE__SECRET_KEY", world.bucket.secret_key.clone()),
            ("SALUR__KEYS__MASTER", master),
            ("SALUR__KEYS__INDEX", index),
            ("SALUR__KEYS__CHEQUE", cheque),
            ("SALUR__KEYS__PHOTO", hex::encode(PHOTO_KEY)),
            ("SALUR__KEYS__SIGN_IN", hex::encode(SIGN_IN_KEY)),
            ("SALUR__KEYS__JOURNAL", hex::encode(JOURNAL_KEY)),
            ("SALUR__KEYS__SEAL", hex::encode(SEAL_KEY)),
            ("SALUR__PORTAL__LISTEN", "127.0.0.1:0".to_owned()),
            ("SALUR_HOME", std::env::temp_dir().join(&world.name).join("home").display().to_string()),
            ("SALUR__LOG__FORMAT", "json".to_owned()),
            ("SALUR__LOG__FILTER", "debug,lapin=info".to_owned()),
        ];
        let environment: Vec<(String, String)> = environment.map(|(key, value)| (key.to_owned(), value)).into();
        let config = Config::read(None, environment.iter().cloned()).expect("the test's settings hold");
        let broker = Broker::connect(&config).await.expect("the broker is there");
        broker.declare(&salur_pipeline::specs()).await.expect("the topology can be declared");
        let folder = std::env::temp_dir().join(&world.name);
        std::fs::create_dir_all(&folder).expect("a folder for logs");
        Self { world, broker, amqp, folder, environment }
    }

    /// Starts `salur run --all`, its log in a file.
    pub fn worker(&self, name: &str, more: &[(&str, &str)]) -> Worker {
        let log = self.folder.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).expect("a log can be written");
        let child = self.salur(&["run", "--all"]).envs(more.iter().copied()).stderr(file).stdout(Stdio::null()).kill_on_drop(true).spawn();
        Worker { child: child.expect("the binary starts"), log }
    }

    /// Starts `salur portal`; the process and its address.
    pub async fn portal(&self) -> (Worker, String) {
        let (log, address) = (self.folder.join("portal.log"), self.folder.join("portal.address"));
        let file = std::fs::File::create(&log).expect("a log can be written");
        let mut portal = self.salur(&["portal", "--address-file"]);
        let child = portal.arg(&address).stderr(file).stdout(Stdio::null()).kill_on_drop(true).spawn().expect("the binary starts");
        until("the portal", async || address.is_file()).await;
        let address = std::fs::read_to_string(&address).expect("it was written whole");
        (Worker { child, log }, address.trim().to_owned())
    }

    /// Signs in at a portal as the first administrator.
    pub async fn administer(&self, portal: &str) {
        let code = self.code(&["actor", "bootstrap", "the.admin", "--json"]).await;
        self.code(&["login", "--server", portal, "--as", "the.admin", "--code", &code]).await;
    }

    /// Signs in at a portal as a fresh person of a role, whom the administrator makes who is signed in.
    pub async fn become_one(&self, portal: &str, role: &str) {
        let name = format!("the.{role}");
        let code = self.code(&["actor", "add", &name, "--role", role, "--json"]).await;
        self.code(&["login", "--server", portal, "--as", &name, "--code", &code]).await;
    }

    /// Runs a command that must succeed; the one-time code it tells, if any.
    async fn code(&self, args: &[&str]) -> String {
        let output = self.run(args).await;
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        told["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Runs a command to its end.
    pub async fn run(&self, args: &[&str]) -> Output {
        self.salur(args).output().await.expect("the binary runs")
    }

    fn salur(&self, args: &[&str]) -> Command {
        let mut command = Command::new(salur_tests::binary());
        command.args(args).envs(self.environment.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Publishes facts, confirmed.
    pub async fn publish<M: Message>(&self, seed: &str, facts: &[M]) {
        Client::new(&self.broker).publish_facts("test", seed, facts).await.expect("published");
    }

    /// Everything that workers ever logged.
    pub fn logs(&self) -> String {
        let entries = std::fs::read_dir(&self.folder).expect("logs are there").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).expect("a log is text")).collect()
    }

    /// Messages that wait, per queue, where any do.
    pub async fn waiting(&self) -> Vec<(String, u32)> {
        let mut waiting = Vec::new();
        for queue in topology::queues(&salur_pipeline::specs()) {
            let (ready, _) = self.broker.depth(&queue).await.expect("every queue was declared");
            if ready > 0 {
                waiting.push((queue, ready));
            }
        }
        waiting
    }

    /// Waits until nothing waits in any queue and nothing changes any more.
    pub async fn rested(&self) {
        let (deadline, mut still, mut last) = (Instant::now() + PATIENCE, 0, None);
        while still < REST {
            let now = (self.waiting().await, self.world.statuses().await);
            let same = now.0.is_empty() && last.as_ref() == Some(&now.1);
            still = if same { still + 1 } else { 0 };
            last = Some(now.1);
            assert!(Instant::now() < deadline, "waited {PATIENCE:?} for rest: {:?}", now.0);
            sleep(LOOK).await;
        }
    }

    /// Waits until so many payments have this status.
    pub async fn until(&self, status: &str, count: i64) {
        let has = async || self.world.statuses().await.get(status) == Some(&count);
        until(&format!("{count} payments {status}"), has).await;
    }

    /// Whether so many families came through to their cheques exactly once; else what is wrong.
    pub async fn totals(&self, families: i64) -> Result<(), String> {
        let found = [
            ("cheques issued", self.world.statuses().await.get("cheque_issued").copied().unwrap_or_default(), families),
            ("payments", self.world.count("payments").await, families),
            ("accounts", self.world.count("accounts").await, families),
            ("cheques", self.world.count("cheques").await, families),
            ("transfers", self.world.count("transfers WHERE kind = 'recipient_funded'").await, families),
            (
                "rupiah",
                self.world.one("SELECT coalesce(sum(credits), 0)::bigint FROM ledger_accounts WHERE kind = 'recipient'").await,
                families * AMOUNT,
            ),
            ("dead letters", self.world.count("dead_letters").await, 0),
        ];
        let wrong: Vec<String> = found
            .into_iter()
            .filter(|(_, is, should)| is != should)
            .map(|(what, is, should)| format!("{is} {what}, not {should}"))
            .chain(self.world.column("SELECT format('%s: %s after %s attempts', stage, cause, attempts) FROM dead_letters").await)
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Logs of a failed test stay for whoever looks.
        if !std::thread::panicking() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

impl Worker {
    /// SIGKILL.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a process can be killed");
    }

    /// SIGTERM, and the exit code of the drain.
    pub async fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().expect("it still runs").to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill runs");
        assert!(told.success());
        self.ended().await
    }

    /// Waits until it ends by itself; none for a signal.
    pub async fn ended(&mut self) -> Option<i32> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("the process ends").expect("its end can be seen").code()
    }

    /// The page of its metrics.
    pub async fn metrics(&self) -> String {
        let log = std::fs::read_to_string(&self.log).expect("a log is text");
        let line = log.lines().find(|line| line.contains("health and metrics")).expect("it says where it listens");
        let line: serde_json::Value = serde_json::from_str(line).expect("the log is JSON");
        let address = line["fields"]["listen"].as_str().or(line["listen"].as_str()).expect("an address");
        let page = reqwest::get(format!("http://{address}/metrics")).await.expect("the page answers");
        page.text().await.expect("text")
    }
}

/// Waits until a condition holds.
pub async fn until<Fut: Future<Output = bool>>(what: &str, holds: impl Fn() -> Fut) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} for {what}");
        sleep(LOOK).await;
    }
}

/// Rows in messages as `submit` makes them: parts of a batch.
pub fn parts(rows: &[salur_schemas::RecipientSubmitted], size: usize) -> Vec<Vec<intake::In>> {
    rows.chunks(size).map(|part| part.iter().cloned().map(intake::In::from).collect()).collect()
}
