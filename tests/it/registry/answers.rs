//! What each answer leads to, and who is asked.

use salur_domain::BatchId;
use salur_store::reports;
use salur_tests::{
    FakeRegistry, Person,
    chain::fly,
    facts::rows,
    in_lab,
    programme::{AMOUNT, SOURCE, TAHAP_4, TAHAP_5},
    registry::Act,
};

use super::{heard, sent, status};

const STAGE: &str = "account-creation";

#[tokio::test]
async fn whom_the_registry_confirms_goes_on_to_the_cheque_and_is_asked_about_once_for_each_name() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        sent(&world, "a", &rows("a", TAHAP_4, (1..=3).map(Person::new))).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 3)].into());
        assert_eq!(registry.asked().len(), 3);
        let asked = registry.asked().into_iter().find(|asked| asked["nik"] == Person::new(1).nik).expect("asked about everybody");
        assert_eq!((&asked["name"], &asked["birth_date"]), (&Person::new(1).name.into(), &Person::new(1).birth_date.into()));
        // a second tranche: two are known, one comes under another name and is a new question
        let renamed = Person { name: "Nama Lain".into(), ..Person::new(3) };
        sent(&world, "b", &rows("b", TAHAP_5, [Person::new(1), Person::new(2), renamed])).await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 6)].into());
        assert_eq!(registry.asked().len(), 4);
        let verified = "SELECT sum(families)::bigint FROM tallies_now WHERE measure = 'verified'";
        assert_eq!(world.one::<i64>(verified).await, 6);
    })
    .await;
}

#[tokio::test]
async fn whom_the_registry_does_not_confirm_gets_no_account_and_no_money_and_is_shown_as_held() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        registry.does(&Person::new(2), [Act::Say("unknown", &[])]);
        registry.does(&Person::new(3), [Act::Say("deceased", &[])]);
        registry.does(&Person::new(4), [Act::Say("differs", &["name", "birth_date"])]);
        let chain = sent(&world, "a", &rows("a", TAHAP_4, (1..=4).map(Person::new))).await;
        assert_eq!(heard(&chain, "1"), ["accepted"]);
        for (row, code) in [("2", "CIV01"), ("3", "CIV01"), ("4", "CIV02")] {
            assert_eq!(heard(&chain, row), ["accepted".to_owned(), format!("held {code}")]);
            let shown = reports::row(&world.tools.database, BatchId::of(SOURCE, "a"), row).await.expect("rows can be read");
            let shown = shown.expect("the row is there");
            assert_eq!((shown.status.as_str(), shown.codes), ("held", vec![code.to_owned()]));
        }
        assert_eq!(world.statuses().await, [("accepted".to_owned(), 3), ("cheque_issued".to_owned(), 1)].into());
        assert_eq!(world.count("accounts").await, 1);
        let funded = "SELECT sum(amount)::bigint FROM transfers WHERE kind = 'recipient_funded'";
        assert_eq!(world.one::<i64>(funded).await, AMOUNT);
    })
    .await;
}

#[tokio::test]
async fn a_fact_that_comes_again_is_answered_from_what_is_remembered_and_nobody_is_asked_twice() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        registry.does(&Person::new(2), [Act::Say("unknown", &[])]); // whoever asks twice hears that she is confirmed
        let mut chain = sent(&world, "a", &rows("a", TAHAP_4, (1..=2).map(Person::new))).await;
        let heard = chain.heard.iter().filter(|(stage, _)| *stage == STAGE).map(|(_, delivery)| delivery.clone());
        let again = fly(&world.tools, STAGE, heard.collect(), None).await;
        assert_eq!((registry.asked().len(), status(&world, &Person::new(2)).await.as_str()), (2, "accepted"));
        let said = |id: &str| chain.said.iter().find(|message| message.id == id).map(|message| message.body.clone());
        assert_eq!(again.emitted.len(), 2, "an account, and an outcome");
        for message in &again.emitted {
            assert_eq!(said(&message.id).as_ref(), Some(&message.body), "the same bytes");
        }
        chain.said.clear();
    })
    .await;
}

#[tokio::test]
async fn what_is_remembered_of_a_question_names_nobody() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        registry.does(&Person::new(2), [Act::Say("differs", &["name"])]);
        sent(&world, "a", &rows("a", TAHAP_4, (1..=2).map(Person::new))).await;
        let kept = world.column("SELECT a::text FROM registry_answers a").await.join("\n");
        assert_eq!(kept.lines().count(), 2);
        for person in [Person::new(1), Person::new(2)] {
            assert!(!kept.contains(&person.nik) && !kept.contains(&person.name), "{kept}");
        }
    })
    .await;
}
