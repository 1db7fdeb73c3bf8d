//! An auditor at the database: a login of a region sees the masked rows of it, whatever is said in SQL, and an end is an end.

use std::str::FromStr;

use salur_pipeline::photo_ingest;
use salur_tests::{
    Chain, Lab, Person, World,
    counter::{Shot, id},
    facts, in_lab,
    lab::database_url,
    people::{BELITUNG, BELITUNG_TIMUR},
    programme::{TAHAP_4, counters},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};
use std::sync::Arc;

use crate::portal::{command_line::Desk, support::House};

const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// Families of each regency.
const OF_EACH: i64 = 3;

/// A house with paid and open families of two regencies, and the logins that a test makes there.
struct Office {
    house: House,
    desk: Desk,
    logins: Vec<String>,
}

impl Office {
    async fn open(lab: &Arc<Lab>) -> Self {
        let world = lab.world().await;
        let mut chain = Chain::new(&world);
        let people = [BELITUNG, BELITUNG_TIMUR].into_iter().flat_map(|regency| (0..3).map(move |number| Person::of(regency, number)));
        chain.tell("4", &facts::batch(&facts::rows("tahap-4", TAHAP_4, people)));
        chain.run().await;
        for (number, (regency, counter)) in [(BELITUNG, &counters()[0]), (BELITUNG_TIMUR, &counters()[2])].into_iter().enumerate() {
            let number = u32::try_from(number).expect("two");
            let paper = world.paper(4, &Person::of(regency, 0)).await;
            let claim = world.granted(id(number), &paper, counter).await;
            let shot = Shot::new(number, &claim, &paper, counter);
            world.upload(shot.statement.capture, &shot.photo).await;
            let mut chain = Chain::new(&world);
            chain.tell(regency, &[photo_ingest::In::from(shot.signed(counter))]);
            chain.run().await;
        }
        let house = House::around(lab, world).await;
        let desk = Desk::new(&house, "owner");
        Self { house, desk, logins: Vec::new() }
    }

    fn world(&self) -> &World {
        &self.house.world
    }

    /// Names are of the cluster, so each test has its own.
    fn name(&self, of: &str) -> String {
        format!("{of}_{}", &salur_media::hash::sha256(self.world().name.as_bytes()).to_string()[..12])
    }

    /// Makes a login by the command, and its address.
    async fn give(&mut self, of: &str, place: &[&str]) -> PgConnectOptions {
        let name = self.name(of);
        let args = [&["audit", "database-access", &name, "--by", "the.owner"], place].concat();
        let (done, said) = self.desk.run(&args).await;
        assert!(done, "{said}");
        let (login, password) = (format!("salur_audit_{name}"), said.trim().lines().last().expect("a password").to_owned());
        self.logins.push(login.clone());
        let address = PgConnectOptions::from_str(&database_url(&self.world().name)).expect("an address");
        address.username(&login).password(&password)
    }

    async fn close(self) {
        for login in &self.logins {
            self.world().sql.execute(AssertSqlSafe(format!("DROP ROLE {login}"))).await.expect("nothing is theirs");
        }
        self.house.close().await;
    }
}

async fn signed_in(address: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(address).await.expect("the login opens")
}

async fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(connection).await.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// Why a statement is refused, where it is.
async fn refused(connection: &mut PgConnection, statement: &str) -> Option<String> {
    let done = connection.execute(AssertSqlSafe(statement.to_owned())).await;
    done.err().map(|error| {
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_else(|| panic!("{statement}: {error}")).into_owned()
    })
}

/// Views in which a regency or a village stands, with the regencies of their rows.
async fn regencies(connection: &mut PgConnection) -> Vec<String> {
    let with_place = "SELECT format('%s %s', table_name, min(column_name)) FROM information_schema.columns
        WHERE table_schema = 'audited' AND column_name IN ('regency', 'village') GROUP BY table_name ORDER BY table_name";
    let mut found = Vec::new();
    for view in texts(connection, with_place).await {
        let (view, column) = view.split_once(' ').expect("two words");
        let places =
            texts(connection, &format!("SELECT DISTINCT left({column}, 4) FROM audited.{view} WHERE {column} <> '' ORDER BY 1")).await;
        found.push(format!("{view} {}", places.join(",")));
    }
    found
}

#[tokio::test]
async fn a_login_of_a_region_sees_its_rows_alone_whatever_it_sets() {
    in_lab(async |lab| {
        let mut office = Office::open(&lab).await;
        let mut here = signed_in(&office.give("here", &["--region", BELITUNG]).await).await;
        let mut all = signed_in(&office.give("all", &["--country"]).await).await;
        let both = format!("{BELITUNG},{BELITUNG_TIMUR}");
        let views = ["payments", "proofs", "recipients", "tallies", "transfers"];
        let with = |places: &str| views.map(|view| format!("{view} {places}")).to_vec();
        let found = regencies(&mut here).await;
        assert_eq!(found.iter().filter(|line| !line.starts_with("returns")).cloned().collect::<Vec<_>>(), with(BELITUNG));
        let found = regencies(&mut all).await;
        assert_eq!(found.iter().filter(|line| !line.starts_with("returns")).cloned().collect::<Vec<_>>(), with(&both), "the control");
        let counts = "SELECT (SELECT count(*) FROM audited.payments)::text || ' ' || (SELECT count(*) FROM audited.cheques)
            || ' ' || (SELECT count(*) FROM audited.hand_overs)
            || ' ' || (SELECT count(*) FROM audited.findings WHERE capture NOT IN (SELECT capture FROM audited.proofs))";
        assert_eq!(texts(&mut here, counts).await, [format!("{OF_EACH} {OF_EACH} 1 0")]);
        assert_eq!(texts(&mut all, counts).await, [format!("{} {} 2 0", 2 * OF_EACH, 2 * OF_EACH)], "the control");
        // what a session can set changes nothing
        for set in ["SET salur.region = ''", "RESET ALL", "SET default_transaction_read_only = off", "SET search_path = pg_temp, public"] {
            assert_eq!(refused(&mut here, set).await, None, "{set}");
        }
        let shadow =
            "CREATE TEMP TABLE database_logins AS SELECT session_user::text AS login, ''::text AS region, NULL::timestamptz AS ended_at,
            now() + interval '1 day' AS ends_at";
        assert_eq!(refused(&mut here, shadow).await, None, "a table of one's own is not the one that is asked");
        assert_eq!(texts(&mut here, counts).await, [format!("{OF_EACH} {OF_EACH} 1 0")]);
        let login = office.logins[0].clone();
        for deed in [
            "SET ROLE salur_worker".to_owned(),
            "SET ROLE salur_audit_views".to_owned(),
            "SET SESSION AUTHORIZATION salur_worker".to_owned(),
            "UPDATE public.database_logins SET region = ''".to_owned(),
            "SELECT public.give_database_access('salur_audit_me_too', '', '', 1)".to_owned(),
            "CREATE OR REPLACE FUNCTION audited.region() RETURNS text LANGUAGE sql AS 'SELECT '''''".to_owned(),
            "CREATE VIEW audited.more AS SELECT 1".to_owned(),
            format!("GRANT salur_worker TO {login}"),
            "COPY audited.payments TO '/tmp/payments'".to_owned(),
        ] {
            assert_eq!(refused(&mut here, &deed).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{deed}");
        }
        here.execute("DISCARD TEMP").await.expect("it was theirs");
        office.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_function_in_a_query_runs_on_the_rows_of_the_region_alone() {
    in_lab(async |lab| {
        let mut office = Office::open(&lab).await;
        let mut here = signed_in(&office.give("here", &["--region", BELITUNG]).await).await;
        assert_eq!(refused(&mut here, "SET default_transaction_read_only = off").await, None);
        let spy = "CREATE FUNCTION pg_temp.spy(village text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN
              IF left(village, 4) <> '1902' THEN RAISE EXCEPTION 'there is one in %', village USING ERRCODE = '22000'; END IF; RETURN true; END $$";
        assert_eq!(refused(&mut here, spy).await, None);
        for view in ["payments", "proofs", "recipients"] {
            assert_eq!(refused(&mut here, &format!("SELECT count(*) FROM audited.{view} WHERE pg_temp.spy(village)")).await, None, "{view}");
        }
        // the control: a view that is no barrier gives it away
        let leaky = "CREATE VIEW audited.leaky AS SELECT village FROM public.payments WHERE starts_with(village, (SELECT audited.region()));
            ALTER VIEW audited.leaky OWNER TO salur_audit_views; GRANT SELECT ON audited.leaky TO salur_auditor";
        sqlx::raw_sql(leaky).execute(&office.world().sql).await.expect("the owner may");
        assert_eq!(refused(&mut here, "SELECT count(*) FROM audited.leaky WHERE pg_temp.spy(village)").await.as_deref(), Some("22000"));
        here.execute("DISCARD TEMP").await.expect("it was theirs");
        office.close().await;
    })
    .await;
}

#[tokio::test]
async fn auditors_reach_no_table_and_no_column_that_is_sealed_or_tells_who_it_is() {
    in_lab(async |lab| {
        let world = lab.bare_world().await;
        let reachable = "SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'audited') AND c.relkind IN ('r', 'v', 'm', 'p', 'S')
              AND (CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('salur_auditor', c.oid, 'USAGE, SELECT, UPDATE')
                ELSE has_table_privilege('salur_auditor', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
                  OR has_any_column_privilege('salur_auditor', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END)";
        assert_eq!(world.column(reachable).await, Vec::<String>::new(), "grant views in schema audited, not tables (decision 33)");
        sqlx::query("GRANT SELECT (sealed) ON recipients TO salur_auditor").execute(&world.sql).await.expect("the owner may");
        assert_eq!(world.column(reachable).await, ["public.recipients"], "the control");
        let bytes = "SELECT format('%s.%s', table_name, column_name) FROM information_schema.columns
            WHERE table_schema = 'audited' AND data_type IN ('bytea', 'jsonb') ORDER BY 1";
        assert_eq!(world.column(bytes).await, ["proofs.sha256"], "a digest of the photo, with which a copy is compared");
        let telling = "SELECT format('%s.%s', table_name, column_name) FROM information_schema.columns WHERE table_schema = 'audited'
            AND column_name IN
              ('account', 'household', 'person', 'content', 'name_digest', 'token', 'sealed', 'data_key', 'photo_key', 'signature', 'nik', 'kk', 'name')
            AND table_name <> 'tranches'";
        assert_eq!(world.column(telling).await, Vec::<String>::new());
        let open = "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'audited' AND (c.reloptions IS NULL OR NOT 'security_barrier=true' = ANY (c.reloptions))
              OR n.nspname = 'audited' AND c.relowner <> 'salur_audit_views'::regrole";
        assert_eq!(world.column(open).await, Vec::<String>::new(), "each is a barrier, and owned by who can read no more than they show");
    })
    .await;
}

#[tokio::test]
async fn a_login_ends_when_it_is_ended_and_when_its_time_is_over() {
    in_lab(async |lab| {
        let mut office = Office::open(&lab).await;
        let address = office.give("here", &["--region", BELITUNG]).await;
        let (name, login) = (office.name("here"), office.logins[0].clone());
        let mut here = signed_in(&address).await;
        let payments = "SELECT count(*)::text FROM audited.payments";
        assert_eq!(texts(&mut here, payments).await, ["3"]);
        let (done, said) = office.desk.run(&["audit", "database-access", &name, "--region", "19", "--by", "the.owner"]).await;
        assert!(!done && said.contains("there is, or was, a login"), "{said}");
        let over = format!("UPDATE database_logins SET ends_at = now() WHERE login = '{login}'");
        sqlx::query(AssertSqlSafe(over)).execute(&office.world().sql).await.expect("the owner may");
        assert_eq!(texts(&mut here, payments).await, ["0"], "an open session sees nothing any more");
        let (done, said) = office.desk.run(&["audit", "database-access", &name, "--end", "--by", "the.owner", "--dry-run"]).await;
        assert!(done && said.contains("would end"), "{said}");
        assert_eq!(texts(&mut here, "SELECT 'here'").await, ["here"], "nothing was done");
        let (done, said) = office.desk.run(&["audit", "database-access", &name, "--end", "--by", "the.owner"]).await;
        assert!(done, "{said}");
        assert!(here.execute("SELECT 1").await.is_err(), "its session was closed");
        assert!(PgConnection::connect_with(&address).await.is_err(), "and no other opens");
        let told = "SELECT act || ' ' || (detail ->> 'login') || ' ' || actor FROM audit WHERE act LIKE 'database%' ORDER BY id";
        let told = office.world().column(told).await;
        assert_eq!(told, [format!("database_access_given {login} the.owner"), format!("database_access_ended {login} the.owner")]);
        let kept = sqlx::query("SELECT rolpassword FROM pg_authid WHERE rolname = $1").bind(&login).fetch_one(&office.world().sql).await;
        assert_eq!(kept.expect("a role").get::<Option<String>, _>(0), None);
        office.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_makes_nothing_and_a_wrong_wish_is_said() {
    in_lab(async |lab| {
        let mut office = Office::open(&lab).await;
        let name = office.name("dry");
        let run = async |args: &[&str]| office.desk.run(&[&["audit", "database-access"], args].concat()).await;
        let (done, said) = run(&[&name, "--region", "19", "--by", "the.owner", "--dry-run"]).await;
        assert!(done && said.contains("nothing was done"), "{said}");
        assert_eq!(office.world().count("database_logins").await, 0);
        for (args, why) in [
            (vec!["Bpk", "--region", "19", "--by", "the.owner"], "lower-case"),
            (vec!["views", "--region", "19", "--by", "the.owner"], "lower-case"),
            (vec![&name, "--region", "19x", "--by", "the.owner"], "two digits"),
            (vec![&name, "--by", "the.owner"], "--region"),
            (vec![&name, "--region", "19", "--by", "The Owner"], "an actor"),
            (vec![&name, "--country", "--days", "1000", "--by", "the.owner"], "1000"),
            (vec![&name, "--end", "--by", "the.owner"], "there is no login"),
        ] {
            let (done, said) = run(&args).await;
            assert!(!done && said.contains(why), "{args:?}: {said}");
        }
        office.logins.clear();
        office.close().await;
    })
    .await;
}
