//! The built binary, with services of its own, and a fictitious programme in a folder that goes with it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use salur_tests::{Lab, lab::database_url};
use serde_json::Value;
use sqlx::{Connection, PgConnection, postgres::PgRow};

/// The binary with a migrated database and an empty virtual host.
pub struct Salur {
    binary: PathBuf,
    pub folder: PathBuf,
    pub database_url: String,
    pub broker_url: String,
}

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
        let salur = Self { binary: binary(), folder, database_url: database_url(&database), broker_url: lab.vhost().await };
        let out = salur.folder.display().to_string();
        let made = salur.run(&["simulate", "programme", "--out", &out, "--recipients", &families.to_string(), "--seed", "test"]);
        assert_eq!(made.code, Some(0), "{made:?}");
        salur
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

    /// Runs it to its end.
    pub fn run(&self, args: &[&str]) -> Run {
        let output = Command::new(&self.binary)
            .args(args)
            .env("SALUR__DATABASE__URL", &self.database_url)
            .env("SALUR__BROKER__URL", &self.broker_url)
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}: build it, or name it in SALUR_BIN", self.binary.display()));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs `setup` on a file.
    pub fn setup(&self, file: &str, more: &[&str]) -> Run {
        self.run(&[&["setup", file], more].concat())
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
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// `SALUR_BIN`, else the one beside this test.
fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("SALUR_BIN") {
        return named.into();
    }
    let test = std::env::current_exe().expect("a running program knows itself");
    test.parent().and_then(Path::parent).expect("tests are built into target/<profile>/deps").join("salur")
}
