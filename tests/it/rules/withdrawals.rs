//! Rows that upstream takes back, and families in their place.

use chrono::{TimeDelta, Utc};
use salur_domain::{RowKey, SourceName};
use salur_pipeline::{intake, photo_ingest, release};
use salur_runtime::testkit::CrashPoint;
use salur_schemas::{RecipientReplaced, RecipientSubmitted, RecipientWithdrawn, Substitute};
use salur_tests::{
    Chain, Person, Plan, World,
    facts::{batch, row, rows},
    in_lab,
    people::BELITUNG_TIMUR,
    programme::{AMOUNT, SOURCE, TAHAP_4, counters},
};

use super::{heard, sent};

pub fn taken_back(batch: &str, row: &str, document: &str) -> RecipientWithdrawn {
    RecipientWithdrawn {
        source: SourceName(SOURCE.into()),
        batch: batch.into(),
        row: RowKey(row.into()),
        reason: "moved away".into(),
        document: document.into(),
        at: Utc::now(),
    }
}

pub fn in_place_of(batch: &str, replaced: &str, key: &str, person: &Person) -> RecipientReplaced {
    let RecipientSubmitted { source, batch, tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount } =
        row(batch, TAHAP_4, key, person);
    let substitute = Substitute { tranche, row, nik, kk, name, birth_date, sex, address, village, home_visit, amount };
    let (reason, document) = ("died".into(), "BA-9".into());
    RecipientReplaced { source, batch, row: RowKey(replaced.into()), substitute, reason, document, at: Utc::now() }
}

/// Tells release, every flight dying once, and once more as a redelivery.
async fn told<M: salur_schemas::Message>(world: &World, seed: &str, fact: impl Into<M>) -> Chain {
    let mut chain = Chain::new(world);
    let facts = [fact.into()];
    for crash in [Some(CrashPoint::Commit), None] {
        chain.crash = crash;
        chain.tell(seed, &facts);
        chain.run().await;
    }
    assert!(chain.dead.is_empty() && chain.delayed.is_empty(), "nothing died and nothing waits: {:?}", chain.dead);
    assert_eq!(world.violations().await, Vec::<String>::new());
    let board = salur_store::board::read(&world.tools.database).await.expect("the board can be read");
    assert_eq!(salur_portal::board::figures::Figures::of(&board).differences, [], "the board is the ledger");
    chain
}

async fn withdrawn(world: &World, seed: &str, fact: RecipientWithdrawn) -> Chain {
    told::<release::In>(world, seed, fact).await
}

async fn replaced(world: &World, seed: &str, fact: RecipientReplaced) -> Chain {
    told::<intake::In>(world, seed, fact).await
}

async fn balance(world: &World, kind: &str, regency: &str) -> i64 {
    let sum = format!(
        "SELECT coalesce(sum(credits - debits), 0)::bigint FROM ledger_accounts WHERE kind = '{kind}' AND tranche = 4 AND regency = '{regency}'"
    );
    world.one(&sum).await
}

#[tokio::test]
async fn a_payment_taken_back_before_the_hand_over_is_cancelled_once_and_its_money_returns_to_the_reserve() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2)])).await;
        let chain = withdrawn(&world, "w", taken_back("a", "1", "BA-1")).await;
        assert_eq!(heard(&chain, "1"), ["cancelled WDR01"]);
        assert_eq!(world.statuses().await, [("cancelled".to_owned(), 1), ("cheque_issued".to_owned(), 1)].into());
        assert_eq!((balance(&world, "reserve", "1902").await, balance(&world, "recipient", "1902").await), (AMOUNT, AMOUNT));
        let cancelled = "SELECT sum(families)::bigint FROM tallies_now WHERE measure = 'cancelled'";
        assert_eq!(world.one::<i64>(cancelled).await, 1);
        let chain = withdrawn(&world, "other", taken_back("a", "1", "BA-2")).await;
        assert_eq!(heard(&chain, "1"), ["cancelled CON01"], "another document changes nothing");
        let documents = world.column("SELECT document FROM withdrawals").await;
        assert_eq!(documents, ["BA-1"]);
        // the same person again is not paid twice, nor at all in this tranche
        let chain = sent(&world, "b", &rows("b", TAHAP_4, [Person::new(1)])).await;
        assert_eq!(heard(&chain, "1"), ["accepted NIK09b"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_handed_over_is_not_taken_back_and_a_capture_of_what_was_is_a_case() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2)])).await;
        let [one, ..] = counters();
        let mut visits = Vec::new();
        for number in [1, 2] {
            let paper = world.paper(4, &Person::new(number)).await;
            visits.push(photo_ingest::In::from(world.visit(number, &paper, &one).await));
        }
        let mut chain = Chain::new(&world);
        chain.tell("first", &visits[..1]);
        chain.run().await;
        let chain = withdrawn(&world, "late", taken_back("a", "1", "BA-1")).await;
        assert_eq!(heard(&chain, "1"), ["paid WDR02"]);
        // a counter has the second family's lease: the money may be on the table
        let mut chain = Chain::new(&world);
        chain.tell("claimed", &[release::In::from(taken_back("a", "2", "BA-2"))]);
        chain.run().await;
        assert_eq!((chain.delayed.len(), world.count("withdrawals").await), (1, 1));
        sqlx::query("UPDATE claim_leases SET expires_at = now()").execute(&world.sql).await.expect("the owner may");
        chain.undelay();
        chain.run().await;
        assert_eq!(heard(&chain, "2"), ["cancelled WDR01"]);
        // and the capture comes all the same
        let mut chain = Chain::new(&world);
        chain.tell("second", &visits[1..]);
        chain.run().await;
        assert!(chain.dead.is_empty(), "{:?}", chain.dead);
        assert_eq!(world.column("SELECT kind FROM cases").await, ["ended_capture"]);
        assert_eq!(world.statuses().await, [("cancelled".to_owned(), 1), ("paid".to_owned(), 1)].into());
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_row_is_taken_back_wherever_it_waits() {
    in_lab(async |lab| {
        let world = lab.world_with(&Plan { belitung_timur: AMOUNT, ..Plan::default() }).await;
        let twin = Person { name: "Nama Lain".into(), ..Person::new(2) };
        let short = [40, 42].map(|n| Person::of(BELITUNG_TIMUR, n));
        let list = rows("a", TAHAP_4, [vec![Person::new(1), Person::new(2), twin], short.to_vec()].concat());
        // staged: its batch waits for the last row
        let mut chain = Chain::new(&world);
        let (last, first) = list.split_last().expect("five");
        chain.tell("first", &first.iter().cloned().map(intake::In::from).collect::<Vec<_>>());
        chain.run().await;
        let chain = withdrawn(&world, "staged", taken_back("a", "1", "BA-1")).await;
        assert_eq!(heard(&chain, "1"), ["staged WDR01"], "the release of its batch will end it");
        let chain = sent(&world, "rest", &list).await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "2")), (vec!["rejected WDR01".to_owned()], vec!["held NIK09".to_owned()]));
        assert_eq!(heard(&chain, &last.row.0), ["held MON01"]);
        let chain = withdrawn(&world, "held", taken_back("a", "3", "BA-3")).await;
        assert_eq!(heard(&chain, "3"), ["rejected WDR01"]);
        let chain = withdrawn(&world, "part", taken_back("a", "4", "BA-4")).await;
        assert_eq!(heard(&chain, "4"), ["rejected WDR01"]);
        let part = world.column("SELECT format('%s %s', families, rupiah) FROM waiting_parts").await;
        assert_eq!(part, [format!("1 {AMOUNT}")], "one is left of the part, and would fit now");
        let chain = withdrawn(&world, "again", taken_back("a", "3", "BA-3")).await;
        assert_eq!(heard(&chain, "3"), ["rejected WDR01"], "said again, answered again");
        assert_eq!(world.count("payments").await, 0);
        let status = salur_store::status::read(&world.tools.database).await.expect("the status");
        let rows = &status.tranches.iter().find(|tranche| tranche.id == 4).expect("tranche 4").rows;
        assert_eq!((rows.held.families, rows.rejected.families, rows.staged.families), (2, 3, 0));
    })
    .await;
}

#[tokio::test]
async fn a_withdrawal_may_come_before_its_row_but_does_not_wait_for_ever() {
    in_lab(async |lab| {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        chain.tell("early", &[release::In::from(taken_back("a", "1", "BA-1"))]);
        chain.run().await;
        assert_eq!(chain.delayed.len(), 1);
        chain.tell("rows", &batch(&rows("a", TAHAP_4, [Person::new(1)])));
        chain.run().await;
        chain.undelay();
        chain.run().await;
        assert!(heard(&chain, "1").contains(&"cancelled WDR01".to_owned()), "{:?}", heard(&chain, "1"));
        assert_eq!(world.statuses().await, [("cancelled".to_owned(), 1)].into());
        let old = RecipientWithdrawn { at: Utc::now() - TimeDelta::hours(2), ..taken_back("a", "99", "BA-1") };
        let chain = withdrawn(&world, "old", old).await;
        assert_eq!(heard(&chain, "99"), ["rejected WDR02"]);
    })
    .await;
}

#[tokio::test]
async fn a_family_takes_the_place_of_another_with_the_same_money_or_nothing_changes() {
    in_lab(async |lab| {
        let world = lab.world().await;
        sent(&world, "a", &rows("a", TAHAP_4, [Person::new(1), Person::new(2), Person::new(3)])).await;
        let allocation = balance(&world, "allocation", "1902").await;
        // the spouse, on the same household card
        let spouse = Person { kk: Person::new(1).kk, ..Person::new(11) };
        let chain = replaced(&world, "spouse", in_place_of("a", "1", "1-b", &spouse)).await;
        assert_eq!((heard(&chain, "1"), heard(&chain, "1-b")), (vec!["cancelled WDR01".to_owned()], vec!["accepted".to_owned()]));
        assert_eq!(world.statuses().await, [("cancelled".to_owned(), 1), ("cheque_issued".to_owned(), 3)].into());
        assert_eq!(
            (balance(&world, "allocation", "1902").await, balance(&world, "reserve", "1902").await),
            (allocation, 0),
            "no new money"
        );
        // the place is taken; a person of the tranche; another regency; a bad NIK: the one to be replaced keeps the payment
        let cases = [
            ("taken", "1", Person::new(12), "SUB02"),
            ("twice", "2", Person::new(3), "NIK09b"),
            ("elsewhere", "2", Person::of(BELITUNG_TIMUR, 14), "SUB01"),
            ("nobody", "77", Person::new(15), "SUB01"),
            ("bad", "2", Person { nik: "1902".into(), ..Person::new(16) }, "NIK01"),
            (
                "impossible",
                "2",
                Person { nik: Person::new(17).nik.replacen(&Person::new(17).nik[6..10], "3102", 1), ..Person::new(17) },
                "NIK04",
            ),
        ];
        for (key, of, person, code) in cases {
            let chain = replaced(&world, key, in_place_of("a", of, key, &person)).await;
            let said = heard(&chain, key);
            assert!(said.len() == 1 && said[0].starts_with(&format!("rejected {code}")), "{key}: {said:?}");
        }
        assert_eq!(world.statuses().await, [("cancelled".to_owned(), 1), ("cheque_issued".to_owned(), 3)].into());
        assert_eq!(world.count("withdrawals").await, 1);
    })
    .await;
}
