//! Others' words: a pain.001 made by another project's library is taken in, and the pain.002 that answers it is good by the schema of the standard.
//!
//! Schema and library come from `PyPI` (`iso20022/requirements.txt`), into a folder of the test's own; without Python or network the test fails.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use reqwest::StatusCode;
use salur_tests::{
    Chain, Person, in_lab,
    programme::{AMOUNT, SOURCE},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use super::{
    people::{administrator, system},
    support::{House, answer},
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/portal/iso20022");

/// Python with the libraries, gone with the test.
struct Python(PathBuf);

impl Python {
    async fn new(house: &House) -> Self {
        let python = Self(std::env::temp_dir().join(format!("{}-python", house.world.name)));
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"]).arg(&python.0);
        let done = install.args(["-r", &format!("{FILES}/requirements.txt")]).output().await.expect("python3 is installed");
        assert!(done.status.success(), "python3 with pip and a package index are needed: {}", String::from_utf8_lossy(&done.stderr));
        python
    }

    async fn run(&self, args: &[&str], input: &str) -> String {
        let mut script = Command::new("python3");
        script.arg(Path::new(FILES).join("messages.py")).args(args).env("PYTHONPATH", &self.0).env("PYTHONDONTWRITEBYTECODE", "1");
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("python3 runs");
        let mut to = child.stdin.take().expect("piped");
        to.write_all(input.as_bytes()).await.expect("it reads");
        drop(to);
        let done = child.wait_with_output().await.expect("it ends");
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("UTF-8")
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Families as the script reads them; the second has no NIK that could be one.
fn families() -> String {
    let mut persons: Vec<Person> = (30..33).map(Person::new).collect();
    persons[1].nik = "12345".into();
    let line = |(at, p): (usize, &Person)| {
        json!({ "ref": format!("E{at}"), "nik": p.nik, "kk": p.kk, "name": p.name, "birth_date": p.birth_date, "village": p.village,
            "amount": AMOUNT.to_string() })
        .to_string()
    };
    persons.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_pain_001_of_another_library_is_taken_in_and_its_pain_002_is_good_by_the_schema() {
    in_lab(async |lab| {
        let house = House::around(&lab, lab.world().await).await;
        let python = Python::new(&house).await;
        let admin = administrator(&house).await;
        let token = system(&house, &admin, "sender", SOURCE).await;
        for (version, tranche) in [("03", "BST-4"), ("09", "BST-5")] {
            let message = python.run(&["make", version], &families()).await;
            let sent = house.http.post(format!("{}/api/batches?tranche={tranche}&batch=pain-{version}", house.address)).bearer_auth(&token);
            let (status, taken) = answer(sent.body(message).send().await.expect("the portal answers")).await;
            assert_eq!((status, &taken["rows"], &taken["sum"]), (StatusCode::ACCEPTED, &3.into(), &(3 * AMOUNT).into()), "{taken}");
            let mut chain = Chain::new(&house.world);
            chain.publish(house.take("salur.intake").await);
            chain.run().await;
            let asked = house.http.get(format!("{}/api/batches/pain-{version}/report?format=pain002", house.address)).bearer_auth(&token);
            let report = asked.send().await.expect("the portal answers");
            assert_eq!(report.status(), StatusCode::OK);
            let told: Value = serde_json::from_str(&python.run(&["check"], &report.text().await.expect("text")).await).expect("JSON");
            let transaction = |reference: &str, status: &str, codes: &[&str]| json!({ "ref": reference, "status": status, "codes": codes });
            let expected = json!({
                "message": format!("DINSOS-{version}"), "name": format!("pain.001.001.{version}"), "payments": [format!("TAHAP4-{version}")],
                "transactions": [transaction("E0", "ACSP", &[]), transaction("E1", "RJCT", &["NIK01"]), transaction("E2", "ACSP", &[])],
            });
            assert_eq!(told, expected);
        }
        house.close().await;
    })
    .await;
}
