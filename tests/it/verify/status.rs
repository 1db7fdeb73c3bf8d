//! `salur status` says what rows and ledger say.

use salur_store::status::{self, Sum};
use salur_tests::{
    Chain, Person, Plan, facts, in_lab,
    programme::{AMOUNT, TAHAP_4},
};

use super::town::Town;

fn families(count: i64) -> Sum {
    Sum { families: count, rupiah: count * AMOUNT }
}

#[tokio::test]
async fn the_status_of_a_town_adds_up() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let status = status::read(&town.world.tools.database).await.expect("the status can be read");
        let [four, five] = status.tranches.as_slice() else { panic!("two tranches: {:?}", status.tranches) };
        let rows = four.rows;
        assert_eq!((rows.submitted, rows.rejected, rows.held, rows.already), (families(8), families(1), families(1), families(0)));
        assert_eq!((rows.accepted, rows.staged), (families(6), families(0)));
        let payments = four.payments;
        assert_eq!(
            (payments.funded_ever, payments.paid, payments.in_question, payments.open),
            (families(6), families(2), families(1), families(3))
        );
        assert_eq!((five.payments.paid, five.rows.accepted), (families(1), families(1)));
        let ledger = four.ledger;
        assert_eq!((ledger.reserved, ledger.funded, ledger.handed_over), (6 * AMOUNT, 6 * AMOUNT, 3 * AMOUNT));
        assert_eq!(ledger.allocation, Plan::default().belitung + Plan::default().belitung_timur);
        assert_eq!((status.verification.accounts, status.conflicts, status.batches_total), (6, 0, 2));
        assert!(status.batches.iter().all(|batch| batch.state == "released" && batch.why.is_none()), "{:?}", status.batches);
    })
    .await;
}

#[tokio::test]
async fn a_batch_says_why_it_waits() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let persons = |from: u32| (from..from + 2).map(Person::new);
        let mut incomplete = facts::batch(&facts::rows("incomplete", TAHAP_4, persons(0)));
        incomplete.remove(0);
        let undeclared: Vec<_> = facts::rows("undeclared", TAHAP_4, persons(2)).into_iter().map(salur_pipeline::intake::In::from).collect();
        let mut unreadable = facts::rows("unreadable", TAHAP_4, persons(4));
        unreadable[1].amount = salur_schemas::StatedAmount::Text("300.000".into());
        chain.tell("a", &incomplete);
        chain.tell("b", &undeclared);
        chain.tell("c", &facts::batch(&unreadable));
        chain.run().await;
        let status = status::read(&world.tools.database).await.expect("the status can be read");
        let why = |name: &str| {
            let batch = status.batches.iter().find(|batch| batch.name == name).expect("the batch is listed");
            (batch.state, batch.why.clone().unwrap_or_default())
        };
        assert_eq!(why("incomplete"), ("waiting", "incomplete: 1 rows missing".into()));
        assert_eq!(why("undeclared"), ("waiting", "not declared yet".into()));
        assert_eq!(why("unreadable"), ("waiting", "unreadable amount in 1 rows: 2".into()));
        assert_eq!(world.violations().await, Vec::<String>::new(), "waiting is no violation");
    })
    .await;
}

#[tokio::test]
async fn a_part_without_money_is_held_whole_and_shown_with_its_figures() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung: AMOUNT, ..Plan::default() }).await;
        let mut chain = Chain::new(&world);
        let persons = (0..2).map(Person::new).chain([Person::of("1906", 2)]);
        chain.tell("a", &facts::batch(&facts::rows("b", TAHAP_4, persons)));
        chain.run().await;
        let status = status::read(&world.tools.database).await.expect("the status can be read");
        let part = &status.batches[0].held_parts[0];
        assert_eq!((part.regency.as_str(), part.families, part.rupiah, part.available), ("1902", 2, 2 * AMOUNT, Some(AMOUNT)));
        assert_eq!((status.tranches[0].rows.held, status.tranches[0].rows.accepted), (families(2), families(1)));
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
