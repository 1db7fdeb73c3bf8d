//! A tranche closes when nothing of it is open, and what no family was to get goes back too.

use salur_schemas::{Act, TrancheClosed};
use salur_tests::{
    Chain, Person,
    counter::{Shot, id},
    facts::{batch, rows},
    in_lab,
    photos::photo,
    programme::{AMOUNT, TAHAP_4, counters},
};

use super::{BUDI, SITI, captured, due_to_treasury, signed, strike, town, treasurers, violations};

/// What lies in allocations and reserves of tranche 4.
const UNUSED: &str = "SELECT sum(credits - debits)::bigint FROM ledger_accounts WHERE tranche = 4 AND kind IN ('allocation', 'reserve')";

#[tokio::test]
async fn what_no_family_was_to_get_joins_the_next_statement_when_the_tranche_closes() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 3).await;
        treasurers(&world).await;
        let paid = world.visit(1, &papers[0], &counters()[0]).await;
        captured(&world, &[&paid]).await;
        assert_eq!(signed(&world, "early", Act::Close, SITI, 0).await.0, "refused early");
        world.end_leases().await;
        world.end_window(4).await;
        strike(&world).await;
        signed(&world, "first", Act::ReturnStatement, SITI, 2 * AMOUNT).await;
        signed(&world, "second", Act::ReturnStatement, BUDI, 2 * AMOUNT).await;
        let unused: i64 = world.one(UNUSED).await;
        let closing = signed(&world, "close", Act::Close, SITI, unused).await;
        let closing = if closing.0 == "signed" { signed(&world, "close too", Act::Close, BUDI, unused).await } else { closing };
        assert_eq!(closing.0, "carried_out");
        assert_eq!(closing.1.facts::<TrancheClosed>().len(), 1);
        assert_eq!(world.one::<i64>(UNUSED).await, 0);
        assert_eq!(due_to_treasury(&world).await, 2 * AMOUNT + unused);
        assert_eq!(signed(&world, "twice", Act::Close, BUDI, 0).await.0, "refused closed");
        signed(&world, "rest", Act::ReturnStatement, SITI, unused).await;
        assert_eq!(signed(&world, "rest too", Act::ReturnStatement, BUDI, unused).await.0, "carried_out", "a supplement");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_tranche_with_a_payment_in_question_does_not_close() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 1).await;
        treasurers(&world).await;
        let [one, ..] = counters();
        let claim = world.granted(id(2), &papers[0], &one).await;
        let doubtful = Shot::new(2, &claim, &papers[0], &one).with_photo(photo(2, None));
        world.upload(doubtful.statement.capture, &doubtful.photo).await;
        captured(&world, &[&doubtful.signed(&one)]).await;
        world.end_leases().await;
        world.end_window(4).await;
        strike(&world).await;
        let unused: i64 = world.one(UNUSED).await;
        assert_eq!(signed(&world, "close", Act::Close, SITI, unused).await.0, "refused open");
    })
    .await;
}

#[tokio::test]
async fn a_list_that_comes_after_its_tranche_is_over_is_rejected_row_by_row() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 1).await;
        world.end_window(4).await;
        let mut chain = Chain::new(&world);
        chain.tell("late", &batch(&rows("late", TAHAP_4, (1..=3).map(Person::new))));
        chain.run().await;
        let mut outcomes: Vec<_> = chain.outcomes().into_iter().map(|(_, status, codes)| (status, codes.join(","))).collect();
        outcomes.sort();
        let expected = [("accepted", "NIK09b"), ("rejected", "TRN03"), ("rejected", "TRN03")];
        assert_eq!(outcomes, expected.map(|(status, code)| (status.to_owned(), code.to_owned())), "who was in it already is still in it");
        assert_eq!(world.count("payments").await, 1);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}
