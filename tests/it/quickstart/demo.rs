//! `scripts/demo`, small: what a newcomer runs first ends as it says, from list to statement, and every cheque that it drew can be read:
//! by Debian's zbar from its picture and from its printed page, and by another implementation of what was signed.
//!
//! Services of its own in a directory of its own, both gone with the test. Bounds: [`FAMILIES`] families per tranche; most of the time is the window of the
//! second tranche, which has to run out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use salur_store::{Blobs, blobs::Settings};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::process::Command;
use uuid::Uuid;

use crate::packs::print::{Desk, sorted};

const FAMILIES: i64 = 30;

/// A command of this checkout on the demo's services, and what it printed.
async fn run(data: &str, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(program));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SALUR_")) {
        command.env_remove(name);
    }
    command.args(args).env("SALUR_BIN", salur_tests::binary()).env("SALUR_SERVICES_DATA", data);
    let output = command.output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {}\n{said}", String::from_utf8_lossy(&output.stderr));
    said
}

#[tokio::test]
async fn the_demo_pays_returns_closes_and_verifies_and_every_code_that_it_drew_can_be_read() {
    let data = format!("/var/tmp/salur-demo-{}", Uuid::now_v7().simple());
    let said = run(&data, "scripts/demo", &["--recipients", &FAMILIES.to_string()]).await;
    let end: Value = serde_json::from_str(said.lines().last().expect("it ends with a line")).expect("which is JSON");
    let number = |name: &str| end[name].as_i64().unwrap_or_else(|| panic!("{name} is a number: {end}"));
    assert_eq!((end["verify"].as_str(), number("submitted"), number("dead_letters")), (Some("ok"), 2 * FAMILIES, 0), "{end}");
    assert_eq!(number("submitted"), number("accepted") + number("rejected") + number("held") + number("already"), "no row is lost: {end}");
    assert_eq!(
        number("accepted"),
        number("paid") + number("returned") + number("open") + number("in_question") + number("cancelled"),
        "{end}"
    );
    assert!(number("paid") > FAMILIES && number("returned") > 0 && number("in_question") == 0, "{end}");
    assert_eq!(read_codes(&data).await, number("accepted"), "a cheque for each family, and each is read");
    run(&data, "scripts/demo", &["--stop"]).await;
    std::fs::remove_dir_all(&data).expect("the demo left its directory, and nothing in it runs");
}

/// Reads all codes of a demo that is left running, those of cheques that another took the place of too; how many families they are of.
async fn read_codes(data: &str) -> i64 {
    let told = run(data, "scripts/services", &["env", "--data", data]).await;
    let env: BTreeMap<&str, &str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
        .map(|(name, value)| (name, value.trim_matches(['\'', '"'])))
        .collect();
    let mut sql = PgConnection::connect(env["SALUR__DATABASE__URL"]).await.expect("the demo's database is there");
    let cheques: Vec<(String, String)> =
        sqlx::query_as("SELECT token, format('cheques/%s/%s/%s.png', tranche, payment, version) FROM cheques")
            .fetch_all(&mut sql)
            .await
            .expect("cheques can be read");
    let (desk, wanted) = (Desk::new(data.rsplit('/').next().expect("a name")), sorted(cheques.iter().map(|one| one.0.clone()).collect()));
    let blobs = Blobs::new(&Settings {
        url: env["SALUR__STORE__URL"].into(),
        bucket: env["SALUR__STORE__BUCKET"].into(),
        region: "us-east-1".into(),
        access_key: env["SALUR__STORE__ACCESS_KEY"].into(),
        secret_key: env["SALUR__STORE__SECRET_KEY"].into(),
        lock_days: 0,
    });
    let mut pictures = Vec::new();
    for (at, (_, key)) in cheques.iter().enumerate() {
        let picture = blobs.get(key).await.expect("the store answers").expect("the demo keeps pictures");
        pictures.push(format!("cheque-{at}.png"));
        std::fs::write(desk.0.join(&pictures[at]), picture).expect("it can be written");
    }
    assert_eq!(sorted(desk.scan(&pictures).await), wanted, "from pictures");

    let packs: Vec<(String, String, i32)> =
        sqlx::query_as("SELECT t.code, p.village, p.number::int FROM packs p JOIN tranches t ON t.id = p.tranche ORDER BY 1, 2, 3")
            .fetch_all(&mut sql)
            .await
            .expect("packs can be read");
    let mut printed = Vec::new();
    for (at, (tranche, village, number)) in packs.iter().enumerate() {
        let (name, number) = (format!("pack{at}.pdf"), number.to_string());
        let out = desk.0.join(&name);
        let args = ["pack", "get", "--tranche", tranche, "--village", village, "--number", &number, "--out", out.to_str().expect("text")];
        salur(data, &args).await;
        printed.extend(desk.scan(&desk.pages(&name).await[1..]).await);
    }
    assert_eq!(sorted(printed), wanted, "from printed pages");

    let [keys, revoked] = ["keys", "revoked"].map(|what| desk.0.join(what));
    for (what, out) in [("keys", &keys), ("revoked", &revoked)] {
        salur(data, &["cheque", what, "--out", out.to_str().expect("text")]).await;
    }
    let files = [keys, revoked].map(|file| hex::encode(std::fs::read(file).expect("it was written")));
    let (_, told) = desk.elsewhere(&[files.to_vec(), wanted.clone()].concat().join("\n")).await;
    assert!(told.len() == wanted.len() && told.iter().all(|told| told["good"] == true), "{told:?}");
    let families: BTreeSet<String> = told.iter().map(|told| told["payment"].to_string()).collect();
    i64::try_from(families.len()).expect("few")
}

/// `salur` as the office that sent the lists.
async fn salur(data: &str, args: &[&str]) {
    let home = format!("{data}/demo/people/dinsos.belitung");
    let output = Command::new(salur_tests::binary()).args(args).env("SALUR_HOME", home).output().await.expect("it runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
