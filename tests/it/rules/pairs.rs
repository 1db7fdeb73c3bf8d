//! The same person, the same household, the same account.

use salur_tests::{
    Person,
    facts::{row, rows},
    in_lab,
    programme::{TAHAP_4, TAHAP_5},
};

use super::{heard, sent};

#[tokio::test]
async fn the_same_nik_twice_in_a_batch_holds_both() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let twin = Person { name: "Nama Lain".into(), ..Person::new(2) };
        let chain = sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2), twin])).await;
        assert_eq!(heard(&chain, "1"), ["accepted"]);
        assert_eq!((heard(&chain, "2"), heard(&chain, "3")), (vec!["held NIK09".to_owned()], vec!["held NIK09".to_owned()]));
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 1)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_nik_of_an_earlier_batch_is_answered_if_it_is_the_same_and_held_if_not() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2)])).await;
        let renamed = Person { name: "Nama Lain".into(), ..Person::new(2) };
        let chain = sent(&world, "b", &rows("b", TAHAP_4, [Person::new(1), renamed, Person::new(3)])).await;
        assert_eq!(heard(&chain, "1"), ["accepted NIK09b"]);
        assert_eq!(heard(&chain, "2"), ["held NIK09b"]);
        assert_eq!(heard(&chain, "3"), ["accepted"]);
        assert_eq!(world.statuses().await, [("cheque_issued".to_owned(), 3)].into(), "no second payment");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_name_that_reads_the_same_is_the_same_person() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let named = |name: &str| Person { name: name.into(), ..Person::new(1) };
        sent(&world, "a", &rows("a", TAHAP_4, [named("Siti Aminah")])).await;
        let before = world.one::<String>("SELECT masked_name FROM recipients").await;
        for (at, (name, heard_of)) in [
            ("SITI  AMINAH", "accepted NIK09b"),
            ("Siti\u{A0}Aminah", "accepted NIK09b"),
            ("Ѕіti Аminah", "accepted NIK09b"),
            ("Siti\u{200B} Aminah", "accepted NIK09b"),
            ("Siti Aminab", "held NIK09b"),
        ]
        .into_iter()
        .enumerate()
        {
            let batch = format!("again {at}");
            let chain = sent(&world, &batch, &rows(&batch, TAHAP_4, [named(name)])).await;
            assert!(heard(&chain, "1")[0].starts_with(heard_of), "{name}: {:?}", heard(&chain, "1"));
        }
        sent(&world, "next", &rows("next", TAHAP_5, [named("siti aminah")])).await;
        assert_eq!((world.count("payments").await, world.count("row_warnings").await), (2, 0), "one payment a tranche, no other name");
        assert_eq!(before, "S*** A*****");
        let warned = "SELECT array_to_string(findings, ',') FROM recipients WHERE findings <> '{}' ORDER BY 1";
        assert_eq!(world.column(warned).await, ["NAM02", "NAM03"]);
    })
    .await;
}

#[tokio::test]
async fn a_nik_that_is_held_elsewhere_is_held_here_too() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person { name: "Nama Lain".into(), ..Person::new(1) }])).await;
        let chain = sent(&world, "b", &rows("b", TAHAP_4, [Person::new(1), Person::new(2)])).await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "2")), (vec!["held NIK09b".to_owned()], vec!["accepted".to_owned()]));
        assert_eq!(world.count("payments").await, 1);
    })
    .await;
}

#[tokio::test]
async fn of_a_household_twice_the_later_row_is_held() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let household = |number: u32| Person { kk: Person::new(1).kk, ..Person::new(number) };
        let mut persons: Vec<Person> = (2..=9).map(Person::new).collect();
        persons.insert(0, Person::new(1));
        persons.push(household(30));
        let chain = sent(&world, "a", &rows("a", TAHAP_4, persons)).await;
        assert_eq!(heard(&chain, "1"), ["accepted"]);
        assert_eq!(heard(&chain, "10"), ["held NIK10"], "row 10 comes after row 1, though not as text");
        let chain = sent(&world, "b", &[row("b", TAHAP_4, "1", &household(31))]).await;
        assert_eq!(heard(&chain, "1"), ["held NIK10"], "a later batch is later too");
        let chain = sent(&world, "c", &[row("c", TAHAP_5, "1", &household(31))]).await;
        assert_eq!(heard(&chain, "1"), ["accepted"], "another tranche is another question");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_person_has_one_account_for_all_tranches_whatever_the_name() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2)])).await;
        let renamed = Person { name: "Nama Lain".into(), ..Person::new(2) };
        sent(&world, "b", &rows("b", TAHAP_5, [Person::new(1), renamed, Person::new(3)])).await;
        assert_eq!((world.count("accounts").await, world.count("payments").await), (3, 5));
        assert_eq!(world.column("SELECT format('%s %s', row, code) FROM row_warnings").await, ["2 NIK10b"]);
        let first: i32 = world.one("SELECT first_tranche FROM accounts ORDER BY first_tranche DESC LIMIT 1").await;
        assert_eq!(first, 5, "the third family's account is of tranche 5");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_row_of_an_unknown_tranche_hears_that_and_nothing_false() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let chain = sent(&world, "a", &rows("a", "BST-99", [Person::new(1)])).await;
        assert_eq!(heard(&chain, "1"), ["rejected TRN01"]);
    })
    .await;
}
