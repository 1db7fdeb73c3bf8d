//! What every connection and every statement must be.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use salur_store::{audit, release};
use salur_tests::{facts, in_lab, people::Person, programme::TAHAP_4};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

#[tokio::test]
async fn every_statement_of_the_store_fits_the_schema() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let mut connection = world.sql.acquire().await.expect("a connection");
        let statements = salur_store::statements();
        assert!(statements.len() > 100, "the list is whole: {}", statements.len());
        for (name, text) in statements {
            let prepared = connection.prepare(AssertSqlSafe(text).into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {}", prepared.err().map(|error| error.to_string()).unwrap_or_default());
        }
    })
    .await;
}

/// Making the first administrator once waited for the folding of tallies.
#[test]
fn each_advisory_lock_with_a_number_is_taken_for_one_thing() {
    let numbers = salur_store::statements().into_iter().filter_map(|(_, text)| {
        let (_, after) = text.split_once("advisory_xact_lock(")?;
        after.split(')').next()?.parse::<i64>().ok()
    });
    let mut numbers: Vec<i64> = numbers.collect();
    assert!(numbers.len() >= 4, "the list is whole: {numbers:?}");
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "{numbers:?}");
}

/// Remembers the settings of whoever writes a batch.
const SPY: &str = "CREATE TABLE seen (name text, value text);
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      INSERT INTO seen SELECT name, current_setting(name) FROM unnest(ARRAY['plan_cache_mode', 'jit', 'idle_in_transaction_session_timeout']) AS n(name);
      RETURN NULL; END $$;
    CREATE TRIGGER see AFTER INSERT ON batches EXECUTE FUNCTION see()";

/// A generic plan made while tables were empty once cost 50 times the time; it must not be possible.
#[tokio::test]
async fn workers_plan_each_batch_for_what_it_is() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.sql.execute(SPY).await.expect("the owner may look");
        let mut chain = salur_tests::Chain::new(&world);
        chain.tell("rows", &facts::batch(&facts::rows("list", TAHAP_4, [Person::new(1)])));
        chain.run().await;
        let seen = world.column("SELECT DISTINCT format('%s=%s', name, value) FROM seen ORDER BY 1").await;
        assert_eq!(seen, ["idle_in_transaction_session_timeout=1min", "jit=off", "plan_cache_mode=force_custom_plan"]);
    })
    .await;
}

/// Remembers whether loops may be nested whenever a decision about rows is written.
const SPY_ON_LOOPS: &str = "CREATE TABLE loops (nested text);
    CREATE FUNCTION see_loops() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      INSERT INTO loops VALUES (current_setting('enable_nestloop')); RETURN NULL; END $$;
    CREATE TRIGGER see_loops AFTER INSERT ON row_decisions FOR EACH STATEMENT EXECUTE FUNCTION see_loops()";

/// Pairs and households of a batch are found by hashing it. Once, until something analysed the table, nested loops did: 14 s for 10,000 rows, 73 s for 20,000.
#[tokio::test]
async fn pairs_and_households_of_a_batch_are_found_without_nested_loops_on_tables_that_nothing_analysed() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.sql.execute(SPY_ON_LOOPS).await.expect("the owner may look");
        let mut chain = salur_tests::Chain::new(&world);
        chain.tell("rows", &facts::batch(&facts::rows("list", TAHAP_4, (0..50).map(Person::new))));
        chain.run().await;
        let mut seen = world.column("SELECT nested FROM loops").await;
        assert_eq!(
            (seen.iter().filter(|nested| *nested == "off").count(), seen.pop().as_deref()),
            (2, Some("off")),
            "for two statements, the last of them too"
        );
        let statements = salur_store::statements();
        let mut connection = world.sql.acquire().await.expect("a connection");
        for name in ["DECIDE_PAIRS", "DECIDE_HOUSEHOLD_PAIRS"] {
            let (_, text) = statements.iter().find(|(full, _)| full.ends_with(&format!("::{name}"))).expect("it is listed");
            let explain = format!("EXPLAIN {}", text.replace("$1", "(SELECT id FROM batches LIMIT 1)"));
            for (may, nests) in [("off", false), ("on", true)] {
                connection.execute(AssertSqlSafe(format!("SET enable_nestloop = {may}"))).await.expect("it can be set");
                let plan: Vec<String> =
                    sqlx::query_scalar(AssertSqlSafe(explain.clone())).fetch_all(&mut *connection).await.expect("a plan");
                assert_eq!(plan.iter().any(|line| line.contains("Nested Loop")), nests, "{name}, {may}: {plan:#?}");
            }
        }
    })
    .await;
}

/// Polls so many times and then lets go; whether it had ended by itself.
async fn dropped_after<F: Future>(polls: u32, future: F) -> bool {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        left = left.saturating_sub(1);
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_begin_that_is_cancelled_half_way_leaves_no_connection_in_a_transaction() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let database = &world.tools.database;
        let mut cancelled = 0;
        for attempt in 0..100 {
            let ended = dropped_after(1 + attempt % 5, database.begin_as("release")).await;
            cancelled += u32::from(!ended);
        }
        assert!(cancelled >= 40, "most were cancelled half way: {cancelled}");
        for number in 0..20 {
            let mut tx = database.begin().await.expect("a connection comes");
            audit::record(&mut tx, "test", "written", &serde_json::json!(number)).await.expect("written");
            tx.commit().await.expect("durable");
            let visible = world.count("audit WHERE act = 'written'").await;
            assert_eq!(visible, number + 1, "another connection sees what was acknowledged");
        }
        let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        assert_eq!(world.one::<i64>(open).await, 0);
    })
    .await;
}

/// A staged batch as large as ten steps of the release, on tables that nothing analysed.
const UNANALYSED: &str = "ALTER TABLE recipients SET (autovacuum_enabled = off);
    INSERT INTO recipients (batch, row, tranche, intake, findings, amount, village, pay_point, payment, account, household, content, sealed)
      SELECT '00000000-0000-0000-0000-000000000001', to_char(n, '00000000'), 4, 'staged', '{}', 300000, '1902011001', 'KP', gen_random_uuid(),
        gen_random_uuid(), gen_random_uuid(), decode(repeat('00', 32), 'hex'), decode(repeat('00', 300), 'hex') FROM generate_series(1, 50000) AS n";
/// Another programme that excludes the one that pays all families of the batch, with the batch as its list.
const RIVAL: &str = "INSERT INTO programmes VALUES ('PKH', 'Program Keluarga Harapan', 0);
    INSERT INTO programme_exclusions VALUES ('BST', 'PKH');
    INSERT INTO tranches SELECT 7, 'PKH-1', 'PKH', name, amount, opens_at, closes_at, returns_at, cheques_stored, specimen FROM tranches WHERE id = 4;
    INSERT INTO batches (id, source, name, tranche, completed_at)
      VALUES ('00000000-0000-0000-0000-000000000001', 'dinsos-belitung', 'list', 7, now());
    ALTER TABLE payments SET (autovacuum_enabled = off);
    INSERT INTO payments (tranche, id, account, household, batch, row, amount, village, regency, pay_point)
      SELECT 4, payment, account, household, '00000000-0000-0000-0000-000000000002', row, amount, village, '1902', 'KP' FROM recipients;
    ALTER TABLE recipients DISABLE TRIGGER insert_only;
    UPDATE recipients SET tranche = 7, payment = gen_random_uuid();
    ALTER TABLE recipients ENABLE TRIGGER insert_only";
/// Rows that this transaction read from the batch.
const READ: &str = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'recipients'";

#[tokio::test]
async fn a_step_of_the_release_reads_a_step_and_not_the_batch_on_tables_that_nothing_analysed() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.sql.execute(UNANALYSED).await.expect("the owner may stage");
        let mut tx = world.tools.database.begin_as("release").await.expect("a transaction");
        // as PostgreSQL comes: disks that turn
        sqlx::query("SET LOCAL random_page_cost = 4").execute(tx.connection()).await.expect("set");
        let batch = salur_domain::BatchId(uuid::Uuid::from_u128(1));
        let step = release::sweep(&mut tx, batch, " 00010000").await.expect("a step");
        assert_eq!(i64::try_from(step.rows.len()), Ok(release::SWEEP_ROWS));
        let read: i64 = sqlx::query_scalar(READ).fetch_one(tx.connection()).await.expect("counted");
        assert!(read <= release::SWEEP_ROWS + 1, "{read} rows were read for {}", release::SWEEP_ROWS);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_held_against_a_rival_as_large_on_tables_that_nothing_analysed_without_reading_the_rival_for_each_row() {
    in_lab(async |lab| {
        let world = lab.world().await;
        world.sql.execute(UNANALYSED).await.expect("the owner may stage");
        world.sql.execute(RIVAL).await.expect("the owner may set up and pay");
        let mut tx = world.tools.database.begin_as("release").await.expect("a transaction");
        // half a second; with the rival's index read for each row it was two minutes
        sqlx::query("SET LOCAL statement_timeout = '20s'").execute(tx.connection()).await.expect("set");
        let batch = release::lock(&mut tx, salur_domain::BatchId(uuid::Uuid::from_u128(1))).await.expect("the batch");
        release::decide(&mut tx, &batch).await.expect("decided in time");
        let held = "SELECT count(*) FROM row_decisions WHERE code = 'NIK11'";
        assert_eq!(sqlx::query_scalar::<_, i64>(held).fetch_one(tx.connection()).await.expect("counted"), 50_000);
    })
    .await;
}
