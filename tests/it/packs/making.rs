//! When packs are made, and of which cheques.

use salur_domain::{PaymentId, TrancheId};
use salur_pipeline::pack_making;
use salur_schemas::{PackMade, PackWanted};
use salur_tests::{
    Chain, Person, World,
    facts::{batch, row, rows},
    in_lab,
    people::BELITUNG,
    programme::TAHAP_4,
};

use super::packs;

/// The villages of persons, each once.
fn villages(persons: &[Person]) -> Vec<String> {
    let mut villages: Vec<String> = persons.iter().map(|person| person.village.clone()).collect();
    villages.sort();
    villages.dedup();
    villages
}

/// Which cheques lie in which pack: `village number payment`.
async fn lying(world: &World) -> Vec<String> {
    world
        .column(
            "SELECT format('%s %s %s', c.village, k.number, c.payment) FROM pack_cheques c
             JOIN packs k USING (tranche, village, generation) ORDER BY 1",
        )
        .await
}

#[tokio::test]
async fn a_village_whose_families_all_have_cheques_gets_one_pack_of_them() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let persons: Vec<Person> = (1..=9).map(|n| Person::of(BELITUNG, n)).collect();
        let mut chain = Chain::new(&world);
        chain.tell("list", &batch(&rows("list", TAHAP_4, persons.clone())));
        chain.run_until(&["pack-making"]).await;
        assert_eq!(world.count("packs").await, 0, "no pack before somebody looks");
        chain.run().await;
        let made = packs(&world).await;
        assert_eq!(made.iter().map(|pack| pack.village.clone()).collect::<Vec<_>>(), villages(&persons));
        assert_eq!(made.iter().map(|pack| pack.cheques).sum::<i32>(), 9);
        assert_eq!(lying(&world).await.len(), 9, "each cheque in one");
        for pack in &made {
            assert!(pack.file.starts_with(b"%PDF-1.7") && pack.pages >= 2, "{}", pack.village);
            let plain = String::from_utf8_lossy(&pack.file);
            assert!(!persons.iter().any(|person| plain.contains(&person.name) || plain.contains(&person.nik)), "text is packed");
        }
        assert_eq!(chain.facts::<PackMade>().len(), made.len());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_family_that_comes_late_is_in_a_pack_of_its_own_and_in_no_other() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("list", &batch(&rows("list", TAHAP_4, (1..=3).map(|n| Person::of(BELITUNG, n)))));
        chain.run().await;
        let before = lying(&world).await;
        let late = Person { village: Person::of(BELITUNG, 1).village, ..Person::of(BELITUNG, 50) };
        let village = late.village.clone();
        let payment = world.payment(4, &late).1;
        chain.tell("late", &batch(&[row("late", TAHAP_4, "1", &late)]));
        chain.run().await;
        let after = lying(&world).await;
        let new: Vec<&String> = after.iter().filter(|one| !before.contains(one)).collect();
        assert_eq!(new, [&format!("{village} 2 {payment}")], "the second pack of its village holds it alone");
        assert!(before.iter().all(|one| after.contains(one)), "what was printed is not printed again");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn no_pack_is_made_of_a_village_while_a_family_of_it_has_no_cheque_unless_somebody_asks() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let persons: Vec<Person> =
            (1..=3).map(|n| Person { village: Person::of(BELITUNG, 1).village, ..Person::of(BELITUNG, n) }).collect();
        chain.tell("list", &batch(&rows("list", TAHAP_4, persons.clone())));
        chain.run_until(&["cheque-rendering"]).await;
        let mut waiting = chain.take("cheque-rendering");
        assert_eq!(waiting.len(), 1, "all funded in one message");
        // one family stays without a cheque: it is told apart by hand, as a flight that died half way would leave it
        let mut one_missing: serde_json::Value = serde_json::from_slice(&waiting[0].body).expect("JSON");
        let facts = one_missing["data"]["facts"].as_array_mut().expect("facts");
        let kept_back = facts.pop().expect("three");
        waiting[0].body = one_missing.to_string().into_bytes();
        chain.publish(waiting);
        chain.run().await;
        assert_eq!((world.count("cheques").await, world.count("packs").await), (2, 0), "a family is funded and has no cheque");

        let asked =
            PackWanted { tranche: TrancheId(4), village: persons[0].village.clone(), generation: String::new(), by: Some("dinas".into()) };
        chain.tell("asked", &[pack_making::In::from(asked)]);
        chain.run().await;
        let made: Vec<String> = world.column("SELECT format('%s %s %s', number, cheques, asked_by) FROM packs").await;
        assert_eq!(made, ["1 2 dinas"], "somebody asked for what there is");

        one_missing["data"]["facts"] = serde_json::json!([kept_back]);
        let rest = salur_runtime::testkit::Delivery::raw("rest", one_missing.to_string().into_bytes());
        chain.publish([rest]);
        chain.run().await;
        let made: Vec<String> = world.column("SELECT format('%s %s %s', number, cheques, asked_by) FROM packs ORDER BY number").await;
        assert_eq!(made, ["1 2 dinas", "2 1 "], "the last one completes the village");
    })
    .await;
}

#[tokio::test]
async fn what_was_withdrawn_is_printed_no_more_and_a_shredded_row_stands_masked() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let persons: Vec<Person> =
            (1..=3).map(|n| Person { village: Person::of(BELITUNG, 1).village, ..Person::of(BELITUNG, n) }).collect();
        chain.tell("list", &batch(&rows("list", TAHAP_4, persons.clone())));
        chain.run_until(&["pack-making"]).await;
        let PaymentId(gone) = world.payment(4, &persons[0]).1;
        sqlx::query("UPDATE payments SET cancelled_at = now() WHERE id = $1").bind(gone).execute(&world.sql).await.expect("the owner may");
        sqlx::query("UPDATE batches SET data_key = NULL").execute(&world.sql).await.expect("the owner may");
        chain.run().await;
        let made: Vec<String> = world.column("SELECT format('%s %s', cheques, unreadable) FROM packs").await;
        assert_eq!(made, ["2 2"], "two are left, and their names are gone");
    })
    .await;
}

#[tokio::test]
async fn damage_to_a_pack_is_found() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("list", &batch(&rows("list", TAHAP_4, (1..=3).map(|n| Person::of(BELITUNG, n)))));
        chain.run().await;
        let pack = packs(&world).await.remove(0);
        let place = (TrancheId(4), pack.village.clone());
        let key = salur_store::packs::object_key(&place, &pack.generation);
        world.keep().await;
        for (damage, check) in [
            ("DELETE FROM pack_cheques WHERE village = (SELECT min(village) FROM packs)", "packs: "),
            ("UPDATE packs SET rupiah = rupiah + 1", "packs: "),
            ("UPDATE packs SET number = 7", "packs: "),
        ] {
            world.rewind().await;
            let damaged = format!("BEGIN; SET LOCAL session_replication_role = 'replica'; {damage}; COMMIT");
            sqlx::raw_sql(sqlx::AssertSqlSafe(damaged)).execute(&world.sql).await.expect("the owner may break what they want");
            assert!(world.violations().await.iter().any(|found| found.starts_with(check)), "{damage}");
        }
        world.rewind().await;
        world.tools.blobs.delete(&key).await.expect("the store deletes");
        assert!(world.violations().await.iter().any(|found| found.starts_with("pack-files: ")), "a file is missing");
    })
    .await;
}
