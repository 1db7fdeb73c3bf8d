//! What a test owns in the services: databases, buckets, virtual hosts. Everything is named after the lab and removed with it.
//!
//! A migrated database takes a tenth of a second, since it is copied from a template that is migrated once per state of the migrations.
//! Bounds: leftovers of labs that were killed go after [`STALE_AFTER_S`].

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::FutureExt;
use salur_store::{Blobs, Database, blobs};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// Guards the making of the template, across processes.
const TEMPLATE_LOCK: &str = "SELECT pg_advisory_lock(7226310099)";
const TEMPLATE_PREFIX: &str = "salur_template_";
const DATABASE_PREFIX: &str = "salur_test_";
/// Databases of tests older than this were left by a process that was killed.
const STALE_AFTER_S: i64 = 7_200;

/// A setting that `scripts/services env` prints.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: start services with `scripts/services start` and `eval \"$(scripts/services env)\"`")
    })
}

/// What one test owns.
#[derive(Debug)]
pub struct Lab {
    name: String,
    made: AtomicU32,
    databases: Mutex<Vec<String>>,
    buckets: Mutex<Vec<String>>,
    vhosts: Mutex<Vec<String>>,
}

/// Runs a test in a lab of its own, which is removed whatever the outcome.
///
/// The test is no task of its own: that it may go to other threads would be proven anew for each of hundreds, more than half of what they took to build.
pub async fn in_lab<F, Fut>(test: F)
where
    F: FnOnce(Arc<Lab>) -> Fut,
    Fut: Future<Output = ()>,
{
    let lab = Arc::new(Lab::new());
    let outcome = AssertUnwindSafe(Box::pin(test(Arc::clone(&lab)))).catch_unwind().await;
    lab.remove().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Lab {
    fn new() -> Self {
        let [databases, buckets, vhosts] = std::array::from_fn(|_| Mutex::default());
        Self { name: Uuid::now_v7().simple().to_string(), made: AtomicU32::new(0), databases, buckets, vhosts }
    }

    fn next_name(&self, prefix: &str) -> String {
        format!("{prefix}{}_{}", self.name, self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// An empty database, migrated; its name.
    pub async fn database(&self) -> String {
        let mut owner = owner().await;
        let template = template(&mut owner).await;
        self.copy(&mut owner, &template).await
    }

    async fn copy(&self, owner: &mut PgConnection, from: &str) -> String {
        let name = self.next_name(DATABASE_PREFIX);
        self.databases.lock().expect("no holder panics").push(name.clone());
        run(owner, format!("CREATE DATABASE {name} TEMPLATE {from}")).await;
        name
    }

    /// A bucket of its own: settings to reach it.
    pub async fn bucket(&self) -> blobs::Settings {
        let settings = settings(&self.next_name("test-").replace('_', "-"));
        self.buckets.lock().expect("no holder panics").push(settings.bucket.clone());
        Blobs::new(&settings).ensure_bucket().await.expect("a bucket can be made");
        settings
    }

    /// A virtual host of its own: its AMQP address.
    pub async fn vhost(&self) -> String {
        let name = self.next_name("test-");
        let amqp = variable("SALUR__BROKER__URL");
        let user = amqp.split("://").nth(1).and_then(|rest| rest.split(':').next()).expect("the address names a user");
        let (base, _) = amqp.rsplit_once('/').expect("the address has a path");
        self.vhosts.lock().expect("no holder panics").push(name.clone());
        manage(reqwest::Method::PUT, &format!("vhosts/{name}"), "{}").await;
        let rights = r#"{"configure":".*","write":".*","read":".*"}"#;
        manage(reqwest::Method::PUT, &format!("permissions/{name}/{user}"), rights).await;
        format!("{base}/{name}")
    }

    async fn remove(&self) {
        let take = |names: &Mutex<Vec<String>>| std::mem::take(&mut *names.lock().expect("no holder panics"));
        for vhost in take(&self.vhosts) {
            manage(reqwest::Method::DELETE, &format!("vhosts/{vhost}"), "").await;
        }
        let mut owner = owner().await;
        for database in take(&self.databases) {
            run(&mut owner, format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
        }
        for bucket in take(&self.buckets) {
            empty(&Blobs::new(&settings(&bucket))).await;
        }
    }
}

/// Deletes every object. The empty bucket stays: the stores of tests are thrown away whole.
async fn empty(blobs: &Blobs) {
    loop {
        let page = blobs.list("", None).await.expect("a bucket can be listed");
        if page.is_empty() {
            return;
        }
        for object in page {
            blobs.delete(&object.key).await.expect("an object can be deleted");
        }
    }
}

fn settings(bucket: &str) -> blobs::Settings {
    blobs::Settings {
        url: variable("SALUR__STORE__URL"),
        bucket: bucket.to_owned(),
        region: "us-east-1".into(),
        access_key: variable("SALUR__STORE__ACCESS_KEY"),
        secret_key: variable("SALUR__STORE__SECRET_KEY"),
        lock_days: 0,
    }
}

/// Calls the broker's management API; the answer as JSON, null where there is none.
pub async fn manage(method: reqwest::Method, path: &str, body: &str) -> serde_json::Value {
    let url = format!("{}/api/{path}", variable("SALUR__BROKER__MANAGEMENT_URL").trim_end_matches('/'));
    let request = reqwest::Client::new().request(method, url).header("content-type", "application/json").body(body.to_owned());
    let response = request.send().await.expect("the management API answers");
    assert!(response.status().is_success(), "management API: {path}: {}", response.status());
    serde_json::from_str(&response.text().await.expect("a body")).unwrap_or_default()
}

/// Address of a database on the server of the environment.
pub fn database_url(name: &str) -> String {
    let url = variable("SALUR__DATABASE__URL");
    let (base, _) = url.rsplit_once('/').expect("the address has a path");
    format!("{base}/{name}")
}

/// A connection of the owner, to the database that always exists.
async fn owner() -> PgConnection {
    PgConnection::connect(&database_url("postgres")).await.expect("PostgreSQL is there")
}

async fn run(connection: &mut PgConnection, statement: String) {
    // Names are made here of digits and letters, never of input.
    connection.execute(AssertSqlSafe(statement.clone())).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The name of the migrated template, made if it is missing.
async fn template(owner: &mut PgConnection) -> String {
    let name = format!("{TEMPLATE_PREFIX}{}", digest_of_migrations());
    owner.execute(TEMPLATE_LOCK).await.expect("an advisory lock");
    let known: Vec<String> = sqlx::query_scalar("SELECT datname FROM pg_database WHERE starts_with(datname, 'salur_te')")
        .fetch_all(&mut *owner)
        .await
        .expect("databases can be listed");
    if !known.contains(&name) {
        for stale in known.iter().filter(|other| is_stale(other)) {
            run(owner, format!("DROP DATABASE IF EXISTS {stale} WITH (FORCE)")).await;
        }
        let new = format!("{name}_new");
        run(owner, format!("CREATE DATABASE {new}")).await;
        let database = Database::connect(&database_url(&new), 1).await.expect("the new database is there");
        database.migrate().await.expect("migrations apply");
        database.close().await;
        run(owner, format!("ALTER DATABASE {new} RENAME TO {name}")).await;
    }
    owner.execute("SELECT pg_advisory_unlock_all()").await.expect("the lock is ours");
    name
}

/// Half-made templates, and databases of labs that were killed. Templates of other migrations stay: another checkout may use them.
fn is_stale(database: &str) -> bool {
    let Some(rest) = database.strip_prefix(DATABASE_PREFIX) else { return database.ends_with("_new") };
    let made = rest.split('_').next().and_then(|lab| Uuid::try_parse(lab).ok()).and_then(|lab| lab.get_timestamp());
    made.is_some_and(|made| {
        let (seconds, _) = made.to_unix();
        chrono::Utc::now().timestamp() - i64::try_from(seconds).expect("a time of this age") > STALE_AFTER_S
    })
}

/// Of every migration's bytes, so that an edited one makes another template.
fn digest_of_migrations() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("migrations are there").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let bytes: Vec<u8> = files.iter().flat_map(|file| std::fs::read(file).expect("a migration can be read")).collect();
    salur_media::hash::sha256(&bytes).to_string()[..16].to_owned()
}
