//! A commit that was acknowledged survives a power cut, and only with the settings we ship.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use salur_store::{Database, audit};
use salur_tests::world::journal;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

/// How long commits run before the power goes.
const WRITING: Duration = Duration::from_millis(1_500);

/// A PostgreSQL of its own, gone with the test.
struct Own {
    data: PathBuf,
    url: String,
}

impl Own {
    fn start() -> Self {
        let data = Path::new("/var/tmp").join(format!("salur-power-{}", Uuid::now_v7().simple()));
        let mut own = Self { data, url: String::new() };
        own.services(&["start", "postgresql"]);
        let exports = own.services(&["env"]);
        let line = exports.lines().find_map(|line| line.strip_prefix("export SALUR__DATABASE__URL=")).expect("an address is exported");
        line.trim_matches('\'').clone_into(&mut own.url);
        own
    }

    /// Runs `scripts/services` for this data directory, blind to services of the environment.
    fn services(&self, args: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/services");
        let mut command = Command::new(script);
        command.args(args).arg("--data").arg(&self.data);
        for variable in ["SALUR__DATABASE__URL", "SALUR__BROKER__URL", "SALUR__STORE__URL", "SALUR_SERVICES_DATA"] {
            command.env_remove(variable);
        }
        let output = command.output().expect("the script runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/services");
        let mut stop = Command::new(script);
        stop.args(["stop", "postgresql", "--data"]).arg(&self.data).env_remove("SALUR__DATABASE__URL");
        if stop.output().is_ok_and(|output| output.status.success()) {
            drop(std::fs::remove_dir_all(&self.data));
        }
    }
}

/// Commits until the server is gone: how many were acknowledged.
async fn commit_until_the_end(url: String) -> i64 {
    let database = Database::connect(&url, 1).await.expect("the database is there").journaling(journal());
    let mut acknowledged = 0;
    loop {
        let Ok(mut tx) = database.begin().await else { return acknowledged };
        let written = audit::record(&mut tx, "test", "written", &serde_json::json!(acknowledged)).await;
        if written.is_err() || tx.commit().await.is_err() {
            return acknowledged;
        }
        acknowledged += 1;
    }
}

/// Acknowledged commits that are gone after a power cut.
async fn lost(own: &Own) -> i64 {
    let writing = tokio::task::JoinSet::from_iter([commit_until_the_end(own.url.clone())]);
    tokio::time::sleep(WRITING).await;
    own.services(&["restart", "postgresql", "--immediate"]);
    let acknowledged = writing.join_all().await[0];
    assert!(acknowledged > 100, "many commits were acknowledged: {acknowledged}");
    let mut after = PgConnection::connect(&own.url).await.expect("the database is back");
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE act = 'written'").fetch_one(&mut after).await.expect("counted");
    after
        .execute("ALTER TABLE audit DISABLE TRIGGER insert_only; DELETE FROM audit; ALTER TABLE audit ENABLE TRIGGER insert_only")
        .await
        .expect("cleared");
    acknowledged - found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_a_power_cut_takes_acknowledged_commits_only_where_synchronous_commit_is_off() {
    let own = Own::start();
    let database = Database::connect(&own.url, 1).await.expect("the database is there");
    database.migrate().await.expect("migrations apply");
    database.close().await;
    assert!(lost(&own).await <= 0, "with the settings we ship nothing acknowledged is lost");
    let mut owner = PgConnection::connect(&own.url).await.expect("the database is there");
    owner.execute("ALTER DATABASE salur SET synchronous_commit = off").await.expect("broken on purpose");
    drop(owner);
    assert!(lost(&own).await > 0, "the control must lose something, or this test cannot see a loss");
}
