//! `salur seal` as a process: seals beside writers, and dies without a trace.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use salur_store::audit;
use salur_tests::{
    World, in_lab,
    lab::database_url,
    world::{JOURNAL_KEY, SEAL_KEY},
};
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, sleep},
};

use super::support::verify;

/// Law of the sealer: 99 of 100 commits are sealed within this.
const AGE_P99_S: f64 = 5.0;
const PATIENCE: Duration = Duration::from_mins(1);

fn seal(world: &World) -> Child {
    let built = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/salur"));
    let mut command = Command::new(std::env::var_os("SALUR_BIN").map_or_else(built, PathBuf::from));
    command.arg("seal").env("SALUR__DATABASE__URL", database_url(&world.name)).env("SALUR__STORE__URL", &world.bucket.url);
    command.env("SALUR__STORE__BUCKET", &world.bucket.bucket).env("SALUR__STORE__ACCESS_KEY", &world.bucket.access_key);
    command.env("SALUR__STORE__SECRET_KEY", &world.bucket.secret_key).env("SALUR__KEYS__JOURNAL", hex::encode(JOURNAL_KEY));
    command.env("SALUR__KEYS__SEAL", hex::encode(SEAL_KEY)).env("SALUR__EVIDENCE__SEAL_EVERY_MS", "100");
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().expect("the binary starts")
}

async fn write(world: &World, numbers: std::ops::Range<i64>) {
    for number in numbers {
        let mut tx = world.tools.database.begin().await.expect("the database is there");
        audit::record(&mut tx, "test", "written", &serde_json::json!(number)).await.expect("written");
        tx.commit().await.expect("durable");
    }
}

async fn until_all_are_sealed(world: &World, commits: i64) {
    let end = Instant::now() + PATIENCE;
    while world.one::<i64>("SELECT coalesce(max(size), 0) FROM seals").await < commits {
        assert!(Instant::now() < end, "everything is sealed in time");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_age_of_seals_stays_small_beside_writers_though_the_sealer_is_killed_again_and_again() {
    in_lab(async |lab| {
        let world = Arc::new(lab.bare_world().await);
        let mut writers = JoinSet::new();
        for writer in 0..4 {
            let world = Arc::clone(&world);
            writers.spawn(async move { write(&world, writer * 1_000..writer * 1_000 + 400).await });
        }
        let mut sealer = seal(&world);
        for _ in 0..3 {
            sleep(Duration::from_millis(700)).await;
            sealer.kill().await.expect("it was running");
            sealer = seal(&world);
        }
        while writers.join_next().await.is_some() {}
        until_all_are_sealed(&world, 1_600).await;
        sealer.kill().await.expect("it was running");
        let found = verify(&world, None).await;
        assert_eq!((found.damages, found.commits, found.sealed), (Vec::<String>::new(), 1_600, 1_600));
        let ages = "SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM sealed.at - j.at)::float8) FROM journal j
            CROSS JOIN LATERAL (SELECT min(s.sealed_at) AS at FROM seals s WHERE s.tx >= j.tx) AS sealed";
        let p99: f64 = world.one(ages).await;
        assert!(p99 < AGE_P99_S, "99 of 100 commits were sealed within {p99} s");
    })
    .await;
}
