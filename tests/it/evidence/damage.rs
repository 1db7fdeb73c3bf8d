//! A superuser changes one thing; what is named is that thing.

use salur_domain::{
    evidence::{Commit, Row},
    note::{Kind, Signer},
};
use salur_store::evidence::log;
use salur_tests::{World, in_lab};

use super::support::{checkpoint, sealed_town, verify};
use crate::verify::town::Town;

/// Seals a town, changes it by SQL, and expects these damages, each named by a part of its sentence.
async fn damaged_by(change: fn(&Town) -> String, expected: &'static [&'static str], names: fn(&Town) -> String) {
    in_lab(async move |lab| {
        let (town, _) = sealed_town(&lab).await;
        town.damage(&change(&town)).await;
        let found = verify(&town.world, None).await;
        assert_eq!(found.damages.len(), expected.len(), "{:#?}", found.damages);
        for (damage, part) in found.damages.iter().zip(expected) {
            assert!(damage.contains(part), "{part}: {damage}");
        }
        assert!(found.damages.iter().any(|damage| damage.contains(&names(&town))), "{} in {:#?}", names(&town), found.damages);
    })
    .await;
}

fn funding(town: &Town) -> String {
    format!("transfers 4 {} recipient_funded 1", town.paid.1)
}

#[tokio::test]
async fn evidence_that_nobody_touched_holds() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let found = verify(&town.world, Some(&checkpoint(&town.world).await)).await;
        assert_eq!(found.damages, Vec::<String>::new());
        let lines = town.world.count("journal").await;
        assert_eq!((i64::try_from(found.commits), i64::try_from(found.sealed)), (Ok(lines), Ok(lines)));
        let tables = ["transfers", "hand_overs", "proofs", "findings", "cheques", "claims", "audit"];
        for table in tables {
            assert!(town.world.count(table).await > 0, "the town has rows of {table}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_journal_holds() {
    in_lab(async |lab| assert!(verify(&lab.bare_world().await, None).await.hold())).await;
}

#[tokio::test]
async fn a_changed_row_is_named() {
    damaged_by(
        |town| format!("UPDATE transfers SET amount = amount + 1 WHERE subject = '{}' AND kind = 'recipient_funded'", town.paid.1),
        &["was changed"],
        funding,
    )
    .await;
}

#[tokio::test]
async fn a_changed_finding_is_named() {
    damaged_by(
        |_| {
            r#"UPDATE findings SET evidence = '{"by": "another"}' WHERE code = (SELECT min(code) FROM findings WHERE severity <> 'info')"#
                .into()
        },
        &["was changed"],
        |_| "findings".into(),
    )
    .await;
}

#[tokio::test]
async fn a_deleted_row_is_named_by_its_commit() {
    damaged_by(
        |town| format!("DELETE FROM transfers WHERE subject = '{}' AND kind = 'recipient_funded'", town.paid.1),
        &["1 rows of transaction"],
        |_| "of transfer-posting, tranche 4, were deleted".into(),
    )
    .await;
}

#[tokio::test]
async fn an_inserted_row_without_a_line_of_the_journal_is_named() {
    damaged_by(
        |town| {
            format!(
                "INSERT INTO hand_overs (tranche, payment, capture, teller, believed) VALUES (4, '{}', gen_random_uuid(), 'TELLER-1', true)",
                town.open.1
            )
        },
        &["was inserted: no line of the journal"],
        |town| format!("hand_overs 4 {} 1", town.open.1),
    )
    .await;
}

#[tokio::test]
async fn a_row_inserted_into_a_commit_is_named() {
    damaged_by(
        |town| {
            format!(
                "INSERT INTO hand_overs (tranche, payment, capture, teller, believed, tx)
                 SELECT 4, '{}', capture, teller, true, tx FROM hand_overs WHERE payment = '{}'",
                town.open.1, town.paid.1
            )
        },
        &["was inserted or moved into"],
        |town| format!("hand_overs 4 {} 1", town.open.1),
    )
    .await;
}

#[tokio::test]
async fn two_rows_that_changed_places_are_named() {
    damaged_by(
        |town| {
            format!(
                "UPDATE transfers t SET tx = o.tx FROM transfers o WHERE t.subject = '{0}' AND o.subject = '{0}' AND t.kind <> o.kind",
                town.paid.1
            )
        },
        &["was inserted or moved into", "were deleted or moved away", "was inserted or moved into", "were deleted or moved away"],
        funding,
    )
    .await;
}

#[tokio::test]
async fn a_row_and_a_line_of_the_journal_by_another_hand_are_named() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        insert_with_line(&town.world, &town.open.1.to_string()).await;
        let found = verify(&town.world, None).await;
        assert_eq!(found.damages.len(), 1, "{:#?}", found.damages);
        assert!(found.damages[0].contains("is forged"), "{:#?}", found.damages);
    })
    .await;
}

/// What a superuser can do who knows the format and not the key: a whole commit of their own.
async fn insert_with_line(world: &World, payment: &str) {
    let mut tx = world.sql.begin().await.expect("the database is there");
    let capture = uuid::Uuid::nil();
    let insert =
        "INSERT INTO hand_overs (tranche, payment, capture, teller, believed) VALUES (4, $1::uuid, $2, 'TELLER-1', true) RETURNING tx, at";
    let (number, at): (i64, chrono::DateTime<chrono::Utc>) =
        sqlx::query_as(insert).bind(payment).bind(capture).fetch_one(&mut *tx).await.expect("inserted");
    let id = payment.parse().expect("an id");
    let row = Row::new("hand_overs", &[4]).number(4).id(id).number(1).keyed().id(capture).text("TELLER-1").flag(true).moment(at);
    let (commit, marks) = Commit::of(number, "status-finalizer", at, &[row]);
    let forger = Signer::new("salur.invalid/evidence/journal", Kind::Note, &[0x66; 32]).expect("a good name");
    let line = sqlx::query("INSERT INTO journal (note, marks) VALUES ($1, $2)").bind(forger.sign(&commit.text())).bind(marks);
    line.execute(&mut *tx).await.expect("inserted");
    tx.commit().await.expect("durable");
}

#[tokio::test]
async fn a_deleted_line_of_the_journal_is_named_with_the_rows_it_leaves() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let tx: i64 = town.world.one("SELECT tx FROM hand_overs ORDER BY tx LIMIT 1").await;
        town.damage(&format!("DELETE FROM journal WHERE tx = {tx}")).await;
        let found = verify(&town.world, None).await;
        assert!(
            found.damages.iter().any(|damage| damage.contains(&format!("line of transaction {tx} was deleted"))),
            "{:#?}",
            found.damages
        );
        assert!(found.damages.iter().any(|damage| damage.contains("hand_overs 4")), "{:#?}", found.damages);
    })
    .await;
}

#[tokio::test]
async fn a_truncated_journal_is_named() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let last: i64 = town.world.one("SELECT max(tx) FROM journal").await;
        town.damage(&format!("DELETE FROM journal WHERE tx = {last}; {}", delete_rows_of(last))).await;
        let found = verify(&town.world, None).await;
        assert_eq!(found.damages, [format!("the journal's line of transaction {last} was deleted: the log has it")]);
    })
    .await;
}

/// Every row of a transaction.
pub fn delete_rows_of(tx: i64) -> String {
    let tables = ["transfers", "hand_overs", "proofs", "findings", "cheques", "claims", "cases", "audit", "hold_decisions", "withdrawals"];
    tables.map(|table| format!("DELETE FROM {table} WHERE tx = {tx}")).join("; ")
}

#[tokio::test]
async fn a_line_of_the_journal_that_was_changed_is_named() {
    damaged_by(
        |_| "UPDATE journal SET note = replace(note, ' portal ', ' operator ') WHERE note LIKE '% portal %'".into(),
        &[
            "was changed after it was sealed",
            "is forged",
            "was changed after it was sealed",
            "is forged",
            "was changed after it was sealed",
            "is forged",
        ],
        |_| "the journal's line of transaction".into(),
    )
    .await;
}

#[tokio::test]
async fn a_database_that_was_rolled_back_is_named() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let mut sealer = super::support::sealer_of(&town.world);
        town.world.keep().await;
        super::support::seal_all(&mut sealer, &town.world).await;
        town.world.rewind().await;
        let found = verify(&town.world, None).await;
        assert!(found.damages.iter().any(|damage| damage.contains("the database was rolled back")), "{:#?}", found.damages);
        let again = super::support::sealer_of(&town.world);
        drop(sealer);
        let error = lead_and_fail(again).await;
        assert!(error.contains("rolled back"), "the sealer signs nothing: {error}");
    })
    .await;
}

/// The error of a sealer's first round that leads.
async fn lead_and_fail(mut sealer: salur_store::evidence::seal::Sealer) -> String {
    for _ in 0..100 {
        match sealer.round().await {
            Ok(round) => assert!(!round.leads, "nothing was wrong: {round:?}"),
            Err(error) => return error.to_string(),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the sealer never led");
}

#[tokio::test]
async fn database_and_log_rolled_back_together_are_named_by_a_checkpoint_from_outside() {
    in_lab(async |lab| {
        let town = Town::build(&lab).await;
        let mut sealer = super::support::sealer_of(&town.world);
        town.world.keep().await;
        let outside = {
            super::support::seal_all(&mut sealer, &town.world).await;
            checkpoint(&town.world).await
        };
        town.world.rewind().await;
        for salur_store::blobs::Listed { key: object, .. } in town.world.tools.blobs.list("evidence/", None).await.expect("listed") {
            town.world.tools.blobs.delete(&object).await.expect("deleted");
        }
        assert_eq!(verify(&town.world, None).await.damages, Vec::<String>::new(), "from inside nothing is to be seen");
        let found = verify(&town.world, Some(&outside)).await;
        assert_eq!(found.damages.len(), 1, "{:#?}", found.damages);
        assert!(found.damages[0].contains("a checkpoint from outside"), "{:#?}", found.damages);
    })
    .await;
}

#[tokio::test]
async fn an_entry_of_the_log_that_was_changed_is_named() {
    in_lab(async |lab| {
        let (town, _) = sealed_town(&lab).await;
        let size = verify(&town.world, None).await.sealed;
        let key = &log::key(&log::leaf_tiles(size).last().expect("there are entries").entries_path());
        let mut bytes = town.world.tools.blobs.get(key).await.expect("read").expect("there").to_vec();
        let at = bytes.windows(6).position(|word| word == b"portal").expect("a claim was sealed");
        bytes[at] = b'P';
        town.world.tools.blobs.put(key, bytes.into(), "application/octet-stream").await.expect("written");
        let found = verify(&town.world, None).await;
        assert!(found.damages[0].contains("of the log is not the one in its tile"), "{:#?}", found.damages);
    })
    .await;
}
