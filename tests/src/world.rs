//! A database with a programme, and the tools of the workers.
//!
//! A world can keep its rows and be rewound to them any number of times, so that two courses of events from one beginning can be compared.
//! Rewinding costs a fiftieth of a second where a copy of the database costs a checkpoint.

use std::{collections::BTreeMap, sync::Arc};

use ed25519_dalek::SigningKey;
use salur_domain::{
    PaymentId, Rupiah, TrancheId,
    note::{Kind, Signer},
    proof::Policy,
    vault::{Keys, WrappingKey},
};
use salur_pipeline::{Tools, examiners::Examiners};
use salur_store::{
    Blobs, Database, blobs, payments,
    setup::{self, MasterData, Origin, Refusal},
    verify,
};
use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres, postgres::PgPoolOptions};

use crate::{
    lab::{Lab, database_url},
    people::Person,
    programme::{self, Plan},
};

/// Test keys: 64 hexadecimal digits each.
pub const MASTER_KEY: [&str; 3] = ["11", "22", "33"];
const KEY_REPEATS: usize = 32;
/// As by default.
const BANK_MISSING_AFTER_DAYS: i32 = 5;
/// What cheques say of where to complain.
const PUBLIC_URL: &str = "https://bst.invalid";
/// Wraps the keys of photos.
pub const PHOTO_KEY: [u8; 32] = [0x66; 32];
/// Seals what people sign in with.
pub const SIGN_IN_KEY: [u8; 32] = [0x77; 32];
/// Signs the journal.
pub const JOURNAL_KEY: [u8; 32] = [0x44; 32];
/// Signs the heads of the log.
pub const SEAL_KEY: [u8; 32] = [0x55; 32];
/// Name of the log.
pub const ORIGIN: &str = "salur.invalid/evidence";
/// Connections of the tools; as many as a process has by default.
const CONNECTIONS: u32 = 8;

/// A database with a programme, and the tools of the workers.
#[derive(Debug)]
pub struct World {
    /// Whose it is.
    pub lab: Arc<Lab>,
    /// Name of the database.
    pub name: String,
    /// The owner's connections: a superuser's, for looking and for breaking.
    pub sql: PgPool,
    /// What the workers work with.
    pub tools: Arc<Tools>,
    /// Where its objects are.
    pub bucket: blobs::Settings,
}

/// Copies every table into a schema of its own.
const KEEP: &str = "DO $$ DECLARE t text; BEGIN
    DROP SCHEMA IF EXISTS kept CASCADE;
    CREATE SCHEMA kept;
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations' LOOP
      EXECUTE format('CREATE UNLOGGED TABLE kept.%I AS TABLE public.%I', t, t);
    END LOOP; END $$";
/// Puts the copies back, past triggers and foreign keys.
const REWIND: &str = "DO $$ DECLARE t text; c text; BEGIN
    PERFORM set_config('session_replication_role', 'replica', true), set_config('synchronous_commit', 'off', true);
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
      EXECUTE format('DELETE FROM public.%I', t);
      SELECT string_agg(quote_ident(column_name), ',') INTO c FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = t AND is_generated = 'NEVER';
      EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM kept.%I', t, c, c, t);
    END LOOP; END $$";

/// Rows and checksum per table.
pub type Dump = BTreeMap<String, (i64, String)>;

/// The three keys as 64 hexadecimal digits: master, index, cheque.
pub fn keys() -> [String; 3] {
    MASTER_KEY.map(|pair| pair.repeat(KEY_REPEATS))
}

/// What signs the journal of tests.
pub fn journal() -> Signer {
    Signer::new(&format!("{ORIGIN}/journal"), Kind::Note, &JOURNAL_KEY).expect("a good name")
}

/// What signs the heads of the log of tests.
pub fn sealer() -> Signer {
    Signer::new(ORIGIN, Kind::Note, &SEAL_KEY).expect("a good name")
}

impl Lab {
    /// A world with the usual programme.
    pub async fn world(self: &Arc<Self>) -> World {
        self.world_with(&Plan::default()).await
    }

    /// A world with a programme of one's own.
    pub async fn world_with(self: &Arc<Self>, plan: &Plan) -> World {
        let world = self.bare_world().await;
        let origin = Origin { actor: "test", sha256: "" };
        let refusals = world.set_up(&programme::master_data(plan), origin).await;
        assert!(refusals.is_empty(), "master data is written: {refusals:?}");
        world
    }

    /// A migrated database and an empty bucket.
    pub async fn bare_world(self: &Arc<Self>) -> World {
        let (name, bucket) = (self.database().await, self.bucket().await);
        World::open(Arc::clone(self), name, bucket).await
    }
}

impl World {
    async fn open(lab: Arc<Lab>, name: String, bucket: blobs::Settings) -> Self {
        let url = database_url(&name);
        let sql = PgPoolOptions::new().max_connections(4).connect_lazy(&url).expect("the address holds");
        let database = Database::connect(&url, CONNECTIONS).await.expect("the database is there").journaling(journal());
        let [master, index, cheque] = keys();
        let keys = Keys::from_hex(&master, &index).expect("test keys hold");
        let photo_key = WrappingKey::new(&PHOTO_KEY);
        let cheque_key = SigningKey::from_bytes(&Self::bytes(&cheque));
        let approval_threshold_max = Rupiah::new(i64::MAX).expect("it is positive");
        let blobs = Blobs::new(&bucket);
        let tools = Tools {
            database,
            blobs,
            keys,
            photo_key,
            cheque_key,
            examiners: Arc::new(Examiners::new(crate::binary())),
            proof_policy: Policy { least_seconds_a_visit: 0, ..Policy::default() }, // tests hand over as fast as a machine
            public_url: PUBLIC_URL.to_owned(),
            registry: None,
            approval_threshold_max,
            bank_missing_after_days: BANK_MISSING_AFTER_DAYS,
        };
        let tools = Arc::new(tools);
        Self { lab, name, sql, tools, bucket }
    }

    fn bytes(digits: &str) -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hexadecimal digits"))
    }

    /// Applies master data as the stage does; why not, where it is refused.
    pub async fn set_up(&self, data: &MasterData, origin: Origin<'_>) -> Vec<Refusal> {
        let mut tx = self.tools.database.begin_as("programme-setup").await.expect("the database is there");
        let report = setup::apply(&mut tx, data, origin).await.expect("master data holds");
        if report.refusals.is_empty() {
            tx.commit().await.expect("it is durable");
        }
        report.refusals
    }

    /// Remembers every row as it is now.
    pub async fn keep(&self) {
        self.sql.execute(KEEP).await.expect("rows can be copied");
    }

    /// Makes every row as it was kept.
    pub async fn rewind(&self) {
        self.sql.execute(REWIND).await.expect("rows can be put back");
    }

    /// Key of a person's payment.
    pub fn payment(&self, tranche: i32, person: &Person) -> payments::Key {
        (TrancheId(tranche), self.payment_id(tranche, person))
    }

    fn payment_id(&self, tranche: i32, person: &Person) -> PaymentId {
        self.tools.keys.payment_id(TrancheId(tranche), &person.nik())
    }

    /// One value that a query gives.
    pub async fn one<T>(&self, query: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        let found = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&self.sql).await;
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// The values that a query gives, one column of text.
    pub async fn column(&self, query: &str) -> Vec<String> {
        let found = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(&self.sql).await;
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// How many rows a query gives.
    pub async fn count(&self, from: &str) -> i64 {
        self.one(&format!("SELECT count(*) FROM {from}")).await
    }

    /// Payments by status.
    pub async fn statuses(&self) -> BTreeMap<String, i64> {
        let rows = sqlx::query_as("SELECT status, count(*) FROM payments GROUP BY status").fetch_all(&self.sql).await;
        rows.expect("payments can be counted").into_iter().collect()
    }

    /// Rows and checksum of every table.
    pub async fn dump(&self) -> Dump {
        let tables =
            self.column("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'").await;
        let mut dump = Dump::new();
        for table in tables {
            let query = format!("SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {table} AS t");
            let row: (i64, String) = sqlx::query_as(AssertSqlSafe(query)).fetch_one(&self.sql).await.expect("a table can be read");
            dump.insert(table, row);
        }
        dump
    }

    /// What two courses of events must agree on though times and random keys differ: rows per table, sums of money, tallies.
    pub async fn shape(&self) -> BTreeMap<String, String> {
        let dump = self.dump().await;
        // deltas are grouped per commit, so only their sums say something; the journal has a line per commit
        let rows = dump
            .into_iter()
            .filter(|(table, _)| !["tally_deltas", "journal"].contains(&table.as_str()))
            .map(|(table, (rows, _))| (table, rows.to_string()));
        let mut shape: BTreeMap<String, String> = rows.collect();
        let money = "SELECT format('%s %s %s %s', kind, tranche, regency, owner), format('%s/%s', debits, credits) FROM ledger_accounts";
        let tallies =
            "SELECT format('%s %s %s %s', tranche, village, pay_point, measure), format('%s/%s', families, rupiah) FROM tallies_now";
        let statuses = "SELECT format('payment %s', id), status FROM payments";
        let decisions = "SELECT format('decision %s', row), format('%s %s', decision, code) FROM row_decisions";
        for query in [money, tallies, statuses, decisions] {
            let found: Vec<(String, String)> = sqlx::query_as(query).fetch_all(&self.sql).await.expect("sums can be read");
            shape.extend(found);
        }
        shape
    }

    /// Runs the checks of `salur verify` and says what they name.
    pub async fn violations(&self) -> Vec<String> {
        let report = self.report().await;
        report.violations().into_iter().map(|(check, named)| format!("{check}: {}", named.join(", "))).collect()
    }

    /// Runs the checks of `salur verify`.
    pub async fn report(&self) -> verify::Report {
        let cheque_key = self.tools.cheque_key.verifying_key();
        let means = verify::Means {
            blobs: &self.tools.blobs,
            keys: &self.tools.keys,
            photo_key: &self.tools.photo_key,
            cheque_key: &cheque_key,
            photo_context: salur_pipeline::photo_context,
            photos: verify::Photos::All,
        };
        verify::run(&self.tools.database, &means, &mut |_| {}).await.expect("checks can run")
    }
}
