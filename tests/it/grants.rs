//! One writer per status is a grant, not a promise.

use salur_tests::{World, chain::STAGES, in_lab};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// Of the trigger that keeps rows insert-only.
const NOT_IN_STATE: &str = "55000";
/// Rows that nobody may change once they are written.
const INSERT_ONLY: [&str; 85] = [
    "device_packs",
    "device_pack_claims",
    "device_pack_check_ins",
    "device_pack_revocations",
    "legal_holds",
    "legal_hold_ends",
    "retentions",
    "photo_destructions",
    "transfers",
    "recipients",
    "proofs",
    "findings",
    "cheques",
    "cheque_replacements",
    "cheque_keys",
    "packs",
    "pack_cheques",
    "pack_hand_outs",
    "pay_point_closings",
    "schedules",
    "schedule_points",
    "schedule_steps",
    "schedule_days",
    "slots",
    "claims",
    "claim_proxies",
    "hand_overs",
    "return_reasons",
    "return_steps",
    "returns",
    "late_captures",
    "return_reviews",
    "return_reversals",
    "signatures",
    "return_statements",
    "return_statement_lines",
    "unused_returns",
    "remittances",
    "cases",
    "row_decisions",
    "row_conflicts",
    "row_warnings",
    "registry_answers",
    "audit",
    "hold_decisions",
    "hold_sweeps",
    "hold_reserves",
    "distinct_pairs",
    "withdrawals",
    "substitutes",
    "uploads",
    "mappings",
    "batch_phases",
    "setups",
    "setup_answers",
    "tranche_entries",
    "tranche_decisions",
    "cash_moves",
    "cash_counts",
    "cash_conflicts",
    "heard_captures",
    "bank_statements",
    "bank_statement_answers",
    "bank_sheets",
    "bank_lines",
    "bank_outcomes",
    "bank_matches",
    "bank_steps",
    "bank_cases",
    "bank_case_decisions",
    "proof_reviews",
    "hand_over_undos",
    "reversals",
    "pauses",
    "pause_conflicts",
    "complaints",
    "complaint_answers",
    "photo_requests",
    "photo_answers",
    "callback_samples",
    "callback_classes",
    "callback_families",
    "callback_results",
    "journal",
    "seals",
];

fn role(stage: &str) -> String {
    format!("salur_stage_{}", stage.replace('-', "_"))
}

/// The SQLSTATE with which a statement is refused in a role; none where it is not.
async fn refused(connection: &mut PgConnection, role: &str, statement: &str) -> Option<String> {
    let mut tx = connection.begin().await.expect("a transaction");
    tx.execute(AssertSqlSafe(format!("SET LOCAL ROLE {role}"))).await.expect("the owner may take any role");
    let outcome = tx.execute(AssertSqlSafe(statement.to_owned())).await;
    tx.rollback().await.expect("rolled back");
    let error = outcome.err()?;
    Some(
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_else(|| panic!("{statement}: {error}")).into_owned(),
    )
}

async fn connection(world: &World) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
    world.sql.acquire().await.expect("a connection")
}

/// What pack-making and its neighbours would do of each other's.
const OF_PACKS: [(&str, &str); 7] = [
    ("cheque-rendering", "INSERT INTO packs (tranche) VALUES (4)"),
    ("pack-making", "INSERT INTO cheques (tranche) VALUES (4)"),
    ("pack-making", "INSERT INTO cheque_keys (tranche) VALUES (4)"),
    ("pack-making", "UPDATE payments SET cheque_issued_at = now()"),
    ("pack-making", "INSERT INTO slots (tranche) VALUES (4)"),
    ("slot-planning", "UPDATE payments SET cheque_issued_at = now()"),
    ("slot-planning", "INSERT INTO packs (tranche) VALUES (4)"),
];

/// What would destroy a photo, or pretend to; and evidence that is not theirs.
const OF_KEEPING: [(&str, &str); 7] = [
    ("status-finalizer", "INSERT INTO seals (size) VALUES (1)"),
    ("status-finalizer", "INSERT INTO journal (note) VALUES ('')"),
    ("photo-ingest", "UPDATE proofs SET photo_key = NULL"),
    ("photo-ingest", "DELETE FROM likenesses"),
    ("photo-ingest", "INSERT INTO photo_destructions (ground) VALUES ('court_order')"),
    ("photo-keeping", "UPDATE proofs SET judgement = 'accepted'"),
    ("photo-keeping", "INSERT INTO legal_hold_ends (document) VALUES ('')"),
];

#[tokio::test]
async fn a_stage_is_refused_what_belongs_to_another() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let mut connection = connection(&world).await;
        let deeds = [
            ("intake", "INSERT INTO payments (tranche) VALUES (4)"),
            ("intake", "UPDATE batches SET released_at = now()"),
            ("intake", "INSERT INTO transfers (tranche) VALUES (4)"),
            ("release", "UPDATE batches SET completed_at = now()"),
            ("release", "INSERT INTO recipients (row) VALUES ('1')"),
            ("release", "UPDATE payments SET funded_at = now()"),
            ("account-creation", "INSERT INTO transfers (tranche) VALUES (4)"),
            ("account-creation", "UPDATE ledger_accounts SET debits = 0"),
            ("account-creation", "INSERT INTO payments (tranche) VALUES (4)"),
            ("account-creation", "INSERT INTO hold_decisions (row) VALUES ('1')"),
            ("release", "UPDATE payments SET unverified_at = NULL"),
            ("release", "INSERT INTO registry_answers (tranche) VALUES (4)"),
            ("transfer-posting", "UPDATE payments SET paid_at = now()"),
            ("transfer-posting", "UPDATE payments SET amount = 1"),
            ("transfer-posting", "INSERT INTO ledger_accounts (kind, programme) VALUES ('bank', 'x')"),
            ("transfer-posting", "INSERT INTO cheques (tranche) VALUES (4)"),
            ("status-finalizer", "INSERT INTO cash_moves (actor) VALUES ('x')"),
            ("programme-setup", "INSERT INTO cash_counts (actor) VALUES ('x')"),
            ("cheque-rendering", "UPDATE payments SET funded_at = now()"),
            ("cheque-rendering", "INSERT INTO transfers (tranche) VALUES (4)"),
            ("photo-ingest", "UPDATE payments SET paid_at = now()"),
            ("photo-ingest", "INSERT INTO hand_overs (tranche) VALUES (4)"),
            ("photo-ingest", "INSERT INTO claims (id) VALUES (NULL)"),
            ("status-finalizer", "INSERT INTO proofs (size) VALUES (1)"),
            ("status-finalizer", "INSERT INTO cheques (tranche) VALUES (4)"),
            ("status-finalizer", "UPDATE payments SET amount = 1"),
            ("photo-ingest", "INSERT INTO reversals (tranche) VALUES (4)"),
            ("fund-return", "INSERT INTO proof_reviews (actor) VALUES ('x')"),
            ("bank-reconciliation", "INSERT INTO transfers (tranche) VALUES (4)"),
            ("bank-reconciliation", "UPDATE ledger_accounts SET debits = 0"),
            ("bank-reconciliation", "INSERT INTO bank_statements (bytes) VALUES (1)"),
            ("programme-setup", "INSERT INTO bank_matches (n) VALUES (1)"),
            ("pausing", "UPDATE payments SET account_opened_at = now()"),
        ];
        for (stage, deed) in deeds.into_iter().chain(OF_PACKS).chain(OF_KEEPING) {
            let code = refused(&mut connection, &role(stage), deed).await;
            assert_eq!(code.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{stage}: {deed}");
        }
        for deed in [
            "UPDATE payments SET paid_at = now()",
            "INSERT INTO transfers (tranche) VALUES (4)",
            "INSERT INTO proofs (size) VALUES (1)",
            "INSERT INTO cash_moves (actor) VALUES ('x')",
            "INSERT INTO cash_counts (actor) VALUES ('x')",
            "INSERT INTO devices (code, pay_point, public_key) VALUES ('x', 'x', '')",
            "INSERT INTO bank_case_decisions (actor) VALUES ('x')",
            "INSERT INTO pauses (actor) VALUES ('x')",
            "INSERT INTO photo_destructions (ground) VALUES ('court_order')",
            "UPDATE proofs SET photo_key = NULL",
        ] {
            assert_eq!(refused(&mut connection, "salur_portal", deed).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "portal: {deed}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_sealer_writes_seals_and_nothing_else_and_nobody_who_writes_evidence_can_take_its_role() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let mut connection = connection(&world).await;
        let deeds =
            ["INSERT INTO journal (note, marks) VALUES ('', '')", "INSERT INTO transfers (tranche) VALUES (4)", "SELECT * FROM payments"];
        for deed in deeds {
            assert_eq!(refused(&mut connection, "salur_sealer", deed).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{deed}");
        }
        let chosen = "INSERT INTO journal (tx, note, marks) VALUES (1, '', '')";
        for role in ["salur_worker", "salur_portal"] {
            assert_eq!(refused(&mut connection, role, chosen).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{role}: {chosen}");
            assert!(!world.one::<bool>(&format!("SELECT pg_has_role('{role}', 'salur_sealer', 'MEMBER')")).await, "{role}");
        }
    })
    .await;
}

/// A line of the journal is made of rows as they are read back, by the role that logged in.
#[tokio::test]
async fn workers_can_read_back_every_row_of_evidence() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let mut connection = connection(&world).await;
        let mut of_transactions: Vec<_> =
            salur_store::evidence::statements().into_iter().filter(|(_, text)| text.contains("r.tx > $1")).collect();
        // who looked at what is for auditors, and its lines are handed over as it is written
        of_transactions.retain(|(table, _)| *table != "audit");
        assert!(of_transactions.len() > 30, "{} tables", of_transactions.len());
        for (table, text) in of_transactions {
            let read = text.replace("$1", "0").replace("$2", "0");
            assert_eq!(refused(&mut connection, "salur_worker", &read).await, None, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_written_once_can_be_changed_by_no_role_and_not_by_the_owner() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let mut connection = connection(&world).await;
        let owner: String = world.one("SELECT current_user::text").await;
        let roles = STAGES.iter().map(|stage| role(stage)).chain(["salur_worker", "salur_portal", "salur_auditor"].map(str::to_owned));
        let roles: Vec<String> = roles.collect();
        for table in INSERT_ONLY {
            let column: String =
                world.one(&format!("SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum = 2")).await;
            let deeds =
                [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}"), format!("TRUNCATE {table} CASCADE")];
            for deed in &deeds {
                for role in &roles {
                    let code = refused(&mut connection, role, deed).await;
                    assert_eq!(code.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{role}: {deed}");
                }
                assert_eq!(refused(&mut connection, &owner, deed).await.as_deref(), Some(NOT_IN_STATE), "the owner: {deed}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_moment_of_a_payment_has_one_writer() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let writers = world
            .column(
                "SELECT format('%s %s', a.attname, string_agg(r.rolname, ',' ORDER BY r.rolname))
                 FROM pg_attribute a JOIN pg_roles r ON r.rolname LIKE 'salur_%' AND has_column_privilege(r.oid, a.attrelid, a.attname, 'UPDATE')
                 WHERE a.attrelid = 'payments'::regclass AND a.attnum > 0 AND NOT r.rolsuper GROUP BY a.attname ORDER BY 1",
            )
            .await;
        // salur_worker is a member of every stage's role, and takes one at a time
        let by_stage = |column: &str, stage: &str| format!("{column} salur_stage_{stage},salur_worker");
        let expected = [
            by_stage("account_opened_at", "account_creation"),
            by_stage("cancelled_at", "release"),
            by_stage("cheque_issued_at", "cheque_rendering"),
            by_stage("funded_at", "transfer_posting"),
            by_stage("handed_over_at", "status_finalizer"),
            by_stage("paid_at", "status_finalizer"),
            by_stage("questioned_at", "status_finalizer"),
            by_stage("returned_at", "fund_return"),
            "round salur_stage_fund_return,salur_stage_status_finalizer,salur_worker".to_owned(),
            by_stage("unverified_at", "account_creation"),
        ];
        assert_eq!(writers, expected);
    })
    .await;
}
