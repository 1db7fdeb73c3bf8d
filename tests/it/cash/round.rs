//! The way of the notes, there and back.

use salur_pipeline::photo_ingest;
use salur_tests::{
    Chain, Person,
    facts::{batch, rows},
    in_lab,
    programme::{AMOUNT, FLOAT, TAHAP_4, counters},
};

use super::{BANK, OFFICE, counted, day, effect, held, moved, tell};

const FAMILIES: u32 = 3;

#[tokio::test]
async fn what_went_from_the_bank_to_families_and_tellers_and_came_back_balances_to_nothing() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("4", &batch(&rows("tahap-4", TAHAP_4, (1..=FAMILIES).map(Person::new))));
        chain.run().await;
        let bank = held(&world, "bank", "").await;
        let [one, ..] = counters();

        tell(&world, [moved(1, BANK, OFFICE, 7 * AMOUNT), moved(2, OFFICE, "teller:TELLER-1", 5 * AMOUNT)]).await;
        let mut visits: Vec<photo_ingest::In> = Vec::new();
        for number in 1..=FAMILIES {
            visits.push(world.visit(number, &world.paper(4, &Person::new(number)).await, &one).await.into());
        }
        chain.tell("visits", &visits);
        chain.run().await;
        let paid = i64::from(FAMILIES) * AMOUNT;
        let left = FLOAT + 5 * AMOUNT - paid;
        assert_eq!(held(&world, "teller_cash", "TELLER-1").await, left);

        tell(
            &world,
            [
                moved(3, "teller:TELLER-1", "teller:TELLER-2", AMOUNT),
                moved(4, "teller:TELLER-1", OFFICE, left - AMOUNT),
                moved(5, "teller:TELLER-2", OFFICE, FLOAT + AMOUNT),
                moved(6, "teller:TELLER-3", OFFICE, FLOAT),
                moved(7, OFFICE, BANK, 3 * FLOAT + 7 * AMOUNT - paid),
            ],
        )
        .await;
        tell(&world, ["TELLER-1", "TELLER-2", "TELLER-3"].iter().zip(8..).map(|(teller, number)| counted(number, teller, day(0), 0))).await;

        for number in 1..=10 {
            let expected = if number < 8 { "booked" } else { "closed" };
            assert_eq!(effect(&world, number).await, expected, "{number}");
        }
        let places = [("office_cash", "OFFICE-1"), ("teller_cash", "TELLER-1"), ("teller_cash", "TELLER-2"), ("teller_cash", "TELLER-3")];
        for (kind, owner) in places {
            assert_eq!(held(&world, kind, owner).await, 0, "{owner}");
        }
        assert_eq!(held(&world, "bank", "").await, bank + 3 * FLOAT - paid, "what is missing at the bank is with the families");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn the_report_tells_what_each_drawer_got_paid_gave_back_and_must_hold() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("4", &batch(&rows("tahap-4", TAHAP_4, [Person::new(1)])));
        chain.run().await;
        let [one, ..] = counters();
        let visit: photo_ingest::In = world.visit(1, &world.paper(4, &Person::new(1)).await, &one).await.into();
        chain.tell("visit", &[visit]);
        chain.run().await;
        let short = salur_schemas::CashCounted { explanation: "lost".into(), ..counted(2, "TELLER-1", day(0), FLOAT - AMOUNT - 50_000) };
        tell(&world, [moved(1, "teller:TELLER-2", "teller:TELLER-1", 10)]).await;
        tell(&world, [short]).await;
        let which = salur_store::cash::Which { programme: Some("BST"), region: "19", office: None };
        let report = salur_store::cash::report(&world.tools.database, which).await.expect("cash can be read");
        let line = &report.tellers[0];
        let sums = (line.received, line.paid_out, line.given_back, line.short, line.over, line.books, line.difference);
        assert_eq!(sums, (FLOAT + 10, AMOUNT, 0, 50_010, 0, FLOAT - AMOUNT - 50_000, 50_010));
        assert_eq!((line.teller.as_str(), line.closed), ("TELLER-1", Some(day(0))));
        let office = &report.offices[0];
        assert_eq!((office.received, office.given, office.books), (3 * FLOAT, 3 * FLOAT, 0));
        let elsewhere = salur_store::cash::Which { region: "1906", ..which };
        let none = salur_store::cash::report(&world.tools.database, elsewhere).await.expect("cash can be read");
        assert!(none.offices.is_empty() && none.tellers.is_empty(), "another region sees none of it");
    })
    .await;
}
