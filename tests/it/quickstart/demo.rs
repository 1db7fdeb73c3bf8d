//! `scripts/demo`, small: what a newcomer runs first ends as it says, from the list to the statement to the treasury.
//!
//! Services of its own in a directory of its own, both gone with the test. Bounds: [`FAMILIES`] families per tranche; most of the time is the window of the
//! second tranche, which has to run out.

use std::path::Path;

use serde_json::Value;
use tokio::process::Command;
use uuid::Uuid;

const FAMILIES: i64 = 30;

#[tokio::test]
async fn the_demo_pays_returns_closes_and_verifies() {
    let data = format!("/var/tmp/salur-demo-{}", Uuid::now_v7().simple());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo");
    let mut demo = Command::new(script);
    demo.args(["--recipients", &FAMILIES.to_string(), "--exit"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SALUR_")) {
        demo.env_remove(name);
    }
    demo.env("SALUR_BIN", salur_tests::binary()).env("SALUR_SERVICES_DATA", &data);
    let output = demo.output().await.expect("the script runs");
    let (said, progress) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{progress}\n{said}");
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
    std::fs::remove_dir_all(&data).expect("the demo left its directory, and nothing in it runs");
}
