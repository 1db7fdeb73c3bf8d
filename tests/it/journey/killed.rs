//! Workers that die at any moment.

use std::time::Duration;

use salur_pipeline::intake;
use salur_runtime::testkit::CrashPoint;
use salur_tests::{
    Person, Plan,
    facts::{declared, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::TAHAP_4,
};
use tokio::time::sleep;

use super::site::{Site, Worker, parts};

const FAMILIES: u32 = 2_000;
/// Families per publication: a kill follows each.
const PART: usize = 250;
/// Kills after the last publication; then the workers may finish.
const LAST_KILLS: u32 = 6;
/// A worker lives this long at most before the next kill; at least a third of it.
const LIFE_MS: u64 = 900;
const SEED: u64 = 20_200_714;

/// Kills one of two workers at a time, by a seed.
struct Killer {
    seed: u64,
    kills: u32,
    workers: Vec<Worker>,
}

impl Killer {
    fn next(&mut self, bound: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % bound
    }

    async fn kill_one(&mut self, site: &Site) {
        let life = LIFE_MS / 3 + self.next(LIFE_MS * 2 / 3);
        sleep(Duration::from_millis(life)).await;
        let at = usize::try_from(self.next(2)).expect("two workers");
        self.workers[at].kill().await;
        self.kills += 1;
        self.workers[at] = site.worker(&format!("worker-{at}-{}", self.kills), &[]);
    }
}

#[tokio::test]
async fn workers_killed_at_random_pay_two_thousand_families_exactly_once() {
    in_lab(async |lab| {
        let site = Site::new(&lab, &Plan { cheques_stored: false, ..Plan::default() }).await;
        println!("seed {SEED}");
        let mut killer = Killer { seed: SEED, kills: 0, workers: vec![site.worker("worker-0", &[]), site.worker("worker-1", &[])] };
        let list = rows("list", TAHAP_4, (1..=FAMILIES).map(|n| Person::of(if n % 4 == 0 { BELITUNG_TIMUR } else { BELITUNG }, n)));
        for (at, part) in parts(&list, PART).iter().enumerate() {
            site.publish(&format!("part-{at}"), part).await;
            killer.kill_one(&site).await;
        }
        site.publish("declared", &[intake::In::from(declared(&list))]).await;
        for _ in 0..LAST_KILLS {
            killer.kill_one(&site).await;
        }
        site.until("cheque_issued", FAMILIES.into()).await;
        site.rested().await;
        let page = killer.workers[0].metrics().await + &killer.workers[1].metrics().await;
        for worker in &mut killer.workers {
            assert_eq!(worker.stop().await, Some(0), "a worker that is told to stop drains");
        }
        assert_eq!((site.totals(FAMILIES.into()).await, site.waiting().await), (Ok(()), vec![]), "seed {SEED}, {} kills", killer.kills);
        let verify = site.run(&["verify", "--json"]).await;
        assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
        let logs = site.logs();
        for stage in ["intake", "release", "account-creation", "transfer-posting", "cheque-rendering"] {
            let closed =
                logs.lines().filter(|line| line.contains("\"flight\"") && line.contains(&format!("\"stage\":\"{stage}\""))).count();
            assert!(closed > 0, "{stage} logs a line for each flight");
            assert!(page.contains(&format!("stage=\"{stage}\"")), "{stage} stands on the metrics page");
        }
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_aborts_at_each_point_of_each_stage_loses_nothing() {
    in_lab(async |lab| {
        let site = Site::new(&lab, &Plan { cheques_stored: false, ..Plan::default() }).await;
        let list = rows("list", TAHAP_4, (1..=100).map(Person::new));
        for (at, part) in parts(&list, 50).iter().enumerate() {
            site.publish(&format!("part-{at}"), part).await;
        }
        site.publish("declared", &[intake::In::from(declared(&list))]).await;
        let stages = ["intake", "release", "account-creation", "transfer-posting", "cheque-rendering"];
        for (at, (stage, point)) in stages.into_iter().zip(CrashPoint::ALL).enumerate() {
            let failpoint = format!("{stage}:{}:1", point.as_str());
            let mut worker = site.worker(&format!("dying-{at}"), &[("SALUR_FAILPOINT", &failpoint)]);
            assert_eq!(worker.ended().await, None, "{failpoint}: the process dies of a signal");
        }
        let mut worker = site.worker("living", &[]);
        site.until("cheque_issued", 100).await;
        site.rested().await;
        assert_eq!(worker.stop().await, Some(0));
        // `rested` saw the queues empty; what a lane held beyond its flight goes back when the worker leaves, and is answered from rows
        assert_eq!(site.totals(100).await, Ok(()));
        assert_eq!(site.world.violations().await, Vec::<String>::new());
    })
    .await;
}
