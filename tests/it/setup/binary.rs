//! The built binary, with services of its own, and a fictitious programme in a folder that goes with it.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use salur_tests::{Lab, lab::database_url, world::keys};
use serde_json::Value;
use sqlx::{Connection, PgConnection, postgres::PgRow};

/// The binary with a migrated database and an empty virtual host.
pub struct Salur {
    binary: PathBuf,
    pub folder: PathBuf,
    pub database_url: String,
    pub broker_url: String,
    roles: Vec<Child>,
    /// Address of its portal.
    portal: String,
}

/// Longest wait for a portal to listen.
const PATIENCE: Duration = Duration::from_mins(1);
const ADMIN: &str = "the.admin";
/// Who enters programmes in these tests.
pub const TREASURER: &str = "siti.aminah";
/// Who approves them.
pub const APPROVER: &str = "budi.santoso";

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Salur {
    /// In a lab; `families` per tranche of the programme.
    pub async fn new(lab: &Arc<Lab>, families: u32) -> Self {
        let database = lab.database().await;
        let folder = std::env::temp_dir().join(format!("salur-{database}"));
        let broker_url = lab.vhost().await;
        let salur = Self {
            binary: salur_tests::binary(),
            folder,
            database_url: database_url(&database),
            broker_url,
            roles: Vec::new(),
            portal: String::new(),
        };
        let out = salur.folder.display().to_string();
        let made = salur.run(&["simulate", "programme", "--out", &out, "--recipients", &families.to_string(), "--seed", "test"]);
        assert_eq!(made.code, Some(0), "{made:?}");
        salur
    }

    /// The same with a portal, the workers of setups, of cash and of pauses, and two treasurers who are signed in.
    pub async fn staffed(lab: &Arc<Lab>, families: u32) -> Self {
        Self::staffed_with(lab, families, &[]).await
    }

    /// The same with settings of one's own.
    pub async fn staffed_with(lab: &Arc<Lab>, families: u32, settings: &[(&str, &str)]) -> Self {
        let mut salur = Self::new(lab, families).await;
        let address = salur.file("portal.address");
        for (name, args) in [
            ("worker", vec!["run", "programme-setup", "transfer-posting", "bank-reconciliation", "pausing"]),
            ("portal", vec!["portal", "--address-file", &address]),
        ] {
            salur.start(name, &args, settings);
        }
        let began = Instant::now();
        while !Path::new(&address).is_file() {
            assert!(began.elapsed() < PATIENCE, "the portal listens");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let told = std::fs::read_to_string(&address).expect("it was written whole");
        told.trim().clone_into(&mut salur.portal);
        salur.sign_in(ADMIN, &["actor", "bootstrap", ADMIN]);
        for treasurer in [TREASURER, APPROVER] {
            salur.add(treasurer, &["--role", "treasurer"]);
        }
        salur
    }

    /// Starts a role, its log in a file.
    pub fn start(&mut self, name: &str, args: &[&str], settings: &[(&str, &str)]) {
        let log = std::fs::File::create(self.folder.join(format!("{name}.log"))).expect("a log can be written");
        let child = self.command(args).envs(settings.iter().copied()).stdout(Stdio::null()).stderr(log).spawn();
        self.roles.push(child.expect("the binary starts"));
    }

    /// Makes a person, who signs in.
    pub fn add(&self, who: &str, more: &[&str]) {
        self.sign_in(who, &[&["actor", "add", who], more].concat());
    }

    /// Signs in with the code that an act of the administrator tells.
    fn sign_in(&self, who: &str, act: &[&str]) {
        let told = self.run_as(ADMIN, &[act, &["--json"]].concat()).json();
        let code = told["code"].as_str().expect("a one-time code");
        let done = self.run_as(who, &["login", "--server", &self.portal, "--as", who, "--code", code]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }

    /// A file of the programme.
    pub fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// A changed copy of a file.
    pub fn edited(&self, name: &str, as_name: &str, edit: impl FnOnce(String) -> String) -> String {
        let text = std::fs::read_to_string(self.folder.join(name)).expect("the file was made");
        let changed = edit(text.clone());
        assert_ne!(text, changed, "the edit found what it looked for");
        std::fs::write(self.folder.join(as_name), changed).expect("the folder can be written");
        self.file(as_name)
    }

    /// Runs it to its end, as the treasurer.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_as(TREASURER, args)
    }

    /// Runs it to its end, as somebody.
    pub fn run_as(&self, who: &str, args: &[&str]) -> Run {
        let output = self.command(args).env("SALUR_HOME", self.folder.join("home").join(who)).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}: build it, or name it in SALUR_BIN", self.binary.display()));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn command(&self, args: &[&str]) -> Command {
        let [master, index, cheque] = keys();
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .env("SALUR__DATABASE__URL", &self.database_url)
            .env("SALUR__BROKER__URL", &self.broker_url)
            .env("SALUR__KEYS__MASTER", master)
            .env("SALUR__KEYS__INDEX", index)
            .env("SALUR__KEYS__CHEQUE", cheque)
            .env("SALUR__KEYS__PHOTO", hex::encode(salur_tests::world::PHOTO_KEY))
            .env("SALUR__KEYS__SIGN_IN", hex::encode(salur_tests::world::SIGN_IN_KEY))
            .env("SALUR__KEYS__JOURNAL", hex::encode(salur_tests::world::JOURNAL_KEY))
            .env("SALUR__PORTAL__LISTEN", "127.0.0.1:0");
        command
    }

    /// Runs `setup` on a file.
    pub fn setup(&self, file: &str, more: &[&str]) -> Run {
        self.run(&[&["setup", file], more].concat())
    }

    /// The most memory that each of its roles has held, in kB.
    pub fn peaks_kb(&self) -> Vec<u64> {
        let peak = |role: &Child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", role.id())).expect("it runs");
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel keeps it");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        self.roles.iter().map(peak).collect()
    }

    /// One row of the database.
    pub async fn row(&self, sql: &'static str) -> PgRow {
        sqlx::query(sql).fetch_one(&mut self.connection().await).await.expect("the statement holds")
    }

    /// Writes what other commands would have written.
    pub async fn write(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut self.connection().await).await.expect("the statement holds");
    }

    async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.database_url).await.expect("the database is there")
    }
}

impl Run {
    /// The one JSON object of a run that went well.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Drop for Salur {
    fn drop(&mut self) {
        for role in &mut self.roles {
            drop(role.kill());
            drop(role.wait());
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
