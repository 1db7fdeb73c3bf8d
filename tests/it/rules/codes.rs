//! Every code of the closed list is produced: those of one row in `salur_domain::row`, all others here, through the stages.

use std::collections::BTreeSet;

use salur_domain::{SourceName, reason::Code, row as alone};
use salur_pipeline::{intake, release};
use salur_schemas::{RecipientSubmitted, StatedAmount};
use salur_tests::{
    Chain, FakeRegistry, Person, Plan, World,
    facts::{row, rows},
    in_lab,
    people::BELITUNG_TIMUR,
    programme::{AMOUNT, TAHAP_4, TAHAP_5},
    registry::Act,
};

use super::{
    programmes, sent,
    withdrawals::{in_place_of, taken_back},
};

/// A village of the regency beside.
const BANGKA: &str = "1901011001";

/// Rows that are wrong in the tranche, in money or beside each other, each in its way.
fn wrong_rows() -> Vec<RecipientSubmitted> {
    let mut list = rows("a", TAHAP_4, [person(1), person(2), person(3), person(4), person(5), person(6), person(6), person(7)]);
    list[0].amount = StatedAmount::Number((2 * AMOUNT).into()); // AMT02
    list[1].village = BANGKA.into(); // REG02
    list[3].tranche = "BST-99".into(); // TRN01
    list[4].tranche = TAHAP_5.into(); // TRN02
    list[5].name = "Nama Lain".into(); // NIK09, with the next
    let household = Person { kk: person(7).kk, ..person(8) }; // NIK10
    list.push(row("a", TAHAP_4, "9", &household));
    list.extend([10, 11].map(|n| row("a", TAHAP_4, &n.to_string(), &Person::of(BELITUNG_TIMUR, n)))); // MON01
    list.push(row("a", TAHAP_4, "12", &person(12)));
    list.extend([40, 41].map(|n| row("a", TAHAP_4, &n.to_string(), &person(n)))); // CIV01, CIV02
    list
}

fn person(number: u32) -> Person {
    Person::new(number)
}

/// The person of a number is sent under another name.
fn renamed(batch: &str, tranche: &str, number: u32) -> Vec<RecipientSubmitted> {
    rows(batch, tranche, [Person { name: "Nama Lain".into(), ..Person::new(number) }])
}

fn codes(chain: &Chain) -> impl Iterator<Item = String> {
    chain.outcomes().into_iter().flat_map(|(_, _, codes)| codes)
}

async fn produced(world: &World) -> BTreeSet<String> {
    let list = wrong_rows();
    let no_pay_point = format!("DELETE FROM pay_point_villages WHERE village = '{}'", list[2].village); // PAY01
    sqlx::query(sqlx::AssertSqlSafe(no_pay_point)).execute(&world.sql).await.expect("the owner may");
    let mut found: BTreeSet<String> = codes(&sent(world, "a", &list).await).collect();
    let stranger =
        rows("s", TAHAP_4, [Person::new(20)]).into_iter().map(|row| RecipientSubmitted { source: SourceName("nobody".into()), ..row });
    found.extend(codes(&sent(world, "s", &stranger.collect::<Vec<_>>()).await)); // SRC01
    found.extend(codes(&sent(world, "b", &renamed("b", TAHAP_4, 12)).await)); // NIK09b
    found.extend(codes(&sent(world, "c", &renamed("c", TAHAP_5, 12)).await)); // NIK10b
    found.extend(codes(&sent(world, "d", &rows("d", programmes::OTHER, [Person::new(12)])).await)); // NIK11
    let mut late = Chain::new(world);
    late.tell("late", &[intake::In::from(row("a", TAHAP_4, "13", &Person::new(13)))]); // BAT02
    late.tell("other content", &[intake::In::from(row("a", TAHAP_4, "12", &Person::new(14)))]); // CON01
    late.run().await;
    found.extend(codes(&late));
    let mut back = Chain::new(world); // WDR01, WDR02, SUB01, SUB02
    let rows_back = [taken_back("b", "1", "BA-1"), taken_back("d", "1", "BA-2"), taken_back("a", "1", "BA-3")];
    back.tell("taken back", &rows_back.map(release::In::from));
    let substitutes = [("12", "x", 30), ("12", "y", 31), ("77", "z", 32)];
    back.tell("substitutes", &substitutes.map(|(of, key, n)| intake::In::from(in_place_of("a", of, key, &person(n)))));
    back.run().await;
    found.extend(codes(&back));
    found.extend(world.column("SELECT code FROM row_warnings").await);
    found
}

#[tokio::test]
async fn every_code_that_needs_more_than_its_row_is_produced_by_the_stages() {
    in_lab(async |lab| {
        let registry = FakeRegistry::start().await;
        registry.does(&person(40), [Act::Say("unknown", &[])]);
        registry.does(&person(41), [Act::Say("differs", &["name"])]);
        let world = lab.world_with(&Plan { belitung_timur: AMOUNT, ..Plan::default() }).await;
        let world = registry.at_the_door_of(world);
        programmes::excluding(&world).await;
        let found = produced(&world).await;
        let listed: BTreeSet<String> = Code::all().filter(|code| !alone::CODES.contains(code)).map(|code| code.to_string()).collect();
        // those of an end without a hand-over have their tests among the returns, those of a hand-over that does not stand among the reversals
        let is_end = |code: &String| code.starts_with("RET") || code.starts_with("REV") || code == "TRN03";
        let listed: BTreeSet<String> = listed.into_iter().filter(|code| !is_end(code)).collect();
        let missing: Vec<_> = listed.difference(&found).collect();
        assert!(missing.is_empty(), "no row produced {missing:?}; found {found:?}");
        assert!(found.iter().all(|code| Code::parse(code).is_some()), "{found:?}");
        assert_eq!(world.violations().await, Vec::<String>::new());
    })
    .await;
}
