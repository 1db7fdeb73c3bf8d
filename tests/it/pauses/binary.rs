//! `salur pause`, `salur resume` and `salur pauses` as people type them, on workers that run: how soon a pause holds, and that nothing is lost by it.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use salur_runtime::{broker::Broker, config::Config};
use salur_tests::{Lab, in_lab};
use sqlx::Row;
use tokio::time::sleep;

use crate::setup::binary::{Salur, TREASURER};

const FAMILIES: i64 = 1_200;
const OPS: &str = "joko.susilo";
const SENDER: &str = "dinsos.belitung";
/// A pause holds within.
const WITHIN: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(2);
/// How long nothing must happen.
const STILL: Duration = Duration::from_secs(3);

/// A programme with workers, and where they tell their metrics.
struct Works {
    salur: Salur,
    at: String,
}

impl Works {
    async fn begin(lab: &Arc<Lab>) -> Self {
        let mut salur = Salur::staffed(lab, u32::try_from(FAMILIES).expect("few")).await;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
        let at = free.to_string();
        salur.start("works", &["run", "intake", "release", "account-creation"], &[("SALUR__HTTP__LISTEN", &at)]);
        assert_eq!(salur.setup(&salur.file("setup.toml"), &[]).code, Some(0));
        salur.add(OPS, &["--role", "ops"]);
        salur.add(SENDER, &["--role", "office", "--source", "dinsos-belitung"]);
        Self { salur, at }
    }

    fn submit(&self) {
        let sent = self.salur.run_as(SENDER, &["submit", &self.salur.file("tranche-4.csv"), "--tranche", "BST-4"]);
        assert_eq!(sent.code, Some(0), "{sent:?}");
    }

    async fn depth(&self, queue: &str) -> u32 {
        let environment = [("SALUR__BROKER__URL".to_owned(), self.salur.broker_url.clone())];
        let config = Config::read(None, environment).expect("the test's settings hold");
        let broker = Broker::connect(&config).await.expect("the broker is there");
        let (depth, _) = broker.depth(queue).await.expect("the queue was declared");
        broker.close().await;
        depth
    }

    async fn page(&self, path: &str) -> String {
        match reqwest::get(format!("http://{}/{path}", self.at)).await {
            Ok(page) => page.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    async fn until(&self, what: &str, statement: &'static str, wanted: impl Fn(i64) -> bool) -> i64 {
        let began = Instant::now();
        loop {
            let found = self.salur.row(statement).await.get::<i64, _>(0);
            if wanted(found) {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "waited for {what}: {found}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_page(&self, path: &str, part: &str) -> Duration {
        let began = Instant::now();
        while !self.page(path).await.contains(part) {
            assert!(began.elapsed() < PATIENCE, "waited for {part}");
            sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }
}

const ACCEPTED: &str = "SELECT count(*) FROM payments";
const OPENED: &str = "SELECT count(*) FROM payments WHERE account_opened_at IS NOT NULL";
const FUNDED: &str = "SELECT count(*) FROM payments WHERE funded_at IS NOT NULL";
const FUNDINGS: &str = "SELECT count(*) FROM transfers WHERE kind = 'recipient_funded'";

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_stands_still_within_five_seconds_by_command_and_nothing_is_lost() {
    in_lab(|lab| async move {
        let works = Works::begin(&lab).await;
        let salur = &works.salur;
        let began = Instant::now();
        let paused = salur.run_as(OPS, &["pause", "stage", "account-creation", "--reason", "a new keyboard"]);
        assert!(paused.code == Some(0) && paused.out.contains("stage account-creation is paused"), "{paused:?}");
        works.until_page("metrics", "salur_stage_paused{stage=\"account-creation\"} 1").await;
        assert!(began.elapsed() < WITHIN, "it holds after {:?}, the command included", began.elapsed());
        works.until_page("readyz", "account-creation lane 0: paused by people").await;
        works.submit();
        let accepted = works.until("payments", ACCEPTED, |count| count > FAMILIES / 2).await;
        sleep(STILL).await;
        assert_eq!(salur.row(OPENED).await.get::<i64, _>(0), 0, "nothing moves, though {accepted} wait");
        assert!(works.depth("salur.account-creation").await > 0, "the messages stay in the queue");
        let listed = salur.run_as(OPS, &["pauses"]);
        assert!(listed.out.contains("account-creation") && listed.out.contains("a new keyboard"), "{listed:?}");

        let resumed = salur.run_as(OPS, &["resume", "stage", "account-creation", "--reason", "it works"]);
        assert!(resumed.code == Some(0) && resumed.out.contains("is resumed"), "{resumed:?}");
        let waited = Instant::now();
        works.until("the first account", OPENED, |count| count > 0).await;
        assert!(waited.elapsed() < WITHIN, "it goes on after {:?}", waited.elapsed());
        let accepted = works
            .until(
                "the release",
                "SELECT count(*) FROM payments WHERE EXISTS (SELECT FROM batches WHERE released_at IS NOT NULL)",
                |count| count > 0,
            )
            .await;
        let funded = works.until("everything", FUNDED, |count| count >= accepted).await;
        let fundings = salur.row(FUNDINGS).await.get::<i64, _>(0);
        let dead = salur.row("SELECT count(*) FROM dead_letters").await.get::<i64, _>(0);
        assert_eq!((funded, fundings, dead), (accepted, accepted, 0), "each arrived once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tranche_stands_still_by_command_and_goes_on_at_once_with_everything_that_waited() {
    in_lab(|lab| async move {
        let works = Works::begin(&lab).await;
        let salur = &works.salur;
        let stage = salur.run_as(OPS, &["pause", "stage", "transfer-posting", "--reason", "so that something waits"]);
        assert_eq!(stage.code, Some(0), "{stage:?}");
        // that is the bound of a pause: without it, a quiet machine funded everybody before the pause held
        sleep(WITHIN).await;
        works.submit();
        let accepted = works
            .until(
                "the release",
                "SELECT count(*) FROM payments WHERE EXISTS (SELECT FROM batches WHERE released_at IS NOT NULL)",
                |count| count > 0,
            )
            .await;
        works.until("accounts", OPENED, |count| count == accepted).await;
        let paused = salur.run_as(TREASURER, &["pause", "tranche", "BST-4", "--reason", "suspicion", "--json"]).json();
        assert_eq!(paused["effect"]["effect"], "paused");
        let again = salur.run_as(TREASURER, &["pause", "tranche", "BST-4", "--reason", "suspicion"]);
        assert!(again.code == Some(1) && again.err.contains("paused already"), "{again:?}");
        assert_eq!(salur.run_as(OPS, &["resume", "stage", "transfer-posting", "--reason", "go on"]).code, Some(0));
        sleep(STILL).await;
        let before = salur.row(FUNDED).await.get::<i64, _>(0);
        sleep(STILL).await;
        assert_eq!(salur.row(FUNDED).await.get::<i64, _>(0), before, "what the tranche has stays as it is");
        assert!(before < accepted, "negative control: something waits");
        let began = Instant::now();
        let resumed = salur.run_as(TREASURER, &["resume", "tranche", "BST-4", "--reason", "cleared"]);
        assert!(resumed.code == Some(0) && resumed.out.contains("tranche BST-4 is resumed"), "{resumed:?}");
        works.until("everything", FUNDED, |count| count == accepted).await;
        assert!(began.elapsed() < WITHIN * 2, "all of it after {:?}", began.elapsed());
        let fundings = salur.row(FUNDINGS).await.get::<i64, _>(0);
        let dead = salur.row("SELECT count(*) FROM dead_letters").await.get::<i64, _>(0);
        assert_eq!((fundings, dead), (accepted, 0), "each arrived once");
        let all = salur.run_as(TREASURER, &["pauses", "--all", "--kind", "tranche"]);
        assert!(all.out.contains("suspicion") && all.out.contains("cleared") && !all.out.contains("transfer-posting"), "{all:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_says_what_would_come_of_it_and_why_not() {
    in_lab(|lab| async move {
        let salur = Salur::staffed(&lab, 1).await;
        salur.add(OPS, &["--role", "ops"]);
        let dry = salur.run_as(OPS, &["pause", "stage", "intake", "--reason", "to see", "--dry-run"]);
        assert!(dry.code == Some(0) && dry.out.contains("stage intake would be paused; nothing was done"), "{dry:?}");
        let itself = salur.run_as(OPS, &["pause", "stage", "pausing", "--reason", "to see"]);
        assert!(itself.code == Some(1) && itself.err.contains("nobody could resume"), "{itself:?}");
        let unknown = salur.run_as(OPS, &["pause", "stage", "nothing", "--reason", "to see"]);
        assert!(unknown.code == Some(1) && unknown.err.contains("salur run --list"), "{unknown:?}");
        let role = salur.run_as(OPS, &["pause", "tranche", "BST-4", "--reason", "to see"]);
        assert!(role.code == Some(1) && role.err.contains("role ops"), "{role:?}");
        assert_eq!(salur.run_as(OPS, &["pause", "family", "1", "--reason", "to see"]).code, Some(2));
        assert_eq!(salur.row("SELECT count(*) FROM pauses").await.get::<i64, _>(0), 0);
    })
    .await;
}
