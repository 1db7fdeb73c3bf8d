//! Dead letters: a letter that dies again stays open, however fast.

use salur_store::dead_letters::{self, DeadLetter, Outside};
use salur_tests::{counter::id, in_lab};

#[tokio::test]
async fn a_letter_that_dies_again_before_it_is_marked_stays_open() {
    in_lab(async |lab| {
        let database = lab.bare_world().await.tools.database.clone();
        keep(&database).await;
        let [first] = open(&database).await.try_into().expect("one letter");
        // replayed, and dead again before the mark
        keep(&database).await;
        assert!(!mark(&database, &first).await, "the mark is of the letter that was replayed");
        let [second] = open(&database).await.try_into().expect("it is open");
        assert!(mark(&database, &second).await);
        assert!(open(&database).await.is_empty(), "replayed and not seen again");
        keep(&database).await;
        assert_eq!(open(&database).await.len(), 1, "dead again after the mark");
    })
    .await;
}

async fn open(database: &salur_store::Database) -> Vec<Outside> {
    dead_letters::list(database, Some("intake"), None, false, 10).await.expect("letters can be listed")
}

async fn mark(database: &salur_store::Database, letter: &Outside) -> bool {
    let mut tx = database.begin().await.expect("a transaction");
    let marked = dead_letters::mark_replayed(&mut tx, letter.id, letter.kept_at).await.expect("a letter can be marked");
    tx.commit().await.expect("the mark is written");
    marked
}

async fn keep(database: &salur_store::Database) {
    let letter = DeadLetter {
        id: id(1),
        stage: "intake".into(),
        cause: "message is not JSON".into(),
        fingerprint: "message is not JSON".into(),
        message_id: "m-1".into(),
        fact_type: String::new(),
        attempts: 0,
        body: vec![1],
        headers: serde_json::json!({}),
        first_published_at: None,
        kept_at: chrono::DateTime::UNIX_EPOCH,
        replayed_at: None,
    };
    let mut tx = database.begin().await.expect("a transaction");
    dead_letters::keep(&mut tx, &letter).await.expect("a letter can be kept");
    tx.commit().await.expect("the letter is kept");
}
