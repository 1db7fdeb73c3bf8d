//! From nothing to the largest flight.

use salur_runtime::telemetry::metrics_handle;
use salur_tests::{
    Chain, Person, Plan,
    chain::{STAGES, largest_flight},
    facts::{batch, rows},
    in_lab,
    programme::TAHAP_4,
};

use super::fixture::Fixture;

pub async fn nothing_follows_from_nothing_and_one_is_counted(fixture: &Fixture) {
    let Fixture { stage, world, chains, .. } = fixture;
    let page = metrics_handle();
    world.rewind().await;
    let dump = world.dump().await;
    let nothing = fixture.hear(vec![]).await;
    assert_eq!((nothing.emitted.len(), nothing.dead.len()), (0, 0), "{stage}: nothing follows from nothing");
    assert_eq!(world.dump().await, dump, "{stage}: an empty flight writes nothing");
    let one = fixture.hear(chains[0][..1].to_vec()).await;
    let report = one.report.unwrap_or_else(|| panic!("{stage}: a flight has a closing account"));
    let tally = &report.verdicts;
    assert_eq!(report.deliveries, 1, "{stage}: one delivery is counted");
    assert_eq!(tally.emit + tally.done + tally.later + tally.dead, report.facts, "{stage}: one verdict per fact");
    let counted = page.render().lines().any(|line| line.contains("flights") && line.contains(&format!("stage=\"{stage}\"")));
    assert!(counted, "{stage}: flights stand on the metrics page");
}

/// More families than fit one transaction of any stage between intake and cheques, and than one step of the release.
const FAMILIES: u32 = 5_050;

#[tokio::test]
async fn the_largest_flights_are_carried_whole() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { cheques_stored: false, ..Plan::default() }).await;
        let largest = STAGES[..5].iter().map(|stage| largest_flight(&world.tools, stage)).max();
        assert!(largest < Some(FAMILIES as usize), "the batch is larger than every flight");
        let mut chain = Chain::new(&world);
        chain.tell("large", &batch(&rows("large", TAHAP_4, (1..=FAMILIES).map(Person::new))));
        chain.run().await;
        assert!(chain.dead.is_empty());
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), i64::from(FAMILIES))].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
