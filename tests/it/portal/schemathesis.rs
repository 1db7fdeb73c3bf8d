//! The portal under requests that Schemathesis makes up from `openapi.json`: whatever comes, an answer is never a failure of the server, and has a status and a
//! content type that the document names for its door. A few thousand in each run, as several roles and as nobody; for half an hour in the long one.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::LazyLock,
};

use futures::future::join_all;
use reqwest::StatusCode;
use salur_tests::{in_lab, programme::SOURCE};
use tokio::process::Command;

use super::{
    people::{administrator, person, system},
    support::House,
};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/portal/schemathesis.txt");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/messages/openapi.json");
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance";
/// A stream has no end.
const STREAM: &str = "/api/board/events";
/// Doors that take what it cannot make: TOML, and pieces of photos (`portal::uploads` tries those).
const UNMADE: [&str; 3] = ["sendSetup", "setMapping", "appendUpload"];
/// Requests of a role in a short run, at most, per door and phase.
const EXAMPLES: &str = "2";
/// Runs at once: it takes a core to make requests up, and the portal one to answer.
const AT_ONCE: usize = 2;
/// Requests of all together without which nothing was tried: on a machine that is free they are ten times as many.
const LEAST: u32 = 150;
/// Seconds for a role in a short run.
const SHORT_S: u32 = 8;
/// Seconds for a role in a long run.
const LONG_S: u32 = 300;

/// Where it is installed, once per machine.
static INSTALLED: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/schemathesis"));
    if !folder.join("bin/st").exists() {
        // tests run in processes of their own: each installs into a folder of its own, and the first one's stays
        let own = folder.with_extension(std::process::id().to_string());
        let target = own.to_str().expect("a path of this machine");
        let args =
            ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--only-binary", ":all:", "--target", target];
        let done = std::process::Command::new("python3").args(args).args(["--requirement", REQUIREMENTS]).output();
        let done = done.expect("python3 is installed; scripts/test installs it");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        if std::fs::rename(&own, &folder).is_err() {
            std::fs::remove_dir_all(&own).expect("it is ours");
        }
    }
    folder
});

/// Whether it has nothing against the portal, as this caller; and what it says.
async fn run(house: &House, document: &Path, token: Option<&str>, more: &[&str]) -> (bool, String) {
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", &*INSTALLED).arg(INSTALLED.join("bin/st")).arg("run").arg(document).args(["--url", &house.address]);
    command.args(["--checks", CHECKS, "--exclude-path", STREAM, "--seed", "1", "--no-color", "--warnings", "off", "--rate-limit", "90/s"]);
    command.args(UNMADE.into_iter().flat_map(|id| ["--exclude-operation-id", id]));
    command.args(["--generation-database", "none", "--suppress-health-check", "all", "--continue-on-failure", "--no-shrink"]).args(more);
    if let Some(token) = token {
        command.args(["-H", &format!("Authorization: Bearer {token}")]);
    }
    // it looks for settings and keeps its examples where it runs
    let folder = std::env::temp_dir();
    let done = command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true).output().await.expect("python3 is installed");
    (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

/// `  431 generated, 431 passed`
fn generated(told: &str) -> u32 {
    let before = told.split_once(" generated").map_or("", |(before, _)| before);
    before.split_whitespace().next_back().and_then(|number| number.replace(',', "").parse().ok()).unwrap_or(0)
}

/// A caller of each kind that can change something, and nobody.
async fn callers(house: &House) -> Vec<(&'static str, Option<String>)> {
    let admin = administrator(house).await;
    vec![
        ("nobody", None),
        ("upstream", Some(system(house, &admin, "a.sender", SOURCE).await)),
        ("treasurer", Some(person(house, &admin, "siti.aminah", "treasurer", None).await)),
        ("supervisor", Some(person(house, &admin, "rina.w", "supervisor", None).await)),
        ("ops", Some(person(house, &admin, "the.operator", "ops", None).await)),
        ("administrator", Some(admin)),
    ]
}

async fn fuzz(house: &House, seconds: u32, more: &[&str]) {
    let max_time = seconds.to_string();
    let (mut found, mut tried) = (Vec::new(), 0);
    let more = [&["--max-time", &max_time], more].concat();
    for two in callers(house).await.chunks(AT_ONCE) {
        let mut runs = Vec::new();
        for (_, token) in two {
            runs.push(run(house, Path::new(DOCUMENT), token.as_deref(), &more));
        }
        for ((who, _), (is_well, told)) in two.iter().zip(join_all(runs).await) {
            tried += generated(&told);
            if !is_well {
                found.push(format!("as {who}:\n{told}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(tried >= LEAST, "{tried} requests");
    assert_eq!(house.world.violations().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_fuzzer_makes_of_the_document_is_answered_as_documented() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        fuzz(&house, SHORT_S, &["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]).await;
        house.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_whatever_a_fuzzer_makes_of_the_document_in_half_an_hour_is_answered_as_documented() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        fuzz(&house, LONG_S, &["--phases", "examples,coverage,fuzzing"]).await;
        house.close().await;
    })
    .await;
}

/// The control: a document that names one status less is found out.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_leaves_a_status_out_is_found_out() {
    in_lab(async |lab| {
        let house = House::open(&lab).await;
        let mut document = super::contract::document();
        let refusals = document["paths"]["/api/me"]["get"]["responses"].as_object_mut().expect("answers");
        assert!(refusals.remove(StatusCode::UNAUTHORIZED.as_str()).is_some());
        let path = std::env::temp_dir().join(format!("salur-openapi-{}.json", std::process::id()));
        std::fs::write(&path, document.to_string()).expect("a file can be written");
        let (is_well, told) = run(&house, &path, None, &["--include-path", "/api/me", "--phases", "fuzzing", "--max-examples", "1"]).await;
        std::fs::remove_file(&path).expect("it is ours");
        assert!(!is_well && told.contains("Undocumented status code"), "{told}");
        house.close().await;
    })
    .await;
}
