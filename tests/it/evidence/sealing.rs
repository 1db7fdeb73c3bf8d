//! The sealer seals everything once, in the order of transactions, whatever dies or comes late.

use std::time::Duration;

use salur_store::audit;
use salur_tests::{World, in_lab};

use super::support::{checkpoint, seal_all, sealer_of, verify};

async fn write(world: &World, number: i64) {
    let mut tx = world.tools.database.begin().await.expect("the database is there");
    audit::record(&mut tx, "test", "written", &serde_json::json!(number)).await.expect("written");
    tx.commit().await.expect("durable");
}

#[tokio::test]
async fn a_sealer_that_dies_between_tiles_and_row_loses_and_doubles_nothing() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        for number in 0..5 {
            write(&world, number).await;
        }
        let mut dying = sealer_of(&world);
        while dying.write().await.expect("tiles are written").is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(dying);
        assert_eq!(world.count("seals").await, 0, "no row was written");
        write(&world, 5).await;
        let mut next = sealer_of(&world);
        assert_eq!(seal_all(&mut next, &world).await, 6);
        assert_eq!(verify(&world, Some(&checkpoint(&world).await)).await.damages, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_seal_that_was_not_shown_is_shown_by_the_next_sealer() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        write(&world, 0).await;
        let mut first = sealer_of(&world);
        seal_all(&mut first, &world).await;
        let shown = checkpoint(&world).await;
        world.tools.blobs.delete("evidence/checkpoint").await.expect("deleted");
        drop(first);
        seal_all(&mut sealer_of(&world), &world).await;
        assert_eq!(checkpoint(&world).await, shown);
    })
    .await;
}

#[tokio::test]
async fn of_two_sealers_one_seals() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let (mut one, mut other) = (sealer_of(&world), sealer_of(&world));
        for number in 0..20 {
            write(&world, number).await;
            let (first, second) = tokio::join!(one.round(), other.round());
            let leaders = [first, second].into_iter().filter(|round| round.as_ref().is_ok_and(|round| round.leads)).count();
            assert_eq!(leaders, 1);
        }
        drop(one);
        assert_eq!(seal_all(&mut other, &world).await, 20, "the other takes over");
        assert_eq!(verify(&world, None).await.damages, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_began_first_and_ended_last_is_sealed_in_its_place() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let mut slow = world.tools.database.begin().await.expect("the database is there");
        audit::record(&mut slow, "test", "slow", &serde_json::json!(0)).await.expect("written");
        for number in 1..4 {
            write(&world, number).await;
        }
        let mut sealer = sealer_of(&world);
        let round = sealer.round().await.expect("sealed");
        assert_eq!((round.size, round.ages_s.len()), (0, 0), "what ended later than it waits for the slow one");
        assert!(round.waits_s > 0.0);
        slow.commit().await.expect("durable");
        assert_eq!(seal_all(&mut sealer, &world).await, 4);
        let found = verify(&world, None).await;
        assert_eq!((found.damages, found.sealed), (Vec::<String>::new(), 4));
    })
    .await;
}

#[tokio::test]
async fn a_log_of_more_than_a_tile_is_grown_by_many_sealers_as_by_one() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        for number in 0..600 {
            write(&world, number).await;
            if number % 97 == 0 {
                seal_all(&mut sealer_of(&world), &world).await;
            }
        }
        let mut last = sealer_of(&world);
        assert_eq!(seal_all(&mut last, &world).await, 600);
        let found = verify(&world, Some(&checkpoint(&world).await)).await;
        assert_eq!(found.damages, Vec::<String>::new());
        let objects = world.tools.blobs.list("evidence/tile/0/", None).await.expect("listed");
        let full: Vec<&str> = objects.iter().map(|object| object.key.as_str()).filter(|key| !key.contains(".p/")).collect();
        assert_eq!(full, ["evidence/tile/0/000", "evidence/tile/0/001"]);
        assert!(
            objects.iter().all(|object| !object.key.contains("000.p/") && !object.key.contains("001.p/")),
            "partial tiles of full places are gone"
        );
    })
    .await;
}

#[tokio::test]
async fn evidence_without_a_key_for_the_journal_is_not_committed() {
    in_lab(async |lab| {
        let name = lab.database().await;
        let database = salur_store::Database::connect(&salur_tests::lab::database_url(&name), 1).await.expect("it is there");
        let mut tx = database.begin().await.expect("a transaction");
        audit::record(&mut tx, "test", "written", &serde_json::json!(1)).await.expect("written");
        let error = tx.commit().await.expect_err("not committed").to_string();
        assert!(error.contains("keys.journal"), "{error}");
    })
    .await;
}
