//! A day is a day of the family's regency, by the moment at which the ledger booked the hand-over.

use salur_tests::in_lab;
use sqlx::Executor;

use super::{Staffed, figures, town};

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_belongs_to_the_day_by_the_clock_of_its_regency() {
    in_lab(async |lab| {
        let staffed = Staffed::open(&lab, town(&lab).await).await;
        let sql = &staffed.house.world.sql;
        let moved = "SET session_replication_role = replica;
            UPDATE transfers SET at = '2020-07-14T16:59:59Z' WHERE kind = 'hand_over' AND debit IN (SELECT id FROM ledger_accounts WHERE regency = '1902');
            UPDATE transfers SET at = '2020-07-14T17:00:00Z' WHERE kind = 'hand_over' AND debit IN (SELECT id FROM ledger_accounts WHERE regency = '1906');
            RESET session_replication_role";
        sql.execute(moved).await.expect("a superuser may do anything");
        let days = async || {
            let found = figures(&staffed.summary("day").await);
            let handed_over = found.into_iter().filter(|((_, name), _)| name == "handed_over_families");
            handed_over.map(|((day, _), families)| (day, families)).collect::<Vec<_>>()
        };
        assert_eq!(days().await, [("2020-07-14".to_owned(), 6), ("2020-07-15".to_owned(), 1)], "midnight is at 17:00 UTC in the western zone");
        sql.execute("UPDATE pay_points SET utc_offset_minutes = 480").await.expect("the owner may");
        assert_eq!(days().await, [("2020-07-15".to_owned(), 7)], "and an hour earlier in the central one");
        staffed.house.close().await;
    })
    .await;
}
