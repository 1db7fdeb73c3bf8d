//! What keeps the past from being changed is looked at, and every check can fail.

use salur_store::verify::Severity;
use salur_tests::in_lab;
use sqlx::{AssertSqlSafe, Executor};

/// The damage that is done. A check that none of it names may be empty.
const DAMAGE: [&str; 15] = [
    include_str!("cash.rs"),
    include_str!("damage.rs"),
    include_str!("decided.rs"),
    include_str!("objects.rs"),
    include_str!("bank.rs"),
    include_str!("../packs/making.rs"),
    include_str!("../portal/keeping.rs"),
    include_str!("../portal/proxies.rs"),
    include_str!("../device_packs/damage.rs"),
    include_str!("../schedules/planning.rs"),
    include_str!("../returns/damage.rs"),
    include_str!("../reversals/damage.rs"),
    include_str!("../reversals/replaced.rs"),
    include_str!("../pauses/decisions.rs"),
    include_str!("guards.rs"),
];
/// Every table whose rows nobody may change.
const GUARDED: &str = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'insert_only' ORDER BY 1";

#[tokio::test]
async fn each_table_that_is_insert_only_is_named_when_its_trigger_was_switched_off() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let tables = world.column(GUARDED).await;
        assert!(tables.len() >= 20, "the list is whole: {tables:?}");
        for table in tables {
            let switch = |to: &str| AssertSqlSafe(format!("ALTER TABLE {table} {to} TRIGGER insert_only"));
            world.sql.execute(switch("DISABLE")).await.expect("the owner may");
            assert_eq!(world.violations().await, [format!("insert-only: table {table}")]);
            world.sql.execute(switch("ENABLE")).await.expect("the owner may");
        }
    })
    .await;
}

#[tokio::test]
async fn every_check_of_verify_is_failed_by_some_damage() {
    in_lab(async |lab| {
        let report = lab.bare_world().await.report().await;
        let may_fail = report.checks.iter().filter(|check| check.severity == Severity::Violation).map(|check| check.name);
        let is_named =
            |check: &&str| DAMAGE.iter().any(|text| text.contains(&format!("\"{check}\"")) || text.contains(&format!("\"{check}: ")));
        let undamaged: Vec<&str> = may_fail.filter(|check| !is_named(check)).collect();
        assert_eq!(undamaged, Vec::<&str>::new(), "write a test that damages what these look at");
    })
    .await;
}
