//! Slow, broken and missing answers: nobody is paid by them, nobody is lost by them.

use salur_pipeline::registry::{SILENCE, http::BODY_MAX};
use salur_runtime::flight::Stopped;
use salur_tests::{
    Chain, FakeRegistry, Person,
    chain::fly,
    facts::{batch, rows},
    in_lab,
    programme::TAHAP_4,
    registry::Act,
};

use super::{heard, sent, status};

#[tokio::test]
async fn a_question_without_a_usable_answer_waits_alone_and_is_asked_again() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        let silent = [
            Act::Late,
            Act::Status(500),
            Act::Status(302),
            Act::OfAnother,
            Act::Body("not JSON".into()),
            Act::Body(format!(r#"{{"padding":"{}"}}"#, "x".repeat(BODY_MAX))),
        ];
        for (number, act) in (2..).zip(silent.clone()) {
            registry.does(&Person::new(number), [act]);
        }
        let mut chain = sent(&world, "a", &rows("a", TAHAP_4, (1..=7).map(Person::new))).await;
        assert_eq!(world.statuses().await, [("accepted".to_owned(), 6), ("cheque_issued".to_owned(), 1)].into());
        assert_eq!(chain.delayed.len(), silent.len());
        assert_eq!(heard(&chain, "2"), ["accepted"], "silence is not a no");
        assert_eq!(registry.asked().len(), 7, "no redirect was followed");
        chain.undelay();
        chain.run().await;
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 7)].into());
        assert!(chain.delayed.is_empty() && chain.dead.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_registry_that_is_down_pauses_the_stage_and_burns_no_attempts() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        let world = registry.at_the_door_of(lab.world().await);
        let mut chain = Chain::new(&world);
        chain.tell("a", &batch(&rows("a", TAHAP_4, (1..=2 * SILENCE).map(Person::new))));
        chain.run_until(&["account-creation"]).await;
        let deliveries = chain.take("account-creation");
        registry.does_always(Some(Act::Status(503)));
        let down = fly(&world.tools, "account-creation", deliveries.clone(), None).await;
        assert!(matches!(&down.stopped, Some(Stopped::Paused(why)) if why.contains("503")), "{:?}", down.stopped);
        assert!(down.acked.is_empty() && down.delayed.is_empty() && down.dead.is_empty());
        assert_eq!(world.count("accounts").await, 0);
        registry.does_always(None);
        let up = fly(&world.tools, "account-creation", deliveries, None).await;
        assert_eq!((up.stopped, up.delayed.len()), (None, 0));
        assert_eq!(
            (status(&world, &Person::new(1)).await.as_str(), world.count("accounts").await),
            ("account_open", i64::from(2 * SILENCE))
        );
    })
    .await;
}
