//! What was remitted to the treasury is found in the bank's statement by the number of its receipt.

use salur_schemas::Act;
use salur_tests::{Chain, in_lab, programme::AMOUNT};

use super::{BUDI, SITI, remitted, signed, strike, town, treasurers, violations};
use crate::{
    bank::statements::{Booked, Day},
    conformance::bank::sent,
};

#[tokio::test]
async fn a_remittance_is_matched_with_its_debit_at_the_bank() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 2).await;
        treasurers(&world).await;
        world.end_window(4).await;
        strike(&world).await;
        signed(&world, "first", Act::ReturnStatement, SITI, 2 * AMOUNT).await;
        signed(&world, "second", Act::ReturnStatement, BUDI, 2 * AMOUNT).await;
        assert_eq!(remitted(&world, "paid", 1).await, "remitted");
        let paid = Booked { mark: "D", ..Booked::credit(2 * AMOUNT, "B-1", "NTPN-1") };
        let stranger = Booked { bank: "B-2", mark: "C", ..paid };
        let day = Day { opening: 3 * AMOUNT, ..Day::new(1, &[paid, stranger]) };
        let mut chain = Chain::new(&world);
        chain.publish([sent(&world, "day", "BST", &day.mt940()).await]);
        chain.run().await;
        let lines = "SELECT format('%s %s', direction, coalesce(outcome, 'waits')) FROM bank_lines LEFT JOIN bank_outcomes USING (sheet, n) ORDER BY n";
        assert_eq!(world.column(lines).await, ["debit matched", "credit waits"], "money in is no remittance");
        let covered = "SELECT format('%s %s %s', kind, document, covered) FROM bank_transfers WHERE covered > 0";
        assert_eq!(world.column(covered).await, [format!("remitted NTPN-1 {}", 2 * AMOUNT)]);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}
