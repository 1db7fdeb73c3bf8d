//! Statements to the treasury: two people, one sum, and the ledger to the rupiah.

use salur_domain::{SourceName, returns::ReturnReason};
use salur_pipeline::{feed_replay, fund_return};
use salur_schemas::{Act, FeedReplayed, ReturnReasonGiven, StatementApproved};
use salur_tests::{
    Chain, Person, World,
    facts::moment,
    in_lab,
    programme::{AMOUNT, SOURCE, counters},
};

use super::{BUDI, SITI, captured, due_to_treasury, remitted, signed, strike, town, treasurers, violations};

#[tokio::test]
async fn two_people_under_the_same_sum_approve_a_statement_and_one_does_not() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 3).await;
        treasurers(&world).await;
        assert_eq!(signed(&world, "early", Act::ReturnStatement, SITI, 3 * AMOUNT).await.0, "refused early");
        world.end_window(4).await;
        strike(&world).await;
        assert_eq!(signed(&world, "wrong", Act::ReturnStatement, SITI, 3 * AMOUNT - 1).await.0, "refused changed");
        assert_eq!(signed(&world, "first", Act::ReturnStatement, SITI, 3 * AMOUNT).await.0, "signed");
        assert_eq!(signed(&world, "again", Act::ReturnStatement, SITI, 3 * AMOUNT).await.0, "refused signed");
        assert_eq!(world.count("return_statements").await, 0);
        let (effect, chain) = signed(&world, "second", Act::ReturnStatement, BUDI, 3 * AMOUNT).await;
        assert_eq!(effect, "carried_out");
        assert_eq!(chain.facts::<StatementApproved>().len(), 1);
        let (again, chain) = signed(&world, "second", Act::ReturnStatement, BUDI, 3 * AMOUNT).await;
        assert_eq!((again.as_str(), chain.facts::<StatementApproved>().len()), ("carried_out", 1), "heard again, answered as it was");
        let lines = "SELECT format('%s %s %s %s', regency, reason, families, rupiah) FROM return_statement_lines";
        assert_eq!(world.column(lines).await, [format!("1902 absent 3 {}", 3 * AMOUNT)]);
        assert_eq!(signed(&world, "more", Act::ReturnStatement, SITI, 3 * AMOUNT).await.0, "refused empty");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_signature_under_a_sum_that_changed_counts_no_more() {
    in_lab(async |lab| {
        let (world, papers) = town(&lab, 2).await;
        treasurers(&world).await;
        let late = world.visit(1, &papers[0], &counters()[0]).await;
        world.end_leases().await;
        world.end_window(4).await;
        strike(&world).await;
        assert_eq!(signed(&world, "first", Act::ReturnStatement, SITI, 2 * AMOUNT).await.0, "signed");
        world.turn_back(4).await;
        captured(&world, &[&late]).await;
        world.end_window(4).await;
        assert_eq!(signed(&world, "old sum", Act::ReturnStatement, BUDI, 2 * AMOUNT).await.0, "refused changed");
        assert_eq!(signed(&world, "new sum", Act::ReturnStatement, BUDI, AMOUNT).await.0, "signed", "the other signed another sum");
        assert_eq!(signed(&world, "new sum too", Act::ReturnStatement, SITI, AMOUNT).await.0, "carried_out");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_statement_is_paid_once_and_the_bank_is_lighter_by_it() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 2).await;
        treasurers(&world).await;
        world.end_window(4).await;
        strike(&world).await;
        assert_eq!(remitted(&world, "nothing stated", 1).await, "refused unknown");
        signed(&world, "first", Act::ReturnStatement, SITI, 2 * AMOUNT).await;
        signed(&world, "second", Act::ReturnStatement, BUDI, 2 * AMOUNT).await;
        assert_eq!(remitted(&world, "paid", 1).await, "remitted");
        assert_eq!(remitted(&world, "paid", 1).await, "remitted", "heard again");
        assert_eq!(remitted(&world, "paid twice", 1).await, "refused remitted");
        assert_eq!(due_to_treasury(&world).await, 0);
        let bank = "SELECT sum(amount)::bigint FROM transfers t JOIN ledger_accounts a ON a.id = t.credit WHERE a.kind = 'bank' AND t.kind = 'remitted'";
        assert_eq!(world.one::<i64>(bank).await, 2 * AMOUNT);
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_statement_is_not_paid_from_money_that_the_bank_does_not_hold() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 1).await;
        treasurers(&world).await;
        world.end_window(4).await;
        strike(&world).await;
        signed(&world, "first", Act::ReturnStatement, SITI, AMOUNT).await;
        signed(&world, "second", Act::ReturnStatement, BUDI, AMOUNT).await;
        let move_all_but = "UPDATE ledger_accounts SET credits = debits - $1 WHERE kind = 'bank'";
        sqlx::query(move_all_but).bind(AMOUNT - 1).execute(&world.sql).await.expect("the owner may");
        assert_eq!(remitted(&world, "too much", 1).await, "refused short");
        assert_eq!(world.count("transfers WHERE kind = 'remitted'").await, 0);
        sqlx::query(move_all_but).bind(AMOUNT).execute(&world.sql).await.expect("the owner may");
        assert_eq!(remitted(&world, "just enough", 1).await, "remitted");
    })
    .await;
}

/// Codes of what a replay of the feed says was returned.
async fn told_again(world: &World) -> Vec<String> {
    let until = world.one("SELECT now() + interval '1 minute'").await;
    let (source, after) = (SourceName(SOURCE.into()), String::new());
    let mut chain = Chain::new(world);
    chain.tell("feed", &[feed_replay::In::from(FeedReplayed { source, batch: None, alone: false, after, from: moment(), until })]);
    chain.run().await;
    let returned = chain.outcomes().into_iter().filter(|(_, status, _)| status == "returned");
    let mut codes: Vec<String> = returned.flat_map(|(_, _, codes)| codes).collect();
    codes.sort();
    codes
}

#[tokio::test]
async fn the_last_reason_given_before_the_return_is_the_reason_and_each_is_told_under_its_code() {
    in_lab(async |lab| {
        let (world, _) = town(&lab, 7).await;
        treasurers(&world).await;
        let give = async |seed: &str, number: u32, reason| {
            let (tranche, payment) = world.payment(4, &Person::new(number));
            let decision = salur_domain::DecisionId(uuid::Uuid::new_v5(&uuid::Uuid::nil(), seed.as_bytes()));
            let (document, actor) = ("BA-3".into(), SITI.to_owned());
            let mut chain = Chain::new(&world);
            let fact = ReturnReasonGiven { decision, payment, tranche, reason, document, actor, at: moment() };
            chain.tell(seed, &[fund_return::In::from(fact)]);
            chain.run().await;
        };
        let given = ReturnReason::ALL.into_iter().filter(|reason| reason.may_be_given()).skip(1);
        for (number, reason) in (2..).zip(given) {
            give(&format!("first word {number}"), number, ReturnReason::Moved).await;
            give(reason.as_str(), number, reason).await;
        }
        world.end_window(4).await;
        let chain = strike(&world).await;
        give("late", 1, ReturnReason::Refused).await;
        let mut codes: Vec<_> = chain.outcomes().into_iter().flat_map(|(_, _, codes)| codes).collect();
        codes.sort();
        assert_eq!(codes, ["RET01", "RET02", "RET03", "RET04", "RET05", "RET06", "RET07"]);
        assert_eq!(told_again(&world).await, codes, "the feed says the same of the same rows");
        let view = "SELECT unnest(codes) FROM row_statuses WHERE status = 'returned' ORDER BY 1";
        assert_eq!(world.column(view).await, codes, "and so does whoever asks for a row");
        assert_eq!(world.count("return_reasons WHERE effect = 'refused'").await, 1, "what has ended has its reason");
        assert_eq!(violations(&world).await, Vec::<String>::new());
    })
    .await;
}
