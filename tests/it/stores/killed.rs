//! A store that is killed while photos come in. The development store does not survive that, and says so; these tests are for the others.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use salur_pipeline::{intake, photo_ingest};
use salur_store::Blobs;
use salur_tests::{
    Person, Plan,
    facts::{batch, rows},
    in_lab,
    lab::variable,
    programme::{TAHAP_4, counters},
};
use tokio::task::JoinSet;

use super::{can, noise};
use crate::journey::site::{Site, until};

const FAMILIES: u32 = 60;
const WRITERS: usize = 8;
/// A gateway that was killed with its disk asks the dead one first.
const PATIENCE: Duration = Duration::from_mins(2);

/// `scripts/services VERB store …` for the services of the environment.
fn services(args: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/services");
    let mut command = Command::new(script);
    command.args(args).args(["--data", &variable("SALUR_SERVICES_DATA")]);
    let output = command.output().expect("the script runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn kill_and_start() {
    services(&["kill", "store"]);
    std::thread::sleep(Duration::from_secs(2));
    services(&["start", "store"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_no_object_that_was_acknowledged_is_lost_when_the_store_is_killed() {
    if !can().survive {
        return println!("the development store does not survive a kill: nothing to try");
    }
    in_lab(async |lab| {
        let blobs = Blobs::new(&lab.bucket().await);
        let written = Arc::new(AtomicUsize::new(0));
        let mut writing = JoinSet::new();
        for writer in 0..WRITERS {
            let (blobs, written) = (blobs.clone(), Arc::clone(&written));
            writing.spawn(async move {
                let mut acknowledged = 0_usize;
                let key = |at: usize| format!("proofs/{writer}/{at}");
                while blobs.put_original(&key(acknowledged), noise((writer * 10_000 + acknowledged) as u64, 200_000)).await.is_ok() {
                    acknowledged += 1;
                    written.fetch_add(1, Ordering::Relaxed);
                }
                (writer, acknowledged)
            });
        }
        while written.load(Ordering::Relaxed) < 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::task::spawn_blocking(kill_and_start).await.expect("it starts again");
        for (writer, acknowledged) in writing.join_all().await {
            for at in 0..acknowledged {
                let found = patiently(&blobs, &format!("proofs/{writer}/{at}")).await;
                assert!(found == Some(noise((writer * 10_000 + at) as u64, 200_000)), "writer {writer} was told that object {at} is kept");
            }
        }
        println!("{} objects were acknowledged, all are there", written.load(Ordering::Relaxed));
    })
    .await;
}

/// Reads as soon as the store answers.
async fn patiently(blobs: &Blobs, key: &str) -> Option<bytes::Bytes> {
    let began = tokio::time::Instant::now();
    loop {
        match blobs.get(key).await {
            Ok(found) => return found,
            Err(error) if began.elapsed() > PATIENCE => panic!("the store does not come back: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_no_accepted_proof_is_lost_when_the_store_is_killed_during_ingest() {
    if !can().survive {
        return println!("the development store does not survive a kill: nothing to try");
    }
    in_lab(async |lab| {
        let site = Site::new(&lab, &Plan { cheques_stored: false, ..Plan::default() }).await;
        let mut worker = site.worker("ingest", &[]);
        let list = rows("list", TAHAP_4, (1..=FAMILIES).map(Person::new));
        site.publish::<intake::In>("list", &batch(&list)).await;
        site.until("cheque_issued", FAMILIES.into()).await;
        let mut captures = Vec::new();
        for number in 1..=FAMILIES {
            let paper = site.world.paper(4, &Person::new(number)).await;
            captures.push(site.world.visit(number, &paper, &counters()[0]).await);
        }
        for (at, capture) in captures.into_iter().enumerate() {
            site.publish::<photo_ingest::In>(&format!("capture-{at}"), &[capture.into()]).await;
        }
        until("the first payments", async || site.world.count("payments WHERE status = 'paid'").await >= 5).await;
        tokio::task::spawn_blocking(kill_and_start).await.expect("it starts again");
        site.until("paid", FAMILIES.into()).await;
        site.rested().await;
        assert_eq!(worker.stop().await, Some(0));
        let verify = site.run(&["verify", "--all", "--json"]).await;
        assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    })
    .await;
}
