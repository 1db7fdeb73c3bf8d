//! `salur login` and `salur actor`, as someone types them.

use std::{os::unix::fs::PermissionsExt, path::PathBuf};

use salur_tests::{in_lab, lab::database_url};
use tokio::process::Command;

use super::support::House;

/// A home of one's own, gone with the test.
pub struct Desk {
    /// The home.
    pub home: PathBuf,
    database: String,
}

impl Desk {
    pub fn new(house: &House, who: &str) -> Self {
        let home = std::env::temp_dir().join(format!("{}-{who}", house.world.name));
        Self { home, database: database_url(&house.world.name) }
    }

    /// Runs a command: whether it succeeded, and what it said.
    pub async fn run(&self, args: &[&str]) -> (bool, String) {
        let binary = salur_tests::binary();
        let mut command = Command::new(binary);
        let output = command.args(args).env("SALUR_HOME", &self.home).env("SALUR__DATABASE__URL", &self.database).output().await;
        let output = output.expect("the binary runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).expect("text"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.home));
    }
}

/// The code in what a command said.
pub fn code(said: &str) -> &str {
    said.split_whitespace().skip_while(|word| *word != "--code").nth(1).unwrap_or_else(|| panic!("a code: {said}"))
}

#[tokio::test]
async fn the_first_administrator_signs_in_with_a_code_and_makes_the_others() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let (admin, siti) = (Desk::new(&house, "admin"), Desk::new(&house, "siti"));
        let (done, said) = admin.run(&["actor", "list"]).await;
        assert!(!done && said.contains("not signed in; run `salur login"), "{said}");
        let (done, said) = admin.run(&["actor", "bootstrap", "the.admin"]).await;
        assert!(done, "{said}");
        let login = ["login", "--server", &house.address, "--as", "the.admin", "--code", code(&said)];
        let (done, said) = admin.run(&login).await;
        assert!(done && said.contains("signed in as the.admin until"), "{said}");
        for file in ["the.admin.key", "session.json"] {
            let mode = std::fs::metadata(admin.home.join(file)).expect("it is kept").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{file} is its owner's alone");
        }
        let (done, said) = admin.run(&["actor", "bootstrap", "another.admin"]).await;
        assert!(!done && said.contains("there is an administrator already"), "{said}");
        let (done, said) = admin.run(&["actor", "add", "siti", "--role", "supervisor"]).await;
        assert!(done, "{said}");
        let (done, said) = siti.run(&["login", "--server", &house.address, "--as", "siti", "--code", code(&said)]).await;
        assert!(done, "{said}");
        let (done, said) = siti.run(&["actor", "add", "friend", "--role", "administrator"]).await;
        assert!(!done && said.contains("refused (403)"), "{said}");
        let (done, said) = admin.run(&["actor", "revoke", "siti", "--reason", "left"]).await;
        assert!(done, "{said}");
        let (done, said) = siti.run(&["login", "--as", "siti"]).await;
        assert!(!done && said.contains("refused (401)"), "{said}");
        house.close().await;
    })
    .await;
}
