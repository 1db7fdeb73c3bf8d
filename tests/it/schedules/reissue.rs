//! A pay point that closes, where who closes it wants cheques that name it drawn anew: each family once, and nobody's cheque besides.

use chrono::{Days, NaiveDate, Utc};
use salur_domain::{DecisionId, PaymentId, TrancheId, replacement::Loss, schedule::Rule};
use salur_pipeline::cheque_rendering;
use salur_schemas::{ChequeReplaced, PayPointClosed};
use salur_tests::{Chain, Person, World, facts::moment, in_lab, people::BELITUNG, programme::counters};
use uuid::Uuid;

use super::planning::{asked, closed, released};
use crate::verify::damage::assert_named;

/// Newest versions of cheques, by pay point that families are to come to.
const NEWEST: &str = "SELECT s.pay_point || ' ' || max(c.version) || ' ' || count(DISTINCT c.payment) FROM slots_now s
    JOIN LATERAL (SELECT payment, max(version) AS version FROM cheques WHERE payment = s.payment GROUP BY 1) AS c ON true
    WHERE s.payment = ANY ($P) GROUP BY s.pay_point ORDER BY 1";

/// Who closes pay points.
const ACTOR: &str = "INSERT INTO actors (name, kind, role, created_by) VALUES ('rina.wati', 'person', 'supervisor', 'test')";

/// Families with slots and cheques, and those of them who come to the pay point from tomorrow on.
async fn funded(world: &World) -> (Chain, NaiveDate, Vec<String>) {
    sqlx::query(ACTOR).execute(&world.sql).await.expect("the owner may");
    let mut chain = released(world).await;
    chain.tell("plan", &[asked(1, Rule::Villages, Some(2))]);
    chain.run().await;
    let from = Utc::now().date_naive() + Days::new(1);
    let there = format!("SELECT payment::text FROM slots WHERE version = 1 AND pay_point = 'PP-1902' AND day >= '{from}' ORDER BY 1");
    let concerned = world.column(&there).await;
    assert!(concerned.len() > 2, "some come later than today");
    (chain, from, concerned)
}

fn reissued(id: u128, from: NaiveDate) -> salur_pipeline::slot_planning::In {
    PayPointClosed { reissue: true, ..closed(id, from) }.into()
}

async fn newest(world: &World, payments: &[String]) -> Vec<String> {
    world.column(&NEWEST.replace("$P", &format!("'{{{}}}'::uuid[]", payments.join(",")))).await
}

#[tokio::test]
async fn cheques_that_name_a_closed_pay_point_are_drawn_anew_once() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let (mut chain, from, concerned) = funded(&world).await;
        let before = world.count("cheques").await;
        chain.tell("closed", &[reissued(2, from), reissued(2, from)]);
        chain.run().await;
        assert_eq!(
            newest(&world, &concerned).await,
            [format!("PP-1906 2 {}", concerned.len())],
            "each has a second cheque for the new place"
        );
        assert_eq!(world.count("cheques").await, before + i64::try_from(concerned.len()).expect("few"), "and nobody else has");
        let revoked = salur_store::cheque_keys::revoked(&world.tools.database).await.expect("readable");
        assert_eq!(revoked.len(), concerned.len(), "those before are worth nothing");
        // all that slot-planning and cheque-rendering heard, once more
        let heard: Vec<_> = chain.heard.iter().map(|(_, delivery)| delivery.clone()).collect();
        chain.publish(heard);
        chain.run().await;
        assert_eq!(world.count("cheques").await, before + i64::try_from(concerned.len()).expect("few"), "heard again it changes nothing");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn who_was_paid_or_has_no_cheque_yet_gets_none_anew() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let (mut chain, from, concerned) = funded(&world).await;
        // planned and unpaid when the step reads it, paid when the cheque would be drawn
        chain.tell("closed", &[reissued(2, from)]);
        chain.run_until(&["cheque-rendering"]).await;
        let persons: Vec<Person> = (1..=40).filter(|n| n % 4 != 0).map(|n| Person::of(BELITUNG, n)).collect();
        let person = persons.iter().find(|person| concerned.contains(&world.payment(4, person).1.to_string())).expect("one of them");
        let captured = world.visit(1, &world.paper(4, person).await, &counters()[0]).await;
        let mut counter = Chain::new(&world);
        counter.tell("captured", &[salur_pipeline::photo_ingest::In::from(captured)]);
        counter.run().await;
        chain.run().await;
        let refused =
            world.column("SELECT reason || ' ' || count(*) FROM cheque_replacements WHERE effect = 'refused' GROUP BY reason").await;
        assert_eq!(refused, ["handed_over 1"]);
        assert_eq!(world.count("cheques WHERE version = 2").await, i64::try_from(concerned.len()).expect("few") - 1);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_closing_that_does_not_ask_for_it_replaces_nothing_and_no_message_can() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let (mut chain, from, concerned) = funded(&world).await;
        chain.tell("closed", &[salur_pipeline::slot_planning::In::from(closed(2, from))]);
        chain.run().await;
        assert_eq!(newest(&world, &concerned).await, [format!("PP-1906 1 {}", concerned.len())]);
        let payment = PaymentId(concerned[0].parse().expect("an id"));
        let (decision, tranche) = (DecisionId(Uuid::from_u128(9)), TrancheId(4));
        let (document, actor) = ("SE-4".to_owned(), "rina.wati".to_owned());
        let said = ChequeReplaced { decision, payment, tranche, version: 1, loss: Loss::Moved, document, actor, at: moment() };
        chain.tell("forged", &[cheque_rendering::In::from(said)]);
        chain.run().await;
        assert_eq!(world.column("SELECT effect || ' ' || reason FROM cheque_replacements").await, ["refused not_moved"]);
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_cheque_drawn_anew_for_a_closing_that_never_was_is_named() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let (mut chain, from, concerned) = funded(&world).await;
        chain.tell("closed", &[reissued(2, from)]);
        chain.run().await;
        let damage = "ALTER TABLE pay_point_closings DISABLE TRIGGER insert_only; UPDATE pay_point_closings SET reissue = false;
            ALTER TABLE pay_point_closings ENABLE TRIGGER insert_only";
        sqlx::raw_sql(damage).execute(&world.sql).await.expect("the owner may");
        assert_named(&world, &[("replacements", &concerned[0])]).await;
    })
    .await;
}
