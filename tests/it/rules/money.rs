//! Money that is not there is not spent, and a chain that dies everywhere spends it once.

use salur_domain::TrancheId;
use salur_pipeline::{photo_ingest, release};
use salur_runtime::testkit::CrashPoint;
use salur_schemas::TrancheOpened;
use salur_tests::{
    Chain, Person, Plan, World,
    facts::{batch, moment, rows},
    in_lab,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{AMOUNT, TAHAP_4, counters},
};

use super::{heard, sent};

#[tokio::test]
async fn a_part_that_its_allocation_does_not_cover_is_held_whole() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung_timur: 2 * AMOUNT, ..Plan::default() }).await;
        let mixed = (1..=6).map(|n| Person::of(if n % 2 == 0 { BELITUNG_TIMUR } else { BELITUNG }, n));
        let chain = sent(&world, "a", &rows("a", TAHAP_4, mixed)).await;
        for (short, covered) in [("2", "1"), ("4", "3"), ("6", "5")] {
            assert_eq!((heard(&chain, short), heard(&chain, covered)), (vec!["held MON01".to_owned()], vec!["accepted".to_owned()]));
        }
        let parts = world
            .column("SELECT format('%s %s %s', regency, rupiah, coalesce(available::text, 'reserved')) FROM batch_parts ORDER BY regency")
            .await;
        assert_eq!(parts, [format!("1902 {} reserved", 3 * AMOUNT), format!("1906 {} {}", 3 * AMOUNT, 2 * AMOUNT)]);
        assert_eq!(world.column("SELECT regency FROM ledger_accounts WHERE kind = 'reserve' AND credits > 0").await, [BELITUNG]);
        assert_eq!(world.column("SELECT DISTINCT regency FROM payments").await, [BELITUNG], "nothing of the part is paid");
        let chain = sent(&world, "b", &rows("b", TAHAP_4, (7..=8).map(|n| Person::of(BELITUNG_TIMUR, n)))).await;
        assert_eq!(heard(&chain, "1"), ["accepted"], "a part that fits is paid from the same allocation");
        let left = "SELECT credits - debits FROM ledger_accounts WHERE kind = 'allocation' AND tranche = 4 AND regency = '1906'";
        assert_eq!(world.one::<i64>(left).await, 0);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_tranche_above_the_threshold_waits_until_it_is_opened() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { approval_threshold: AMOUNT, ..Plan::default() }).await;
        let mut chain = Chain::new(&world);
        for name in ["a", "b"] {
            let from = if name == "a" { 1 } else { 4 };
            chain.tell(name, &batch(&rows(name, TAHAP_4, (from..from + 3).map(Person::new))));
        }
        chain.run().await;
        assert_eq!((world.count("payments").await, world.count("batches WHERE completed_at IS NOT NULL").await), (0, 2));
        sqlx::query("UPDATE tranches SET opened_at = now() WHERE id = 4").execute(&world.sql).await.expect("the owner may open");
        chain.tell("opened", &[release::In::from(TrancheOpened { tranche: TrancheId(4), at: moment() })]);
        chain.run().await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 6)].into(), "both go, one after the other");
        assert_eq!(world.count("batches WHERE released_at IS NOT NULL").await, 2);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

/// Rows to paid; every flight dies once where told.
async fn rows_to_paid(world: &World, crash: Option<CrashPoint>) {
    let mut chain = Chain::new(world);
    chain.crash = crash;
    let mut persons: Vec<Person> = (1..=5).map(|n| Person::of(if n == 4 { BELITUNG_TIMUR } else { BELITUNG }, n)).collect();
    persons.push(Person { name: "Nama Lain".into(), ..Person::new(5) });
    chain.tell("rows", &batch(&rows("list", TAHAP_4, persons)));
    chain.run().await;
    let [one, two, _] = counters();
    let mut captures = Vec::new();
    for (number, counter) in [(1, &one), (2, &two)] {
        let paper = world.paper(4, &Person::new(number)).await;
        captures.push(photo_ingest::In::from(world.visit(number, &paper, counter).await));
    }
    chain.tell("captures", &captures);
    chain.run().await;
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "{crash:?}: nothing died and nothing waits");
}

#[tokio::test]
async fn a_chain_whose_every_flight_dies_once_ends_like_one_that_never_dies() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.keep().await;
        rows_to_paid(&world, None).await;
        let calm = world.shape().await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 2), ("paid".to_owned(), 2)].into());
        for point in CrashPoint::ALL {
            world.rewind().await;
            rows_to_paid(&world, Some(point)).await;
            assert_eq!(world.shape().await, calm, "{point:?}");
            assert_eq!(world.violations().await, Vec::<String>::new(), "{point:?}");
        }
    })
    .await;
}
