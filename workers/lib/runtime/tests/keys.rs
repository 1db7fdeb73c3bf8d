//! A fact speaks for the source of the key it came under, whatever way it takes.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use salur_domain::Disposition;
use salur_runtime::testkit::{
    Delivery, Harness,
    toy::{Book, Coin, Fate, Heard, Toy},
};

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_594_692_184, 5_000).expect("a moment in 2020")
}

fn over(book: &Arc<Book>) -> Harness<Toy> {
    Harness::new(Arc::new(Toy::new(book.clone())), book.clone())
}

/// A message as the broker delivers what was published under a key.
fn under(key: &str, facts: &[Heard]) -> Delivery {
    let mut delivery = Delivery::of("m-1", at(), facts);
    delivery.headers.key = Some(key.into());
    delivery
}

fn coin(id: &str, source: &str) -> Heard {
    Coin { id: id.into(), source: source.into(), fate: Fate::Stamp }.into()
}

#[tokio::test]
async fn a_fact_of_another_source_than_its_key_is_set_aside_and_says_both() {
    let book = Arc::new(Book::default());
    let harness = over(&book);
    let outcome = harness.deliver(vec![under("coins.dropped.dinsos", &[coin("own", "dinsos"), coin("foreign", "other")])]).await;
    assert_eq!((book.rows().into_keys().collect::<Vec<_>>(), outcome.dead.len()), (vec!["own".to_owned()], 1));
    let cause = outcome.dead[0].headers.cause.clone().expect("a dead letter has a cause");
    assert!(cause.contains("source `other`") && cause.contains("`coins.dropped.dinsos`"), "{cause}");
    assert_eq!(
        harness.deliver(vec![under("coins.dropped.other", &[coin("foreign", "other")])]).await.dead.len(),
        0,
        "under its own it is heard"
    );
}

#[tokio::test]
async fn a_fact_of_another_source_is_none_of_ours_whatever_way_it_comes_back() {
    let forged = under("coins.dropped.dinsos", &[coin("foreign", "other")]);
    let book = Arc::new(Book::default());
    let main = over(&book);
    let suspect = main.deliver(vec![Delivery { delivery_count: 3, ..forged.clone() }]).await.suspects.remove(0);
    assert_eq!(over(&book).suspects().deliver(vec![suspect.into()]).await.dead.len(), 1, "as a suspect");
    book.refuse([Disposition::Down; 10]);
    let company = Delivery::of("m-2", at(), &[coin("own", "dinsos")]);
    let parked = over(&book).holding(Duration::ZERO).deliver(vec![forged.clone(), company]).await.delayed.remove(0);
    assert_eq!(main.deliver(vec![parked.into()]).await.dead.len(), 1, "parked");
    let dead = main.deliver(vec![forged]).await.dead.remove(0);
    assert_eq!(dead.headers.key.as_deref(), Some("coins.dropped.dinsos"), "a letter keeps the key for its replay");
    assert_eq!(main.deliver(vec![dead.into()]).await.dead.len(), 1, "replayed");
    assert!(book.rows().is_empty() || book.rows().keys().all(|id| id != "foreign"));
}
